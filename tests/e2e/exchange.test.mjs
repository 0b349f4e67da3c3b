// The exchange of the OIDC token at STS: what STS sees, and what comes of a token it does not take.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { ask, events, expectProblem, logged, sign, statusOf } from "./answers.mjs";
import { startLocalAws, trustedClaims, withFreshWorker } from "./harness.mjs";

let aws;
before(async () => {
  aws = await startLocalAws();
  await aws.putObject("users/ada.png", "a picture");
});
after(() => aws?.stop());

test("STS sees a form in the body of a POST and nothing that it would not expect", async () => {
  const vars = {
    AWS_WEB_IDENTITY_TOKEN: await aws.issuer.token(trustedClaims),
    AWS_ROLE_SESSION_NAME: "a+b=c,d.e@f-g_h",
    AWS_ROLE_DURATION_SECONDS: "1800",
  };
  await withFreshWorker(aws, { vars }, async (worker, sts) => {
    assert.equal(await statusOf((await sign(worker)).url), 200);
    assert.equal(sts.requests.length, 1);
    const [{ method, url, headers, body }] = sts.requests;
    assert.equal(method, "POST");
    assert.equal(url, "/");
    assert.equal(headers["content-type"], "application/x-www-form-urlencoded");
    assert.equal(headers["content-length"], String(body.length));
    for (const absent of ["accept", "authorization", "cookie", "transfer-encoding"]) {
      assert.equal(headers[absent], undefined, absent);
    }
    // A plus sign would be a blank.
    assert.ok(!body.includes("+"), body);
    assert.deepEqual(Object.fromEntries(new URLSearchParams(body)), {
      Action: "AssumeRoleWithWebIdentity",
      Version: "2011-06-15",
      RoleArn: aws.roleArn,
      RoleSessionName: vars.AWS_ROLE_SESSION_NAME,
      DurationSeconds: "1800",
      WebIdentityToken: vars.AWS_WEB_IDENTITY_TOKEN,
    });
    // SeaweedFS grants what is asked for; the expiry is in whole seconds.
    const granted = (sts.sessions[0].expiresAt - Date.now()) / 1000;
    assert.ok(granted > 1790 && granted <= 1800, granted);
  });
});

test("blanks and line ends around the token are left out", async () => {
  const token = await aws.issuer.token(trustedClaims);
  await withFreshWorker(aws, { vars: { AWS_WEB_IDENTITY_TOKEN: ` \n${token}\r\n\n` } }, async (worker, sts) => {
    assert.equal(await statusOf((await sign(worker)).url), 200);
    assert.equal(new URLSearchParams(sts.requests[0].body).get("WebIdentityToken"), token);
  });
});

describe("a token that STS refuses is told with AWS's code, after one call", { concurrency: 4 }, () => {
  const tokens = {
    "forged with another key": [() => aws.issuer.forgedToken(trustedClaims), "InvalidParameterValue"],
    "of another subject": [() => aws.issuer.token({ ...trustedClaims, sub: "somebody" }), "AccessDenied"],
    "for another audience": [() => aws.issuer.token({ ...trustedClaims, aud: "elsewhere" }), "AccessDenied"],
    "of another issuer": [() => aws.issuer.token({ ...trustedClaims, iss: "http://127.0.0.1:9" }), "AccessDenied"],
  };
  for (const [what, [make, awsCode]] of Object.entries(tokens)) {
    test(what, async () => {
      await withFreshWorker(aws, { vars: { AWS_WEB_IDENTITY_TOKEN: await make() } }, async (worker, sts) => {
        const answer = await ask(worker);
        assert.equal(answer.headers.get("retry-after"), null);
        const problem = await expectProblem(answer, 502, "sts-refused");
        assert.equal(problem.awsCode, awsCode);
        assert.match(problem.awsRequestId, /^[0-9A-F]+$/);
        assert.equal(sts.calls, 1);
        assert.ok((await logged(worker, "stsFailed")).detail.includes(awsCode));
      });
    });
  }
});

describe("a token that cannot be traded is told without asking STS", { concurrency: 4 }, () => {
  const tokens = {
    "expired": [() => aws.issuer.token({ ...trustedClaims, expiresInSecs: -1 }), "token-expired"],
    "not there": [() => undefined, "token-missing"],
    "blank": [() => " \n", "token-missing"],
    "not a JWT": [() => "not-a-token", "token-malformed"],
    "encrypted": [() => "eyJhbGciOiJSU0EtT0FFUCJ9.OKOa.48V1.5eym.XFBo", "token-malformed"],
    "without a subject": [() => aws.issuer.token({ ...trustedClaims, sub: undefined }), "token-malformed"],
    "without an expiry": [() => aws.issuer.token({ ...trustedClaims, exp: undefined }), "token-malformed"],
    "with an expiry in words": [() => aws.issuer.token({ ...trustedClaims, exp: "tomorrow" }), "token-malformed"],
  };
  for (const [what, [make, slug]] of Object.entries(tokens)) {
    test(what, async () => {
      await withFreshWorker(aws, { vars: { AWS_WEB_IDENTITY_TOKEN: await make() } }, async (worker, sts) => {
        await expectProblem(await ask(worker), 503, slug);
        assert.equal(sts.requests.length, 0);
        await logged(worker, "tokenUnfit");
      });
    });
  }
});

test("a token in the Secrets Store is read anew at every exchange, without a deployment", async () => {
  await withFreshWorker(aws, { tokenStore: true }, async (worker, sts) => {
    // A store without the secret throws.
    const unread = await ask(worker);
    assert.ok(Number(unread.headers.get("retry-after")) > 0);
    await expectProblem(unread, 503, "token-unreadable");
    assert.equal(sts.calls, 0);

    const id = await worker.tokenStore.create(await aws.issuer.token({ ...trustedClaims, sub: "somebody-else" }));
    // A failure lets STS rest, for up to 1 s and then for up to 2.
    await delay(1000);
    await expectProblem(await ask(worker), 502, "sts-refused");

    const token = await aws.issuer.token(trustedClaims);
    await worker.tokenStore.update(token, id);
    await delay(2000);
    assert.equal(await statusOf((await sign(worker)).url), 200);
    assert.equal(new URLSearchParams(sts.requests.at(-1).body).get("WebIdentityToken"), token);
    events(worker);
  });
});

test("a Secrets Store that fails is told as that, and read again later", async () => {
  const around = `
    import worker from "./index.js";
    let reads = 0;
    const get = (env) => () => {
      reads += 1;
      if (reads === 1) throw new Error("no such method");
      if (reads === 2) return Promise.reject(new Error("the store has a day off"));
      return Promise.resolve(env.TOKEN);
    };
    export default {
      fetch: (request, env, context) =>
        worker.fetch(request, { ...env, AWS_WEB_IDENTITY_TOKEN: { get: get(env) } }, context),
    };`;
  const vars = { AWS_WEB_IDENTITY_TOKEN: undefined, TOKEN: await aws.issuer.token(trustedClaims) };
  await withFreshWorker(aws, { around, vars }, async (worker, sts) => {
    for (const rest of [1000, 2000]) {
      const answer = await ask(worker);
      assert.ok(Number(answer.headers.get("retry-after")) > 0);
      const problem = await expectProblem(answer, 503, "token-unreadable");
      assert.match(problem.detail, /Secrets Store: the read failed/);
      assert.equal(sts.calls, 0);
      await delay(rest);
    }
    assert.equal(await statusOf((await sign(worker)).url), 200);
  });
});

test("a token is exchanged whatever tools have put around it", async () => {
  const token = await aws.issuer.token(trustedClaims);
  const lines = token.match(/.{1,76}/g).join("\r\n");
  const around = {
    quotes: `"${token}"\n`,
    "a byte order mark": `\ufeff${token}`,
    "an assignment": `export ID_TOKEN='${token}'`,
    "a scheme": `Bearer ${token}`,
    "JSON as of GitHub": JSON.stringify({ count: 1, value: token }),
    "JSON as of kubectl": JSON.stringify({ kind: "TokenRequest", status: { token } }),
    "line ends in it": lines,
  };
  for (const [what, bound] of Object.entries(around)) {
    await withFreshWorker(aws, { vars: { AWS_WEB_IDENTITY_TOKEN: bound } }, async (worker, sts) => {
      await sign(worker);
      assert.equal(new URLSearchParams(sts.requests.at(-1).body).get("WebIdentityToken"), token, what);
    });
  }
});

test("a Secrets Store that never answers is given up after 2 s", async () => {
  const around = `
    import worker from "./index.js";
    const AWS_WEB_IDENTITY_TOKEN = { get: () => new Promise(() => {}) };
    export default { fetch: (request, env, context) => worker.fetch(request, { ...env, AWS_WEB_IDENTITY_TOKEN }, context) };`;
  await withFreshWorker(aws, { around }, async (worker, sts) => {
    const begun = Date.now();
    const problem = await expectProblem(await ask(worker), 503, "token-unreadable");
    assert.match(problem.detail, /Secrets Store: no answer within the time limit/);
    const took = Date.now() - begun;
    assert.ok(took > 1900 && took < 5000, `${took} ms`);
    assert.equal(sts.calls, 0);
  });
});
