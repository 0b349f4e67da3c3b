// The targets, and whether they are met.
import { reached } from "./measure.mjs";
import { spread } from "./running.mjs";

const signing = ["GET /o/…", "POST /v1/sign"];

/**
 * The rows of a table, the head first: each target with the figures of `edge-presigner`, of the fixed answer, which is the runtime's
 * own floor, and of the worker that only signs. `results` are those of `measure`, `presign` those of `measurePresign`.
 */
export function targetRows({ subjects, results, presign }) {
  const of = (name) => results.get(subjects.find((subject) => subject.name === name));
  const summed = reached(of("by hand"));
  const us = (name, request) => spread(of(name).perUrlUs[request]).median;
  const ratios = (to) => (name) => signing.map((request) => us(name, request) / us(to, request));
  const sumsTo = (withStart) => (name) => summed.map((_, index) => sum(of(name), index, withStart) / sum(of("by hand"), index, withStart));
  const start = (name) => spread(of(name).startMs).median;
  const overEmpty = (name) => [start(name) - start("empty worker")];
  const bySums = new Map([[1, 1.2], [100, 1.1], [1000, 1.0], [10_000, 0.9]]);
  const onSums = (what, withStart) =>
    summed.flatMap((mark, index) => {
      if (!bySums.has(mark)) return [];
      const title = `The first ${mark === 1 ? "request" : `${mark.toLocaleString("en")} requests`} of an isolate, ${what}`;
      return [[title, "× by hand", bySums.get(mark), (name) => [sumsTo(withStart)(name)[index]], "edge-presigner", "fixed answer"]];
    });
  const log = ["edge-presigner", "fixed answer"];
  const noLog = ["edge-presigner, no log", "fixed answer, no log"];
  const both = "`GET /o/…` and `POST /v1/sign`";
  const targets = [
    [both, "× by hand", 0.9, ratios("by hand"), ...log],
    [both, "× aws4fetch", 0.5, ratios("aws4fetch"), ...log],
    [`${both} without the log`, "× aws4fetch without a log", 0.55, ratios("aws4fetch, no log"), ...noLog],
    [`${both} without the log`, "× the empty worker", 1.6, ratios("empty worker"), ...noLog],
    ...onSums("with the start", true),
    ...onSums("without the start", false),
    ["One URL in a batch of 100", "µs", 12, (name) => [us(name, "POST /v1/sign/batch")], ...log],
    ["Presigning alone", "µs", 8, () => [spread(presign).median], "edge-presigner"],
    ["The first request of an isolate, with STS", "ms", 8, (name) => [sum(of(name), 0, false)], "edge-presigner with STS"],
    ["Start", "ms more than the empty worker", 15, overEmpty, "edge-presigner"],
    ["Start, with nothing compiled ahead", "ms more than the empty worker", 15, overEmpty, "edge-presigner, not ahead"],
  ];
  const rows = targets.map(([what, unit, most, value, name, floor]) => {
    const figures = value(name);
    const met = figures.every((it) => it <= most) ? "met" : "not met";
    const floors = floor ? [floor, name === "edge-presigner" && "signs only"] : [];
    return [what, `≤ ${most} ${unit}`, text(figures), met, ...[0, 1].map((place) => (floors[place] ? text(value(floors[place])) : ""))];
  });
  return [["What", "Target", "Measured", "", "Fixed answer", "Signs only"], ...rows];
}

/** The median of the CPU time in milliseconds until the mark at `index`. */
export function sum({ startMs, summedMs }, index, withStart) {
  return spread(summedMs[index].map((ms, process) => ms + (withStart ? startMs[process] : 0))).median;
}

const text = (figures) => figures.map((it) => (it < 4 ? it.toFixed(2) : it.toFixed(1))).join(" and ");
