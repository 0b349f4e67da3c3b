// Sessions of 8 seconds, which end while the test watches: no URL may outlive the session that signed it.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { ask, events, expectProblem, sign, statusOf } from "./answers.mjs";
import { startLocalAws, withFreshWorker } from "./harness.mjs";

const sessionSecs = 8;

let aws;
before(async () => {
  aws = await startLocalAws({ maxSessionLength: `${sessionSecs}s` });
  await aws.putObject("users/ada.png", "a picture");
});
after(() => aws?.stop());

/** When the session that signed `url` ends, by STS's own word. */
function sessionEnd(sts, url) {
  const token = new URL(url).searchParams.get("X-Amz-Security-Token");
  return Number(sts.sessions.find(({ sessionToken }) => sessionToken === token).expiresAt);
}

// Nearly all of the time is spent waiting.
describe("with sessions of 8 seconds", { concurrency: true }, () => {
  test("while sessions come and go, every URL works until it says that it ends", async () => {
    await withFreshWorker(aws, {}, async (worker, sts) => {
      const begun = Date.now();
      const lastMoments = [];
      for (let at = 0; at < 14_000; at += 500) {
        await delay(begun + at - Date.now());
        // Nothing is asked for, and the profile's default of 300 s is more than any session has.
        const { url, expiresAt } = await sign(worker);
        const ends = Date.parse(expiresAt);
        assert.ok(ends <= sessionEnd(sts, url), `${expiresAt} is after the session's end`);
        assert.equal(await statusOf(url), 200);
        lastMoments.push(delay(ends - 1000 - Date.now()).then(async () => assert.equal(await statusOf(url), 200, expiresAt)));
      }
      const asked = Date.now() - begun;
      await Promise.all(lastMoments);

      // A session serves for the first half of its life, which is at least (8 s - 1 s) / 2, because its
      // end is a whole second: one call at the beginning and at most one every 3.5 s after that.
      assert.ok(sts.calls >= 2 && sts.calls <= 1 + asked / 3500, `${sts.calls} calls in ${asked} ms`);
      // KV refuses what lives less than a minute.
      assert.deepEqual((await worker.kv.list()).keys, []);
      events(worker);
    });
  });

  test("a life that no session has is refused, and one that it has is given in full", async () => {
    await withFreshWorker(aws, {}, async (worker, sts) => {
      const problem = await expectProblem(await ask(worker, { expiresIn: 60 }), 422, "lifetime-unavailable");
      assert.match(problem.detail, /\b60\b/);
      await expectProblem(await ask(worker, { expiresIn: sessionSecs + 1 }), 422, "lifetime-unavailable");
      assert.equal(sts.calls, 1);

      const { url, expiresIn, expiresAt } = await sign(worker, { expiresIn: 3 });
      assert.equal(expiresIn, 3);
      assert.equal(await statusOf(url), 200);
      await delay(Date.parse(expiresAt) - 500 - Date.now());
      assert.equal(await statusOf(url), 200);
    });
  });

  test("a life that a new session can bear is given in full, whatever the old one has left", async () => {
    await withFreshWorker(aws, {}, async (worker, sts) => {
      await sign(worker);
      await delay(3000);
      const { url, expiresIn, expiresAt } = await sign(worker, { expiresIn: 6 });
      assert.equal(expiresIn, 6);
      assert.ok(Date.parse(expiresAt) <= sessionEnd(sts, url));
      assert.equal(await statusOf(url), 200);
      assert.equal(sts.calls, 2);
    });
  });

  test("when STS fails, the session in hand serves to its end, and no URL outlives it", async () => {
    await withFreshWorker(aws, {}, async (worker, sts) => {
      const first = await sign(worker);
      const end = sessionEnd(sts, first.url);
      sts.next("reset", Infinity);
      await delay(end - 3300 - Date.now());
      const last = await sign(worker);
      assert.ok(sts.calls > 1, "renewal was tried");
      assert.equal(sessionEnd(sts, last.url), end);
      assert.ok(Date.parse(last.expiresAt) <= end);
      assert.equal(await statusOf(last.url), 200);

      // S3 itself ends the URL with its session.
      await delay(end + 1100 - Date.now());
      assert.equal(await statusOf(last.url), 403);
      await expectProblem(await ask(worker), 503, "sts-unreachable");
      sts.pass();
      // STS is left alone for 5 s at most.
      await delay(5000);
      assert.equal(await statusOf((await sign(worker)).url), 200);
    });
  });
});
