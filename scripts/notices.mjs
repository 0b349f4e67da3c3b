// `npm run notices`: writes THIRD-PARTY-NOTICES.txt, the licences of what is in the worker; with `--check` it only says
// whether that file is up to date.
import { execFileSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import { root, Stop } from "./console.mjs";
import { main } from "./main.mjs";
import { licenceText, standardLibrary } from "./rust-std.mjs";

const file = "THIRD-PARTY-NOTICES.txt";
const target = "wasm32-unknown-unknown";

/** Files of a crate that have to go with it. */
const legal = /^(licen[cs]e|copying|copyright|notice|unlicense)([-._].*)?$/i;

/** The packages of `metadata`, which cargo gives, that are linked into the crate: no tests, build scripts or macros. */
export function linkedPackages({ packages, resolve }) {
  const byId = new Map(packages.map((it) => [it.id, it]));
  const nodes = new Map(resolve.nodes.map((it) => [it.id, it]));
  const linked = new Set();
  const visit = (id) => {
    if (linked.has(id) || byId.get(id).targets.some(({ kind }) => kind.includes("proc-macro"))) return;
    linked.add(id);
    for (const { pkg, dep_kinds: kinds } of nodes.get(id).deps) {
      if (kinds.some(({ kind }) => kind === null)) visit(pkg);
    }
  };
  visit(resolve.root);
  linked.delete(resolve.root);
  const order = (a, b) => (a.name === b.name ? (a.version < b.version ? -1 : 1) : a.name < b.name ? -1 : 1);
  return [...linked].map((id) => byId.get(id)).sort(order);
}

/** The notices for `packages`, whose legal texts `textsOf` reads. The same text stands there once, whatever its lines. */
export function noticesOf(packages, textsOf) {
  const texts = new Map();
  const rows = packages.map((it) => {
    const numbers = textsOf(it).map((text) => {
      const words = text.replace(/\s+/g, " ").trim();
      if (!texts.has(words)) texts.set(words, { number: texts.size + 1, text: plain(text) });
      return texts.get(words).number;
    });
    const listed = [...new Set(numbers)].sort((a, b) => a - b).join(", ");
    const licence = (it.license ?? "see its text").replaceAll("/", " OR ");
    return `${it.name} ${it.version}\n  ${licence}\n  ${listed ? `texts: ${listed}` : `no text in its sources: ${it.repository}`}`;
  });
  const line = "-".repeat(80);
  const bodies = [...texts.values()].map(({ number, text }) => `${line}\nText ${number}\n${line}\n\n${text}\n`);
  return [
    "The worker is made of its own code, these crates with the JavaScript that wasm-bindgen makes of them, the standard library",
    "of Rust (rust-std, Copyright (c) The Rust Project Developers, see https://thanks.rust-lang.org) with the crates in it, and",
    "helper functions that esbuild adds. Each is followed by its licences and the numbers of their texts, which are below: those",
    "in its sources, or where there are none, that of its licence. `npm run notices` writes this file.",
    "",
    ...rows,
    "",
    ...bodies,
  ].join("\n");
}

function plain(text) {
  return text.replace(/\r\n?/g, "\n").replace(/[ \t]+$/gm, "").replace(/^\n+|\s+$/g, "");
}

/** The metadata of cargo for the worker's own target. */
export function readMetadata() {
  const args = ["metadata", "--format-version", "1", "--locked", "--filter-platform", target];
  return JSON.parse(execFileSync("cargo", args, { cwd: root, encoding: "utf8", maxBuffer: 64 * 1024 * 1024, stdio: ["ignore", "pipe", "inherit"] }));
}

/** The package `name` of npm, as it is installed. */
export function npmPackage(name) {
  const manifest = join(root, "node_modules", name, "package.json");
  return { ...JSON.parse(readFileSync(manifest, "utf8")), manifest_path: manifest };
}

/** The legal texts of a package. */
function legalTexts({ manifest_path: manifest, license, texts }) {
  if (texts) return texts;
  const folder = dirname(manifest);
  const names = readdirSync(folder, { withFileTypes: true }).filter((it) => it.isFile() && legal.test(it.name));
  const found = names.map(({ name }) => name).sort().map((name) => readFileSync(join(folder, name), "utf8"));
  return found.length > 0 ? found : [licenceText(license)].filter(Boolean);
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) {
  await main(() => {
    const packages = [...linkedPackages(readMetadata()), ...standardLibrary(), npmPackage("esbuild")];
    const notices = noticesOf(packages, legalTexts);
    const path = join(root, file);
    if (!process.argv.includes("--check")) writeFileSync(path, notices);
    else if (!existsSync(path) || readFileSync(path, "utf8") !== notices) throw new Stop(`${file} is out of date: npm run notices`);
  });
}
