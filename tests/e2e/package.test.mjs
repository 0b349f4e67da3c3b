// The npm package, as somebody without Rust uses it: installed from the file that `npm run pack` makes, in a folder elsewhere.
import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, realpathSync, rmSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { connect, createServer } from "node:net";
import { homedir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { after, before, describe, test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { gzipSync } from "node:zlib";
import { manifest, root } from "../../scripts/console.mjs";
import { startLocalS3, workerConfig } from "../../scripts/local-s3.mjs";
import { pack } from "../../scripts/pack.mjs";
import { makeFolder, removeFolder } from "./harness.mjs";
import { startRegistry } from "./registry.mjs";

let folder;
let project;
let installed;
let registry;
let env;
const running = new Set();

before(async () => {
  folder = realpathSync(makeFolder("edge-presigner-package-"));
  project = join(folder, "project");
  installed = join(project, "node_modules", "edge-presigner");
  mkdirSync(project);
  registry = await startRegistry();
  env = userEnv();
  const tarball = await pack();
  const done = await run("npm", ["install", "--prefer-offline", "--no-audit", "--no-fund", "--ignore-scripts", tarball]);
  assert.equal(done.status, 0, done.text);
});

after(async () => {
  // Each ends what it has started, if it is asked to.
  for (const child of running) signal(child, "SIGTERM");
  if (running.size > 0) await areGone([]).catch((error) => console.error(error.message));
  for (const child of running) {
    signal(child, "SIGKILL");
    child.stdout.destroy();
    child.stderr.destroy();
  }
  await registry?.stop();
  removeFolder(folder);
});

/** Signals a child's whole group, which may have ended. */
function signal(child, name) {
  try {
    process.kill(-child.pid, name);
  } catch {}
}

/** The environment of a user who has Node, npm, Python and a shell, and nothing that leads to this repository. */
function userEnv() {
  const bin = join(folder, "bin");
  mkdirSync(bin);
  symlinkSync(process.execPath, join(bin, "node"));
  for (const name of ["npm", "npx", "sh", "env", "python3", "curl"]) {
    const place = process.env.PATH.split(delimiter).map((path) => join(path, name)).find(existsSync);
    symlinkSync(realpathSync(place ?? assert.fail(`${name} is missing`)), join(bin, name));
  }
  const kept = Object.entries(process.env).filter(([name, value]) => !/^(npm_(?!config_cache)|CARGO|RUST|NODE_TEST|AWS_)/.test(name) && !value.includes(root));
  return { ...Object.fromEntries(kept), PATH: bin, PORT: "", npm_config_registry: registry.url, npm_config_update_notifier: "false", WRANGLER_SEND_METRICS: "false", NO_COLOR: "1" };
}

async function run(command, args, { cwd = project, ...more } = {}) {
  const child = spawn(command, args, { cwd, env: { ...env, ...more }, stdio: ["ignore", "pipe", "pipe"], timeout: 60_000 });
  const done = { stdout: "", text: "" };
  child.stdout.setEncoding("utf8").on("data", (text) => (done.stdout += text));
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding("utf8").on("data", (text) => (done.text += text));
  const status = await new Promise((resolve, reject) => child.once("error", reject).once("close", resolve));
  return { ...done, status };
}

const presigner = (...args) => run("npx", ["edge-presigner", ...args]);

/** Starts a command that goes on, in a group of its own as a terminal gives it, and waits until its output has `pattern`. */
async function startUntil(pattern, args, more) {
  const child = spawn("npx", args, { cwd: project, env: { ...env, ...more }, detached: true, stdio: ["ignore", "pipe", "pipe"] });
  running.add(child);
  let text = "";
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding("utf8").on("data", (chunk) => (text += chunk));
  const ended = new Promise((resolve) => child.once("exit", resolve));
  for (const deadline = Date.now() + 30_000; !pattern.test(text); await delay(50)) {
    assert.ok(Date.now() < deadline && child.exitCode === null, text);
  }
  return { child, ended, text: () => text };
}

async function freePort() {
  const server = createServer();
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address();
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** Resolves when nothing listens at the ports of `urls`, and no process names the project; fails after ten seconds. */
async function areGone(urls) {
  const listens = (url) =>
    new Promise((resolve) => {
      const socket = connect(Number(new URL(url).port), "127.0.0.1");
      socket.once("connect", () => resolve(true) ?? socket.destroy()).once("error", () => resolve(false));
    });
  let left;
  for (const deadline = Date.now() + 10_000; Date.now() < deadline; await delay(100)) {
    const processes = spawnSync("ps", ["-eo", "pid,args"], { encoding: "utf8" }).stdout.split("\n").filter((line) => line.includes(project));
    left = [...processes, ...(await Promise.all(urls.map(async (url) => ((await listens(url)) ? [url] : [])))).flat()];
    if (left.length === 0) return;
  }
  assert.fail(left.join("\n"));
}

/** The paths of all files below `path`. */
function filesOf(path) {
  return readdirSync(path, { recursive: true }).filter((name) => statSync(join(path, name)).isFile()).sort();
}

describe("what is packed", () => {
  test("is what is expected, and nothing else", async () => {
    const lib = ["ada.png", "check.mjs", "console.mjs", "demo.mjs", "dev.mjs", "doctor.mjs", "iam.mjs", "init.mjs", "keys.mjs", "local-s3.mjs", "place.mjs", "processes.mjs"];
    lib.push("python.mjs", "requirements.txt", "seaweedfs.mjs", "servers.mjs", "wrangler.mjs");
    const template = [".dev.vars.example", "README.md", "gitignore", "package.json", "src/index.js", "wrangler.toml"];
    const pages = spawnSync("git", ["ls-files", "deploy", "docs", "examples", "packages/client", "packages/python"], { cwd: root, encoding: "utf8" });
    const expected = [
      ...["CHANGELOG.md", "LICENSE", "README.md", "SECURITY.md", "THIRD-PARTY-NOTICES.txt", "package.json"],
      ...["bin.mjs", "index.d.ts", "index.js", "index_bg.wasm", "check/check.js", "check/check_bg.wasm"],
      ...lib.map((name) => `lib/${name}`),
      ...template.map((name) => `template/${name}`),
      ...pages.stdout.trim().split("\n").filter((name) => name !== "docs/development.md"),
    ];
    assert.deepEqual(filesOf(installed), expected.sort());
    for (const name of ["index.js", "index_bg.wasm"]) assert.deepEqual(readFileSync(join(installed, name)), readFileSync(join(root, "build", name)));
  });

  test("names the version, the licence, and the wrangler that it was tested with", async () => {
    const packed = JSON.parse(readFileSync(join(installed, "package.json"), "utf8"));
    const { version, license, engines, devDependencies } = manifest;
    assert.deepEqual({ ...packed, ...{ version, license, engines } }, packed);
    assert.deepEqual(packed.peerDependencies, { wrangler: `^${devDependencies.wrangler}` });
    assert.deepEqual(packed.dependencies, { aws4fetch: devDependencies.aws4fetch });
    assert.ok(!packed.private && !packed.scripts);
    assert.equal((await presigner("--version")).stdout, `${version}\n`);
  });

  test("has no path of the machine that built it", async () => {
    const paths = [root, folder, homedir(), process.env.CARGO_HOME, process.env.RUSTUP_HOME].filter((path) => path?.length > 2);
    for (const name of filesOf(installed)) {
      const text = readFileSync(join(installed, name), "latin1");
      for (const path of paths) assert.ok(!text.includes(path), `${name} has ${path}`);
    }
  });

  test("has links that lead somewhere, and names no command that is not there", async () => {
    for (const page of filesOf(installed).filter((name) => name.endsWith(".md"))) {
      const text = readFileSync(join(installed, page), "utf8");
      const targets = [...text.matchAll(/\]\(([^)#\s]+)/g)].map(([, target]) => target).filter((target) => !/^\w+:/.test(target));
      for (const target of targets) assert.ok(existsSync(join(installed, dirname(page), target)), `${page} links to ${target}`);
      // These are the pages of packages of their own, too.
      if (/^packages\//.test(page)) assert.ok(!targets.some((target) => target.startsWith("..")), `${page} links to ${targets}`);
    }
    const own = ["bin.mjs", ...readdirSync(join(installed, "lib")).map((name) => `lib/${name}`)];
    const commands = own.flatMap((name) => [...readFileSync(join(installed, name), "utf8").matchAll(/npm run (?:--silent )?([-\w]+)/g)]);
    assert.deepEqual(new Set(commands.map(([, name]) => name)), new Set(["check", "dev", "doctor", "keys"]));
  });

  test("is the same bytes each time", async () => {
    const digest = (path) => createHash("sha256").update(readFileSync(path)).digest("hex");
    const first = digest(await pack());
    await delay(1100);
    assert.equal(digest(await pack()), first);
  });
});

describe("without Rust", () => {
  test("there is none", async () => {
    for (const name of ["cargo", "rustc", "rustup"]) assert.equal(spawnSync(name, ["--version"], { env }).error?.code, "ENOENT");
  });

  test("`init` makes a project, and says what to do next", async () => {
    const { status, stdout, text } = await presigner("init");
    assert.equal(status, 0, text);
    for (const name of [".dev.vars.example", ".gitignore", "README.md", "src/index.js", "wrangler.toml"]) {
      assert.deepEqual(readFileSync(join(project, name)), readFileSync(join(root, "packages", "template", name)), name);
    }
    assert.match(stdout, /There already, and left as they are: package\.json\.\n.*lacks.*\n {2}npm install --save-dev "wrangler@\^/);
    const next = stdout.split("Next:\n")[1].match(/^ {2}np.*$/gm);
    assert.deepEqual(next.map((line) => line.trim().split(/ {2,}/)[0]), ["npm install", "npx edge-presigner dev", "npx edge-presigner check"]);
  });

  test("`init` overwrites nothing, and writes nothing elsewhere", async () => {
    const own = "# mine\n";
    writeFileSync(join(project, "README.md"), own);
    const files = filesOf(folder);
    const again = await presigner("init");
    assert.match(again.stdout, /^There already, and left as they are: .*README\.md/, again.text);
    assert.equal(readFileSync(join(project, "README.md"), "utf8"), own);
    assert.deepEqual(filesOf(folder), files);

    const other = await presigner("init", "another/place");
    assert.match(other.stdout, /^Made in another\/place: .*package\.json/, other.text);
    assert.match(other.stdout, /\n {2}cd another\/place && npm install\n/);
    assert.deepEqual(filesOf(join(project, "another", "place")), [".dev.vars.example", ".gitignore", "README.md", "package.json", "src/index.js", "wrangler.toml"]);
    mkdirSync(join(project, "linked"));
    symlinkSync(folder, join(project, "linked", "src"));
    const leads = await presigner("init", "linked");
    assert.equal(leads.status, 1);
    assert.match(leads.text, /leads out of/);
    assert.ok(!existsSync(join(folder, "index.js")));
  });

  test("a command that does not exist is answered with those that do", async () => {
    for (const args of [["deploy"], []]) {
      const { status, text } = await presigner(...args);
      assert.equal(status, 1);
      assert.match(text, /The commands are init, dev, check, keys, doctor; --help describes them\.\n$/);
    }
    const { status, stdout } = await presigner("--help");
    assert.equal(status, 0);
    for (const name of ["init", "dev", "check", "keys", "doctor"]) assert.match(stdout, new RegExp(`^  ${name} `, "m"));
    assert.match((await presigner("check", "--nonsense")).text, /^\nUnknown option '--nonsense'/);
  });

  test("`keys` makes the secrets, and names the package's commands", async () => {
    const { status, text } = await presigner("keys");
    assert.equal(status, 0, text);
    assert.equal(statSync(join(project, "keys.json")).mode & 0o777, 0o600);
    assert.match(text, /npx wrangler secret bulk keys\.json/);
    assert.match((await presigner("keys", "--rotate", "publish")).text, /Then: npx edge-presigner keys --rotate sign\n/);
    const { OIDC_SIGNING_KEYS } = JSON.parse(readFileSync(join(project, "keys.json"), "utf8"));
    assert.equal((await presigner("keys", "--print", "OIDC_SIGNING_KEYS")).stdout, OIDC_SIGNING_KEYS);
    assert.ok(!(text + (await presigner("keys", "--help")).text).includes("npm run"));
  });

  test("`check` says what is wrong, and what AWS needs", async () => {
    const good = await presigner("check");
    assert.equal(good.status, 0, good.text);
    assert.match(good.stdout, /^No errors and no warnings\.$/m);
    const config = readFileSync(join(project, "wrangler.toml"), "utf8");
    writeFileSync(join(project, "bad.toml"), config.replace('keyPrefix = "users/"', 'keyPrefix = "users/"\nprefix = "old"').replace("[vars]", '[vars]\nAWS_ROLE = "old"'));
    const bad = await presigner("check", "--config", "bad.toml");
    assert.equal(bad.status, 1);
    assert.match(bad.text, /^error: PROFILES\.avatars\.prefix is not known here$/m);
    assert.match(bad.text, /^warning: AWS_ROLE is not read .*node_modules\/edge-presigner\/docs\/configuration\.md$/m);
    assert.ok(existsSync(join(installed, "docs", "configuration.md")));
    const iam = async (format) => (await presigner("check", "--iam", "--format", format)).stdout;
    assert.match(await iam("cli"), /^aws iam create-open-id-connect-provider --url 'https:\/\/sign\.example\.com'/m);
    assert.equal(JSON.parse(await iam("json")).buckets[0].bucket, "my-bucket");
    assert.ok(JSON.parse(await iam("cloudformation")).some(({ ParameterKey }) => ParameterKey === "BucketName"));
    assert.equal(JSON.parse(await iam("terraform")).issuer_url, "https://sign.example.com");
    const none = await run("npx", ["edge-presigner", "check"], { cwd: join(project, "linked") });
    assert.equal(none.status, 1);
    assert.match(none.text, /There is no wrangler\.toml in .*npx edge-presigner init/);
  });

  test("`check` and `dev` say in one sentence that another version of wrangler lacks what they use", async () => {
    const cwd = join(folder, "another-wrangler");
    const wrangler = join(cwd, "node_modules", "wrangler");
    mkdirSync(wrangler, { recursive: true });
    writeFileSync(join(wrangler, "package.json"), '{"name":"wrangler","version":"99.0.0"}');
    writeFileSync(join(wrangler, "index.js"), "");
    writeFileSync(join(cwd, "wrangler.toml"), "");
    for (const command of ["check", "dev"]) {
      const { status, text } = await run("node", [join(installed, "bin.mjs"), command], { cwd });
      assert.equal(status, 1);
      const tested = manifest.devDependencies.wrangler.replaceAll(".", "\\.");
      assert.match(text, new RegExp(`^\nThe installed wrangler has no unstable_\\w+: run .*wrangler@${tested}\`, the version that was tested\\.\n$`));
    }
  });

  test("an error that is not foreseen is shown, whatever its code is", async () => {
    // Such as a DOMException, whose code is a number: https://webidl.spec.whatwg.org/#dom-domexception-code.
    const place = JSON.stringify(join(installed, "lib", "place.mjs"));
    const script = `(await import(${place})).main(() => AbortSignal.abort().throwIfAborted())`;
    const { status, text } = await run("node", ["--input-type=module", "--eval", script]);
    assert.equal(status, 1);
    assert.match(text, /^DOMException \[AbortError\]/);
  });

  test("wrangler uploads the worker of the package as small as it is", async () => {
    const { status, stdout, text } = await run("npx", ["wrangler", "deploy", "--dry-run", "--outdir", join(folder, "out")]);
    assert.equal(status, 0, text);
    const [, gzipKib] = stdout.match(/Total Upload: .* \/ gzip: ([\d.]+) KiB/) ?? assert.fail(text);
    const built = ["index.js", "index_bg.wasm"].map((name) => gzipSync(readFileSync(join(root, "build", name))).length);
    // wrangler adds a little of its own.
    assert.ok(Number(gzipKib) <= (built[0] + built[1]) / 1024 + 3, gzipKib);
    assert.match(stdout, /env\.SESSIONS\b.*KV Namespace/);
  });
});

describe("the worker of the package in `wrangler dev`", () => {
  const bearer = "a-bearer-key-for-tests-only";
  let url;
  let aws;
  let wrangler;
  before(async () => {
    const port = await freePort();
    url = `http://127.0.0.1:${port}`;
    aws = await startLocalS3({ issuers: [url] });
    const config = workerConfig(aws, bearer);
    config.CALLERS.app.admin = true;
    const secrets = JSON.parse(readFileSync(join(project, "keys.json"), "utf8"));
    const values = { ...secrets, ...config, OIDC_ISSUER: url, AWS_ENDPOINT_URL: aws.endpoint };
    const lines = Object.entries(values).map(([name, value]) => `${name}='${typeof value === "string" ? value : JSON.stringify(value)}'\n`);
    writeFileSync(join(project, ".dev.vars"), lines.join(""));
    wrangler = await startUntil(/Ready on/, ["wrangler", "dev", "--ip", "127.0.0.1", "--port", String(port)]);
  });
  after(async () => {
    // As the terminal's Ctrl-C: to the whole group.
    if (wrangler) signal(wrangler.child, "SIGINT");
    await wrangler?.ended;
    await areGone([url]);
    running.delete(wrangler?.child);
    await aws?.stop();
  });

  test("signs a URL with which S3 gives the picture", async () => {
    const picture = readFileSync(join(root, "scripts", "ada.png"));
    await aws.putObject("users/ada.png", picture, "image/png");
    const headers = { Authorization: `Bearer ${bearer}` };
    const body = JSON.stringify({ profile: "avatars", operation: "getObject", key: "users/ada.png" });
    const signed = await fetch(`${url}/v1/sign`, { method: "POST", headers, body });
    assert.equal(signed.status, 200, await signed.clone().text());
    const object = await fetch((await signed.json()).url);
    assert.equal(object.status, 200);
    assert.deepEqual(Buffer.from(await object.arrayBuffer()), picture);
  });

  test("is examined by `doctor`", async () => {
    const { status, text } = await run("npx", ["edge-presigner", "doctor", url], { PRESIGNER_KEY: bearer });
    assert.match(text, /^ok +outside health/m);
    assert.match(text, /^ok +sts edge-presigner: a session/m);
    assert.match(text, /^ok +outside keys/m);
    assert.equal(status, 0, text);
  });
});

describe("`dev`", () => {
  const picture = (text) => text.split("\n").find((line) => line.startsWith("curl") && line.includes("/tmp/ada.png"));

  test("prints lines that work, and ends with npx, which passes on no SIGTERM", async () => {
    const port = await freePort();
    const own = readFileSync(join(project, ".dev.vars"), "utf8");
    const refused = await presigner("dev");
    assert.equal(refused.status, 1);
    assert.match(refused.text, /\.dev\.vars is your own and stays as it is/);
    writeFileSync(join(folder, "dev.vars"), own);
    spawnSync("rm", [join(project, ".dev.vars")]);
    const dev = await startUntil(/# Without a key\n.*\n/, ["edge-presigner", "dev"], { PORT: String(port) });
    const line = picture(dev.text()).replace("/tmp/ada.png", join(folder, "ada.png"));
    assert.equal((await run("sh", ["-c", line])).stdout, "200 image/png, 300 bytes\n");
    assert.deepEqual(readFileSync(join(folder, "ada.png")), readFileSync(join(root, "scripts", "ada.png")));
    const endpoint = dev.text().match(/Local S3 and STS .*(http:\S+)/)[1];
    process.kill(dev.child.pid, "SIGTERM");
    await dev.ended;
    await areGone([`http://127.0.0.1:${port}`, endpoint]);
    running.delete(dev.child);
    assert.ok(!existsSync(join(project, ".dev.vars")));
  });

  test("ends at Ctrl-C, and leaves secrets that were saved in the meantime", async () => {
    const port = await freePort();
    const dev = await startUntil(/# Without a key\n.*\n/, ["edge-presigner", "dev"], { PORT: String(port) });
    writeFileSync(join(project, ".dev.vars"), "LINK_KEY=mine\n");
    signal(dev.child, "SIGINT");
    await dev.ended;
    await areGone([`http://127.0.0.1:${port}`]);
    running.delete(dev.child);
    assert.equal(readFileSync(join(project, ".dev.vars"), "utf8"), "LINK_KEY=mine\n");
    rmSync(join(project, ".dev.vars"));
  });

  test("does not overwrite secrets that were saved while it set up", async () => {
    const cwd = join(folder, "with-secrets");
    mkdirSync(cwd);
    writeFileSync(join(cwd, ".dev.vars"), "LINK_KEY=mine\n");
    const demo = JSON.stringify(join(installed, "lib", "demo.mjs"));
    const script = `(await import(${demo})).writeSecrets({}, { CALLERS: {}, PROFILES: { avatars: { callers: [] } } }, {})`;
    const { status, text } = await run("node", ["--input-type=module", "--eval", script], { cwd });
    assert.equal(status, 1);
    assert.match(text, /\.dev\.vars is your own and stays as it is/);
    assert.equal(readFileSync(join(cwd, ".dev.vars"), "utf8"), "LINK_KEY=mine\n");
  });

  test("says in one sentence that Python is missing", async () => {
    const bin = join(folder, "without-python");
    mkdirSync(bin);
    for (const name of readdirSync(join(folder, "bin")).filter((name) => name !== "python3")) symlinkSync(join(folder, "bin", name), join(bin, name));
    const { status, text } = await run("npx", ["edge-presigner", "dev"], { PATH: bin, PORT: String(await freePort()) });
    assert.equal(status, 1);
    assert.match(text, /^\nPython 3 is missing: install it .*\n$/);
  });
});
