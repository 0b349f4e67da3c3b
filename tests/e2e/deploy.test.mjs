// deploy/, and what `npm run check -- --iam` prints: held against cfn-lint, Kubernetes' schemas and AWS's service authorization reference, and deployed to
// MiniStack, whose CloudFormation and IAM say what came out. The policies of the profiles themselves are held in tests/iam.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { root } from "../../scripts/console.mjs";
import { deployPython } from "../../scripts/setup.mjs";
import { makeFolder, removeFolder, startIssuer, startMiniStack } from "./harness.mjs";

const account = "123456789012";
const origin = "https://app.example.com";
const template = join(root, "deploy", "cloudformation", "edge-presigner.yaml");
const trust = ["--issuer", "https://issuer.example.com/tenant", "--audience", "sts.amazonaws.com,other", "--subject", "edge-presigner"];
let folder;

before(() => {
  assert.ok(existsSync(deployPython), "the linters are not installed: run `npm run setup`");
  folder = makeFolder("deploy-");
});
after(() => removeFolder(folder));

const wrangler = (profiles) => `name = "presigner"
compatibility_date = "2026-11-01"
[vars]
AWS_REGION = "us-east-1"
AWS_ROLE_ARN = "arn:aws:iam::${account}:role/apps/presigner"
CALLERS = ${JSON.stringify(JSON.stringify({ app: { bearerSha256: ["c4bbcb1fbec99d65bf59d85c8cb62ee2db963f0fe106f483d9afa73bd4e39a8a"] } }))}
PROFILES = ${JSON.stringify(JSON.stringify(profiles))}
`;

const profile = (fields) => ({ bucket: "examples", callers: ["app"], maxLifetimeSecs: 900, ...fields });
const multipart = ["createMultipartUpload", "uploadPart", "listParts", "completeMultipartUpload", "abortMultipartUpload"];
const examples = {
  avatars: profile({ keyPrefix: "users/", operations: ["getObject", "headObject", "putObject"], corsOrigins: [origin], windowSecs: 300 }),
  inbox: profile({ keyPrefix: "in/", keyTemplate: "in/raw/{uuid}-{filename}", operations: ["putObject", ...multipart], headers: ["x-amz-tagging"] }),
  odd: profile({ keyPrefix: "odd*?$/", operations: ["getObject", "deleteObject", "listObjectsV2"], versions: true }),
};

/** What `npm run check -- --iam` prints for `profiles`. */
function iam(profiles, format, ...more) {
  writeFileSync(join(folder, "wrangler.toml"), wrangler(profiles));
  const args = [join(root, "scripts", "check.mjs"), "--config", join(folder, "wrangler.toml"), "--iam", "--format", format, ...more];
  return spawnSync(process.execPath, args, { encoding: "utf8" });
}

function printed(profiles, format, ...more) {
  const { status, stdout, stderr } = iam(profiles, format, ...more);
  assert.equal(status, 0, stderr);
  return format === "cli" ? stdout : JSON.parse(stdout);
}

function python(args, input) {
  const { status, stdout, stderr } = spawnSync(deployPython, args, { cwd: root, encoding: "utf8", input: input === undefined ? "" : JSON.stringify(input) });
  return { status, text: stdout + stderr, stdout };
}

/** What a policy says, in an order of its own and without the ways to write the same: one line for each action on a resource. */
function meaning({ Statement }) {
  const of = ({ Effect, Principal, Action, Resource = [""], Condition = {} }) => {
    const listed = Condition.StringLike?.["s3:prefix"] ?? [undefined];
    return [Action].flat().flatMap((action) => [Resource].flat().flatMap((resource) => listed.map((prefix) => {
      const others = Object.entries({ ...Condition, StringLike: undefined }).filter(([, keys]) => keys);
      const conditions = others.map(([operator, keys]) => `${operator} ${Object.entries(keys).map(([key, values]) => `${key} ${[values].flat().sort()}`).sort()}`);
      return [Effect, JSON.stringify(Principal), action, resource, prefix, ...conditions.sort()].join(" ");
    })));
  };
  return [Statement].flat().flatMap(of).sort();
}

const cfnLint = ["-c", "import cfnlint.runner; cfnlint.runner.main()", "--include-checks", "I", "W", "--"];

const yaml = (path) => JSON.parse(python(["-c", "import json, sys, yaml; print(json.dumps(list(yaml.safe_load_all(open(sys.argv[1])))))", path]).stdout);

test("cfn-lint finds nothing in the template", () => {
  const { status, text } = python([...cfnLint, template]);
  assert.equal(status, 0, text);
});

test("cfn-lint and AWS's service authorization reference find nothing in the policies", () => {
  const everything = profile({
    keyPrefix: "", operations: ["getObject", "headObject", "putObject", "deleteObject", "listObjectsV2", ...multipart], versions: true,
    headers: [
      ...["x-amz-acl", "x-amz-tagging", "x-amz-object-lock-mode", "x-amz-object-lock-retain-until-date"],
      ...["x-amz-object-lock-legal-hold", "x-amz-bypass-governance-retention"],
    ],
  });
  const point = { ...everything, bucket: `arn:aws:s3:us-east-1:${account}:accesspoint/point` };
  const { roles, buckets } = printed({ ...examples, everything, point }, "json", ...trust, "--network", "192.0.2.0/24");
  const { text } = python([join("tests", "e2e", "deploy", "reference.py")], [...roles.map((it) => it.permissionPolicy), ...buckets.map((it) => it.policy)]);
  assert.equal(text, "");

  const [role] = roles;
  const [points, ofBucket] = [buckets.filter((it) => it.bucket.startsWith("arn:")), buckets.filter((it) => !it.bucket.startsWith("arn:"))];
  assert.deepEqual([points.length, ofBucket.length], [1, 1]);
  const Resources = {
    Role: {
      Type: "AWS::IAM::Role",
      Properties: { AssumeRolePolicyDocument: role.trustPolicy, Policies: [{ PolicyName: "objects", PolicyDocument: role.permissionPolicy }] },
    },
    Policy: { Type: "AWS::S3::BucketPolicy", Properties: { Bucket: "examples", PolicyDocument: ofBucket[0].policy } },
    Point: { Type: "AWS::S3::AccessPoint", Properties: { Bucket: "examples", Policy: points[0].policy } },
  };
  const path = join(folder, "policies.json");
  writeFileSync(path, JSON.stringify({ AWSTemplateFormatVersion: "2010-09-09", Resources }, null, 2));
  const linted = python([...cfnLint, path]);
  assert.equal(linted.status, 0, linted.text);
});

test("the reference check finds wrong actions, resources and condition keys", () => {
  const statement = (Action, Resource, Condition = {}) => ({ Statement: [{ Action: [Action], Resource: [Resource], Condition }] });
  const { stdout } = python([join("tests", "e2e", "deploy", "reference.py")], [
    statement("s3:HeadObject", "arn:aws:s3:::examples/*"),
    statement("s3:GetObject", "arn:aws:s3:::examples"),
    statement("s3:GetObject", "arn:aws:s3:::examples/*", { StringLike: { "s3:prefix": ["a"] } }),
  ]);
  assert.deepEqual(stdout.trim().split("\n"), [
    "s3:HeadObject does not exist",
    "s3:GetObject does not act on arn:aws:s3:::examples",
    "s3:GetObject does not know s3:prefix",
  ]);
});

test("the Terraform module has the policies that the profiles need", () => {
  const [expected, variables] = ["json", "terraform"].map((format) => printed(examples, format, ...trust, "--network", "192.0.2.0/24"));
  const module = (name) => join(root, "deploy", "terraform", name);
  const { status, text, stdout } = python([join("tests", "e2e", "deploy", "terraform.py")], {
    files: [module("variables.tf"), module("policies.tf")],
    variables,
    locals: { partition: "aws", account },
    wanted: ["trust_policy", "permission_policy", "bucket_policy"],
  });
  assert.equal(status, 0, text);
  const rendered = JSON.parse(stdout);
  assert.deepEqual(meaning(rendered.trust_policy), meaning(expected.roles[0].trustPolicy));
  assert.deepEqual(meaning(rendered.permission_policy), meaning(expected.roles[0].permissionPolicy));
  assert.deepEqual(meaning(rendered.bucket_policy), meaning(expected.buckets[0].policy));
  // Every file parses, and no variable is missing or has another name.
  const declared = python(["-c", "import hcl2, json, sys; print(json.dumps([hcl2.loads(open(p).read()) for p in sys.argv[1:]]))", ...["main", "outputs", "policies", "variables", "versions"].map((it) => module(`${it}.tf`))]);
  assert.equal(declared.status, 0, declared.text);
  const names = JSON.parse(declared.stdout).flatMap((it) => it.variable ?? []).flatMap((it) => Object.keys(it)).map((it) => it.replaceAll('"', ""));
  assert.deepEqual(Object.keys(variables).filter((name) => !names.includes(name)), []);
});

test("what does not fit into one stack is refused, and an alias and a wrong configuration too", () => {
  const two = { ...examples, other: profile({ bucket: "others", keyPrefix: "", operations: ["getObject"] }) };
  assert.match(iam(two, "cloudformation").stderr, /one role and one bucket/);
  assert.match(iam({ comma: profile({ keyPrefix: "a,b/", operations: ["getObject", "putObject"] }), other: examples.avatars }, "cloudformation").stderr, /comma/);
  assert.match(iam({ alias: profile({ bucket: "point-hrzrlukc5m36ft7okagglf3gmwluquse1b-s3alias", keyPrefix: "", operations: ["getObject"] }) }, "cli").stderr, /alias of an access point/);
  assert.match(iam({ wrong: profile({ keyPrefix: "", operations: ["getObjects"] }) }, "cli").stderr, /PROFILES\.wrong\.operations\[0\]/);
});

test("the lines for the AWS CLI are whole commands for a shell, with the same documents", () => {
  const lines = printed({ ...examples, quoted: profile({ keyPrefix: "it's/", operations: ["getObject"] }) }, "cli", ...trust);
  const expected = printed({ ...examples, quoted: profile({ keyPrefix: "it's/", operations: ["getObject"] }) }, "json", ...trust);
  // A program called aws that prints its arguments stands for the CLI.
  writeFileSync(join(folder, "aws"), `#!${process.execPath}\nconsole.log(JSON.stringify(process.argv.slice(2)));\n`, { mode: 0o755 });
  const ran = spawnSync("sh", ["-eu"], { input: lines, encoding: "utf8", env: { PATH: `${folder}:${process.env.PATH}` } });
  assert.equal(ran.status, 0, ran.stderr);
  const commands = ran.stdout.trim().split("\n").map((line) => JSON.parse(line));
  const argument = (command, name) => command[command.indexOf(name) + 1];
  assert.deepEqual(commands.map(([service, command]) => `${service} ${command}`), [
    ...["iam create-open-id-connect-provider", "iam create-role", "iam put-role-policy"],
    ...["s3api put-bucket-policy", "s3api put-bucket-cors"],
  ]);
  const [provider, role, permissions, policy, cors] = commands;
  assert.deepEqual(provider.slice(2), ["--url", "https://issuer.example.com/tenant", "--client-id-list", "sts.amazonaws.com", "other"]);
  assert.deepEqual(["--path", "--role-name"].map((name) => argument(role, name)), ["/apps/", "presigner"]);
  assert.deepEqual(JSON.parse(argument(role, "--assume-role-policy-document")), expected.roles[0].trustPolicy);
  assert.deepEqual(JSON.parse(argument(permissions, "--policy-document")), expected.roles[0].permissionPolicy);
  assert.deepEqual(JSON.parse(argument(policy, "--policy")), expected.buckets[0].policy);
  assert.deepEqual(JSON.parse(argument(cors, "--cors-configuration")), expected.buckets[0].cors);
});

test("the trust is that of the settings, or else of the bound token, where no other is given", () => {
  const jwt = (claims) => `e30.${Buffer.from(JSON.stringify({ iss: "https://i.example.com", sub: "s", ...claims })).toString("base64url")}.c2ln`;
  writeFileSync(join(folder, ".dev.vars"), `AWS_WEB_IDENTITY_TOKEN="${jwt({ exp: 1, aud: "old" })},${jwt({ exp: 2, aud: ["a", "b"] })}"\n`);
  const condition = (setup) => setup.roles[0].trustPolicy.Statement[0].Condition.StringEquals;
  assert.deepEqual(condition(printed(examples, "json")), { "i.example.com:aud": ["a", "b"], "i.example.com:sub": ["s"] });
  // https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_iam-condition-keys.html: azp, where it is set, is the key aud.
  writeFileSync(join(folder, ".dev.vars"), `AWS_WEB_IDENTITY_TOKEN="${jwt({ exp: 2, aud: "a", azp: "z" })}"\n`);
  assert.deepEqual(condition(printed(examples, "json")), { "i.example.com:aud": ["z"], "i.example.com:sub": ["s"] });
  const pushed = { PUSHED_TOKEN_ISSUER: "https://p.example.com", PUSHED_TOKEN_SUBJECT: "pod", CACHE_KEY: Buffer.alloc(32, 7).toString("base64") };
  const lines = Object.entries({ AWS_WEB_IDENTITY_TOKEN: jwt({ exp: 2, aud: "a" }), ...pushed }).map(([name, value]) => `${name}="${value}"\n`);
  writeFileSync(join(folder, ".dev.vars"), lines.join(""));
  assert.deepEqual(condition(printed(examples, "json")), { "p.example.com:aud": ["sts.amazonaws.com"], "p.example.com:sub": ["pod"] });
  removeFolder(join(folder, ".dev.vars"));
  assert.equal(printed(examples, "json").roles[0].trustPolicy, undefined);
});

test("the manifests fit Kubernetes' schemas, and the pod has no more than it needs", () => {
  const path = (name) => join(root, "deploy", "kubernetes", name);
  const { status, text } = python(["-m", "kubernetes_validate", "--strict", path("deployment.yaml")]);
  assert.equal(status, 0, text);
  const [, serviceAccount, deployment] = yaml(path("deployment.yaml"));
  const { spec } = deployment.spec.template;
  const [container, ...others] = spec.containers;
  assert.deepEqual(others, []);
  assert.deepEqual([serviceAccount.automountServiceAccountToken, spec.automountServiceAccountToken], [false, false]);
  // https://kubernetes.io/docs/concepts/security/pod-security-standards/#restricted
  assert.deepEqual([spec.securityContext.runAsNonRoot, spec.securityContext.seccompProfile.type], [true, "RuntimeDefault"]);
  assert.deepEqual(container.securityContext, { allowPrivilegeEscalation: false, readOnlyRootFilesystem: true, capabilities: { drop: ["ALL"] } });
  assert.match(container.image, /:\d+\.\d+\.\d+$/);
  const token = spec.volumes.find((it) => it.projected).projected.sources[0].serviceAccountToken;
  assert.equal(token.audience, "sts.amazonaws.com");
  assert.ok(token.expirationSeconds >= 3600 && token.expirationSeconds <= 86400);
  const [kustomization] = yaml(path("kustomization.yaml"));
  for (const name of [...kustomization.resources, ...kustomization.configMapGenerator.flatMap((it) => it.files ?? [])]) assert.ok(existsSync(path(name)), name);
  const maps = kustomization.configMapGenerator.map((it) => it.name);
  assert.deepEqual([container.envFrom[0].configMapRef.name, spec.volumes.find((it) => it.configMap).configMap.name], maps);
  assert.ok(container.command.at(-1).endsWith("/push-token.sh"));
});

test("a stack of the template has the policies that the profiles need, and its bucket lets their pages in and no others", async () => {
  const issuer = await startIssuer();
  const aws = await startMiniStack({ issuer });
  try {
    const [expected, parameters] = ["json", "cloudformation"].map((format) => printed(examples, format, ...trust, "--network", "192.0.2.0/24"));
    const call = async (service, Version, Action, values) => {
      const body = new URLSearchParams({ Action, Version, ...values }).toString();
      const headers = { "content-type": "application/x-www-form-urlencoded" };
      const answer = await aws.owner.fetch(aws.endpoint, { method: "POST", headers, body, aws: { service } });
      const text = await answer.text();
      assert.equal(answer.status, 200, text);
      return (name) => text.match(new RegExp(`<${name}>([^]*?)</${name}>`))?.[1];
    };
    const cloudFormation = (...request) => call("cloudformation", "2010-05-15", ...request);
    // It has no OIDC providers in stacks, so the stack gets one that is there.
    const ProviderArn = `arn:aws:iam::${account}:oidc-provider/issuer.example.com/tenant`;
    const given = [...parameters, { ParameterKey: "ProviderArn", ParameterValue: ProviderArn }];
    await cloudFormation("CreateStack", {
      StackName: "presigner",
      TemplateBody: readFileSync(template, "utf8"),
      "Capabilities.member.1": "CAPABILITY_NAMED_IAM",
      ...Object.fromEntries(given.flatMap(({ ParameterKey, ParameterValue }, index) => [
        [`Parameters.member.${index + 1}.ParameterKey`, ParameterKey],
        [`Parameters.member.${index + 1}.ParameterValue`, ParameterValue],
      ])),
    });
    let status;
    for (let tries = 0; tries < 100 && !/_(COMPLETE|FAILED)$/.test(status); tries++) {
      status = (await cloudFormation("DescribeStacks", { StackName: "presigner" }))("StackStatus");
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    assert.equal(status, "CREATE_COMPLETE");

    const ask = (...request) => call("iam", "2010-05-08", ...request);
    const read = (text) => JSON.parse(decodeURIComponent(text.replaceAll("&quot;", '"').replaceAll("&amp;", "&")));
    const role = await ask("GetRole", { RoleName: "presigner" });
    assert.equal(role("Arn"), expected.roles[0].roleArn);
    assert.deepEqual(meaning(read(role("AssumeRolePolicyDocument"))), meaning(expected.roles[0].trustPolicy));
    const policy = await ask("GetRolePolicy", { RoleName: "presigner", PolicyName: "edge-presigner" });
    assert.deepEqual(meaning(read(policy("PolicyDocument"))), meaning(expected.roles[0].permissionPolicy));
    const guardrails = await aws.owner.fetch(`${aws.endpoint}/examples?policy`);
    assert.deepEqual(meaning(await guardrails.json()), meaning(expected.buckets[0].policy));

    const preflight = async (from, method, headers, key = "users/ada.png") => {
      const answer = await fetch(`${aws.endpoint}/examples/${key}`, {
        method: "OPTIONS",
        headers: { origin: from, "access-control-request-method": method, "access-control-request-headers": headers },
      });
      await answer.arrayBuffer();
      return answer.status;
    };
    assert.equal(await preflight(origin, "PUT", "content-type,x-amz-meta-name,x-amz-checksum-sha256,if-none-match"), 200);
    assert.equal(await preflight(origin, "GET", "range"), 200);
    assert.equal(await preflight(origin, "DELETE", ""), 403, "no profile with this origin deletes");
    assert.equal(await preflight(origin, "PUT", "x-amz-acl"), 403, "no profile opens this header");
    assert.equal(await preflight("https://other.example.com", "GET", "range"), 403);
  } finally {
    await aws.stop();
    await issuer.stop();
  }
});
