// What signs: static keys, the role, or a role of the profile's own, by S3's own verdict.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { ask, events, expectProblem, logged, sign, statusOf } from "./answers.mjs";
import { adminKey, baseVars, bearer, startLocalAws, trustedClaims, withFreshWorker } from "./harness.mjs";

let aws;
before(async () => {
  aws = await startLocalAws();
  await aws.putObject("users/ada.png", "a picture");
});
after(() => aws?.stop());

test("static keys sign without a token and without STS, and the log warns of them", async () => {
  const vars = {
    AWS_ACCESS_KEY_ID: aws.keys.accessKeyId,
    AWS_SECRET_ACCESS_KEY: aws.keys.secretAccessKey,
    AWS_ROLE_ARN: undefined,
    AWS_WEB_IDENTITY_TOKEN: undefined,
  };
  await withFreshWorker(aws, { vars }, async (worker, sts) => {
    const { url } = await sign(worker);
    assert.equal(new URL(url).searchParams.get("X-Amz-Security-Token"), null);
    assert.equal(await statusOf(url), 200);
    assert.equal(sts.calls, 0);
    const ready = await worker.fetch("/readyz", { key: adminKey });
    assert.equal(ready.status, 200);
    assert.equal((await ready.json()).roles[0].source, "static");
    assert.equal((await logged(worker, "staticKeys")).level, "warn");
    assert.ok(!worker.logs.join().includes(aws.keys.secretAccessKey));
    events(worker);
  });
});

test("a session policy narrows one profile's URLs and leaves the other's alone", async () => {
  const { PROFILES } = await baseVars(aws);
  const action = { Effect: "Allow", Action: "s3:GetObject", Resource: `arn:aws:s3:::${aws.bucket}/*` };
  const policy = JSON.stringify({ Version: "2012-10-17", Statement: [action] });
  const vars = { PROFILES: { ...PROFILES, readers: { ...PROFILES.avatars, policy, roleSessionName: "readers" } } };
  await withFreshWorker(aws, { vars }, async (worker, sts) => {
    const put = async (profile) => {
      const { url } = await sign(worker, { profile, operation: "putObject", key: "users/new" });
      return statusOf(url, { method: "PUT", body: "x" });
    };
    for (let round = 0; round < 2; round++) {
      assert.equal(await put("avatars"), 200);
      assert.equal(await put("readers"), 403);
      assert.equal(await statusOf((await sign(worker, { profile: "readers" })).url), 200);
    }
    assert.equal(sts.calls, 2);
    assert.deepEqual(
      sts.requests.map(({ body }) => new URLSearchParams(body).get("RoleSessionName")),
      ["edge-presigner", "readers"],
    );
    events(worker);
  });
});

test("a role that refuses stops its own profiles only, and /readyz says which to an admin only", async () => {
  const { PROFILES } = await baseVars(aws);
  const roleArn = "arn:aws:iam::123456789012:role/absent";
  const AWS_WEB_IDENTITY_TOKEN = await aws.issuer.token({ ...trustedClaims, expiresInSecs: 24 * 3600 });
  const vars = { AWS_WEB_IDENTITY_TOKEN, PROFILES: { ...PROFILES, others: { ...PROFILES.avatars, roleArn } } };
  await withFreshWorker(aws, { vars }, async (worker) => {
    assert.equal(await statusOf((await sign(worker)).url), 200);
    await expectProblem(await ask(worker, { profile: "others" }), 502, "sts-refused");
    const ready = await worker.fetch("/readyz", { key: adminKey });
    assert.equal(ready.status, 503);
    const { status, kv, token, roles } = await ready.json();
    assert.deepEqual([status, kv, token.status], ["red", "sealed", "ok"]);
    const [own, other] = [roles.find(({ ready }) => ready), roles.find(({ ready }) => !ready)];
    assert.equal(own.source, "memory");
    assert.ok(own.secondsLeft > 3500 && own.secondsLeft <= 3600);
    assert.equal(other.role, "absent");
    assert.equal(other.lastFailure.awsCode, "AccessDenied");
    for (const key of [undefined, bearer]) {
      const told = await worker.fetch("/readyz", { key });
      assert.deepEqual([told.status, await told.text()], [503, '{"status":"red"}']);
    }
    await expectProblem(await worker.fetch("/readyz", { key: "x" }), 401, "unknown-caller");
    events(worker);
  });
});
