// Child processes and temporary folders that do not outlive this process.
import { spawn, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync } from "node:fs";
import { constants, tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";

const groups = new Set();
const folders = new Set();
let beforeExit = async () => {};
let watching = false;

/**
 * Starts a command in a process group of its own, so that ending the group also ends what
 * the command started. `child.ended` resolves to `{ code, error }` and never rejects.
 */
export function start(command, args, options = {}) {
  watch();
  const env = { ...process.env, WRANGLER_SEND_METRICS: "false", ...options.env };
  const child = spawn(command, args, { detached: true, ...options, env });
  if (child.pid) groups.add(child.pid);
  child.ended = new Promise((resolve) => {
    child.once("error", (error) => resolve({ code: 1, error }));
    child.once("exit", (code, by) => {
      // An empty group's number may be given to somebody else.
      if (!signal(child.pid, 0)) groups.delete(child.pid);
      resolve({ code: code ?? by });
    });
  });
  return child;
}

/** Whether there is such a command. */
export function exists(command) {
  // Away from rust-toolchain.toml, where the question could set off a silent installation.
  return !spawnSync(command, ["--version"], { cwd: "/", stdio: "ignore" }).error;
}

/** Ends a child's whole group: SIGTERM and up to `graceMs` for the child, then SIGKILL for what is left. */
export async function end(child, graceMs = 0) {
  if (!groups.has(child.pid)) return;
  if (graceMs > 0) {
    signal(child.pid, "SIGTERM");
    await Promise.race([child.ended, delay(graceMs, undefined, { ref: false })]);
    // The rest of the group may be a moment behind.
    for (const deadline = Date.now() + 1000; signal(child.pid, 0) && Date.now() < deadline; ) await delay(20);
  }
  signal(child.pid, "SIGKILL");
  groups.delete(child.pid);
  await child.ended;
}

/** Makes a temporary folder inside `parent`. */
export function makeFolder(prefix, parent = tmpdir()) {
  watch();
  mkdirSync(parent, { recursive: true });
  const path = mkdtempSync(join(parent, prefix));
  folders.add(path);
  return path;
}

/** Removes a folder that `makeFolder` made. */
export function removeFolder(path) {
  // A process that was just killed may still be writing its last file.
  rmSync(path, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
  folders.delete(path);
}

/** Moves a finished installation to its place, where its presence says that it is whole. */
export function publish(made, place) {
  try {
    renameSync(made, place);
  } catch (error) {
    // Another run was faster.
    if (!existsSync(place)) throw error;
    removeFolder(made);
  }
}

/** Sets what SIGINT, SIGTERM and SIGHUP do before the process exits and takes its children with it. */
export function onSignal(work) {
  watch();
  beforeExit = work;
}

function signal(pid, name) {
  try {
    process.kill(-pid, name);
    return true;
  } catch {
    return false;
  }
}

function watch() {
  if (watching) return;
  watching = true;
  process.on("exit", () => {
    for (const pid of groups) signal(pid, "SIGKILL");
    for (const path of folders) removeFolder(path);
  });
  let asked = false;
  for (const name of ["SIGINT", "SIGTERM", "SIGHUP"]) {
    process.on(name, async () => {
      // npm forwards the terminal's Ctrl-C, so the same one can arrive twice.
      if (asked) return;
      asked = true;
      await beforeExit();
      process.exit(128 + constants.signals[name]);
    });
  }
}
