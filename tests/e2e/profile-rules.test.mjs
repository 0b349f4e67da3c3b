// What a profile demands of uploads, kept by S3 itself; and many URLs at once.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { randomBytes } from "node:crypto";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { promisify } from "node:util";
import { ask, expectProblem, sign, statusOf } from "./answers.mjs";
import { baseVars, bearer, makeFolder, removeFolder, startLocalAws, startWorker } from "./harness.mjs";

let aws;
let worker;
let folder;
before(async () => {
  folder = makeFolder("edge-presigner-limits-");
  aws = await startLocalAws();
  const vars = await baseVars(aws);
  const upload = { minBytes: 10, maxBytes: 100_000, contentTypes: ["image/*"] };
  vars.PROFILES.pictures = { ...vars.PROFILES.avatars, upload };
  vars.PROFILES.kept = { ...vars.PROFILES.avatars, responseCacheControl: "private, max-age=3600", cacheBuster: "v" };
  worker = await startWorker({ vars });
});
after(async () => {
  await worker?.stop();
  await aws?.stop();
  removeFolder(folder);
});

test("S3 takes nothing but an upload of the size and type that were signed", async () => {
  const key = "users/limited.png";
  const body = randomBytes(1000);
  const headers = { "content-type": "image/png", "content-length": "1000" };
  const { url, method } = await sign(worker, { profile: "pictures", operation: "putObject", key, headers });
  const html = { "content-type": "text/html", "content-length": "1000" };
  assert.equal(await statusOf(url, { method, headers: html, body }), 403);
  const longer = { "content-type": "image/png", "content-length": "1001" };
  assert.equal(await statusOf(url, { method, headers: longer, body: randomBytes(1001) }), 403);
  assert.equal(await statusOf(url, { method, headers, body }), 200);
  const stored = await aws.s3("GET", key);
  assert.deepEqual(Buffer.from(await stored.arrayBuffer()), body);
});

test("a redirected upload is bound to the size and type that it came with", async () => {
  const path = "/o/pictures/users/redirected.png";
  const headers = { "content-type": "image/png" };
  const body = new Blob([randomBytes(5000)]);
  const uploaded = await worker.fetch(path, { key: bearer, method: "PUT", headers, body, redirect: "follow" });
  assert.equal(uploaded.status, 200);

  const redirect = await worker.fetch(path, { key: bearer, method: "PUT", headers, body });
  assert.equal(redirect.status, 307);
  const location = redirect.headers.get("location");
  assert.equal(new URL(location).searchParams.get("X-Amz-SignedHeaders"), "content-length;content-type;host");
  assert.equal(await statusOf(location, { method: "PUT", headers, body: randomBytes(5001) }), 403);
  assert.equal(await statusOf(location, { method: "PUT", headers: { "content-type": "image/gif" }, body }), 403);
});

test("curl -L -T uploads within the limits of a profile, and is told what is missing", async () => {
  const file = join(folder, "picture");
  writeFileSync(file, randomBytes(50_000));
  const curl = (...args) => {
    const fixed = ["--silent", "--show-error", "--location", "--header", `Authorization: Bearer ${bearer}`];
    return promisify(execFile)("curl", [...fixed, "-T", file, `${worker.url}/o/pictures/users/by-curl.png`, ...args]);
  };
  const refused = JSON.parse((await curl()).stdout);
  assert.match(refused.detail, /^content-type: is missing: it must be image\/\*/);
  await curl("--fail", "--header", "Content-Type: image/png");
  const stored = await aws.s3("HEAD", "users/by-curl.png");
  assert.equal(stored.headers.get("content-type"), "image/png");
  assert.equal(stored.headers.get("content-length"), "50000");
  // Without a length there is nothing to sign.
  const chunked = await curl("--header", "Content-Type: image/png", "--header", "Transfer-Encoding: chunked");
  assert.match(JSON.parse(chunked.stdout).detail, /^content-length: is missing/);
});

test("an upload beyond the limits gets no URL", async () => {
  const asked = { profile: "pictures", operation: "putObject", key: "users/x" };
  for (const [headers, said] of [
    [{}, "headers.content-length: is missing"],
    [{ "content-length": "100001", "content-type": "image/png" }, "headers.content-length: must be 10 to 100000 bytes"],
    [{ "content-length": "10", "content-type": "text/html" }, "headers.content-type: must be image/*"],
  ]) {
    const { detail } = await expectProblem(await ask(worker, { ...asked, headers }), 400, "invalid-request");
    assert.ok(detail.startsWith(said), detail);
  }
});

test("S3 answers with the profile's Cache-Control, and a cache-buster changes nothing", async () => {
  await aws.putObject("users/kept.txt", "kept");
  const answer = await worker.fetch("/o/kept/users/kept.txt?v=2", { key: bearer, redirect: "follow" });
  assert.equal(answer.headers.get("cache-control"), "private, max-age=3600");
  assert.equal(await answer.text(), "kept");
  const named = await worker.fetch("/o/kept/users/kept.txt?download=%C3%9C.txt", { key: bearer, redirect: "follow" });
  assert.equal(named.headers.get("content-disposition"), `attachment; filename="_.txt"; filename*=UTF-8''%C3%9C.txt`);
});

test("a hundred URLs at once work, and what may not be had is refused for itself", async () => {
  const keys = Array.from({ length: 99 }, (_, n) => `users/batch/${n} ä.txt`);
  const item = (key) => ({ profile: "avatars", operation: "putObject", key, headers: { "content-type": "text/plain" } });
  const answer = await worker.fetch("/v1/sign/batch", { key: bearer, json: { items: [...keys, "others/x"].map(item) } });
  assert.equal(answer.status, 200);
  assert.equal(answer.headers.get("cache-control"), "no-store");
  const { items } = await answer.json();
  assert.deepEqual(items.map((signed) => signed.key ?? signed.problem.status), [...keys, 403]);
  for (const { url, method, headers, key } of items.slice(0, -1)) {
    assert.equal(await statusOf(url, { method, headers, body: key }), 200);
  }
  assert.equal(await (await aws.s3("GET", keys[98])).text(), keys[98]);
});

test("a batch may be as long as its longest items are", async () => {
  const key = `users/${"a\u0001".repeat(509)}`;
  const item = { profile: "avatars", operation: "putObject", key, headers: { "x-amz-meta-a": '"'.repeat(1000) } };
  const answer = await worker.fetch("/v1/sign/batch", { key: bearer, json: { items: Array(100).fill(item) } });
  const { items } = await answer.json();
  assert.equal(items.filter(({ url }) => url).length, 100);
  const tooLong = { items: [], more: "x".repeat(700_000) };
  await expectProblem(await worker.fetch("/v1/sign/batch", { key: bearer, json: tooLong }), 413, "body-too-large");
});
