// The table.
import { readFileSync } from "node:fs";
import { cpus, release, type } from "node:os";
import { join } from "node:path";
import { root } from "../console.mjs";
import { connections } from "./load.mjs";
import { spread } from "./measure.mjs";
import { workerdVersion } from "./workerd.mjs";

/**
 * `results` of `measure` and the figures of `measurePresign` as Markdown: the table, and what it was measured on
 * and how.
 */
export function report({ subjects, results, presign, requests, rounds, count, starts }) {
  const [empty] = subjects;
  const aws4fetch = subjects.find(({ name }) => name === "aws4fetch");
  const byHand = subjects.find(({ name }) => name.startsWith("by hand"));
  const row = (title, cell) => [title, ...subjects.map((subject) => cell(subject, results.get(subject)))];
  const rows = [["", ...subjects.map(({ name }) => name)], Array(subjects.length + 1).fill("---")];
  for (const [request, { count }] of Object.entries(requests)) {
    const median = (subject) => spread(results.get(subject).perUrlUs[request]).median;
    const ratio = (to) => (subject) => (median(subject) / median(to)).toFixed(2);
    rows.push(row(`${request}, µs of CPU`, (_, { perUrlUs }) => withQuartiles(perUrlUs[request])));
    if (count === 1) rows.push(row("… × empty worker", ratio(empty)));
    rows.push(row("… × by hand", ratio(byHand)), row("… × aws4fetch", ratio(aws4fetch)));
  }
  rows.push(row("start, ms of CPU", (_, { startMs }) => withQuartiles(startMs)));
  rows.push(row("first request, ms of CPU", (_, { firstMs }) => withQuartiles(firstMs)));
  rows.push(row("bundle, KB", ({ raw }) => kb(raw)));
  rows.push(row("bundle, KB gzip", ({ gzip }) => kb(gzip)));
  const table = rows.map((cells) => `| ${cells.join(" | ")} |`).join("\n");
  const alone = `Presigning alone, in a loop in workerd: ${withQuartiles(presign)} µs of CPU a URL.`;
  return `${table}\n\n${alone}\n\n${conditions({ rounds, count, starts })}`;
}

function withQuartiles(figures) {
  const { median, low, high } = spread(figures);
  return `${median.toFixed(1)} (${low.toFixed(1)} to ${high.toFixed(1)})`;
}

function kb(bytes) {
  return (bytes / 1024).toFixed(1);
}

function conditions({ rounds, count, starts }) {
  const { devDependencies: pinned } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
  const lines = [
    `Measured ${new Date().toISOString().slice(0, 10)} with \`npm run bench -- --rounds=${rounds} --count=${count} --starts=${starts}\`: medians (quartiles) of`,
    `${rounds} interleaved rounds of ${count} URLs each over ${connections} kept connections, and of ${starts} starts.`,
    `${cpus()[0].model.trim()}, ${cpus().length} cores, ${type()} ${release()}; workerd ${workerdVersion}, aws4fetch ${pinned.aws4fetch},`,
    `@aws-sdk/s3-request-presigner ${pinned["@aws-sdk/s3-request-presigner"]}.`,
  ];
  return lines.join("\n");
}
