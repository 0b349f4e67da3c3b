// What is in the two files that are deployed.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
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
