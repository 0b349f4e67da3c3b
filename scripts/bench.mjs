// `npm run bench`: the CPU time of the worker in workerd, beside the same job written in JavaScript. With `--growth`, of requests
// where the configuration is large or people are many; with `--memory=COUNT`, the memory over so many requests. With
// `--write`, the figures go into docs/performance.md.
import { parseArgs } from "node:util";
import { join } from "node:path";
import { root, step, Stop } from "./console.mjs";
import { main } from "./main.mjs";
import { makeFolder, start } from "./processes.mjs";
import { setUp } from "./setup.mjs";

const defaults = { processes: 5, rounds: 6, count: 500 };
// As many requests in the rounds as there are people.
const ofGrowth = { processes: 3, rounds: 10, count: 1000 };

await main(async () => {
  const { memory, growth, write: writes, ...plan } = readArguments();
  await setUp();
  const build = start(process.execPath, [join(root, "scripts", "build.mjs")], { stdio: "inherit" });
  if ((await build.ended).code !== 0) throw new Stop("`npm run bench` needs a worker that builds.");

  // Not before the set-up, which brings what these modules import.
  const { checkCpuTime } = await import("./bench/workerd.mjs");
  const { makeSubjects, requests, credentials } = await import("./bench/subjects.mjs");
  const { startSts } = await import("./bench/sts.mjs");
  checkCpuTime();
  const sts = await startSts(credentials);
  const folder = makeFolder("edge-presigner-bench-");
  const subjects = await makeSubjects(sts, folder);
  const measured = await (memory ? memoryOf : growth ? growthOf : cpuTimeOf)({ ...plan, subjects, requests, folder, memory });
  await sts.stop();
  for (const [name, text] of Object.entries(measured.texts)) console.log(`\n== ${name}\n${text}`);
  if (!writes) return;
  const { write } = await import("./bench/write.mjs");
  write(measured.texts, measured.pictures);
});

async function cpuTimeOf({ folder, ...plan }) {
  const { measure } = await import("./bench/measure.mjs");
  const { makePresign, measurePresign } = await import("./bench/presign.mjs");
  const { report } = await import("./bench/report.mjs");
  const { plot } = await import("./bench/plot.mjs");
  const loop = await makePresign(folder);
  let results, presign;
  await step(`${plan.processes} processes of each of ${plan.subjects.length} workers`, async () => {
    results = await measure(plan);
    presign = await measurePresign(loop, plan);
  });
  return { texts: report({ ...plan, results, presign }), pictures: { "performance.svg": plot({ ...plan, results }) } };
}

async function growthOf({ subjects, ...plan }) {
  const { growthRows, makeCases, measureGrowth, startIssuer } = await import("./bench/growth.mjs");
  const { conditions, table } = await import("./bench/report.mjs");
  const issuer = await startIssuer();
  const worker = subjects.find(({ name }) => name === "edge-presigner");
  let results;
  await step(`${plan.processes} processes of each case`, async () => {
    results = await measureGrowth(worker, makeCases(worker, issuer), plan);
  });
  await issuer.stop();
  return { texts: { growth: `${table(growthRows(results))}\n\n${conditions()}` } };
}

async function memoryOf({ memory: count, ...plan }) {
  const { memoryRows } = await import("./bench/memory.mjs");
  const { conditions, table } = await import("./bench/report.mjs");
  let rows;
  await step(`${count} requests to some workers`, async () => {
    rows = await memoryRows({ ...plan, count });
  });
  return { texts: { memory: `${table(rows)}\n\n${conditions()}` } };
}

function readArguments() {
  const [text, flag] = [{ type: "string" }, { type: "boolean" }];
  let values;
  try {
    ({ values } = parseArgs({ options: { processes: text, rounds: text, count: text, memory: text, growth: flag, write: flag } }));
  } catch (error) {
    throw new Stop(`${error.message}.`);
  }
  const { growth, write, ...numbers } = values;
  for (const [name, value] of Object.entries(numbers)) {
    if (!/^[1-9]\d{0,5}$/.test(value)) throw new Stop(`--${name} is ${value}: it must be a whole number from 1.`);
  }
  const given = Object.fromEntries(Object.entries(numbers).map(([name, value]) => [name, Number(value)]));
  return { growth, write, ...(growth ? ofGrowth : defaults), ...given };
}
