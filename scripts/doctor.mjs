// `npm run doctor -- URL`: what is wrong between a deployed worker's configuration and the bucket, and how to fix it. It asks the
// worker for /v1/doctor, with the admin's key in PRESIGNER_KEY, and looks at the worker from outside. With `--iam` it also prints the
// policies and CORS rules to paste. It needs Node alone. docs/troubleshooting.md describes the steps.
import { createInterface } from "node:readline";
import { Writable } from "node:stream";
import { pathToFileURL } from "node:url";
import { parseArgs } from "node:util";
import { Stop } from "./console.mjs";
import { here, main } from "./place.mjs";

const timeoutMillis = 30_000;
const metadataPath = "/.well-known/openid-configuration";
const isPlain = !process.stdout.isTTY || Boolean(process.env.NO_COLOR);
const colours = { ok: 32, warning: 33, failure: 31, skipped: 90 };

/** Examines the worker that the command line `args` names. */
export async function doctor(args) {
  const { values, positionals } = parseArgs({ args, allowPositionals: true, options: { iam: { type: "boolean" } } });
  if (positionals.length !== 1) throw new Stop("Give the worker's URL: npm run doctor -- https://edge-presigner.YOUR.workers.dev");
  const url = workerUrl(positionals[0]);
  const key = process.env.PRESIGNER_KEY || (await ask("Key of an admin: "));
  const outside = await health(url);
  const reachable = outside.every(({ status }) => status === "ok");
  const inside = reachable ? await fromWorker(url, key) : { steps: [] };
  const steps = [...outside, ...inside.steps, ...(await ownIssuer(url, inside.steps))];
  steps.forEach(print);
  if (values.iam && inside.iam) console.log(`\n${JSON.stringify(inside.iam, null, 2)}`);
  const count = (status) => steps.filter((step) => step.status === status).length;
  const [failures, warnings] = [count("failure"), count("warning")];
  console.log(`\n${failures} failed, ${warnings} with warnings, ${count("ok")} fine, ${count("skipped")} not made.`);
  process.exitCode = failures > 0 ? 1 : 0;
}

function workerUrl(text) {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (!/^https?:$/.test(url?.protocol) || url.username || url.search || url.hash) throw new Stop(`${text} is not the URL of a worker.`);
  const isLocal = ["localhost", "127.0.0.1", "[::1]"].includes(url.hostname);
  // The key would cross the network as plain text.
  if (url.protocol !== "https:" && !isLocal) throw new Stop("The URL has to begin with https://.");
  return url.href.replace(/\/$/, "");
}

/** Reads a line that does not appear on the screen. */
async function ask(question) {
  if (!process.stdin.isTTY) throw new Stop("Put the key of an admin into the environment variable PRESIGNER_KEY.");
  process.stderr.write(question);
  const silent = new Writable({ write: (_chunk, _encoding, done) => done() });
  const lines = createInterface({ input: process.stdin, output: silent, terminal: true });
  const [line] = await new Promise((resolve) => lines.once("line", (...all) => resolve(all)).once("close", () => resolve([""])));
  lines.close();
  process.stderr.write("\n");
  return line.trim();
}

function failure(name, seen, fix) {
  return { step: `outside ${name}`, status: "failure", seen, fix };
}

function ok(name, seen) {
  return { step: `outside ${name}`, status: "ok", seen };
}

/** What `url` answers, without following redirects: `{ response, text }`, or the fault as `{ seen, fix }`. */
async function get(url, headers = {}) {
  try {
    const response = await fetch(url, { headers, redirect: "manual", signal: AbortSignal.timeout(timeoutMillis) });
    const text = await response.text();
    return obstacle(response) ?? { response, text };
  } catch (error) {
    const cause = error.cause?.code ?? error.cause?.message ?? error.name;
    const isTls = /CERT|TLS|SSL|SELF_SIGNED|ALTNAME/i.test(String(cause));
    return { seen: `${cause}`, fix: isTls ? "correct the certificate of the host: AWS does not accept it either" : "check the URL, the DNS record and the route of the worker" };
  }
}

/** What stands between AWS and the worker. */
function obstacle({ status, headers }) {
  const location = headers.get("location") ?? "";
  if (status >= 300 && status < 400) {
    const isAccess = /\.cloudflareaccess\.com\/|\/cdn-cgi\/access\//.test(location);
    return isAccess
      ? { seen: "redirects to the login of Cloudflare Access", fix: "let this path pass without a login: a Bypass policy in Cloudflare Access" }
      : { seen: `redirects to ${location.split("?")[0]}`, fix: "use the URL where the worker answers itself" };
  }
  if (headers.get("cf-mitigated") === "challenge" || headers.get("content-type")?.startsWith("text/html")) {
    return { seen: `HTTP status ${status} with a page in place of JSON`, fix: "exempt this path from Bot Fight Mode, from the rules that challenge visitors, and from Cloudflare Access" };
  }
  return undefined;
}

/** Whether the worker is there at all. */
async function health(url) {
  const name = "health";
  const { response, text, seen, fix } = await get(`${url}/healthz`);
  if (!response) return [failure(name, `${url}/healthz: ${seen}`, fix)];
  const healthy = response.status === 200 && parse(text)?.status === "ok";
  if (!healthy) return [failure(name, `${url}/healthz: HTTP status ${response.status} without {"status":"ok"}`, "check that the URL is that of the worker, with its path if it has one")];
  return [ok(name, `${url}/healthz answers over ${new URL(url).protocol === "https:" ? "TLS" : "plain HTTP, on this machine"}`)];
}

async function fromWorker(url, key) {
  const name = "doctor";
  const { response, text, seen, fix } = await get(`${url}/v1/doctor`, { authorization: `Bearer ${key}`, accept: "application/json" });
  if (!response) return { steps: [failure(name, `${url}/v1/doctor: ${seen}`, fix)] };
  const body = parse(text);
  if (response.status === 200 && Array.isArray(body?.steps)) return body;
  const fixes = {
    401: "use a key whose SHA-256 is in `bearerSha256` of a caller",
    403: 'mark the caller as an admin: `"admin": true` in CALLERS',
    404: "deploy a version that has /v1/doctor",
    429: "wait for a minute: the doctor counts as a request",
    500: "read the errors in the worker's log (`npx wrangler tail`), or run `npm run check`",
  };
  const said = [body?.title, body?.detail].filter(Boolean).join(": ");
  return { steps: [failure(name, `HTTP status ${response.status}${said ? `, ${said}` : ""}`, fixes[response.status] ?? "see the worker's log")] };
}

function parse(text) {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** The documents of a worker that is its own issuer, as AWS sees them; nothing where another issuer made the token. */
async function ownIssuer(url, steps) {
  const seen = steps.find(({ step, seen }) => step === "token" && seen.startsWith("source issuer"))?.seen;
  const [, issuer] = seen?.match(/, iss ([^\s,]+)/) ?? [];
  const [, kid] = seen?.match(/, kid ([^\s,]+)/) ?? [];
  if (!issuer) return [];
  const document = await get(issuer + metadataPath);
  if (!document.response) return [failure("discovery", `${issuer}${metadataPath}: ${document.seen}`, document.fix)];
  const { status } = document.response;
  const metadata = parse(document.text);
  if (status !== 200 || !metadata) return [failure("discovery", `${issuer}${metadataPath}: HTTP status ${status}`, `set OIDC_ISSUER to the URL at which the worker answers, such as ${url}`)];
  if (metadata.issuer !== issuer) {
    return [failure("discovery", `\`issuer\` is ${metadata.issuer}, and the worker's tokens have ${issuer}`, "deploy the worker again: another version answers there")];
  }
  return [ok("discovery", `${issuer}${metadataPath} names ${issuer}`), await ownKeys(metadata.jwks_uri, kid)];
}

async function ownKeys(url, kid) {
  const keys = await get(url);
  if (!keys.response) return failure("keys", `${url}: ${keys.seen}`, keys.fix);
  const set = parse(keys.text)?.keys;
  const ids = Array.isArray(set) ? set.map((key) => key?.kid) : undefined;
  if (keys.response.status !== 200 || !ids) return failure("keys", `${url}: HTTP status ${keys.response.status} without keys`, "check what answers there");
  if (!ids.includes(kid)) return failure("keys", `${ids.length} keys, without ${kid}, which signs`, "wait for the five minutes that caches keep the keys, and deploy the worker again if that does not help");
  return ok("keys", `${ids.length} keys, with ${kid}, which signs`);
}

function print({ step, of, status, seen, fix, cause }) {
  const word = status.padEnd(8);
  // What servers say may have control characters, which mean something to a terminal.
  const clean = (text) => here(String(text).replace(/\p{Cc}/gu, " "));
  console.log(`${isPlain ? word : `\u001b[${colours[status]}m${word}\u001b[0m`} ${step}${of ? ` ${of}` : ""}: ${clean(seen)}`);
  if (fix) console.log(`         -> ${cause ? `${cause}: ` : ""}${clean(fix)}`);
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) await main(() => doctor(process.argv.slice(2)));
