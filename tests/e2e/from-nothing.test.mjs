// docs/from-nothing.md, executed: all its `sh` blocks, in order and as they stand there, in one shell and in a fresh copy of this repository.
//
// What is replaced, because it needs the outside:
// - The one line of the page that says where the worker is: on loopback it has no https.
// - `wrangler` is the real one for what it reads and uploads, by `deploy --dry-run`; what it would deploy runs in workerd, with the endpoints
//   of AWS's servers replaced. `npm ci` finds the packages that are installed here.
// - `aws` is the real AWS CLI, and MiniStack is AWS for it. Its IAM asks an issuer nothing, and its STS believes any token, so the provider is
//   looked for as IAM does it, and the role is moved to SeaweedFS, which grants and refuses.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { cpSync, existsSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { AwsClient } from "aws4fetch";
import { root } from "../../scripts/console.mjs";
import { startSeaweedFs } from "../../scripts/seaweedfs.mjs";
import { testPython } from "../../scripts/setup.mjs";
import { blocks } from "./guides/page.mjs";
import { makeFolder, removeFolder, startMiniStack, startProxy, startWorker } from "./harness.mjs";

// Always the same, so that what cargo compiles there is found the next time.
const copy = join(root, "target", "from-nothing");
const awsCli = (args, options) => run(testPython, ["-m", "awscli", ...args], { ...options, env: { ...awsEnv(), ...options?.env } });
const wranglerCli = join(root, "node_modules", ".bin", "wrangler");
// The host name of the worker, whatever is deployed; and AWS, once there is a role.
const deployed = { endpoint: undefined };
const cloud = { endpoint: undefined };

let folder;
let ministack;
let seaweed;
let worker;
let front;
let aws;
let standIn;
const secrets = {};
const called = [];

before(async () => {
  for (const tool of [testPython, wranglerCli]) assert.ok(existsSync(tool), `${tool} is missing: run \`npm run setup\``);
  folder = makeFolder("from-nothing-");
  ministack = await startMiniStack({ issuer: { url: "https://unused.example" } });
  front = await startProxy(deployed, { isWorker: true });
  aws = await startProxy(cloud);
  standIn = await listen();
  for (const program of ["aws", "npx", "npm"]) {
    const line = `exec ${process.execPath} ${join(root, "tests", "e2e", "guides", "stand-in.mjs")} ${program} "$@"`;
    // npm runs the scripts of the copy itself.
    const own = program === "npm" ? `[ "$1" = ci ] || PATH=\${PATH#*:} exec npm "$@"\n` : "";
    writeFileSync(join(folder, program), `#!/bin/sh\n${own}${line}\n`, { mode: 0o755 });
  }
  rmSync(copy, { recursive: true, force: true });
  // What is built is found to be current.
  const own = readdirSync(root).filter((name) => !/^(node_modules|target|\.git|\.wrangler|\.dev\.vars.*|keys.*\.json.*)$/.test(name));
  for (const name of own) cpSync(join(root, name), join(copy, name), { recursive: true, preserveTimestamps: true });
});

after(async () => {
  await worker?.stop();
  await Promise.all([standIn?.stop(), front?.stop(), aws?.stop(), seaweed?.stop(), ministack?.stop()]);
  rmSync(copy, { recursive: true, force: true });
  removeFolder(folder);
});

/** The server that the stand-ins ask. */
async function listen() {
  const server = createServer(async (request, response) => {
    const { program, args, folder: cwd, region } = JSON.parse(Buffer.concat(await request.toArray()));
    called.push([program, ...args.slice(0, 3)].join(" "));
    const answer = await standIns[program](args, cwd, region).catch((error) => ({ status: 1, stdout: "", stderr: `${error.stack}\n` }));
    response.end(JSON.stringify(answer));
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  return { url: `http://127.0.0.1:${server.address().port}`, stop: () => new Promise((resolve) => server.close(resolve)) };
}

/** Runs a program to its end. */
function run(command, args, { input, ...options } = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { ...options, env: { ...process.env, ...options.env } });
    const done = { stdout: "", stderr: "" };
    for (const name of ["stdout", "stderr"]) child[name].setEncoding("utf8").on("data", (text) => (done[name] += text));
    child.once("error", reject).once("close", (status) => resolve({ ...done, status }));
    child.stdin.end(input);
  });
}

const ok = { status: 0, stdout: "", stderr: "" };

const standIns = {
  async npm(args, cwd) {
    assert.deepEqual(args, ["ci"]);
    symlinkSync(join(root, "node_modules"), join(cwd, "node_modules"));
    return ok;
  },

  async npx([program, ...args], cwd) {
    assert.equal(program, "wrangler");
    const command = args.join(" ");
    if (command === "login") return ok;
    if (command === "secret bulk keys.json") {
      Object.assign(secrets, JSON.parse(readFileSync(join(cwd, "keys.json"), "utf8")));
      await deploy(cwd);
      return ok;
    }
    assert.equal(command, "deploy");
    const env = { WRANGLER_SEND_METRICS: "false", WRANGLER_LOG_PATH: folder };
    const done = await run(wranglerCli, ["deploy", "--dry-run", "--outdir", join(folder, "out")], { cwd, env });
    if (done.status === 0) await deploy(cwd);
    return done;
  },

  async aws(args, cwd, region) {
    const [service, command] = args;
    if (command === "create-open-id-connect-provider") await fetchLikeIam(args[args.indexOf("--url") + 1]);
    const done = await awsCli(args, { cwd, env: { AWS_DEFAULT_REGION: region } });
    if (done.status === 0 && service === "iam" && command === "put-role-policy") await moveRole(args);
    return done;
  },
};

function awsEnv() {
  const none = join(folder, "none");
  return {
    AWS_ENDPOINT_URL: ministack.endpoint, AWS_ACCESS_KEY_ID: "test", AWS_SECRET_ACCESS_KEY: "test", AWS_SESSION_TOKEN: "",
    AWS_CONFIG_FILE: none, AWS_SHARED_CREDENTIALS_FILE: none, AWS_EC2_METADATA_DISABLED: "true", AWS_PAGER: "", AWS_DEFAULT_REGION: "us-east-1",
  };
}

/** Runs what `cwd` has, with the variables of its wrangler.toml and the secrets that were set. */
async function deploy(cwd) {
  const { unstable_getMiniflareWorkerOptions: read } = await import("wrangler");
  const { bindings } = read(join(cwd, "wrangler.toml")).workerOptions;
  await worker?.stop();
  worker = await startWorker({ vars: { ...bindings, ...secrets, AWS_ENDPOINT_URL: aws.endpoint } });
  deployed.endpoint = worker.url;
}

/** https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_providers_create_oidc.html: IAM reads the issuer's documents. */
async function fetchLikeIam(issuer) {
  const read = async (url) => {
    const answer = await fetch(url);
    assert.equal(answer.status, 200, `${url}: ${await answer.clone().text()}`);
    return answer.json();
  };
  const metadata = await read(`${issuer}/.well-known/openid-configuration`);
  assert.equal(metadata.issuer, issuer);
  assert.ok((await read(metadata.jwks_uri)).keys.length > 0);
}

/** Starts SeaweedFS with the role as MiniStack's IAM has it, in the words of its own configuration. */
async function moveRole(args) {
  const ask = async (...command) => JSON.parse((await awsCli(command)).stdout);
  const named = ["--role-name", args[args.indexOf("--role-name") + 1], "--output", "json"];
  const { Role } = await ask("iam", "get-role", ...named);
  const { PolicyDocument } = await ask("iam", "get-role-policy", "--policy-name", args[args.indexOf("--policy-name") + 1], ...named);
  const buckets = (await ask("s3api", "list-buckets", "--output", "json")).Buckets.map(({ Name }) => Name);
  const bucket = buckets.find((name) => JSON.stringify(PolicyDocument).includes(`:::${name}/`));
  const [trust] = Role.AssumeRolePolicyDocument.Statement;
  // AWS has providers with https alone, whose ARNs have no scheme.
  const arn = trust.Principal.Federated.replace("http://", "");
  const provider = await ask("iam", "get-open-id-connect-provider", "--open-id-connect-provider-arn", arn, "--output", "json");
  const conditions = Object.entries(trust.Condition.StringEquals).map(([key, value]) => [`oidc:${key.split(":").at(-1)}`, value]);
  // It does not know this key.
  const statements = PolicyDocument.Statement.map(({ Condition, ...others }) => {
    assert.deepEqual(Object.keys(Condition.StringEquals), ["aws:ResourceAccount"]);
    return others;
  });
  const document = (Statement) => ({ Version: "2012-10-17", Statement });
  const iam = {
    sts: { issuer: "local", accountId: "123456789012", signingKey: Buffer.alloc(32, 7).toString("base64"), tokenDuration: "1h", maxSessionLength: "12h" },
    providers: [{ name: "own", type: "oidc", enabled: true, config: { issuer: front.endpoint, clientIds: provider.ClientIDList } }],
    policy: { defaultEffect: "Deny" },
    roles: [{
      roleName: Role.RoleName, roleArn: Role.Arn, maxSessionDuration: Role.MaxSessionDuration, attachedPolicies: ["objects"],
      trustPolicy: document([{ ...trust, Principal: { Federated: "own" }, Condition: { StringEquals: Object.fromEntries(conditions) } }]),
    }],
    policies: [{ name: "objects", document: document(statements) }],
  };
  const owner = new AwsClient({ accessKeyId: "owner", secretAccessKey: "a-key-of-the-owner", service: "s3", region: "us-east-1", retries: 0 });
  seaweed = await startSeaweedFs({ bucket, owner, iam });
  cloud.endpoint = seaweed.endpoint;
}

test("every line of the guide does what the guide says", async () => {
  const place = "WORKER=https://$HOST";
  const script = blocks("from-nothing.md", "sh").join("\n");
  assert.equal(script.split(place).length, 2, "the page says once where the worker is");
  const input = script.replace(place, `WORKER=${front.endpoint}`);
  const env = {
    PATH: `${folder}:${process.env.PATH}`, STAND_IN: standIn.url, CARGO_TARGET_DIR: join(root, "target"),
    AWS_REGION: "", AWS_ROLE_ARN: "", WRANGLER_SEND_METRICS: "false",
  };
  const { status, stdout, stderr } = await run("sh", ["-eux"], { cwd: copy, env, input });
  assert.equal(status, 0, `${stdout}\n${stderr}`);

  // What the page says about single lines.
  assert.match(stdout, /^No errors/m);
  assert.match(stdout, new RegExp(`^\\{"issuer":"${front.endpoint}"`, "m"));
  const [, url, object] = stdout.match(/^(http\S+X-Amz-Signature=\S+)\n(.*)$/m);
  assert.equal(object, "It works.");
  assert.equal(new URL(url).origin, aws.endpoint);
  assert.equal((await fetch(url.replace(/.$/, (last) => (last === "0" ? "1" : "0")))).status, 403, "S3 has looked at the signature");

  // One session, for a token that the worker signed.
  assert.equal(aws.calls, 1);
  const { WebIdentityToken } = Object.fromEntries(new URLSearchParams(aws.requests.find(({ body }) => body.includes("WebIdentityToken")).body));
  assert.equal(JSON.parse(Buffer.from(WebIdentityToken.split(".")[1], "base64url")).iss, front.endpoint);
  assert.ok(worker.logs.some((line) => line.includes("sessionGranted") && line.includes("token: issuer")));
  assert.deepEqual(called, [
    ...["aws sts get-caller-identity --query", "npm ci", "npx wrangler login", "npx wrangler deploy", "npx wrangler secret bulk"],
    ...["aws s3 mb s3://my-bucket", "aws iam create-open-id-connect-provider --url", "aws iam create-role --path"],
    ...["aws iam put-role-policy --role-name", "aws s3api put-bucket-policy --region"],
  ]);
});
