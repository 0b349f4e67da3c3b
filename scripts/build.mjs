// `npm run build`, and wrangler's build command: compiles the worker into build/. With the arguments `worker checker` it also
// compiles what `npm run check` runs, into build/check/.
import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { gzipSync } from "node:zlib";
import { root, Stop } from "./console.mjs";
import { main } from "./main.mjs";
import { setUp } from "./setup.mjs";
import { compile } from "./wasm.mjs";

const gzipLimit = 425 * 1024;
const products = {
  worker: {
    ...{ target: ["--lib"], linked: "edge_presigner.wasm", name: "edge-presigner" },
    ...{ entry: join(root, "src", "edge", "entry.js"), folder: join(root, "build"), js: "index.js", wasm: "index_bg.wasm" },
  },
  // Of `npm run check`; Node loads it as wasm-bindgen makes it.
  checker: {
    ...{ target: ["--example", "check", "--no-default-features"], linked: join("examples", "check.wasm"), name: "check", restarts: false },
    ...{ entry: join(root, "target", "wasm-bindgen", "check", "index.js"), folder: join(root, "build", "check"), js: "check.js", wasm: "check_bg.wasm" },
  },
};

/** Builds the `worker` or the `checker`, if it is not up to date, and resolves to its folder. */
export async function build(name) {
  const { folder, js, wasm, ...how } = products[name];
  // The inputs that it was made from: linking takes seconds even when nothing changed.
  const stamp = join(folder, "inputs.sha256");
  const inputs = hashInputs();
  const made = [js, wasm].map((file) => join(folder, file));
  const current = [...made, stamp].every(existsSync) && readFileSync(stamp, "utf8") === inputs;
  if (current) return folder;
  rmSync(stamp, { force: true });
  await compile({ folder, js, wasm, ...how });
  writeFileSync(stamp, inputs);
  return folder;
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) {
  await main(async () => {
    await setUp();
    const names = process.argv.slice(2);
    for (const name of names.length > 0 ? names : ["worker"]) await build(name);
    checkSize();
  });
}

function hashInputs() {
  const sources = readdirSync(join(root, "src"), { recursive: true })
    .map((name) => join("src", name))
    .filter((path) => statSync(join(root, path)).isFile())
    .sort();
  const settings = ["build.rs", "Cargo.toml", "Cargo.lock", ".cargo/config.toml", "rust-toolchain.toml", "package-lock.json"];
  const scripts = ["build.mjs", "check.rs", "rust-tools.mjs", "wasm.mjs"].map((name) => join("scripts", name));
  const hash = createHash("sha256");
  hash.update(process.env.RUSTFLAGS ?? "");
  for (const path of [...settings, ...scripts, ...sources]) {
    const bytes = readFileSync(join(root, path));
    hash.update(`\n${path} ${bytes.length}\n`).update(bytes);
  }
  return hash.digest("hex");
}

function checkSize() {
  const { folder, js, wasm } = products.worker;
  const files = [js, wasm].map((name) => readFileSync(join(folder, name)));
  const raw = files.reduce((sum, bytes) => sum + bytes.length, 0);
  const gzip = files.reduce((sum, bytes) => sum + gzipSync(bytes).length, 0);
  console.log(`Worker: ${kb(raw)} raw, ${kb(gzip)} gzip (limit ${kb(gzipLimit)}).`);
  if (gzip > gzipLimit) throw new Stop(`The worker is ${kb(gzip - gzipLimit)} over its limit.`);
}

function kb(bytes) {
  return `${(bytes / 1024).toFixed(1)} KB`;
}
