// Browser forms: MiniStack takes what the policy allows, with session credentials, and nothing else.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { expectProblem, withOtherEnd } from "./answers.mjs";
import { baseVars, bearer, startIssuer, startMiniStack, startWorker } from "./harness.mjs";

let issuer, aws, worker;
before(async () => {
  issuer = await startIssuer();
  aws = await startMiniStack({ issuer, actions: ["s3:PutObject", "s3:PutObjectAcl"] });
  const vars = await baseVars(aws);
  vars.PROFILES.avatars.headers = ["x-amz-acl", "x-amz-storage-class", "x-amz-server-side-encryption", "success_action_redirect"];
  worker = await startWorker({ vars });
});
after(async () => {
  await worker?.stop();
  await aws?.stop();
  await issuer?.stop();
});

const ask = (asked) => worker.fetch("/v1/post-policy", { key: bearer, json: { profile: "avatars", ...asked } });

async function form(asked) {
  const answer = await ask(asked);
  const text = await answer.text();
  assert.equal(answer.status, 200, text);
  assert.equal(answer.headers.get("cache-control"), "no-store");
  return JSON.parse(text);
}

/** Sends a form as a browser does, with `changes` to its fields; `undefined` leaves one out. */
async function send({ url, fields }, file, changes = {}, name = "ada.png") {
  const data = new FormData();
  for (const [field, value] of Object.entries({ ...fields, ...changes })) if (value !== undefined) data.append(field, value);
  data.append("file", new Blob([file]), name);
  const answer = await fetch(url, { method: "POST", body: data, redirect: "manual" });
  const text = await answer.text();
  const code = text.match(/<Code>(.*)<\/Code>/)?.[1];
  return { status: answer.status, code, location: answer.headers.get("location"), text };
}

const stored = (key) => aws.s3("GET", key);

test("a form uploads the file under its key, and says so by 204", async () => {
  const key = "users/ädä & co+1.png";
  const asked = { key, contentType: "image/png" };
  const { url, fields, ...rest } = await form(asked);
  assert.equal(url, `${aws.endpoint}/${aws.bucket}`);
  assert.equal(rest.profile, "avatars");
  assert.equal(rest.key, key);
  assert.equal(rest.expiresIn, 300);
  const left = Date.parse(rest.expiresAt) - Date.now();
  assert.ok(left > 295_000 && left <= 300_000, rest.expiresAt);
  const names = ["Content-Type", "key", "policy", "x-amz-algorithm", "x-amz-credential", "x-amz-date"];
  assert.deepEqual(Object.keys(fields).sort(), [...names, "x-amz-security-token", "x-amz-signature"]);

  const { status, text } = await send({ url, fields }, "a picture");
  assert.equal(status, 204, text);
  const object = await stored(key);
  assert.equal(await object.text(), "a picture");
  assert.equal(object.headers.get("content-type"), "image/png");
});

test("${filename} is the name of the file, below what the form fixes", async () => {
  const asked = await form({ key: "users/${filename}" });
  assert.equal((await send(asked, "1", {}, "a b.txt")).status, 204);
  assert.equal(await (await stored("users/a b.txt")).text(), "1");
  assert.equal((await send(asked, "2", { key: "users/other/x" })).status, 204);
  assert.equal((await send(asked, "3", { key: "elsewhere/x" })).status, 403);
});

test("a form of all fields makes an object with all of them", async () => {
  const fields = {
    acl: "private",
    "Cache-Control": "max-age=60",
    "Content-Disposition": `attachment; filename="a b.png"; filename*=UTF-8''%C3%A4.png`,
    "X-Amz-Meta-Owner": `"ada" \\ & <co> $1`,
    "x-amz-storage-class": "STANDARD_IA",
    "x-amz-server-side-encryption": "AES256",
    success_action_status: "201",
  };
  const asked = await form({ key: "users/all", minBytes: 1, maxBytes: 10, contentType: "image/png", fields });
  const { status, text } = await send(asked, "a picture");
  assert.equal(status, 201, text);
  const { headers } = await stored("users/all");
  assert.equal(headers.get("cache-control"), "max-age=60");
  assert.equal(headers.get("content-disposition"), fields["Content-Disposition"]);
  assert.equal(headers.get("x-amz-meta-owner"), fields["X-Amz-Meta-Owner"]);
  assert.equal(headers.get("x-amz-storage-class"), "STANDARD_IA");
  assert.equal(headers.get("x-amz-server-side-encryption"), "AES256");
});

test("metadata of a form is any Unicode, or nothing, and arrives as it was signed", async () => {
  const name = "Übersicht 日本🦀 “2026”.pdf";
  const fields = { "x-amz-meta-name": name, "x-amz-meta-note": "", "x-amz-meta-price": `$5 \\ "$key" ["starts-with","$key",""]` };
  const asked = await form({ key: "users/$named/${filename}", fields });
  assert.deepEqual(asked.fields["x-amz-meta-name"], name);
  const { status, text } = await send(asked, "x", {}, "a.pdf");
  assert.equal(status, 204, text);
  const { headers } = await stored("users/$named/a.pdf");
  // Headers are bytes, which fetch shows one by one.
  const stores = (field) => Buffer.from(headers.get(field) ?? "?", "latin1").toString("utf8");
  for (const [field, value] of Object.entries(fields)) assert.equal(stores(field), value, field);
  const { status: other, code } = await send(asked, "x", { "x-amz-meta-name": name.replace("Ü", "U") }, "a.pdf");
  assert.deepEqual({ other, code }, { other: 403, code: "AccessDenied" });
});

test("after an upload the browser goes where the form says", async () => {
  const fields = { success_action_redirect: "https://app.example/done?a=1" };
  const { status, location } = await send(await form({ key: "users/redirected", fields }), "x");
  assert.equal(status, 303);
  assert.ok(location.startsWith("https://app.example/done?a=1&"), location);
});

test("with a kind of media type the form says which one it is", async () => {
  const asked = await form({ key: "users/kind", contentType: "image/*" });
  assert.equal(asked.fields["Content-Type"], undefined);
  assert.equal((await send(asked, "x", { "Content-Type": "image/webp" })).status, 204);
  assert.equal((await stored("users/kind")).headers.get("content-type"), "image/webp");
  for (const type of ["text/html", "image", undefined]) {
    assert.equal((await send(asked, "x", { "Content-Type": type })).status, 403, type);
  }
});

describe("S3 refuses a form", () => {
  const png = { key: "users/refused", contentType: "image/png", minBytes: 2, maxBytes: 4 };
  const fine = "xxx";
  const changes = {
    "with another key": [{ key: "users/other" }, "AccessDenied"],
    "with another media type": [{ "Content-Type": "text/html" }, "AccessDenied"],
    "without its media type": [{ "Content-Type": undefined }, "AccessDenied"],
    "with a field more": [{ "x-amz-meta-more": "1" }, "AccessDenied"],
    "with an ACL that it does not give": [{ acl: "public-read" }, "AccessDenied"],
    "without its session token": [{ "x-amz-security-token": undefined }, undefined],
    "with another signature": [(fields) => ({ "x-amz-signature": withOtherEnd(fields["x-amz-signature"]) }), "SignatureDoesNotMatch"],
    "with another date": [{ "x-amz-date": "20200101T000000Z" }, undefined],
    "with a policy that was altered": [
      ({ policy }) => ({ policy: btoa(atob(policy).replace("users/refused", "users/altered")), key: "users/altered" }),
      "SignatureDoesNotMatch",
    ],
  };
  for (const [what, [change, expected]] of Object.entries(changes)) {
    test(what, async () => {
      const asked = await form(png);
      const changed = typeof change === "function" ? change(asked.fields) : change;
      const { status, code, text } = await send(asked, fine, changed);
      assert.ok(status === 403 || status === 400, text);
      if (expected) assert.equal(code, expected);
      assert.equal((await stored(changed.key ?? png.key)).status, 404);
      assert.equal((await send({ ...asked, fields: { ...asked.fields } }, fine)).status, 204);
      assert.equal((await aws.s3("DELETE", png.key)).status, 204);
    });
  }

  test("with a file that is too small or too large", async () => {
    const asked = await form({ ...png, key: "users/sized" });
    for (const [file, expected] of [["x", "EntityTooSmall"], ["xxxxx", "EntityTooLarge"]]) {
      const { status, code } = await send(asked, file);
      assert.deepEqual({ status, code }, { status: 400, code: expected });
    }
    assert.equal((await stored("users/sized")).status, 404);
    for (const file of ["xx", "xxxx"]) assert.equal((await send(asked, file)).status, 204);
  });

  test("whose time is up", async () => {
    const asked = await form({ key: "users/late", expiresIn: 2 });
    assert.equal((await send(asked, "x")).status, 204);
    await delay(Date.parse(asked.expiresAt) + 200 - Date.now());
    const { status, text } = await send(asked, "x");
    assert.equal(status, 403, text);
    assert.match(text, /expired/i);
  });
});

test("a profile's limit is a condition of every form", async () => {
  const { PROFILES, ...vars } = await baseVars(aws);
  PROFILES.avatars.upload = { minBytes: 2, maxBytes: 4, contentTypes: ["image/*"] };
  const limited = await startWorker({ vars: { ...vars, PROFILES } });
  try {
    const json = { profile: "avatars", key: "users/limited", contentType: "image/png" };
    const asked = await (await limited.fetch("/v1/post-policy", { key: bearer, json })).json();
    assert.equal((await send(asked, "xxxxx")).code, "EntityTooLarge");
    assert.equal((await send(asked, "x")).code, "EntityTooSmall");
    assert.equal((await send(asked, "xxx")).status, 204);
  } finally {
    await limited.stop();
  }
});

test("who may not upload gets no form", async () => {
  const { PROFILES, ...vars } = await baseVars(aws);
  PROFILES.pictures = { ...PROFILES.avatars, operations: ["getObject"] };
  const readers = await startWorker({ vars: { ...vars, PROFILES } });
  try {
    const json = { profile: "pictures", key: "users/x" };
    await expectProblem(await readers.fetch("/v1/post-policy", { key: bearer, json }), 403, "not-allowed");
    await expectProblem(await readers.fetch("/v1/post-policy", { json }), 401, "key-required");
  } finally {
    await readers.stop();
  }
  await expectProblem(await ask({ key: "elsewhere/${filename}" }), 403, "not-allowed");
});
