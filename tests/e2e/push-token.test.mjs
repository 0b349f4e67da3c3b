// deploy/kubernetes/push-token.sh, run as the pod runs it, with a token that is renewed as kubelet does it. A server on loopback stands for the worker.
import assert from "node:assert/strict";
import { execFileSync, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { join } from "node:path";
import { after, afterEach, before, beforeEach, test } from "node:test";
import { root } from "../../scripts/console.mjs";
import { makeFolder, removeFolder } from "./harness.mjs";
import * as kubelet from "./kubelet.mjs";

const script = join(root, "deploy", "kubernetes", "push-token.sh");
let server;
let url;
// What the worker got, and what it answers next; 204 when there is nothing in the list.
let got;
let answers;
let folder;
let pod;

before(async () => {
  server = createServer(async (request, response) => {
    const chunks = [];
    for await (const chunk of request) chunks.push(chunk);
    const { method, url, headers } = request;
    const processes = execFileSync("ps", ["-eo", "args"], { encoding: "utf8" });
    got.push({ method, url, type: headers["content-type"], authorization: headers.authorization, body: Buffer.concat(chunks).toString(), processes, at: Date.now() });
    response.writeHead(answers.shift() ?? 204, { location: "/elsewhere" }).end();
  });
  await once(server.listen(0, "127.0.0.1"), "listening");
  url = `http://127.0.0.1:${server.address().port}`;
});
after(() => server.close());

beforeEach(() => {
  [got, answers, folder] = [[], [], makeFolder("pod-")];
});
afterEach(async () => {
  if (pod && pod.exitCode === null && pod.signalCode === null) {
    pod.kill("SIGTERM");
    await once(pod, "close");
  }
  pod = undefined;
  removeFolder(folder);
});

const renew = (token) => kubelet.renew(folder, token);

const newToken = () => ["header", "claims", "signature"].map(() => randomBytes(200).toString("base64url")).join(".");

function startPod(env = {}, file = script) {
  const TOKEN_FILE = kubelet.mountToken(folder);
  pod = spawn("sh", [file], { env: { PATH: process.env.PATH, WORKER_URL: url, TOKEN_FILE, POLL_SECS: "0.1", ...env } });
  pod.text = "";
  for (const stream of [pod.stdout, pod.stderr]) stream.on("data", (chunk) => (pod.text += chunk));
}

async function until(condition, what) {
  for (const end = Date.now() + 20_000; !condition(); ) {
    assert.ok(Date.now() < end, `${what}: ${pod.text}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** Some polls later nothing more has been sent. */
async function silence() {
  const before = got.length;
  await new Promise((resolve) => setTimeout(resolve, 700));
  assert.equal(got.length, before, pod.text);
}

test("each renewal is sent once, as it is", async () => {
  const tokens = [newToken(), newToken(), newToken()];
  startPod();
  await until(() => pod.text.includes("no token yet"), "it waits for the token");
  for (const [index, token] of tokens.entries()) {
    renew(token);
    await until(() => got.length > index, "a renewal is sent");
    await silence();
  }
  assert.deepEqual(got.map(({ body }) => body), tokens);
  assert.deepEqual(got.map(({ method, url, type, authorization }) => [method, url, type, authorization]), tokens.map(() => ["PUT", "/v1/token", "text/plain", undefined]));
});

test("the same token in a new folder is not sent again", async () => {
  const token = newToken();
  renew(token);
  startPod();
  await until(() => got.length > 0, "it is sent");
  renew(token);
  await silence();
});

test("what the worker cannot do now is tried again, each time later", async () => {
  answers = [503, 429];
  renew(newToken());
  startPod();
  await until(() => got.length === 3, "it is tried three times");
  await silence();
  const [first, second, third] = got.map(({ at }) => at);
  assert.ok(second - first >= 950 && third - second >= 1950, `${second - first} ms, ${third - second} ms`);
});

test("a server that is not there is tried again", async () => {
  renew(newToken());
  startPod({ WORKER_URL: "http://127.0.0.1:1" });
  await until(() => /\(status 000\), next try in 2 s/.test(pod.text), "it is tried twice");
});

for (const status of [302, 400, 401, 403, 404, 409, 413]) {
  test(`after ${status} the next renewal is waited for`, async () => {
    answers = [status];
    renew(newToken());
    startPod();
    await until(() => got.length > 0, "it is sent");
    await silence();
    assert.match(pod.text, new RegExp(`refuses the token \\(status ${status}\\)`));
    const next = newToken();
    renew(next);
    await until(() => got.length > 1, "the next one is sent");
    assert.deepEqual([got[1].url, got[1].body], ["/v1/token", next]);
  });
}

test("nothing of the token is in the log or the arguments of a process", async () => {
  const tokens = [newToken(), newToken()];
  answers = [503, 204, 401];
  for (const [index, token] of tokens.entries()) {
    renew(token);
    if (!pod) startPod();
    await until(() => got.length > 2 * index + 1 || (index === 1 && got.length > 2), "it is sent");
  }
  await silence();
  const seen = [pod.text, ...got.map(({ processes }) => processes)];
  assert.ok(seen.some((text) => text.includes("curl")), "the processes are seen");
  for (const part of tokens.flatMap((token) => token.split("."))) {
    for (const text of seen) assert.ok(!text.includes(part.slice(0, 16)), "a part of the token is seen");
  }
});

test("a worker without TLS gets no token, and a signal ends the pod at once", async () => {
  renew(newToken());
  for (const WORKER_URL of ["http://worker.example.com", "", "ftp://127.0.0.1:1", "http://127.0.0.1.example.com"]) {
    startPod({ WORKER_URL });
    assert.deepEqual(await once(pod, "close"), [1, null], WORKER_URL);
    assert.match(pod.text, /WORKER_URL must be/);
    removeFolder(join(folder, "token"));
  }
  assert.equal(got.length, 0);
  startPod({ POLL_SECS: "60" });
  await until(() => pod.text.includes("token sent"), "it is sent");
  const asked = Date.now();
  pod.kill("SIGTERM");
  assert.deepEqual(await once(pod, "close"), [0, null]);
  assert.ok(Date.now() - asked < 2000);
});

test("a signal in the first moment of a pause ends the pause too", async () => {
  // The moment between the start of the pause and the next command is half a second here.
  const slow = join(folder, "slow.sh");
  const begun = 'sleep "$1" &';
  const text = readFileSync(script, "utf8");
  assert.ok(text.includes(begun), text);
  writeFileSync(slow, text.replace(begun, `${begun}\n  sleep 0.5`));
  renew(newToken());
  startPod({ POLL_SECS: "30" }, slow);
  await until(() => pod.text.includes("token sent"), "it is sent");
  await new Promise((resolve) => setTimeout(resolve, 200));
  const asked = Date.now();
  pod.kill("SIGTERM");
  // The pause has the pod's output, so that is open for as long as either runs.
  assert.deepEqual(await once(pod, "close"), [0, null]);
  assert.ok(Date.now() - asked < 20_000);
});
