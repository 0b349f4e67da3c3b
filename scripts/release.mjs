// `npm run release`: makes what a release consists of, in target/release-VERSION/, and prints what is left to do. It publishes nothing:
// docs/releases.md has the steps.
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { copyFileSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { pathToFileURL } from "node:url";
import { root, Stop } from "./console.mjs";
import { main } from "./main.mjs";
import { pack } from "./pack.mjs";
import { deployed, readSbom } from "./sbom.mjs";
import { setUp, testPython } from "./setup.mjs";

const read = (...path) => readFileSync(join(root, ...path), "utf8");

/** Every place that names the version, with what it says. */
export function versions() {
  const manifest = /^name = "edge-presigner"\nversion = "(.+)"$/m;
  const lock = JSON.parse(read("package-lock.json"));
  const said = {
    "Cargo.toml": read("Cargo.toml").match(manifest)[1],
    "Cargo.lock": read("Cargo.lock").match(manifest)[1],
    "package.json": JSON.parse(read("package.json")).version,
    "package-lock.json": lock.version,
    'package-lock.json, packages[""]': lock.packages[""].version,
  };
  const folder = join(root, "packages");
  for (const path of readdirSync(folder, { recursive: true }).sort()) {
    const text = () => read("packages", path);
    if (path.includes("node_modules")) continue;
    if (basename(path) === "package.json") {
      const { private: isPrivate, version, dependencies } = JSON.parse(text());
      if (version && !isPrivate) said[`packages/${path}`] = version;
      const range = dependencies?.["edge-presigner"];
      if (range) said[`packages/${path}, dependencies`] = range.replace(/^\^/, "");
    }
    const inPython = path.endsWith(".py") && text().match(/^__version__ = "(.+)"$/m);
    if (inPython) said[`packages/${path}`] = inPython[1];
  }
  return said;
}

/** The section of `changelog` about `version`, without its heading; nothing where it has none with a date. */
export function notesOf(changelog, version) {
  const heading = new RegExp(`^## \\[${version.replaceAll(".", "\\.")}\\] - \\d{4}-\\d\\d-\\d\\d\\n`);
  const section = changelog.split(/^(?=## )/m).find((it) => heading.test(it));
  // The addresses of links are at the end of the file.
  return section?.replace(heading, "").replace(/^\[[^\]]+\]: .*$/gm, "").trim() || undefined;
}

/**
 * Why `version` cannot be released. `status` and `tags` are what `git status --porcelain` and `git tag` say, and `variables` are
 * the names of the environment's.
 */
export function obstacles({ version, status, tags, said, changelog, variables }) {
  const others = Object.entries(said).filter(([, it]) => it !== version);
  return [
    // The build is then another than that of the sources.
    ...variables.filter((name) => /^(CARGO_ENCODED_)?RUSTFLAGS$|^CARGO_(PROFILE|BUILD|TARGET)_/.test(name)).map((name) => `The environment has ${name}.`),
    ...(status ? ["There are changes that are not committed."] : []),
    ...others.map(([place, it]) => `${place} has the version ${it}, and Cargo.toml ${version}.`),
    ...(tags.split("\n").includes(`v${version}`) ? [`The tag v${version} is there: change the version.`] : []),
    ...(notesOf(changelog, version) ? [] : [`CHANGELOG.md has no section "## [${version}] - YYYY-MM-DD" with what is new.`]),
    ...(/^## \[Unreleased\]\n+(?!## |\[|$)/m.test(changelog) ? ["CHANGELOG.md has lines under [Unreleased]: move them to the section of the version."] : []),
  ];
}

async function release() {
  const git = (...args) => execFileSync("git", args, { cwd: root, encoding: "utf8" }).trim();
  const said = versions();
  const version = said["Cargo.toml"];
  const changelog = read("CHANGELOG.md");
  const found = obstacles({ version, said, changelog, status: git("status", "--porcelain"), tags: git("tag"), variables: Object.keys(process.env) });
  if (found.length > 0) throw new Stop(`${version} cannot be released:\n${found.map((it) => `- ${it}`).join("\n")}`);
  await setUp({ tests: true });
  // What is there may have been changed after it was made.
  rmSync(join(root, "build"), { recursive: true, force: true });
  execFileSync(process.execPath, [join(root, "scripts", "build.mjs")], { stdio: "inherit" });
  const packed = [await pack(), packClient()];
  const folder = join("target", `release-${version}`);
  const sums = assemble(join(root, folder), version, packed);
  const notes = join("target", `release-${version}.md`);
  writeFileSync(join(root, notes), `${notesOf(changelog, version)}\n`);
  process.stdout.write(`\n${folder}/SHA256SUMS:\n${sums}`);
  console.log(`
Nothing has been published. What is left to do:

  git tag -s v${version} -m "edge-presigner ${version}"
  git push origin v${version}
${packed.map((path) => `  ${publish(`./${folder}/${basename(path)}`, process.env)}\n`).join("")}\
  twine upload ./${folder}/edge_presigner-${version}*
  gh release create v${version} --verify-tag --title ${version} --notes-file ${notes} ${folder}/*`);
}

/** The command that publishes the npm package at `path` from the environment `env`. */
export function publish(path, env) {
  // npm signs where it was built with the OIDC token of GitHub Actions or GitLab CI, and fails elsewhere.
  const provenance = env.ACTIONS_ID_TOKEN_REQUEST_URL || env.SIGSTORE_ID_TOKEN ? "--provenance " : "";
  return `npm publish ${provenance}--access public ${path}`;
}

/** Puts everything that is attached to the release into `folder`, and returns the contents of its SHA256SUMS. */
function assemble(folder, version, packed) {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const files = [...deployed.map((name) => join(root, "build", name)), join(root, "THIRD-PARTY-NOTICES.txt"), ...packed];
  for (const path of files) copyFileSync(path, join(folder, basename(path)));
  packPython(folder);
  // The npm package has a second module, for its command `check`.
  const sbom = readSbom({ dependencies: packed.flatMap(dependenciesOf), files: [...deployed, "check/check.js", "check/check_bg.wasm"] });
  writeFileSync(join(folder, `edge-presigner-${version}.cdx.json`), `${JSON.stringify(sbom, null, 2)}\n`);
  const digest = (name) => createHash("sha256").update(readFileSync(join(folder, name))).digest("hex");
  const sums = readdirSync(folder).sort().map((name) => `${digest(name)}  ${name}\n`).join("");
  writeFileSync(join(folder, "SHA256SUMS"), sums);
  return sums;
}

/** Packs the client for JavaScript, and returns the path. */
function packClient() {
  const args = ["pack", "--ignore-scripts", "--json", "--pack-destination", join(root, "target")];
  const [{ filename }] = JSON.parse(execFileSync("npm", args, { cwd: join(root, "packages", "client"), encoding: "utf8" }));
  return join(root, "target", filename);
}

/** Writes the wheel and the source distribution of the client for Python into `folder`, with the time of the last commit. */
export function packPython(folder) {
  const time = execFileSync("git", ["log", "-1", "--format=%ct"], { cwd: root, encoding: "utf8" }).trim();
  const script = "import sys; from flit_core.buildapi import build_sdist, build_wheel; build_wheel(sys.argv[1]); build_sdist(sys.argv[1])";
  const env = { ...process.env, SOURCE_DATE_EPOCH: process.env.SOURCE_DATE_EPOCH ?? time };
  execFileSync(testPython, ["-c", script, folder], { cwd: join(root, "packages", "python"), env });
}

/** The packages that npm installs with the one in the file at `path`. */
function dependenciesOf(path) {
  const manifest = execFileSync("tar", ["-xzOf", path, "package/package.json"], { encoding: "utf8" });
  return Object.keys(JSON.parse(manifest).dependencies ?? {});
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) await main(release);
