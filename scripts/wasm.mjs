// From Rust to the two files of a worker.
import { execFileSync } from "node:child_process";
import { rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { root, step, Stop } from "./console.mjs";
import { start } from "./processes.mjs";
import { toolEnv } from "./rust-tools.mjs";

const rustTarget = "wasm32-unknown-unknown";
const targetDir = join(root, "target");
// What rustc and wasm-bindgen use; workerd knows them all.
const features = [
  "bulk-memory",
  "exception-handling",
  "multivalue",
  "mutable-globals",
  "nontrapping-float-to-int",
  "reference-types",
  "sign-ext",
  "simd",
];

/**
 * Compiles what cargo calls `target`, such as `["--lib"]`, to the file `linked` in its release folder, and puts it
 * with the JavaScript of `entry`, which imports Rust's side as `name` and the module as `./{wasm}`, into `folder`:
 * as `{js}` and `{wasm}`. Where it `restarts`, calls of Rust get a new instance after a panic.
 */
export async function compile({ target, linked, name, entry, folder, js, wasm, restarts = true }) {
  const place = ["--target", rustTarget, "--target-dir", targetDir, "--config", withoutPaths()];
  // Without cargo's list of what it downloads and compiles; errors and warnings are shown.
  await step(`Compiling ${name}`, () => run("cargo", ["build", "--quiet", "--release", ...target, ...place]));
  const bound = join(targetDir, "wasm-bindgen", name);
  rmSync(bound, { recursive: true, force: true });
  const form = ["--target", "web", "--no-typescript"];
  // The abort handler has a new instance created after a panic.
  if (restarts) form.push("--force-enable-abort-handler", "--experimental-reset-state-function");
  await run("wasm-bindgen", [join(targetDir, rustTarget, "release", linked), ...form, "--out-name", "index", "--out-dir", bound]);
  // wrangler uploads the module as it is named here.
  const names = [`--alias:${name}=${join(bound, "index.js")}`, `--external:./${wasm}`, "--external:cloudflare:workers"];
  const bundle = ["--bundle", "--minify", "--format=esm", "--target=es2024", "--log-level=warning"];
  // wasm-bindgen names a module once for each function in it.
  bundle.push("--log-override:duplicate-object-key=silent");
  await run("esbuild", [entry, ...names, ...bundle, `--outfile=${join(folder, js)}`]);
  const passes = [
    // The `worker` crate exports classes for JavaScript that this worker does not use.
    "--remove-exports=*intounderlying*",
    // The functions of a module, which resemble each other, compress better side by side.
    "--reorder-functions-by-name",
    "-O",
    // The runtime compiles a function when it is first called. Without a limit, all of them would end up in one.
    "--one-caller-inline-max-function-size=50",
    ...features.map((feature) => `--enable-${feature}`),
  ];
  await run("wasm-opt", [join(bound, "index_bg.wasm"), "-o", join(folder, wasm), ...passes]);
}

/**
 * The setting for cargo with which no path of this machine gets into the module: panics name the file that they come from.
 * Everybody's build of the same sources has the same bytes then. Cargo adds this to the flags in .cargo/config.toml, and to
 * its names for what it has compiled, so that it does not compile again what others have compiled without it.
 */
function withoutPaths() {
  const options = { cwd: root, encoding: "utf8", maxBuffer: 64 * 1024 * 1024, stdio: ["ignore", "pipe", "inherit"] };
  const read = (command, ...args) => execFileSync(command, args, options);
  const { packages } = JSON.parse(read("cargo", "metadata", "--format-version", "1", "--filter-platform", rustTarget));
  const registries = new Set(packages.filter(({ source }) => source).map(({ manifest_path: manifest }) => dirname(dirname(manifest))));
  const [, commit] = read("rustc", "-vV").match(/^commit-hash: (.+)$/m);
  // Where the sources of the standard library are installed, rustc names them; elsewhere it says this.
  const std = [join(read("rustc", "--print", "sysroot").trim(), "lib", "rustlib", "src", "rust"), `/rustc/${commit}`];
  const prefixes = [[root.replace(/\/$/, ""), "."], ...[...registries].map((folder) => [folder, "crates"]), std];
  const flags = prefixes.map(([from, to]) => `--remap-path-prefix=${from}=${to}`);
  return `target.${rustTarget}.rustflags=${JSON.stringify(flags)}`;
}

async function run(command, args) {
  // In this process group, which whoever waits for the build can end as a whole.
  const child = start(command, args, { cwd: root, env: toolEnv(), stdio: "inherit", detached: false });
  const { code, error } = await child.ended;
  if (error) throw new Stop(`${command} cannot be started: ${error.message}.`);
  if (code !== 0) throw new Stop("The worker was not built: see above.");
}
