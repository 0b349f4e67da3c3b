// The redirects of /o/{profile}/{key…}, with the clients that follow them.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { createHash, randomBytes } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { promisify } from "node:util";
import { root } from "../../scripts/console.mjs";
import { programPath } from "../../scripts/programs.mjs";
import { expectProblem, sign, statusOf } from "./answers.mjs";
import { baseVars, bearer, makeFolder, removeFolder, startLocalAws, startWorker } from "./harness.mjs";

const picture = readFileSync(join(root, "scripts", "ada.png"));
const path = (key) => `/o/avatars/${key.split("/").map(encodeURIComponent).join("/")}`;

let aws;
let worker;
let folder;
before(async () => {
  folder = makeFolder("edge-presigner-uploads-");
  aws = await startLocalAws();
  worker = await startWorker({ vars: await baseVars(aws) });
  await aws.putObject("users/ada.png", picture, "image/png");
});
after(async () => {
  await worker?.stop();
  await aws?.stop();
  removeFolder(folder);
});

describe("the redirect keeps the method, is not cached and gives no referrer", () => {
  const statuses = { GET: 302, HEAD: 302, PUT: 307, DELETE: 307 };
  for (const [method, status] of Object.entries(statuses)) {
    test(`${method}: ${status}`, async () => {
      const key = "users/redirected.png";
      await aws.putObject(key, picture);
      const answer = await worker.fetch(path(key), { key: bearer, method });
      assert.equal(answer.status, status);
      assert.equal(answer.headers.get("cache-control"), "no-store");
      assert.equal(answer.headers.get("referrer-policy"), "no-referrer");
      assert.equal(await answer.text(), "");
      const body = method === "PUT" ? "new" : undefined;
      const location = answer.headers.get("location");
      assert.equal(await statusOf(location, { method, body }), method === "DELETE" ? 204 : 200);
      const stored = await aws.s3("GET", key);
      const left = { GET: picture.toString(), HEAD: picture.toString(), PUT: "new", DELETE: undefined };
      assert.equal(stored.ok ? await stored.text() : undefined, left[method]);
    });
  }
});

test("a key in the path is decoded exactly once", async () => {
  for (const key of ["users/a b+c.png", "users/%41 100%.png", "users/#?&=.png", "users/ädä 🎨.png", `users/"it's".png`]) {
    await aws.putObject(key, key);
    const answer = await worker.fetch(path(key), { key: bearer, redirect: "follow" });
    assert.equal(await answer.text(), key);
  }
});

test("fetch follows the redirect to the picture, and uploads and deletes through it", async () => {
  const options = { key: bearer, redirect: "follow" };
  const read = await worker.fetch(path("users/ada.png"), options);
  assert.equal(read.headers.get("content-type"), "image/png");
  assert.deepEqual(Buffer.from(await read.arrayBuffer()), picture);

  const key = "users/by fetch.bin";
  const bytes = randomBytes(100_000);
  // A Blob, because Node cannot send a Buffer a second time.
  const uploaded = await worker.fetch(path(key), { ...options, method: "PUT", body: new Blob([bytes]) });
  assert.equal(uploaded.status, 200);
  const stored = await aws.s3("GET", key);
  assert.deepEqual(Buffer.from(await stored.arrayBuffer()), bytes);

  assert.equal((await worker.fetch(path(key), { ...options, method: "DELETE" })).status, 204);
  assert.equal((await aws.s3("GET", key)).status, 404);
});

test("curl -L fetches the picture", async () => {
  assert.deepEqual(await curl(worker.url + path("users/ada.png")), picture);
});

describe("curl -L -T uploads a file", () => {
  // From about 1 MB on, curl waits for a 100 Continue before it sends the body.
  for (const size of [picture.length, 3_000_000]) {
    test(`of ${size} bytes`, async () => {
      const key = `users/by curl/${size}.bin`;
      const bytes = randomBytes(size);
      const file = join(folder, String(size));
      writeFileSync(file, bytes);
      await curl("-T", file, worker.url + path(key));
      const stored = await aws.s3("GET", key);
      assert.deepEqual(Buffer.from(await stored.arrayBuffer()), bytes);
    });
  }
});

describe("a file whose URL is on another host than the worker", () => {
  let elsewhere;
  before(async () => {
    const vars = await baseVars(aws);
    vars.PROFILES.avatars.callers.push("link");
    vars.LINK_KEY = createHash("sha256").update("link key for tests only").digest("base64");
    vars.AWS_ENDPOINT_URL_S3 = aws.endpoint.replace("127.0.0.1", "localhost");
    elsewhere = await startWorker({ vars });
  });
  after(() => elsewhere?.stop());

  const run = (command, ...args) => promisify(execFile)(command, args, { encoding: "buffer", timeout: 20_000 });
  const url = () => elsewhere.url + path("users/ada.png");
  const wget = (...args) => run(programPath("wget"), "--no-config", "--quiet", "--tries=1", "--output-document=-", ...args);

  test("curl -L -u fetches it with a key as password", async () => {
    const { stdout } = await run("curl", "--silent", "--fail", "--location", "--user", `x:${bearer}`, url());
    assert.deepEqual(stdout, picture);
  });

  test("wget fetches it with a key as password", async () => {
    const { stdout } = await wget("--user=x", `--password=${bearer}`, url());
    assert.deepEqual(stdout, picture);
  });

  test("wget fetches it by a link", async () => {
    const json = { profile: "avatars", key: "users/ada.png", operations: ["getObject"] };
    const answer = await elsewhere.fetch("/v1/links", { key: bearer, json });
    const { stdout } = await wget((await answer.json()).url);
    assert.deepEqual(stdout, picture);
  });

  test("wget does not with a header, which it sends to S3 too", async () => {
    // wget ends with 8 when a server answers with an error.
    await assert.rejects(wget(`--header=Authorization: Bearer ${bearer}`, url()), { code: 8 });
  });
});

test("the parameter expires sets the life of the URL", async () => {
  const answer = await worker.fetch(`${path("users/ada.png")}?expires=77`, { key: bearer });
  assert.equal(new URL(answer.headers.get("location")).searchParams.get("X-Amz-Expires"), "77");
});

describe("a query that is not one whole number of seconds in expires is refused", () => {
  const queries = ["expires=0", "expires=901", "expires=1.5", "expires=-1", "expires=", "expires=1&expires=1", "X-Amz-Expires=1"];
  for (const query of queries) {
    test(query, async () => {
      const answer = await worker.fetch(`${path("users/ada.png")}?${query}`, { key: bearer });
      const { detail } = await expectProblem(answer, 400, "invalid-request");
      assert.ok(detail.startsWith(`${query.split("=")[0]}: `), detail);
    });
  }
});

test("Accept: application/json is answered like POST /v1/sign, for each method", async () => {
  const operations = { GET: "getObject", HEAD: "headObject", PUT: "putObject", DELETE: "deleteObject" };
  for (const [method, operation] of Object.entries(operations)) {
    const key = `users/as-json-${method}`;
    await aws.putObject(key, "x");
    const headers = { accept: "application/json" };
    const answer = await worker.fetch(`${path(key)}?expires=60`, { key: bearer, method, headers });
    assert.equal(answer.status, 200);
    assert.equal(answer.headers.get("content-type"), "application/json");
    assert.equal(answer.headers.get("cache-control"), "no-store");
    const text = await answer.text();
    // An answer to HEAD has no body.
    if (method === "HEAD") continue;
    const { url, expiresAt, ...rest } = JSON.parse(text);
    assert.deepEqual(rest, { method, headers: {}, profile: "avatars", key, expiresIn: 60 });
    assert.deepEqual(Object.keys(JSON.parse(text)), Object.keys(await sign(worker, { operation, key })));
    assert.ok(Math.abs(Date.parse(expiresAt) - Date.now() - 60_000) < 5000, expiresAt);
    const body = method === "PUT" ? "y" : undefined;
    assert.equal(await statusOf(url, { method, body }), method === "DELETE" ? 204 : 200);
  }
});

describe("who takes anything gets the file, and who prefers JSON gets that", () => {
  const files = {
    "axios, by lib/defaults/index.js": "application/json, text/plain, */*",
    "Firefox, an image": "image/avif,image/webp,image/png,image/svg+xml,image/*;q=0.8,*/*;q=0.5",
    "a weight of 0": "application/json;q=0, */*",
    "a lower weight": "application/json;q=0.5, */*;q=0.8",
  };
  for (const [what, accept] of Object.entries(files)) {
    test(`${what}: the file`, async () => {
      const answer = await worker.fetch(path("users/ada.png"), { key: bearer, headers: { accept }, redirect: "follow" });
      assert.deepEqual(Buffer.from(await answer.arrayBuffer()), picture);
    });
  }
  test("a header that is repeated is one list", async () => {
    for (const [values, status] of [[["application/json", "*/*"], 302], [["*/*;q=0.1", "application/json"], 200]]) {
      const headers = new Headers(values.map((value) => ["accept", value]));
      headers.set("authorization", `Bearer ${bearer}`);
      const answer = await fetch(worker.url + path("users/ada.png"), { headers, redirect: "manual" });
      assert.equal(answer.status, status);
    }
  });
});

/** Runs curl as the caller `app`, following redirects, and resolves to what it wrote. */
async function curl(...args) {
  const fixed = ["--silent", "--show-error", "--fail", "--location", "--header", `Authorization: Bearer ${bearer}`];
  const options = { encoding: "buffer", maxBuffer: 2 ** 24, timeout: 20_000 };
  return (await promisify(execFile)("curl", [...fixed, ...args], options)).stdout;
}
