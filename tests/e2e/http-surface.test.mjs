// Routes, bodies and limits of the HTTP surface, and a worker whose configuration is refused.
import assert from "node:assert/strict";
import http from "node:http";
import { connect } from "node:net";
import { after, before, describe, test } from "node:test";
import { ask, events, expectProblem, logged, sign } from "./answers.mjs";
import { baseVars, bearer, startLocalAws, startWorker } from "./harness.mjs";

const request = { profile: "avatars", operation: "getObject", key: "users/ada.png" };
const maxBodyBytes = 16 * 1024;

let aws;
let worker;
before(async () => {
  aws = await startLocalAws();
  worker = await startWorker({ vars: await baseVars(aws) });
});
after(async () => {
  await worker?.stop();
  await aws?.stop();
});

const post = (body, init) => worker.fetch("/v1/sign", { key: bearer, method: "POST", body, ...init });

describe("a body that is not a request is refused with the name of what is wrong", () => {
  const fields = {
    "an unknown field": [{ ...request, expires: 60 }, "expires"],
    "no profile": [{ ...request, profile: undefined }, "profile"],
    "no operation": [{ ...request, operation: undefined }, "operation"],
    "no key": [{ ...request, key: undefined }, "key"],
    "a profile that is a number": [{ ...request, profile: 1 }, "profile"],
    "a profile that is null": [{ ...request, profile: null }, "profile"],
    "an operation that is a list": [{ ...request, operation: ["getObject"] }, "operation"],
    "an operation that S3 has and this has not": [{ ...request, operation: "listObjects" }, "operation"],
    "an operation in other letters": [{ ...request, operation: "GetObject" }, "operation"],
    "a key that is an object": [{ ...request, key: {} }, "key"],
    "an empty key": [{ ...request, key: "" }, "key"],
    "a key with a segment ..": [{ ...request, key: "users/../secret" }, "key"],
    "a key with a segment .": [{ ...request, key: "users/./ada.png" }, "key"],
    "a key with NUL": [{ ...request, key: "users/ada\0.png" }, "key"],
    "a key of 1,025 bytes": [{ ...request, key: "users/".padEnd(1025, "a") }, "key"],
    "a key of 1,026 bytes in 516 characters": [{ ...request, key: "users/" + "é".repeat(510) }, "key"],
    "expiresIn 0": [{ ...request, expiresIn: 0 }, "expiresIn"],
    "expiresIn above the profile's": [{ ...request, expiresIn: 901 }, "expiresIn"],
    "expiresIn beyond all numbers": [{ ...request, expiresIn: 1e300 }, "expiresIn"],
    "expiresIn with a fraction": [{ ...request, expiresIn: 1.5 }, "expiresIn"],
    "expiresIn below 0": [{ ...request, expiresIn: -1 }, "expiresIn"],
    "expiresIn as a text": [{ ...request, expiresIn: "60" }, "expiresIn"],
    "expiresIn null": [{ ...request, expiresIn: null }, "expiresIn"],
  };
  const json = JSON.stringify(request);
  const bodies = {
    "nothing": "",
    "half of a JSON text": json.slice(0, -5),
    "more than a JSON text": `${json}{}`,
    "a JSON list": `[${json}]`,
    "a JSON text": '"users/ada.png"',
    "a form": "profile=avatars&operation=getObject&key=users/ada.png",
    "a member that stands twice": `{"key":"users/b",${json.slice(1)}`,
    "lists without end": "[".repeat(10_000),
    "half of a surrogate pair": '{"key":"users/\\ud83d"}',
    "bytes that are not UTF-8": Buffer.concat([Buffer.from('{"key":"'), Buffer.from([0xff]), Buffer.from('"}')]),
  };
  const cases = [
    ...Object.entries(fields).map(([what, [value, field]]) => [what, JSON.stringify(value), field]),
    ...Object.entries(bodies).map(([what, body]) => [what, body, "body"]),
  ];
  for (const [what, body, field] of cases) {
    test(what, async () => {
      const { detail } = await expectProblem(await post(body), 400, "invalid-request");
      assert.ok(detail.startsWith(`${field}: `), detail);
    });
  }
});

test("the longest key there is gets a URL", async () => {
  const key = "users/".padEnd(1024, "é".repeat(509)).slice(0, 515);
  assert.equal(Buffer.byteLength(key), 1024);
  assert.equal((await sign(worker, { key })).key, key);
});

describe("a body of up to 16 KiB is read, and a longer one refused before it has all come", () => {
  const forms = { "of declared length": (length) => ({ "content-length": length }), "in chunks": () => ({}) };
  for (const [form, headers] of Object.entries(forms)) {
    test(form, async () => {
      const longest = JSON.stringify(request).padEnd(maxBodyBytes, " ");
      assert.equal((await upload(headers(longest.length), longest, true)).status, 200);
      const longer = `${longest} `;
      await expectProblem(await upload(headers(longer.length), longer, true), 413, "body-too-large");
      await expectProblem(await upload(headers(10 ** 9), longer, false), 413, "body-too-large");
    });
  }

  /** The answer to a POST with `headers` and `text`, which may be only the beginning of the body. */
  function upload(headers, text, isWhole) {
    return new Promise((resolve, reject) => {
      const all = { authorization: `Bearer ${bearer}`, ...headers };
      const sent = http.request(`${worker.url}/v1/sign`, { method: "POST", headers: all, agent: false }, async (answer) => {
        const body = Buffer.concat(await answer.toArray());
        sent.destroy();
        resolve(new Response(body, { status: answer.statusCode, headers: answer.headers }));
      });
      sent.on("error", reject).setTimeout(5000, () => sent.destroy(new Error("no answer")));
      sent.write(text);
      if (isWhole) sent.end();
    });
  }
});

describe("a body that breaks off is refused, and costs no more than its request", () => {
  const forms = { "of declared length": ["Content-Length: 100", '{"profile":'], "in chunks": ["Transfer-Encoding: chunked", '5\r\n{"pro\r\n'] };
  for (const [form, [header, begin]] of Object.entries(forms)) {
    test(form, async () => {
      const socket = connect({ host: "127.0.0.1", port: new URL(worker.url).port, allowHalfOpen: true });
      socket.end(`POST /v1/sign HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${bearer}\r\n${header}\r\n\r\n${begin}`);
      const answer = Buffer.concat(await socket.toArray()).toString();
      assert.match(answer, /^HTTP\/1\.1 400 [^]*"body: ended before it was complete"/);
      await sign(worker);
      events(worker);
    });
  }
});

describe("a path that leads nowhere is 404", () => {
  for (const path of ["/", "/v1", "/v1/sign/", "/v1/Sign", "/o", "/o/", "/o/avatars", "/healthz/", "/favicon.ico"]) {
    test(path, async () => {
      await expectProblem(await worker.fetch(path, { key: bearer }), 404, "no-such-route");
    });
  }
});

describe("a method that a path does not have is 405 with those that it has", () => {
  const allowed = {
    "/v1/sign": [["GET", "PUT", "DELETE", "OPTIONS", "HEAD"], "POST"],
    "/o/avatars/users/ada.png": [["POST", "PATCH", "OPTIONS"], "GET, HEAD, PUT, DELETE"],
    "/healthz": [["POST", "PUT", "DELETE"], "GET, HEAD"],
  };
  for (const [path, [methods, allow]] of Object.entries(allowed)) {
    test(path, async () => {
      for (const method of methods) {
        const answer = await worker.fetch(path, { key: bearer, method });
        assert.equal(answer.headers.get("allow"), allow);
        if (method === "HEAD") assert.equal(answer.status, 405);
        else await expectProblem(answer, 405, "method-not-allowed");
      }
    });
  }
});

/** GET and HEAD of /healthz have to be 200, without a key. */
async function expectHealthy(worker) {
  const answer = await worker.fetch("/healthz");
  assert.equal(answer.status, 200);
  assert.equal(answer.headers.get("cache-control"), "no-store");
  assert.deepEqual(await answer.json(), { status: "ok" });
  const head = await worker.fetch("/healthz", { method: "HEAD" });
  assert.equal(head.status, 200);
  assert.equal(await head.text(), "");
}

test("/healthz answers GET and HEAD", () => expectHealthy(worker));

describe("a configuration with faults is refused as a whole, and the log lists every one", () => {
  const profile = { bucket: "a-bucket", keyPrefix: "", operations: ["getObject"], maxLifetimeSecs: 60, callers: [] };
  const profiles = {
    avatars: { ...profile, bucket: "A", operations: ["getObjects"], maxLifetimeSecs: 86_400, callers: ["nobody"], x: 1 },
    "a b": { ...profile, keyPrefix: undefined, defaultLifetimeSecs: 61, addressingStyle: "host", region: "EU" },
  };
  const configurations = {
    "nothing is set": [{}, ["AWS_REGION", "AWS_ROLE_ARN", "PROFILES"]],
    "everything is wrong": [
      {
        AWS_REGION: "Frankfurt",
        AWS_ROLE_ARN: "presigner",
        AWS_ROLE_SESSION_NAME: "a b",
        AWS_ROLE_DURATION_SECONDS: "899",
        AWS_ENDPOINT_URL_STS: "sts.example.com",
        AWS_ENDPOINT_URL_S3: "ftp://s3.example.com",
        CACHE_KEY: "c2hvcnQ=",
        CALLERS: { app: { bearerSha256: ["abc"], more: 1 }, anyone: { bearerSha256: [] } },
        PROFILES: JSON.stringify(profiles),
      },
      [
        ...["AWS_REGION", "AWS_ROLE_ARN", "AWS_ROLE_SESSION_NAME", "AWS_ROLE_DURATION_SECONDS", "CACHE_KEY"],
        ...["AWS_ENDPOINT_URL_STS", "AWS_ENDPOINT_URL_S3"],
        ...["CALLERS.app.bearerSha256", "CALLERS.app.more", "CALLERS.anyone"],
        ...["bucket", "operations", "maxLifetimeSecs", "callers", "x"].map((field) => `PROFILES.avatars.${field}`),
        ...["PROFILES.a b", "PROFILES.a b.keyPrefix", "PROFILES.a b.defaultLifetimeSecs"],
        ...["PROFILES.a b.addressingStyle", "PROFILES.a b.region"],
      ],
    ],
    "texts are no JSON": [
      { AWS_REGION: "us-east-1", AWS_ROLE_ARN: "arn:aws:iam::123456789012:role/x", CALLERS: "app", PROFILES: "[]" },
      ["CALLERS", "PROFILES"],
    ],
  };
  for (const [what, [vars, faults]] of Object.entries(configurations)) {
    test(what, async () => {
      const worker = await startWorker({ vars });
      try {
        await expectProblem(await ask(worker), 500, "misconfigured");
        await expectProblem(await worker.fetch("/o/avatars/users/ada.png"), 500, "misconfigured");
        const { level, detail } = await logged(worker, "misconfigured");
        assert.equal(level, "error");
        // Every fault begins with the name of its variable and field, and an index where that is a list.
        const named = detail.split("; ").map((fault) => faults.find((field) => fault.startsWith(`${field} `) || fault.startsWith(`${field}[`)));
        assert.deepEqual([...new Set(named)].sort(), [...faults].sort(), detail);
        await expectHealthy(worker);
      } finally {
        await worker.stop();
      }
    });
  }
});
