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
  const plan = { subjects, requests, processes: 2, rounds: 1, count: 8, until: 10 };
  const results = await measure(plan);
  const presign = await measurePresign(await makePresign(folder), plan);
  const tables = report({ ...plan, results, presign });
  for (const name of ["steady", "sums", "sums-with-start", "size"]) {
    for (const subject of subjects) assert.match(tables[name], new RegExp(`^\\| ${subject.name} \\| \\d`, "m"));
  }
  for (const request of Object.keys(requests)) assert.ok(tables.steady.includes(`\`${request}\``), tables.steady);
  assert.match(tables.sums, /^\| +\| 1 \| 10 \|$/m);
  assert.match(tables.presign, /\d\.\d µs a URL/);
  assert.doesNotMatch(Object.values(tables).join("\n"), /NaN|undefined/);
});
