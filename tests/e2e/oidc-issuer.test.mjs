// The worker as its own OIDC issuer: STS fetches its documents and grants sessions for its tokens.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { SignJWT, createLocalJWKSet, decodeJwt, decodeProtectedHeader, importJWK, jwtVerify } from "jose";
import { keyId, rotate, signingKey } from "../../scripts/keys.mjs";
import { ask, events, expectProblem, logged, sign, statusOf } from "./answers.mjs";
import { adminKey, baseVars, startLocalAws, startProxy, trustedClaims, withFreshWorker } from "./harness.mjs";

/** What is at the issuer's URL, as a host name leads to whichever worker is deployed. */
const deployed = { endpoint: undefined };

let front;
let aws;
before(async () => {
  front = await startProxy(deployed);
  aws = await startLocalAws({ ownIssuer: front.endpoint });
  await aws.putObject("users/ada.png", "a picture");
});
after(async () => {
  await aws?.stop();
  await front?.stop();
});

/** Deploys a worker with these signing keys at the issuer's URL; it has no session. */
async function deploy(OIDC_SIGNING_KEYS, { vars, ...options }, work) {
  const own = { AWS_WEB_IDENTITY_TOKEN: undefined, OIDC_ISSUER: front.endpoint, OIDC_SIGNING_KEYS };
  await withFreshWorker(aws, { vars: { ...own, ...vars }, ...options }, async (worker, sts) => {
    deployed.endpoint = worker.url;
    await work(worker, sts);
  });
}

/** Obtains a URL, which has to be good, and resolves to the token that STS was sent for it. */
async function signedWith(worker, sts, asked) {
  assert.equal(await statusOf((await sign(worker, asked)).url), 200);
  return new URLSearchParams(sts.requests.at(-1).body).get("WebIdentityToken");
}

const list = (...keys) => JSON.stringify(keys);

for (const algorithm of ["ES256", "RS256"]) {
  test(`STS fetches the worker's documents and grants a session for its ${algorithm} token`, async () => {
    const key = signingKey(algorithm);
    await deploy(list(key), {}, async (worker, sts) => {
      const before = front.requests.length;
      const token = await signedWith(worker, sts);
      assert.equal(sts.calls, 1);
      const fetched = front.requests.slice(before).map(({ method, url }) => `${method} ${url}`);
      assert.ok(fetched.includes("GET /.well-known/jwks.json"), fetched);
      assert.match((await logged(worker, "sessionGranted")).detail, /token: issuer$/);

      const keys = await (await worker.fetch("/.well-known/jwks.json")).json();
      const expected = { issuer: front.endpoint, audience: trustedClaims.aud, subject: trustedClaims.sub, algorithms: [algorithm] };
      const { payload, protectedHeader } = await jwtVerify(token, createLocalJWKSet(keys), { ...expected, typ: "JWT", maxTokenAge: 60 });
      assert.deepEqual(protectedHeader, { alg: algorithm, kid: keyId(key), typ: "JWT" });
      assert.equal(payload.exp - payload.iat, 300);
      assert.ok(payload.iat === payload.nbf && payload.iat < Date.now() / 1000);

      const ready = await (await worker.fetch("/readyz", { key: adminKey })).json();
      assert.deepEqual(ready.token, { status: "ok", source: "issuer" });
      await expectProblem(await worker.fetch("/v1/sign", { key: token, json: {} }), 401, "unknown-caller");
      events(worker);
    });
  });
}

test("STS has read the discovery document, which names the issuer to the letter", async () => {
  assert.ok(front.requests.some(({ method, url }) => method === "GET" && url === "/.well-known/openid-configuration"));
  await deploy(list(signingKey()), {}, async (worker) => {
    const document = await (await worker.fetch("/.well-known/openid-configuration")).json();
    assert.equal(document.issuer, front.endpoint);
    assert.equal(document.jwks_uri, `${front.endpoint}/.well-known/jwks.json`);
  });
});

test("a key is rotated between exchanges, and the one that is withdrawn is refused", async () => {
  const oldKey = signingKey();
  let keys = list(oldKey);
  const exchange = async () => {
    let token;
    await deploy(keys, {}, async (worker, sts) => (token = await signedWith(worker, sts)));
    return token;
  };
  const atSts = async (token) => {
    const parameters = { Action: "AssumeRoleWithWebIdentity", Version: "2011-06-15", RoleArn: aws.roleArn, RoleSessionName: "test" };
    return (await aws.sts({ ...parameters, WebIdentityToken: token })).status;
  };
  const first = await exchange();

  keys = rotate(keys, "publish");
  const newKey = JSON.parse(keys)[1];
  const published = await exchange();
  keys = rotate(keys, "sign");
  const second = await exchange();
  for (const [token, key] of [[first, oldKey], [published, oldKey], [second, newKey]]) {
    assert.equal(decodeProtectedHeader(token).kid, keyId(key));
  }
  await deploy(keys, {}, async () => assert.equal(await atSts(first), 200));

  keys = rotate(keys, "drop");
  const third = await exchange();
  // This STS fetches the keys again only when it does not know a token's.
  const stranger = signingKey();
  const header = { ...decodeProtectedHeader(third), kid: keyId(stranger) };
  const forged = await new SignJWT(decodeJwt(third)).setProtectedHeader(header).sign(await importJWK(stranger, "ES256"));
  await deploy(keys, {}, async () => {
    assert.ok((await atSts(forged)) >= 400, "a key that is not published is refused");
    assert.equal(await atSts(third), 200);
    assert.ok(decodeJwt(first).exp > Date.now() / 1000 + 60, "it has not just expired");
    assert.ok((await atSts(first)) >= 400, "the old key's token is refused");
  });
});

describe("the token that is used", () => {
  const OIDC_SIGNING_KEYS = list(signingKey());

  test("is the bound one first", async () => {
    const bound = await aws.issuer.token(trustedClaims);
    await deploy(OIDC_SIGNING_KEYS, { vars: { AWS_WEB_IDENTITY_TOKEN: bound } }, async (worker, sts) => {
      assert.equal(await signedWith(worker, sts), bound);
      assert.match((await logged(worker, "sessionGranted")).detail, /token: bound$/);
      const ready = await (await worker.fetch("/readyz", { key: adminKey })).json();
      assert.equal(ready.token.source, "bound");
    });
  });

  for (const [what, make] of [
    ["has expired", () => aws.issuer.token({ ...trustedClaims, expiresInSecs: -1 })],
    ["is none", () => "not-a-token"],
  ]) {
    test(`is the worker's own if the bound one ${what}, and the log warns`, async () => {
      await deploy(OIDC_SIGNING_KEYS, { vars: { AWS_WEB_IDENTITY_TOKEN: await make() } }, async (worker, sts) => {
        const token = await signedWith(worker, sts);
        assert.equal(decodeJwt(token).iss, front.endpoint);
        assert.equal((await logged(worker, "tokenUnfit")).level, "warn");
        const ready = await (await worker.fetch("/readyz", { key: adminKey })).json();
        assert.deepEqual([ready.token.status, ready.token.source], ["amber", "issuer"]);
        events(worker);
      });
    });
  }
});

test("a key whose halves do not belong together is told without asking STS", async () => {
  const key = { ...signingKey(), d: signingKey().d };
  await deploy(list(key), {}, async (worker, sts) => {
    const problem = await expectProblem(await ask(worker), 500, "misconfigured");
    assert.match(problem.detail, /OIDC_SIGNING_KEYS/);
    assert.equal(sts.calls, 0);
    await logged(worker, "tokenUnfit");
    events(worker);
  });
});

test("an isolate imports the key once, and so that it cannot be exported", async () => {
  const { PROFILES } = await baseVars(aws);
  const vars = { PROFILES: { ...PROFILES, others: { ...PROFILES.avatars, roleSessionName: "others" } } };
  const around = `
    import worker from "./index.js";
    const { importKey } = crypto.subtle;
    crypto.subtle.importKey = function (format, key, algorithm, extractable, usages) {
      if (usages.includes("sign")) console.log(JSON.stringify({ format, extractable, usages }));
      return importKey.call(this, format, key, algorithm, extractable, usages);
    };
    export default worker;`;
  await deploy(list(signingKey()), { vars, around }, async (worker, sts) => {
    await signedWith(worker, sts);
    await signedWith(worker, sts, { profile: "others" });
    assert.equal(sts.calls, 2);
    const imported = worker.logs.filter((line) => line.startsWith('{"format"'));
    assert.deepEqual(imported.map(JSON.parse), [{ format: "jwk", extractable: false, usages: ["sign"] }]);
  });
});
