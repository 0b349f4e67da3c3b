// What is compared: this worker, the same job in JavaScript with two libraries, and a worker that does nothing.
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { gzipSync } from "node:zlib";
import { AwsClient } from "aws4fetch";
import { build } from "esbuild";
import { root } from "../console.mjs";

const region = "eu-central-1";
const bearer = "a-bearer-key-for-the-benchmark-only";
const keySha256 = createHash("sha256").update(bearer).digest("hex");

/** What signs: keys as long as AWS's, and a session token of 700 characters, as STS gives them. */
export const credentials = {
  accessKeyId: "ASIAIOSFODNN7EXAMPLE",
  secretAccessKey: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
  sessionToken: createHash("shake256", { outputLength: 525 }).update("session token").digest("base64"),
};

const profiles = {
  avatars: {
    bucket: "edge-presigner-demo",
    keyPrefix: "users/",
    operations: ["getObject", "headObject", "putObject"],
    maxLifetimeSecs: 900,
    callers: ["app"],
  },
};
const key = "users/ada.png";
// With what Cloudflare's edge adds to a request, as far as this worker looks at it.
const headers = { authorization: `Bearer ${bearer}`, "cf-ray": "8f3a1c2b4d5e6f70-FRA" };
const post = (path, body) => ({ path, method: "POST", headers: { ...headers, "content-type": "application/json" }, body: JSON.stringify(body) });

/** What is asked for. */
export const one = { profile: "avatars", operation: "getObject", key };

/** What every subject is asked, by its name in the table; `urls` takes the `count` URLs out of an answer. */
export const requests = {
  "GET /o/…": { path: `/o/avatars/${key}`, method: "GET", headers, status: 302, count: 1, urls: ({ headers }) => [headers.location] },
  "POST /v1/sign": { ...post("/v1/sign", one), status: 200, count: 1, urls: ({ body }) => [JSON.parse(body).url] },
  "POST /v1/sign/batch, each of 100": {
    ...post("/v1/sign/batch", { items: Array(100).fill(one) }),
    status: 200,
    count: 100,
    urls: ({ body }) => JSON.parse(body).items.map(({ url }) => url),
  },
};

/** Where it lies. */
export const place = { region, bucket: profiles.avatars.bucket };

/** The host and path that every URL must have. */
export const objectUrl = `https://${place.bucket}.s3.${region}.amazonaws.com/${key}`;

/**
 * The subjects in the order of the table, as `{ name, modules, bindings, raw, gzip }`, the sizes in bytes. `sts` is
 * where this worker gets its session; `folder` takes what esbuild makes of the others.
 */
export async function makeSubjects(sts, folder) {
  const built = (name) => join(root, "build", name);
  const edgePresigner = {
    name: "edge-presigner",
    modules: [built("index.js"), built("index_bg.wasm")],
    bindings: {
      AWS_REGION: region,
      AWS_ROLE_ARN: "arn:aws:iam::123456789012:role/edge-presigner",
      AWS_ROLE_DURATION_SECONDS: "43200",
      AWS_ENDPOINT_URL_STS: sts.endpoint,
      AWS_WEB_IDENTITY_TOKEN: unsignedToken(),
      CALLERS: { app: { bearerSha256: [keySha256] } },
      PROFILES: profiles,
    },
  };
  const silent = { ...edgePresigner, name: "… LOG_REQUESTS=none", bindings: { ...edgePresigner.bindings, LOG_REQUESTS: "none" } };
  const url = await presigned();
  const bindings = { REGION: region, CREDENTIALS: credentials, KEY_SHA256: keySha256, PROFILES: profiles, URL: url };
  const inJavaScript = async (name, file) => ({ name, modules: [await bundle(file, folder)], bindings });
  const subjects = [
    { ...(await inJavaScript("empty worker", "empty.mjs")), signsNothing: true, status: 204 },
    { ...(await inJavaScript("fixed answer", "fixed.mjs")), signsNothing: true },
    edgePresigner,
    silent,
    await inJavaScript("by hand, with a log", "by-hand.mjs"),
    await inJavaScript("aws4fetch", "aws4fetch.mjs"),
    await inJavaScript("AWS SDK", "aws-sdk.mjs"),
  ];
  return subjects.map((subject) => ({ ...subject, ...sizes(subject.modules) }));
}

// A URL as long as those of the others.
async function presigned() {
  const client = new AwsClient({ ...credentials, service: "s3", region });
  return (await client.sign(`${objectUrl}?X-Amz-Expires=300`, { aws: { signQuery: true } })).url;
}

// As wrangler bundles a worker for deployment.
async function bundle(file, folder) {
  const outfile = join(folder, basename(file));
  await build({
    entryPoints: [join(root, "scripts", "bench", "workers", file)],
    outfile,
    bundle: true,
    minify: true,
    format: "esm",
    target: "es2024",
    conditions: ["workerd", "worker", "browser"],
    logLevel: "error",
  });
  return outfile;
}

function sizes(modules) {
  const files = modules.map((path) => readFileSync(path));
  const sum = (size) => files.reduce((total, bytes) => total + size(bytes), 0);
  return { raw: sum((bytes) => bytes.length), gzip: sum((bytes) => gzipSync(bytes).length) };
}

// The worker looks at `exp` only: signatures are STS's business.
function unsignedToken() {
  const part = (value) => Buffer.from(JSON.stringify(value)).toString("base64url");
  return `${part({ alg: "RS256" })}.${part({ iss: "https://issuer.example", sub: "bench", aud: "bench", exp: Math.floor(Date.now() / 1000) + 12 * 3600 })}.c2lnbmF0dXJl`;
}
