// `npm run setup`, and what the other scripts call to have what they need.
import { spawnSync } from "node:child_process";
import { existsSync, statSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { root, runLogged, step, Stop } from "./console.mjs";
import { main } from "./main.mjs";
import { exists } from "./processes.mjs";
import { checkPython, ensurePython, ensureSeaweedFs, pythonEnvironment } from "./python.mjs";
import { ensureRust, ensureTools } from "./rust-tools.mjs";

const testModules = pythonEnvironment("requirements-tests.txt");
const deployLinters = pythonEnvironment("requirements-deploy.txt");

/** The Python that has the modules of the tests, once `setUp` has run with `tests`. */
export const testPython = join(testModules.path, "bin", "python");

/** The Python that has the linters of deploy/, once `setUp` has run with `tests`. */
export const deployPython = join(deployLinters.path, "bin", "python");

/**
 * Installs what is missing and says so; without anything missing it is silent and quick.
 * Building needs no options; `localAws` adds SeaweedFS, `tests` adds wasm-pack, Python's modules and the programs that the
 * tests drive, and `checks` adds cargo-deny.
 */
export async function setUp({ localAws = false, tests = false, checks = false } = {}) {
  checkMachine({ python: localAws || tests, tests });
  await ensureNodeModules();
  await ensureRust();
  await ensureTools(["wasm-bindgen", ...(tests ? ["wasm-pack"] : []), ...(checks ? ["cargo-deny"] : [])]);
  if (localAws) await ensureSeaweedFs();
  if (!tests) return;
  await ensurePython("MiniStack, another S3, the AWS CLI, schemathesis and clients that read data, for the tests", testModules);
  await ensurePython("cfn-lint and other linters of deploy/", deployLinters);
  // It needs the packages of npm, which may have just been installed.
  const { ensurePrograms } = await import("./programs.mjs");
  await ensurePrograms();
}

function checkMachine({ python, tests }) {
  if (!exists("rustup") || !exists("cargo")) {
    throw new Stop("rustup is missing: install it (https://rustup.rs) and open a new terminal.");
  }
  if (python) checkPython();
  const isNewEnough = ["-c", "import sys; sys.exit(sys.version_info < (3, 11))"];
  if (tests && spawnSync("python3", isNewEnough).status !== 0) {
    throw new Stop("Python 3 is too old for the clients that the tests drive: install Python 3.11 or later (https://www.python.org/downloads).");
  }
}

async function ensureNodeModules() {
  const lock = join(root, "package-lock.json");
  const installed = join(root, "node_modules", ".package-lock.json");
  if (existsSync(installed) && statSync(installed).mtimeMs >= statSync(lock).mtimeMs) return;
  // No package here needs its install script, so none is run.
  const args = ["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--fetch-retry-mintimeout=2000"];
  await step("npm packages", () => runLogged("npm", "npm", args));
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) {
  await main(async () => {
    await setUp({ localAws: true, tests: true, checks: true });
    console.log("Everything is set up.");
  });
}
