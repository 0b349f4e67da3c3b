// What is compared: this worker, the same job in JavaScript, and workers that do less.
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { gzipSync } from "node:zlib";
import { AwsClient } from "aws4fetch";
import { build } from "esbuild";
import { root } from "../console.mjs";
import { compile } from "../wasm.mjs";

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
const ray = "8f3a1c2b4d5e6f70-FRA";
const headers = { authorization: `Bearer ${bearer}`, "cf-ray": ray };

/** What is asked for. */
export const one = { profile: "avatars", operation: "getObject", key };
const signed = { method: "GET", headers: {}, profile: "avatars", key, expiresIn: 300 };
const answered = { "cache-control": "no-store", "x-content-type-options": "nosniff", "x-request-id": ray };

function post(path, body) {
  const sent = { ...headers, "content-type": "application/json" };
  return { path, method: "POST", headers: sent, body: JSON.stringify(body), status: 200, answered: { ...answered, "content-type": "application/json" } };
}

/**
 * What every subject is asked, by its name in the table: `count` URLs, which `results` takes out of an answer with the headers
 * `answered`, each with what is said about it.
 */
export const requests = {
  "GET /o/…": {
    ...{ path: `/o/avatars/${key}`, method: "GET", headers, status: 302, answered: { ...answered, "referrer-policy": "no-referrer" } },
    ...{ count: 1, results: ({ headers: { location: url } }) => [{ url, ...signed }] },
  },
  "POST /v1/sign": { ...post("/v1/sign", one), count: 1, results: ({ body }) => [JSON.parse(body)] },
  "POST /v1/sign/batch": {
    ...post("/v1/sign/batch", { items: Array(100).fill(one) }),
    ...{ count: 100, results: ({ body }) => JSON.parse(body).items },
  },
};

/** The simplest request that is answered. */
const health = { path: "/healthz", method: "GET", headers, status: 200, answered: { ...answered, "content-type": "application/json" }, count: 1 };

/** What is said about each URL, but for the URL and when it ends. */
export const saidOfUrl = signed;

/** Where it lies. */
export const place = { region, bucket: profiles.avatars.bucket };

/** The host and path that every URL must have. */
export const objectUrl = `https://${place.bucket}.s3.${region}.amazonaws.com/${key}`;

/**
 * The subjects in the order of the table, as `{ name, modules, bindings, raw, gzip }`, the sizes in bytes. Those that do not log,
 * that sign nothing, that are in some `tables` only or have `requests` of their own say so. `sts` is where this worker gets its session;
 * `folder` takes what is built of the others.
 */
export async function makeSubjects(sts, folder) {
  const built = (name) => join(root, "build", name);
  const modules = [built("index.js"), built("index_bg.wasm")];
  const common = { AWS_REGION: region, CALLERS: { app: { bearerSha256: [keySha256] } }, PROFILES: profiles };
  const withSts = {
    ...common,
    AWS_ROLE_ARN: "arn:aws:iam::123456789012:role/edge-presigner",
    AWS_ROLE_DURATION_SECONDS: "43200",
    AWS_ENDPOINT_URL_STS: sts.endpoint,
    AWS_WEB_IDENTITY_TOKEN: unsignedToken(),
  };
  const { accessKeyId, secretAccessKey, sessionToken } = credentials;
  const withKey = { ...common, AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey, AWS_SESSION_TOKEN: sessionToken };
  const silent = { logs: false };
  const empty = { ...silent, signs: false, status: 204, bindings: {} };
  const url = await presigned();
  const inJavaScript = async (name, file, { logs = true, ...others } = {}) => {
    const bindings = { REGION: region, CREDENTIALS: credentials, KEY_SHA256: keySha256, PROFILES: profiles, URL: url, LOG: logs };
    return { name, modules: [await bundle(file, folder)], bindings, logs, ...others };
  };
  const subjects = [
    await inJavaScript("empty worker", "empty.mjs", empty),
    { name: "empty worker, workers-rs", modules: await compileEmpty(folder), ...empty },
    { name: "empty worker, with the module", modules: [await bundle("empty.mjs", folder), built("index_bg.wasm")], ...empty, tables: ["parts"] },
    await inJavaScript("fixed answer, no log", "fixed.mjs", { ...silent, signs: false }),
    await inJavaScript("fixed answer", "fixed.mjs", { signs: false }),
    { name: "signs only", modules: await compilePresign("signs-only", folder), bindings: { REGION: region, BUCKET: place.bucket, CREDENTIALS: credentials } },
    { name: "edge-presigner, /healthz", modules, bindings: withKey, signs: false, requests: { "GET /o/…": health }, tables: ["steady"] },
    { name: "edge-presigner, no log", modules, bindings: { ...withKey, LOG_REQUESTS: "none" }, ...silent },
    { name: "edge-presigner", modules, bindings: withKey },
    { name: "edge-presigner with STS", modules, bindings: withSts },
    { name: "edge-presigner, not ahead", modules: await compileNotAhead(folder), bindings: withKey, tables: ["parts"] },
    await inJavaScript("by hand", "by-hand.mjs"),
    await inJavaScript("by hand, plainly", "by-hand-plain.mjs"),
    await inJavaScript("aws4fetch, no log", "aws4fetch.mjs", silent),
    await inJavaScript("aws4fetch", "aws4fetch.mjs"),
    await inJavaScript("AWS SDK", "aws-sdk.mjs"),
  ];
  return subjects.map((subject) => ({ logs: true, signs: true, tables: ["steady", "sums", "parts"], ...subject, ...sizes(subject.modules) }));
}

function compileEmpty(folder) {
  const linked = join("examples", "workers_rs.wasm");
  return compileWorker("workers-rs", folder, { target: ["--example", "workers-rs"], linked, name: "workers-rs", wasm: "workers-rs_bg.wasm" });
}

/** Compiles presigning alone for the worker called `worker` into `folder`; resolves to the paths of its modules. */
export function compilePresign(worker, folder) {
  const target = ["--example", "presign", "--no-default-features"];
  return compileWorker(worker, folder, { target, linked: join("examples", "presign.wasm"), name: "presign", wasm: "presign_bg.wasm" });
}

function compileNotAhead(folder) {
  const name = "edge-presigner";
  return compileWorker("not-ahead", folder, { target: ["--lib"], linked: "edge_presigner.wasm", name, wasm: "not-ahead_bg.wasm", restarts: true });
}

// As edge-presigner is compiled.
async function compileWorker(worker, folder, { wasm, ...how }) {
  const entry = join(root, "scripts", "bench", "workers", `${worker}.mjs`);
  const js = `${worker}.js`;
  await compile({ entry, folder, js, wasm, restarts: false, ...how });
  return [join(folder, js), join(folder, wasm)];
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
