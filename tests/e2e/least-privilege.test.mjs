// The policy that `npm run check -- --iam` makes for some profiles, as the only permissions of the role, at two servers that enforce it: S3 itself does
// every operation of these profiles and refuses every other, whatever the worker signs. Neither server knows aws:ResourceAccount or escaped characters.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { root } from "../../scripts/console.mjs";
import { sign, statusOf } from "./answers.mjs";
import { baseVars, makeFolder, removeFolder, startIssuer, startLocalAws, startMiniStack, startWorker } from "./harness.mjs";

const multipart = ["createMultipartUpload", "uploadPart", "completeMultipartUpload", "abortMultipartUpload", "listParts"];
const operations = ["getObject", "headObject", "putObject", "deleteObject", "listObjectsV2", ...multipart];
// The profiles that the role is for, by their prefixes.
const profiles = {
  "read/": ["getObject", "headObject"],
  "write/": ["putObject"],
  "parts/": multipart,
  "steps/": ["createMultipartUpload", "uploadPart"],
  "delete/": ["deleteObject"],
  "list/": ["listObjectsV2"],
  "made/": ["putObject", "getObject"],
};
// Not theirs: another folder, one whose name begins alike, and one above.
const others = ["other/", "rea", "listing/", ""];

// IAM has one action for these, so who may do one may do all: https://docs.aws.amazon.com/AmazonS3/latest/userguide/using-with-s3-policy-actions.html
const reading = ["getObject", "headObject"];
const storing = ["putObject", "createMultipartUpload", "uploadPart", "completeMultipartUpload"];
// SeaweedFS counts these as storing too.
const uploading = [...storing, "abortMultipartUpload", "listParts"];

const servers = {
  SeaweedFS: { start: (permissions) => startLocalAws({ permissions }), sameAction: [reading, uploading] },
  MiniStack: {
    start: async (permissions) => {
      const issuer = await startIssuer();
      const aws = await startMiniStack({ issuer, permissions });
      return { ...aws, stop: () => Promise.all([aws.stop(), issuer.stop()]) };
    },
    sameAction: [reading, storing],
  },
};

const named = () => ({ bucket: "edge-presigner-demo", callers: ["app"], maxLifetimeSecs: 900 });
const configured = Object.fromEntries(Object.entries(profiles).map(([keyPrefix, operations]) => [keyPrefix.replace("/", ""), { ...named(), keyPrefix, operations }]));
configured.made.keyTemplate = "made/new/{uuid}-{filename}";

function policyOf(PROFILES) {
  const folder = makeFolder("iam-");
  try {
    const vars = {
      AWS_REGION: "us-east-1", AWS_ROLE_ARN: "arn:aws:iam::123456789012:role/edge-presigner",
      CALLERS: { app: { bearerSha256: ["c4bbcb1fbec99d65bf59d85c8cb62ee2db963f0fe106f483d9afa73bd4e39a8a"] } }, PROFILES,
    };
    const config = join(folder, "wrangler.json");
    writeFileSync(config, JSON.stringify({ name: "presigner", compatibility_date: "2026-11-01", vars }));
    const args = [join(root, "scripts", "check.mjs"), "--config", config, "--iam", "--format", "json", "--bucket-account", "any"];
    const { status, stdout, stderr } = spawnSync(process.execPath, args, { encoding: "utf8" });
    assert.equal(status, 0, stderr);
    return JSON.parse(stdout).roles[0].permissionPolicy;
  } finally {
    removeFolder(folder);
  }
}

const element = (xml, name) => xml.match(new RegExp(`<${name}>([^<]*)</${name}>`))?.[1];

for (const [name, { start, sameAction }] of Object.entries(servers)) {
  describe(name, () => {
    let aws;
    let worker;
    before(async () => {
      aws = await start(policyOf(configured));
      const vars = await baseVars(aws);
      vars.PROFILES = { ...configured, everything: { ...named(), keyPrefix: "", operations } };
      worker = await startWorker({ vars });
    });
    after(async () => {
      await worker?.stop();
      await aws?.stop();
    });

    /** The status of S3's answer to `operation` on `key`, signed by the profile that the worker opens for everything. */
    async function attempt(profile, operation, key) {
      const url = `${aws.endpoint}/${aws.bucket}/${key}`;
      await aws.putObject(key, "here");
      const uploadId = element(await (await aws.owner.fetch(`${url}?uploads=`, { method: "POST" })).text(), "UploadId");
      const part = await aws.owner.fetch(`${url}?uploadId=${uploadId}&partNumber=1`, { method: "PUT", body: "part" });
      const body = {
        putObject: "new",
        uploadPart: "part",
        completeMultipartUpload: `<CompleteMultipartUpload><Part><PartNumber>1</PartNumber><ETag>${part.headers.get("etag")}</ETag></Part></CompleteMultipartUpload>`,
      }[operation];
      const asked = operation === "listObjectsV2" ? { prefix: key, key: undefined } : { key };
      if (multipart.includes(operation) && operation !== "createMultipartUpload") asked.uploadId = uploadId;
      if (operation === "uploadPart") asked.partNumber = 1;
      const signed = await sign(worker, { profile, operation, ...asked });
      return statusOf(signed.url, { method: signed.method, headers: signed.headers, body });
    }

    for (const [prefix, opened] of Object.entries(profiles).filter(([prefix]) => prefix !== "made/")) {
      test(`S3 does what the profile of ${prefix} opens, and nothing else there`, async () => {
        for (const operation of opened) {
          const status = await attempt(prefix.replace("/", ""), operation, `${prefix}${operation}`);
          assert.ok([200, 204].includes(status), `${operation}: ${status}`);
        }
        const implied = sameAction.filter((same) => same.some((it) => opened.includes(it))).flat();
        for (const operation of operations.filter((it) => !opened.includes(it) && !implied.includes(it))) {
          assert.equal(await attempt("everything", operation, `${prefix}${operation}`), 403, operation);
        }
      });
    }

    for (const prefix of others) {
      test(`S3 does nothing with the prefix "${prefix}"`, async () => {
        for (const operation of operations) {
          assert.equal(await attempt("everything", operation, `${prefix}x${operation}`), 403, operation);
        }
      });
    }

    test("S3 stores what the worker has named only where it names it", async () => {
      const { url, method, headers, key } = await sign(worker, { profile: "made", operation: "putObject", key: undefined, filename: "a.txt" });
      assert.match(key, /^made\/new\//);
      assert.equal(await statusOf(url, { method, headers, body: "a" }), 200);
      assert.equal(await attempt("made", "getObject", "made/old"), 200);
      assert.equal(await attempt("everything", "putObject", "made/old"), 403);
    });
  });
}
