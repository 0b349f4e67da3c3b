// Keys in paths of the worker behind a proxy that normalises them as Cloudflare does, with a server that keeps keys exactly.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { normalize } from "./cloudflare-paths.mjs";
import { baseVars, bearer, startIssuer, startMiniStack, startProxy, startWorker } from "./harness.mjs";

const keys = [
  "users//a.png", "users/////a", "users//", "users/\\a\\..\\b", "users/%2F%5C%2e", "users/a;b+c", "users/ a ", "users/ä~!'()*",
  "users/a?b#c&d", "/users/a", "//users",
];

/** The examples of https://developers.cloudflare.com/rules/normalization/examples/. */
describe("the proxy normalises as Cloudflare documents", () => {
  const examples = [
    ["/hello", "rfc3986", "/hello"],
    ["/%68ello", "rfc3986", "/hello"],
    ["/%68ello//pa\\th", "rfc3986", "/hello//pa%5Cth"],
    ["/%68ello//pa\\th", "cloudflare", "/hello/pa/th"],
    ["/hello//../path", "rfc3986", "/hello/path"],
    ["/hello//../path", "cloudflare", "/path"],
    ["/hello/\\../path", "rfc3986", "/hello/%5C../path"],
    ["/hello/\\../path", "cloudflare", "/path"],
  ];
  for (const [url, type, normalized] of examples) {
    test(`${url}, ${type}`, () => assert.equal(normalize(url, type), normalized));
  }
});

let issuer, aws, worker;
before(async () => {
  issuer = await startIssuer();
  aws = await startMiniStack({ issuer });
  const { CALLERS, PROFILES, ...vars } = await baseVars(aws);
  PROFILES.all = { ...PROFILES.avatars, keyPrefix: "", callers: ["app", "link"] };
  const LINK_KEY = Buffer.alloc(32, 7).toString("base64");
  worker = await startWorker({ vars: { ...vars, CALLERS, PROFILES, LINK_KEY } });
});
after(async () => {
  await worker?.stop();
  await aws?.stop();
  await issuer?.stop();
});

/** A proxy in front of the worker that normalises paths. */
const startNormalizing = (type) =>
  startProxy({ endpoint: worker.url }, { rewrite: (url) => normalize(url, type), isWorker: true });

for (const type of ["cloudflare", "rfc3986"]) {
  describe(`behind the normalisation ${type}`, () => {
    let proxy;
    before(async () => {
      proxy = await startNormalizing(type);
    });
    after(() => proxy?.stop());
    const headers = { authorization: `Bearer ${bearer}` };
    const stored = async (key) => {
      const { url } = await (await worker.fetch("/v1/sign", { key: bearer, json: { profile: "all", operation: "putObject", key } })).json();
      assert.equal((await fetch(url, { method: "PUT", body: key })).status, 200);
    };

    for (const key of keys) {
      test(`${JSON.stringify(key)} is reached by its path, by a link to it and by one to what stands before it`, async () => {
        await stored(key);
        const read = await fetch(`${proxy.endpoint}/o/all/${encodeURIComponent(key)}`, { headers });
        assert.equal(await read.text(), key);

        const prefix = key.slice(0, key.lastIndexOf("/") + 1);
        for (const [asked, rest] of [[{ key }, ""], [{ keyPrefix: prefix }, key.slice(prefix.length)]]) {
          const json = { profile: "all", operations: ["getObject"], ...asked };
          const answer = await worker.fetch("/v1/links", { key: bearer, json });
          const { url } = await answer.json();
          const link = proxy.endpoint + new URL(url).pathname + encodeURIComponent(rest);
          assert.equal(await (await fetch(link)).text(), key);
        }
      });
    }
  });
}

test("slashes that are not escaped are merged before the worker sees them, as docs/http-api.md says", async () => {
  const proxy = await startNormalizing("cloudflare");
  const answer = await fetch(`${proxy.endpoint}/o/all/users//merged.png`, {
    headers: { authorization: `Bearer ${bearer}` }, redirect: "manual",
  });
  assert.match(new URL(answer.headers.get("location")).pathname, /\/users\/merged\.png$/);
  await proxy.stop();
});
