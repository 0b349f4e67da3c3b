// What rustc links into the worker besides the crates in Cargo.lock: its standard library, as the toolchain documents it.
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "./console.mjs";

/** The crates of crates.io in the standard library whose code is in the worker; tests/e2e/bundle.test.mjs looks for others. */
const within = ["hashbrown", "rustc-demangle"];

/** The text of a licence, by its SPDX identifier, without a line for somebody's copyright; nothing where the toolchain has none. */
export function licenceText(id) {
  const path = join(documents(), "licenses", `${id}.txt`);
  return existsSync(path) ? readFileSync(path, "utf8").replace(/^Copyright .*<copyright holders>\n+/m, "") : undefined;
}

/**
 * The standard library and what it is made of, like packages of cargo's metadata, with their legal `texts`; with a `purl` where
 * they are no crates of crates.io.
 */
export function standardLibrary() {
  const [, version] = rustc("--version").match(/^rustc (\S+)/);
  const purl = `pkg:github/rust-lang/rust@${version}`;
  const apache = licenceText("Apache-2.0");
  const own = [
    { name: "rust-std", version, purl, license: "(MIT OR Apache-2.0) AND Unicode-3.0", texts: [apache, licenceText("Unicode-3.0")] },
    {
      ...{ name: "compiler_builtins", version, purl: `${purl}#library/compiler-builtins` },
      license: "MIT AND Apache-2.0 WITH LLVM-exception AND (MIT OR Apache-2.0)",
      texts: [licenceText("MIT"), apache, licenceText("LLVM-exception")],
    },
  ];
  const sections = readFileSync(join(documents(), "COPYRIGHT-library.html"), "utf8").split("<h3>").slice(1);
  return [...own, ...within.map((name) => section(sections, name))];
}

/** What the toolchain says of the crate `name`. */
function section(sections, name) {
  const text = sections.find((it) => it.split("</h3>")[0].replace(/^\S+ /, "").startsWith(`${name}-`));
  const [, version] = text.split("</h3>")[0].match(/-(\d.*)$/);
  const [, license] = text.match(/<b>License:<\/b> (.*?)<\/p>/);
  const texts = [...text.matchAll(/<pre>(.*?)<\/pre>/gs)].map(([, it]) => plain(it));
  return { name, version, license, texts };
}

function plain(html) {
  return html.replace(/&#(\d+);/g, (_, code) => String.fromCodePoint(code)).replaceAll("&lt;", "<").replaceAll("&gt;", ">").replaceAll("&amp;", "&");
}

function documents() {
  return join(rustc("--print", "sysroot"), "share", "doc", "rust");
}

function rustc(...args) {
  return execFileSync("rustc", args, { cwd: root, encoding: "utf8" }).trim();
}
