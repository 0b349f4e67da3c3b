// `npm run build`, and wrangler's build command: compiles the worker into build/.
import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { root, Stop } from "./console.mjs";
import { main } from "./main.mjs";
import { setUp } from "./setup.mjs";
import { compile } from "./wasm.mjs";

const gzipLimit = 430 * 1024;
const folder = join(root, "build");
const [js, wasm] = ["index.js", "index_bg.wasm"];
const uploaded = [join(folder, js), join(folder, wasm)];
// The inputs that build/ was made from: linking takes seconds even when nothing changed.
const stamp = join(folder, "inputs.sha256");

await main(async () => {
  await setUp();
  const inputs = hashInputs();
  const current = [...uploaded, stamp].every(existsSync) && readFileSync(stamp, "utf8") === inputs;
  if (!current) await build(inputs);
  checkSize();
});

async function build(inputs) {
  rmSync(stamp, { force: true });
  const entry = join(root, "src", "edge", "entry.js");
  await compile({ target: ["--lib"], linked: "edge_presigner.wasm", name: "edge-presigner", entry, folder, js, wasm });
  writeFileSync(stamp, inputs);
}

function hashInputs() {
  const sources = readdirSync(join(root, "src"), { recursive: true })
    .map((name) => join("src", name))
    .filter((path) => statSync(join(root, path)).isFile())
    .sort();
  const settings = ["build.rs", "Cargo.toml", "Cargo.lock", ".cargo/config.toml", "rust-toolchain.toml", "package-lock.json"];
  const scripts = ["build.mjs", "rust-tools.mjs", "wasm.mjs"].map((name) => join("scripts", name));
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
