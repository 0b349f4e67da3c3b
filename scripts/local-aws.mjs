// S3 and STS on loopback, which trust an OIDC issuer that runs in this process.
import { startLocalS3 } from "./local-s3.mjs";
import { startIssuer } from "./oidc-issuer.mjs";

export { roleActions, workerConfig } from "./local-s3.mjs";

/**
 * Starts both and resolves to what `startLocalS3` does, with `issuer`: see `startIssuer`. It takes the same options. With
 * `ownIssuer`, the URL of a worker that is its own issuer, the role may be assumed with that one's tokens too.
 */
export async function startLocalAws({ ownIssuer, ...options } = {}) {
  const issuer = await startIssuer();
  try {
    const aws = await startLocalS3({ issuers: [issuer.url, ...(ownIssuer ? [ownIssuer] : [])], ...options });
    return { ...aws, issuer, stop: () => Promise.all([aws.stop(), issuer.stop()]) };
  } catch (error) {
    await issuer.stop();
    throw error;
  }
}
