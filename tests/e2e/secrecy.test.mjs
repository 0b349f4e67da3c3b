// The watch itself: leaks that are planted, in every coat and everywhere, are found, and what belongs where it is is not.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { describe, test } from "node:test";
import { findLeaks, keepBindings, keepRequest, keepSecret, keepSession, readNote, watchedAnalytics, watchedKv } from "./secrecy.mjs";

const part = (claims) => Buffer.from(JSON.stringify(claims)).toString("base64url");
const token = [part({ alg: "RS256", kid: "local" }), part({ iss: "http://127.0.0.1", sub: "ada?>~" }), "c2lnbmF0dXJlLW9mLXRoZS10b2tlbi1mb3ItdGVzdHM"].join(".");
const secretAccessKey = 'wJalr/UtnFEMI+K7MDENG"bPxRfi\\CYEXAMPLEKEY';
const sessionToken = `FwoGZXIvYXdzEBYaD/${randomBytes(60).toString("base64")}`;
const linkKey = "bGluay1tYXJrZXItbGluay1tYXJrZXItbGluay1tISE=";
keepBindings({ AWS_WEB_IDENTITY_TOKEN: token, LINK_KEY: linkKey });
keepSession({ secretAccessKey, sessionToken });
const pushed = [part({ kid: "next", alg: "RS256" }), part({ sub: "grace", iss: "http://127.0.0.2" }), "c2lnbmF0dXJlLW9mLXRoZS1wdXNoZWQtdG9rZW4tZm9yLXRlc3Rz"].join(".");
keepRequest("/", { authorization: "Bearer the-key-of-a-caller" });
keepRequest("/v1/token", {}, pushed);

const percentAll = (text) => [...Buffer.from(text)].map((byte) => `%${byte.toString(16)}`).join("");
const unicodeAll = (text) => [...text].map((c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, "0")}`).join("");
const wrapped = (text, width, end) => text.match(new RegExp(`.{1,${width}}`, "gs")).join(end);
const base64 = (before) => (text) => Buffer.from(`${"x".repeat(before)}${text}, and more`).toString("base64");
const base64url = (before) => (text) => Buffer.from(`${"x".repeat(before)}${text}, and more`).toString("base64url");
const hex = (text) => Buffer.from(text).toString("hex");

const coats = {
  "as it is": (text) => text,
  "in base64 from its beginning": base64(0),
  "in base64 after one byte": base64(1),
  "in base64 after two bytes": base64(2),
  "in base64url from its beginning": base64url(0),
  "in base64url after one byte": base64url(1),
  "in base64url after two bytes": base64url(2),
  "in base64 after many bytes": base64(1000),
  "in hex": hex,
  "in capital hex": (text) => hex(text).toUpperCase(),
  "percent-encoded where it must be": encodeURIComponent,
  "percent-encoded throughout": percentAll,
  "percent-encoded throughout, in capitals": (text) => percentAll(text).toUpperCase(),
  "percent-encoded twice": (text) => encodeURIComponent(encodeURIComponent(text)),
  "in JSON": (text) => JSON.stringify({ text }),
  "in JSON in JSON": (text) => JSON.stringify(JSON.stringify({ text })),
  "in escapes of JSON": unicodeAll,
  "its first 16 characters": (text) => text.slice(0, 16),
  "its first 16 characters in base64": (text) => base64(0)(text.slice(0, 16)),
  "its first 16 characters in hex": (text) => hex(text.slice(0, 16)),
  "on lines of 10": (text) => wrapped(text, 10, "\n"),
  "on lines as Windows has them": (text) => wrapped(text, 7, "\r\n"),
  "on lines in JSON": (text) => JSON.stringify(wrapped(text, 10, "\n")),
  "on lines in base64": (text) => wrapped(base64(0)(text), 12, "\n  "),
  "in hex with spaces": (text) => wrapped(hex(text), 2, " "),
  "in base64 that is percent-encoded": (text) => percentAll(base64(2)(text)),
  "among other text": (text) => `xxx${text}xxx`,
};

const known = {
  "a token": [token, "AWS_WEB_IDENTITY_TOKEN"],
  "a secret access key": [secretAccessKey, "a secret access key"],
  "a pushed token": [pushed, "a pushed token"],
  "a bearer key": ["the-key-of-a-caller", "what came in authorization"],
  "a link key": [linkKey, "LINK_KEY"],
  "the bytes of a link key": [Buffer.from(linkKey, "base64").toString("latin1"), "LINK_KEY as bytes"],
};

describe("a secret is found", () => {
  for (const [coat, dress] of Object.entries(coats)) {
    test(coat, () => {
      for (const [secret, what] of Object.values(known)) {
        const leaks = findLeaks({ logs: ["nothing", `{"detail":"${dress(secret)}"}`, "nothing"] });
        assert.ok(leaks.some((leak) => leak.startsWith(`${what} is in the log: `)), `${what}: ${leaks}`);
      }
    });
  }

  test("over several lines of the log", () => {
    const logs = ["first", ...wrapped(token, 12, "\n").split("\n"), "last"];
    assert.match(findLeaks({ logs }).join(), /^AWS_WEB_IDENTITY_TOKEN is in the log: several lines together/);
  });

  test("by each of its long parts alone", () => {
    for (const alone of token.split(".").slice(1)) assert.equal(findLeaks({ kv: [alone] }).length, 1, alone);
  });
});

describe("wherever it is", () => {
  const asked = { method: "GET", url: "/jwks", headers: { host: "x" }, body: "" };
  const places = {
    "an answer": { answers: ["", "{}", token] },
    "the log": { logs: ["{}", token] },
    "KV": { kv: ["session/v2/x", token] },
    "a data point": { points: [`{"blobs":["${token}"]}`] },
    "a request to another host": { requests: [asked, { ...asked, url: `/jwks?x=${token}` }] },
  };
  for (const [where, left] of Object.entries(places)) {
    test(where, () => assert.match(findLeaks(left).join(), new RegExp(`^AWS_WEB_IDENTITY_TOKEN is in ${where}: `)));
  }

  test("a session token, except in an answer", () => {
    for (const [place, found] of [["answers", 0], ["logs", 1], ["kv", 1], ["points", 1]]) {
      assert.equal(findLeaks({ [place]: [`x=${encodeURIComponent(sessionToken)}`] }).length, found, place);
    }
  });
});

describe("in a request to another host", () => {
  const form = (more) => `${new URLSearchParams({ Action: "AssumeRoleWithWebIdentity", WebIdentityToken: token, ...more })}`;
  const sts = { method: "POST", url: "/", headers: { host: "sts" }, body: form() };
  const signature = "0123456789abcdef".repeat(4);
  keepRequest(`/?X-Amz-Signature=${signature}`, {});
  const authorization = `AWS4-HMAC-SHA256 Credential=ASIA/x, SignedHeaders=host, Signature=${signature}`;
  const s3 = { method: "POST", url: "/key?uploads=", headers: { authorization, "x-amz-security-token": sessionToken }, body: "<a/>" };
  const query = `X-Amz-Security-Token=${encodeURIComponent(sessionToken)}&X-Amz-Signature=${signature}`;

  test("what belongs there is no leak", () => {
    const presigned = { method: "GET", url: `/key?${query}`, headers: {}, body: "" };
    assert.deepEqual(findLeaks({ requests: [sts, s3, presigned] }), []);
  });

  const leaks = {
    "the token in a header for STS": [{ ...sts, headers: { "user-agent": token } }, 1],
    "the token in the URL of STS": [{ ...sts, url: `/?${form()}` }, 1],
    "the token in another field for STS": [{ ...sts, body: form({ RoleSessionName: token }) }, 1],
    "the token for S3": [{ ...s3, body: token }, 1],
    "a caller's key for S3": [{ ...s3, headers: { ...s3.headers, cookie: "the-key-of-a-caller" } }, 1],
    "the secret access key in a signature": [{ ...s3, headers: { authorization: `${authorization} ${secretAccessKey}` } }, 2],
    "the session token in a body for S3": [{ ...s3, body: sessionToken }, 1],
    "the session token for STS": [{ ...sts, body: form({ Policy: sessionToken }) }, 1],
    "the session token for an issuer": [{ method: "GET", url: `/?X-Amz-Security-Token=${sessionToken}`, headers: {}, body: "" }, 1],
    "a presigned URL for an issuer": [{ method: "GET", url: "/", headers: { referer: `https://s3/?${query}` }, body: "" }, 2],
  };
  for (const [what, [request, found]] of Object.entries(leaks)) {
    test(`${what} is one`, () => assert.equal(findLeaks({ requests: [request] }).length, found));
  }

  test("servers of the process are watched, and whoever answers gets the whole body", () => {
    const script = `
      import assert from "node:assert/strict";
      import { createServer } from "node:http";
      import { keepSecret, watchServers } from "./secrecy.mjs";
      watchServers();
      keepSecret("a key", "the-key-of-a-caller");
      const server = createServer(async (request, response) => {
        const chunks = await request.toArray();
        response.end(Buffer.concat(chunks));
      }).listen(0, "127.0.0.1", async () => {
        const body = "x".repeat(300_000) + process.argv[1];
        const answer = await fetch("http://127.0.0.1:" + server.address().port, { method: "POST", body });
        assert.equal(await answer.text(), body);
        server.closeAllConnections();
        server.close();
      });`;
    const run = (sent) => spawnSync(process.execPath, ["--input-type=module", "--eval", script, sent], { cwd: import.meta.dirname, encoding: "utf8" });
    const [good, bad] = [run("nothing"), run("the-key-of-a-caller")];
    assert.deepEqual([good.status, good.stderr], [0, ""]);
    assert.equal(bad.status, 1);
    assert.match(bad.stderr, /^A secret was seen: a key is in a request to another host: POST \//);
  });
});

describe("bindings that are watched", () => {
  const load = async (source) => (await import(`data:text/javascript,${encodeURIComponent(source)}`)).default;

  test("KV notes a value that is overwritten and deleted later", async (t) => {
    const lines = [];
    t.mock.method(console, "log", (line) => lines.push(line));
    const stored = new Map();
    const kept = { put: async (name, value) => stored.set(name, value), delete: async (name) => stored.delete(name), get: async (name) => stored.get(name) };
    const kv = (await load(watchedKv))({ KEPT: kept });
    // Node keeps small buffers together in one.
    await kv.put("x", new Uint8Array(Buffer.from(linkKey, "base64")), { expiration: 1 });
    assert.equal((await kv.get("x")).length, 32);
    await kv.put("x", "harmless");
    await kv.delete("x");
    t.mock.restoreAll();
    assert.equal(stored.size, 0);
    const notes = lines.map(readNote);
    assert.deepEqual(notes.map(({ where }) => where), ["KV", "KV"]);
    assert.match(findLeaks({ kv: notes.flatMap(({ texts }) => texts) }).join(), /^LINK_KEY as bytes is in KV/);
  });

  test("Analytics Engine notes data points", async (t) => {
    const lines = [];
    t.mock.method(console, "log", (line) => lines.push(line));
    (await load(watchedAnalytics))({}).writeDataPoint({ indexes: ["app"], blobs: ["the-key-of-a-caller"], doubles: [200] });
    t.mock.restoreAll();
    const [{ where, texts }] = lines.map(readNote);
    assert.equal(where, "points");
    assert.match(findLeaks({ points: texts }).join(), /^what came in authorization is in a data point/);
  });

  test("other lines are no notes", () => assert.equal(readNote('{"event":"request"}'), undefined));
});

describe("no leak is", () => {
  test("what is too short, a filler, or merely alike", () => {
    keepSecret("a short one", "fifteen-letters");
    keepSecret("a filler", "a".repeat(1000));
    const texts = ["fifteen-letters", "a".repeat(999), token.slice(0, 15), "the-key-of-a-com", `x${sessionToken.slice(1, 16)}`];
    for (const text of texts) assert.deepEqual(findLeaks({ logs: [text], answers: [text] }), [], text);
    assert.equal(findLeaks({ logs: ["a".repeat(1000)] }).length, 1);
  });

  test("a session token in an answer that begins as a secret does", () => {
    const header = part({ alg: "HS256", typ: "JWT" });
    keepSession({ secretAccessKey, sessionToken: `${header}.${part({ iss: "sts" })}.${"x1y2z3".repeat(9)}` });
    keepSecret("a forged token", `${header}.${part({ iss: "https://forger.example" })}.${"abcdef".repeat(9)}`);
    const url = `https://s3/?X-Amz-Security-Token=${header}.${part({ iss: "sts" })}.${"x1y2z3".repeat(9)}`;
    assert.deepEqual(findLeaks({ answers: [url] }), []);
    assert.match(findLeaks({ answers: [part({ iss: "https://forger.example" })] }).join(), /^a forged token/);
  });

  test("anything in megabytes of random text, and looking there is quick", () => {
    const begun = performance.now();
    assert.deepEqual(findLeaks({ logs: [randomBytes(3_000_000).toString("base64"), randomBytes(1_000_000).toString("latin1")] }), []);
    assert.ok(performance.now() - begun < 20_000);
  });
});
