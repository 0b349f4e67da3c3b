// The benchmark with a handful of requests: that it still works, not what it finds.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { growthRows, makeCases, measureGrowth, startIssuer } from "../../scripts/bench/growth.mjs";
import { measure } from "../../scripts/bench/measure.mjs";
import { memoryRows } from "../../scripts/bench/memory.mjs";
import { plot } from "../../scripts/bench/plot.mjs";
import { makePresign, measurePresign } from "../../scripts/bench/presign.mjs";
import { report, table } from "../../scripts/bench/report.mjs";
import { startSts } from "../../scripts/bench/sts.mjs";
import { credentials, makeSubjects, requests } from "../../scripts/bench/subjects.mjs";
import { checkAnswer, checkLog } from "../../scripts/bench/verify.mjs";
import { placed } from "../../scripts/bench/write.mjs";
import { startBrowser } from "./browser.mjs";
import { makeFolder, removeFolder } from "./harness.mjs";

let folder, issuer, sts, subjects;
before(async () => {
  folder = makeFolder("edge-presigner-bench-");
  [sts, issuer] = [await startSts(credentials), await startIssuer()];
  subjects = await makeSubjects(sts, folder);
});
after(async () => {
  await sts?.stop();
  await issuer?.stop();
  removeFolder(folder);
});

test("npm run bench gets right answers from every subject, and fills its tables and its picture", async () => {
  const plan = { subjects, requests, processes: 2, rounds: 1, count: 8 };
  const results = await measure({ ...plan, until: 10 });
  const presign = await measurePresign(await makePresign(folder), plan);
  const tables = report({ ...plan, results, presign });
  for (const name of ["steady", "sums", "parts"]) {
    for (const subject of subjects) {
      const row = new RegExp(`^\\| ${subject.name} \\| \\d`, "m");
      assert.equal(row.test(tables[name]), subject.tables.includes(name), `${subject.name} in\n${tables[name]}`);
    }
  }
  for (const request of Object.keys(requests)) assert.ok(tables.steady.includes(`\`${request}\``), tables.steady);
  assert.match(tables.sums, /^\| +\| 1 \| 10 \|$/m);
  assert.match(tables.targets, /^\| Presigning alone \| ≤ 8 µs \| \d+\.\d+ \|/m);
  const page = placed(tables);
  for (const text of Object.values(tables)) assert.ok(page.includes(`-->\n${text}\n<!-- /bench -->`), text);
  assert.doesNotMatch(Object.values(tables).join("\n"), /NaN|undefined/);

  const svg = plot({ ...plan, results });
  assert.doesNotMatch(svg, /NaN|undefined|Infinity/);
  await assertShown(svg);
});

test("npm run bench -- --growth fills its table", async () => {
  const worker = subjects.find(({ name }) => name === "edge-presigner");
  const cases = makeCases(worker, issuer, 10);
  const growth = table(growthRows(await measureGrowth(worker, cases, { processes: 1, rounds: 2, count: 8, before: 8 })));
  for (const { kind, size } of cases) assert.match(growth, new RegExp(`^\\| ${kind} \\| ${size} \\| \\d+ \\|`, "m"));
  assert.ok(placed({ growth }).includes(growth));
});

test("npm run bench -- --memory fills its table", async () => {
  const memory = table(await memoryRows({ subjects, requests, count: 96 }));
  assert.match(memory, /^\| edge-presigner( \| \d+){12} \|$/m);
  assert.ok(placed({ memory }).includes(memory));
});

test("a subject that does less than the others is found", async () => {
  const [asked] = Object.values(requests);
  const [subject] = subjects.filter(({ name }) => name === "by hand");
  const answer = { status: 302, headers: { ...asked.answered, location: "https://elsewhere.example/" }, body: "" };
  await assert.rejects(checkAnswer(subject, asked, answer), /elsewhere/);
  const { "x-request-id": _, ...fewer } = answer.headers;
  await assert.rejects(checkAnswer(subject, asked, { ...answer, headers: fewer }), /by hand: GET/);
  const line = `{"event":"request"}${" ".repeat(166)}`;
  checkLog(subject, [line, "{}"], 1);
  assert.throws(() => checkLog(subject, [line], 2), /lines in the log/);
  assert.throws(() => checkLog(subject, ['{"event":"request"}'], 1), /logs 19 characters/);
});

/** The browser reads it as a picture, in which every text is within the frame and no two of them touch. */
async function assertShown(svg) {
  const browser = await startBrowser();
  try {
    const page = await browser.newPage();
    await page.setContent(svg);
    const boxes = await page.$$eval("svg > text", (texts) =>
      texts.map((it) => ({ text: it.textContent, ...(({ x, y, width, height }) => ({ x, y, width, height }))(it.getBBox()) })),
    );
    assert.ok(boxes.length >= 40, `${boxes.length} texts`);
    const [, , width, height] = await page.$eval("svg", (it) => it.getAttribute("viewBox").split(" ").map(Number));
    for (const [index, a] of boxes.entries()) {
      const inside = a.x >= 0 && a.y >= 0 && a.x + a.width <= width && a.y + a.height <= height;
      assert.ok(inside, `${a.text} is cut off`);
      for (const b of boxes.slice(index + 1)) {
        const apart = a.x + a.width <= b.x || b.x + b.width <= a.x || a.y + a.height <= b.y + 3 || b.y + b.height <= a.y + 3;
        assert.ok(apart, `${a.text} touches ${b.text}`);
      }
    }
  } finally {
    await browser.stop();
  }
}
