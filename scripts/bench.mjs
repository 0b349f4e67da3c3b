// `npm run bench`: what a request costs in workerd, beside the same job written with other libraries. With `--memory=COUNT`, how
// the memory grows over so many requests.
import { parseArgs } from "node:util";
import { join } from "node:path";
import { root, step, Stop } from "./console.mjs";
import { main } from "./main.mjs";
import { makeFolder, start } from "./processes.mjs";
import { setUp } from "./setup.mjs";

await main(async () => {
  const { processes, rounds, count, memory } = readArguments();
  await setUp();
  const build = start(process.execPath, [join(root, "scripts", "build.mjs")], { stdio: "inherit" });
  if ((await build.ended).code !== 0) throw new Stop("`npm run bench` needs a worker that builds.");

  // Not before the set-up, which brings what these modules import.
  const { checkCpuTime } = await import("./bench/workerd.mjs");
  const { makeSubjects, requests, credentials } = await import("./bench/subjects.mjs");
  const { startSts } = await import("./bench/sts.mjs");
  const { measure } = await import("./bench/measure.mjs");
  const { makePresign, measurePresign } = await import("./bench/presign.mjs");
  const { report } = await import("./bench/report.mjs");
  checkCpuTime();
  const sts = await startSts(credentials);
  const folder = makeFolder("edge-presigner-bench-");
  const subjects = await makeSubjects(sts, folder);
  if (memory) {
    const { memoryTable } = await import("./bench/memory.mjs");
    console.log(`\n${await memoryTable({ subjects, requests, count: memory })}`);
    return sts.stop();
  }
  const loop = await makePresign(folder);
  let results, presign;
  const plan = { subjects, requests, processes, rounds, count };
  await step(`${processes} processes of each of ${subjects.length} workers`, async () => {
    results = await measure(plan);
    presign = await measurePresign(loop, plan);
  });
  await sts.stop();
  for (const [name, text] of Object.entries(report({ ...plan, results, presign }))) console.log(`\n${name}\n${text}`);
});

function readArguments() {
  const names = { processes: "5", rounds: "6", count: "500" };
  let values;
  try {
    const options = Object.entries(names).map(([name, value]) => [name, { type: "string", default: value }]);
    ({ values } = parseArgs({ options: { ...Object.fromEntries(options), memory: { type: "string" } } }));
  } catch (error) {
    throw new Stop(`${error.message}.`);
  }
  for (const [name, value] of Object.entries(values)) {
    if (!/^[1-9]\d{0,5}$/.test(value)) throw new Stop(`--${name} is ${value}: it must be a whole number from 1.`);
  }
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [name, Number(value)]));
}
