// `npx edge-presigner dev`: the worker in wrangler, with S3 and STS on loopback. The worker is its own issuer, as in the template.
import { randomBytes } from "node:crypto";
import { parseArgs } from "node:util";
import { step } from "./console.mjs";
import { checkPort, examples, keepOwnSecrets, port, putPicture, runWorker, signsItself, url, writeSecrets } from "./demo.mjs";
import { signingKey } from "./keys.mjs";
import { startLocalS3, workerConfig } from "./local-s3.mjs";
import { project } from "./place.mjs";
import { checkPython, ensureSeaweedFs } from "./python.mjs";
import { configFile, wranglerFunction } from "./wrangler.mjs";

/** Runs it until a signal comes. */
export async function dev(args) {
  parseArgs({ args });
  const config = configFile(project);
  keepOwnSecrets();
  const readConfig = await wranglerFunction("unstable_readConfig");
  await checkPort("PORT", port);
  checkPython();
  await ensureSeaweedFs();
  let aws;
  await step("Local S3 and STS", async () => {
    aws = await startLocalS3({ issuers: [url] });
    await putPicture(aws);
    return aws.endpoint;
  });
  const bearer = randomBytes(24).toString("base64url");
  const identity = { OIDC_ISSUER: url, OIDC_SIGNING_KEYS: `'${JSON.stringify([signingKey()])}'` };
  writeSecrets(aws, workerConfig(aws, bearer), { ...blanks(readConfig({ config }, { hideWarnings: true }).vars), ...identity });
  await runWorker(aws, () => {
    console.log("\nThis is a demonstration: the profile `avatars` with a bucket on this machine, in place of what wrangler.toml says.");
    console.log(examples(bearer, signsItself));
  });
}

/** Blanks in place of the variables of the project, whose profiles and endpoints are elsewhere. */
const blanks = (vars) => Object.fromEntries(Object.keys(vars).map((name) => [name, ""]));
