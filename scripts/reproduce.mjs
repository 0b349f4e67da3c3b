// `npm run reproduce`: builds the last commit twice, in two fresh clones that share as little as they can, and compares the bytes.
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, symlinkSync } from "node:fs";
import { homedir } from "node:os";
import { dirname, join } from "node:path";
import { cacheDir, root, runLogged, step, Stop } from "./console.mjs";
import { main } from "./main.mjs";
import { makeFolder, removeFolder } from "./processes.mjs";
import { setUp } from "./setup.mjs";

/** The files that are compared, below build/. */
const files = ["index.js", "index_bg.wasm"];

/** Flags of the developer's own replace those of the project. */
const withoutFlags = { RUSTFLAGS: undefined, CARGO_ENCODED_RUSTFLAGS: undefined };

await main(async () => {
  await setUp();
  const git = (...args) => execFileSync("git", args, { cwd: root, encoding: "utf8" }).trim();
  const commit = git("rev-parse", "HEAD");
  if (git("status", "--porcelain")) console.log("Note: what is not committed is not built.");
  const folder = makeFolder("edge-presigner-reproduce-");
  try {
    const first = await build(join(folder, "here"), withoutFlags);
    const second = await build(join(folder, "in another", "place"), { ...withoutFlags, ...stranger(join(folder, "home")) });
    console.log(`\nBuilds of ${commit}:`);
    for (const name of files) console.log(`${first[name]}  build/${name}`);
    const differing = files.filter((name) => first[name] !== second[name]);
    if (differing.length > 0) throw new Stop(`Not reproducible: the second build has another ${differing.join(" and another ")}.`);
    console.log("Both builds are the same.");
  } finally {
    removeFolder(folder);
  }
});

/** Builds the last commit in a clone at `place`, and resolves to the SHA-256 of each of its files. */
async function build(place, env) {
  execFileSync("git", ["clone", "--quiet", root, place], { stdio: ["ignore", "ignore", "inherit"] });
  await step(`build in ${place}`, () => runLogged("reproduce", process.execPath, [join("scripts", "build.mjs")], { cwd: place, env }));
  return Object.fromEntries(files.map((name) => [name, createHash("sha256").update(readFileSync(join(place, "build", name))).digest("hex")]));
}

/** The environment of somebody whose home is `home`. Tools and downloads are shared: they are verified by checksums. */
function stranger(home) {
  const cargo = process.env.CARGO_HOME || join(homedir(), ".cargo");
  const own = join(home, "cargo");
  mkdirSync(own, { recursive: true });
  for (const name of ["registry", "config.toml"]) {
    if (existsSync(join(cargo, name))) symlinkSync(join(cargo, name), join(own, name));
  }
  return {
    HOME: home,
    CARGO_HOME: own,
    RUSTUP_HOME: process.env.RUSTUP_HOME || join(homedir(), ".rustup"),
    XDG_CACHE_HOME: dirname(cacheDir),
    npm_config_cache: execFileSync("npm", ["config", "get", "cache"], { encoding: "utf8" }).trim(),
    npm_config_userconfig: join(homedir(), ".npmrc"),
  };
}
