// `npm run keys`: makes the worker's secret keys, and writes them into a file for `wrangler secret bulk`. They are shown on no
// screen and stand in no shell's history. `npm run keys -- --help` has the rest.
import { createHash, generateKeyPairSync, randomBytes } from "node:crypto";
import { existsSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { relative, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { parseArgs } from "node:util";
import { Stop } from "./console.mjs";
import { here, main } from "./place.mjs";

const usage = [
  ["npm run keys", "makes OIDC_SIGNING_KEYS, CACHE_KEY and LINK_KEY, in keys.json"],
  ["npm run keys -- --rs256", "with an RSA key that signs by RS256, for an STS that does not know ES256"],
  ["npm run keys -- --rotate publish", "adds a new signing key behind the others: it is published, and does not sign yet"],
  ["npm run keys -- --rotate sign", "moves the last signing key to the front: it signs"],
  ["npm run keys -- --rotate drop", "removes the last signing key, which signed before"],
  ["npm run --silent keys -- --print NAME", "prints one secret, for a pipe"],
];

function help() {
  const lines = usage.map(([command, does]) => `${here(command).padEnd(42)} ${does}`);
  return `${lines.join("\n")}\nEach takes --file FILE for another file than keys.json, such as one for each environment.`;
}

/** The secret with the signing keys, as a list of private JWKs. */
const signing = "OIDC_SIGNING_KEYS";

/** A new private key for signing, as a JWK. */
export function signingKey(algorithm = "ES256") {
  const { privateKey } =
    algorithm === "RS256" ? generateKeyPairSync("rsa", { modulusLength: 2048 }) : generateKeyPairSync("ec", { namedCurve: "P-256" });
  return privateKey.export({ format: "jwk" });
}

/** All secrets that the worker makes no use of outside: `{ NAME: text }`. */
export function makeSecrets(algorithm) {
  return {
    [signing]: JSON.stringify([signingKey(algorithm)]),
    CACHE_KEY: randomBytes(32).toString("base64"),
    LINK_KEY: randomBytes(32).toString("base64"),
  };
}

/** The keys of the list `text` after one step of a rotation. A new key is of the kind of the last one. */
export function rotate(text, step) {
  const keys = JSON.parse(text);
  const last = keys.at(-1);
  if (step === "publish") return JSON.stringify([...keys, signingKey(last.kty === "RSA" ? "RS256" : "ES256")]);
  if (keys.length < 2) throw new Stop("There is only one signing key: publish another first, with --rotate publish.");
  if (step === "sign") return JSON.stringify([last, ...keys.slice(0, -1)]);
  return JSON.stringify(keys.slice(0, -1));
}

/** The key's `kid`: its RFC 7638 thumbprint. */
export function keyId(jwk) {
  const names = jwk.kty === "RSA" ? ["e", "kty", "n"] : ["crv", "kty", "x", "y"];
  const members = Object.fromEntries(names.map((name) => [name, jwk[name]]));
  return createHash("sha256").update(JSON.stringify(members)).digest("base64url");
}

/** What is said about the signing keys in the list `text`, which is no secret. */
function describe(text) {
  return JSON.parse(text)
    .map((jwk, n) => `  ${n === 0 ? "signs    " : "published"}  ${jwk.kty === "RSA" ? "RS256" : "ES256"}  kid ${keyId(jwk)}`)
    .join("\n");
}

/** Writes `secrets` to `file`, which nobody else may read. Nothing is left half written. */
function write(file, secrets) {
  writeFileSync(`${file}.new`, `${JSON.stringify(secrets, undefined, 2)}\n`, { mode: 0o600, flag: "wx" });
  renameSync(`${file}.new`, file);
}

function read(file) {
  if (!existsSync(file)) throw new Stop(`There is no ${file}: make it with \`npm run keys\`, or name yours with --file.`);
  const secrets = JSON.parse(readFileSync(file, "utf8"));
  if (typeof secrets[signing] !== "string") throw new Stop(`${file} has no ${signing}.`);
  return secrets;
}

// What has to follow a step before the next one.
const next = {
  publish: "Wait a day, until AWS has fetched the new key. Then: npm run keys -- --rotate sign",
  sign: "Wait an hour and see in `npx wrangler tail` that sessions are granted. Then: npm run keys -- --rotate drop",
  drop: "The rotation is done.",
};

/** Does what the command line `args` says. */
export function keys(args) {
  const options = {
    file: { type: "string", default: "keys.json" },
    help: { type: "boolean" },
    print: { type: "string" },
    rotate: { type: "string" },
    rs256: { type: "boolean" },
  };
  const { values } = parseArgs({ args, options });
  if (values.help) return console.log(help());
  const path = resolve(values.file);
  const file = relative(process.cwd(), path);
  if (values.print !== undefined) {
    const secret = read(path)[values.print];
    if (secret === undefined) throw new Stop(`${file} has no ${values.print}.`);
    return process.stdout.write(secret);
  }
  const put = `npm run --silent keys -- --file ${file} --print ${signing} | npx wrangler secret put ${signing}`;
  if (values.rotate !== undefined) {
    const step = values.rotate;
    if (!(step in next)) throw new Stop(`--rotate takes publish, sign or drop.`);
    const secrets = read(path);
    secrets[signing] = rotate(secrets[signing], step);
    write(path, secrets);
    return console.log(here(`${file} has these signing keys now:\n${describe(secrets[signing])}\n\nSet them:\n  ${put}\n\n${next[step]}`));
  }
  if (existsSync(path)) throw new Stop(`${file} is there already and stays as it is: rotate its keys, or take another --file.`);
  const secrets = makeSecrets(values.rs256 ? "RS256" : "ES256");
  write(path, secrets);
  console.log(here(`${file} has new keys, and only you can read it:
${describe(secrets[signing])}

Set them as secrets of the worker:
  npx wrangler secret bulk ${file}

Keep ${file} in a safe place, such as a password manager, and delete it here. Cloudflare does not show a secret again, and to
rotate the signing key you need it. What wrangler.toml and AWS need is in docs/from-nothing.md.`));
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) await main(() => keys(process.argv.slice(2)));
