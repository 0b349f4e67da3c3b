// The wrangler of a project, and the file that it reads.
import { existsSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import { manifest, root, Stop } from "./console.mjs";
import { project } from "./place.mjs";

// For what runs in this process; child processes are told by `start`.
process.env.WRANGLER_SEND_METRICS = "false";

/** wrangler's names for its configuration, in its own order. */
export const configNames = ["wrangler.json", "wrangler.jsonc", "wrangler.toml"];

/** The configuration in `folder`. */
export function configFile(folder) {
  const found = configNames.map((name) => join(folder, name)).find(existsSync);
  if (!found) throw new Stop(`There is no wrangler.toml in ${folder}: go to the folder that has one, or make one with \`npx edge-presigner init\`.`);
  return found;
}

/** The function `name` of wrangler's, which says of itself that a later version may not have it. */
export async function wranglerFunction(name) {
  const wrangler = await import(pathToFileURL(resolve("wrangler")).href);
  if (typeof wrangler[name] === "function") return wrangler[name];
  const tested = (manifest.peerDependencies ?? manifest.devDependencies).wrangler.replace("^", "");
  throw new Stop(`The installed wrangler has no ${name}: run \`npm install --save-dev wrangler@${tested}\`, the version that was tested.`);
}

/** The script that wrangler's command runs. */
export function wranglerScript() {
  const file = resolve("wrangler/package.json");
  return join(dirname(file), JSON.parse(readFileSync(file, "utf8")).bin.wrangler);
}

/** The file of `name` in the project, or beside this package, where npm puts what it needs. */
function resolve(name) {
  for (const folder of [project, root]) {
    try {
      return createRequire(join(folder, "package.json")).resolve(name);
    } catch (error) {
      if (error.code !== "MODULE_NOT_FOUND") throw error;
    }
  }
  throw new Stop("wrangler is missing: run `npm install` in the folder of your project.");
}
