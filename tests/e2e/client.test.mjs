// packages/client: in Node, in Chromium at another origin, in another Worker and with Uppy, against the built worker and a real S3.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { readFileSync, mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, mock, test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { pathToFileURL } from "node:url";
import { promisify } from "node:util";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";
import { Miniflare } from "miniflare";
import * as client from "../../packages/client/index.js";
import { root } from "../../scripts/console.mjs";
import { servePage, startBrowser } from "./browser.mjs";
import { alias, bytesOf, scriptOf } from "./client/page.mjs";
import { audience, claimsOf, judged, jwks, keys, signed } from "./client/receipts.mjs";
import { linkKey, startPresigner } from "./client/worker.mjs";
import { blocks } from "./guides/page.mjs";
import { bearer, makeFolder, removeFolder } from "./harness.mjs";
import { digestOf, pageOf } from "./uppy/page.mjs";

const MIB = 1024 * 1024;
const folder = join(root, "packages", "client");
const { createClient, makeLink, PresignerError, verifyReceipt } = client;
const run = promisify(execFile);

const files = {};
let site, presigner, url;
before(async () => {
  site = await servePage(files);
  presigner = await startPresigner({ origin: site.origin });
  url = presigner.url;
});
after(async () => {
  await presigner?.stop();
  await site?.stop();
});

const clientOf = (options) => createClient({ url, profile: "avatars", token: bearer, ...options });

/** The requests that have come to a proxy since `from`, and to such paths or queries. */
const since = (proxy, from, pattern = /./) => proxy.requests.slice(from).filter((it) => pattern.test(it.url));

/** The object has to be these bytes. */
async function expectStored(key, bytes, type) {
  const answer = await presigner.aws.s3("GET", key);
  assert.ok(Buffer.from(await answer.arrayBuffer()).equals(Buffer.from(bytes)), key);
  if (type) assert.equal(answer.headers.get("content-type"), type);
}

/** `work` has to reject with an error of this type and status: resolves to it. */
async function rejected(work, type, status = 0) {
  const error = await work.then(() => assert.fail(`no ${type}`), (error) => error);
  assert.ok(error instanceof PresignerError, error.stack);
  assert.deepEqual([error.type, error.status], [type, status], error.message);
  for (const text of [error.stack, JSON.stringify(error), String(error.cause)]) assert.ok(!text.includes(bearer), text);
  return error;
}

/** The client's own pauses, which are random, take no time while `work` runs. */
async function withoutPauses(work) {
  const random = mock.method(Math, "random", () => 0);
  try {
    return await work();
  } finally {
    random.mock.restore();
  }
}

/** While `work` runs, times of 10 s and more pass a hundred times as fast. Resolves to those that were begun, in ms. */
async function withShortTimes(work) {
  const real = globalThis.setTimeout;
  const begun = [];
  const timer = mock.method(globalThis, "setTimeout", (then, ms, ...more) => {
    if (ms >= 10_000) begun.push(ms);
    return real(then, ms >= 10_000 ? ms / 100 : ms, ...more);
  });
  try {
    await work();
    return begun;
  } finally {
    timer.mock.restore();
  }
}

async function until(holds) {
  for (const end = Date.now() + 15_000; !(await holds()); await delay(20)) assert.ok(Date.now() < end, String(holds));
}

const problem = (type) => JSON.stringify({ type: `urn:problem-type:edge-presigner:${type}`, detail: "So it is." });

describe("the package", () => {
  test("has the files that it should, in the version of the worker", async () => {
    const { stdout } = await run("npm", ["pack", "--dry-run", "--json"], { cwd: folder });
    const [{ files, version, name }] = JSON.parse(stdout);
    assert.equal(name, "edge-presigner-client");
    assert.equal(version, JSON.parse(readFileSync(join(root, "package.json"), "utf8")).version);
    const modules = ["base64", "client", "error", "index", "link", "receipt", "requests", "upload"].map((it) => `${it}.js`);
    assert.deepEqual(files.map(({ path }) => path).sort(), [...modules, "index.d.ts", "openapi.d.ts", "package.json", "LICENSE", "README.md"].sort());
    assert.equal(readFileSync(join(folder, "LICENSE"), "utf8"), readFileSync(join(root, "LICENSE"), "utf8"));
  });

  const bundled = async (contents) => {
    const stdin = { contents, resolveDir: folder, loader: "js" };
    const { outputFiles } = await build({ stdin, bundle: true, minify: true, format: "esm", write: false, logLevel: "error" });
    return outputFiles[0].contents;
  };

  test("has less than 5 KB, and what is not used falls away", async () => {
    const all = gzipSync(await bundled('export * from "./index.js"'), { level: 9 }).length;
    console.log(`edge-presigner-client: ${all} bytes, minified and compressed`);
    assert.ok(all < 5000, String(all));
    const link = gzipSync(await bundled('export { makeLink } from "./index.js"'), { level: 9 }).length;
    assert.ok(link < 700, String(link));
    assert.equal((await bundled('import "./index.js"')).length, 0);
  });

  test("has the types of the API, which tsc holds against the code and the uses in tests/e2e/client/types.ts", async () => {
    const told = ({ stdout, stderr }) => assert.fail(stdout + stderr);
    await run(process.execPath, [join(root, "scripts", "client-types.mjs"), "--check"]).catch(told);
    const tsc = join(root, "node_modules", "typescript", "bin", "tsc");
    await run(process.execPath, [tsc, "--project", join(root, "tests", "e2e", "client", "tsconfig.json")]).catch(told);
    const declared = readFileSync(join(folder, "index.d.ts"), "utf8").matchAll(/^export declare (?:function|class) (\w+)/gm);
    assert.deepEqual([...declared].map(([, name]) => name).sort(), Object.keys(client).sort());
  });
});

describe("in Node", () => {
  test("URLs are signed, alone and many at once, also by a token that comes late, and behind a link", async () => {
    await presigner.aws.putObject("users/ada.png", "a picture");
    const tokens = [bearer, () => bearer, async () => `${bearer}\n`];
    for (const token of tokens) {
      const signed = await clientOf({ url: new URL(url), token }).sign("getObject", { key: "users/ada.png", expiresIn: 60 });
      assert.deepEqual([signed.method, signed.key, signed.expiresIn], ["GET", "users/ada.png", 60]);
      assert.equal(await (await fetch(signed.url)).text(), "a picture");
    }
    const listed = await clientOf({ url: `${url}/` }).sign("listObjectsV2", { prefix: "users/" });
    assert.match(await (await fetch(listed.url)).text(), /<Key>users\/ada\.png</);
    const [good, bad, other] = await clientOf().signBatch([
      { operation: "getObject", key: "users/ada.png" },
      { operation: "getObject", key: "others/ada.png" },
      { operation: "putObject", filename: "a.bin", profile: "films" },
    ]);
    assert.equal(good.method, "GET");
    assert.equal(bad.problem.status, 403);
    assert.match(other.key, /^films\/.*-a\.bin$/);
  });

  test("files, bytes and texts are uploaded as they are", async () => {
    const bytes = bytesOf(1000);
    const heard = [];
    const presigns = clientOf();
    for (const [data, type] of [
      [new File([bytes], "a.png", { type: "image/png" }), "image/png"],
      [new Blob([bytes], { type: "image/gif" }), "image/gif"],
      [new Uint8Array(bytes).buffer, undefined],
      [new Uint8Array(bytes), undefined],
    ]) {
      const { key, etag } = await presigns.upload(data, { key: "users/whole", onProgress: (it) => heard.push(it) });
      assert.equal(key, "users/whole");
      assert.equal(etag, `"${createHash("md5").update(bytes).digest("hex")}"`);
      await expectStored(key, bytes, type);
    }
    assert.deepEqual(heard.at(-1), { loaded: 1000, total: 1000 });
    await presigns.upload("Übergröße", { key: "users/text", headers: { "Content-Type": "text/plain", "cache-control": "max-age=7" } });
    await expectStored("users/text", "Übergröße", "text/plain");
    await presigns.upload("", { key: "users/empty" });
    await expectStored("users/empty", "");
    const named = await presigns.upload(new File(["x"], "Ä b.png", { type: "image/png" }), { profile: "films" });
    assert.match(named.key, /^films\/[0-9a-f-]{36}-Ä_b\.png$/);
  });

  test("16 MiB go in parts, byte for byte, also where the list of parts has many pages, and names a part twice", async () => {
    const bytes = bytesOf(16 * MIB);
    const heard = [];
    let state;
    const paged = async (url, init) => {
      if (!url.endsWith("/list")) return fetch(url, init);
      const answer = await fetch(url, { ...init, body: JSON.stringify({ ...JSON.parse(init.body), maxParts: 1 }) });
      const { parts, ...page } = await answer.json();
      return Response.json({ ...page, parts: [...parts, ...parts] });
    };
    const file = new File([bytes], "a.bin", { type: "image/x-big" });
    const done = await clientOf({ fetch: paged }).upload(file, { key: "users/parts", onState: (it) => (state = it), onProgress: (it) => heard.push(it.loaded) });
    assert.deepEqual([state.parts, state.sizeBytes, state.key], [2, 16 * MIB, "users/parts"]);
    assert.match(done.etag, /-2"$/);
    assert.deepEqual(heard, [0, 8 * MIB, 16 * MIB]);
    await expectStored("users/parts", bytes, "image/x-big");
    assert.equal(await presigner.underWay(), 0);
  });

  test("an upload that stops goes on with its state, sends what is missing, and no other file", async () => {
    const bytes = bytesOf(16 * MIB);
    const pause = new AbortController();
    let state;
    const options = { key: "users/resumed", multipartFromBytes: 0, partSizeBytes: 5 * MIB };
    const paused = clientOf().upload(bytes, {
      ...options,
      onState: (it) => (state = JSON.parse(JSON.stringify(it))),
      onProgress: ({ loaded }) => loaded >= 5 * MIB && pause.abort(new Error("paused")),
      pauseSignal: pause.signal,
    });
    await assert.rejects(paused, /^Error: paused$/);
    assert.equal(await presigner.underWay(), 1);
    await rejected(clientOf().upload(bytes.subarray(1), { ...options, state }), "other-file");
    const from = presigner.s3.requests.length;
    await clientOf().upload(bytes, { ...options, state });
    const sent = since(presigner.s3, from, /partNumber=/).length;
    assert.ok(sent >= 1 && sent < 4, String(sent));
    await expectStored("users/resumed", bytes);
    await rejected(clientOf().upload(bytes, { ...options, state }), "no-such-upload", 404);
  });

  test("an abort removes the parts at S3, wherever it comes, and a pause can be given up", async () => {
    const bytes = bytesOf(16 * MIB);
    const options = { key: "users/gone", partSizeBytes: 5 * MIB };
    const reason = new Error("enough");
    for (const moment of ["before", "while it is created", "as it begins", "between parts", "in a pause"]) {
      const stop = new AbortController();
      const hooks = {
        before: {},
        "while it is created": {},
        "as it begins": { onState: () => stop.abort(reason) },
        "between parts": { onProgress: ({ loaded }) => loaded > 0 && stop.abort(reason) },
        "in a pause": {
          onProgress: ({ loaded }) => {
            if (loaded > 0) return;
            presigner.s3.next({ status: 503, headers: { "retry-after": "30" } }, 3);
            delay(300).then(() => stop.abort(reason));
          },
        },
      };
      if (moment === "before") stop.abort(reason);
      const begun = Date.now();
      const aborting = async (address, init) => {
        const answer = await fetch(address, init);
        if (moment === "while it is created" && address.endsWith("/v1/multipart")) stop.abort(reason);
        return answer;
      };
      await assert.rejects(clientOf({ fetch: aborting }).upload(bytes, { ...options, signal: stop.signal, ...hooks[moment] }), (error) => error === reason, moment);
      presigner.s3.pass();
      assert.ok(Date.now() - begun < 10_000, moment);
      await until(async () => (await presigner.underWay()) === 0);
    }
    let state;
    const pause = AbortSignal.abort(reason);
    await assert.rejects(clientOf().upload(bytes, { ...options, pauseSignal: pause }), (error) => error === reason);
    const stop = new AbortController();
    const paused = { ...options, onState: (it) => ((state = it), stop.abort(reason)), pauseSignal: stop.signal };
    await assert.rejects(clientOf().upload(bytes, paused), (error) => error === reason);
    assert.equal(await presigner.underWay(), 1);
    await clientOf().abortUpload(state);
    await clientOf().abortUpload(state);
    assert.equal(await presigner.underWay(), 0);
  });

  test("a worker that does not answer is asked again, and stops neither an upload nor an abort", { timeout: 60_000 }, async () => {
    const { presigner: proxy } = presigner;
    const bytes = bytesOf(6 * MIB);
    const options = { key: "users/slow", multipartFromBytes: 0, partSizeBytes: 5 * MIB };
    const reason = new Error("enough");
    /** A client whose first request to this path gets no answer, and which calls `then` a moment later. */
    const hanging = (path, then) => {
      let left = 1;
      const fetching = (address, init) => {
        if (address.endsWith(path) && left-- > 0) {
          proxy.next("hang");
          delay(100).then(then);
        }
        return fetch(address, init);
      };
      return clientOf({ fetch: fetching });
    };
    await withoutPauses(async () => {
      for (const [path, ms] of [["/v1/multipart", 45_000], ["/list", 45_000], ["/sign", 45_000], ["/complete", 90_000]]) {
        const begun = await withShortTimes(() => hanging(path).upload(bytes, options));
        assert.ok(begun.includes(ms), path);
        await expectStored("users/slow", bytes);
        const stop = new AbortController();
        await withShortTimes(async () => {
          const client = hanging(path, () => stop.abort(reason));
          await assert.rejects(client.upload(bytes, { ...options, signal: stop.signal }), (error) => error === reason, path);
          assert.equal(await presigner.underWay(), 0, path);
          // Nothing of it goes on.
          await delay(500);
        });
      }
      const pause = new AbortController();
      let state;
      const pausing = { ...options, pauseSignal: pause.signal, onState: (it) => (state = it) };
      const paused = hanging("/complete", () => pause.abort(reason)).upload(bytes, pausing);
      await withShortTimes(() => assert.rejects(paused, (error) => error === reason));
      await clientOf().upload(bytes, { ...options, state });
      assert.equal(await presigner.underWay(), 0);
      proxy.next("hang", 5);
      await withShortTimes(() => rejected(clientOf().sign("getObject", { key: "users/a" }), "unreachable"));
    });
    // A fetch that hears no signal, and a body that never ends.
    const deaf = () => new Promise(() => {});
    const endless = async () => new Response(new ReadableStream());
    for (const fetch of [deaf, endless]) {
      const asking = () => rejected(clientOf({ fetch }).sign("getObject", { key: "users/a" }), "unreachable");
      await withoutPauses(() => withShortTimes(asking));
    }
  });

  test("a pause does not stop parts from being put together", async () => {
    const pause = new AbortController();
    const pausing = (address, init) => {
      const answer = fetch(address, init);
      if (address.endsWith("/complete")) pause.abort();
      return answer;
    };
    const options = { key: "users/whole", multipartFromBytes: 0, pauseSignal: pause.signal };
    await clientOf({ fetch: pausing }).upload(bytesOf(1000), options);
    await expectStored("users/whole", bytesOf(1000));
  });

  test("what may pass is tried again, after the pause that the server asks for", async () => {
    const bytes = bytesOf(6 * MIB);
    const options = { key: "users/tried", multipartFromBytes: 0, partSizeBytes: 5 * MIB };
    presigner.s3.next({ status: 503, headers: {}, body: "<Error><Code>SlowDown</Code></Error>" });
    presigner.s3.next("reset");
    await withoutPauses(() => clientOf().upload(bytes, { ...options, multipartFromBytes: Infinity }));
    await expectStored("users/tried", bytes);
    presigner.presigner.next("reset");
    presigner.presigner.next({ status: 502, headers: {}, body: "<p>Bad gateway</p>" });
    await withoutPauses(() => clientOf().upload(bytes, options));
    await expectStored("users/tried", bytes);
    presigner.presigner.next({ status: 429, headers: { "retry-after": "1" }, body: problem("rate-limited") });
    const begun = Date.now();
    await clientOf().sign("getObject", { key: "users/tried" });
    // Of its own, the client would not wait for more than half a second.
    assert.ok(Date.now() - begun >= 1000, "Retry-After");
  });

  test("what does not pass is told at once, with its type and status, and the token is in no error", async () => {
    const { presigner: proxy, s3 } = presigner;
    const sign = (options) => clientOf(options).sign("getObject", { key: "users/ada.png" });
    const ofWorker = await rejected(clientOf().sign("getObject", { key: "others/a" }), "not-allowed", 403);
    assert.match(ofWorker.detail, /\w/);
    assert.equal(ofWorker.message, ofWorker.detail);
    await rejected(sign({ token: undefined }), "key-required", 401);
    await rejected(sign({ token: `${bearer} ${bearer}` }), "invalid-token");
    await rejected(sign({ token: `${bearer}\nx: y` }), "invalid-token");
    const from = proxy.requests.length;
    proxy.next({ status: 503, headers: {}, body: problem("token-expired") });
    await rejected(sign(), "token-expired", 503);
    proxy.next({ status: 429, headers: { "retry-after": "61" }, body: problem("rate-limited") });
    assert.equal((await rejected(sign(), "rate-limited", 429)).retryAfterSecs, 61);
    proxy.next({ status: 200, headers: { "content-type": "text/html" }, body: "<p>Sign in to this hotel" });
    await rejected(sign(), "unreadable", 200);
    const elsewhere = s3.requests.length;
    proxy.next({ status: 307, headers: { location: `${s3.endpoint}/stolen` } });
    await rejected(sign(), "unreadable", 307);
    assert.equal(s3.requests.length, elsewhere, "a redirect is not followed");
    assert.equal(proxy.requests.length - from, 4, "none is tried again");
    proxy.next("reset", 5);
    const gone = await withoutPauses(() => rejected(sign(), "unreachable"));
    assert.match(gone.detail, /^The server cannot be reached \(\w+\)\.$/);
    assert.equal(proxy.requests.length - from, 9, "five attempts");
    s3.next({ status: 403, headers: {}, body: "<Error><Code>AccessDenied</Code><Message>Access Denied</Message></Error>" });
    assert.equal((await rejected(clientOf().upload("a", { key: "users/a" }), "AccessDenied", 403)).detail, "Access Denied");
    const failing = new Error("signed out");
    await assert.rejects(sign({ token: () => Promise.reject(failing) }), (error) => error === failing);
    assert.throws(() => createClient({}), /^TypeError: createClient: url /);
    const signal = AbortSignal.abort(failing);
    await assert.rejects(clientOf().sign("getObject", { key: "users/a" }, { signal }), (error) => error === failing);
    for (const { url } of [...proxy.requests, ...s3.requests]) assert.ok(!decodeURIComponent(url).includes(bearer), url);
  });

  test("a token goes, and keys come, by https, on loopback or through a fetch of the caller's own", async () => {
    const plain = ["http://presign.example.com", "http://127.0.0.1.example.com", "http://localhost@presign.example.com", "http://[::2]"];
    const never = async () => assert.fail("nothing is asked");
    const send = mock.method(globalThis, "fetch", never);
    try {
      for (const wrong of ["presign.example.com", "//presign.example.com", "/", "", "ftp://presign.example.com", "https://", ...plain]) {
        assert.throws(() => createClient({ url: wrong, token: bearer }), /^TypeError: createClient: url must be an absolute https URL\.$/, wrong);
        if (!wrong) continue;
        const receipt = await signed(claimsOf(wrong));
        await assert.rejects(verifyReceipt(receipt, { issuer: wrong, audience }), /^TypeError: verifyReceipt: issuer must be/, wrong);
        assert.equal((await verifyReceipt(receipt, { issuer: wrong, audience, jwks })).iss, wrong, "no keys are fetched");
      }
      for (const right of ["https://presign.example.com", "HTTPS://presign.example.com/c/1.a", "http://localhost:8787", "http://127.0.0.1", "http://[::1]:8787/"]) {
        createClient({ url: right });
      }
      assert.throws(() => createClient({ url: "presigner", fetch: never }), TypeError);
    } finally {
      send.mock.restore();
    }
    const asked = [];
    const through = async (address) => (asked.push(address), Response.json(jwks));
    for (const it of ["https:presigner", "http://presigner/"]) await createClient({ url: it, fetch: through }).sign("getObject", { key: "a" });
    await verifyReceipt(await signed(claimsOf("http://presigner")), { issuer: "http://presigner", audience, fetch: through });
    assert.deepEqual(asked, ["https://presigner/v1/sign", "http://presigner/v1/sign", "http://presigner/.well-known/jwks.json"]);
  });

  test("a receipt of the worker is accepted, with keys that are fetched once", async () => {
    await presigner.aws.putObject("users/ada.png", "a picture");
    const { receipt, expiresIn } = await clientOf().confirmUpload({ key: "users/ada.png", payload: { order: 7 } });
    assert.equal(expiresIn, 300);
    const from = presigner.presigner.requests.length;
    for (let n = 0; n < 2; n++) {
      const claims = await verifyReceipt(receipt, { issuer: url, audience });
      assert.deepEqual([claims.key, claims.sizeBytes, claims.payload], ["users/ada.png", 9, { order: 7 }]);
    }
    await rejected(verifyReceipt(await signed(claimsOf(url), { kid: "unknown" }), { issuer: url, audience }), "invalid-receipt");
    assert.equal(since(presigner.presigner, from, /jwks/).length, 1, "an unknown key is not looked for again at once");
  });

  test("while the issuer fails, its keys are used on for an hour, and it is asked twice a minute", async () => {
    const issuer = "https://failing.example.com";
    const minute = 60_000;
    let asked = 0;
    let works = true;
    const fetch = async () => (asked++, works ? Response.json(jwks) : new Response("not there", { status: 404 }));
    const start = Date.now();
    mock.timers.enable({ apis: ["Date"], now: start });
    try {
      const at = async (ms, kid) => {
        mock.timers.setTime(start + ms);
        return verifyReceipt(await signed(claimsOf(issuer), kid && { kid }), { issuer, audience, fetch });
      };
      await at(0);
      await at(9 * minute);
      assert.equal(asked, 1);
      works = false;
      for (let n = 0; n < 6; n++) await at(11 * minute + n * 10_000);
      assert.equal(asked, 3, "once in 30 s");
      await rejected(at(12 * minute, "new"), "unreadable", 404);
      await at(59 * minute);
      await rejected(at(61 * minute), "unreadable", 404);
      works = true;
      await Promise.all([at(62 * minute), at(62 * minute), at(62 * minute)]);
      await rejected(at(62.9 * minute, "new"), "invalid-receipt");
    } finally {
      mock.timers.reset();
    }
  });

  test("receipts that come while the keys are fetched are verified too, and by no old keys", async () => {
    const issuer = "https://busy.example.com";
    const receipts = await Promise.all([1, 2, 3].map(() => signed(claimsOf(issuer))));
    let answered = jwks;
    const fetch = async () => (await delay(50), Response.json(answered));
    const options = { issuer, audience, fetch, clockToleranceSecs: 7200 };
    const verifyAll = () => Promise.allSettled(receipts.map((it) => verifyReceipt(it, options)));
    for (const { status, reason } of await verifyAll()) assert.equal(status, "fulfilled", reason);
    answered = { keys: [] };
    const inAnHour = Date.now() + 61 * 60_000;
    const now = mock.method(Date, "now", () => inAnHour);
    try {
      for (const { status, reason } of await verifyAll()) assert.deepEqual([status, reason?.type], ["rejected", "invalid-receipt"]);
    } finally {
      now.mock.restore();
    }
  });

  test("receipts that differ in anything are refused", async () => {
    const { right, wrong } = await judged(url);
    const options = { issuer: url, audience, jwks };
    for (const [what, receipt] of Object.entries(right)) {
      assert.equal((await verifyReceipt(receipt, options).catch((error) => assert.fail(`${what}: ${error}`))).key, "users/ädä.png");
    }
    for (const [what, receipt] of Object.entries(wrong)) {
      const error = await verifyReceipt(receipt, options).then(() => assert.fail(`${what} is accepted`), (error) => error);
      assert.equal(error.type, "invalid-receipt", `${what}: ${error.stack}`);
    }
    for (const more of [{ use: "enc" }, { alg: "RS512" }]) {
      const other = { keys: jwks.keys.map((jwk) => ({ ...jwk, ...more })) };
      await rejected(verifyReceipt(right["by RS256"], { ...options, jwks: other }), "invalid-receipt");
    }
    await assert.rejects(verifyReceipt(right["by ES256"], { issuer: url, jwks }), TypeError);
    await rejected(verifyReceipt(undefined, options), "invalid-receipt");
    const undefinedKid = await signed(claimsOf(url), { kid: undefined });
    await rejected(verifyReceipt(undefinedKid, { ...options, jwks: { keys: jwks.keys.map(({ kid, ...jwk }) => jwk) } }), "invalid-receipt");
  });

  test("a link allows what it says, for as long as it says, and an altered one nothing", async () => {
    await presigner.aws.putObject("users/ädä//1.png", "a picture");
    const grant = { profile: "avatars", keyPrefix: "users/ädä/", operations: ["getObject"], maxLifetimeSecs: 60, countedAs: "ada" };
    const link = await makeLink(`${url}/`, `${linkKey}, and another`, grant);
    const statusOf = async (address) => (await fetch(address)).status;
    const path = `/o/avatars/${encodeURIComponent("users/ädä//1.png")}`;
    assert.equal(await (await fetch(link + path)).text(), "a picture");
    assert.equal(await statusOf(`${link}/o/avatars/users/bob/1.png`), 403);
    assert.equal(await statusOf((await makeLink(url, linkKey, { ...grant, expiresIn: -1 })) + path), 403);
    assert.equal(await statusOf(link.slice(0, -3) + (link.endsWith("AAA") ? "BBB" : "AAA") + path), 403);
    const behind = createClient({ url: link, profile: "avatars" });
    const { url: signedUrl, expiresIn } = await behind.sign("getObject", { key: "users/ädä//1.png" });
    assert.ok(expiresIn <= 60);
    assert.equal(await (await fetch(signedUrl)).text(), "a picture");
    await rejected(behind.sign("putObject", { key: "users/ädä/1.png" }), "not-allowed", 403);
    for (const wrong of ["", linkKey.slice(4), "no base64!"]) {
      await assert.rejects(makeLink(url, wrong, grant), (error) => error instanceof TypeError && (!wrong || !error.stack.includes(wrong)));
    }
  });
});

test("the examples in the README do what they say", async () => {
  const place = makeFolder("client-readme-");
  const modules = join(place, "node_modules");
  mkdirSync(modules);
  symlinkSync(folder, join(modules, "edge-presigner-client"));
  writeFileSync(join(place, "package.json"), '{"type":"module"}');
  const [made, signs, uploads, resumes, confirms, verifies, links, uppy, neighbour, errors, ...others] = blocks("../packages/client/README.md", "js");
  assert.deepEqual(others, []);
  assert.match(uppy, /@uppy\/aws-s3/);
  assert.match(neighbour, /env\.PRESIGNER/);
  let count = 0;
  const runs = async (code, ...names) => {
    const file = join(place, `${++count}.js`);
    const text = `${code.includes("createClient") || !code.includes("presigner.") ? "" : made}${code}\nexport { ${names} };`;
    writeFileSync(file, text.replaceAll("https://presign.example.com", url));
    return import(pathToFileURL(file));
  };
  const kept = new Map();
  const localStorage = { getItem: (name) => kept.get(name) ?? null, setItem: (name, it) => kept.set(name, it), removeItem: (name) => kept.delete(name) };
  const globals = { session: { idToken: bearer }, bar: {}, localStorage, file: new File(["film"], "a.mov"), key: "users/ada.mov" };
  const said = [];
  const log = mock.method(console, "log", (...words) => said.push(words.join(" ")));
  for (const [name, value] of Object.entries(globals)) Object.defineProperty(globalThis, name, { value, configurable: true, writable: true });
  process.env.LINK_KEY = linkKey;
  try {
    await presigner.aws.putObject("users/ada.png", "a picture");
    const { picture, signed } = await runs(signs, "picture", "signed");
    assert.equal(await picture.text(), "a picture");
    assert.deepEqual(signed.map((it) => "problem" in it), [false, true]);
    assert.equal((await runs(uploads, "key", "etag")).key, "users/ada.mov");
    assert.equal(globalThis.bar.value, 1);
    await expectStored("users/ada.mov", "film");
    const large = bytesOf(17 * MIB);
    globalThis.file = new File([large], "a.mov");
    await runs(resumes);
    await expectStored("users/ada.mov", large);
    assert.equal(kept.size, 0);
    globalThis.receipt = (await runs(confirms, "receipt")).receipt;
    assert.equal((await runs(verifies, "claims")).claims.sizeBytes, 17 * MIB);
    const { address } = await runs(links, "address");
    await presigner.aws.putObject("users/ada/picture.png", "another picture");
    assert.equal(await (await fetch(address)).text(), "another picture");
    await runs(errors);
    assert.match(said.at(-1), /^not-allowed 403 \w/);
  } finally {
    log.mock.restore();
    for (const name of [...Object.keys(globals), "receipt"]) delete globalThis[name];
    removeFolder(place);
  }
});

describe("in another Worker", () => {
  const started = [];
  after(() => Promise.all(started.map((it) => it.dispose())));

  /** Runs a Worker that has the presigner as a service binding. */
  async function startNeighbour(contents) {
    const stdin = { contents, resolveDir: root, loader: "js" };
    const { outputFiles } = await build({ stdin, bundle: true, write: false, format: "esm", alias, logLevel: "error" });
    const miniflare = new Miniflare({
      modules: [{ type: "ESModule", path: "neighbour.js", contents: outputFiles[0].text }],
      compatibilityDate: "2026-07-01",
      bindings: { PRESIGNER_KEY: bearer, ISSUER: url, AUDIENCE: audience, LINK_KEY: linkKey },
      serviceBindings: { PRESIGNER: { external: { address: new URL(url).host, http: {} } } },
      port: 0,
      cf: false,
    });
    started.push(miniflare);
    return (await miniflare.ready).origin;
  }

  test("each function works there", async () => {
    const neighbour = await startNeighbour(readFileSync(join(root, "tests", "e2e", "client", "neighbour.js"), "utf8"));
    const answer = await fetch(neighbour);
    const text = await answer.text();
    assert.equal(answer.status, 200, text);
    const { progress, claims, ...rest } = JSON.parse(text);
    assert.deepEqual(progress, [0, ...progress.slice(1)].sort((a, b) => a - b));
    assert.equal(progress.at(-1), 11 * MIB);
    assert.deepEqual([claims.key, claims.sizeBytes], ["users/parts", 11 * MIB]);
    assert.deepEqual(rest, { text: "a text", refused: "not-allowed" });
    await expectStored("users/parts", Buffer.alloc(11 * MIB, 7));
    await expectStored("users/text", "a text", "text/plain");
  });

  test("the example of the README redirects to the object", async () => {
    await presigner.aws.putObject("users/ada.png", "a picture");
    const example = blocks("../packages/client/README.md", "js").find((code) => code.includes("env.PRESIGNER"));
    const neighbour = await startNeighbour(example);
    assert.equal(await (await fetch(`${neighbour}/ada.png`)).text(), "a picture");
  });
});

describe("in Chromium, at another origin", () => {
  let browser;
  before(async () => {
    browser = await startBrowser();
    files["/client.js"] = { type: "text/javascript", body: await scriptOf(url, bearer) };
    files["/"] = { type: "text/html", body: '<!doctype html><title>Client</title><link rel="icon" href="data:,"><script type="module" src="client.js"></script>' };
  });
  after(() => browser?.stop());

  async function open(path = "/") {
    const page = await browser.newPage();
    page.console = [];
    page.on("console", (message) => message.type() === "error" && page.console.push(message.text()));
    page.parts = [];
    page.on("response", (response) => {
      const number = new URL(response.url()).searchParams.get("partNumber");
      if (number && response.request().method() === "PUT" && response.ok()) page.parts.push(Number(number));
    });
    await page.goto(site.origin + path);
    return page;
  }

  const begin = (page, size, key) => page.evaluate(([size, key]) => window.begin(size, key), [size, key]);
  const ended = (page) => page.evaluate(() => window.ended);

  async function limitUploads(page, uploadThroughput) {
    const network = await page.context().newCDPSession(page);
    await network.send("Network.emulateNetworkConditions", { offline: false, latency: 0, downloadThroughput: -1, uploadThroughput });
  }

  test("a whole file is uploaded with progress, and nothing is said in the console", async () => {
    const page = await open();
    await limitUploads(page, 8 * MIB);
    await begin(page, 2 * MIB, "users/whole");
    const { done } = await ended(page);
    assert.equal(done.key, "users/whole");
    const progress = await page.evaluate(() => window.progress);
    assert.ok(progress.some(([loaded]) => loaded > 0 && loaded < 2 * MIB), JSON.stringify(progress));
    assert.deepEqual(progress.at(-1), [2 * MIB, 2 * MIB]);
    await expectStored("users/whole", bytesOf(2 * MIB), "video/quicktime");
    assert.deepEqual([page.console, page.errors], [[], []]);
  });

  test("an upload pauses, survives a reload, goes on with what is missing, and a part that fails is sent again", async () => {
    const page = await open();
    await limitUploads(page, 12 * MIB);
    await begin(page, 26 * MIB, "users/resumed");
    await until(() => page.parts.length >= 1);
    await page.evaluate(() => window.signals.pause.abort("paused"));
    assert.deepEqual(await ended(page), { error: "paused" });
    const arrived = page.parts.splice(0);
    assert.ok(arrived.length < 6, String(arrived));
    await delay(300);
    assert.deepEqual(page.parts, [], "nothing is sent during a pause");

    await page.reload();
    await limitUploads(page, -1);
    const failures = ["abort", 503];
    await page.route(/partNumber=/, (route) => {
      const failure = route.request().method() === "PUT" ? failures.shift() : undefined;
      if (failure === "abort") return route.abort("connectionreset");
      if (failure) return route.fulfill({ status: failure, headers: { "access-control-allow-origin": site.origin } });
      return route.continue();
    });
    await begin(page, 26 * MIB, "users/resumed");
    const { done } = await ended(page);
    assert.equal(done?.key, "users/resumed");
    assert.deepEqual(failures, []);
    assert.ok(arrived.every((it) => !page.parts.includes(it)), `${arrived} and then ${page.parts}`);
    // A part that was on its way when the upload paused may have arrived, too.
    assert.ok(page.parts.length >= 3, String(page.parts));
    const [first] = await page.evaluate(() => window.progress);
    assert.ok(first[0] >= 5 * MIB, "progress begins with what has arrived");
    await expectStored("users/resumed", bytesOf(26 * MIB), "video/quicktime");
    assert.deepEqual(page.errors, []);
  });

  test("an abort removes the parts at S3", async () => {
    const page = await open();
    await limitUploads(page, 12 * MIB);
    await begin(page, 26 * MIB, "users/aborted");
    await until(() => page.parts.length >= 1);
    assert.equal(await presigner.underWay(), 1);
    await page.evaluate(() => window.signals.stop.abort("enough"));
    assert.deepEqual(await ended(page), { error: "enough" });
    assert.equal(await presigner.underWay(), 0);
    assert.equal((await presigner.aws.s3("GET", "users/aborted")).status, 404);
  });

  test("a refusal reaches the page with its type", async () => {
    const page = await open();
    await begin(page, 10, "others/a");
    assert.deepEqual(await ended(page), { error: { type: "not-allowed", status: 403 } });
  });

  for (const [name, more, profile] of [
    ["signRequest", (code) => code, "films"],
    ["getCredentials", (code, s3) => code.replace("signRequest: presigner.uppySignRequest", `s3Endpoint: "${s3}", getCredentials: presigner.uppyGetCredentials, generateObjectKey: (file) => "users/uppy-" + file.name`), "direct"],
  ]) {
    test(`Uppy uploads with ${name} of the client, whole and in parts`, async () => {
      const [made, ...examples] = blocks("../packages/client/README.md", "js");
      const example = more(examples.find((code) => code.includes("@uppy")), `${presigner.s3.endpoint}/${presigner.aws.bucket}`);
      const code = `const session = { idToken: "KEY" };\n${made.replace('"avatars"', `"${profile}"`)}\n${example}`;
      files[`/${name}.js`] = { type: "text/javascript", body: await pageOf({ code, alias }, { url, key: bearer }) };
      files[`/${name}`] = { type: "text/html", body: `<!doctype html><title>Uppy</title><script type="module" src="/${name}.js"></script>` };
      const page = await open(`/${name}`);
      await page.waitForFunction(() => window.send);
      for (const [size, inParts] of [[MIB, false], [11 * MIB + 5, true]]) {
        const file = { name: `a-${inParts}.mp4`, type: "video/mp4", size, inParts, pauses: inParts };
        const sent = await page.evaluate((it) => window.send(it), file);
        assert.deepEqual([sent.succeeded, sent.error], [1, undefined], JSON.stringify(sent));
        const object = await presigner.aws.s3("GET", sent.key);
        assert.equal(createHash("sha256").update(Buffer.from(await object.arrayBuffer())).digest("hex"), digestOf(file));
      }
      assert.deepEqual(page.errors, []);
    });
  }
});
