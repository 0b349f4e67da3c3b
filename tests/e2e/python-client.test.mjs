// packages/python, installed by pip where nothing else is: its functions and the examples in its README against the worker.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { cpSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { root } from "../../scripts/console.mjs";
import { testPython } from "../../scripts/setup.mjs";
import { audience, claimsOf, judged, jwks, signed } from "./client/receipts.mjs";
import { linkKey, startPresigner } from "./client/worker.mjs";
import { blocks } from "./guides/page.mjs";
import { bearer, makeFolder, removeFolder } from "./harness.mjs";

const source = join(root, "packages", "python");
const module = join(source, "edge_presigner.py");
const { version } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));

let folder, python, presigner, url;
before(async () => {
  folder = makeFolder("python-client-");
  [presigner] = await Promise.all([startPresigner(), install()]);
  url = presigner.url;
});
after(async () => {
  await presigner?.stop();
  removeFolder(folder);
});

/** Runs a command and resolves to its output, or fails with all that it said. */
async function run(command, args, { input = "", env = {} } = {}) {
  const child = spawn(command, args, { cwd: folder, env: { ...process.env, PYTHONDONTWRITEBYTECODE: "1", ...env }, stdio: "pipe" });
  let stdout = "";
  let all = "";
  child.stdout.setEncoding("utf8").on("data", (text) => ((stdout += text), (all += text)));
  child.stderr.setEncoding("utf8").on("data", (text) => (all += text));
  child.stdin.end(input);
  const status = await new Promise((resolve, reject) => child.once("error", reject).once("close", resolve));
  assert.equal(status, 0, all);
  return stdout;
}

/** Makes a wheel, and an environment that has nothing else. The build's own tool is among the tests' packages, so no network is used. */
async function install() {
  const copy = join(folder, "source");
  cpSync(source, copy, { recursive: true });
  const pip = ["-m", "pip", "--disable-pip-version-check", "--quiet"];
  await run(testPython, ["-m", "venv", "--without-pip", join(folder, "venv")]);
  await run(testPython, [...pip, "wheel", "--no-index", "--no-build-isolation", "--wheel-dir", folder, copy]);
  python = join(folder, "venv", "bin", "python");
  const wheel = readdirSync(folder).find((name) => name.endsWith(".whl"));
  assert.equal(wheel, `edge_presigner-${version}-py3-none-any.whl`);
  await run(testPython, [...pip, "--python", python, "install", "--no-index", join(folder, wheel)]);
}

/** What calls of the module, `[name, args, kwargs]` each, return or raise. */
const call = async (...calls) => JSON.parse(await run(python, [join(root, "tests", "e2e", "client", "call.py")], { input: JSON.stringify(calls) }));

const asked = { profile: "avatars", token: bearer, key: "users/ada.png" };

test("signatures are verified as OpenSSL does, for values of every kind that must be refused, too", async () => {
  await run(testPython, [join(root, "tests", "e2e", "client", "signatures.py")], { env: { PYTHONPATH: source } });
});

test("the module is typed throughout, and Python 3.9 can read it", async () => {
  await run(testPython, ["-m", "mypy", "--strict", "--cache-dir", join(folder, "mypy"), module]);
  await run(testPython, ["-c", "import ast, sys; ast.parse(open(sys.argv[1]).read(), feature_version=(3, 9))", module]);
  const names = 'import sys\nimport edge_presigner\nprint(*{name.split(".")[0] for name in sys.modules} - set(sys.stdlib_module_names))';
  const imported = (await run(python, ["-c", names])).trim().split(" ");
  assert.deepEqual(imported.filter((name) => !name.startsWith("_") && name !== "sitecustomize"), ["edge_presigner"]);
});

test("a wheel has the module and its licence, and nothing else", async () => {
  const list = "import sys, zipfile; print(*zipfile.ZipFile(sys.argv[1]).namelist())";
  const wheel = join(folder, `edge_presigner-${version}-py3-none-any.whl`);
  const files = (await run(testPython, ["-c", list, wheel])).trim().split(" ");
  const info = `edge_presigner-${version}.dist-info`;
  assert.deepEqual(files.sort(), ["METADATA", "RECORD", "WHEEL", "licenses/LICENSE"].map((it) => `${info}/${it}`).concat("edge_presigner.py").sort());
  assert.equal(readFileSync(join(source, "LICENSE"), "utf8"), readFileSync(join(root, "LICENSE"), "utf8"));
});

test("sign resolves to a URL that S3 accepts, also behind a link, and for a listing", async () => {
  await presigner.aws.putObject("users/ada.png", "a picture");
  const [{ value: signed }, { value: listed }, { value: link }] = await call(
    ["sign", [`${url}/`, "getObject"], { ...asked, expires_in: 60, download: "Ada.png" }],
    ["sign", [url, "listObjectsV2"], { profile: "avatars", token: `${bearer}\n`, prefix: "users/" }],
    ["make_link", [url, `${linkKey}, and another`], { profile: "avatars", key: "users/ada.png", operations: ["getObject"], counted_as: "ada" }],
  );
  assert.equal(signed.expiresIn, 60);
  const answer = await fetch(signed.url, { method: signed.method, headers: signed.headers });
  assert.equal(await answer.text(), "a picture");
  assert.match(answer.headers.get("content-disposition"), /Ada\.png/);
  assert.match(await (await fetch(listed.url)).text(), /<Key>users\/ada\.png</);
  assert.equal(listed.key, undefined);
  const [{ value: behind }] = await call(["sign", [link, "getObject"], { profile: "avatars", key: "users/ada.png" }]);
  assert.equal(await (await fetch(behind.url)).text(), "a picture");
});

test("a link allows what it says, for as long as it says, and an altered one nothing", async () => {
  await presigner.aws.putObject("users/ädä//1.png", "a picture");
  const grant = { profile: "avatars", key_prefix: "users/ädä/", operations: ["getObject"], max_lifetime_secs: 60 };
  const [{ value: link }, { value: expired }] = await call(["make_link", [`${url}/`, linkKey], grant], ["make_link", [url, linkKey], { ...grant, expires_in: -1 }]);
  const statusOf = async (address) => (await fetch(address)).status;
  const path = `/o/avatars/${encodeURIComponent("users/ädä//1.png")}`;
  assert.equal(await (await fetch(link + path)).text(), "a picture");
  assert.equal(await statusOf(`${link}/o/avatars/users/bob/1.png`), 403);
  assert.equal(await statusOf(expired + path), 403);
  assert.equal(await statusOf(link.slice(0, -3) + (link.endsWith("AAA") ? "BBB" : "AAA") + path), 403);
  const [both, none, short] = await call(
    ["make_link", [url, linkKey], { ...grant, key: "users/a" }],
    ["make_link", [url, linkKey], { profile: "avatars", operations: ["getObject"] }],
    ["make_link", [url, linkKey.slice(4)], grant],
  );
  for (const { mistake } of [both, none]) assert.match(mistake, /a key or a key_prefix/);
  assert.match(short.mistake, /32 bytes in base64/);
  assert.ok(!short.text.includes(linkKey.slice(4)), short.text);
});

test("what fails is an error with its type and status, in which no token is", async () => {
  const { presigner: proxy } = presigner;
  const sign = (changes) => ["sign", [url, "getObject"], { ...asked, ...changes }];
  const [denied, unknown, wrong] = await call(sign({ key: "others/a" }), sign({ token: "another-token" }), sign({ maxKeys: 1 }));
  assert.deepEqual([denied.error.type, denied.error.status], ["not-allowed", 403]);
  assert.deepEqual([unknown.error.type, unknown.error.status], ["unknown-caller", 401]);
  assert.deepEqual([wrong.error.type, wrong.error.status], ["invalid-request", 400]);
  assert.match(wrong.error.detail, /^maxKeys/);

  const body = JSON.stringify({ type: "urn:problem-type:edge-presigner:rate-limited", detail: "Slower." });
  proxy.next({ status: 429, headers: { "retry-after": "7" }, body });
  proxy.next("reset");
  proxy.next({ status: 502, headers: { "content-type": "text/html" }, body: "<p>Bad gateway" });
  proxy.next({ status: 200, headers: {}, body: "<p>Welcome" });
  const elsewhere = [];
  proxy.next({ status: 302, headers: { location: `${presigner.s3.endpoint}/stolen` } });
  const before = presigner.s3.requests.length;
  const failures = await call(...Array.from({ length: 5 }, () => sign({})), sign({ token: "a\nnew: line" }), ["sign", ["http://127.0.0.1:9", "getObject"], asked]);
  elsewhere.push(...presigner.s3.requests.slice(before));
  assert.deepEqual(failures.map(({ error }) => [error.type, error.status, error.retryAfterSecs]), [
    ["rate-limited", 429, 7], ["unreachable", 0, null], ["unreadable", 502, null], ["unreadable", 200, null], ["unreadable", 302, null],
    ["invalid-token", 0, null], ["unreachable", 0, null],
  ]);
  assert.deepEqual(elsewhere, [], "a redirect is not followed");
  for (const { text } of [denied, unknown, wrong, ...failures]) {
    for (const token of [bearer, "another-token", "new: line"]) assert.ok(!text.includes(token), text);
  }
});

test("a token goes, and keys come, by https or on loopback alone", async () => {
  const wrong = [
    "presign.example.com", "//presign.example.com", "file:///etc", "https://", "https:///etc", "http://presign.example.com",
    "http://127.0.0.1.example.com", "http://127.0.0.1:80@presign.example.com", "http://localhost@presign.example.com", "http://[::2]", "",
  ];
  for (const [n, { mistake }] of (await call(...wrong.map((it) => ["sign", [it, "getObject"], asked]))).entries()) {
    assert.equal(mistake, "url must begin with https://", wrong[n]);
  }
  const issuers = wrong.filter(Boolean);
  const receipts = await Promise.all(issuers.map((it) => signed(claimsOf(it))));
  const verify = (more) => call(...issuers.map((issuer, n) => ["verify_receipt", [receipts[n]], { issuer, audience, ...more }]));
  for (const [n, { mistake }] of (await verify({})).entries()) assert.equal(mistake, "issuer must begin with https://", issuers[n]);
  assert.deepEqual((await verify({ jwks })).map(({ value }) => value.iss), issuers, "no keys are fetched");
  // Nobody listens there.
  const right = ["https://127.0.0.1:9", "HTTP://localhost:9/", "http://[::1]:9"];
  const asking = await call(...right.map((it) => ["sign", [it, "getObject"], asked]));
  assert.deepEqual(asking.map(({ error }) => error?.type), right.map(() => "unreachable"));
});

test("a receipt of the worker is accepted, with keys that are fetched once", async () => {
  await presigner.aws.putObject("users/ada.png", "a picture");
  const json = { profile: "avatars", key: "users/ada.png", payload: { order: 7 } };
  const { receipt } = await (await presigner.worker.fetch("/v1/uploads/confirm", { key: bearer, json })).json();
  const fetched = () => presigner.presigner.requests.filter((it) => it.url === "/.well-known/jwks.json").length;
  const before = fetched();
  const options = { issuer: url, audience };
  const stranger = await signed(claimsOf(url), { kid: "unknown" });
  const [{ value: claims }, again, other] = await call(...[receipt, receipt, stranger].map((it) => ["verify_receipt", [it], options]));
  assert.deepEqual([claims.key, claims.sizeBytes, claims.payload], ["users/ada.png", 9, { order: 7 }]);
  assert.deepEqual(again.value, claims);
  assert.equal(other.error.type, "invalid-receipt");
  assert.equal(fetched() - before, 1, "an unknown key is not looked for again at once");
});

test("while the issuer fails, its keys are used on for an hour, and it is asked twice a minute", async () => {
  const issuer = "https://failing.example.com";
  const [known, stranger] = await Promise.all([undefined, { kid: "new" }].map((header) => signed(claimsOf(issuer), header)));
  const script = `
import json, sys
import edge_presigner
given = json.load(sys.stdin)
outcomes, works = [], True
def answer(*_):
    outcomes[-1] += " asked"
    if works:
        return given["jwks"]
    raise edge_presigner.PresignerError("unreachable")
edge_presigner._request = answer
for minutes, receipt, works in given["calls"]:
    edge_presigner.time.monotonic = lambda: 1000 + minutes * 60
    outcomes.append("")
    try:
        edge_presigner.verify_receipt(given[receipt], issuer=given["issuer"], audience=given["audience"])
        outcomes[-1] += " accepted"
    except edge_presigner.PresignerError as error:
        outcomes[-1] += " " + error.type
print(json.dumps([it.strip() for it in outcomes]))`;
  const calls = [
    [0, "known", true, "asked accepted"],
    [9, "known", true, "accepted"],
    [11, "known", false, "asked accepted"],
    [11.4, "known", false, "accepted"],
    [11.6, "known", false, "asked accepted"],
    [11.7, "stranger", false, "unreachable"],
    [12.2, "stranger", false, "asked unreachable"],
    [59, "known", false, "asked accepted"],
    [61, "known", false, "asked unreachable"],
    [62, "known", true, "asked accepted"],
    [62.4, "stranger", true, "invalid-receipt"],
    [62.6, "stranger", true, "asked invalid-receipt"],
  ];
  const input = JSON.stringify({ known, stranger, jwks, issuer, audience, calls: calls.map((it) => it.slice(0, 3)) });
  assert.deepEqual(JSON.parse(await run(python, ["-c", script], { input })), calls.map((it) => it[3]));
});

test("receipts that differ in anything are refused", async () => {
  const { right, wrong } = await judged(url);
  const tokens = Object.entries({ ...right, ...wrong });
  const outcomes = await call(...tokens.map(([, token]) => ["verify_receipt", [token], { issuer: url, audience, jwks }]));
  for (const [n, [what]] of tokens.entries()) {
    if (what in right) assert.equal(outcomes[n].value?.key, "users/ädä.png", `${what}: ${outcomes[n].text}`);
    else assert.equal(outcomes[n].error?.type, "invalid-receipt", `${what}: ${JSON.stringify(outcomes[n])}`);
  }
  for (const more of [{ use: "enc" }, { alg: "RS512" }]) {
    const other = { keys: jwks.keys.map((jwk) => ({ ...jwk, ...more })) };
    const [{ error }] = await call(["verify_receipt", [right["by RS256"]], { issuer: url, audience, jwks: other }]);
    assert.equal(error.type, "invalid-receipt");
  }
  const [empty] = await call(["verify_receipt", [right["by ES256"]], { issuer: url, audience: "", jwks }]);
  assert.match(empty.mistake, /audience/);
});

test("the examples in the README do what they say", async () => {
  await presigner.aws.putObject("users/ada/picture.png", "a picture");
  const code = blocks("../packages/python/README.md", "python").map((text) => text.replaceAll("https://presign.example.com", url));
  const env = { PRESIGNER_KEY: bearer, LINK_KEY: linkKey };
  const runs = (text) => run(python, ["-c", text], { env });
  const [signs, uploads, links, verifies, ...others] = code;
  assert.deepEqual(others, []);
  await runs(uploads);
  const [method, signedUrl] = (await runs(signs)).trim().split(" ");
  const answer = await fetch(signedUrl, { method });
  assert.deepEqual([await answer.text(), answer.headers.get("content-type")], ["...", "image/png"]);
  assert.equal(await (await fetch((await runs(links)).trim())).text(), "a picture");

  const json = { profile: "avatars", key: "users/ada/picture.png" };
  const { receipt } = await (await presigner.worker.fetch("/v1/uploads/confirm", { key: bearer, json })).json();
  const call = `print(has_arrived("${receipt}", "ada"), has_arrived("${receipt}", "bob"), has_arrived("${receipt.slice(0, -9)}", "ada"))`;
  assert.equal((await runs(`${verifies}\n${call}`)).trim(), "True False False");
  writeFileSync(join(folder, "examples.py"), code.join("\n"));
  await run(testPython, ["-m", "mypy", "--strict", "--cache-dir", join(folder, "mypy"), "--allow-untyped-defs", "examples.py"], { env: { MYPYPATH: source } });
});
