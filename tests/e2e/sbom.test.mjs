// The bill of materials, held against CycloneDX's own schema and against what else says what the worker is made of.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { before, describe, test } from "node:test";
import { root } from "../../scripts/console.mjs";
import { readSbom, sbomOf } from "../../scripts/sbom.mjs";
import { deployPython } from "../../scripts/setup.mjs";

const read = (...path) => readFileSync(join(root, ...path));

describe("the bill of materials", () => {
  let bom;
  before(() => {
    // https://reproducible-builds.org/specs/source-date-epoch/
    process.env.SOURCE_DATE_EPOCH = "1772366400";
    bom = readSbom({ dependencies: ["aws4fetch"] });
  });

  test("is valid CycloneDX 1.6", () => {
    const script = `import sys
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator
print(JsonStrictValidator(SchemaVersion.V1_6).validate_str(sys.stdin.read()))`;
    const validate = (bom) => spawnSync(deployPython, ["-c", script], { input: JSON.stringify(bom), encoding: "utf8" });
    const { stdout, stderr } = validate(bom);
    assert.equal(stdout.trim(), "None", stdout + stderr);
    assert.match(validate({ ...bom, components: [{ name: "without a type" }] }).stdout, /'type' is a required property/);
  });

  test("has the digests of the two files that are deployed", () => {
    const digests = Object.fromEntries(bom.metadata.component.components.map(({ name, hashes }) => [name, hashes[0].content]));
    for (const name of ["index.js", "index_bg.wasm"]) {
      assert.equal(digests[name], createHash("sha256").update(read("build", name)).digest("hex"));
    }
  });

  test("has everything that the notices have, and packages that are needed at run time", () => {
    const notices = read("THIRD-PARTY-NOTICES.txt").toString();
    const named = [...notices.matchAll(/^([\w-]+) (\d+\.\d+\.\S+)\n {2}.*\n {2}texts: /gm)].map(([, name, version]) => `${name} ${version}`);
    assert.ok(named.length > 90);
    const { version } = JSON.parse(read("node_modules", "aws4fetch", "package.json"));
    assert.deepEqual(bom.components.map((it) => `${it.name} ${it.version}`).sort(), [...named, `aws4fetch ${version}`].sort());
  });

  test("has licences, package URLs, and the checksums of the lock files", () => {
    const lock = read("Cargo.lock").toString();
    for (const { name, version, licenses, purl, hashes } of bom.components) {
      assert.ok(licenses[0].expression, name);
      assert.ok(purl.startsWith("pkg:github/rust-lang/rust@") || /^pkg:(cargo|npm)\//.test(purl), purl);
      if (!hashes || purl.startsWith("pkg:npm/")) continue;
      assert.ok(lock.includes(`name = "${name}"\nversion = "${version}"\nsource = "registry+https://github.com/rust-lang/crates.io-index"\nchecksum = "${hashes[0].content}"`), name);
    }
    // Their sources come with the toolchain, which has no list of checksums.
    const bare = bom.components.filter(({ hashes }) => !hashes);
    assert.ok(bare.length > 0 && bare.every((it) => it["bom-ref"].startsWith("rust-std/")));
  });

  test("has a graph in which everything is reached from the worker", () => {
    const edges = new Map(bom.dependencies.map(({ ref, dependsOn }) => [ref, dependsOn]));
    const reached = new Set();
    const visit = (ref) => reached.has(ref) || (reached.add(ref), (edges.get(ref) ?? []).forEach(visit));
    visit(bom.metadata.component["bom-ref"]);
    assert.deepEqual([...reached].slice(1).sort(), bom.components.map((it) => it["bom-ref"]).sort());
    assert.ok(!edges.get("pkg:cargo/sha2@" + bom.components.find(({ name }) => name === "sha2").version).includes("pkg:npm/esbuild"));
  });

  test("is the same for the same sources and SOURCE_DATE_EPOCH", () => {
    assert.deepEqual(readSbom({ dependencies: ["aws4fetch"] }), bom);
    assert.match(bom.serialNumber, /^urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-a[0-9a-f]{3}-[0-9a-f]{12}$/);
    assert.equal(bom.metadata.timestamp, "2026-03-01T12:00:00Z");
  });
});

test("a bill of materials leaves out what only builds or tests", () => {
  const crate = (name, kind = "lib") => ({ id: name, name, version: "1.0.0+x", license: "MIT/Apache-2.0", targets: [{ kind: [kind] }] });
  const dep = (pkg, kind = null) => ({ pkg, dep_kinds: [{ kind }] });
  const metadata = {
    packages: [crate("worker"), crate("a"), crate("b"), crate("macro", "proc-macro"), crate("builds")],
    resolve: {
      root: "worker",
      nodes: [
        { id: "worker", deps: [dep("a"), dep("macro"), dep("builds", "build"), dep("b", "dev")] },
        { id: "a", deps: [dep("b")] },
        ...["b", "macro", "builds"].map((id) => ({ id, deps: [] })),
      ],
    },
  };
  const lock = 'name = "a"\nversion = "1.0.0+x"\nsource = "registry"\nchecksum = "00ff"\n';
  const std = [{ name: "rust-std", version: "1.95.0", license: "MIT", purl: "pkg:github/rust-lang/rust@1.95.0" }];
  const { components, dependencies } = sbomOf({ metadata, lock, std, npm: [], files: [], time: "2026-01-01T00:00:00Z" });
  assert.deepEqual(components.map(({ name }) => name), ["a", "b", "rust-std"]);
  // https://github.com/package-url/purl-spec: a version is percent-encoded.
  assert.equal(components[0].purl, "pkg:cargo/a@1.0.0%2Bx");
  assert.deepEqual(components[0].hashes, [{ alg: "SHA-256", content: "00ff" }]);
  assert.deepEqual(components[0].licenses, [{ expression: "MIT OR Apache-2.0" }]);
  assert.deepEqual(dependencies[0].dependsOn, ["pkg:cargo/a@1.0.0%2Bx", "rust-std/rust-std@1.95.0"]);
});
