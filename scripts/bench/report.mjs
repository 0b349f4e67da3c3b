// The tables.
import { readFileSync } from "node:fs";
import { cpus, release, type } from "node:os";
import { join } from "node:path";
import { root } from "../console.mjs";
import { connections } from "./load.mjs";
import { reached, turnOf } from "./measure.mjs";
import { spread } from "./running.mjs";
import { sum, targetRows } from "./targets.mjs";
import { workerdVersion } from "./workerd.mjs";

/** What `measure` and `measurePresign` have found, as Markdown by the names of its places in docs/performance.md. */
export function report({ subjects, results, requests, presign, processes, rounds, count }) {
  const sums = (withStart) =>
    reached(results.get(subjects[0])).map((mark, index) => ({ title: mark.toLocaleString("en"), of: (subject) => sum(results.get(subject), index, withStart) }));
  const steady = Object.entries(requests).map(([name, asked]) => ({
    title: `\`${name}\`${asked.count > 1 ? `, each of ${asked.count}` : ""}`,
    of: (subject) => spread(results.get(subject).perUrlUs[name]).median,
  }));
  const start = { title: "start", of: (subject) => spread(results.get(subject).startMs).median };
  const shownIn = (name) => subjects.filter(({ tables }) => tables.includes(name));
  const offs = shownIn("steady").flatMap((subject) => Object.values(results.get(subject).perUrlUs).filter(({ length }) => length > 0).map(off));
  const inParts = shownIn("parts");
  const how = [
    `Of each worker ${processes} processes were measured, with ${rounds} rounds in each, of ${count} requests or ${turnOf({ count: 100 }, count)} batches, over ${connections}`,
    `connections. The tables have the medians of the processes. Of the first table, half of the figures have quartiles within ${percent(spread(offs).median)} %,`,
    `and all within ${percent(Math.max(...offs))} %.`,
  ];
  return {
    steady: table(withRatio(shownIn("steady"), steady)),
    sums: table(withRatio(shownIn("sums"), sums(true))),
    parts: table(withRatio(inParts, [start, ...sums(false)]).map((row, index) => [...row, index === 0 ? "bundle, KB gzip" : kb(inParts[index - 1].gzip)])),
    targets: table(targetRows({ subjects, results, presign })),
    conditions: `${conditions()}\n${how.join("\n")}`,
  };
}

/** When and on what something was measured. */
export function conditions() {
  const { devDependencies: pinned } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
  return [
    `Measured on ${new Date().toISOString().slice(0, 10)}: ${cpus()[0].model.trim()}, ${cpus().length} cores, ${type()} ${release()}; workerd ${workerdVersion},`,
    `aws4fetch ${pinned.aws4fetch}, @aws-sdk/s3-request-presigner ${pinned["@aws-sdk/s3-request-presigner"]}.`,
  ].join("\n");
}

/** Markdown of `rows`, the head first; columns after the first whose cells begin with a digit are numbers. */
export function table([head, ...rows]) {
  const line = (cells) => `| ${cells.join(" | ")} |`;
  const isNumber = (_, column) => column > 0 && rows.every((row) => /^(\d|$)/.test(row[column]));
  const align = head.map((cell, column) => (isNumber(cell, column) ? "---:" : "---"));
  return [line(head), `|${align.join("|")}|`, ...rows.map(line)].join("\n");
}

/** The rows of `columns` for each subject, each figure that it has with its ratio to that of the worker by hand. */
function withRatio(subjects, columns) {
  const byHand = subjects.find(({ name }) => name === "by hand");
  const cell = (subject, { of }) => {
    const value = of(subject);
    return value === undefined ? "" : `${figure(value)} (${(value / of(byHand)).toFixed(2)})`;
  };
  const rows = subjects.map((subject) => [subject.name, ...columns.map((column) => cell(subject, column))]);
  return [["", ...columns.map(({ title }) => title)], ...rows];
}

/** With two digits at least. */
export function figure(value) {
  return value < 9.95 ? value.toFixed(1) : Math.round(value).toLocaleString("en");
}

/** How far the quartiles are from the median, as a part of it. */
function off(figures) {
  const { median, low, high } = spread(figures);
  return Math.max(median - low, high - median) / median;
}

const percent = (part) => (part * 100).toFixed(0);
const kb = (bytes) => (bytes / 1024).toFixed(1);
