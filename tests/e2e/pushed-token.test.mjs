// PUT /v1/token: a token that rotates by proving itself, at a real issuer and a real STS.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { createHmac, createPublicKey } from "node:crypto";
import { once } from "node:events";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { decodeJwt, decodeProtectedHeader } from "jose";
import { root } from "../../scripts/console.mjs";
import { ask, events, expectProblem, logged, sign, statusOf } from "./answers.mjs";
import { adminKey, makeFolder, removeFolder, startIssuer, startLocalAws, trustedClaims, withFreshWorker } from "./harness.mjs";
import { mountToken, renew } from "./kubelet.mjs";
import { keepSecret } from "./secrecy.mjs";

/** How long STS keeps the keys of an issuer here. */
const keysCacheSecs = 1;

let aws;
let stranger;
let folder;
let push;
before(async () => {
  [aws, stranger] = await Promise.all([startLocalAws({ keysCacheSecs }), startIssuer()]);
  await aws.putObject("users/ada.png", "a picture");
  folder = makeFolder("kv-");
  push = { AWS_WEB_IDENTITY_TOKEN: undefined, PUSHED_TOKEN_ISSUER: aws.issuer.url, PUSHED_TOKEN_SUBJECT: trustedClaims.sub };
});
after(async () => {
  await Promise.all([aws?.stop(), stranger?.stop()]);
  removeFolder(folder);
});

/** Starts a worker that accepts pushed tokens, and that has no session of the name `session`. */
const deploy = (session, { vars, ...options }, work) =>
  withFreshWorker(aws, { vars: { ...push, AWS_ROLE_SESSION_NAME: session, ...vars }, ...options }, work);

const put = (worker, body, init) => worker.fetch("/v1/token", { method: "PUT", body, headers: { "content-type": "text/plain" }, ...init });
const token = (claims) => aws.issuer.token({ ...trustedClaims, ...claims });

async function accepts(worker, body) {
  const answer = await put(worker, body);
  assert.equal(answer.status, 204, await answer.text());
}

/** Obtains a URL, which has to be good, and resolves to the token that STS was sent for it. */
async function signedWith(worker, sts) {
  assert.equal(await statusOf((await sign(worker)).url), 200);
  return new URLSearchParams(sts.requests.at(-1).body).get("WebIdentityToken");
}

/** Everything in the worker's KV. */
async function contents({ kv }) {
  const { keys } = await kv.list();
  return Promise.all(keys.map(async (key) => [key, Buffer.from(await kv.get(key.name, "arrayBuffer")).toString("hex")]));
}

test("a pushed token outlives the worker, and the next one is of the issuer's new key", async () => {
  const first = await token();
  await deploy("first", { kvPersist: folder }, async (worker, sts) => {
    const problem = await expectProblem(await ask(worker), 503, "token-missing");
    assert.match(problem.detail, /PUT \/v1\/token/);
    await accepts(worker, `${first}\n`);
    const line = await logged(worker, "tokenPushed");
    const exp = new Date(decodeJwt(first).exp * 1000).toISOString().replace(".000", "");
    assert.equal(line.detail, `a token was pushed that expires at ${exp}; kid: ${decodeProtectedHeader(first).kid}`);
    // A failure lets STS rest, for up to 1 s.
    await delay(1000);
    assert.equal(await signedWith(worker, sts), first);
    assert.match((await logged(worker, "sessionGranted")).detail, /token: pushed$/);
    const record = (await contents(worker)).find(([{ name }]) => name.startsWith("token/v1/"));
    assert.equal(record[0].expiration, decodeJwt(first).exp);
    const ready = await (await worker.fetch("/readyz", { key: adminKey })).json();
    assert.equal(ready.token.source, "pushed");
    events(worker);
  });

  await aws.issuer.addKey("RS256", "next");
  await delay(keysCacheSecs * 1000);
  const second = await token({ kid: "next", expiresInSecs: 7200 });
  await deploy("second", { kvPersist: folder }, async (worker, sts) => {
    assert.equal(await signedWith(worker, sts), first);
    await accepts(worker, second);
    events(worker);
  });
  await deploy("third", { kvPersist: folder }, async (worker, sts) => {
    assert.equal(await signedWith(worker, sts), second);
    assert.equal(sts.calls, 1);
    events(worker);
  });
});

test("whatever is not a newer token of the issuer gets one and the same answer, and changes nothing", async () => {
  const inHand = await token({ expiresInSecs: 3600 });
  const later = { expiresInSecs: 7200 };
  const good = await token(later);
  const [header, claims, signature] = good.split(".");
  const part = (json) => Buffer.from(JSON.stringify(json)).toString("base64url");
  // The keys are at the URL that the discovery document has, as anybody can fetch them.
  const metadata = await (await fetch(`${aws.issuer.url}/.well-known/openid-configuration`)).json();
  const { keys } = await (await fetch(metadata.jwks_uri)).json();
  const { kid } = decodeProtectedHeader(good);
  const pem = createPublicKey({ key: keys.find((key) => key.kid === kid), format: "jwk" }).export({ type: "spki", format: "pem" });
  const symmetric = `${part({ alg: "HS256", kid, typ: "JWT" })}.${claims}`;
  const refused = {
    older: [await token({ expiresInSecs: 3000 }), "older"],
    "as old": [await token({ exp: decodeJwt(inHand).exp, jti: "another" }), "older"],
    forged: [await aws.issuer.forgedToken({ ...trustedClaims, ...later }), "signature"],
    "with other claims": [`${header}.${part({ ...decodeJwt(good), exp: decodeJwt(good).exp + 60 })}.${signature}`, "signature"],
    "of a foreign issuer": [await stranger.token({ ...trustedClaims, ...later }), "issuer"],
    "of a foreign issuer in the name of ours": [await stranger.token({ ...trustedClaims, ...later, iss: aws.issuer.url }), "signature"],
    "for another audience": [await token({ ...later, aud: "elsewhere" }), "audience"],
    "of another subject": [await token({ ...later, sub: "somebody-else" }), "subject"],
    "without a subject": [await token({ ...later, sub: undefined }), "malformed"],
    expired: [await token({ expiresInSecs: -1 }), "expired"],
    "about to expire": [await token({ expiresInSecs: 30 }), "expired"],
    "not valid yet": [await token({ ...later, nbf: Math.floor(Date.now() / 1000) + 600 }), "premature"],
    oversized: [await token({ ...later, padding: "x".repeat(20_000) }), "oversized"],
    "not signed": [`${part({ alg: "none" })}.${claims}.`, "malformed"],
    "not signed, with a signature": [`${part({ alg: "none", kid })}.${claims}.${signature}`, "malformed"],
    "signed with the public key": [`${symmetric}.${createHmac("sha256", pem).update(symmetric).digest("base64url")}`, "algorithm"],
    "no token": ["not-a-token", "malformed"],
    empty: ["", "malformed"],
  };
  await deploy("refusals", {}, async (worker, sts) => {
    await accepts(worker, inHand);
    const before = await contents(worker);
    assert.equal(before.length, 1);
    let same;
    const reasons = new Map();
    for (const [what, [body, reason]] of Object.entries(refused)) {
      const answer = await put(worker, body);
      const headers = Object.fromEntries([...answer.headers].filter(([name]) => name !== "x-request-id" && name !== "date"));
      const { requestId, ...problem } = await expectProblem(answer, 403, "token-refused");
      delete headers["content-length"];
      // The runtime closes a connection whose body was not read to its end.
      delete headers.connection;
      same ??= { headers, problem };
      assert.deepEqual({ headers, problem }, same, what);
      reasons.set(requestId, reason);
    }
    // A replay of the token in hand is answered like a push, and is none.
    const pushes = () => events(worker).filter(({ event }) => event === "tokenPushed").length;
    for (let replays = 0; replays < 3; replays++) await accepts(worker, inHand);
    assert.deepEqual(await contents(worker), before);
    assert.equal(await signedWith(worker, sts), inHand);
    // Lines come a moment after the answers.
    await logged(worker, "sessionGranted");
    const refusals = events(worker).filter(({ event }) => event === "tokenRefused");
    assert.deepEqual(refusals.map(({ requestId, detail }) => [requestId, detail]), [...reasons]);
    assert.equal(pushes(), 1);
  });
});

test("an oversized body that does not say how long it is is not read to its end", async () => {
  await deploy("streamed", {}, async (worker) => {
    let sent = 0;
    const body = new ReadableStream({
      async pull(controller) {
        sent += 1;
        await delay(1);
        if (sent > 5000) controller.close();
        else controller.enqueue(new Uint8Array(16_384).fill(97));
      },
    });
    // The answer may not arrive: the connection is closed while the client still sends.
    await put(worker, body, { duplex: "half" }).catch(() => {});
    assert.equal((await logged(worker, "tokenRefused")).detail, "oversized");
    assert.ok(sent < 5000, `${sent} pieces`);
  });
});

test("without the setting there is no such route", async () => {
  await withFreshWorker(aws, {}, async (worker) => {
    for (const method of ["PUT", "GET", "OPTIONS"]) {
      const body = method === "PUT" ? await token({ expiresInSecs: 7200 }) : undefined;
      assert.equal((await worker.fetch("/v1/token", { method, body })).status, 404);
    }
  });
});

test("a push is no success before KV has taken it", async () => {
  const kv = `export default () => ({ get: async () => null, put: async () => { throw new Error("KV has a day off"); } });`;
  await deploy("unkept", { kv }, async (worker) => {
    const answer = await put(worker, await token());
    assert.ok(Number(answer.headers.get("retry-after")) > 0);
    await expectProblem(answer, 503, "token-not-stored");
    await logged(worker, "kvWriteFailed");
  });
});

test("the pod of deploy/kubernetes pushes each token that kubelet renews", async () => {
  const pods = makeFolder("pod-");
  const script = join(root, "deploy", "kubernetes", "push-token.sh");
  let pod;
  try {
    await deploy("pod", {}, async (worker, sts) => {
      const TOKEN_FILE = mountToken(pods);
      pod = spawn("sh", [script], { env: { PATH: process.env.PATH, WORKER_URL: worker.url, TOKEN_FILE, POLL_SECS: "0.1" } });
      let text = "";
      for (const stream of [pod.stdout, pod.stderr]) stream.on("data", (chunk) => (text += chunk));
      const until = async (is, what) => {
        for (const end = Date.now() + 20_000; !is(); await delay(20)) assert.ok(Date.now() < end, `${what}: ${text}`);
      };
      const times = (part) => text.split(part).length - 1;
      const pushed = () => events(worker).filter(({ event }) => event === "tokenPushed").length;
      const tokens = await Promise.all([3600, 3700, 3800].map((expiresInSecs) => token({ expiresInSecs })));
      tokens.forEach((it) => keepSecret("a renewed token", it));
      for (const [index, it] of tokens.entries()) {
        renew(pods, it);
        await until(() => times("token sent") === index + 1 && pushed() === index + 1, "it is pushed");
      }
      assert.equal(await signedWith(worker, sts), tokens.at(-1));

      // One that the worker refuses is told, and the next one is accepted.
      renew(pods, await token({ sub: "somebody-else", expiresInSecs: 9000 }));
      await until(() => times("refuses the token (status 403)") === 1, "it is refused");
      renew(pods, tokens.at(-1));
      await until(() => times("token sent") === 4, "a pod that starts again pushes what is there");
      assert.equal(pushed(), 3);
    });
  } finally {
    if (pod?.exitCode === null) {
      pod.kill("SIGTERM");
      await once(pod, "close");
    }
    removeFolder(pods);
  }
});
