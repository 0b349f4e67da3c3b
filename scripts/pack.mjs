// `npm run pack`: makes target/edge-presigner-VERSION.tgz, the npm package with the built worker. The same sources make the same
// bytes: npm sorts the files and gives all of them one time.
import { execFileSync } from "node:child_process";
import { copyFileSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import { build } from "./build.mjs";
import { manifest, root, runLogged } from "./console.mjs";
import { main } from "./main.mjs";
import { setUp } from "./setup.mjs";

const target = join(root, "target");
const staged = join(target, "package");

/** The modules of scripts/ that the commands of the package are made of; those of packages/worker/ stand beside them. */
const shared = [
  ...["ada.png", "check.mjs", "console.mjs", "demo.mjs", "doctor.mjs", "iam.mjs", "keys.mjs", "local-s3.mjs", "processes.mjs"],
  ...["python.mjs", "requirements.txt", "seaweedfs.mjs", "servers.mjs", "wrangler.mjs"],
];

/** Where each file of the package comes from: its path there, and the path in the repository. */
const contents = [
  ["index.js", "build/index.js"],
  ["index_bg.wasm", "build/index_bg.wasm"],
  ...["check.js", "check_bg.wasm"].map((name) => [`check/${name}`, `build/check/${name}`]),
  ...["README.md", "bin.mjs", "index.d.ts"].map((name) => [name, `packages/worker/${name}`]),
  ...["dev.mjs", "init.mjs", "place.mjs"].map((name) => [`lib/${name}`, `packages/worker/${name}`]),
  ...shared.map((name) => [`lib/${name}`, `scripts/${name}`]),
  ...["CHANGELOG.md", "LICENSE", "SECURITY.md", "THIRD-PARTY-NOTICES.txt"].map((name) => [name, name]),
  ...[".dev.vars.example", "README.md", "package.json", "src/index.js", "wrangler.toml"].map((name) => [`template/${name}`, `packages/template/${name}`]),
  // npm leaves out files of the name .gitignore.
  ["template/gitignore", "packages/template/.gitignore"],
];

/** The documentation, what it names, and the clients for other programs, each at its place in the repository. */
const folders = ["deploy", "docs", "examples", "packages/client", "packages/python"];

/** What is of use in the repository alone. */
const ofRepository = ["docs/development.md"];

/** The files of `folders` that git has: what else lies there is packed by nobody. */
function filesOfFolders() {
  const files = execFileSync("git", ["ls-files", "-z", ...folders], { cwd: root, encoding: "utf8" }).split("\0");
  return files.filter((name) => name && !ofRepository.includes(name)).map((name) => [name, name]);
}

/** Makes the package, and resolves to its path. */
export async function pack() {
  await build("worker");
  await build("checker");
  rmSync(staged, { recursive: true, force: true });
  for (const [to, from] of [...contents, ...filesOfFolders()]) {
    mkdirSync(dirname(join(staged, to)), { recursive: true });
    copyFileSync(join(root, from), join(staged, to));
  }
  writeFileSync(join(staged, "package.json"), `${JSON.stringify(packageJson(), null, 2)}\n`);
  const file = join(target, `${manifest.name}-${manifest.version}.tgz`);
  await runLogged("pack", "npm", ["pack", "--ignore-scripts", "--pack-destination", target], { cwd: staged });
  return file;
}

/** The manifest of packages/worker/, with what the repository's own says too. */
function packageJson() {
  const { version, description, license, engines, devDependencies } = manifest;
  const own = JSON.parse(readFileSync(join(root, "packages", "worker", "package.json"), "utf8"));
  return {
    ...{ name: own.name, version, description, license, engines },
    ...own,
    dependencies: { aws4fetch: devDependencies.aws4fetch },
    // npm installs it with the package, in the version that was tested or a later one.
    peerDependencies: { wrangler: `^${devDependencies.wrangler}` },
  };
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) {
  await main(async () => {
    await setUp();
    console.log(await pack());
  });
}
