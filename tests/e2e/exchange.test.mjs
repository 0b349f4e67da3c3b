// The exchange of the OIDC token at STS: what STS sees, and what comes of a token it does not take.
import assert from "node:assert/strict";
import { connect } from "node:net";
import { after, before, describe, test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { ask, events, expectProblem, logged, sign, statusOf } from "./answers.mjs";
import { bearer, startLocalAws, trustedClaims, withFreshWorker } from "./harness.mjs";

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

test("20 requests that come at once to a cold worker are all answered", async () => {
  await withFreshWorker(aws, {}, async (worker, sts) => {
    sts.delay(200);
    const signed = await Promise.all(Array.from({ length: 20 }, () => sign(worker)));
    for (const { url } of signed) assert.equal(await statusOf(url), 200);
    events(worker);
  });
});

test("requests are answered although clients that came before them reset their connections", async () => {
  await withFreshWorker(aws, {}, async (worker, sts) => {
    sts.delay(400);
    const body = JSON.stringify({ profile: "avatars", operation: "getObject", key: "users/ada.png" });
    const head = `POST /v1/sign HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${bearer}\r\nContent-Length: ${body.length}\r\n\r\n`;
    const cut = Array.from({ length: 5 }, () => connect(new URL(worker.url).port, "127.0.0.1").on("error", () => {}));
    for (const socket of cut) socket.write(head + body);
    for (const deadline = Date.now() + 5000; sts.requests.length === 0; await delay(5)) assert.ok(Date.now() < deadline);
    const others = Array.from({ length: 5 }, () => sign(worker));
    // A reset, because a mere end of the connection cancels nothing.
    for (const socket of cut) socket.resetAndDestroy();
    for (const { url } of await Promise.all(others)) assert.equal(await statusOf(url), 200);
    assert.equal(await statusOf((await sign(worker)).url), 200);
    events(worker);
  });
});
