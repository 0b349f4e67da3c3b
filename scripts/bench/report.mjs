// The tables.
import { readFileSync } from "node:fs";
import { cpus, release, type } from "node:os";
import { join } from "node:path";
import { root } from "../console.mjs";
import { connections } from "./load.mjs";
import { marks, spread } from "./measure.mjs";
import { workerdVersion } from "./workerd.mjs";

/** The tables in Markdown of what `measure` has found, by their names in docs/performance.md. */
export function report({ subjects, results, requests, presign, processes, rounds, count }) {
  const reached = marks.filter((_, index) => results.get(subjects[0]).summedMs[index].length > 0);
  const sums = (withStart) => {
    const cell = (subject, index) => spread(summed(results.get(subject), index, withStart)).median;
    const columns = reached.map((mark, index) => ({ title: mark.toLocaleString("en"), of: (subject) => cell(subject, index) }));
    return withRatio(subjects, columns);
  };
  const steady = Object.entries(requests).map(([name, asked]) => ({
    title: `\`${name}\`${asked.count > 1 ? `, each of ${asked.count}` : ""}`,
    of: (subject) => spread(results.get(subject).perUrlUs[name]).median,
  }));
  const start = (subject) => spread(results.get(subject).startMs).median.toFixed(0);
  const rows = subjects.map((subject) => [subject.name, start(subject), (subject.gzip / 1024).toFixed(1)]);
  return {
    steady: withRatio(subjects, steady),
    sums: sums(false),
    "sums-with-start": sums(true),
    size: table([["", "start, ms", "bundle, KB gzip"], ...rows]),
    presign: `Presigning alone, in a loop in workerd, takes ${spread(presign).median.toFixed(1)} µs a URL.`,
    conditions: conditions({ subjects, results, processes, rounds, count }),
  };
}

/** The CPU time of each process of a subject until the mark at `index`. */
export function summed({ startMs, summedMs }, index, withStart) {
  return summedMs[index].map((ms, process) => ms + (withStart ? startMs[process] : 0));
}

/** Markdown of `columns` for each subject, each figure with the same for the worker by hand as the unit. */
function withRatio(subjects, columns) {
  const byHand = subjects.find(({ name }) => name === "by hand");
  const cell = (subject, { of }) => `${figure(of(subject))} (${(of(subject) / of(byHand)).toFixed(2)})`;
  const rows = subjects.map((subject) => [subject.name, ...columns.map((column) => cell(subject, column))]);
  return table([["", ...columns.map(({ title }) => title)], ...rows]);
}

const figure = (value) => (value < 100 ? value.toPrecision(2) : value.toFixed(0)).replace(/^(\d)e\+1$/, "$10");

/** Markdown of `rows`, the first being the head; all columns but the first are numbers. */
export function table([head, ...rows]) {
  const line = (cells) => `| ${cells.join(" | ")} |`;
  return [line(head), `|---|${"---:|".repeat(head.length - 1)}`, ...rows.map(line)].join("\n");
}

function conditions({ subjects, results, processes, rounds, count }) {
  const { devDependencies: pinned } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
  const off = (figures) => {
    const { median, low, high } = spread(figures);
    return Math.max(median - low, high - median) / median;
  };
  const offs = subjects.flatMap((subject) => Object.values(results.get(subject).perUrlUs).map(off));
  return [
    `Measured ${new Date().toISOString().slice(0, 10)} with \`npm run bench -- --processes=${processes} --rounds=${rounds} --count=${count}\`: medians of ${processes} processes a subject,`,
    `${rounds} rounds of ${count} URLs each, over ${connections} kept connections. The quartiles of the processes are at most ${(Math.max(...offs) * 100).toFixed(0)} %`,
    `(half of them ${(spread(offs).median * 100).toFixed(0)} %) from the medians of the steady figures. ${cpus()[0].model.trim()}, ${cpus().length} cores, ${type()} ${release()}; workerd ${workerdVersion},`,
    `aws4fetch ${pinned.aws4fetch}, @aws-sdk/s3-request-presigner ${pinned["@aws-sdk/s3-request-presigner"]}.`,
  ].join("\n");
}
