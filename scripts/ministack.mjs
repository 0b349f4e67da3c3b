// MiniStack: S3, STS and IAM on one port. It takes browser forms with session credentials, which SeaweedFS does not,
// and is strict about signatures, keys and CORS; but it takes any token, so it is never the only judge.
import { existsSync } from "node:fs";
import { AwsClient } from "aws4fetch";
import { Stop } from "./console.mjs";
import { roleActions } from "./local-aws.mjs";
import { startServer } from "./servers.mjs";
import { testPython } from "./setup.mjs";

const account = "123456789012";
// Whoever has these keys owns the account.
const root = { accessKeyId: "test", secretAccessKey: "test", retries: 0 };

/**
 * Starts MiniStack and resolves to what `startLocalAws` does too: `endpoint`, `region`, `bucket`, `roleArn`, `owner`,
 * `s3(method, key, init)`, `putObject(key, bytes, contentType)` and `stop()`. The role may be assumed with a token of `issuer` for
 * `audience` and `subject`; `actions` are what it may do in `bucket`, unless there is a policy, `permissions`.
 */
export async function startMiniStack({
  issuer,
  bucket = "edge-presigner-demo",
  subject = "edge-presigner",
  audience = "sts.amazonaws.com",
  actions = roleActions,
  permissions,
}) {
  if (!existsSync(testPython)) throw new Stop("MiniStack is not installed: run `npm run setup`.");
  const region = "us-east-1";
  const owner = new AwsClient({ ...root, service: "s3", region });
  const { endpoint, stop } = await startServer({
    name: "MiniStack",
    ports: 1,
    launch: (folder, [port]) => ({
      command: testPython,
      args: ["-m", "ministack"],
      env: {
        AUTH: "true",
        BIND_HOST: "127.0.0.1",
        GATEWAY_PORT: String(port),
        SERVICES: "s3,iam,sts,cloudformation",
        MINISTACK_ACCOUNT_ID: account,
        TMPDIR: folder,
      },
    }),
    ask: (endpoint) => owner.fetch(`${endpoint}/`),
  });

  const s3 = (method, key, init = {}) =>
    owner.fetch(`${endpoint}/${bucket}/${key.split("/").map(encodeURIComponent).join("/")}`, { method, ...init });
  try {
    await succeed(owner.fetch(`${endpoint}/${bucket}`, { method: "PUT" }));
    await createRole({ endpoint, region, issuer, bucket, subject, audience, actions, permissions });
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    endpoint,
    region,
    bucket,
    roleArn: `arn:aws:iam::${account}:role/edge-presigner`,
    issuer,
    owner,
    s3,
    putObject: (key, bytes, contentType = "application/octet-stream") =>
      succeed(s3("PUT", key, { body: bytes, headers: { "content-type": contentType } })),
    stop,
  };
}

async function createRole({ endpoint, region, issuer, bucket, subject, audience, actions, permissions }) {
  const client = new AwsClient({ ...root, service: "iam", region });
  const headers = { "content-type": "application/x-www-form-urlencoded" };
  const iam = (Action, parameters) => {
    const body = new URLSearchParams({ Action, Version: "2010-05-08", ...parameters }).toString();
    return succeed(client.fetch(endpoint, { method: "POST", headers, body }));
  };
  const document = (Statement) => JSON.stringify({ Version: "2012-10-17", Statement: [Statement] });
  const RoleName = "edge-presigner";
  const provider = new URL(issuer.url).host;
  await iam("CreateOpenIDConnectProvider", { Url: issuer.url, "ClientIDList.member.1": audience });
  await iam("CreateRole", {
    RoleName,
    MaxSessionDuration: "43200",
    AssumeRolePolicyDocument: document({
      Effect: "Allow",
      Principal: { Federated: `arn:aws:iam::${account}:oidc-provider/${provider}` },
      Action: "sts:AssumeRoleWithWebIdentity",
      Condition: { StringEquals: { [`${provider}:aud`]: audience, [`${provider}:sub`]: subject } },
    }),
  });
  await iam("PutRolePolicy", {
    RoleName,
    PolicyName: "objects",
    PolicyDocument: permissions ? JSON.stringify(permissions) : document({ Effect: "Allow", Action: actions, Resource: `arn:aws:s3:::${bucket}/*` }),
  });
}

async function succeed(asked) {
  const answer = await asked;
  const text = await answer.text();
  if (!answer.ok) throw new Error(`MiniStack answered ${answer.status} for ${answer.url}: ${text}`);
}
