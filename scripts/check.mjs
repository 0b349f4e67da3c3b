// `npm run check`: reads wrangler.toml and .dev.vars with the worker's own reader, and prints what is wrong with them before
// anything is deployed. `npm run check -- --env staging` takes an environment, `--config FILE` another file.
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { main, root, runLogged, step, Stop } from "./console.mjs";
import { toolEnv } from "./rust-tools.mjs";
import { setUp } from "./setup.mjs";

process.env.WRANGLER_SEND_METRICS = "false";

await main(async () => {
  const { values } = parseArgs({ options: { config: { type: "string", default: join(root, "wrangler.toml") }, env: { type: "string" } } });
  const config = resolve(values.config);
  if (!existsSync(config)) throw new Stop(`There is no file ${config}.`);
  await setUp();
  const bindings = await readBindings(config, values.env);
  const program = ["--quiet", "--bin", "check"];
  await step("the worker's reader", () => runLogged("check", "cargo", ["build", ...program], { env: toolEnv() }));
  const { status, stdout, stderr, error } = spawnSync("cargo", ["run", ...program], { cwd: root, env: toolEnv(), input: JSON.stringify(bindings), encoding: "utf8" });
  if (error || stderr) throw new Stop(`The configuration could not be checked: ${error?.message ?? stderr}`);
  const files = [".dev.vars", ...(values.env ? [`.dev.vars.${values.env}`] : [])].map((name) => join(dirname(config), name));
  if (!files.some(existsSync)) console.log("Note: there is no .dev.vars, so no secret was checked. Those of a deployed worker cannot be read.");
  process.stdout.write(stdout);
  if (status !== 0) throw new Stop("The worker would close what has an error.");
  console.log(stdout ? "No errors." : "No errors and no warnings.");
});

/** All bindings as the worker would see them: variables and secrets, and an empty object for anything else. */
async function readBindings(configPath, env) {
  const { unstable_getMiniflareWorkerOptions: read } = await import("wrangler");
  const { workerOptions } = read(configPath, env);
  const others = [workerOptions.ratelimits, workerOptions.analyticsEngineDatasets, workerOptions.kvNamespaces];
  const names = others.flatMap((bindings) => Object.keys(bindings ?? {}));
  return { ...Object.fromEntries(names.map((name) => [name, {}])), ...workerOptions.bindings };
}
