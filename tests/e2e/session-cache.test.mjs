// Where sessions are kept: in the isolate, and sealed in Workers KV.
import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { events, logged, recordIn, sign, statusOf } from "./answers.mjs";
import { baseVars, bearer, makeFolder, removeFolder, startLocalAws, startProxy, startWorker, withFreshWorker } from "./harness.mjs";

let aws;
let sts;
let vars;
before(async () => {
  aws = await startLocalAws();
  sts = await startProxy(aws);
  vars = await baseVars(aws, sts);
  await aws.putObject("users/ada.png", "a picture");
});
after(async () => {
  await sts?.stop();
  await aws?.stop();
});

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
  await withFreshWorker(aws, { kv: false }, async (worker, sts) => {
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

      const { name, value } = await recordIn(worker);
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
    const { expiration } = await recordIn(worker);
    assert.equal(expiration, sts.sessions.at(-1).expiresAt / 1000 - 60);
  });
});

describe("a record that is not this worker's own is logged and replaced by a new session", () => {
  let own;
  before(async () => (own = await recordOf(vars)));

  const damages = {
    "empty": () => [],
    "garbage": () => randomBytes(700),
    "cut after the version": (value) => value.subarray(0, 1),
    "cut within the nonce": (value) => value.subarray(0, 8),
    "cut after the nonce": (value) => value.subarray(0, 13),
    "cut at its end": (value) => value.subarray(0, -1),
    "of another version": (value) => [2, ...value.subarray(1)],
    "with one bit in its middle turned": (value) => value.map((byte, at) => (at === value.length >> 1 ? byte ^ 1 : byte)),
  };
  for (const [what, damage] of Object.entries(damages)) {
    test(what, () => expectReplaced(damage(own.value)));
  }

  test("sealed under another CACHE_KEY", async () => {
    const { name, value } = await recordOf({ ...vars, CACHE_KEY: randomBytes(32).toString("base64") });
    assert.equal(name, own.name);
    await expectReplaced(value);
  });

  test("copied from another role session", async () => {
    const { name, value } = await recordOf({ ...vars, AWS_ROLE_SESSION_NAME: "another" });
    assert.notEqual(name, own.name);
    await expectReplaced(value);
  });

  test("but its own record is taken", async () => {
    assert.equal(await callsOf((worker) => put(worker, own.value), works), 0);
  });

  // Miniflare takes no Buffer.
  const put = ({ kv }, bytes) => kv.put(own.name, Uint8Array.from(bytes));

  async function recordOf(vars) {
    let record;
    await callsOf(works, async (worker) => (record = await recordIn(worker)), { vars });
    return record;
  }

  async function expectReplaced(bytes) {
    const replaces = async (worker) => {
      await works(worker);
      assert.equal((await logged(worker, "kvRecordForeign")).level, "warn");
      const { name } = await recordIn(worker, Buffer.from(bytes));
      assert.equal(name, own.name);
    };
    assert.equal(await callsOf((worker) => put(worker, bytes), replaces), 1);
  }
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

describe("a KV that fails is logged and fails no request", { concurrency: 4 }, () => {
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
    "that never answers a read": ["export default () => ({ get: () => new Promise(() => {}), async put() {} });", ["kvReadFailed"]],
    "that never answers a write": ["export default () => ({ get: async () => null, put: () => new Promise(() => {}) });", []],
    "that is something else": ["export default () => ({});", ["kvReadFailed", "kvWriteFailed"]],
  };
  for (const [what, [kv, expected]] of Object.entries(faults)) {
    test(`a KV ${what}`, async () => {
      await withFreshWorker(aws, { kv }, async (worker, sts) => {
        await works(worker);
        await works(worker);
        assert.equal(sts.calls, 1);
        for (const event of expected) assert.equal((await logged(worker, event)).level, "warn");
        const told = events(worker).map(({ event }) => event).filter((event) => event !== "request");
        assert.deepEqual(told.sort(), [...expected, "sessionGranted"].sort());
      });
    });
  }
});
