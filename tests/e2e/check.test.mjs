// `npm run check`: what it says of a wrangler.toml and a .dev.vars.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { root } from "../../scripts/console.mjs";
import { signingKey } from "../../scripts/keys.mjs";
import { makeFolder, removeFolder } from "./harness.mjs";

const keyHash = "c4bbcb1fbec99d65bf59d85c8cb62ee2db963f0fe106f483d9afa73bd4e39a8a";
let folder;

before(() => (folder = makeFolder("check-")));
after(() => removeFolder(folder));

/** What is printed for these lines of a profile and these secrets, `null` for no file of them, and the exit code. */
function check(profile, secrets = {}, vars = "") {
  const wrangler = `name = "presigner"
compatibility_date = "2026-11-01"
[vars]
AWS_REGION = "eu-central-1"
AWS_ROLE_ARN = "arn:aws:iam::123456789012:role/presigner"
${vars}
[vars.CALLERS.app]
bearerSha256 = ["${keyHash}"]
[vars.PROFILES.avatars]
bucket = "my-bucket"
maxLifetimeSecs = 900
${profile}
[env.staging.vars]
AWS_REGION = "eu-central-1"
`;
  writeFileSync(join(folder, "wrangler.toml"), wrangler);
  const lines = Object.entries(secrets ?? {}).map(([name, value]) => `${name}='${value}'\n`);
  if (secrets) writeFileSync(join(folder, ".dev.vars"), lines.join(""));
  else rmSync(join(folder, ".dev.vars"), { force: true });
  const run = (...more) => {
    const done = spawnSync(process.execPath, [join(root, "scripts", "check.mjs"), "--config", join(folder, "wrangler.toml"), ...more], { encoding: "utf8" });
    const findings = done.stdout.split("\n").filter((line) => /^(error|warning): /.test(line));
    return { status: done.status, findings, text: done.stdout + done.stderr };
  };
  return Object.assign(run(), { staging: () => run("--env", "staging") });
}

const good = `keyPrefix = "users/"
operations = ["getObject", "putObject"]
callers = ["app"]`;

test("a good configuration has no findings", () => {
  const { status, findings, text } = check(good, { CACHE_KEY: randomBytes(32).toString("base64"), LINK_KEY: randomBytes(32).toString("base64") });
  assert.deepEqual(findings, [], text);
  assert.equal(status, 0, text);
});

test("every error is named, and ends with exit code 1", () => {
  const { status, findings } = check(good.replace("getObject", "getObjects").replace('"app"', '"web"'), { CACHE_KEY: "short" });
  assert.equal(status, 1);
  assert.equal(findings.length, 3, findings);
  assert.match(findings.join("\n"), /^error: CACHE_KEY must be 32 random bytes.*\nerror: PROFILES\.avatars\.operations\[0\] .*\nerror: PROFILES\.avatars\.callers\[0\] /);
});

test("places that cannot be right are told, with what to write instead", () => {
  for (const [lines, vars, pattern] of [
    ['endpointUrl = "https://my-bucket.s3.eu-west-1.amazonaws.com"', "", /avatars\.endpointUrl must not name a bucket .*https:\/\/s3\.REGION\.amazonaws\.com/],
    ["", 'AWS_ENDPOINT_URL_S3 = "https://minio.example/my-bucket"', /AWS_ENDPOINT_URL_S3 must not name the bucket in its path/],
    ['region = "RegionOne"', "", /avatars\.region must be a region such as eu-central-1/],
    ['publicUrl = "https://files.example.com/cdn"', "", /avatars\.publicUrl must be an origin/],
    ['corsOrigins = ["https://*.pages.dev"]', "", /avatars\.corsOrigins must have at least three labels/],
  ]) {
    const { status, findings, text } = check(`${good}\n${lines}`, {}, vars);
    assert.equal(status, 1, text);
    assert.equal(findings.length, 1, text);
    assert.match(findings[0], pattern);
  }
});

test("what is allowed but risky is a warning, which fails nothing", () => {
  const zeros = Buffer.alloc(32).toString("base64");
  const risky = `keyPrefix = "users"
endpointUrl = "http://s3.example.com"
operations = ["getObject", "deleteObject", "listObjectsV2"]
callers = ["anyone"]`;
  const { status, findings, text } = check(risky, { CACHE_KEY: zeros, LINK_KEY: zeros }, 'AWS_ENDPOINT_URL_STS = "http://sts.example.com"');
  assert.equal(status, 0, text);
  const expected = [
    /^warning: AWS_ENDPOINT_URL_STS is not encrypted/,
    /^warning: CACHE_KEY is not random/,
    /^warning: LINK_KEY is not random/,
    /^warning: LINK_KEY is the same as CACHE_KEY/,
    /^warning: PROFILES\.avatars\.keyPrefix does not end with a slash/,
    /^warning: PROFILES\.avatars\.operations lets anyone delete objects/,
    /^warning: PROFILES\.avatars\.operations lets anyone list all keys/,
    /^warning: PROFILES\.avatars\.endpointUrl is not encrypted/,
  ];
  assert.equal(findings.length, expected.length, text);
  expected.forEach((pattern, index) => assert.match(findings[index], pattern));
  assert.ok(!text.includes(zeros));
});

test("a worker that is its own issuer is warned of a name that is not its own, and of keys without effect", () => {
  const keys = { OIDC_SIGNING_KEYS: JSON.stringify([signingKey()]) };
  for (const [secrets, vars, status, expected] of [
    [keys, 'OIDC_ISSUER = "https://sign.example.com"', 0, []],
    [keys, 'OIDC_ISSUER = "https://presigner.me.workers.dev"', 0, [/^warning: OIDC_ISSUER is a name that is not yours/]],
    [keys, "", 0, [/^warning: OIDC_SIGNING_KEYS has no effect/]],
    [{}, 'OIDC_ISSUER = "https://sign.example.com"', 1, [/^error: OIDC_SIGNING_KEYS is missing/]],
  ]) {
    const done = check(good, secrets, vars);
    assert.equal(done.status, status, done.text);
    assert.equal(done.findings.length, expected.length, done.text);
    expected.forEach((pattern, index) => assert.match(done.findings[index], pattern));
    assert.ok(!done.text.includes(JSON.parse(keys.OIDC_SIGNING_KEYS)[0].d));
  }
});

test("variables and fields that this version does not know are named", () => {
  const vars = 'AWS_ROLE_NAME = "presigner"\nOIDC_SUBJECT = "without-an-issuer"\nAWS_ROLE_DURATION_SECONDS = 3600';
  const { status, findings, text } = check(`${good}\nexpiresIn = 60`, {}, vars);
  assert.equal(status, 1, text);
  assert.deepEqual(findings.map((line) => line.split(":", 2).join().split(" ", 2).join(" ")), [
    "error, PROFILES.avatars.expiresIn", "warning, AWS_ROLE_NAME", "warning, OIDC_SUBJECT",
  ]);
});

test("no secret is called missing where there is no file of secrets", () => {
  const { status, findings, text } = check(good.replace('["app"]', '["app", "link"]'), null, 'OIDC_ISSUER = "https://sign.example.com"');
  assert.deepEqual(findings, [], text);
  assert.equal(status, 0, text);
  assert.match(text, /no secret was checked/);
});

test("an environment is checked on its own", () => {
  const { status, findings } = check(good).staging();
  assert.equal(status, 1);
  assert.match(findings.join("\n"), /error: PROFILES is missing/);
});
