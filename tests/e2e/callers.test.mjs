// Callers that prove themselves by tokens of a real issuer, or by signed links.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { randomBytes } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { createServer, request as httpRequest } from "node:http";
import { connect } from "node:net";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { promisify } from "node:util";
import { root } from "../../scripts/console.mjs";
import { startIssuer } from "../../scripts/oidc-issuer.mjs";
import { events, expectProblem, logged, sign, statusOf } from "./answers.mjs";
import { baseVars, bearer, makeFolder, removeFolder, startLocalAws, startWorker } from "./harness.mjs";

const audience = "presigner";
const linkKey = randomBytes(32).toString("base64");
const accessHeader = "cf-access-jwt-assertion";
const own = "/o/own/users/ada/picture.png";

let aws;
let issuer;
let worker;
before(async () => {
  aws = await startLocalAws();
  await aws.putObject("users/ada/picture.png", "a picture");
  issuer = await startIssuer();
  worker = await startWorker({ vars: await vars(issuer) });
});
after(async () => {
  await worker?.stop();
  await issuer?.stop();
  await aws?.stop();
});

/** The callers `web` and `staff` with tokens of `issuer`; the profile `own` for both, and `all` for `web` and its links. */
async function vars({ url }) {
  const base = await baseVars(aws);
  const { avatars } = base.PROFILES;
  const jwt = { issuer: url, audience };
  return {
    ...base,
    LINK_KEY: linkKey,
    CALLERS: { ...base.CALLERS, web: { jwt }, staff: { jwt: { ...jwt, header: accessHeader } } },
    PROFILES: {
      avatars: { ...avatars, callers: ["app", "link"] },
      all: { ...avatars, callers: ["web", "link"] },
      own: { ...avatars, keyPrefix: "users/{sub}/", callers: ["web", "staff"], corsOrigins: ["https://app.example.com"] },
    },
  };
}

const token = (claims) => issuer.token({ sub: "ada", aud: audience, ...claims });

describe("a token of each algorithm gets its bearer's own object", () => {
  for (const algorithm of ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "EdDSA"]) {
    test(algorithm, async () => {
      const kid = `key for ${algorithm}`;
      const publisher = await startIssuer();
      let other;
      try {
        await publisher.addKey(algorithm, kid);
        other = await startWorker({ vars: await vars(publisher) });
        const key = await publisher.token({ sub: "ada", aud: audience, kid });
        const answer = await other.fetch(own, { key, redirect: "follow" });
        assert.equal(await answer.text(), "a picture");
        // Another token, which the key verifies that is kept by now.
        const next = await publisher.token({ sub: "bob", aud: audience, kid });
        assert.equal((await other.fetch("/o/own/users/bob/x", { key: next })).status, 302);
        // The same signature under other claims.
        const [header, , signature] = key.split(".");
        const claims = Buffer.from(key.split(".")[1], "base64url").toString().replace('"ada"', '"bob"');
        const forged = [header, Buffer.from(claims).toString("base64url"), signature].join(".");
        await expectProblem(await other.fetch("/o/own/users/bob/x", { key: forged }), 401, "unknown-caller");
        assert.match((await logged(other, "request")).outcome, /^ok$/);
      } finally {
        await other?.stop();
        await publisher.stop();
      }
    });
  }
});

test("a token opens no object of others", async () => {
  const key = await token();
  for (const path of ["/o/own/users/bob/x", "/o/own/users/adam/x", "/o/own/users/ada", "/o/own/users/x/ada/", "/o/avatars/users/ada/x"]) {
    await expectProblem(await worker.fetch(path, { key }), 403, "not-allowed");
  }
});

describe("a token that is not good is refused, and the log says why", () => {
  const cases = {
    "signed with another key": [() => issuer.forgedToken({ sub: "ada", aud: audience }), "signature"],
    "for somebody else": [() => token({ aud: "another" }), "`aud`"],
    "of another issuer": [() => token({ iss: "https://login.example.com" }), "`iss`"],
    "expired": [() => token({ exp: Math.floor(Date.now() / 1000) - 31 }), "`exp`"],
    "not yet valid": [() => token({ nbf: Math.floor(Date.now() / 1000) + 60 }), "`nbf`"],
    "alg none": [async () => `${Buffer.from('{"alg":"none"}').toString("base64url")}.${(await token()).split(".")[1]}.`, "`alg`"],
    "no token at all": [() => "a.b.c", "not a JWT"],
  };
  for (const [what, [make, why]] of Object.entries(cases)) {
    test(what, async () => {
      const answer = await worker.fetch(own, { key: await make() });
      const challenge = answer.headers.get("www-authenticate");
      assert.ok(challenge.startsWith('Bearer realm="edge-presigner", error="invalid_token", Basic '), challenge);
      const { requestId, detail } = await expectProblem(answer, 401, "unknown-caller");
      assert.ok(!detail.includes(why), detail);
      for (const deadline = Date.now() + 5000; ; await delay(10)) {
        const line = events(worker).find((line) => line.event === "request" && line.requestId === requestId);
        if (line) {
          assert.ok(line.detail.includes(why), line.detail);
          break;
        }
        assert.ok(Date.now() < deadline);
      }
    });
  }
});

test("a token may come in the header of Cloudflare Access, but not beside another proof", async () => {
  const headers = { [accessHeader]: await token() };
  assert.equal((await worker.fetch(own, { headers })).status, 302);
  await expectProblem(await worker.fetch(own, { headers, key: bearer }), 400, "ambiguous-proof");
  await expectProblem(await worker.fetch(own, { headers, key: await token() }), 400, "ambiguous-proof");
});

test("100 cold requests fetch the keys once, although half of the clients, the first one too, reset their connections", async () => {
  const proxy = await startCountingProxy();
  const publisher = await startIssuer({ url: proxy.url });
  proxy.target = publisher.endpoint;
  let other;
  try {
    other = await startWorker({ vars: await vars(publisher) });
    await sign(other);
    const key = await publisher.token({ sub: "ada", aud: audience });
    const cut = [await askAndHold(other, key)];
    while (proxy.paths.length === 0) await delay(5);
    cut.push(...(await Promise.all(Array.from({ length: 49 }, () => askAndHold(other, key)))));
    const others = Array.from({ length: 50 }, () => other.fetch(own, { key }));
    await delay(50);
    for (const socket of cut) socket.resetAndDestroy();
    for (const answer of await Promise.all(others)) assert.equal(answer.status, 302);
    assert.deepEqual(proxy.paths, ["/.well-known/openid-configuration", "/jwks"]);
    // And the isolate is healthy.
    assert.equal((await other.fetch(own, { key })).status, 302);
    events(other, /^Warning: A promise was resolved or rejected from a different request context/);
  } finally {
    await other?.stop();
    await publisher.stop();
    await proxy.stop();
  }
});

test("when an issuer changes its keys, tokens of new ones are taken, and no token of old ones", async () => {
  const proxy = await startCountingProxy();
  const [before, after] = [await startIssuer({ url: proxy.url }), await startIssuer({ url: proxy.url })];
  let other;
  try {
    proxy.target = before.endpoint;
    other = await startWorker({ vars: await vars(before) });
    const old = await before.token({ sub: "ada", aud: audience });
    assert.equal((await other.fetch(own, { key: old })).status, 302);

    // Keys are fetched once a minute at most, whatever tokens arrive.
    proxy.target = after.endpoint;
    await after.addKey("ES256", "next");
    const next = await after.token({ sub: "ada", aud: audience, kid: "next" });
    await expectProblem(await other.fetch(own, { key: next }), 401, "unknown-caller");
    assert.equal((await other.fetch(own, { key: old })).status, 302);
    await delay(60_000);
    assert.equal((await other.fetch(own, { key: next })).status, 302);
    await expectProblem(await other.fetch(own, { key: old }), 401, "unknown-caller");
    const unused = await before.token({ sub: "ada", aud: audience, jti: "unused" });
    await expectProblem(await other.fetch(own, { key: unused }), 401, "unknown-caller");
    assert.equal((await other.fetch(own, { key: await after.token({ sub: "ada", aud: audience }) })).status, 302);
    assert.equal(proxy.paths.length, 2 * 2);
  } finally {
    await other?.stop();
    await after.stop();
    await before.stop();
    await proxy.stop();
  }
});

test("keys are not fetched from where an issuer redirects to", async () => {
  const asked = [];
  let publisher;
  const server = createServer(({ url }, response) => {
    asked.push(url);
    response.writeHead(302, { location: publisher.endpoint + url }).end();
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  const url = `http://127.0.0.1:${server.address().port}`;
  let other;
  try {
    publisher = await startIssuer({ url });
    other = await startWorker({ vars: await vars(publisher) });
    const key = await publisher.token({ sub: "ada", aud: audience });
    await expectProblem(await other.fetch(own, { key }), 503, "issuer-unreachable");
    assert.deepEqual(asked, ["/.well-known/openid-configuration"]);
    assert.match((await logged(other, "issuerFailed")).detail, /HTTP status 302/);
  } finally {
    await other?.stop();
    await publisher?.stop();
    await new Promise((resolve) => (server.close(resolve), server.closeAllConnections()));
  }
});

test("a link is for as long as the token that it is made with, and uploads in parts need a sub", async () => {
  const json = { profile: "all", key: "users/ada/picture.png", operations: ["getObject"] };
  const short = await token({ exp: Math.floor(Date.now() / 1000) + 100 });
  const answer = await worker.fetch("/v1/links", { key: short, json });
  assert.equal(answer.status, 200);
  const { url, expiresIn } = await answer.json();
  assert.ok(expiresIn > 60 && expiresIn <= 100, String(expiresIn));
  assert.equal(await (await fetch(url)).text(), "a picture");
  const upload = { profile: "all", key: "users/ada/film.mov" };
  const refused = await worker.fetch("/v1/multipart", { key: await token({ sub: "" }), json: upload });
  await expectProblem(refused, 403, "subject-required");
});

test("an issuer that goes down does not matter to those whose keys are at hand, and is told to the others", async () => {
  const publisher = await startIssuer();
  const key = await publisher.token({ sub: "ada", aud: audience });
  const another = await publisher.token({ sub: "ada", aud: audience, jti: "another" });
  const warm = await startWorker({ vars: await vars(publisher) });
  let cold;
  try {
    assert.equal((await warm.fetch(own, { key })).status, 302);
    await publisher.stop();
    assert.equal((await warm.fetch(own, { key: another })).status, 302);
    cold = await startWorker({ vars: await vars(publisher) });
    const answer = await cold.fetch(own, { key });
    assert.equal(answer.headers.get("retry-after"), "5");
    await expectProblem(answer, 503, "issuer-unreachable");
    assert.equal((await logged(cold, "issuerFailed")).level, "error");
    // Others do not wait for that.
    await sign(cold, { key: "users/ada/picture.png" });
  } finally {
    await warm.stop();
    await cold?.stop();
  }
});

test("a link that a caller makes opens what it is for, without any other proof", async () => {
  const json = { profile: "avatars", key: "users/ada/picture.png", operations: ["getObject"], expiresIn: 60 };
  const answer = await worker.fetch("/v1/links", { key: bearer, json });
  assert.equal(answer.status, 200);
  const { url, link } = await answer.json();
  assert.equal(await (await fetch(url)).text(), "a picture");
  assert.equal(await statusOf(`${link}/o/avatars/users/bob/x`), 403);
  assert.equal(await statusOf(url, { method: "DELETE", redirect: "manual" }), 403);
});

describe("the documentation's code makes links that work", () => {
  const page = readFileSync(join(root, "docs", "callers-and-links.md"), "utf8");
  const code = (language, name) => {
    const blocks = [...page.matchAll(/^```(\w+)\n([\s\S]*?)^```/gm)];
    return blocks.find(([, of, text]) => of === language && text.includes(name))?.[2] ?? assert.fail(language);
  };
  const grant = () => ({
    profile: "avatars",
    keyPrefix: "users/ada/",
    operations: ["getObject"],
    exp: Math.floor(Date.now() / 1000) + 60,
  });
  let folder;
  before(() => (folder = makeFolder("edge-presigner-links-")));
  after(() => removeFolder(folder));

  test("in Python", async () => {
    const call = "import sys\nprint(link(sys.argv[1], sys.argv[2], **json.loads(sys.argv[3])))\n";
    await expectLink(["python3", "-c", code("python", "def link") + call]);
  });

  test("in JavaScript", async () => {
    const file = join(folder, "link.mjs");
    const call = "console.log(link(process.argv[2], process.argv[3], JSON.parse(process.argv[4])));\n";
    writeFileSync(file, code("js", "function link") + call);
    await expectLink([process.execPath, file]);
  });

  async function expectLink([command, ...args]) {
    const { stdout } = await promisify(execFile)(command, [...args, worker.url, linkKey, JSON.stringify(grant())]);
    const url = `${stdout.trim()}/o/avatars/users/ada/picture.png`;
    assert.equal(await (await fetch(url)).text(), "a picture");
    await expectProblem(await fetch(url.replace("ada/pic", "bob/pic"), { redirect: "manual" }), 403, "not-allowed");
  }
});

test("a browser's preflight is answered before any proof, and its script reads what its origin may", async () => {
  const origin = "https://app.example.com";
  const asks = { origin, "access-control-request-method": "GET", "access-control-request-headers": "authorization" };
  const preflight = await worker.fetch(own, { method: "OPTIONS", headers: asks });
  assert.equal(preflight.status, 204);
  assert.equal(preflight.headers.get("access-control-allow-origin"), origin);
  assert.match(preflight.headers.get("access-control-allow-headers"), /\bauthorization\b/);
  assert.match(preflight.headers.get("vary"), /\bOrigin\b/);
  const key = await token();
  for (const [from, allowed] of [[origin, origin], ["https://evil.example", null]]) {
    const answer = await worker.fetch(own, { key, headers: { origin: from, accept: "application/json" } });
    assert.equal(answer.status, 200);
    assert.equal(answer.headers.get("access-control-allow-origin"), allowed);
    const tooLarge = await worker.fetch("/v1/sign", { key, json: { pad: "x".repeat(20_000) }, headers: { origin: from } });
    await expectProblem(tooLarge, 413, "body-too-large");
    assert.equal(tooLarge.headers.get("access-control-allow-origin"), allowed);
  }
});

test("a caller that asks too often gets 429 with the policy, and others none", async () => {
  const RATE_LIMIT = { limit: 3, period: 60 };
  const limited = await startWorker({ vars: { ...(await vars(issuer)), RATE_LIMIT }, rateLimit: RATE_LIMIT, analytics: true });
  try {
    const key = await token();
    const answers = [];
    // The window may turn once meanwhile.
    for (let n = 0; n < 8; n++) answers.push(await limited.fetch(own, { key }));
    const refused = answers.find(({ status }) => status === 429);
    assert.equal(refused.headers.get("ratelimit-policy"), '"caller";q=3;w=60');
    assert.equal(refused.headers.get("retry-after"), "60");
    await expectProblem(refused, 429, "rate-limited");
    assert.equal((await limited.fetch("/o/own/users/bob/x", { key: await token({ sub: "bob" }) })).status, 302);
    await sign(limited, { key: "users/ada/picture.png" });
    events(limited);
  } finally {
    await limited.stop();
  }
});

/** Asks over a connection of its own, which the test can reset. */
async function askAndHold(worker, key) {
  const socket = connect(new URL(worker.url).port, "127.0.0.1").on("error", () => {});
  await new Promise((resolve) => socket.once("connect", resolve));
  socket.write(`GET ${own} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${key}\r\n\r\n`);
  return socket;
}

/** A proxy in front of an issuer, `target`, that takes its time and says which `paths` were asked for. */
async function startCountingProxy() {
  const proxy = { paths: [] };
  const server = createServer(async ({ url }, response) => {
    proxy.paths.push(url);
    await delay(200);
    httpRequest(proxy.target + url, (answer) => {
      response.writeHead(answer.statusCode, { "content-type": answer.headers["content-type"] });
      answer.pipe(response);
    }).end();
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  proxy.url = `http://127.0.0.1:${server.address().port}`;
  proxy.stop = () => new Promise((resolve) => (server.close(resolve), server.closeAllConnections()));
  return proxy;
}
