// `npm run check`: reads wrangler.toml and .dev.vars with the worker's own reader, and prints what is wrong with them before
// anything is deployed. `npm run check -- --env staging` takes an environment, `--config FILE` another file. With `--iam` it prints
// what the configuration needs in AWS instead: docs/deploy.md has the options.
import { existsSync, readFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { parseArgs } from "node:util";
import { Stop } from "./console.mjs";
import { formats, trustOf, trustOfSettings } from "./iam.mjs";
import { makeSecrets } from "./keys.mjs";
import { checker, here, main, project } from "./place.mjs";
import { configFile, wranglerFunction } from "./wrangler.mjs";

/** Checks what the command line `args` names. */
export async function check(args) {
  const text = { type: "string" };
  const { values } = parseArgs({
    args,
    options: {
      ...{ config: text, env: text },
      ...{ iam: { type: "boolean" }, format: { ...text, default: "cli" }, issuer: text, audience: text, subject: text },
      ...{ "bucket-account": text, network: { ...text, multiple: true } },
    },
  });
  if (!(values.format in formats)) throw new Stop(`There is no format ${values.format}: the formats are ${Object.keys(formats).join(", ")}.`);
  const config = values.config ? resolve(values.config) : configFile(project);
  if (!existsSync(config)) throw new Stop(`There is no file ${config}.`);
  const write = process.stdout.write.bind(process.stdout);
  // What is printed then may be written to a file, so what wrangler and the build have to say goes elsewhere.
  if (values.iam) process.stdout.write = process.stderr.write.bind(process.stderr);
  const checkBindings = await loadChecker();
  const files = [".dev.vars", ...(values.env ? [`.dev.vars.${values.env}`] : [])].map((name) => join(dirname(config), name));
  const hasSecrets = files.some(existsSync);
  const vars = await readBindings(config, values.env);
  const bindings = hasSecrets ? vars : { ...standIns(vars), ...vars };
  const trust = trustFrom(values) ?? trustOfSettings(bindings) ?? trustOf(bindings.AWS_WEB_IDENTITY_TOKEN);
  const options = { trust, bucketAccount: bucketAccount(values["bucket-account"], bindings.AWS_ROLE_ARN), networks: values.network };
  const { errors, warnings, setup } = checkBindings(bindings, values.iam ? options : undefined);
  if (values.iam) {
    if (!setup) throw new Stop(`${list("error", errors)}Nothing is printed for a configuration with errors.`);
    write(`${formats[values.format](setup, trust)}\n`);
    return;
  }
  if (!hasSecrets) console.log("Note: there is no .dev.vars, so no secret was checked. Those of a deployed worker cannot be read.");
  process.stdout.write(here(list("error", errors) + list("warning", warnings)));
  if (errors.length > 0) throw new Stop("The worker would close what has an error.");
  console.log(warnings.length > 0 ? "No errors." : "No errors and no warnings.");
}

const list = (kind, texts) => texts.map((text) => `${kind}: ${text}\n`).join("");

/** The checker of scripts/check.rs, for bindings and options as objects. Secrets go to it in memory alone. */
async function loadChecker() {
  const folder = await checker();
  const { check, initSync } = await import(pathToFileURL(join(folder, "check.js")).href);
  initSync({ module: readFileSync(join(folder, "check_bg.wasm")) });
  return (bindings, iam) => JSON.parse(check(JSON.stringify(bindings), iam && JSON.stringify(iam)));
}

/** Secrets in place of those that a deployed worker may have, so that none is called missing where none can be read. */
function standIns({ OIDC_ISSUER }) {
  const { OIDC_SIGNING_KEYS, ...others } = makeSecrets();
  return OIDC_ISSUER ? { ...others, OIDC_SIGNING_KEYS } : others;
}

/** Whose tokens are exchanged, as the command line says it. */
function trustFrom({ issuer, audience, subject }) {
  const given = [issuer, audience, subject].filter((it) => it !== undefined).length;
  if (given % 3 !== 0) throw new Stop("Give all of --issuer, --audience and --subject, or none.");
  return given ? { issuer, audiences: audience.split(","), subject } : undefined;
}

/** The account of the buckets: that of the role, unless the command line names another, or says `any`. */
function bucketAccount(named, roleArn) {
  if (named === "any") return undefined;
  return named ?? String(roleArn ?? "").match(/^arn:[^:]+:iam::(\d{12}):/)?.[1];
}

/** All bindings as the worker would see them: variables and secrets, and an empty object for anything else. */
async function readBindings(configPath, env) {
  const read = await wranglerFunction("unstable_getMiniflareWorkerOptions");
  const { workerOptions } = read(configPath, env);
  const others = [workerOptions.ratelimits, workerOptions.analyticsEngineDatasets, workerOptions.kvNamespaces];
  const names = others.flatMap((bindings) => Object.keys(bindings ?? {}));
  return { ...Object.fromEntries(names.map((name) => [name, {}])), ...workerOptions.bindings };
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) await main(() => check(process.argv.slice(2)));
