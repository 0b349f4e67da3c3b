// Where the commands run that the npm package has too, and how they are called there. This is the repository's side; the
// package has packages/worker/place.mjs in its place.
import { build } from "./build.mjs";
import { root } from "./console.mjs";
import { setUp } from "./setup.mjs";

export { main } from "./main.mjs";

/** The folder with wrangler.toml and .dev.vars. */
export const project = root;

/** `text` with the commands in it as they are called here, and pages where they are here. */
export const here = (text) => text;

/** The folder of the checker, which is built if it is not there or not up to date. */
export async function checker() {
  await setUp();
  return build("checker");
}
