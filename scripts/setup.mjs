// `npm run setup`, and what the other scripts call to have what they need.
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { cacheDir, root, runLogged, step, Stop } from "./console.mjs";
import { main } from "./main.mjs";
import { makeFolder, publish } from "./processes.mjs";
import { ensureRust, ensureTools } from "./rust-tools.mjs";

const seaweedFs = pythonEnvironment("requirements.txt");
const testModules = pythonEnvironment("requirements-tests.txt");
const deployLinters = pythonEnvironment("requirements-deploy.txt");

/** The SeaweedFS binary, once `setUp` has run with `localAws`. */
export const weed = join(seaweedFs.path, "bin", "weed");

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
  if (localAws) await ensurePython("SeaweedFS, the local S3 and STS", seaweedFs);
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
  if (python && !exists("python3")) {
    throw new Stop("Python 3 is missing: install it (https://www.python.org/downloads); it brings the local S3 server.");
  }
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

/** The virtual environment of a requirements file, in a folder that says what is in it. */
function pythonEnvironment(name) {
  const requirements = join(root, "scripts", name);
  const contents = readFileSync(requirements, "utf8").trim().replaceAll("==", "-").replaceAll("\n", "+");
  // Names of files have at most 255 bytes.
  const digest = () => `${name.replace(".txt", "")}-${createHash("sha256").update(contents).digest("hex").slice(0, 16)}`;
  return { requirements, path: join(cacheDir, contents.length > 200 ? digest() : contents) };
}

async function ensurePython(title, { requirements, path }) {
  if (existsSync(path)) return;
  await step(title, async () => {
    const made = makeFolder(".python-", cacheDir);
    await runLogged("python-venv", "python3", ["-m", "venv", made]);
    const pip = ["-m", "pip", "install", "--disable-pip-version-check", "--requirement", requirements];
    await runLogged("pip", join(made, "bin", "python"), pip);
    publish(made, path);
  });
}

function exists(command) {
  // Away from rust-toolchain.toml, where the question could set off a silent installation.
  return !spawnSync(command, ["--version"], { cwd: "/", stdio: "ignore" }).error;
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) {
  await main(async () => {
    await setUp({ localAws: true, tests: true, checks: true });
    console.log("Everything is set up.");
  });
}
