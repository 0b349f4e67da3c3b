// What every script says to the person who runs it.
import { closeSync, mkdirSync, openSync, readFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { start } from "./processes.mjs";

/** The folder of the repository, or of the npm package where this module is a part of that. */
export const root = fileURLToPath(new URL("..", import.meta.url));

/** What stands in package.json. */
export const manifest = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));

/** Where tools and logs are kept, outside the work tree. */
export const cacheDir = join(process.env.XDG_CACHE_HOME || join(homedir(), ".cache"), "edge-presigner");

/** A failure that is told in its one sentence, without a stack trace. */
export class Stop extends Error {}

/** Whether a version of Node is what package.json asks for. */
export function isNewEnough(version) {
  const numbers = (text) => text.split(".").map(Number);
  const [[major, minor], [least, leastMinor]] = [numbers(version), numbers(manifest.engines.node.replace(">=", ""))];
  return major > least || (major === least && minor >= leastMinor);
}

/** Runs `work` under one line that ends with the seconds it took; `work` may return a remark for that line. */
export async function step(title, work) {
  const begun = performance.now();
  process.stdout.write(`${title} … `);
  try {
    const remark = await work();
    const seconds = ((performance.now() - begun) / 1000).toFixed(1);
    console.log(`${seconds} s${typeof remark === "string" ? `, ${remark}` : ""}`);
  } catch (error) {
    console.log("failed");
    throw error;
  }
}

// A tool's own words for a failure, and ours for what to do about it.
const causes = [
  [
    /ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ENETUNREACH|ETIMEDOUT|could(n't| not) resolve host|name resolution|network is unreachable|failed to establish a new connection|failed to connect|could(n't| not) connect|connection (refused|timed out)|error sending request/i,
    "the network does not answer; check it and run this again",
  ],
  [/linker `cc` not found/, "a C compiler is missing; install one (Debian: build-essential, macOS: xcode-select --install)"],
  [/could not find (directory of )?openssl|pkg-config.*(not found|could not)/i, "OpenSSL's headers are missing; install them (Debian: libssl-dev pkg-config, macOS: openssl@3)"],
  [/ensurepip is not available|No module named venv/, "Python's venv module is missing; install it (Debian: python3-venv)"],
  [/ENOSPC|no space left on device/i, "the disk is full"],
];

/** Runs a tool with its output in a log file; when it fails, tells the known cause or shows the log's last lines. */
export async function runLogged(name, command, args, options = {}) {
  const dir = join(cacheDir, "logs");
  mkdirSync(dir, { recursive: true });
  const path = join(dir, `${name}.log`);
  const log = openSync(path, "w");
  const child = start(command, args, { cwd: root, ...options, stdio: ["ignore", log, log] });
  const { code, error } = await child.ended;
  closeSync(log);
  if (code === 0) return;
  if (error) throw new Stop(`${command} cannot be started: ${error.message}.`);
  const text = readFileSync(path, "utf8").trimEnd();
  const cause = causes.find(([words]) => words.test(text));
  if (cause) throw new Stop(`${name} could not be set up: ${cause[1]} (log: ${path}).`);
  const last = text.split("\n").slice(-20).join("\n");
  throw new Stop(`${last}\n\n${name} could not be set up: ${command} ended with ${code} (log: ${path}).`);
}
