// POST /sts with clients that know STS alone, at a real S3 that enforces session policies.
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { awsCli, environment, node, python } from "./clients/aws.mjs";
import { baseVars, bearer, makeFolder, removeFolder, startLocalAws, startProxy, startWorker } from "./harness.mjs";
import { keepSecret } from "./secrecy.mjs";

let aws;
let sts;
let worker;
let home;
let other;
before(async () => {
  home = makeFolder("sts-");
  aws = await startLocalAws();
  sts = await startProxy(aws);
  const base = await baseVars(aws, sts);
  const operations = ["getObject", "putObject", "listObjectsV2", "credentials"];
  const own = { bucket: aws.bucket, keyPrefix: "users/{sub}/", operations, callers: ["web"], maxLifetimeSecs: 300 };
  worker = await startWorker({
    vars: {
      ...base,
      CALLERS: { ...base.CALLERS, web: { jwt: { issuer: aws.issuer.url, audience: "app" } } },
      PROFILES: { avatars: { ...base.PROFILES.avatars, callers: ["web", "app"] }, own },
    },
  });
  other = await startWorker({ vars: base });
});
after(async () => {
  await other?.stop();
  await worker?.stop();
  await sts?.stop();
  await aws?.stop();
  removeFolder(home);
});

const jwt = async (sub, more) => {
  const token = await aws.issuer.token({ sub, aud: "app", ...more });
  keepSecret("a caller's token", token);
  return token;
};

/** The environment of a client that has only a token of `sub`. */
async function webIdentity(sub, profile = "own") {
  const file = join(home, `token-${sub}`);
  writeFileSync(file, await jwt(sub));
  return {
    ...environment(aws, home),
    AWS_ENDPOINT_URL_STS: `${worker.url}/sts`,
    AWS_WEB_IDENTITY_TOKEN_FILE: file,
    AWS_ROLE_ARN: `arn:aws:iam::000000000000:role/${profile}`,
  };
}

const valid = async () => ({
  Action: "AssumeRoleWithWebIdentity",
  Version: "2011-06-15",
  RoleArn: "arn:aws:iam::000000000000:role/own",
  RoleSessionName: "session",
  WebIdentityToken: await jwt("ada"),
});

/** The answer to a form, past the watch of the harness: it is meant to have secrets. */
const post = (form, url = `${worker.url}/sts`) => fetch(url, { method: "POST", body: new URLSearchParams(form) });

test("the AWS CLI uploads and lists with nothing but a token", async () => {
  const env = await webIdentity("ada");
  writeFileSync(join(home, "a.txt"), "a");
  const to = `s3://${aws.bucket}/users/ada/`;
  for (const args of [["cp", "--no-progress", join(home, "a.txt"), to], ["ls", to]]) {
    const { status, stdout, stderr } = await awsCli(["s3", ...args], { env });
    assert.equal(status, 0, stdout + stderr);
  }
  const { stderr } = await awsCli(["s3", "ls", `s3://${aws.bucket}/users/bob/`], { env });
  assert.match(stderr, /AccessDenied/);
});

test("boto3 reads with nothing but a token", async () => {
  await aws.putObject("users/bob/a.txt", "bob's");
  const code = `import boto3, sys
print(boto3.client("s3").get_object(Bucket=sys.argv[1], Key="users/bob/a.txt")["Body"].read().decode())`;
  const { stdout, stderr } = await python(code, [aws.bucket], { env: await webIdentity("bob") });
  assert.equal(stdout.trim(), "bob's", stderr);
});

test("the AWS SDK for JavaScript reads with nothing but a token", async () => {
  const code = `const { Body } = await client.send(new S3.GetObjectCommand({ Bucket: bucket, Key: "users/bob/a.txt" }));
    console.log(await Body.transformToString());`;
  const { stdout, stderr } = await node(code, [aws.bucket], { env: await webIdentity("bob") });
  assert.equal(stdout.trim(), "bob's", stderr);
});

test("the AWS CLI reads every member of the answer, and the duration is kept to", async () => {
  const token = await jwt("ada");
  const args = ["sts", "assume-role-with-web-identity", "--role-arn", "arn:aws:iam::000000000000:role/own"];
  args.push("--role-session-name", "my-session", "--web-identity-token", token, "--duration-seconds", "900", "--output", "json");
  const { stdout, stderr } = await awsCli(args, { env: { ...environment(aws, home), AWS_ENDPOINT_URL_STS: `${worker.url}/sts` } });
  const answer = JSON.parse(stdout || `"${stderr}"`);
  const left = (Date.parse(answer.Credentials.Expiration) - Date.now()) / 1000;
  assert.ok(left > 800 && left <= 901, `${left}`);
  assert.equal(answer.SubjectFromWebIdentityToken, "ada");
  assert.equal(answer.Audience, "app");
  assert.equal(answer.Provider, aws.issuer.url);
  assert.equal(answer.AssumedRoleUser.Arn, "arn:aws:sts::000000000000:assumed-role/own/my-session");
});

test("the AWS CLI shows the worker's errors as those of STS", async () => {
  const call = async (token, role, ...more) => {
    const args = ["sts", "assume-role-with-web-identity", "--role-session-name", "my-session", "--web-identity-token", token];
    const env = { ...environment(aws, home), AWS_ENDPOINT_URL_STS: `${worker.url}/sts`, AWS_MAX_ATTEMPTS: "1" };
    const { status, stderr } = await awsCli([...args, "--role-arn", `arn:aws:iam::000000000000:role/${role}`, ...more], { env });
    assert.notEqual(status, 0);
    return stderr;
  };
  const before = sts.calls;
  const token = await jwt("ada");
  assert.match(await call(await aws.issuer.forgedToken({ sub: "ada", aud: "app" }), "own"), /\(InvalidIdentityToken\)/);
  assert.match(await call(await jwt("ada", { aud: "other" }), "own"), /\(InvalidIdentityToken\)/);
  assert.match(await call(await jwt("ada", { expiresInSecs: -60 }), "own"), /\(ExpiredTokenException\)/);
  assert.match(await call(token, "avatars"), /\(AccessDenied\).*no profile with this name/);
  assert.match(await call(await jwt("*"), "own"), /\(AccessDenied\)/);
  assert.match(await call(token, "own", "--policy", "{}"), /\(ValidationError\).*Policy: is not supported/);
  assert.equal(sts.calls, before);
});

test("what is wrong with a form is said in STS's XML, and STS is not asked", async () => {
  const before = sts.calls;
  const form = await valid();
  const without = (name) => Object.fromEntries(Object.entries(form).filter(([known]) => known !== name));
  for (const [sent, status, code] of [
    [{}, 400, "ValidationError"],
    [without("Action"), 400, "ValidationError"],
    [without("WebIdentityToken"), 400, "ValidationError"],
    [{ ...form, Action: "AssumeRole" }, 400, "InvalidAction"],
    [{ ...form, WebIdentityToken: bearer }, 400, "InvalidIdentityToken"],
    [{ ...form, WebIdentityToken: "a\r\nb" }, 400, "InvalidIdentityToken"],
    [{ ...form, RoleSessionName: "<x>" }, 400, "ValidationError"],
    [{ ...form, RoleArn: "arn:aws:iam::000000000000:user/own" }, 400, "ValidationError"],
    [{ ...form, RoleArn: "arn:aws:iam::000000000000:role/<own>" }, 403, "AccessDenied"],
    [{ ...form, DurationSeconds: "60" }, 400, "ValidationError"],
    [{ ...form, "PolicyArns.member.1.arn": "arn:aws:iam::aws:policy/AdministratorAccess" }, 400, "ValidationError"],
    [{ ...form, WebIdentityToken: "x".repeat(9000) }, 400, "ValidationError"],
    [{ ...form, more: "x".repeat(20_000) }, 413, "ValidationError"],
    [[...Object.entries(form), ["RoleArn", form.RoleArn]], 400, "ValidationError"],
  ]) {
    const answer = await worker.fetch("/sts", { method: "POST", body: new URLSearchParams(sent) });
    const text = await answer.text();
    assert.equal(answer.status, status, text);
    assert.equal(answer.headers.get("content-type"), "text/xml");
    assert.equal(answer.headers.get("cache-control"), "no-store");
    assert.match(text, new RegExp(`^<ErrorResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><Error><Type>Sender</Type><Code>${code}</Code><Message>[^<>]+</Message></Error><RequestId>${answer.headers.get("x-request-id")}</RequestId></ErrorResponse>$`));
  }
  assert.equal(sts.calls, before);
});

test("parameters may be in the query, and the path may end with a slash", async () => {
  const form = await valid();
  assert.equal((await post(form)).status, 200);
  assert.equal((await post({}, `${worker.url}/sts/?${new URLSearchParams(form)}`)).status, 200);
});

test("a signed GetCallerIdentity is told where to go", async () => {
  const env = { ...(await webIdentity("ada")) };
  const { status, stderr } = await awsCli(["sts", "get-caller-identity"], { env });
  assert.notEqual(status, 0);
  assert.match(stderr, /\(InvalidAction\).*only STS itself can tell whose credentials these are/);
});

test("without a profile that has credentials there is no STS", async () => {
  const answer = await other.fetch("/sts", { method: "POST", body: new URLSearchParams(await valid()) });
  assert.equal(answer.status, 404);
});
