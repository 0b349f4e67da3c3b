// `npm run build`, and wrangler's build command: compiles the worker into build/.
import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { main, root, Stop } from "./console.mjs";
import { start } from "./processes.mjs";
import { toolEnv } from "./rust-tools.mjs";
import { setUp } from "./setup.mjs";

const gzipLimit = 250 * 1024;
const rustTarget = "wasm32-unknown-unknown";
const targetDir = join(root, "target");
const wasm = join(root, "build", "index_bg.wasm");
const uploaded = [join(root, "build", "index.js"), wasm];
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
// The inputs that build/ was made from: linking takes seconds even when nothing changed.
const stamp = join(root, "build", "inputs.sha256");

await main(async () => {
  await setUp();
  const inputs = hashInputs();
  const current = [...uploaded, stamp].every(existsSync) && readFileSync(stamp, "utf8") === inputs;
  if (!current) await build(inputs);
  checkSize();
});

async function build(inputs) {
  rmSync(stamp, { force: true });
  await run("cargo", ["build", "--release", "--lib", "--target", rustTarget, "--target-dir", targetDir]);
  const linked = join(targetDir, rustTarget, "release", "edge_presigner.wasm");
  const bound = join(targetDir, "wasm-bindgen");
  rmSync(bound, { recursive: true, force: true });
  // The abort handler is what gives the isolate a new instance after a panic.
  const form = ["--target", "web", "--force-enable-abort-handler", "--no-typescript"];
  await run("wasm-bindgen", [linked, ...form, "--out-name", "index", "--out-dir", bound]);
  // wrangler uploads the module as it is named here.
  const names = [`--alias:edge-presigner=${join(bound, "index.js")}`, "--external:./index_bg.wasm"];
  const bundle = ["--bundle", "--minify", "--format=esm", "--target=es2024", "--log-level=warning"];
  await run("esbuild", [join(root, "src", "edge", "entry.js"), ...names, ...bundle, `--outfile=${uploaded[0]}`]);
  // The runtime compiles a function when it is first called: without a limit all of them would end up in one.
  const passes = ["-O", "--one-caller-inline-max-function-size=200"];
  await run("wasm-opt", [join(bound, "index_bg.wasm"), "-o", wasm, ...passes, ...features.map((name) => `--enable-${name}`)]);
  writeFileSync(stamp, inputs);
}

async function run(command, args) {
  // In this process group, which whoever waits for the build can end as a whole.
  const child = start(command, args, { cwd: root, env: toolEnv(), stdio: "inherit", detached: false });
  const { code, error } = await child.ended;
  if (error) throw new Stop(`${command} cannot be started: ${error.message}.`);
  if (code !== 0) throw new Stop("The worker was not built: see above.");
}

function hashInputs() {
  const sources = readdirSync(join(root, "src"), { recursive: true })
    .map((name) => join("src", name))
    .filter((path) => statSync(join(root, path)).isFile())
    .sort();
  const settings = ["Cargo.toml", "Cargo.lock", ".cargo/config.toml", "rust-toolchain.toml", "package-lock.json"];
  const scripts = ["build.mjs", "rust-tools.mjs"].map((name) => join("scripts", name));
  const hash = createHash("sha256");
  hash.update(process.env.RUSTFLAGS ?? "");
  for (const path of [...settings, ...scripts, ...sources]) {
    const bytes = readFileSync(join(root, path));
    hash.update(`\n${path} ${bytes.length}\n`).update(bytes);
  }
  return hash.digest("hex");
}

function checkSize() {
  const files = uploaded.map((path) => readFileSync(path));
  const raw = files.reduce((sum, bytes) => sum + bytes.length, 0);
  const gzip = files.reduce((sum, bytes) => sum + gzipSync(bytes).length, 0);
  console.log(`Worker: ${kb(raw)} raw, ${kb(gzip)} gzip (limit ${kb(gzipLimit)}).`);
  if (gzip > gzipLimit) throw new Stop(`The worker is ${kb(gzip - gzipLimit)} over its limit.`);
}

function kb(bytes) {
  return `${(bytes / 1024).toFixed(1)} KB`;
}
