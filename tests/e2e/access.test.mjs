// Who may have a URL: nothing is open unless a profile opens it, and a refusal does not tell why.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { after, before, describe, test } from "node:test";
import { expectProblem, statusOf } from "./answers.mjs";
import { baseVars, bearer, startLocalAws, startProxy, startWorker } from "./harness.mjs";

const sha256 = (text) => createHash("sha256").update(text).digest("hex");
const request = { profile: "avatars", operation: "getObject", key: "users/ada.png" };

let aws;
let sts;
let worker;
before(async () => {
  aws = await startLocalAws();
  await aws.putObject("users/ada.png", "a picture");
  await aws.putObject("public/logo.png", "a logo");
  sts = await startProxy(aws);
  const vars = await baseVars(aws, sts);
  const { avatars } = vars.PROFILES;
  vars.CALLERS.app.bearerSha256.push(sha256("the next key").toUpperCase());
  vars.CALLERS.other = { bearerSha256: [sha256("the other's key")] };
  vars.CALLERS.keyless = { bearerSha256: [] };
  vars.PROFILES = {
    avatars: { ...avatars, operations: ["getObject"] },
    others: { ...avatars, callers: ["other"] },
    nobodys: { ...avatars, callers: [] },
    public: { ...avatars, keyPrefix: "public/", operations: ["getObject"], callers: ["anyone"] },
  };
  worker = await startWorker({ vars });
});
after(async () => {
  await worker?.stop();
  await sts?.stop();
  await aws?.stop();
});

describe("a request without a good key is told to bring one, without a call to STS", () => {
  const headers = {
    "no header": [undefined, "key-required"],
    "a wrong key": [`Bearer ${bearer}x`, "unknown-caller"],
    "the beginning of the key": [`Bearer ${bearer.slice(0, -1)}`, "unknown-caller"],
    "the hash of the key": [`Bearer ${sha256(bearer)}`, "unknown-caller"],
    "an empty key": ["Bearer ", "unknown-caller"],
    "another scheme": [`Basic ${bearer}`, "unknown-caller"],
    "the key without a scheme": [bearer, "unknown-caller"],
    "two keys": [`Bearer ${bearer}, Bearer ${bearer}`, "unknown-caller"],
    "a key of 5,000 bytes": [`Bearer ${bearer.padEnd(5000, "x")}`, "unknown-caller"],
    "bytes that are not ASCII": [`Bearer ${bearer}\u00e9`, "unknown-caller"],
  };
  for (const [what, [authorization, slug]] of Object.entries(headers)) {
    test(what, async () => {
      const before = sts.calls;
      const sent = authorization === undefined ? {} : { authorization };
      for (const [path, init] of [
        ["/v1/sign", { json: request }],
        ["/o/avatars/users/ada.png", {}],
      ]) {
        const answer = await worker.fetch(path, { ...init, headers: sent });
        assert.match(answer.headers.get("www-authenticate"), /^Bearer\b/);
        await expectProblem(answer, 401, slug);
      }
      assert.equal(sts.calls, before);
    });
  }
});

test("each key of a caller proves it, also as a password, and the scheme's case does not matter", async () => {
  const basic = `Basic ${Buffer.from(`git:${bearer}`).toString("base64")}`;
  for (const authorization of [`Bearer ${bearer}`, "Bearer the next key", `bearer ${bearer}`, basic]) {
    const answer = await worker.fetch("/v1/sign", { json: request, headers: { authorization } });
    assert.equal(answer.status, 200);
  }
});

describe("a known caller gets one and the same refusal", () => {
  const notOpen = {
    "another caller's profile": { profile: "others" },
    "nobody's profile": { profile: "nobodys" },
    "a profile that does not exist": { profile: "no-such-profile" },
    "a profile in other letters": { profile: "Avatars" },
    "an operation that is not opened": { operation: "putObject" },
    "a key outside of the prefix": { key: "secret/ada.png" },
    "the prefix without its slash": { key: "users" },
    "the prefix further in": { key: "x/users/ada.png" },
    "a key of another profile": { key: "public/logo.png" },
    "too long a life on a profile that is not its own": { profile: "others", expiresIn: 10 ** 6 },
  };
  let reference;
  for (const [what, difference] of Object.entries(notOpen)) {
    test(`for ${what}`, async () => {
      const answer = await worker.fetch("/v1/sign", { key: bearer, json: { ...request, ...difference } });
      const { requestId, ...rest } = await expectProblem(answer, 403, "not-allowed");
      reference ??= rest;
      assert.deepEqual(rest, reference);
    });
  }

  test("for paths as well", async () => {
    for (const path of ["/o/avatars/secret", "/o/others/users/x", "/o/no-such-profile/users/x", "/o//users/x"]) {
      const { requestId, ...rest } = await expectProblem(await worker.fetch(path, { key: bearer }), 403, "not-allowed");
      assert.deepEqual(rest, reference);
    }
  });
});

test("without a key, profiles that exist and profiles that do not are refused alike", async () => {
  const refusals = ["avatars", "no-such-profile"].map(async (profile) => {
    const answer = await worker.fetch("/v1/sign", { json: { ...request, profile } });
    const { requestId, ...rest } = await expectProblem(answer, 401, "key-required");
    return rest;
  });
  const [existing, missing] = await Promise.all(refusals);
  assert.deepEqual(existing, missing);
});

test("a profile open to anyone needs no key, and takes none that is wrong", async () => {
  const followed = await worker.fetch("/o/public/public/logo.png", { redirect: "follow" });
  assert.equal(await followed.text(), "a logo");
  const json = { profile: "public", operation: "getObject", key: "public/logo.png" };
  for (const key of [undefined, "the other's key"]) {
    const answer = await worker.fetch("/v1/sign", { key, json });
    assert.equal(await statusOf((await answer.json()).url), 200);
  }
  await expectProblem(await worker.fetch("/v1/sign", { key: "wrong", json }), 401, "unknown-caller");
  const write = await worker.fetch("/v1/sign", { json: { ...json, operation: "putObject" } });
  await expectProblem(write, 401, "key-required");
});
