// The queries of the dashboard and of the alerts, over data points of real workers, and Grafana's own idea of the dashboard.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { root } from "../../scripts/console.mjs";
import { deployPython, testPython } from "../../scripts/setup.mjs";
import { ask } from "./answers.mjs";
import { baseVars, bearer, startLocalAws, startWorker, withFreshWorker } from "./harness.mjs";

const read = (name) => JSON.parse(readFileSync(join(root, "deploy", "grafana", name), "utf8"));
const dashboard = read("edge-presigner.json");
const alerts = read("alerts.json").groups[0].rules;
const panels = dashboard.panels.filter(({ type }) => type !== "row");
const step = 60;
const denied = "<ErrorResponse><Error><Code>AccessDenied</Code></Error></ErrorResponse>";
const brokenKv = `const fail = () => Promise.reject(new Error("KV GET failed: 500")); export default () => ({ get: fail, put: fail });`;
let aws;
let points;

before(async () => {
  aws = await startLocalAws();
  points = (await Promise.all([normal(), refused(), withoutKv(), limited()])).flat();
});
after(() => aws?.stop());

/** The data points of a worker, as rows of different weights over a few minutes. */
async function rowsOf(worker) {
  let count;
  do {
    count = worker.points.length;
    await delay(300);
  } while (worker.points.length > count);
  return worker.points.map((text, n) => ({ ...JSON.parse(text), timestamp: 1_790_000_000 + 17 * n, _sample_interval: 1 + 4 * (n % 3) }));
}

async function normal() {
  const vars = await baseVars(aws);
  vars.PROFILES.elsewhere = { ...vars.PROFILES.avatars, bucket: "no-such-bucket", operations: ["createMultipartUpload"] };
  const worker = await startWorker({ vars, analytics: true });
  try {
    for (let n = 0; n < 5; n++) await ask(worker);
    await ask(worker, { profile: "nothing" });
    await worker.fetch("/v1/sign", { key: `${bearer}x`, json: {} });
    await worker.fetch("/v1/multipart", { key: bearer, json: { profile: "elsewhere", key: "users/ada.png" } });
    await worker.scheduled();
    return await rowsOf(worker);
  } finally {
    await worker.stop();
  }
}

async function refused() {
  let rows;
  await withFreshWorker(aws, { analytics: true }, async (worker, sts) => {
    sts.next({ status: 403, body: denied }, Infinity);
    await ask(worker);
    await ask(worker);
    rows = await rowsOf(worker);
  });
  return rows;
}

async function withoutKv() {
  let rows;
  await withFreshWorker(aws, { analytics: true, kv: brokenKv }, async (worker) => {
    await ask(worker);
    rows = await rowsOf(worker);
  });
  return rows;
}

async function limited() {
  const RATE_LIMIT = { limit: 2, period: 60 };
  let rows;
  await withFreshWorker(aws, { vars: { RATE_LIMIT }, rateLimit: RATE_LIMIT, analytics: true }, async (worker) => {
    for (let n = 0; n < 6; n++) await ask(worker);
    rows = await rowsOf(worker);
  });
  return rows;
}

/** What the columns mean, in words of the worker's code and not of the queries. */
const named = ({ blobs, doubles, timestamp, _sample_interval: weight }) => {
  const [caller, profile, operation, outcome, session, event, level, cause, role] = blobs;
  const [status, ioMs, secsLeft, spareSecs] = doubles;
  return { caller, profile, operation, outcome, session, event, level, cause, role, status, ioMs, secsLeft, spareSecs, weight, t: Math.floor(timestamp / step) * step * 1000 };
};

const weigh = (rows) => rows.reduce((sum, { weight }) => sum + weight, 0);

/** Rows with these members in common, as one row each with what `aggregate` makes of them. */
function grouped(rows, by, aggregate) {
  const groups = Map.groupBy(rows, (row) => JSON.stringify(by.map((name) => row[name])));
  return [...groups.values()].map((members) => ({ ...Object.fromEntries(by.map((name) => [name, members[0][name]])), ...aggregate(members) }));
}

const isRequest = ({ event }) => event === "request";
const isOf = (...events) => ({ event }) => events.includes(event);
const hasOutcome = (...outcomes) => (row) => isRequest(row) && outcomes.includes(row.outcome);
const count = (name) => (rows) => ({ [name]: weigh(rows) });
const percent = (rows) => ({ percent: (100 * weigh(rows.filter(({ status }) => status >= 500))) / weigh(rows) });
const least = (name) => (rows) => ({ [name]: Math.min(...rows.map((row) => row[name])) });
const most = (name) => (rows) => ({ [name]: Math.max(...rows.map((row) => row[name])) });
const kvTrouble = isOf("kvReadFailed", "kvWriteFailed", "kvRecordForeign", "sealFailed");
const isQuantile = (rows, q) => {
  const all = rows.flatMap(({ ioMs, weight }) => Array(weight).fill(ioMs)).sort((one, other) => one - other);
  return all[Math.max(0, Math.ceil(q * all.length) - 1)];
};

/** For each title: which points, grouped by what, and what is told of them. */
const expected = {
  "Requests by outcome": [isRequest, ["t", "outcome"], count("requests")],
  "Server errors in percent": [isRequest, ["t"], percent],
  "Waiting for other services": [isRequest, ["t"], (rows) => ({ median: isQuantile(rows, 0.5), p99: isQuantile(rows, 0.99) })],
  "Where sessions were found": [(row) => isRequest(row) && row.session !== "", ["t", "session"], count("requests")],
  "Callers, profiles and operations": [
    isRequest,
    ["caller", "profile", "operation"],
    (rows) => ({ requests: weigh(rows), failed: weigh(rows.filter(({ outcome }) => outcome !== "ok")) }),
  ],
  "Rejected credentials": [hasOutcome("key-required", "unknown-caller", "link-expired", "link-refused", "token-refused"), ["t", "outcome"], count("requests")],
  "Rate-limited callers": [hasOutcome("rate-limited"), ["t", "caller"], count("requests")],
  "Time to spare of each role": [isOf("sessionChecked"), ["t", "role"], least("spareSecs")],
  "Life of the token": [isOf("tokenChecked"), ["t"], most("secsLeft")],
  "Sessions from STS": [isOf("sessionGranted"), ["t"], count("sessions")],
  "Failures of STS by cause": [isOf("stsFailed"), ["t", "cause"], count("failures")],
  "Failures of S3 by cause": [isOf("s3Failed"), ["t", "cause"], count("failures")],
  "Trouble with KV": [kvTrouble, ["t", "event"], count("events")],
  "Warnings and errors": [(row) => !isRequest(row) && row.level !== "info", ["event", "level", "cause"], count("events")],
  "A session is not renewed": [isOf("sessionChecked"), ["t", "role"], least("spareSecs")],
  "Requests fail": [isRequest, ["t"], (rows) => (weigh(rows) >= 20 ? percent(rows) : undefined)],
  "STS does not grant sessions": [(row) => row.event === "stsFailed" && row.level === "error", ["t", "cause"], count("failures")],
  "The worker reports a fault": [(row) => isOf("misconfigured", "internal", "tokenUnfit")(row) && row.level === "error", ["t", "event"], count("events"), "empty"],
  "The token expires soon": [isOf("tokenChecked"), ["t"], most("secsLeft")],
  "KV fails": [kvTrouble, ["t", "event"], count("events")],
  "Credentials are rejected": [hasOutcome("unknown-caller", "link-refused", "token-refused"), ["t", "outcome"], count("requests")],
  "Callers are rate-limited": [hasOutcome("rate-limited"), ["t", "caller"], count("requests")],
};

const sorted = (rows) => rows.map((row) => JSON.stringify(Object.entries(row).sort())).sort();

test("each query tells what counting the data points of real workers tells", () => {
  const queries = Object.fromEntries([
    ...panels.map(({ title, targets }) => [title, targets[0].query]),
    ...alerts.map(({ title, data }) => [title, data[0].model.query]),
  ]);
  const input = JSON.stringify({ points, queries });
  const { status, stdout, stderr } = spawnSync(testPython, [join(root, "tests", "e2e", "grafana", "queries.py")], { input, encoding: "utf8", maxBuffer: 1 << 26 });
  assert.equal(status, 0, stderr);
  const answers = JSON.parse(stdout);
  assert.deepEqual(Object.keys(answers).sort(), Object.keys(expected).sort());
  for (const [title, [isMeant, by, aggregate, emptiness]] of Object.entries(expected)) {
    const rows = grouped(points.map(named).filter(isMeant), by, (members) => aggregate(members) ?? { none: true });
    const counted = rows.filter(({ none }) => !none);
    assert.equal(counted.length > 0, emptiness !== "empty" , `${title}: ${counted.length} rows`);
    assert.deepEqual(sorted(answers[title]), sorted(counted), title);
  }
});

test("the data points are those of what happened", () => {
  const tally = (event, column) => Object.fromEntries(grouped(points.map(named).filter(isOf(event)), [column], (rows) => ({ n: rows.length })).map((row) => [row[column], row.n]));
  const { ok, ...failed } = tally("request", "outcome");
  const { "rate-limited": refusals, ...others } = failed;
  assert.deepEqual(others, { "not-allowed": 1, "unknown-caller": 1, "s3-refused": 1, "sts-refused": 2 });
  assert.equal(ok + refusals, 5 + 1 + 6);
  assert.ok(refusals >= 1);
  assert.deepEqual(tally("stsFailed", "cause"), { "role-denied": 1 });
  assert.deepEqual(tally("s3Failed", "cause"), { "access-denied": 1 });
  assert.deepEqual(tally("sessionChecked", "role"), { [points.map(named).find(isOf("sessionChecked")).role]: 1 });
  const [checked] = points.map(named).filter(isOf("sessionChecked"));
  assert.ok(checked.spareSecs > 0 && checked.spareSecs < checked.secsLeft, JSON.stringify(checked));
});

test("Grafana's models know every field of the dashboard and the alerts, and no panel lies upon another", () => {
  const check = (given) => {
    const { status, stdout, stderr } = spawnSync(deployPython, [join(root, "tests", "e2e", "grafana", "schema.py")], { input: JSON.stringify({ dashboard, rules: alerts, ...given }), encoding: "utf8" });
    assert.equal(status, 0, stderr);
    return stdout;
  };
  assert.equal(check({}), "");
  const [row, first, ...rest] = dashboard.panels;
  const misspelt = { ...dashboard, panels: [row, { ...first, options: { ...first.options, legende: {} } }, ...rest] };
  const unknown = [{ ...alerts[0], noData: "OK" }];
  assert.equal(check({ dashboard: misspelt, rules: unknown }), `dashboard.panels[1].options.legende\n${alerts[0].title}.noData`);
  assert.equal(new Set(dashboard.panels.map(({ id }) => id)).size, dashboard.panels.length);
  const taken = new Set();
  for (const { title, gridPos: { x, y, w, h } } of dashboard.panels) {
    assert.ok(x + w <= 24, title);
    for (let at = 0; at < w * h; at++) {
      const place = `${x + (at % w)} ${y + Math.floor(at / w)}`;
      assert.ok(!taken.has(place), `${title} lies upon another panel`);
      taken.add(place);
    }
  }
});

test("each panel and each alert asks the data source that is provisioned", () => {
  const source = readFileSync(join(root, "deploy", "grafana", "datasource.yaml"), "utf8");
  const [, uid] = source.match(/uid: (\S+)/);
  const [, type] = source.match(/type: (\S+)/);
  const [variable] = dashboard.templating.list;
  assert.deepEqual([variable.type, variable.query], ["datasource", type]);
  for (const { datasource, targets } of panels) {
    for (const asked of [datasource, targets[0].datasource]) assert.deepEqual(asked, { type, uid: `\${${variable.name}}` });
  }
  for (const { title, condition, data, uid: own } of alerts) {
    assert.ok(own.length <= 40, title);
    assert.deepEqual(data.map(({ refId, datasourceUid }) => [refId, datasourceUid]), [["A", uid], ["B", "__expr__"], ["C", "__expr__"]], title);
    assert.deepEqual([condition, data[1].model.expression, data[2].model.expression], ["C", "A", "B"], title);
    assert.match(data[1].model.reducer, /^(last|min|max|sum)$/);
    assert.match(data[2].model.conditions[0].evaluator.type, /^(lt|gt)$/);
  }
});
