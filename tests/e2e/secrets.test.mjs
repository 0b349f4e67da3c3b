// Secrets appear nowhere but where they have to: not in logs, problems, headers or KV, however things fail.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { signingKey } from "../../scripts/keys.mjs";
import { ask, logged, recordIn, sign } from "./answers.mjs";
import { baseVars, bearer, startLocalAws, startWorker, trustedClaims, withFreshWorker } from "./harness.mjs";

let aws;
before(async () => (aws = await startLocalAws()));
after(() => aws?.stop());

/**
 * Runs `work` with a fresh worker and resolves to all that the worker `said` (its log, and the
 * answers that `work` gives to `tell`) and to the `secrets` that must not be in it. `signed` asks for
 * a URL, whose signature is one of them.
 */
async function listen(options, work) {
  const said = [];
  const secrets = { "the bearer key": bearer };
  const signed = async (worker, asked) => {
    const { url } = await sign(worker, asked);
    secrets["a signature"] = new URL(url).searchParams.get("X-Amz-Signature");
  };
  const tell = async (answer) => {
    assert.ok(answer.status >= 400, String(answer.status));
    said.push([...answer.headers].join("\n"), await answer.text());
  };
  await withFreshWorker(aws, options, async (worker, sts) => {
    await work({ worker, sts, said, tell, signed, secrets });
    said.push(...worker.logs);
    for (const { body } of sts.requests) secrets["the token"] = new URLSearchParams(body).get("WebIdentityToken");
    for (const { secretAccessKey, sessionToken } of sts.sessions) Object.assign(secrets, { secretAccessKey, sessionToken });
  });
  return { said, secrets };
}

/** No secret, nor a long part of one between dots, may be in anything `said`. */
function expectSilence({ said, secrets }, expected) {
  assert.deepEqual(Object.keys(secrets).sort(), [...expected].sort());
  for (const [what, secret] of Object.entries(secrets)) {
    const parts = [secret, ...secret.split(".").filter((part) => part.length > 32)];
    for (const part of parts) {
      for (const text of said) assert.ok(!text.includes(part), `${what} is in ${text}`);
    }
  }
}

const cacheKey = "b25lLXNlY3JldC1rZXktZm9yLXRlc3RzLW9ubHktISE=";
const ofASession = ["the bearer key", "the token", "a signature", "secretAccessKey", "sessionToken"];

test("when all is well, and when requests are refused", async () => {
  const heard = await listen({ vars: { CACHE_KEY: cacheKey } }, async ({ worker, said, tell, signed, secrets }) => {
    secrets["CACHE_KEY"] = cacheKey;
    await signed(worker);
    await signed(worker, { operation: "putObject" });
    await tell(await ask(worker, { profile: "others" }));
    await tell(await ask(worker, { expiresIn: 0 }));
    await tell(await worker.fetch("/v1/sign", { key: bearer, method: "POST", body: "{" }));
    await tell(await worker.fetch("/v1/sign", { key: `${bearer}x`, json: {} }));
    await tell(await worker.fetch("/v1/sign", { headers: { authorization: bearer }, json: {} }));
    await tell(await worker.fetch("/nowhere", { key: bearer }));
    await logged(worker, "sessionGranted");
    const { name, value } = await recordIn(worker);
    said.push(name, value.toString("latin1"));
  });
  expectSilence(heard, [...ofASession, "CACHE_KEY"]);
});

test("when callers have tokens and links, good ones and bad ones", async () => {
  const linkKey = "bGluay1tYXJrZXItbGluay1tYXJrZXItbGluay1tISE=";
  const profile = { bucket: aws.bucket, operations: ["getObject"], maxLifetimeSecs: 60, callers: ["web", "link"] };
  const vars = {
    LINK_KEY: linkKey,
    CALLERS: { web: { jwt: { issuer: aws.issuer.url, audience: "presigner" } } },
    PROFILES: { own: { ...profile, keyPrefix: "users/{sub}/" } },
    RATE_LIMIT: { limit: 1000, period: 60 },
  };
  const claims = { sub: "MARKER-of-a-subject", aud: "presigner" };
  const heard = await listen({ vars, rateLimit: vars.RATE_LIMIT }, async ({ worker, said, tell, secrets }) => {
    const key = await aws.issuer.token(claims);
    const forged = await aws.issuer.forgedToken(claims);
    const path = `/o/own/users/${claims.sub}/a`;
    assert.equal((await worker.fetch(path, { key })).status, 302);
    const json = { profile: "own", keyPrefix: `users/${claims.sub}/`, operations: ["getObject"] };
    const { link } = await (await worker.fetch("/v1/links", { key, json })).json();
    const [, capability] = new URL(link).pathname.split("/c/");
    const [, grant, mac] = capability.split(".");
    const signed = await worker.fetch(`/c/${capability}${path}`);
    const signature = new URL(signed.headers.get("location")).searchParams.get("X-Amz-Signature");
    const parts = { linkKey, raw: Buffer.from(linkKey, "base64").toString(), grant, mac, key, forged, signature };
    Object.assign(secrets, parts, { subject: claims.sub });
    await tell(await worker.fetch("/o/own/users/x/a", { key }));
    await tell(await worker.fetch(path, { key: forged }));
    await tell(await worker.fetch(path, { key: key.slice(0, -9) }));
    await tell(await worker.fetch(`/c/${capability}${path}`, { key }));
    await tell(await worker.fetch(`/c/${capability}/o/own/users/x/a`));
    await tell(await worker.fetch(`/c/1.${grant}.${mac.slice(1)}${path}`));
    await tell(await worker.fetch(`/c/${capability}/nowhere`));
    await tell(await worker.fetch(`/c/${capability}${path}?x=1`));
    await tell(await worker.fetch(`/c/${capability}/v1/links`, { json: { ...json, expiresIn: 0 } }));
    const { name, value } = await recordIn(worker);
    said.push(name, value.toString("latin1"));
  });
  const names = ["linkKey", "raw", "grant", "mac", "key", "forged", "signature", "subject"];
  const session = ["the bearer key", "the token", "secretAccessKey", "sessionToken"];
  expectSilence(heard, [...session, ...names]);
});

describe("a leak anywhere in the whole run is found when its worker stops", { concurrency: 4 }, () => {
  const leaks = {
    "a bearer key in the log": ["console.log(request.headers.get('authorization'))", /authorization is in the log/],
    "a URL in the log": ["console.log(answer.headers.get('location'))", /a session token is in the log/],
    "a signature in the log": ["console.log(answer.headers.get('location').split('Signature=')[1])", /a signature is in the log/],
    "a link in the log": ["console.log(request.url)", /a link is in the log/],
    "the OIDC token in an answer": ["answer = new Response(env.AWS_WEB_IDENTITY_TOKEN)", /(AWS_WEB_IDENTITY_TOKEN|the OIDC token) is in an answer/],
    "CACHE_KEY in a header": ["answer = new Response('', { headers: { x: env.CACHE_KEY } })", /CACHE_KEY is in an answer/],
    "LINK_KEY in KV": ["await env.SESSIONS.put('x', atob(env.LINK_KEY))", /LINK_KEY as bytes is in KV/],
    "LINK_KEY in KV, and deleted later": ["await env.SESSIONS.put('x', env.LINK_KEY); await env.SESSIONS.delete('x')", /LINK_KEY is in KV/],
    "CACHE_KEY in a data point": ["env.ANALYTICS.writeDataPoint({ blobs: [env.CACHE_KEY] })", /CACHE_KEY is in a data point/],
    "a signing key in an answer": ["answer = new Response(JSON.parse(env.OIDC_SIGNING_KEYS)[0].d)", /a signing key's d is in an answer/],
    "a signing key in the log": ["console.log(env.OIDC_SIGNING_KEYS)", /a signing key's d is in the log/],
    "a piece of the token in base64 in the log": ["console.log(btoa('x' + env.AWS_WEB_IDENTITY_TOKEN.slice(0, 40)))", /token is in the log/i],
  };
  for (const [what, [leak, expected]] of Object.entries(leaks)) {
    test(what, async () => {
      const issuer = { OIDC_ISSUER: "https://sign.example.com", OIDC_SIGNING_KEYS: JSON.stringify([signingKey()]) };
      const vars = { ...(await baseVars(aws)), ...issuer, LINK_KEY: "bGluay1tYXJrZXItbGluay1tYXJrZXItbGluay1tISE=" };
      const around = `
        import worker from "./index.js";
        export default {
          async fetch(request, env, context) {
            let answer = await worker.fetch(request, env, context);
            ${leak};
            return answer;
          },
        };`;
      const worker = await startWorker({ vars, around, analytics: true });
      await worker.fetch("/o/avatars/users/a", { key: bearer });
      if (what === "a link in the log") await worker.fetch(`/c/1.${"grant".repeat(9)}.mac/o/avatars/users/a`);
      assert.match((await worker.leaks()).join("\n"), expected);
    });
  }
});

describe("when STS refuses the token and quotes it", { concurrency: 4 }, () => {
  const messages = {
    "alone": (token) => token,
    "its beginning alone": (token) => `no token begins with ${token.slice(0, 20)}`,
    "in quotes": (token) => `The token "${token}" cannot be verified`,
    "in a list": (token) => `token=${token},role=x;${token}`,
    "on a line of its own": (token) => `invalid token:\n${token}\n\tat line 1`,
    "its parts one by one": (token) => token.split(".").join(" . "),
    "as a URL has it": (token) => `bad request /?WebIdentityToken=${encodeURIComponent(token)}&Version=2011-06-15`,
  };
  for (const [what, message] of Object.entries(messages)) {
    test(what, async () => {
      const token = await aws.issuer.token(trustedClaims);
      const error = `<Code>InvalidIdentityToken</Code><Message>${xml(message(token))}</Message>`;
      const body = `<ErrorResponse><Error>${error}</Error></ErrorResponse>`;
      const heard = await listen({ vars: { AWS_WEB_IDENTITY_TOKEN: token } }, async ({ worker, sts, tell }) => {
        sts.next({ status: 400, headers: {}, body }, Infinity);
        await tell(await ask(worker));
        await logged(worker, "stsFailed");
      });
      expectSilence(heard, ["the bearer key", "the token"]);
    });
  }

  test("where its code and request id belong", async () => {
    const token = await aws.issuer.token(trustedClaims);
    const body = `<ErrorResponse><Error><Code>${token}</Code></Error><RequestId>${token}</RequestId></ErrorResponse>`;
    const heard = await listen({ vars: { AWS_WEB_IDENTITY_TOKEN: token } }, async ({ worker, sts, tell }) => {
      sts.next({ status: 400, headers: { "x-amzn-requestid": token }, body }, Infinity);
      await tell(await ask(worker));
      await logged(worker, "stsFailed");
    });
    expectSilence(heard, ["the bearer key", "the token"]);
  });
});

test("when the real STS refuses a forged token", async () => {
  const vars = { AWS_WEB_IDENTITY_TOKEN: await aws.issuer.forgedToken(trustedClaims) };
  const heard = await listen({ vars }, async ({ worker, tell }) => {
    await tell(await ask(worker));
    await logged(worker, "stsFailed");
  });
  expectSilence(heard, ["the bearer key", "the token"]);
});

test("when STS grants half a session", async () => {
  const heard = await listen({}, async ({ worker, sts, tell, secrets }) => {
    secrets["half a session"] = "the-secret-of-half-a-session";
    const body = `<Credentials><SecretAccessKey>${secrets["half a session"]}</SecretAccessKey></Credentials>`;
    sts.next({ status: 200, headers: {}, body }, Infinity);
    await tell(await ask(worker));
    await logged(worker, "stsFailed");
  });
  expectSilence(heard, ["the bearer key", "the token", "half a session"]);
});

test("when KV fails", async () => {
  const fails = 'throw new Error("KV has a day off");';
  const kv = `export default () => ({ async get() { ${fails} }, async put() { ${fails} } });`;
  const heard = await listen({ kv }, async ({ worker, signed }) => {
    await signed(worker);
    await logged(worker, "kvReadFailed");
    await logged(worker, "kvWriteFailed");
  });
  expectSilence(heard, ofASession);
});

test("when a token cannot be read", async () => {
  const token = (await aws.issuer.token(trustedClaims)).split(".").slice(0, 2).join(".");
  const heard = await listen({ vars: { AWS_WEB_IDENTITY_TOKEN: token } }, async ({ worker, tell, secrets }) => {
    secrets["the token"] = token;
    await tell(await ask(worker));
    await logged(worker, "tokenUnfit");
  });
  expectSilence(heard, ["the bearer key", "the token"]);
});

describe("when a secret is where something else belongs", { concurrency: 4 }, () => {
  const profile = { bucket: "a-bucket", keyPrefix: "", operations: ["getObject"], maxLifetimeSecs: 60, callers: [] };
  const places = {
    "the bearer key for its hash": { CALLERS: { app: { bearerSha256: [bearer] } } },
    "the bearer key for the list of hashes": { CALLERS: { app: { bearerSha256: bearer } } },
    "the bearer key for a caller's settings": { CALLERS: { app: bearer } },
    "the bearer key for all callers": { CALLERS: bearer },
    "the bearer key for a profile's caller": { PROFILES: { avatars: { ...profile, callers: [bearer] } } },
    "the bearer key for a bucket": { PROFILES: { avatars: { ...profile, bucket: `${bearer}!` } } },
    "the bearer key for the region": { AWS_REGION: `${bearer}!` },
    "the bearer key for the cache key": { CACHE_KEY: bearer },
    "the bearer key for the link key": { LINK_KEY: bearer },
    "the bearer key for the signing keys": { OIDC_ISSUER: "https://x.example", OIDC_SIGNING_KEYS: `["${bearer}"]` },
    "the bearer key for the own issuer": { OIDC_ISSUER: bearer, OIDC_SIGNING_KEYS: "[]" },
    "the bearer key for the own issuer's subject": { OIDC_ISSUER: "https://x.example", OIDC_SUBJECT: `${bearer} x` },
    "the bearer key for an issuer": { CALLERS: { app: { jwt: { issuer: bearer, audience: "x" } } } },
    "the bearer key for a header": { CALLERS: { app: { jwt: { issuer: "https://x.example", audience: "x", header: `${bearer} x` } } } },
    "the bearer key for an algorithm": { CALLERS: { app: { jwt: { issuer: "https://x.example", audience: "x", algorithms: [bearer] } } } },
    "the bearer key for an origin": { PROFILES: { avatars: { ...profile, corsOrigins: [bearer] } } },
    "the bearer key for a prefix": { PROFILES: { avatars: { ...profile, keyPrefix: `{${bearer}` } } },
    "the bearer key for a rate limit": { RATE_LIMIT: bearer },
    "the bearer key for what is logged": { LOG_REQUESTS: bearer },
    "the bearer key for the role": { AWS_ROLE_ARN: bearer },
    "the bearer key in an endpoint": { AWS_ENDPOINT_URL_S3: `https://user:${bearer}@s3.example.com` },
  };
  for (const [what, vars] of Object.entries(places)) {
    test(what, async () => {
      const heard = await listen({ vars }, async ({ worker, tell }) => {
        await tell(await ask(worker));
        await logged(worker, "misconfigured");
      });
      expectSilence(heard, ["the bearer key"]);
    });
  }
});

function xml(text) {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll('"', "&quot;");
}
