// The picture: an SVG without scripts, links and fonts of its own, for light and dark pages.
import { reached } from "./measure.mjs";
import { figure } from "./report.mjs";
import { spread } from "./running.mjs";
import { sum } from "./targets.mjs";

const names = ["empty worker", "empty worker, workers-rs", "fixed answer", "edge-presigner", "by hand", "by hand, plainly", "aws4fetch", "AWS SDK"];
// Their lines would lie upon others.
const onlyBars = ["fixed answer", "by hand, plainly"];
const width = 800;
const bars = { top: 64, height: 25, left: 180, width: 240, gap: 300 };
const lines = { top: bars.top + names.length * bars.height + 76, height: 320, left: 60, width: 560 };
const height = lines.top + lines.height + 52;
const style = `
  svg { --page: #ffffff; --text: #1f2328; --faint: #59636e; --rule: #d8dee4; --bar: #afb8c1; --line: #818b98; --hand: #0969da; --own: #c2410c }
  @media (prefers-color-scheme: dark) {
    svg { --page: #0d1117; --text: #e6edf3; --faint: #9198a1; --rule: #2a313c; --bar: #4f5864; --line: #768390; --hand: #58a6ff; --own: #f0883e }
  }
  text { font: 13px system-ui, sans-serif; fill: var(--text) }
  .faint { fill: var(--faint) } .head { font-weight: 600 } .end { text-anchor: end } .middle { text-anchor: middle }
  .page { fill: var(--page) } .bar { fill: var(--bar) } .rule { stroke: var(--rule) }
  path { fill: none; stroke: var(--line); stroke-width: 1.5; stroke-linejoin: round }
  .own { font-weight: 600 } text.own { fill: var(--own) } text.hand { fill: var(--hand) }
  rect.own { fill: var(--own) } rect.hand { fill: var(--hand) } path.own { stroke: var(--own); stroke-width: 3 } path.hand { stroke: var(--hand); stroke-width: 2.5 }`;

/** The SVG of what `measure` has found: bars of the steady requests, and lines of the sums with the start. */
export function plot({ subjects, results, requests }) {
  const shown = names.map((name) => ({ name, ...results.get(subjects.find((subject) => subject.name === name)) }));
  const singles = Object.keys(requests).filter((name) => requests[name].count === 1);
  const said = shown.map(({ name, perUrlUs }) => `${name} ${singles.map((it) => figure(spread(perUrlUs[it]).median)).join(" and ")}`);
  const title = "CPU time of edge-presigner beside other workers";
  const desc = `Microseconds for ${singles.join(" and ")}: ${said.join("; ")}. Below, the CPU time summed from the start of the process over its first requests.`;
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" role="img" aria-labelledby="title desc">
<title id="title">${title}</title>
<desc id="desc">${desc}</desc>
<style>${style}
</style>
<rect class="page" width="${width}" height="${height}"/>
${[...barParts(shown, singles), ...lineParts(shown.filter(({ name }) => !onlyBars.includes(name)))].join("\n")}
</svg>
`;
}

function barParts(shown, singles) {
  const us = ({ perUrlUs }, request) => spread(perUrlUs[request]).median;
  const scale = (bars.width - 40) / Math.max(...shown.flatMap((it) => singles.map((request) => us(it, request))));
  const parts = [text(20, 28, "CPU time of a request, µs", "head")];
  singles.forEach((request, column) => parts.push(text(bars.left + column * bars.gap, 52, request, "faint")));
  shown.forEach((it, row) => {
    const y = bars.top + row * bars.height;
    parts.push(text(bars.left - 10, y + 15, it.name, `end ${accent(it)}`));
    singles.forEach((request, column) => {
      const [x, long] = [bars.left + column * bars.gap, us(it, request) * scale];
      parts.push(`<rect class="bar ${accent(it)}" x="${x}" y="${y}" width="${long.toFixed(1)}" height="${bars.height - 6}"/>`);
      parts.push(text(x + long + 6, y + 15, figure(us(it, request)), accent(it)));
    });
  });
  return parts;
}

function lineParts(shown) {
  const { top, height, left, width } = lines;
  const marks = reached(shown[0]);
  const series = shown.map((it) => ({ ...it, ms: marks.map((_, index) => sum(it, index, true)) }));
  const ticks = [1, 10, 100, 1000, 10_000].flatMap((power) => [1, 2, 5].map((digit) => digit * power));
  const all = series.flatMap(({ ms }) => ms);
  const [least, most] = [ticks.findLast((tick) => tick <= Math.min(...all)), ticks.find((tick) => tick >= Math.max(...all))];
  const part = (value, from, to) => Math.log(value / from) / Math.log(to / from);
  const x = (count) => left + part(count, 1, marks.at(-1)) * width;
  const y = (ms) => top + height - part(ms, least, most) * height;
  const parts = [text(20, top - 28, "CPU time of a process from its start on, ms, over its first requests", "head")];
  for (const tick of ticks.filter((it) => it >= least && it <= most)) {
    parts.push(`<line class="rule" x1="${left}" x2="${left + width}" y1="${at(y(tick))}" y2="${at(y(tick))}"/>`);
    parts.push(text(left - 8, y(tick) + 4, tick.toLocaleString("en"), "end faint"));
  }
  for (const mark of marks) parts.push(text(x(mark), top + height + 22, mark.toLocaleString("en"), "middle faint"));
  parts.push(text(left + width / 2, top + height + 42, "requests", "middle faint"));
  // From bottom to top; a label that would touch the one below is moved up.
  let free = top + height;
  for (const it of [...series].sort((a, b) => a.ms.at(-1) - b.ms.at(-1))) {
    const points = it.ms.map((ms, index) => `${at(x(marks[index]))} ${at(y(ms))}`);
    parts.push(`<path class="${accent(it)}" d="M${points.join("L")}"/>`);
    const label = Math.min(y(it.ms.at(-1)) + 4, free);
    free = label - 16;
    parts.push(text(left + width + 8, label, it.name, accent(it)));
  }
  return parts;
}

const accent = ({ name }) => ({ "edge-presigner": "own", "by hand": "hand" })[name] ?? "";
const at = (place) => place.toFixed(1);
const text = (x, y, content, kind) => `<text x="${at(x)}" y="${at(y)}" class="${kind.trim()}">${content}</text>`;
