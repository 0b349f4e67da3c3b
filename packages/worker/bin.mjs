#!/usr/bin/env node
// `npx edge-presigner`: the commands of the package.
import { fileURLToPath } from "node:url";
import { manifest, Stop } from "./lib/console.mjs";
import { main } from "./lib/place.mjs";

const commands = {
  init: { usage: "[FOLDER]", does: "makes a project in a folder, or here: wrangler.toml, src/index.js and the rest" },
  dev: { usage: "", does: "runs the worker on this machine with a local S3 and STS, and prints curl lines to paste" },
  check: { usage: "", does: "reads wrangler.toml and .dev.vars as the worker would, and says what is wrong with them" },
  keys: { usage: "", does: "makes the worker's secret keys, and rotates them: see `keys --help`" },
  doctor: { usage: "URL", does: "examines a deployed worker, and says what to fix" },
};

const options = `Options of check:
  --env NAME            checks an environment of wrangler.toml
  --config FILE         checks another file
  --iam                 prints what the configuration needs in AWS instead, with --format cli, cloudformation, terraform
                        or json: docs/deploy.md describes it, with --issuer, --audience, --subject, --bucket-account, --network
Options of doctor:
  --iam                 prints the policies and CORS rules to paste too

PORT=8788 npx edge-presigner dev uses another port than 8787. doctor takes the key of an admin from PRESIGNER_KEY, or asks for it.
The documentation is in ${fileURLToPath(new URL("docs", import.meta.url))}`;

function help() {
  const lines = Object.entries(commands).map(([name, { usage, does }]) => `  ${`${name} ${usage}`.padEnd(16)} ${does}`);
  return `npx edge-presigner COMMAND\n\n${lines.join("\n")}\n  --help, --version\n\n${options}`;
}

await main(async () => {
  const [name, ...args] = process.argv.slice(2);
  if (name === "--version") return console.log(manifest.version);
  if (name === "--help" || (name !== "keys" && args.includes("--help"))) return console.log(help());
  const known = `The commands are ${Object.keys(commands).join(", ")}; --help describes them.`;
  if (name === undefined) throw new Stop(known);
  if (!Object.hasOwn(commands, name)) throw new Stop(`There is no command ${name}. ${known}`);
  const module = await import(`./lib/${name}.mjs`);
  await module[name](args);
});
