// Receipts of uploads: what S3 has, signed by the worker, verified by the code in docs/clients/upload-receipts.md, and of no use anywhere else.
import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { createHash, randomBytes } from "node:crypto";
import { readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { pathToFileURL } from "node:url";
import { gzipSync } from "node:zlib";
import { SignJWT, UnsecuredJWT, decodeJwt, decodeProtectedHeader, importJWK } from "jose";
import { root } from "../../scripts/console.mjs";
import { keyId, signingKey } from "../../scripts/keys.mjs";
import { testPython } from "../../scripts/setup.mjs";
import { expectProblem, sign } from "./answers.mjs";
import { blocks } from "./guides/page.mjs";
import {
  baseVars, bearer, makeFolder, removeFolder, startIssuer, startLocalAws, startMiniStack, startProxy, startWorker, trustedClaims,
} from "./harness.mjs";
import { policyOf } from "./policy.mjs";

const PAGE = "clients/upload-receipts.md";
const page = readFileSync(join(root, "docs", PAGE), "utf8");
const AUDIENCE = "https://api.example.com";
const MIB = 1024 * 1024;
const key = signingKey();

/** What is at the issuer's URL. */
const deployed = { endpoint: undefined };

let front, folder, verifyInJavaScript;
before(async () => {
  front = await startProxy(deployed);
  folder = makeFolder("receipts-");
  symlinkSync(join(root, "node_modules"), join(folder, "node_modules"));
  const [python, ...morePython] = blocks(PAGE, "python");
  const [js, ...moreJs] = blocks(PAGE, "js");
  assert.deepEqual([morePython, moreJs], [[], []]);
  writeFileSync(join(folder, "receipts.py"), python);
  writeFileSync(join(folder, "receipts.mjs"), js);
  Object.assign(process.env, { OIDC_ISSUER: front.endpoint, RECEIPT_AUDIENCE: AUDIENCE });
  ({ verifyReceipt: verifyInJavaScript } = await import(pathToFileURL(join(folder, "receipts.mjs"))));
});
after(async () => {
  await front?.stop();
  removeFolder(folder);
});

/** The claims that the page's function in Python returns for each of `receipts`, or the name of the error that it raises. */
function verifyInPython(receipts) {
  const call = `import json, sys, receipts
def verified(receipt):
    try: return receipts.verify_receipt(receipt)
    except receipts.jwt.PyJWTError as error: return type(error).__name__
print(json.dumps([verified(receipt) for receipt in json.load(sys.stdin)]))`;
  const env = { ...process.env, PYTHONDONTWRITEBYTECODE: "1" };
  const child = spawn(testPython, ["-c", call], { cwd: folder, env, stdio: ["pipe", "pipe", "inherit"] });
  child.stdin.end(JSON.stringify(receipts));
  let stdout = "";
  child.stdout.setEncoding("utf8").on("data", (text) => (stdout += text));
  return new Promise((resolve, reject) => child.once("error", reject).once("close", () => resolve(JSON.parse(stdout))));
}

/** The claims of `receipt`, once the code in both languages has accepted it. */
async function verified(receipt) {
  const claims = await verifyInJavaScript(receipt);
  assert.deepEqual(await verifyInPython([receipt]), [claims]);
  return claims;
}

const plain = {
  bucket: "edge-presigner-demo", keyPrefix: "users/", callers: ["app"], maxLifetimeSecs: 900,
  operations: ["headObject", "putObject", "createMultipartUpload", "uploadPart", "completeMultipartUpload"],
};
const avatars = { ...plain, callers: ["app", "link"], receiptAudience: AUDIENCE };
const PROFILES = {
  avatars,
  plain,
  writers: { ...plain, operations: ["putObject"] },
  versioned: { ...avatars, versions: true },
  open: { ...avatars, keyPrefix: "open/", callers: ["anyone"] },
};
const secrets = { OIDC_SIGNING_KEYS: JSON.stringify([key]), LINK_KEY: randomBytes(32).toString("base64") };

/** What the role of these profiles needs, and nothing else. */
const permissions = () => policyOf(PROFILES, { OIDC_ISSUER: front.endpoint }, secrets);

/** A worker at the issuer's URL. */
async function startReceipts(aws, changes = {}) {
  const vars = { ...(await baseVars(aws)), ...secrets, OIDC_ISSUER: front.endpoint, PROFILES };
  const worker = await startWorker({ vars: { ...vars, ...changes } });
  deployed.endpoint = worker.url;
  return worker;
}

const ask = (worker, asked, key = bearer) =>
  worker.fetch("/v1/uploads/confirm", { json: { profile: "avatars", ...asked }, ...(key && { key }) });

/** The receipt for what is asked. */
async function confirm(worker, asked, key) {
  const answer = await ask(worker, asked, key);
  const text = await answer.text();
  assert.equal(answer.status, 200, text);
  assert.equal(answer.headers.get("cache-control"), "no-store");
  const confirmed = JSON.parse(text);
  assert.equal(confirmed.expiresIn, 300);
  return confirmed.receipt;
}

async function upload(worker, key, body, headers = {}) {
  const signed = await sign(worker, { operation: "putObject", key, headers });
  const answer = await fetch(signed.url, { method: signed.method, headers: signed.headers, body });
  assert.equal(answer.status, 200, await answer.text());
  return answer.headers.get("etag");
}

/** A key that JSON and URLs have to escape. */
const hardKey = "users/ädä \"&\\.png";

const sha256 = (bytes) => createHash("sha256").update(bytes).digest();

const servers = {
  SeaweedFS: async () => startLocalAws({ permissions: permissions() }),
  MiniStack: async () => {
    const issuer = await startIssuer();
    const aws = await startMiniStack({ issuer, permissions: permissions() });
    return { ...aws, stop: () => Promise.all([aws.stop(), issuer.stop()]) };
  },
};

/** What these servers say of the checksum of an object without parts. */
const typeOfWhole = { SeaweedFS: undefined, MiniStack: "FULL_OBJECT" };

for (const [name, start] of Object.entries(servers)) {
  describe(`at ${name}`, () => {
    let aws, worker;
    before(async () => {
      aws = await start();
      worker = await startReceipts(aws);
    });
    after(async () => {
      await worker?.stop();
      await aws?.stop();
    });

    test("a receipt says what S3 has, and both verifiers read it", async () => {
      const bytes = randomBytes(1234);
      const digest = sha256(bytes).toString("base64");
      const etag = await upload(worker, hardKey, bytes, { "content-type": "image/png", "x-amz-checksum-sha256": digest });
      const payload = { order: 7, ratio: 0.1, tags: ['a"b', null, true, { é: "\\" }], negative: -3, sub: "edge-presigner" };
      const begun = Math.floor(Date.now() / 1000);
      const receipt = await confirm(worker, { key: hardKey, payload });
      assert.deepEqual(decodeProtectedHeader(receipt), { alg: "ES256", kid: keyId(key), typ: "upload-receipt+jwt" });
      const documented = [...page.match(/^## Claims$[^]*?^## /m)[0].matchAll(/^\| (`.*?) \|/gm)].flatMap(([, names]) => names.match(/\w+/g));
      for (const name of Object.keys(decodeJwt(receipt))) assert.ok(documented.includes(name), `${name} is in ${PAGE}`);
      const { iat, exp, jti, lastModified, checksums, checksumType, ...claims } = await verified(receipt);
      assert.deepEqual(claims, {
        iss: front.endpoint, aud: AUDIENCE, profile: "avatars", bucket: aws.bucket, key: hardKey,
        sizeBytes: 1234, etag, contentType: "image/png", caller: { name: "app" }, payload,
      });
      assert.deepEqual([checksums, checksumType], [{ sha256: digest }, typeOfWhole[name]]);
      assert.ok(iat >= begun && iat <= Date.now() / 1000);
      assert.equal(exp - iat, 300);
      assert.match(jti, /^[0-9a-f]{32}$/);
      assert.ok(Math.abs(Date.parse(lastModified) - Date.now()) < 60_000, lastModified);
    });

    test("the size of an object reaches the receipt, also of an empty one and of one that is stored compressed", async () => {
      const packed = gzipSync(Buffer.alloc(100_000, "a"));
      for (const [body, headers] of [[Buffer.alloc(0), {}], [packed, { "content-encoding": "gzip", "content-type": "text/plain" }]]) {
        await upload(worker, "users/sized", body, headers);
        assert.equal(decodeJwt(await confirm(worker, { key: "users/sized" })).sizeBytes, body.length);
      }
    });

    test("an object in parts has the checksum of its parts' checksums only under that name", async () => {
      const post = async (step, json) => (await worker.fetch(`/v1/multipart${step}`, { key: bearer, json })).json();
      const created = await post("", { profile: "avatars", key: "users/parts", headers: { "x-amz-checksum-algorithm": "SHA256" } });
      const bytes = [randomBytes(5 * MIB), randomBytes(1000)];
      const digests = bytes.map(sha256);
      const parts = digests.map((it, n) => ({ partNumber: n + 1, headers: { "x-amz-checksum-sha256": it.toString("base64") } }));
      const signed = await post("/sign", { handle: created.handle, parts });
      const uploaded = [];
      for (const [n, part] of signed.parts.entries()) {
        const answer = await fetch(part.url, { method: "PUT", headers: part.headers, body: bytes[n] });
        uploaded.push({ partNumber: n + 1, etag: answer.headers.get("etag"), checksum: { sha256: digests[n].toString("base64") } });
      }
      const completed = await post("/complete", { handle: created.handle, parts: uploaded });
      const claims = await verified(await confirm(worker, { key: "users/parts", headers: { "if-match": completed.etag } }));
      assert.equal(claims.sizeBytes, 5 * MIB + 1000);
      assert.equal(claims.etag, completed.etag);
      const composite = `${sha256(Buffer.concat(digests)).toString("base64")}-2`;
      assert.deepEqual([claims.checksums, claims.checksumType], [{ sha256: composite }, "COMPOSITE"]);
    });

    test("what is missing, changed, closed or too much has no receipt", async () => {
      await upload(worker, "users/ada", "a");
      for (const [asked, status, slug, who = bearer] of [
        [{ key: "users/none" }, 404, "no-such-object"],
        [{ key: "users/ada", headers: { "if-match": '"0cc175b9c0f1b6a831c399e269772662"' } }, 412, "precondition-failed"],
        [{ key: "other/ada" }, 403, "not-allowed"],
        [{ key: "users/ada", profile: "writers" }, 403, "not-allowed"],
        [{ key: "users/ada", profile: "plain" }, 403, "no-receipts"],
        [{ key: "users/ada", versionId: "v1" }, 400, "invalid-request"],
        [{ key: "users/ada", payload: { text: "x".repeat(1024) } }, 400, "invalid-request"],
        [{ key: "users/ada" }, 401, "key-required", null],
        [{ key: "users/ada" }, 401, "unknown-caller", "another-key"],
      ]) {
        await expectProblem(await ask(worker, asked, who), status, slug);
      }
    });

    test("a receipt is given without a credential where the profile says so, and for a link", async () => {
      await aws.putObject("open/a", "a");
      const open = decodeJwt(await confirm(worker, { profile: "open", key: "open/a" }, null));
      assert.deepEqual([open.key, open.caller], ["open/a", { name: "anyone" }]);

      await upload(worker, "users/linked", "a");
      const json = { profile: "avatars", key: "users/linked", operations: ["headObject"] };
      const { link } = await (await worker.fetch("/v1/links", { key: bearer, json })).json();
      const byLink = (key) => worker.fetch(`${new URL(link).pathname}/v1/uploads/confirm`, { json: { profile: "avatars", key } });
      const { receipt } = await (await byLink("users/linked")).json();
      assert.deepEqual(decodeJwt(receipt).caller, { name: "link" });
      await expectProblem(await byLink("users/ada"), 403, "not-allowed");
    });

    test("a version is confirmed by its id, and a deletion is not", async () => {
      const body = '<VersioningConfiguration xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Status>Enabled</Status></VersioningConfiguration>';
      const enabled = await aws.owner.fetch(`${aws.endpoint}/${aws.bucket}?versioning=`, { method: "PUT", body });
      assert.equal(enabled.status, 200, await enabled.text());
      await upload(worker, "users/versioned", "first");
      const first = decodeJwt(await confirm(worker, { key: "users/versioned" }));
      await upload(worker, "users/versioned", "second one");
      const second = decodeJwt(await confirm(worker, { key: "users/versioned" }));
      assert.notEqual(first.versionId, second.versionId);
      const asked = { profile: "versioned", key: "users/versioned" };
      const again = decodeJwt(await confirm(worker, { ...asked, versionId: first.versionId }));
      assert.deepEqual([again.versionId, again.sizeBytes, again.etag], [first.versionId, 5, first.etag]);
      const deleted = await aws.s3("DELETE", "users/versioned");
      const versionId = deleted.headers.get("x-amz-version-id");
      for (const more of [{}, { versionId }]) await expectProblem(await ask(worker, { ...asked, ...more }), 404, "no-such-object");
    });
  });
}

describe("a receipt is of no use elsewhere", () => {
  let aws, worker, sts, receipt;
  before(async () => {
    aws = await startLocalAws({ ownIssuer: front.endpoint });
    sts = await startProxy(aws);
    const pushed = { PUSHED_TOKEN_ISSUER: aws.issuer.url, PUSHED_TOKEN_SUBJECT: trustedClaims.sub };
    const own = { AWS_WEB_IDENTITY_TOKEN: undefined, AWS_ENDPOINT_URL_STS: sts.endpoint, ...pushed };
    worker = await startReceipts(aws, own);
    await upload(worker, "users/ada", "a");
    // Past the watch: what comes as a credential later is a secret, which no answer may hold.
    const json = { profile: "avatars", key: "users/ada", payload: trustedClaims };
    const headers = { authorization: `Bearer ${bearer}` };
    const answer = await fetch(`${worker.url}/v1/uploads/confirm`, { method: "POST", headers, body: JSON.stringify(json) });
    ({ receipt } = await answer.json());
  });
  after(async () => {
    await worker?.stop();
    await sts?.stop();
    await aws?.stop();
  });

  /** A token with these claims, by the worker's own key unless another is given. */
  const signed = async (claims, { typ = "upload-receipt+jwt", by = key, kid = keyId(by) } = {}) =>
    new SignJWT(claims).setProtectedHeader({ alg: "ES256", kid, typ }).sign(await importJWK(by, "ES256"));

  const exchange = async ({ sts, roleArn }, WebIdentityToken) => {
    const parameters = { Action: "AssumeRoleWithWebIdentity", Version: "2011-06-15", RoleArn: roleArn, RoleSessionName: "test" };
    const answer = await sts({ ...parameters, WebIdentityToken });
    return [answer.status, await answer.text()];
  };

  test("STS refuses it, although it trusts the key", async () => {
    const claims = decodeJwt(receipt);
    const [status, text] = await exchange(aws, receipt);
    assert.equal(status, 403, text);
    // What this STS does accept differs from the receipt in nothing but these two claims.
    const accepted = await exchange(aws, await signed({ ...claims, ...trustedClaims }));
    assert.equal(accepted[0], 200, accepted[1]);
    for (const name of ["sub", "aud"]) {
      const [status] = await exchange(aws, await signed({ ...claims, [name]: trustedClaims[name] }));
      assert.ok(status >= 400, `with the right ${name} alone`);
    }
  });

  test("STS refuses it even where the audience of receipts is one of its own", async () => {
    const careless = await startLocalAws({ ownIssuer: front.endpoint, audience: AUDIENCE });
    try {
      const [status, text] = await exchange(careless, receipt);
      assert.ok(status >= 400, text);
      const { sub } = trustedClaims;
      assert.equal((await exchange(careless, await signed({ ...decodeJwt(receipt), sub })))[0], 200);
    } finally {
      await careless.stop();
    }
  });

  test("the worker accepts it from no caller, and not as a pushed token", async () => {
    await expectProblem(await worker.fetch("/v1/sign", { key: receipt, json: {} }), 401, "unknown-caller");
    await expectProblem(await worker.fetch("/readyz", { key: receipt }), 401, "unknown-caller");
    await expectProblem(await ask(worker, { key: "users/ada" }, receipt), 401, "unknown-caller");
    const push = { method: "PUT", body: receipt, headers: { "content-type": "text/plain" } };
    await expectProblem(await worker.fetch("/v1/token", push), 403, "token-refused");
  });

  test("the verifiers of the guide refuse what is forged, expired, for others, by another key, or a token for STS", async () => {
    const claims = decodeJwt(receipt);
    const [header, , signature] = receipt.split(".");
    const altered = Buffer.from(JSON.stringify({ ...claims, sizeBytes: 2 })).toString("base64url");
    const secondsAgo = (secs) => Math.floor(Date.now() / 1000) - secs;
    const token = new URLSearchParams(sts.requests.find(({ body }) => body.includes("WebIdentityToken")).body).get("WebIdentityToken");
    assert.equal(decodeJwt(token).iss, front.endpoint, "the worker's own, for STS");
    const stranger = signingKey();
    const { jti, ...anonymous } = claims;
    const forgeries = {
      "with another content": `${header}.${altered}.${signature}`,
      unsigned: new UnsecuredJWT(claims).encode(),
      "by a stranger": await signed(claims, { by: stranger }),
      "by a stranger with the worker's kid": await signed(claims, { by: stranger, kid: keyId(key) }),
      expired: await signed({ ...claims, iat: secondsAgo(400), exp: secondsAgo(100) }),
      "for another audience": await signed({ ...claims, aud: "https://other.example.com" }),
      "of another issuer": await signed({ ...claims, iss: "https://other.example.com" }),
      "of another type": await signed(claims, { typ: "JWT" }),
      "without an id": await signed(anonymous),
      "for STS": token,
    };
    assert.equal((await verifyInPython([await signed(claims)]))[0].jti, jti, "what is signed here is accepted");
    const python = await verifyInPython(Object.values(forgeries));
    for (const [n, [what, forged]] of Object.entries(forgeries).entries()) {
      assert.equal(typeof python[n], "string", `${what}: ${JSON.stringify(python[n])}`);
      await assert.rejects(verifyInJavaScript(forged), what);
    }
  });
});

test("the configuration in the guide has no errors", () => {
  const [toml] = blocks(PAGE, "toml");
  const key256 = "c4bbcb1fbec99d65bf59d85c8cb62ee2db963f0fe106f483d9afa73bd4e39a8a";
  const aws = 'AWS_REGION = "us-east-1"\nAWS_ROLE_ARN = "arn:aws:iam::123456789012:role/presigner"\n';
  const vars = `[vars]\n${aws}${toml.replaceAll("[PROFILES", "[vars.PROFILES")}\n[vars.CALLERS.app]\nbearerSha256 = ["${key256}"]\n`;
  const config = join(folder, "wrangler.toml");
  writeFileSync(config, `name = "presigner"\ncompatibility_date = "2026-11-01"\n${vars}`);
  writeFileSync(join(folder, ".dev.vars"), `OIDC_SIGNING_KEYS='${JSON.stringify([signingKey()])}'\n`);
  const { status, stdout, stderr } = spawnSync(process.execPath, [join(root, "scripts", "check.mjs"), "--config", config], { encoding: "utf8" });
  assert.equal(status, 0, stdout + stderr);
});
