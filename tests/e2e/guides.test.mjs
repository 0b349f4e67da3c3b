// The code that the guides give in place of an application's own signing, as it stands there, against the worker and a real S3.
import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { pathToFileURL } from "node:url";
import { root } from "../../scripts/console.mjs";
import { blocks } from "./guides/page.mjs";
import { baseVars, bearer, makeFolder, removeFolder, startLocalAws, startWorker } from "./harness.mjs";

let aws;
let folder;
before(async () => {
  folder = makeFolder("guides-");
  aws = await startLocalAws();
});
after(async () => {
  await aws?.stop();
  removeFolder(folder);
});

/** A worker with the profile `avatars` for `keyPrefix`. */
async function withWorker(keyPrefix, fields, on, work) {
  const vars = { ...(await baseVars(on)), AWS_ROLE_DURATION_SECONDS: "7200" };
  Object.assign(vars.PROFILES.avatars, { keyPrefix, maxLifetimeSecs: 3600, ...fields });
  const worker = await startWorker({ vars });
  try {
    await work(worker);
  } finally {
    await worker.stop();
  }
}

/** What the page's function in Python gives for `args`: its output, and what went wrong. */
function python(worker, ...args) {
  const [before, code, ...others] = blocks("from-irsa.md", "python");
  assert.ok(before.includes("boto3") && code.includes("/v1/sign"));
  assert.deepEqual(others, []);
  writeFileSync(join(folder, "pictures.py"), code);
  const call = "import sys, pictures; print(pictures.create_presigned_url(*sys.argv[1:3], *map(int, sys.argv[3:])))";
  const env = { ...process.env, WORKER_URL: worker.url, WORKER_KEY: bearer, PYTHONDONTWRITEBYTECODE: "1" };
  const child = spawn("python3", ["-c", call, ...args], { cwd: folder, env });
  const done = { stdout: "", stderr: "" };
  for (const name of ["stdout", "stderr"]) child[name].setEncoding("utf8").on("data", (text) => (done[name] += text));
  return new Promise((resolve, reject) => child.once("error", reject).once("close", (status) => resolve({ ...done, status })));
}

test("the configuration in the guide from IRSA has no errors", () => {
  const [toml] = blocks("from-irsa.md", "toml");
  const vars = toml.replace("64 hexadecimal digits", "c4bbcb1fbec99d65bf59d85c8cb62ee2db963f0fe106f483d9afa73bd4e39a8a");
  const config = join(folder, "wrangler.toml");
  writeFileSync(config, `name = "presigner"\ncompatibility_date = "2026-11-01"\n[vars]\n${vars}`);
  const { status, stdout, stderr } = spawnSync(process.execPath, [join(root, "scripts", "check.mjs"), "--config", config], { encoding: "utf8" });
  assert.equal(status, 0, stdout + stderr);
});

test("the function in Python of the guide from IRSA gives a URL for the object that lives as long as asked", async () => {
  await aws.putObject("avatars/ada.png", "a picture");
  await withWorker("avatars/", {}, aws, async (worker) => {
    for (const [args, secs] of [[[], "3600"], [["60"], "60"]]) {
      const { status, stdout, stderr } = await python(worker, "avatars", "avatars/ada.png", ...args);
      assert.equal(status, 0, stderr);
      const url = new URL(stdout.trim());
      assert.equal(url.searchParams.get("X-Amz-Expires"), secs);
      assert.equal(await (await fetch(url)).text(), "a picture");
    }
    const refused = await python(worker, "avatars", "others/ada.png");
    assert.notEqual(refused.status, 0);
    assert.match(refused.stderr, /HTTP Error 403/);
  });
});

test("the address in a page of the guide from IRSA shows the picture to anyone", async () => {
  await aws.putObject("avatars/ada.png", "a picture");
  const [html] = blocks("from-irsa.md", "html");
  const path = new URL(html.match(/src="([^"]+)"/)[1]).pathname;
  await withWorker("avatars/", { callers: ["anyone"] }, aws, async (worker) => {
    const answer = await worker.fetch(path);
    assert.equal(await (await fetch(answer.headers.get("location"))).text(), "a picture");
  });
});

test("the function in JavaScript of the guide from static keys signs with the keys, and then with the role", async () => {
  await aws.putObject("users/ada.png", "a picture");
  const code = blocks("from-static-keys.md", "js").at(-1);
  writeFileSync(join(folder, "presign.mjs"), code);
  const { presign } = await import(pathToFileURL(join(folder, "presign.mjs")));
  const keys = { AWS_ACCESS_KEY_ID: aws.keys.accessKeyId, AWS_SECRET_ACCESS_KEY: aws.keys.secretAccessKey };
  process.env.WORKER_KEY = bearer;
  for (const [secrets, isSession] of [[{ ...keys, AWS_WEB_IDENTITY_TOKEN: undefined, AWS_ROLE_ARN: undefined }, false], [{}, true]]) {
    const worker = await startWorker({ vars: { ...(await baseVars(aws)), ...secrets } });
    process.env.WORKER_URL = worker.url;
    const url = new URL(await presign("users/ada.png"));
    assert.equal(url.searchParams.has("X-Amz-Security-Token"), isSession);
    assert.equal(await (await fetch(url)).text(), "a picture");
    await assert.rejects(presign("others/ada.png"), /The URL was refused: .*"status":403/);
    await worker.stop();
  }
});

test("a role that may list and not read: the worker signs, and S3 refuses", async () => {
  const permissions = { Version: "2012-10-17", Statement: [{ Effect: "Allow", Action: ["s3:List*"], Resource: ["arn:aws:s3:::edge-presigner-demo", "arn:aws:s3:::edge-presigner-demo/*"] }] };
  const other = await startLocalAws({ permissions });
  try {
    await other.putObject("avatars/ada.png", "a picture");
    await withWorker("avatars/", {}, other, async (worker) => {
      const { stdout } = await python(worker, "avatars", "avatars/ada.png");
      const answer = await fetch(stdout.trim());
      assert.equal(answer.status, 403);
      assert.match(await answer.text(), /AccessDenied/);
    });
  } finally {
    await other.stop();
  }
});

test("a token with another subject or audience than the trust policy has: the worker says so in the guide's words", async () => {
  // tests/docs/guides.rs holds that the page has the whole text.
  const said = "the role does not allow the token: check that it exists, and that its trust policy allows sts:AssumeRoleWithWebIdentity";
  assert.ok(readFileSync(join(root, "docs", "from-irsa.md"), "utf8").includes(said));
  for (const trusted of [{ subject: "system:serviceaccount:other:other" }, { subject: "sts.amazonaws.com" }]) {
    const other = await startLocalAws(trusted);
    try {
      await withWorker("avatars/", {}, other, async (worker) => {
        const answer = await worker.fetch("/v1/sign", { key: bearer, json: { profile: "avatars", operation: "getObject", key: "avatars/ada.png" } });
        const { detail } = await answer.json();
        assert.ok(detail.includes(said), detail);
      });
    } finally {
      await other.stop();
    }
  }
});
