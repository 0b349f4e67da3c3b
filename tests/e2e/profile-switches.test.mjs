// What a profile opens and what it closes: with real signatures, against a real S3.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { after, before, describe, test } from "node:test";
import { ask, expectProblem, sign, statusOf } from "./answers.mjs";
import { baseVars, bearer, startLocalAws, startWorker } from "./harness.mjs";

let aws;
let worker;
const other = "the key of another caller";
const every = ["getObject", "headObject", "putObject", "deleteObject"];
before(async () => {
  aws = await startLocalAws();
  const vars = await baseVars(aws);
  const profile = (changes) => ({ ...vars.PROFILES.avatars, ...changes });
  vars.CALLERS.other = { bearerSha256: [createHash("sha256").update(other).digest("hex")] };
  Object.assign(vars.PROFILES, {
    once: profile({ overwrite: false }),
    checked: profile({ upload: { maxBytes: 100, requireChecksum: true } }),
    saved: profile({ downloadAs: "attachment" }),
    named: profile({ keyTemplate: "users/{uuid}-{filename}" }),
    pays: profile({ headers: ["x-amz-request-payer"] }),
    // For the matrix below.
    read: profile({ operations: ["getObject", "headObject"], callers: ["app", "other"] }),
    tagged: profile({ operations: every, callers: ["app"], headers: ["x-amz-tagging"] }),
    open: profile({ operations: every, callers: ["anyone"] }),
  });
  worker = await startWorker({ vars });
});
after(async () => {
  await worker?.stop();
  await aws?.stop();
});

test("without overwrite an object is created once, and S3 keeps it", async () => {
  const asked = { profile: "once", operation: "putObject", key: "users/once.txt" };
  const { url, method, headers } = await sign(worker, asked);
  assert.equal(headers["if-none-match"], "*");
  assert.equal(await statusOf(url, { method, headers, body: "first" }), 200);
  assert.equal(await statusOf(url, { method, headers, body: "second" }), 412);
  assert.equal(await statusOf(url, { method, body: "second" }), 403, "the condition is signed");
  assert.equal(await (await aws.s3("GET", "users/once.txt")).text(), "first");
});

test("a required checksum has to be signed, and S3 holds the body against it", async () => {
  const asked = { profile: "checked", operation: "putObject", key: "users/checked.txt" };
  const length = { "content-length": "5" };
  const { detail } = await expectProblem(await ask(worker, { ...asked, headers: length }), 400, "invalid-request");
  assert.match(detail, /checksum/);
  const checksum = createHash("sha256").update("right").digest("base64");
  const { url, method, headers } = await sign(worker, { ...asked, headers: { ...length, "x-amz-checksum-sha256": checksum } });
  assert.equal(await statusOf(url, { method, headers, body: "wrong" }), 400);
  assert.equal(await statusOf(url, { method, headers: length, body: "right" }), 403, "the checksum is signed");
  assert.equal(await statusOf(url, { method, headers, body: "right" }), 200);
});

test("a redirected PUT is bound to the condition and the checksum that it came with", async () => {
  const put = (path, headers) => worker.fetch(path, { key: bearer, method: "PUT", headers, body: new Blob(["right"]) });
  await expectProblem(await put("/o/once/users/redirected"), 400, "invalid-request");
  const once = await put("/o/once/users/redirected", { "if-none-match": "*" });
  assert.equal(once.status, 307);
  const send = (location, headers) => statusOf(location, { method: "PUT", headers, body: "right" });
  assert.equal(await send(once.headers.get("location"), { "if-none-match": "*" }), 200);
  assert.equal(await send(once.headers.get("location"), { "if-none-match": "*" }), 412);

  await expectProblem(await put("/o/checked/users/redirected"), 400, "invalid-request");
  const checksum = { "x-amz-checksum-sha256": createHash("sha256").update("right").digest("base64") };
  const checked = await put("/o/checked/users/checked", checksum);
  assert.equal(checked.status, 307);
  assert.equal(await send(checked.headers.get("location")), 403);
  assert.equal(await send(checked.headers.get("location"), checksum), 200);
});

test("what is served as attachment says so, whatever was uploaded", async () => {
  const put = await sign(worker, { operation: "putObject", key: "users/page.html", headers: { "content-type": "text/html", "content-disposition": "inline" } });
  assert.equal(await statusOf(put.url, { method: "PUT", headers: put.headers, body: "<script>" }), 200);
  const answer = await worker.fetch("/o/saved/users/page.html", { key: bearer, redirect: "follow" });
  assert.match(answer.headers.get("content-disposition"), /^attachment\b/);
});

test("the worker makes the key, and each upload has one of its own", async () => {
  const asked = { profile: "named", operation: "putObject", key: undefined, filename: "../my holiday.png" };
  const [one, two] = [await sign(worker, asked), await sign(worker, asked)];
  assert.match(one.key, /^users\/[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}-[^/]+\.png$/);
  assert.notEqual(one.key, two.key);
  assert.equal(await statusOf(one.url, { method: one.method, headers: one.headers, body: "a" }), 200);
  assert.equal(await (await aws.s3("GET", one.key)).text(), "a");
  await expectProblem(await ask(worker, { ...asked, key: "users/mine" }), 400, "invalid-request");
});

test("a URL that names the payer needs nothing of its client", async () => {
  await aws.putObject("users/paid.txt", "paid");
  const { url } = await sign(worker, { profile: "pays", operation: "getObject", key: "users/paid.txt", requestPayer: "requester" });
  assert.equal(new URL(url).searchParams.get("x-amz-request-payer"), "requester");
  assert.equal(await (await fetch(url)).text(), "paid");
  await expectProblem(await ask(worker, { profile: "avatars", key: "users/paid.txt", requestPayer: "requester" }), 400, "invalid-request");
});

describe("each caller gets of each profile what it opens, with the headers that it opens", () => {
  const callers = { app: bearer, other, nobody: undefined, wrong: "wrong" };
  // Who may use a profile, for what, and with which closed headers.
  const profiles = {
    read: [["app", "other"], ["getObject", "headObject"], []],
    tagged: [["app"], every, ["x-amz-tagging"]],
    open: [["app", "other", "nobody"], every, []],
  };
  // Headers that some operation takes, and whether every profile opens them.
  const headers = {
    none: [every, {}, true],
    "content-type": [["putObject"], { "content-type": "text/plain" }, true],
    "x-amz-meta-a": [["putObject"], { "x-amz-meta-a": "b" }, true],
    "x-amz-tagging": [["putObject"], { "x-amz-tagging": "a=b" }, false],
    "x-amz-acl": [["putObject"], { "x-amz-acl": "public-read" }, false],
    "x-amz-storage-class": [["putObject"], { "x-amz-storage-class": "GLACIER" }, false],
    "x-amz-website-redirect-location": [["putObject"], { "x-amz-website-redirect-location": "/x" }, false],
    "x-amz-bypass-governance-retention": [["deleteObject"], { "x-amz-bypass-governance-retention": "true" }, false],
  };
  const cases = [];
  for (const [caller, key] of Object.entries(callers)) {
    for (const [profile, [who, operations, opened]] of Object.entries(profiles)) {
      for (const operation of every) {
        for (const [name, [takers, given, isOpen]] of Object.entries(headers)) {
          if (!takers.includes(operation)) continue;
          const isAllowed = who.includes(caller) && operations.includes(operation);
          const refused = ["nobody", "wrong"].includes(caller) ? 401 : 403;
          const expected = !isAllowed ? refused : isOpen || opened.includes(name) ? 200 : 400;
          cases.push({ what: `${caller}, ${profile}, ${operation}, ${name}`, key, json: { profile, operation, key: "users/matrix", headers: given }, expected });
        }
      }
    }
  }

  test(`in ${cases.length} cases`, async () => {
    assert.equal(cases.length, 4 * 3 * 11);
    const counted = {};
    for (const { what, key, json, expected } of cases) {
      const answer = await worker.fetch("/v1/sign", { key, json });
      assert.equal(answer.status, expected, `${what}: ${await answer.clone().text()}`);
      counted[expected] = (counted[expected] ?? 0) + 1;
      if (expected !== 200) continue;
      const { url, method, headers } = await answer.json();
      const body = method === "PUT" ? "body" : undefined;
      // Whether S3 has it or not: 403 would be a wrong signature.
      assert.notEqual(await statusOf(url, { method, headers, body }), 403, what);
    }
    assert.deepEqual(Object.keys(counted).sort(), ["200", "400", "401", "403"]);
  });
});
