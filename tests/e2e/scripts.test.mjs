// What the scripts decide about dependencies and tools, without any network.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { linkedPackages, noticesOf } from "../../scripts/notices.mjs";

describe("the notices", () => {
  const crate = (name, kind = "lib", version = "1.0.0") => ({ id: name, name, version, license: "MIT/Apache-2.0", targets: [{ kind: [kind] }], repository: `https://${name}.example` });
  const dep = (pkg, ...kinds) => ({ pkg, dep_kinds: kinds.map((kind) => ({ kind })) });
  const metadata = {
    packages: [crate("worker"), crate("b"), crate("a"), crate("macro", "proc-macro"), crate("of-macro"), crate("tests-only"), crate("builds"), crate("both")],
    resolve: {
      root: "worker",
      nodes: [
        { id: "worker", deps: [dep("b", null), dep("macro", null), dep("tests-only", "dev"), dep("builds", "build"), dep("both", "dev", null)] },
        { id: "b", deps: [dep("a", null), dep("tests-only", "dev")] },
        { id: "a", deps: [dep("b", null)] },
        { id: "macro", deps: [dep("of-macro", null)] },
        ...["of-macro", "tests-only", "builds", "both"].map((id) => ({ id, deps: [] })),
      ],
    },
  };

  test("are of what is linked, not of what builds or tests it", () => {
    assert.deepEqual(linkedPackages(metadata).map(({ name }) => name), ["a", "b", "both"]);
  });

  test("have each text once, and say where there is none", () => {
    const texts = { a: ["MIT  License\r\nof A\n"], b: ["MIT License of A", "Apache"], both: [] };
    const notices = noticesOf(linkedPackages(metadata), ({ name }) => texts[name]);
    assert.match(notices, /^a 1\.0\.0\n {2}MIT OR Apache-2\.0\n {2}texts: 1\nb 1\.0\.0\n {2}MIT OR Apache-2\.0\n {2}texts: 1, 2\n/m);
    assert.match(notices, /^both 1\.0\.0\n.*\n {2}no text in its sources: https:\/\/both\.example$/m);
    assert.equal(notices.match(/^Text \d+$/gm).length, 2);
    assert.match(notices, /^MIT {2}License\nof A$/m);
  });
});
