// The worker in wrangler on loopback, with a configuration for a local S3 and STS.
import { randomBytes } from "node:crypto";
import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as delay } from "node:timers/promises";
import { step, Stop } from "./console.mjs";
import { here, project } from "./place.mjs";
import { end, onSignal, start } from "./processes.mjs";
import { wranglerScript } from "./wrangler.mjs";

/** The port of the worker, and its URL. */
export const port = Number(process.env.PORT || 8787);
export const url = `http://127.0.0.1:${port}`;

const secrets = join(project, ".dev.vars");
// The build is done by then.
const startLimitMs = 60_000;
const mark = here("# Written by `npm run dev`, anew each time.");

/** Puts the object of the examples into the bucket of `aws`. */
export const putPicture = (aws) => aws.putObject("users/ada.png", readFileSync(new URL("ada.png", import.meta.url)), "image/png");

/** Stops where the user has secrets in .dev.vars, which would be overwritten. */
export function keepOwnSecrets() {
  if (!existsSync(secrets) || readFileSync(secrets, "utf8").startsWith(mark)) return;
  throw new Stop(".dev.vars is your own and stays as it is: move it away, or start `npx wrangler dev` with it.");
}

/** Stops where `port`, which the environment variable `variable` sets, is in use. */
export async function checkPort(variable, port) {
  if (!Number.isInteger(port) || port < 1 || port > 65535) {
    throw new Stop(`${variable} is ${process.env[variable] ?? port}: it must be a number from 1 to 65535.`);
  }
  const server = createServer();
  const error = await new Promise((resolve) => {
    server.once("error", resolve);
    server.listen(port, "127.0.0.1", () => server.close(() => resolve(undefined)));
  });
  if (error?.code === "EADDRINUSE") {
    throw new Stop(here(`Port ${port} is in use: stop what uses it, or take another with ${variable}=${port + 1} npm run dev.`));
  }
  if (error) throw new Stop(`Port ${port} cannot be used: ${error.message}.`);
}

/**
 * Writes .dev.vars, until this process ends: `config`, keys, the endpoint of `aws`, and `identity`, which is what says where
 * tokens come from. Links are allowed too.
 */
export function writeSecrets(aws, { CALLERS, PROFILES, ...config }, identity) {
  // Setting up can take minutes, in which the user may have saved a file.
  keepOwnSecrets();
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
  const text = `${mark}\n${lines.join("\n")}\n`;
  writeFileSync(secrets, text, { mode: 0o600 });
  // It takes precedence over wrangler.toml, so `npx wrangler dev` would find servers that are gone. What the user or another
  // run has put in its place stays.
  process.once("exit", () => {
    if (existsSync(secrets) && readFileSync(secrets, "utf8") === text) rmSync(secrets);
  });
}

/** Runs the worker until a signal comes, and `onReady` when it answers. `aws` is stopped when wrangler ends by itself. */
export async function runWorker(aws, onReady) {
  const wrangler = startWrangler();
  let stopping = false;
  onSignal(async () => {
    stopping = true;
    await end(wrangler.child, 5000);
    process.exit(0);
  });
  endWithParent();
  await step("wrangler", () => wrangler.ready());
  onReady();
  wrangler.show();

  const { code } = await wrangler.child.ended;
  if (stopping) return;
  await end(wrangler.child);
  await aws.stop();
  throw new Stop(`wrangler ended with ${code}; everything else was stopped too.`);
}

/** Ends this process when the one that started it has gone: npx and npm do not pass on every signal. */
function endWithParent() {
  const parent = process.ppid;
  setInterval(() => process.ppid === parent || process.kill(process.pid, "SIGTERM"), 500).unref();
}

function startWrangler() {
  const args = [wranglerScript(), "dev", "--ip", "127.0.0.1", "--port", String(port), "--show-interactive-dev-session=false"];
  const child = start(process.execPath, args, {
    cwd: project,
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

/** What to see of a worker that is its own issuer. */
export const signsItself = `No OIDC token is bound: the worker is its own issuer and signs one for each exchange.

# What STS reads of the issuer
curl -sS ${url}/.well-known/openid-configuration
curl -sS ${url}/.well-known/jwks.json`;

/** Lines to paste for the caller with the key `bearer`, after `about`. */
export function examples(bearer, about) {
  const key = `-H 'Authorization: Bearer ${bearer}'`;
  return `The worker answers at ${url}. Paste these into another terminal; Ctrl-C here ends everything.
${about}

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
