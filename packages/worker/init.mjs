// `npx edge-presigner init`: the template as a project of one's own.
import { copyFileSync, constants, existsSync, mkdirSync, readdirSync, readFileSync, realpathSync, statSync } from "node:fs";
import { dirname, join, relative, resolve, sep } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { Stop } from "./console.mjs";
import { configNames } from "./wrangler.mjs";

const template = fileURLToPath(new URL("../template", import.meta.url));
// npm leaves out files of this name.
const ownName = { gitignore: ".gitignore" };

/** Copies the template into the folder that the command line `args` names, and overwrites nothing. */
export function init(args) {
  const { positionals } = parseArgs({ args, allowPositionals: true });
  if (positionals.length > 1) throw new Stop("Give one folder, or none for this one.");
  const folder = resolve(positionals[0] ?? ".");
  if (existsSync(folder) && !statSync(folder).isDirectory()) throw new Stop(`${folder} is not a folder.`);
  const files = readdirSync(template, { recursive: true }).filter((name) => statSync(join(template, name)).isFile()).sort();
  const config = configNames.find((name) => existsSync(join(folder, name)));
  const [made, left] = [[], []];
  for (const file of files) {
    // wrangler reads one of its names alone.
    const name = file === "wrangler.toml" && config ? config : (ownName[file] ?? file);
    (copy(join(template, file), folder, name) ? made : left).push(name);
  }
  const here = relative(process.cwd(), folder);
  if (made.length > 0) console.log(`Made in ${here || "this folder"}: ${made.join(", ")}.`);
  if (left.length > 0) console.log(`There already, and left as they are: ${left.join(", ")}.`);
  if (left.includes("package.json")) console.log(missingIn(join(folder, "package.json")));
  if (config) console.log(`Your ${config} needs what ${join(template, "wrangler.toml")} has.`);
  console.log(`
Next:
  ${here ? `cd ${here} && ` : ""}npm install
  npx edge-presigner dev       # tries it on this machine
  npx edge-presigner check     # says what is wrong with wrangler.toml, once you have edited it
README.md has the way to the first deployment.`);
}

/** Copies a file to a place in `folder` where there is none; says whether it did. */
function copy(from, folder, name) {
  const to = join(folder, name);
  mkdirSync(dirname(to), { recursive: true });
  if (!(realpathSync(dirname(to)) + sep).startsWith(realpathSync(folder) + sep)) throw new Stop(`${dirname(to)} leads out of ${folder}.`);
  try {
    copyFileSync(from, to, constants.COPYFILE_EXCL);
    return true;
  } catch (error) {
    if (error.code !== "EEXIST") throw error;
    return false;
  }
}

/** What the package.json at `path` lacks of the template's. */
function missingIn(path) {
  const own = JSON.parse(readFileSync(path, "utf8"));
  const wanted = JSON.parse(readFileSync(join(template, "package.json"), "utf8"));
  const packages = { ...own.dependencies, ...own.devDependencies };
  const install = (kind, flag) => {
    const names = Object.entries(wanted[kind]).filter(([name]) => !packages[name]);
    return names.length > 0 ? [`  npm install ${flag}${names.map(([name, range]) => `"${name}@${range}"`).join(" ")}`] : [];
  };
  const scripts = Object.entries(wanted.scripts).filter(([name]) => !own.scripts?.[name]);
  const lines = [
    ...install("dependencies", ""),
    ...install("devDependencies", "--save-dev "),
    ...(scripts.length > 0 ? [`  npm pkg set ${scripts.map(([name, command]) => `"scripts.${name}=${command}"`).join(" ")}`] : []),
  ];
  return lines.length > 0 ? `Your package.json lacks these; the scripts are for \`npm run\`:\n${lines.join("\n")}` : "Your package.json has all it needs.";
}
