// `npm run sbom`: writes target/edge-presigner-VERSION.cdx.json, what the worker is made of, in CycloneDX 1.6
// (https://cyclonedx.org/docs/1.6/json/). The same commit makes the same bytes.
import { execFileSync, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { root } from "./console.mjs";
import { main } from "./main.mjs";
import { linkedPackages, npmPackage, readMetadata } from "./notices.mjs";
import { standardLibrary } from "./rust-std.mjs";

/** A dependency at run time. */
const isNormal = ({ dep_kinds: kinds }) => kinds.some(({ kind }) => kind === null);

/**
 * The bill of materials for the worker that consists of `files`, which are `{ name, bytes }`. `metadata` is that of cargo and
 * `lock` the text of Cargo.lock; `std` is the standard library; `npm` are packages of npm with their `integrity`. `time` is an
 * instant in RFC 3339, if there is one.
 */
export function sbomOf({ metadata, lock, std, npm, files, time }) {
  const own = metadata.packages.find(({ id }) => id === metadata.resolve.root);
  const crates = linkedPackages(metadata);
  const locked = lock.matchAll(/^name = "(.+)"\nversion = "(.+)"\nsource = .+\nchecksum = "(.+)"$/gm);
  const digests = new Map([...locked].map(([, name, version, digest]) => [purl("cargo", { name, version }), digest]));
  const refs = new Map([[own.id, purl("npm", own)], ...crates.map((it) => [it.id, purl("cargo", it)])]);
  // A crate can be in the worker a second time, as a part of the standard library.
  const [rustStd, ...inStd] = std.map((it) => component("cargo", it, { ref: `rust-std/${it.name}@${it.version}` }));
  const components = [
    ...crates.map((it) => component("cargo", it, { digest: ["SHA-256", digests.get(purl("cargo", it))] })),
    ...[rustStd, ...inStd],
    ...npm.map((it) => component("npm", it, { digest: ["SHA-512", hexOf(it.integrity)] })),
  ];
  const nodes = metadata.resolve.nodes.filter(({ id }) => refs.has(id));
  const refsOf = (deps) => deps.filter(isNormal).map(({ pkg }) => refs.get(pkg)).filter(Boolean).sort();
  const dependencies = nodes.map(({ id, deps }) => ({ ref: refs.get(id), dependsOn: refsOf(deps) }));
  const direct = dependencies.find(({ ref }) => ref === refs.get(own.id)).dependsOn;
  direct.push(rustStd["bom-ref"], ...npm.map((it) => purl("npm", it)));
  dependencies.push({ ref: rustStd["bom-ref"], dependsOn: inStd.map((it) => it["bom-ref"]) });
  const bom = {
    ...{ $schema: "http://cyclonedx.org/schema/bom-1.6.schema.json", bomFormat: "CycloneDX", specVersion: "1.6", version: 1 },
    metadata: {
      timestamp: time,
      lifecycles: [{ phase: "build" }],
      component: {
        ...component("npm", own, { type: "application" }),
        components: files.map(({ name, bytes }) => ({ type: "file", "bom-ref": name, name, hashes: [{ alg: "SHA-256", content: sha256(bytes) }] })),
      },
    },
    ...{ components, dependencies },
  };
  return { ...bom, serialNumber: `urn:uuid:${uuidOf(JSON.stringify(bom))}` };
}

function component(registry, it, { ref, digest, type = "library" } = {}) {
  const { name, version, license, description, repository } = it;
  const url = it.purl ?? purl(registry, it);
  return {
    ...{ type, "bom-ref": ref ?? url, name, version, description: description?.trim() },
    ...(license && { licenses: [{ expression: license.replaceAll("/", " OR ") }] }),
    ...{ purl: url, ...(digest && { hashes: [{ alg: digest[0], content: digest[1] }] }) },
    ...(repository && { externalReferences: [{ type: "vcs", url: repository }] }),
  };
}

function purl(registry, { name, version }) {
  return `pkg:${registry}/${name}@${encodeURIComponent(version)}`;
}

/** The digest that package-lock.json has as `sha512-` and base64. */
function hexOf(integrity) {
  return Buffer.from(integrity.replace("sha512-", ""), "base64").toString("hex");
}

function sha256(bytes) {
  return createHash("sha256").update(bytes).digest("hex");
}

/** A UUID of version 8 (RFC 9562), which is the same for the same text. */
function uuidOf(text) {
  const hex = sha256(text);
  return [hex.slice(0, 8), hex.slice(8, 12), `8${hex.slice(13, 16)}`, `a${hex.slice(17, 20)}`, hex.slice(20, 32)].join("-");
}

/** The files below build/ that are deployed. */
export const deployed = ["index.js", "index_bg.wasm"];

/** The same for `files` below build/, and for the `dependencies` that npm installs with them; at the time of the last commit. */
export function readSbom({ dependencies = [], files = deployed } = {}) {
  const lock = JSON.parse(readFileSync(join(root, "package-lock.json"), "utf8"));
  const npm = ["esbuild", ...dependencies].map((name) => ({ ...npmPackage(name), ...lock.packages[`node_modules/${name}`] }));
  // Outside of a clone there is none.
  const seconds = process.env.SOURCE_DATE_EPOCH ?? spawnSync("git", ["log", "-1", "--format=%ct"], { cwd: root, encoding: "utf8" }).stdout;
  return sbomOf({
    metadata: readMetadata(),
    lock: readFileSync(join(root, "Cargo.lock"), "utf8"),
    std: standardLibrary(),
    npm: npm.map(({ name, version, license, description, integrity }) => ({ name, version, license, description, integrity })),
    files: files.map((name) => ({ name, bytes: readFileSync(join(root, "build", name)) })),
    time: seconds ? new Date(Number(seconds) * 1000).toISOString().replace(".000", "") : undefined,
  });
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) {
  await main(() => {
    const { version } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
    const file = join(root, "target", `edge-presigner-${version}.cdx.json`);
    execFileSync(process.execPath, [join(root, "scripts", "build.mjs")], { stdio: "inherit" });
    mkdirSync(join(root, "target"), { recursive: true });
    writeFileSync(file, `${JSON.stringify(readSbom(), null, 2)}\n`);
    console.log(file);
  });
}
