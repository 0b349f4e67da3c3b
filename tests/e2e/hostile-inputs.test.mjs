// Requests that no honest client sends: none may break the worker, and none may lead out of a profile.
import assert from "node:assert/strict";
import http from "node:http";
import { after, before, describe, test } from "node:test";
import { events, expectProblem, sign, statusOf } from "./answers.mjs";
import { baseVars, bearer, startLocalAws, startProxy, startWorker } from "./harness.mjs";

let aws;
let sts;
let worker;
before(async () => {
  aws = await startLocalAws();
  await aws.putObject("users/ada.png", "a picture");
  sts = await startProxy(aws);
  // Without KV, an isolate that starts anew has to ask STS again.
  worker = await startWorker({ vars: await baseVars(aws, sts), kv: false });
  await sign(worker);
});
after(async () => {
  await worker?.stop();
  await sts?.stop();
  await aws?.stop();
});

const object = "/o/avatars/users/";
const paths = [
  `${object}${"a".repeat(7000)}`,
  `/${"a".repeat(70_000)}`,
  `${object}%`,
  `${object}%2`,
  `${object}%zz`,
  `${object}%u0041`,
  `${object}%00`,
  `${object}%ff`,
  `${object}%c3`,
  `${object}%c0%af`,
  `${object}%ed%a0%80`,
  `${object}\u00ff`,
  `${object}\u00c3\u00a4`,
  `${object}|{}"<>^\``,
  `${object}../secret`,
  `${object}a/../../secret`,
  `${object}%2e%2e/secret`,
  `${object}.%2E/secret`,
  `${object}..%2fsecret`,
  `${object}%2e%2e%2fsecret`,
  `${object}..\\secret`,
  `${object}%252e%252e/secret`,
  `${object}..;/secret`,
  `${object}/evil.example/x`,
  `${object}%0d%0aSet-Cookie:%20a=b`,
  `${object}a#fragment`,
  `${object}a?expires=${"9".repeat(400)}`,
  `${object}a?${"a=&".repeat(5000)}`,
  `${object}a?%ff=%ff`,
  `${object}a?expires=%00`,
  "/o/%61vatars/users/a",
  "/o/avatars%2fusers/a",
  "/o/../../v1/sign",
  "//evil.example/o/avatars/users/a",
  "/?",
  "/%",
];
const methods = ["OPTIONS", "TRACE", "PATCH", "PROPFIND", "MKCOL", "PURGE", "SEARCH", "LOCK", "MERGE", "UNSUBSCRIBE"];
const headers = {
  "authorization beyond ASCII": { authorization: "Bearer \u00e9\u00ff" },
  "authorization of 12,000 bytes": { authorization: `Bearer ${"x".repeat(12_000)}` },
  "authorization with a tab": { authorization: `Bearer\t${bearer}` },
  "authorization in many parts": { authorization: Array(100).fill("Bearer x") },
  "accept beyond ASCII": { accept: "application/json\u00ff" },
  "accept of 12,000 bytes": { accept: "a/b,".repeat(3000) },
  "a request id that breaks out of JSON": { "cf-ray": '"},{"\\\u00e9' },
  "a body for a route that has none": { "content-length": "0", "content-type": "\u00ff" },
  "an upgrade": { connection: "Upgrade", upgrade: "websocket", "sec-websocket-version": "13", "sec-websocket-key": `${"A".repeat(22)}==` },
  "a range": { range: "bytes=9-1", "if-none-match": "*" },
  "100 headers": Object.fromEntries(Array.from({ length: 100 }, (_, i) => [`x-${i}`, "\u00ff".repeat(50)])),
};
const bodies = {
  "a name of 16,000 bytes": JSON.stringify({ ["\u0000\u2028".repeat(1500)]: 1 }),
  "2,000 members": `{${Array.from({ length: 2000 }, (_, i) => `"${i}":0`).join()}}`,
  "lists 5,000 deep": `{"key":${"[".repeat(5000)}${"]".repeat(5000)}}`,
  "a number of 10,000 digits": `{"expiresIn":${"9".repeat(10_000)}}`,
  "a number beyond all": '{"expiresIn":1e999999}',
  "bytes of every kind": Buffer.from(Array.from({ length: 4096 }, (_, i) => i % 256)),
};

// What the runtime itself refuses: bytes that no URL has, and more than 65,534 of them. The worker never hears of it.
const unheard = ["invalid URI", "URI too long"];

describe("no request fails inside the worker or gets out of its profile", () => {
  const key = { authorization: `Bearer ${bearer}` };
  const cases = [
    ...paths.map((path) => [`GET ${path.slice(0, 60)}`, { path, headers: key }]),
    ...methods.flatMap((method) =>
      ["/v1/sign", `${object}a`, "/healthz", "/"].map((path) => [`${method} ${path}`, { method, path, headers: key }]),
    ),
    ...Object.entries(headers).flatMap(([what, extra]) => {
      const all = { ...key, ...extra };
      return [`${object}ada.png`, "/healthz"].map((path) => [`${what} at ${path}`, { path, headers: all }]);
    }),
    ...Object.entries(bodies).map(([what, body]) => [what, { method: "POST", path: "/v1/sign", headers: key, body }]),
  ];
  for (const [what, request] of cases) {
    test(what, async () => {
      const answer = await send(request);
      if (answer.status === 302) {
        // As every client reads it, so that encoded dots count.
        const { pathname, host } = new URL(answer.headers.get("location"));
        assert.equal(host, new URL(aws.endpoint).host);
        assert.ok(pathname.startsWith(`/${aws.bucket}/users/`), pathname);
        assert.equal(answer.headers.get("set-cookie"), null);
      } else if (unheard.includes(await answer.clone().text())) {
        assert.ok([400, 414].includes(answer.status), String(answer.status));
      } else if (answer.status !== 200) {
        assert.ok(answer.status >= 400 && answer.status < 500, String(answer.status));
        const slug = (await answer.clone().json()).type.split(":").at(-1);
        await expectProblem(answer, answer.status, slug);
      }
    });
  }
});

// Their number has no limit of its own: only those with a name that means something are ever looked at.
test("1,000 headers are as good as none", async () => {
  const headers = Object.fromEntries(Array.from({ length: 1000 }, (_, i) => [`x-${i}`, "x".repeat(20)]));
  const answer = await send({ path: `${object}ada.png`, headers: { ...headers, authorization: `Bearer ${bearer}` } });
  assert.equal(answer.status, 302);
});

test("a URL is too long above 12 KiB, up to the length that the runtime accepts", async () => {
  const key = { authorization: `Bearer ${bearer}` };
  for (const length of [12 * 1024 + 1, 65_000]) {
    const answer = await send({ path: `/${"a".repeat(length - 1)}`, headers: key });
    await expectProblem(answer, 414, "url-too-long");
  }
});

test("a proof that comes twice proves nothing", async () => {
  const good = `Bearer ${bearer}`;
  for (const authorization of [[good, good], [good, "Bearer x"], ["Bearer x", good], [good, ""]]) {
    const answer = await send({ path: `${object}ada.png`, headers: { authorization } });
    await expectProblem(answer, 401, "unknown-caller");
  }
});

test("a request id that is none of Cloudflare's is not repeated", async () => {
  for (const id of ['"},{"\\', "a\u00e9", "x".repeat(65), "<script>", "a b"]) {
    const answer = await send({ path: "/healthz", headers: { "cf-ray": id } });
    assert.match(answer.headers.get("x-request-id"), /^[0-9a-f]{16}$/);
  }
  const answer = await send({ path: "/healthz", headers: { "cf-ray": "8f0c1d2e3f4a5b6c-FRA" } });
  assert.equal(answer.headers.get("x-request-id"), "8f0c1d2e3f4a5b6c-FRA");
});

test("after all of that the same isolate still signs", async () => {
  assert.equal(await statusOf((await sign(worker)).url), 200);
  assert.equal(sts.calls, 1);
  events(worker);
});

/** Sends a request as it stands; fetch would mend some of them. */
function send({ method = "GET", path, headers, body }) {
  return new Promise((resolve, reject) => {
    const { hostname, port } = new URL(worker.url);
    const sent = http.request({ hostname, port, method, path, headers, agent: false }, async (answer) => {
      const text = Buffer.concat(await answer.toArray());
      const init = { status: answer.statusCode, headers: answer.headers };
      resolve(new Response([204, 304].includes(answer.statusCode) ? null : text, init));
    });
    sent.on("error", reject).setTimeout(5000, () => sent.destroy(new Error("no answer")));
    sent.end(body);
  });
}
