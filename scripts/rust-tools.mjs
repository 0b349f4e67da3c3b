// The Rust target and the command-line tools that turn the crate into a worker.
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { chmodSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { cacheDir, root, runLogged, step } from "./console.mjs";
import { makeFolder, publish, removeFolder } from "./processes.mjs";

const releases = "https://github.com/wasm-bindgen";

// `archive` is the path of a prebuilt archive below `releases`, and `digests` has the SHA-256 of those that may be used, by
// target. An archive runs on this machine as it is, so none is downloaded without a digest; the tool is compiled from
// crates.io instead, whose checksums cargo verifies. A digest has to come from elsewhere than the archive that it vouches for,
// so none is here before somebody has compared it: see "Tools" in docs/development.md for how to add one.
const tools = {
  // It must be the version of the library, which Cargo.lock pins. Its own lock file names
  // releases that not every registry offers, so it is not used.
  "wasm-bindgen": {
    crate: "wasm-bindgen-cli",
    version: lockedVersion("wasm-bindgen"),
    locked: false,
    bins: ["wasm-bindgen", "wasm-bindgen-test-runner"],
    archive: (v, target) => `wasm-bindgen/releases/download/${v}/wasm-bindgen-${v}-${target}.tar.gz`,
    digests: {},
  },
  "wasm-pack": {
    crate: "wasm-pack",
    version: "0.15.1",
    locked: true,
    bins: ["wasm-pack"],
    archive: (v, target) => `wasm-pack/releases/download/v${v}/wasm-pack-v${v}-${target}.tar.gz`,
    digests: {},
  },
  "cargo-deny": {
    crate: "cargo-deny",
    version: "0.20.2",
    locked: true,
    bins: ["cargo-deny"],
  },
};

/** Installs the pinned Rust toolchain with the wasm target when either is missing. */
export async function ensureRust() {
  // Otherwise the question itself may install the toolchain, silently.
  const env = { ...process.env, RUSTUP_AUTO_INSTALL: "0" };
  const asked = spawnSync("rustc", ["--print", "target-libdir", "--target", "wasm32-unknown-unknown"], {
    cwd: root,
    env,
    encoding: "utf8",
  });
  if (asked.status === 0 && existsSync(asked.stdout.trim())) return;
  const pinned = readFileSync(join(root, "rust-toolchain.toml"), "utf8");
  const channel = pinned.match(/channel = "(.+)"/)[1];
  await step(`Rust ${channel} for wasm32-unknown-unknown`, () =>
    runLogged("rust", "rustup", [
      ...["toolchain", "install", channel, "--profile", "minimal", "--no-self-update"],
      ...["--component", "rustfmt", "--component", "clippy", "--target", "wasm32-unknown-unknown"],
    ]),
  );
}

/** Installs the named tools that are not in the cache yet. */
export async function ensureTools(names) {
  const missing = names.filter((name) => !existsSync(folder(name)));
  if (missing.length === 0) return;
  // Tools share dependencies: compiled once, used by all.
  const targetDir = makeFolder(".cargo-", cacheDir);
  for (const name of missing) {
    const { version } = tools[name];
    await step(`${name} ${version} (may be compiled, which takes minutes)`, async () => {
      const made = makeFolder(`.${name}-`, cacheDir);
      const downloaded = await download(name, made);
      if (!downloaded) await compile(name, made, targetDir);
      publish(made, folder(name));
      return downloaded ? "downloaded" : "compiled";
    });
  }
  removeFolder(targetDir);
}

/** The environment in which commands find the installed tools, those of npm too. */
export function toolEnv() {
  const path = Object.keys(tools).map((name) => join(folder(name), "bin"));
  return { PATH: [...path, join(root, "node_modules", ".bin"), process.env.PATH].join(delimiter) };
}

function folder(name) {
  return join(cacheDir, `${name}-${tools[name].version}`);
}

async function compile(name, made, targetDir) {
  const { crate, version, locked } = tools[name];
  // They run for seconds per build: unoptimised they compile in a third of the time and are
  // fast enough.
  const args = ["install", crate, "--version", version, "--debug", "--root", made];
  const env = { CARGO_TARGET_DIR: targetDir, CARGO_PROFILE_DEV_DEBUG: "0", CARGO_BUILD_TARGET: undefined };
  await runLogged(name, "cargo", locked ? [...args, "--locked"] : args, { env });
}

/** Whether there is an archive of the tool for this machine whose digest is known; it is in `made` then. */
async function download(name, made) {
  const { archive, version, bins, digests = {} } = tools[name];
  const arch = { x64: "x86_64", arm64: "aarch64" }[process.arch];
  const system = { linux: "unknown-linux-musl", darwin: "apple-darwin" }[process.platform];
  const target = `${arch}-${system}`;
  try {
    const bytes = await fetchPinned(`${releases}/${archive?.(version, target)}`, digests[target]);
    if (!bytes) return false;
    const packed = join(made, "archive.tar.gz");
    writeFileSync(packed, bytes);
    const bin = join(made, "bin");
    mkdirSync(bin);
    succeed("tar", ["-xzf", packed, "-C", bin, "--strip-components", "1"]);
    rmSync(packed);
    for (const name of bins) {
      chmodSync(join(bin, name), 0o755);
      succeed(join(bin, name), ["--version"]);
    }
    return true;
  } catch {
    rmSync(join(made, "bin"), { recursive: true, force: true });
    rmSync(join(made, "archive.tar.gz"), { force: true });
    return false;
  }
}

/** Resolves to what `get` finds at `url` if its SHA-256 is `digest`; to nothing for anything else, and without a digest. */
export async function fetchPinned(url, digest, get = fetch) {
  if (!digest) return undefined;
  const patience = new AbortController();
  const unanswered = setTimeout(() => patience.abort(), 5000);
  setTimeout(() => patience.abort(), 120_000).unref();
  const answer = await get(url, { signal: patience.signal }).finally(() => clearTimeout(unanswered));
  if (!answer.ok) return undefined;
  const bytes = Buffer.from(await answer.arrayBuffer());
  if (createHash("sha256").update(bytes).digest("hex") === digest) return bytes;
  console.error(`${url} is not what was pinned, and is not used.`);
  return undefined;
}

function succeed(command, args) {
  const { status } = spawnSync(command, args, { stdio: "ignore" });
  if (status !== 0) throw new Error(`${command} ended with ${status}`);
}

function lockedVersion(name) {
  const lock = readFileSync(join(root, "Cargo.lock"), "utf8");
  return lock.match(new RegExp(`name = "${name}"\\nversion = "(.+)"`))[1];
}
