// `npm run check`: reads wrangler.toml and .dev.vars with the worker's own reader, and prints what is wrong with them before
// anything is deployed. `npm run check -- --env staging` takes an environment, `--config FILE` another file. With `--iam` it prints
// what the configuration needs in AWS instead: docs/deploy.md has the options.
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { root, runLogged, step, Stop } from "./console.mjs";
import { main } from "./main.mjs";
import { formats, trustOf, trustOfSettings } from "./iam.mjs";
import { makeSecrets } from "./keys.mjs";
import { toolEnv } from "./rust-tools.mjs";
import { setUp } from "./setup.mjs";

process.env.WRANGLER_SEND_METRICS = "false";

await main(async () => {
  const text = { type: "string" };
  const { values } = parseArgs({
    options: {
      ...{ config: { ...text, default: join(root, "wrangler.toml") }, env: text },
      ...{ iam: { type: "boolean" }, format: { ...text, default: "cli" }, issuer: text, audience: text, subject: text },
      ...{ "bucket-account": text, network: { ...text, multiple: true } },
    },
  });
  if (!(values.format in formats)) throw new Stop(`There is no format ${values.format}: the formats are ${Object.keys(formats).join(", ")}.`);
  const config = resolve(values.config);
  if (!existsSync(config)) throw new Stop(`There is no file ${config}.`);
  await setUp();
  const print = console.log;
  // What is printed then may be written to a file, so what wrangler has to say goes elsewhere.
  if (values.iam) console.log = console.error;
  const files = [".dev.vars", ...(values.env ? [`.dev.vars.${values.env}`] : [])].map((name) => join(dirname(config), name));
  const hasSecrets = files.some(existsSync);
  const vars = await readBindings(config, values.env);
  const bindings = hasSecrets ? vars : { ...standIns(vars), ...vars };
  const program = ["--quiet", "--bin", "check"];
  const build = () => runLogged("check", "cargo", ["build", ...program], { env: toolEnv() });
  await (values.iam ? build() : step("the worker's reader", build));
  const trust = trustFrom(values) ?? trustOfSettings(bindings) ?? trustOf(bindings.AWS_WEB_IDENTITY_TOKEN);
  const run = (...more) => {
    const args = ["run", ...program, "--", ...more];
    const done = spawnSync("cargo", args, { cwd: root, env: toolEnv(), input: JSON.stringify(bindings), encoding: "utf8" });
    if (done.error || done.stderr) throw new Stop(`The configuration could not be checked: ${done.error?.message ?? done.stderr}`);
    return done;
  };
  if (values.iam) {
    const options = { trust, bucketAccount: bucketAccount(values["bucket-account"], bindings.AWS_ROLE_ARN), networks: values.network };
    const { status, stdout } = run("--iam", JSON.stringify(options));
    if (status !== 0) throw new Stop(`${stdout}Nothing is printed for a configuration with errors.`);
    print(formats[values.format](JSON.parse(stdout), trust));
    return;
  }
  const { status, stdout } = run();
  if (!hasSecrets) console.log("Note: there is no .dev.vars, so no secret was checked. Those of a deployed worker cannot be read.");
  process.stdout.write(stdout);
  if (status !== 0) throw new Stop("The worker would close what has an error.");
  console.log(stdout ? "No errors." : "No errors and no warnings.");
});

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
  const { unstable_getMiniflareWorkerOptions: read } = await import("wrangler");
  const { workerOptions } = read(configPath, env);
  const others = [workerOptions.ratelimits, workerOptions.analyticsEngineDatasets, workerOptions.kvNamespaces];
  const names = others.flatMap((bindings) => Object.keys(bindings ?? {}));
  return { ...Object.fromEntries(names.map((name) => [name, {}])), ...workerOptions.bindings };
}
