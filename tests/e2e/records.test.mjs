// What releases have left in KV and in the hands of others, with the built worker: WebCrypto opens what RustCrypto sealed.
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { createLocalJWKSet, jwtVerify } from "jose";
import { root } from "../../scripts/console.mjs";
import { startWorker } from "./harness.mjs";

/** The bearer key of the caller `app` in the records. */
const key = "correct horse battery staple";
const folder = join(root, "tests", "fixtures", "records");
const releases = readdirSync(folder).filter((name) => name.endsWith(".json")).map((name) => JSON.parse(readFileSync(join(folder, name), "utf8")));
assert.ok(releases.length > 0);

/** Runs `work` with a worker of the release's configuration and KV. It needs no STS and no S3, and there is none. */
async function withWorkerOf(release, work) {
  const worker = await startWorker({ vars: release.vars });
  try {
    for (const [name, record] of Object.entries(release.kv)) {
      await worker.kv.put(name, Uint8Array.from(Buffer.from(record, "base64")));
    }
    await work(worker);
  } finally {
    await worker.stop();
  }
}

const sign = (worker, profile) => worker.fetch("/v1/sign", { key, json: { profile, operation: "getObject", key: `${profile}/a` } });

for (const release of releases) {
  describe(`what ${release.version} has left behind is taken`, () => {
    test("sessions and the pushed token in KV", () =>
      withWorkerOf(release, async (worker) => {
        for (const [profile, accessKeyId] of Object.entries(release.sessions)) {
          const { url } = await (await sign(worker, profile)).json();
          assert.equal(new URL(url).searchParams.get("X-Amz-Credential").split("/")[0], accessKeyId);
        }
        const { token } = await (await worker.fetch("/readyz", { key })).json();
        assert.deepEqual([token.status, token.source], ["ok", "pushed"]);
        assert.ok(!worker.logs.some((line) => line.includes("kvRecordForeign")), worker.logs.join("\n"));
      }));

    test("uploads and links", () =>
      withWorkerOf(release, async (worker) => {
        const signed = await (await worker.fetch("/v1/multipart/sign", { key, json: { handle: release.handle, parts: [{ partNumber: 1 }] } })).json();
        assert.equal(new URL(signed.parts[0].url).searchParams.get("uploadId"), release.uploadId);
        for (const path of release.links) assert.equal((await worker.fetch(path)).status, 302, path);
      }));

    test("receipts, which the published key verifies", () =>
      withWorkerOf(release, async (worker) => {
        const keys = createLocalJWKSet(await (await worker.fetch("/oidc/.well-known/jwks.json")).json());
        const options = { issuer: release.vars.OIDC_ISSUER, typ: "upload-receipt+jwt", currentDate: new Date(release.nowSecs * 1000) };
        const { payload } = await jwtVerify(release.receipt, keys, options);
        assert.deepEqual([payload.key, payload.payload], ["files/a", { order: 7 }]);
      }));
  });
}
