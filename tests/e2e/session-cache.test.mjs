// Where sessions are kept: in the isolate, and sealed in Workers KV.
import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { events, logged, sign, statusOf } from "./answers.mjs";
import { baseVars, bearer, makeFolder, removeFolder, startLocalAws, startStsProxy, startWorker, withFreshWorker } from "./harness.mjs";

let aws;
let sts;
let vars;
before(async () => {
  aws = await startLocalAws();
  sts = await startStsProxy(aws);
  vars = await baseVars(aws, sts);
  await aws.putObject("users/ada.png", "a picture");
});
after(async () => {
  await sts?.stop();
  await aws?.stop();
});

/** The one record in the worker's KV. */
async function onlyRecord({ kv }) {
  const { keys } = await kv.list();
  assert.equal(keys.length, 1);
  const [{ name, expiration }] = keys;
  return { name, expiration, value: Buffer.from(await kv.get(name, "arrayBuffer")) };
}

/** A worker that finds in KV what `prepare` puts there; resolves to how often `work` made it ask STS. */
async function callsOf(prepare, work, options = {}) {
  const worker = await startWorker({ vars, ...options });
  try {
    await prepare(worker);
    const before = sts.calls;
    await work(worker);
    return sts.calls - before;
  } finally {
    await worker.stop();
  }
}

const works = async (worker) => assert.equal(await statusOf((await sign(worker)).url), 200);

test("the isolate keeps its session: one call to STS for many requests", async () => {
  await withFreshWorker(aws, {}, async (worker, sts) => {
    const signed = [];
    for (const key of ["users/ada.png", "users/b", "users/c"]) signed.push(await sign(worker, { key }));
    assert.equal(sts.calls, 1);
    const tokens = signed.map(({ url }) => new URL(url).searchParams.get("X-Amz-Security-Token"));
    assert.deepEqual(new Set(tokens), new Set([sts.sessions[0].sessionToken]));
  });
});

test("a worker that starts anew finds the session in KV, where nobody else can read it", async () => {
  const folder = makeFolder("edge-presigner-kv-");
  try {
    await callsOf(() => {}, works, { kvPersist: folder });
    const session = sts.sessions.at(-1);
    const again = async (worker) => {
      const { url } = await sign(worker);
      assert.equal(new URL(url).searchParams.get("X-Amz-Security-Token"), session.sessionToken);
      assert.equal(await statusOf(url), 200);

      const { name, value } = await onlyRecord(worker);
      const files = readdirSync(folder, { recursive: true }).map((path) => join(folder, path));
      const contents = files.filter((path) => statSync(path).isFile()).map((path) => readFileSync(path));
      assert.ok(contents.some((content) => content.includes(value)));
      const { accessKeyId, secretAccessKey, sessionToken } = session;
      for (const secret of [accessKeyId, secretAccessKey, sessionToken, vars.AWS_WEB_IDENTITY_TOKEN, vars.CACHE_KEY, bearer]) {
        for (const place of [name, value, ...contents]) assert.ok(!place.includes(secret));
      }
    };
    assert.equal(await callsOf(() => {}, again, { kvPersist: folder }), 0);
  } finally {
    removeFolder(folder);
  }
});

test("the record leaves KV a minute before its session ends", async () => {
  await callsOf(works, async (worker) => {
    const { expiration } = await onlyRecord(worker);
    assert.equal(expiration, sts.sessions.at(-1).expiresAt / 1000 - 60);
  });
});

describe("a record that is not this worker's own is replaced by a new session", () => {
  const damages = {
    "empty": () => Buffer.alloc(0),
    "garbage": () => randomBytes(700),
    "cut after the version": (value) => value.subarray(0, 1),
    "cut within the nonce": (value) => value.subarray(0, 8),
    "cut after the nonce": (value) => value.subarray(0, 13),
    "cut at its end": (value) => value.subarray(0, -1),
    "of another version": (value) => Buffer.concat([Buffer.from([2]), value.subarray(1)]),
    "with one bit of its middle turned": (value) => value.map((byte, at) => (at === value.length >> 1 ? byte ^ 1 : byte)),
  };
  for (const [what, damage] of Object.entries(damages)) {
    test(what, async () => {
      const { name, value } = await recordOf(vars);
      assert.equal(await callsOf(({ kv }) => kv.put(name, damage(value)), replaces(name)), 1);
    });
  }

  test("sealed under another CACHE_KEY", async () => {
    const { name, value } = await recordOf({ ...vars, CACHE_KEY: randomBytes(32).toString("base64") });
    assert.equal(await callsOf(({ kv }) => kv.put(name, value), replaces(name)), 1);
  });

  test("copied from another role session", async () => {
    const { name } = await recordOf(vars);
    const other = await recordOf({ ...vars, AWS_ROLE_SESSION_NAME: "another" });
    assert.notEqual(other.name, name);
    assert.equal(await callsOf(({ kv }) => kv.put(name, other.value), replaces(name)), 1);
  });

  test("but its own record is taken", async () => {
    const { name, value } = await recordOf(vars);
    assert.equal(await callsOf(({ kv }) => kv.put(name, value), works), 0);
  });

  async function recordOf(vars) {
    let record;
    await callsOf(works, async (worker) => (record = await onlyRecord(worker)), { vars });
    return record;
  }

  const replaces = (name) => async (worker) => {
    const before = Buffer.from(await worker.kv.get(name, "arrayBuffer"));
    await works(worker);
    assert.equal((await logged(worker, "kvRecordForeign")).level, "warn");
    const after = await onlyRecord(worker);
    assert.equal(after.name, name);
    assert.ok(after.value.length > 100 && !after.value.equals(before));
    events(worker);
  };
});

test("without CACHE_KEY requests work, nothing is put into KV, and the log says so", async () => {
  await withFreshWorker(aws, { vars: { CACHE_KEY: undefined } }, async (worker, sts) => {
    await works(worker);
    await works(worker);
    assert.equal(sts.calls, 1);
    assert.deepEqual((await worker.kv.list()).keys, []);
    assert.equal((await logged(worker, "cacheKeyMissing")).level, "warn");
  });
});

describe("a KV that fails is logged and fails no request", () => {
  const kv = (get, put) => `export default () => ({ async get() { ${get} }, async put() { ${put} } });`;
  const fails = 'throw new Error("KV has a day off");';
  const faults = {
    "not bound": [false, ["kvReadFailed", "kvWriteFailed"]],
    "that cannot be read": [kv(fails, ""), ["kvReadFailed"]],
    "that cannot be written": [kv("return null;", fails), ["kvWriteFailed"]],
    "that throws what is no error": [kv("throw null;", "throw 'words';"), ["kvReadFailed", "kvWriteFailed"]],
    "that throws at once": [
      `export default () => ({ get() { ${fails} }, put() { ${fails} } });`,
      ["kvReadFailed", "kvWriteFailed"],
    ],
    "that is something else": ["export default () => ({});", ["kvReadFailed", "kvWriteFailed"]],
  };
  for (const [what, [kv, expected]] of Object.entries(faults)) {
    test(`a KV ${what}`, async () => {
      await withFreshWorker(aws, { kv }, async (worker, sts) => {
        await works(worker);
        await works(worker);
        assert.equal(sts.calls, 1);
        for (const event of expected) assert.equal((await logged(worker, event)).level, "warn");
        assert.deepEqual(events(worker).map(({ event }) => event).sort(), [...expected, "sessionGranted"].sort());
      });
    });
  }
});
