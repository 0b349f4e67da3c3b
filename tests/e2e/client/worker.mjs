// What the clients in packages/ are tested with: a worker that is its own issuer, at a real S3.
import { createHash, randomBytes } from "node:crypto";
import { baseVars, startLocalAws, startProxy, startWorker } from "../harness.mjs";
import { audience, keys } from "./receipts.mjs";

export const linkKey = createHash("sha256").update("link key for tests of the clients").digest("base64");

const objects = ["getObject", "headObject", "putObject", "deleteObject", "listObjectsV2"];
const multipart = ["createMultipartUpload", "uploadPart", "listParts", "completeMultipartUpload", "abortMultipartUpload"];

/**
 * Starts SeaweedFS and a worker with the profiles of the packages' READMEs for pages of `origin`. Resolves to `{ aws, worker, url, s3, issuer, stop }`:
 * `url` is the worker behind a proxy, `presigner`, that can fail, and `s3` such a proxy in front of S3.
 */
export async function startPresigner({ origin, algorithm = "ES256" } = {}) {
  const deployed = {};
  const aws = await startLocalAws();
  const presigner = await startProxy(deployed, { isWorker: true });
  const s3 = await startProxy(aws);
  const common = { bucket: aws.bucket, maxLifetimeSecs: 900, callers: ["app", "link"], ...(origin && { corsOrigins: [origin] }) };
  const PROFILES = {
    avatars: { ...common, keyPrefix: "users/", operations: [...objects, ...multipart], receiptAudience: audience },
    films: { ...common, keyPrefix: "films/", keyTemplate: "films/{uuid}-{filename}", operations: ["putObject", ...multipart], uppy: true },
    direct: { ...common, keyPrefix: "users/", operations: ["putObject", ...multipart, "credentials"], callers: ["app"] },
  };
  const worker = await startWorker({
    vars: {
      ...(await baseVars(aws)),
      AWS_ENDPOINT_URL_S3: s3.endpoint,
      OIDC_ISSUER: presigner.endpoint,
      OIDC_SIGNING_KEYS: JSON.stringify([keys[algorithm]]),
      LINK_KEY: `${linkKey},${randomBytes(32).toString("base64")}`,
      PROFILES,
    },
  });
  deployed.endpoint = worker.url;
  return {
    aws,
    worker,
    presigner,
    s3,
    url: presigner.endpoint,
    /** How many uploads in parts S3 has under way. */
    async underWay() {
      const answer = await aws.owner.fetch(`${aws.endpoint}/${aws.bucket}?uploads=`);
      return [...(await answer.text()).matchAll(/<UploadId>/g)].length;
    },
    async stop() {
      await worker.stop();
      await Promise.all([presigner.stop(), s3.stop(), aws.stop()]);
    },
  };
}
