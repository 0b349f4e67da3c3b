// `npm run dev`: the worker in wrangler, with S3, STS, an OIDC issuer and a page for profile pictures on loopback. With
// `-- --own-issuer` no token is bound, and the worker signs its own.
import { randomBytes } from "node:crypto";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { root, step, Stop } from "./console.mjs";
import { checkPort, examples, keepOwnSecrets, port, putPicture, runWorker, signsItself, url, writeSecrets } from "./demo.mjs";
import { main } from "./main.mjs";
import { signingKey } from "./keys.mjs";
import { start } from "./processes.mjs";
import { setUp } from "./setup.mjs";

const pagePort = Number(process.env.PAGE_PORT || port + 100);
const { "own-issuer": ownIssuer } = parseArgs({ options: { "own-issuer": { type: "boolean", default: false } } }).values;

const hasToken = `Its OIDC token is bound as AWS_WEB_IDENTITY_TOKEN. To see the worker sign its own, start it with
npm run dev -- --own-issuer`;

await main(async () => {
  keepOwnSecrets();
  await checkPort("PORT", port);
  await checkPort("PAGE_PORT", pagePort);
  await setUp({ localAws: true });

  // Not before the set-up, which brings what these modules import.
  const { startLocalAws, workerConfig } = await import("./local-aws.mjs");
  const { addPictures, allowPictures, servePictures } = await import("./profile-pictures.mjs");
  const page = await servePictures(pagePort);
  let aws;
  await step("Local S3, STS and OIDC issuer", async () => {
    aws = await startLocalAws({ ownIssuer: ownIssuer ? url : undefined });
    await putPicture(aws);
    await allowPictures(aws, page.origin);
    return `${aws.endpoint} and ${ownIssuer ? url : aws.issuer.url}`;
  });
  const bearer = randomBytes(24).toString("base64url");
  const config = workerConfig(aws, bearer);
  addPictures(config, { issuer: aws.issuer.url, bucket: aws.bucket, origin: page.origin });
  writeSecrets(aws, config, await identity(aws));

  // wrangler runs the same command and finds it done; here its output can be read.
  const build = start(process.execPath, [join(root, "scripts", "build.mjs")], { stdio: "inherit" });
  if ((await build.ended).code !== 0) throw new Stop("`npm run dev` needs a worker that builds.");

  await runWorker(aws, () => {
    page.connect({ worker: url, issuer: aws.issuer.url, s3: aws.endpoint });
    console.log(`\nOpen ${page.origin} in a browser: sign in, and give yourself a picture (examples/profile-pictures).\n`);
    console.log(examples(bearer, ownIssuer ? signsItself : hasToken));
  });
});

async function identity({ issuer }) {
  if (ownIssuer) return { OIDC_ISSUER: url, OIDC_SIGNING_KEYS: `'${JSON.stringify([signingKey()])}'` };
  const claims = { sub: "edge-presigner", aud: "sts.amazonaws.com", expiresInSecs: 12 * 3600 };
  return { AWS_WEB_IDENTITY_TOKEN: await issuer.token(claims) };
}
