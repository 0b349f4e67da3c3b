// What the tests ask of a worker, and what any of its answers has to look like.
import assert from "node:assert/strict";
import { setTimeout as delay } from "node:timers/promises";
import { bearer } from "./harness.mjs";

/** `POST /v1/sign` by the caller `app`; what `asked` leaves out is a GET of `users/ada.png`. */
export function ask(worker, asked = {}) {
  const json = { profile: "avatars", operation: "getObject", key: "users/ada.png", ...asked };
  return worker.fetch("/v1/sign", { key: bearer, json });
}

/** The same, and the answer has to be a URL: resolves to its JSON. */
export async function sign(worker, asked) {
  const answer = await ask(worker, asked);
  const text = await answer.text();
  assert.equal(answer.status, 200, text);
  assert.equal(answer.headers.get("content-type"), "application/json");
  assert.equal(answer.headers.get("cache-control"), "no-store");
  return JSON.parse(text);
}

/** `answer` has to be a complete problem document of the type `slug`: resolves to it. */
export async function expectProblem(answer, status, slug) {
  const text = await answer.text();
  assert.equal(answer.status, status, text);
  assert.equal(answer.headers.get("content-type"), "application/problem+json");
  assert.equal(answer.headers.get("cache-control"), "no-store");
  const problem = JSON.parse(text);
  assert.equal(problem.type, `urn:problem-type:edge-presigner:${slug}`);
  assert.equal(problem.status, status);
  assert.equal(answer.headers.get("x-request-id"), problem.requestId);
  for (const member of ["title", "detail", "requestId"]) {
    assert.ok(typeof problem[member] === "string" && problem[member] !== "", `${member} in ${text}`);
  }
  return problem;
}

/** Resolves to the worker's first log line about `event`, which can come a moment after the answer. */
export async function logged(worker, event) {
  for (const deadline = Date.now() + 5000; Date.now() < deadline; await delay(10)) {
    const line = events(worker).find((line) => line.event === event);
    if (line) return line;
  }
  assert.fail(`no ${event} among ${worker.logs.join("\n")}`);
}

/**
 * The worker's log lines so far; a line of the runtime, such as that of a crash, is a failure, unless it
 * matches `expected`.
 */
export function events(worker, expected) {
  return worker.logs.filter((text) => !expected?.test(text)).map((text) => {
    const line = JSON.parse(text);
    const members = line.event === "request" ? ["outcome"] : ["detail"];
    for (const member of ["level", "event", "requestId", ...members]) assert.equal(typeof line[member], "string", text);
    return line;
  });
}

/**
 * Resolves to the one record of sessions in the worker's KV, as `{ name, expiration, value }`, when it is there
 * and, if `not` is given, another one than that: it is written after the answer.
 */
export async function recordIn({ kv }, not = Buffer.alloc(0)) {
  for (const deadline = Date.now() + 5000; Date.now() < deadline; await delay(10)) {
    const [key, ...more] = (await kv.list({ prefix: "session/" })).keys;
    assert.deepEqual(more, []);
    const value = key && Buffer.from(await kv.get(key.name, "arrayBuffer"));
    if (value && !value.equals(not)) return { ...key, value };
  }
  assert.fail("nothing was written to KV");
}

/** Sends a request to S3 and resolves to its status. */
export async function statusOf(url, init) {
  const answer = await fetch(url, init);
  await answer.arrayBuffer();
  return answer.status;
}

/** `text` with its last character replaced by another letter or digit. */
export function withOtherEnd(text) {
  return text.slice(0, -1) + (text.endsWith("0") ? "1" : "0");
}

/** Requests a link, as the caller `app`: resolves to its URL, to which the rest of a key can be added. */
export async function linkTo(worker, profile, keyPrefix, operations = ["getObject"]) {
  const json = { profile, keyPrefix, operations, expiresIn: 600 };
  const answer = await worker.fetch("/v1/links", { key: bearer, json });
  const text = await answer.text();
  assert.equal(answer.status, 200, text);
  return JSON.parse(text).url;
}
