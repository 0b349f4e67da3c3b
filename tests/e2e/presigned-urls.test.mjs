// What S3 says to the URLs that POST /v1/sign hands out.
import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import { request } from "node:http";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { root } from "../../scripts/console.mjs";
import { sign, statusOf, withOtherEnd } from "./answers.mjs";
import { baseVars, startLocalAws, startWorker } from "./harness.mjs";

const picture = readFileSync(join(root, "scripts", "ada.png"));
const awkwardKeys = [
  "users/a picture of ada.png",
  "users/1+1=2",
  "users/100%",
  "users/%2F%41",
  "users/ädä 🎨.png",
  "users/e\u0301 is not \u00e9",
  `users/"quoted" it's`,
  "users/#?&=;:@,$",
  "users/[x]{y}|z^`<>",
  "users/~-_.!*'()",
];

let aws;
let worker;
before(async () => {
  aws = await startLocalAws();
  worker = await startWorker({ vars: await baseVars(aws) });
  await aws.putObject("users/ada.png", picture, "image/png");
});
after(async () => {
  await worker?.stop();
  await aws?.stop();
});

test("a URL for getObject fetches the very bytes of a picture, with their type", async () => {
  const { url, method, headers, profile, key } = await sign(worker);
  assert.deepEqual({ method, headers, profile, key }, { method: "GET", headers: {}, profile: "avatars", key: "users/ada.png" });
  const answer = await fetch(url);
  assert.equal(answer.status, 200);
  assert.equal(answer.headers.get("content-type"), "image/png");
  assert.deepEqual(Buffer.from(await answer.arrayBuffer()), picture);
});

describe("keys are encoded once and never normalised", () => {
  for (const key of awkwardKeys) {
    test(key, async () => {
      const bytes = randomBytes(100);
      await aws.putObject(key, bytes);
      const signed = await sign(worker, { key });
      assert.equal(signed.key, key);
      const answer = await fetch(signed.url);
      assert.deepEqual(Buffer.from(await answer.arrayBuffer()), bytes);
      assert.equal(answer.status, 200);
    });
  }
});

test("a URL for putObject uploads what is then in the bucket", async () => {
  const key = "users/uploads/ädä & co.bin";
  const bytes = randomBytes(300_000);
  const { url, method, headers } = await sign(worker, { operation: "putObject", key });
  assert.equal(method, "PUT");
  assert.equal(await statusOf(url, { method, headers, body: bytes }), 200);
  const stored = await aws.s3("GET", key);
  assert.deepEqual(Buffer.from(await stored.arrayBuffer()), bytes);
});

test("a URL for headObject gives the length of the object", async () => {
  const { url, method } = await sign(worker, { operation: "headObject" });
  assert.equal(method, "HEAD");
  const answer = await fetch(url, { method });
  assert.equal(answer.status, 200);
  assert.equal(answer.headers.get("content-length"), String(picture.length));
});

test("a URL for deleteObject removes the object", async () => {
  const key = "users/short-lived";
  await aws.putObject(key, "x");
  const { url, method } = await sign(worker, { operation: "deleteObject", key });
  assert.equal(method, "DELETE");
  assert.equal(await statusOf(url, { method }), 204);
  assert.equal((await aws.s3("GET", key)).status, 404);
});

describe("S3 refuses a URL in which one character was changed", () => {
  const inQuery = (name, change) => (url) => url.replace(new RegExp(`(?<=[?&]${name}=)[^&]+`), change);
  const changes = {
    "of the signature": inQuery("X-Amz-Signature", withOtherEnd),
    "of the key": (url) => url.replace("/ada.png?", "/adb.png?"),
    "of the expiry": inQuery("X-Amz-Expires", (secs) => `${secs}0`),
    "of the signing time": inQuery("X-Amz-Date", (date) => date.replace(/.Z$/, (end) => `${(Number(end[0]) + 1) % 10}Z`)),
    "of the credential's date": inQuery("X-Amz-Credential", (scope) => scope.replace(/\d(?=%2F[a-z])/, (digit) => (Number(digit) + 1) % 10)),
    "of the session token": inQuery("X-Amz-Security-Token", withOtherEnd),
  };
  for (const [where, change] of Object.entries(changes)) {
    test(where, async () => {
      await aws.putObject("users/adb.png", "another one");
      const { url } = await sign(worker);
      const changed = change(url);
      assert.notEqual(changed, url);
      assert.equal(await statusOf(changed), 403);
      assert.equal(await statusOf(url), 200);
    });
  }
});

test("S3 refuses a URL used with another method than it was signed for", async () => {
  const key = "users/only-to-read";
  await aws.putObject(key, "as it was");
  const { url } = await sign(worker, { key });
  assert.equal(await statusOf(url, { method: "PUT", body: "overwritten" }), 403);
  assert.equal(await statusOf(url, { method: "DELETE" }), 403);
  assert.equal(await (await fetch(url)).text(), "as it was");
});

test("expiresAt and expiresIn are those of the URL", async () => {
  for (const expiresIn of [undefined, 1, 61, 900]) {
    const asked = Date.now();
    const signed = await sign(worker, { expiresIn });
    const query = new URL(signed.url).searchParams;
    const date = query.get("X-Amz-Date").replace(/^(....)(..)(..)T(..)(..)(..)Z$/, "$1-$2-$3T$4:$5:$6Z");
    assert.ok(Math.abs(Date.parse(date) - asked) < 5000, date);
    assert.equal(query.get("X-Amz-Expires"), String(expiresIn ?? 300));
    assert.equal(signed.expiresIn, expiresIn ?? 300);
    assert.equal(signed.expiresAt, new Date(Date.parse(date) + signed.expiresIn * 1000).toISOString().replace(".000Z", "Z"));
  }
});

test("S3 refuses a URL whose time is up", async () => {
  const { url, expiresAt } = await sign(worker, { expiresIn: 2 });
  assert.equal(await statusOf(url), 200);
  await delay(Date.parse(expiresAt) + 1100 - Date.now());
  assert.equal(await statusOf(url), 403);
});

test("a custom endpoint gets path style unless the profile asks for the bucket in the host", async () => {
  const vars = await baseVars(aws);
  const endpoint = new URL(aws.endpoint);
  vars.AWS_ENDPOINT_URL_S3 = `http://s3.localhost:${endpoint.port}`;
  vars.PROFILES.hosted = { ...vars.PROFILES.avatars, addressingStyle: "virtual" };
  const styled = await startWorker({ vars });
  try {
    const byPath = new URL((await sign(styled)).url);
    assert.equal(byPath.host, `s3.localhost:${endpoint.port}`);
    assert.equal(byPath.pathname, `/${aws.bucket}/users/ada.png`);

    const byHost = new URL((await sign(styled, { profile: "hosted" })).url);
    assert.equal(byHost.host, `${aws.bucket}.s3.localhost:${endpoint.port}`);
    assert.equal(byHost.pathname, "/users/ada.png");
    // Neither name resolves everywhere, so both are fetched from the address behind them.
    assert.deepEqual(await fetchFrom(endpoint, byPath), picture);
    assert.deepEqual(await fetchFrom(endpoint, byHost), picture);
  } finally {
    await styled.stop();
  }
});

/** The body of a 200 that `server` gives to a GET of `url`, whatever the name in `url` resolves to. */
function fetchFrom(server, url) {
  return new Promise((resolve, reject) => {
    const { hostname, port } = server;
    const path = url.pathname + url.search;
    request({ hostname, port, path, headers: { host: url.host }, agent: false }, async (answer) => {
      const body = Buffer.concat(await answer.toArray());
      if (answer.statusCode === 200) resolve(body);
      else reject(new Error(`${url.host} was answered ${answer.statusCode}: ${body}`));
    })
      .on("error", reject)
      .end();
  });
}
