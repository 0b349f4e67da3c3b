// `workerd serve` without wrangler or miniflare around it: one worker, one process.
import { execFileSync } from "node:child_process";
import { closeSync, copyFileSync, openSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { basename, join } from "node:path";
import { createInterface } from "node:readline";
import { root, Stop } from "../console.mjs";
import { end, makeFolder, removeFolder, start } from "../processes.mjs";

const require = createRequire(import.meta.url);
// The very runtime of the end-to-end tests: miniflare's own.
const { default: binary, version } = require(createRequire(require.resolve("miniflare")).resolve("workerd"));

/** The version of the runtime. */
export const workerdVersion = version;

/**
 * Starts workerd with one worker and resolves once it listens, to
 *
 * - `port`, on 127.0.0.1;
 * - `cpuMs()`: the CPU time that the process has used so far, all threads, user and system;
 * - `memoryMb()`: the memory that it has at present;
 * - `log()`: the lines that the worker and the runtime have written so far, which go to a file;
 * - `stop()`.
 *
 * `modules` are paths, the first being the main one; `bindings` has text and JSON. The worker may connect to
 * loopback and to nothing else.
 */
export async function startWorkerd({ modules, bindings = {} }) {
  const folder = makeFolder("edge-presigner-bench-");
  for (const path of modules) copyFileSync(path, join(folder, basename(path)));
  const config = join(folder, "config.capnp");
  writeFileSync(config, configText(modules.map((path) => basename(path)), bindings));
  const logFile = join(folder, "log");
  const output = openSync(logFile, "a");
  const child = start(binary, ["serve", config, "--control-fd=3"], { stdio: ["ignore", output, output, "pipe"] });
  closeSync(output);
  const log = () => readFileSync(logFile, "utf8").split("\n").slice(0, -1);
  const stop = async () => {
    await end(child);
    removeFolder(folder);
  };
  const port = await Promise.race([
    new Promise((resolve) => createInterface({ input: child.stdio[3] }).once("line", (line) => resolve(JSON.parse(line).port))),
    child.ended.then(({ error }) => {
      throw new Stop(`workerd did not start: ${error?.message ?? log().join("\n")}`);
    }),
  ]);
  return { port, cpuMs: () => cpuMs(child.pid), memoryMb: () => memoryMb(child.pid), log, stop };
}

/** Throws a `Stop` where the CPU time of a process cannot be had. */
export function checkCpuTime() {
  try {
    cpuMs(process.pid);
  } catch (error) {
    throw new Stop(`This system does not tell the CPU time of a process: ${error.message}.`);
  }
}

function cpuMs(pid) {
  if (process.platform === "linux") {
    // `/proc/PID/stat` counts in ticks of 10 ms, too coarse for a start; here the first number is nanoseconds.
    const threads = join("/proc", String(pid), "task");
    const used = readdirSync(threads).map((thread) => readFileSync(join(threads, thread, "schedstat"), "utf8").split(" ")[0]);
    return used.reduce((sum, nanoseconds) => sum + Number(nanoseconds), 0) / 1e6;
  }
  // Elsewhere minutes, seconds and hundredths.
  const [minutes, seconds] = execFileSync("ps", ["-o", "time=", "-p", String(pid)], { encoding: "utf8" }).split(":").map(Number);
  return (minutes * 60 + seconds) * 1000;
}

function memoryMb(pid) {
  return Number(execFileSync("ps", ["-o", "rss=", "-p", String(pid)], { encoding: "utf8" })) / 1024;
}

function configText(modules, bindings) {
  const module = (name) => `(name = "${name}", ${name.endsWith(".wasm") ? "wasm" : "esModule"} = embed "${name}")`;
  const binding = ([name, value]) =>
    typeof value === "string" ? `(name = "${name}", text = ${quote(value)})` : `(name = "${name}", json = ${quote(JSON.stringify(value))})`;
  const date = readFileSync(join(root, "wrangler.toml"), "utf8").match(/^compatibility_date = "(.+)"/m)[1];
  return `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [
    (name = "main", worker = (
      modules = [${modules.map(module).join(", ")}],
      compatibilityDate = "${date}",
      bindings = [${Object.entries(bindings).map(binding).join(", ")}],
      globalOutbound = "loopback",
    )),
    (name = "loopback", network = (allow = ["local"])),
  ],
  sockets = [(name = "http", address = "127.0.0.1:0", service = "main")],
);
`;
}

// ASCII without control characters: for that, the strings of JSON are Cap'n Proto's.
function quote(text) {
  return JSON.stringify(text);
}
