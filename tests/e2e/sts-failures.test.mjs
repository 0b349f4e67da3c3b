// An STS that fails, in every way a network or a server has: what the caller learns, and that the worker goes on.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { ask, events, expectProblem, logged, sign, statusOf } from "./answers.mjs";
import { startLocalAws, withFreshWorker } from "./harness.mjs";
import { failures, refusal } from "./sts-answers.mjs";

let aws;
before(async () => {
  aws = await startLocalAws();
  await aws.putObject("users/ada.png", "a picture");
});
after(() => aws?.stop());

// Three calls of up to 3 s each, with pauses of up to 0.2 and 0.4 s between them, and room for a busy machine.
const longestMillis = 13_000;
const maxCalls = 3;
// After its first failure STS is left alone for up to a second.
const firstRestMillis = 1000;

// Most of the time is spent waiting for the servers that do not answer.
describe("an STS", { concurrency: 5 }, () => {
  for (const [what, [answer, status, slug]] of Object.entries(failures)) {
    test(`${what} is asked three times, told to the caller with a hint to try again, and forgiven`, async () => {
      await withFreshWorker(aws, {}, async (worker, sts) => {
        sts.next(answer, Infinity);
        const begun = Date.now();
        const got = await ask(worker);
        assert.ok(Date.now() - begun < longestMillis, `${Date.now() - begun} ms`);
        assert.ok(Number(got.headers.get("retry-after")) > 0);
        await expectProblem(got, status, slug);
        assert.equal(sts.calls, maxCalls);

        sts.pass();
        await expectProblem(await ask(worker), status, slug);
        assert.equal(sts.calls, maxCalls, "left alone for a while");
        await logged(worker, "stsFailed");
        await delay(firstRestMillis);
        assert.equal(await statusOf((await sign(worker)).url), 200);
        assert.equal(sts.calls, maxCalls + 1);
        events(worker);
      });
    });
  }

  test("that fails twice and then works makes the request succeed", async () => {
    await withFreshWorker(aws, {}, async (worker, sts) => {
      sts.next({ status: 500, headers: {}, body: "" }, 2);
      assert.equal(await statusOf((await sign(worker)).url), 200);
      assert.equal(sts.calls, maxCalls);
    });
  });

  for (const code of ["AccessDenied", "InvalidIdentityToken", "ExpiredTokenException", "ValidationError", "Unheard.Of"]) {
    test(`that refuses with ${code} is not asked again`, async () => {
      await withFreshWorker(aws, {}, async (worker, sts) => {
        sts.next(refusal(400, code, "no"), Infinity);
        const answer = await ask(worker);
        assert.equal(answer.headers.get("retry-after"), null);
        const problem = await expectProblem(answer, 502, "sts-refused");
        assert.equal(problem.awsCode, code);
        assert.equal(problem.awsRequestId, "c6104cbe-af31-11e0-8154-cbc7ccf896c7");
        assert.equal(sts.calls, 1);
      });
    });
  }

  test("that is down while a session is held does no harm", async () => {
    await withFreshWorker(aws, {}, async (worker, sts) => {
      await sign(worker);
      sts.next("reset", Infinity);
      assert.equal(await statusOf((await sign(worker)).url), 200);
    });
  });
});
