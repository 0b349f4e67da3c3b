// What is in the two files that are deployed.
import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { cacheDir, root } from "../../scripts/console.mjs";

const read = (name) => readFileSync(join(root, "build", name), "latin1");

test("the bundle holds no path of the machine that built it, so that every machine builds the same bytes", () => {
  const here = [root, cacheDir, homedir(), process.env.CARGO_HOME, process.env.RUSTUP_HOME].filter((path) => path?.length > 2);
  for (const name of ["index.js", "index_bg.wasm"]) {
    const text = read(name);
    for (const path of here) assert.ok(!text.includes(path), `${path} is in ${name}`);
    // The standard library was compiled elsewhere, by Rust's project.
    const absolute = text.match(/(?<![\w.-])\/(?:[\w.@+-]+\/)+[\w-]+\.(?:rs|c|js)\b/g) ?? [];
    assert.deepEqual(absolute.filter((path) => !/^\/rustc\/|^\/rust\/deps\//.test(path)), [], name);
  }
});

test("the notices name every crate whose code is in the module", (t) => {
  // The module before wasm-bindgen and binaryen take the names of its functions away.
  const linked = join(root, "target", "wasm32-unknown-unknown", "release", "edge_presigner.wasm");
  if (!existsSync(linked)) return t.skip("the build was not made here");
  const text = readFileSync(linked, "latin1");
  const crates = new Set();
  // Rust mangles names in two ways: https://doc.rust-lang.org/rustc/symbol-mangling/v0.html has the second.
  for (const [, length, name] of text.matchAll(/(?:_ZN|Cs[0-9A-Za-z]{1,12}_)(\d{1,2})([a-z]\w*)/g)) crates.add(name.slice(0, Number(length)));
  assert.ok(["core", "http", "serde_json", "talc", "compiler_builtins"].every((name) => crates.has(name)), [...crates].join());
  const notices = readFileSync(join(root, "THIRD-PARTY-NOTICES.txt"), "utf8");
  const named = [...notices.matchAll(/^([\w-]+) \d+\.\d+\.\d+.*\n {2}.*\n {2}texts: /gm)].map(([, name]) => name.replaceAll("-", "_"));
  // md5 is the library of the package md-5, and rust-std has the last four.
  const known = new Set([...named, "edge_presigner", "md5", "core", "alloc", "std", "panic_abort"]);
  assert.deepEqual([...crates].filter((name) => !known.has(name)), []);
});
