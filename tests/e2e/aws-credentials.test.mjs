// GET /v1/credentials/{profile} with the clients that it is for, at a real S3 that enforces session policies.
import assert from "node:assert/strict";
import { chmodSync, readFileSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { AwsClient } from "aws4fetch";
import { awsCli, environment, node, python, rclone } from "./clients/aws.mjs";
import { blocks } from "./guides/page.mjs";
import { baseVars, bearer, makeFolder, removeFolder, startLocalAws, startProxy, startWorker } from "./harness.mjs";
import { keepSession } from "./secrecy.mjs";

const page = "clients/aws-cli-and-sdks.md";
const operations = [
  ...["getObject", "headObject", "putObject", "deleteObject", "listObjectsV2", "credentials"],
  ...["createMultipartUpload", "uploadPart", "completeMultipartUpload", "abortMultipartUpload", "listParts"],
];

let aws;
let sts;
let worker;
let home;
before(async () => {
  home = makeFolder("credentials-");
  aws = await startLocalAws();
  sts = await startProxy(aws);
  const base = await baseVars(aws, sts);
  const profile = (keyPrefix, operations, callers) => ({ bucket: aws.bucket, keyPrefix, operations, callers, maxLifetimeSecs: 300 });
  worker = await startWorker({
    vars: {
      ...base,
      LOG_REQUESTS: "all",
      CALLERS: { ...base.CALLERS, web: { jwt: { issuer: aws.issuer.url, audience: "app" } } },
      PROFILES: {
        avatars: base.PROFILES.avatars,
        reports: profile("reports/", operations, ["app"]),
        own: profile("users/{sub}/", operations, ["web"]),
        reading: profile("reports/", ["getObject", "listObjectsV2", "credentials"], ["app"]),
      },
    },
  });
});
after(async () => {
  await worker?.stop();
  await sts?.stop();
  await aws?.stop();
  removeFolder(home);
});

const token = (sub) => aws.issuer.token({ sub, aud: "app" });

/** The answer for `profile`, past the watch of the harness: this one is meant to have secrets. */
const answerFor = (profile, key = bearer, init) =>
  fetch(`${worker.url}/v1/credentials/${profile}`, { headers: { authorization: `Bearer ${key}` }, ...init });

async function credentialsFor(profile, key) {
  const answer = await answerFor(profile, key);
  assert.equal(answer.status, 200, await answer.clone().text());
  assert.equal(answer.headers.get("cache-control"), "no-store");
  const json = await answer.json();
  keepSession({ secretAccessKey: json.SecretAccessKey, sessionToken: json.Token });
  return json;
}

/** The environment of a client that asks the worker for the credentials of `profile`. */
const container = (profile, key = bearer) => ({
  ...environment(aws, home),
  AWS_CONTAINER_CREDENTIALS_FULL_URI: `${worker.url}/v1/credentials/${profile}`,
  AWS_CONTAINER_AUTHORIZATION_TOKEN: `Bearer ${key}`,
});

/** The statuses that S3 answers with to requests with these credentials. */
function attempts({ AccessKeyId, SecretAccessKey, Token }) {
  const keys = { accessKeyId: AccessKeyId, secretAccessKey: SecretAccessKey, sessionToken: Token };
  const client = new AwsClient({ ...keys, service: "s3", region: aws.region, retries: 0 });
  const send = async (path, init) => {
    const answer = await client.fetch(`${aws.endpoint}/${path}`, init);
    await answer.arrayBuffer();
    return answer.status;
  };
  const object = (method) => (key, body) => send(`${aws.bucket}/${key.split("/").map(encodeURIComponent).join("/")}`, { method, body });
  return { get: object("GET"), put: object("PUT"), remove: object("DELETE"), list: (query) => send(`${aws.bucket}?list-type=2${query}`), send };
}

const asked = () => worker.logs.filter((line) => line.includes('"operation":"credentials"'));

test("the answer is right for containers and for processes, and lasts for more than 15 minutes", async () => {
  const json = await credentialsFor("reports");
  assert.deepEqual(Object.keys(json).sort(), ["AccessKeyId", "Expiration", "SecretAccessKey", "SessionToken", "Token", "Version"]);
  assert.equal(json.Version, 1);
  assert.equal(json.Token, json.SessionToken);
  assert.match(json.Expiration, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
  assert.ok(Date.parse(json.Expiration) - Date.now() > 50 * 60_000);
});

test("the second request needs no call to STS, and many at once need one", async () => {
  const before = sts.calls;
  const key = await token("many");
  const all = await Promise.all(Array.from({ length: 8 }, () => credentialsFor("own", key)));
  assert.equal(new Set(all.map((it) => it.AccessKeyId)).size, 1);
  await credentialsFor("own", await token("many"));
  assert.equal(sts.calls, before + 1);
  await credentialsFor("own", await token("another"));
  assert.equal(sts.calls, before + 2);
});

test("S3 does what the profile opens to the caller, and nothing else", async () => {
  await aws.putObject("users/bob/a.txt", "bob's");
  await aws.putObject("users/ada/a.txt", "ada's");
  await aws.putObject("secret.txt", "of nobody");
  const ada = attempts(await credentialsFor("own", await token("ada")));
  assert.equal(await ada.get("users/ada/a.txt"), 200);
  assert.equal(await ada.put("users/ada/b.txt", "b"), 200);
  assert.equal(await ada.list("&prefix=users/ada/"), 200);
  assert.ok([200, 204].includes(await ada.remove("users/ada/b.txt")));
  for (const key of ["users/bob/a.txt", "users/adam/a.txt", "users/ad", "secret.txt", "reports/x"]) {
    assert.equal(await ada.get(key), 403, key);
    assert.equal(await ada.put(key, "mine"), 403, key);
    assert.equal(await ada.remove(key), 403, key);
  }
  for (const query of ["", "&prefix=users/", "&prefix=users/bob/", "&prefix=users/ad"]) assert.equal(await ada.list(query), 403, query);
  for (const path of [`${aws.bucket}?policy`, `${aws.bucket}?acl`, "another-bucket/users/ada/a.txt"]) {
    const status = await ada.send(path);
    assert.ok(status >= 400, `${status} for /${path}`);
  }
});

test("S3 refuses operations that the profile does not have", async () => {
  await aws.putObject("reports/2026.csv", "a,b\n1,2\n");
  const reader = attempts(await credentialsFor("reading"));
  assert.equal(await reader.get("reports/2026.csv"), 200);
  assert.equal(await reader.list("&prefix=reports/"), 200);
  assert.equal(await reader.put("reports/2026.csv", "x"), 403);
  assert.equal(await reader.remove("reports/2026.csv"), 403);
});

test("claims that mean something in a policy get no credentials, and STS is not asked", async () => {
  const before = sts.calls;
  for (const sub of ["*", "b*", "?ob", "${aws:username}", "${*}", "${s3:prefix}", "$", "日本", "..", "a/b"]) {
    const answer = await answerFor("own", await token(sub));
    assert.equal(answer.status, 403, sub);
    assert.equal((await answer.json()).Code, "AccessDenied");
  }
  assert.equal(sts.calls, before);
});

test("claims with other special characters open what they say, and no more", async () => {
  for (const sub of ["a b", "it's", 'say "hi"', "auth0|5", "x,y;z", "[ab]", "über", "a+b@example.com"]) {
    const its = attempts(await credentialsFor("own", await token(sub)));
    assert.equal(await its.get("users/bob/a.txt"), 403, sub);
    assert.equal(await its.list("&prefix=users/"), 403, sub);
  }
  for (const sub of ["auth0|5", "system:serviceaccount:shop:web"]) {
    const its = attempts(await credentialsFor("own", await token(sub)));
    assert.equal(await its.put(`users/${sub}/a.txt`, "x"), 200, sub);
  }
});

test("who has no right to credentials costs STS nothing", async () => {
  const before = sts.calls;
  for (const [profile, key, status, code] of [
    ["avatars", bearer, 403, "AccessDenied"],
    ["none", bearer, 403, "AccessDenied"],
    ["own", bearer, 403, "AccessDenied"],
    ["reports", "wrong", 401, "InvalidIdentityToken"],
    ["own", await aws.issuer.forgedToken({ sub: "ada", aud: "app" }), 401, "InvalidIdentityToken"],
  ]) {
    const answer = await answerFor(profile, key);
    assert.equal(answer.status, status, profile);
    const problem = await answer.json();
    assert.equal(problem.Code, code);
    assert.equal(problem.Message, problem.detail);
    assert.equal(problem.status, status);
  }
  const anonymous = await fetch(`${worker.url}/v1/credentials/reports`);
  assert.equal(anonymous.status, 401);
  assert.equal((await anonymous.json()).Code, "MissingAuthenticationToken");
  assert.equal(sts.calls, before);
});

test("the AWS CLI uploads, lists, downloads and deletes, with parts too", async () => {
  const env = container("reports");
  const big = join(home, "big");
  writeFileSync(big, Buffer.alloc(20 * 1024 * 1024, 7));
  const to = `s3://${aws.bucket}/reports/cli`;
  for (const args of [["cp", "--no-progress", big, to], ["ls", to], ["cp", "--no-progress", to, `${big}.back`], ["rm", to]]) {
    const { status, stdout, stderr } = await awsCli(["s3", ...args], { env });
    assert.equal(status, 0, stdout + stderr);
  }
  assert.deepEqual(readFileSync(`${big}.back`), readFileSync(big));
  const { status, stderr } = await awsCli(["s3", "cp", big, `s3://${aws.bucket}/other`], { env });
  assert.notEqual(status, 0);
  assert.match(stderr, /AccessDenied/);
});

test("the AWS CLI takes what the page's credential_process prints", async () => {
  const [script] = blocks(page, "sh").filter((code) => code.startsWith("#!"));
  const [config] = blocks(page, "ini");
  const program = join(home, "edge-credentials");
  writeFileSync(program, script);
  chmodSync(program, 0o755);
  writeFileSync(join(home, "config"), config.replace("/usr/local/bin/edge-credentials", program));
  const env = {
    ...environment(aws, home), AWS_CONFIG_FILE: join(home, "config"), AWS_PROFILE: "reports",
    WORKER_URL: worker.url, WORKER_KEY: bearer,
  };
  const { status, stdout, stderr } = await awsCli(["s3", "ls", `s3://${aws.bucket}/reports/`], { env });
  assert.equal(status, 0, stdout + stderr);
  assert.match(stdout, /2026\.csv/);
});

test("boto3 uploads and reads, and asks once for many requests", async () => {
  const before = asked().length;
  const code = `
import boto3, sys
bucket = boto3.resource("s3").Bucket(sys.argv[1])
for n in range(5):
    bucket.put_object(Key=f"reports/boto3/{n}", Body=b"x" * n)
print([len(it.get()["Body"].read()) for it in bucket.objects.filter(Prefix="reports/boto3/")])`;
  const { stdout, stderr } = await python(code, [aws.bucket], { env: container("reports") });
  assert.equal(stdout.trim(), "[0, 1, 2, 3, 4]", stderr);
  assert.equal(asked().length, before + 1);
});

test("the AWS SDK for JavaScript uploads and reads", async () => {
  const code = `
    const Key = "reports/js";
    await client.send(new S3.PutObjectCommand({ Bucket: bucket, Key, Body: "from js" }));
    const { Body } = await client.send(new S3.GetObjectCommand({ Bucket: bucket, Key }));
    console.log(await Body.transformToString());`;
  const { stdout, stderr } = await node(code, [aws.bucket], { env: container("reports") });
  assert.equal(stdout.trim(), "from js", stderr);
});

test("rclone uploads, lists and downloads", async () => {
  const env = container("reports");
  writeFileSync(join(home, "local"), "from rclone");
  const to = `s3:${aws.bucket}/reports/rclone`;
  const copied = await rclone(aws, ["copyto", join(home, "local"), to], { env });
  assert.equal(copied.status, 0, copied.stderr);
  const { stdout, stderr } = await rclone(aws, ["cat", to], { env });
  assert.equal(stdout, "from rclone", stderr);
  const refused = await rclone(aws, ["--retries", "1", "cat", `s3:${aws.bucket}/secret.txt`], { env });
  assert.notEqual(refused.status, 0);
});

test("DuckDB reads s3:// as the page says", async () => {
  const [sql] = blocks(page, "sql");
  const code = `
import sys, os, duckdb, duckdb_extension_aws, duckdb_extension_httpfs
connection = duckdb.connect(config={"home_directory": os.environ["HOME"]})
for package, name in ((duckdb_extension_httpfs, "httpfs"), (duckdb_extension_aws, "aws")):
    folder = os.path.join(os.path.dirname(package.__file__), "extensions", "v" + duckdb.__version__)
    connection.execute(f"LOAD '{folder}/{name}.duckdb_extension'")
for statement in sys.argv[1].split(";"):
    if statement.strip() and not statement.strip().startswith(("INSTALL", "LOAD")):
        result = connection.execute(statement)
print(result.fetchall())`;
  const local = `USE_SSL false, URL_STYLE 'path', ENDPOINT '${new URL(aws.endpoint).host}'`;
  const adapted = sql.replace("s3://my-bucket/", `s3://${aws.bucket}/`).replace("REFRESH auto", `REFRESH auto, ${local}`);
  const { stdout, stderr } = await python(code, [adapted], { env: container("reading") });
  assert.equal(stdout.trim(), "[(1, 2)]", stderr);
});

test("clients show the worker's own reason", async () => {
  const reason = /no profile with this name allows this caller/;
  const cli = await awsCli(["s3", "ls", `s3://${aws.bucket}`], { env: container("avatars") });
  assert.match(cli.stderr, reason);
  const js = await node(`
    const { fromHttp } = await import("@aws-sdk/credential-provider-http");
    await fromHttp({ maxRetries: 0 })().catch(({ Code, Message }) => console.log(Code, Message));`, [], { env: container("avatars") });
  assert.match(js.stdout, /^AccessDenied /);
  assert.match(js.stdout, reason);
});

test("what a client did not wait for is there when it asks again", async () => {
  const before = sts.calls;
  const key = await token("impatient");
  sts.delay(1500);
  try {
    const { hostname, port } = new URL(worker.url);
    const socket = connect(port, hostname);
    socket.on("error", () => {});
    socket.write(`GET /v1/credentials/own HTTP/1.1\r\nHost: ${hostname}:${port}\r\nAuthorization: Bearer ${key}\r\n\r\n`);
    while (sts.calls === before) await delay(20);
    socket.resetAndDestroy();
    await credentialsFor("own", key);
    assert.equal(sts.calls, before + 1);
  } finally {
    sts.delay(0);
  }
});

test("the log says who got credentials for what", async () => {
  await credentialsFor("own", await token("logged"));
  const line = worker.logs.map((it) => JSON.parse(it)).findLast((it) => it.event === "credentialsVended");
  assert.match(line.detail, /^credentials until \S+Z: profile own, caller web@[0-9a-f]{16}, by AssumeRoleWithWebIdentity$/);
  const request = JSON.parse(asked().at(-1));
  assert.deepEqual([request.caller, request.profile, request.outcome], ["web", "own", "ok"]);
  assert.ok(line.detail.includes(request.subject));
  const exchange = new URLSearchParams(sts.requests.at(-1).body);
  assert.equal(exchange.get("RoleSessionName"), `web@${request.subject}`);
});
