// git-lfs as it is, with the profile and the commands of docs/clients/git-lfs.md, against the worker and two real S3.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { createHash, randomBytes } from "node:crypto";
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";
import { after, before, describe, test } from "node:test";
import { programPath } from "../../scripts/programs.mjs";
import { blocks } from "./guides/page.mjs";
import {
  baseVars, bearer, makeFolder, removeFolder, startIssuer, startLocalAws, startMiniStack, startProxy, startWorker,
} from "./harness.mjs";

const page = "clients/git-lfs.md";
const [profiles] = blocks(page, "json").map(JSON.parse);
const [setUp, helper, extraHeader, link] = blocks(page, "sh");
const { keyPrefix } = profiles.media;

let aws, s3, worker, folder;
before(async () => {
  folder = makeFolder("git-lfs-");
  aws = await startLocalAws();
  // What the worker and git-lfs send to S3.
  s3 = await startProxy(aws);
  worker = await startWorker({ vars: await varsFor(aws, s3) });
});
after(async () => {
  await worker?.stop();
  await s3?.stop();
  await aws?.stop();
  removeFolder(folder);
});

async function varsFor(aws, s3) {
  const LINK_KEY = createHash("sha256").update("link key for tests only").digest("base64");
  const PROFILES = { media: { ...profiles.media, bucket: aws.bucket } };
  return { ...(await baseVars(aws)), AWS_ENDPOINT_URL_S3: s3.endpoint, PROFILES, LINK_KEY };
}

/** Whoever uses git on one computer: `git(folder, ...args)` and `sh(folder, script)` see nothing of any other. */
function computer(name, { key } = {}) {
  const home = join(folder, name);
  mkdirSync(home);
  const env = {
    PATH: [dirname(programPath("git-lfs")), process.env.PATH].join(delimiter),
    HOME: home,
    GIT_CONFIG_NOSYSTEM: "1",
    GIT_TERMINAL_PROMPT: "0",
    GIT_AUTHOR_NAME: "Ada",
    GIT_AUTHOR_EMAIL: "ada@example.com",
    GIT_COMMITTER_NAME: "Ada",
    GIT_COMMITTER_EMAIL: "ada@example.com",
    LC_ALL: "C",
    PRESIGN_KEY: key,
  };
  const run = (cwd, command, args) =>
    new Promise((resolve, reject) => {
      const child = spawn(command, args, { cwd: cwd ? join(home, cwd) : home, env, stdio: ["ignore", "pipe", "pipe"], timeout: 60_000 });
      let text = "";
      for (const stream of [child.stdout, child.stderr]) stream.setEncoding("utf8").on("data", (piece) => (text += piece));
      child.once("error", reject).once("close", (status) => resolve({ status, text }));
    });
  const succeed = async (...of) => {
    const { status, text } = await run(...of);
    assert.equal(status, 0, `${of[2].join(" ")}: ${text}`);
    return text;
  };
  return {
    home,
    git: (cwd, ...args) => succeed(cwd, "git", args),
    fail: async (cwd, ...args) => {
      const { status, text } = await run(cwd, "git", args);
      assert.notEqual(status, 0, text);
      return text;
    },
    sh: (cwd, script, capability) => succeed(cwd, "sh", ["-ec", toWorker(script, capability)]),
  };
}

/** The commands of the page for the worker of this test. */
function toWorker(script, capability = "") {
  return script.replaceAll("https://presign.example.com", worker.url).replaceAll("CAPABILITY", capability);
}

/** A new repository on `at`, set up as on the page, with `files` committed and a remote that is a folder. */
async function repository(at, name, files, { configure = "", capability } = {}) {
  const remote = join(folder, `${name}.git`);
  await at.git("", "init", "--bare", "--initial-branch=main", remote);
  await at.git("", "init", "--initial-branch=main", name);
  await at.sh(name, setUp);
  if (configure) await at.sh(name, configure, capability);
  for (const [file, bytes] of Object.entries(files)) writeFileSync(join(at.home, name, file), bytes);
  await at.git(name, "add", ".");
  await at.git(name, "commit", "-m", "Files");
  await at.git(name, "remote", "add", "origin", remote);
  return { remote, push: () => at.git(name, "push", "origin", "main") };
}

/** A clone with the files themselves. */
async function clone(at, remote, name) {
  await at.git("", "clone", remote, name);
  await at.git(name, "lfs", "install", "--local");
  return at.git(name, "lfs", "pull");
}

const sha256 = (bytes) => createHash("sha256").update(bytes).digest("hex");
const keyOf = (bytes) => `${keyPrefix}${sha256(bytes).replace(/^(..)(..)/, "$1/$2/$1$2")}`;
const read = (at, ...path) => readFileSync(join(at.home, ...path));

/** What `git-lfs` itself sent to S3 while `work` was done. */
async function sentDuring(work) {
  const before = s3.requests.length;
  const result = await work();
  const sent = s3.requests.slice(before).filter(({ headers }) => headers["user-agent"]?.startsWith("git-lfs/"));
  return { result, sent };
}

async function linkFor(operations) {
  const json = { profile: "media", keyPrefix, operations };
  const answer = await worker.fetch("/v1/links", { key: bearer, json });
  const { link } = await answer.json();
  return link.split("/c/")[1];
}

describe("pushed and cloned", () => {
  /** Pushes from one computer and clones on another. Files of a few bytes could be those of another test, which S3 has already. */
  async function roundTrip(name, { writer, reader = writer, configure, capability, sizes = [0, 16, 100_000] }) {
    const files = Object.fromEntries(sizes.map((size, n) => [`${n}.bin`, randomBytes(size)]));
    const at = computer(`${name}-writer`, { key: bearer });
    if (writer) await at.sh("", writer);
    const { remote, push } = await repository(at, name, files, { configure, capability });
    const { sent } = await sentDuring(push);
    // An empty file is no object.
    const kept = Object.values(files).filter(({ length }) => length > 0);
    assert.deepEqual(sent.map(({ method }) => method), kept.map(() => "PUT"));
    for (const bytes of kept) {
      const stored = await aws.s3("GET", keyOf(bytes));
      assert.deepEqual(Buffer.from(await stored.arrayBuffer()), bytes);
      assert.equal(stored.headers.get("content-type"), "application/octet-stream");
    }
    const other = computer(`${name}-reader`, { key: bearer });
    if (reader) await other.sh("", reader);
    const { sent: fetched } = await sentDuring(() => clone(other, remote, name));
    for (const [file, bytes] of Object.entries(files)) assert.deepEqual(read(other, name, file), bytes);
    assert.deepEqual(fetched.map(({ method }) => method), kept.map(() => "GET"));
    for (const { headers } of [...sent, ...fetched]) assert.equal(headers.authorization, undefined, "S3 gets no key");
    return at;
  }

  test("with a credential helper, whose key is the password of Basic", async () => {
    const at = await roundTrip("helped", { writer: helper });
    assert.ok(!read(at, "helped", ".git", "config").includes(bearer));
  });

  test("with a header that only the worker gets", () => roundTrip("headed", { writer: extraHeader }));

  test("with a key in the URL", () => {
    const own = `${worker.url.replace("://", `://git:${bearer}@`)}/lfs/media`;
    return roundTrip("in-url", { configure: `git config -f .lfsconfig lfs.url ${own}` });
  });

  test("with a link for whoever clones, and a key for whoever pushes", async () => {
    const capability = await linkFor(["getObject"]);
    await roundTrip("linked", { writer: extraHeader, reader: "", configure: link, capability });
  });

  test("with a link for both", async () => {
    const capability = await linkFor(["getObject", "putObject"]);
    const [only] = link.split("\n");
    await roundTrip("only-linked", { configure: only, capability });
  });

  test("more objects than one batch has", () => {
    return roundTrip("many", { writer: helper, sizes: Array.from({ length: 120 }, (_, n) => 20 + n) });
  });
});

describe("once pushed", () => {
  test("objects are not sent again", async () => {
    const at = computer("again", { key: bearer });
    await at.sh("", helper);
    const { push } = await repository(at, "twice", { "a.bin": randomBytes(1000), "b.bin": randomBytes(1000) });
    await push();
    const { sent } = await sentDuring(() => at.git("twice", "lfs", "push", "--all", "origin"));
    assert.deepEqual(sent, []);
  });

  test("one that is missing is one clear error, and the others arrive", async () => {
    const [lost, kept] = [randomBytes(1000), randomBytes(1000)];
    const at = computer("missing", { key: bearer });
    await at.sh("", helper);
    const { push, remote } = await repository(at, "lossy", { "lost.bin": lost, "kept.bin": kept });
    await push();
    assert.equal((await aws.s3("DELETE", keyOf(lost))).status, 204);
    const other = computer("missing-reader", { key: bearer });
    await other.sh("", helper);
    await other.git("", "clone", remote, "lossy");
    const before = s3.requests.length;
    const { result: text, sent } = await sentDuring(() => other.fail("lossy", "lfs", "fetch"));
    const about = s3.requests.slice(before).filter(({ url }) => url.includes(sha256(lost)));
    assert.deepEqual(about.map(({ method }) => method), ["HEAD"], "nobody asks again");
    assert.match(text, /the object does not exist/);
    assert.equal(text.match(new RegExp(sha256(lost), "g")).length, 1, text);
    assert.deepEqual(sent.map(({ method, url }) => [method, url.includes(sha256(kept))]), [["GET", true]]);
  });
});

describe("refused", () => {
  test("whoever has no key is told so", async () => {
    const at = computer("stranger");
    await repository(at, "strange", { "a.bin": randomBytes(100) });
    const text = await at.fail("strange", "push", "origin", "main");
    assert.match(text, /Git credentials for \S+\/lfs\/media not found/, text);
  });

  test("a wrong key is told so", async () => {
    const at = computer("wrong", { key: "a-wrong-key" });
    await at.sh("", extraHeader);
    await repository(at, "wrong", { "a.bin": randomBytes(100) });
    const text = await at.fail("wrong", "push", "origin", "main");
    assert.match(text, /The key or token is not valid/, text);
  });

  test("a link that only reads does not push", async () => {
    const at = computer("reads");
    const [only] = link.split("\n");
    await repository(at, "reads", { "a.bin": randomBytes(100) }, { configure: only, capability: await linkFor(["getObject"]) });
    const text = await at.fail("reads", "push", "origin", "main");
    assert.match(text, /The caller is not allowed to do this/, text);
  });

  test("a file that was damaged on the disk is not stored", async () => {
    const bytes = randomBytes(1000);
    const at = computer("damaged", { key: bearer });
    await at.sh("", helper);
    // Else git-lfs tries nine times.
    const configure = "git config lfs.transfer.maxRetries 1";
    await repository(at, "damaged", { "a.bin": bytes }, { configure });
    const oid = sha256(bytes);
    const object = join(at.home, "damaged", ".git", "lfs", "objects", oid.slice(0, 2), oid.slice(2, 4), oid);
    const damaged = Buffer.from(bytes);
    damaged[500] ^= 1;
    chmodSync(object, 0o600);
    writeFileSync(object, damaged);
    const { result: text, sent } = await sentDuring(() => at.fail("damaged", "push", "origin", "main"));
    assert.match(text, /LFS: Client error/, text);
    assert.deepEqual(sent.map(({ method }) => method), ["PUT", "PUT"]);
    assert.equal((await aws.s3("HEAD", keyOf(bytes))).status, 404);
  });

  test("locks are said not to exist, and their check stops no push", async () => {
    const at = computer("locks", { key: bearer });
    await at.sh("", helper);
    const configure = "git config -f .lfsconfig --unset lfs.locksverify";
    const { push } = await repository(at, "locks", { "a.bin": randomBytes(100) }, { configure });
    await push();
    // git-lfs does not ask again.
    assert.equal((await at.git("locks", "config", `lfs.${worker.url}/lfs/media.locksverify`)).trim(), "false");
    const text = await at.fail("locks", "lfs", "lock", "a.bin");
    assert.match(text, /there are no locks of git-lfs here/, text);
  });
});

describe("other bytes than those that an upload is signed for are refused by S3", () => {
  /** The servers of S3, and a worker for each. */
  const servers = {
    SeaweedFS: async (work) => work(worker, aws),
    MiniStack: async (work) => {
      const issuer = await startIssuer();
      const aws = await startMiniStack({ issuer });
      const worker = await startWorker({ vars: await varsFor(aws, aws) });
      try {
        await work(worker, aws);
      } finally {
        await worker.stop();
        await aws.stop();
        await issuer.stop();
      }
    },
  };
  for (const [name, withServer] of Object.entries(servers)) {
    test(name, () =>
      withServer(async (worker, aws) => {
        const [right, wrong] = [randomBytes(1000), randomBytes(1000)];
        const json = { operation: "upload", objects: [{ oid: sha256(right), size: 1000 }] };
        const answer = await worker.fetch("/lfs/media/objects/batch", { key: bearer, json });
        const [{ actions }] = (await answer.json()).objects;
        const { href, header } = actions.upload;
        const put = async (body, headers) => {
          const answer = await fetch(href, { method: "PUT", headers, body });
          return [answer.status, (await answer.text()).match(/<Code>(.*)<\/Code>/)?.[1]];
        };
        const { "x-amz-checksum-sha256": checksum, ...unchecked } = header;
        const { "content-length": length, ...unmeasured } = header;
        assert.deepEqual(await put(wrong, header), [400, "BadDigest"]);
        assert.deepEqual(await put(wrong, unchecked), [403, "SignatureDoesNotMatch"]);
        assert.deepEqual(await put(right.subarray(1), unmeasured), [403, "SignatureDoesNotMatch"]);
        assert.equal((await aws.s3("HEAD", keyOf(right))).status, 404);
        assert.deepEqual(await put(right, header), [200, undefined]);
        assert.deepEqual(Buffer.from(await (await aws.s3("GET", keyOf(right))).arrayBuffer()), right);
      }));
  }
});
