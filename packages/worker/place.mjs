// Where the commands run, and how they are called there: the npm package's side of scripts/place.mjs.
import { fileURLToPath } from "node:url";
import { isNewEnough, manifest, Stop } from "./console.mjs";

/** The folder with wrangler.toml and .dev.vars. */
export const project = process.cwd();

const command = /npm run (?:--silent )?(check|dev|doctor|keys)(?: --(?= ))?(?![-\w])/g;
const page = /(?<![\w/])docs\/(?=[-a-z]+\.md)/g;

/** `text` with the commands in it as they are called here, and pages where they are here. */
export const here = (text) => text.replace(command, "npx edge-presigner $1").replace(page, "node_modules/edge-presigner/docs/");

/** The folder of the checker. */
export const checker = () => fileURLToPath(new URL("../check", import.meta.url));

/** Runs a command; a failure that is foreseen ends it with its sentence and exit code 1. */
export async function main(run) {
  try {
    const { node } = process.versions;
    if (!isNewEnough(node)) throw new Stop(`Node ${node} is too old: install Node ${manifest.engines.node.replace(">=", "")} or later (https://nodejs.org).`);
    await run();
  } catch (error) {
    const isForeseen = error instanceof Stop || String(error?.code).startsWith("ERR_PARSE_ARGS");
    console.error(isForeseen ? `\n${here(error.message)}` : error);
    process.exit(1);
  }
}
