// `npm run dev`: the worker in wrangler, with S3, STS, an OIDC issuer and a page for profile pictures on loopback. With
// `-- --own-issuer` no token is bound, and the worker signs its own.
import { randomBytes } from "node:crypto";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as delay } from "node:timers/promises";
import { parseArgs } from "node:util";
import { root, step, Stop } from "./console.mjs";
import { main } from "./main.mjs";
import { signingKey } from "./keys.mjs";
import { end, onSignal, start } from "./processes.mjs";
import { setUp } from "./setup.mjs";

const port = Number(process.env.PORT || 8787);
const url = `http://127.0.0.1:${port}`;
const pagePort = Number(process.env.PAGE_PORT || port + 100);
const secrets = join(root, ".dev.vars");
// The build is done by then.
const startLimitMs = 60_000;
const { "own-issuer": ownIssuer } = parseArgs({ options: { "own-issuer": { type: "boolean", default: false } } }).values;
const mark = "# Written by `npm run dev`, anew each time.";

const hasToken = `Its OIDC token is bound as AWS_WEB_IDENTITY_TOKEN. To see the worker sign its own, start it with
npm run dev -- --own-issuer`;

const signsItself = `No OIDC token is bound: the worker is its own issuer and signs one for each exchange.

# What STS reads of the issuer
curl -sS ${url}/.well-known/openid-configuration
curl -sS ${url}/.well-known/jwks.json`;

await main(async () => {
  if (existsSync(secrets) && !readFileSync(secrets, "utf8").startsWith(mark)) {
    throw new Stop(".dev.vars is your own and stays as it is: move it away, or start `npx wrangler dev` with it.");
  }
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
    await aws.putObject("users/ada.png", readFileSync(join(root, "scripts", "ada.png")), "image/png");
    await allowPictures(aws, page.origin);
    return `${aws.endpoint} and ${ownIssuer ? url : aws.issuer.url}`;
  });
  const bearer = randomBytes(24).toString("base64url");
  const config = workerConfig(aws, bearer);
  addPictures(config, { issuer: aws.issuer.url, bucket: aws.bucket, origin: page.origin });
  await writeSecrets(aws, config);

  // wrangler runs the same command and finds it done; here its output can be read.
  const build = start(process.execPath, [join(root, "scripts", "build.mjs")], { stdio: "inherit" });
  if ((await build.ended).code !== 0) throw new Stop("`npm run dev` needs a worker that builds.");

  const wrangler = startWrangler();
  let stopping = false;
  onSignal(async () => {
    stopping = true;
    await end(wrangler.child, 5000);
    process.exit(0);
  });
  await step("wrangler", () => wrangler.ready());
  page.connect({ worker: url, issuer: aws.issuer.url, s3: aws.endpoint });
  console.log(examples(bearer, page.origin));
  wrangler.show();

  const { code } = await wrangler.child.ended;
  if (stopping) return;
  await end(wrangler.child);
  await aws.stop();
  throw new Stop(`wrangler ended with ${code}; everything else was stopped too.`);
});

async function checkPort(variable, port) {
  if (!Number.isInteger(port) || port < 1 || port > 65535) {
    throw new Stop(`${variable} is ${process.env[variable] ?? port}: it must be a number from 1 to 65535.`);
  }
  const server = createServer();
  const error = await new Promise((resolve) => {
    server.once("error", resolve);
    server.listen(port, "127.0.0.1", () => server.close(() => resolve(undefined)));
  });
  if (error?.code === "EADDRINUSE") {
    throw new Stop(`Port ${port} is in use: stop what uses it, or take another with ${variable}=${port + 1} npm run dev.`);
  }
  if (error) throw new Stop(`Port ${port} cannot be used: ${error.message}.`);
}

async function writeSecrets(aws, { CALLERS, PROFILES, ...config }) {
  const claims = { sub: "edge-presigner", aud: "sts.amazonaws.com", expiresInSecs: 12 * 3600 };
  const identity = ownIssuer
    ? { OIDC_ISSUER: url, OIDC_SIGNING_KEYS: `'${JSON.stringify([signingKey()])}'` }
    : { AWS_WEB_IDENTITY_TOKEN: await aws.issuer.token(claims) };
  PROFILES.avatars.callers.push("link");
  const values = {
    ...identity,
    CACHE_KEY: randomBytes(32).toString("base64"),
    LINK_KEY: randomBytes(32).toString("base64"),
    AWS_ENDPOINT_URL: aws.endpoint,
    ...config,
    CALLERS: `'${JSON.stringify(CALLERS)}'`,
    PROFILES: `'${JSON.stringify(PROFILES)}'`,
  };
  const lines = Object.entries(values).map(([name, value]) => `${name}=${value}`);
  writeFileSync(secrets, `${mark}\n${lines.join("\n")}\n`, { mode: 0o600 });
}

function startWrangler() {
  const args = ["dev", "--ip", "127.0.0.1", "--port", String(port), "--show-interactive-dev-session=false"];
  const child = start(join(root, "node_modules", ".bin", "wrangler"), args, {
    cwd: root,
    env: { WRANGLER_HIDE_BANNER: "true", CLOUDFLARE_CF_FETCH_ENABLED: "false" },
    stdio: ["ignore", "pipe", "pipe"],
  });
  // What it says while it starts is of interest only when it fails.
  let hidden = [];
  for (const stream of [child.stdout, child.stderr]) {
    createInterface({ input: stream }).on("line", (line) => (hidden ? hidden.push(line) : console.log(line)));
  }
  let code;
  child.ended.then((ended) => (code = ended.code));
  return {
    child,
    async ready() {
      const deadline = Date.now() + startLimitMs;
      while (code === undefined) {
        if (Date.now() > deadline) {
          throw new Stop(`${hidden.join("\n")}\n\nwrangler started, but the worker did not answer within ${startLimitMs / 1000} s.`);
        }
        const status = await fetch(`${url}/healthz`).then((answer) => answer.status, () => 0);
        if (status === 200) return;
        await delay(200);
      }
      throw new Stop(`${hidden.join("\n")}\n\nwrangler ended with ${code} before the worker answered.`);
    },
    show: () => (hidden = undefined),
  };
}

function examples(bearer, page) {
  const key = `-H 'Authorization: Bearer ${bearer}'`;
  return `
Open ${page} in a browser: sign in, and give yourself a picture (examples/profile-pictures).

The worker answers at ${url}. Paste these into another terminal; Ctrl-C here ends everything.
${ownIssuer ? signsItself : hasToken}

# A presigned URL as JSON
curl -sS ${key} -d '{"profile":"avatars","operation":"getObject","key":"users/ada.png"}' ${url}/v1/sign

# The picture itself, through a redirect
curl -sSL ${key} -o /tmp/ada.png -w '%{http_code} %{content_type}, %{size_download} bytes\\n' ${url}/o/avatars/users/ada.png

# An upload through a presigned PUT, and reading it back
echo hello > /tmp/new.txt && curl -sSL ${key} -T /tmp/new.txt ${url}/o/avatars/users/new.txt && curl -sSL ${key} ${url}/o/avatars/users/new.txt

# A link that opens one object for an hour, without a key
curl -sS ${key} -d '{"profile":"avatars","key":"users/ada.png","operations":["getObject"]}' ${url}/v1/links

# Without a key
curl -sSi ${url}/o/avatars/users/ada.png
`;
}
