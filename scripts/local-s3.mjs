// S3 and STS on loopback: SeaweedFS, with a role for the tokens of given issuers.
import { createHash, randomBytes } from "node:crypto";
import { AwsClient } from "aws4fetch";
import { startSeaweedFs } from "./seaweedfs.mjs";

const account = "123456789012";
const role = "edge-presigner";

/** What the role may do with objects. */
export const roleActions = [
  "s3:GetObject",
  "s3:PutObject",
  "s3:DeleteObject",
  "s3:AbortMultipartUpload",
  "s3:ListMultipartUploadParts",
];

/**
 * Starts SeaweedFS and resolves to what a test or a developer needs:
 *
 * - `endpoint`: the URL of S3 and STS; `region`, `bucket`, `roleArn`; `keys`: the bucket owner's;
 * - `sts(parameters)`: posts a form to STS;
 * - `owner`: the aws4fetch client of the bucket's owner; `s3(method, key, init)`: its request to an object;
 *   `putObject(key, bytes, contentType)`;
 * - `stop()`: ends it and removes the data.
 *
 * The role may be assumed with a token of one of `issuers`, which are URLs, for `audience` and `subject`, and may read, write
 * and delete objects in `bucket` and list them, and nothing else, or what the policy `permissions` says. No session lives
 * longer than `maxSessionLength`. An issuer's keys are fetched again only for a token with an unknown key.
 */
export async function startLocalS3({
  issuers,
  bucket = "edge-presigner-demo",
  subject = "edge-presigner",
  audience = "sts.amazonaws.com",
  maxSessionLength = "12h",
  permissions,
  port,
}) {
  const region = "us-east-1";
  const keys = { accessKeyId: randomBytes(10).toString("hex"), secretAccessKey: randomBytes(20).toString("hex") };
  const owner = new AwsClient({ ...keys, service: "s3", region, retries: 0 });
  const roleArn = `arn:aws:iam::${account}:role/${role}`;
  const iam = iamConfig({ bucket, subject, audience, maxSessionLength, permissions, roleArn, issuers });
  const { endpoint, stop } = await startSeaweedFs({ bucket, owner, iam, port });
  const s3 = (method, key, init = {}) =>
    owner.fetch(`${endpoint}/${bucket}/${key.split("/").map(encodeURIComponent).join("/")}`, { method, ...init });
  return {
    endpoint,
    region,
    bucket,
    roleArn,
    keys,
    owner,
    s3,
    sts: (parameters) => fetch(endpoint, { method: "POST", body: new URLSearchParams(parameters) }),
    async putObject(key, bytes, contentType = "application/octet-stream") {
      const answer = await s3("PUT", key, { body: bytes, headers: { "content-type": contentType } });
      if (!answer.ok) throw new Error(`PUT ${key} was answered ${answer.status}: ${await answer.text()}`);
    },
    stop,
  };
}

function iamConfig({ bucket, subject, audience, maxSessionLength, permissions, roleArn, issuers }) {
  const document = (...Statement) => ({ Version: "2012-10-17", Statement });
  return {
    sts: {
      issuer: "edge-presigner-local",
      accountId: account,
      signingKey: randomBytes(32).toString("base64"),
      tokenDuration: "1h",
      maxSessionLength,
    },
    providers: issuers.map((issuer, n) => ({
      name: `provider-${n}`,
      type: "oidc",
      enabled: true,
      config: { issuer, clientIds: [audience] },
    })),
    policy: { defaultEffect: "Deny" },
    roles: [
      {
        roleName: role,
        roleArn,
        maxSessionDuration: 43200,
        trustPolicy: document(
          ...issuers.map((_, n) => ({
            Effect: "Allow",
            Principal: { Federated: `provider-${n}` },
            Action: ["sts:AssumeRoleWithWebIdentity"],
            Condition: { StringEquals: { "oidc:aud": audience, "oidc:sub": subject } },
          })),
        ),
        attachedPolicies: ["objects"],
      },
    ],
    policies: [
      {
        name: "objects",
        document: permissions ?? document(
          { Effect: "Allow", Action: roleActions, Resource: [`arn:aws:s3:::${bucket}/*`] },
          { Effect: "Allow", Action: ["s3:ListBucket"], Resource: [`arn:aws:s3:::${bucket}`] },
        ),
      },
    ],
  };
}

/** The worker's configuration for `aws`: the profile `avatars`, open to the caller `app` with the key `bearer`. */
export function workerConfig(aws, bearer) {
  return {
    AWS_REGION: aws.region,
    AWS_ROLE_ARN: aws.roleArn,
    CALLERS: { app: { bearerSha256: [createHash("sha256").update(bearer).digest("hex")] } },
    PROFILES: {
      avatars: {
        bucket: aws.bucket,
        keyPrefix: "users/",
        operations: [
          ...["getObject", "headObject", "putObject", "deleteObject"],
          ...["createMultipartUpload", "uploadPart", "listParts", "completeMultipartUpload", "abortMultipartUpload"],
        ],
        maxLifetimeSecs: 900,
        callers: ["app"],
      },
    },
  };
}
