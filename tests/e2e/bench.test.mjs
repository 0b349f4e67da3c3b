// The benchmark with a handful of requests: that it still works, not what it finds.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { measure } from "../../scripts/bench/measure.mjs";
import { makePresign, measurePresign } from "../../scripts/bench/presign.mjs";
import { report } from "../../scripts/bench/report.mjs";
import { startSts } from "../../scripts/bench/sts.mjs";
import { credentials, makeSubjects, requests } from "../../scripts/bench/subjects.mjs";
import { makeFolder, removeFolder } from "./harness.mjs";

let folder;
let sts;
before(async () => {
  folder = makeFolder("edge-presigner-bench-");
  sts = await startSts(credentials);
});
after(async () => {
  await sts?.stop();
  removeFolder(folder);
});

test("npm run bench gets right answers from every subject and fills its table", async () => {
  const subjects = await makeSubjects(sts, folder);
  const plan = { subjects, requests, rounds: 1, count: 8, starts: 1 };
  const results = await measure(plan);
  const presign = await measurePresign(await makePresign(folder), plan);
  const table = report({ ...plan, results, presign });
  assert.match(table, /^\| +\| empty worker \| fixed answer \| edge-presigner \| … LOG_REQUESTS=none \| by hand, with a log \| aws4fetch \| AWS SDK \|$/m);
  for (const request of Object.keys(requests)) assert.ok(table.includes(`| ${request}, µs of CPU |`), table);
  for (const row of ["start", "first request"]) assert.ok(table.includes(`| ${row}, ms of CPU |`), table);
  assert.match(table, /^Presigning alone, .*: \d+\.\d \(/m);
  assert.doesNotMatch(table, /NaN|undefined/);
});
