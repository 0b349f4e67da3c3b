// Sessions of 8 seconds, which end while the test watches: no URL may outlive the session that signed it.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { ask, events, expectProblem, sign, statusOf } from "./answers.mjs";
import { startLocalAws, withFreshWorker } from "./harness.mjs";
import { failures } from "./sts-answers.mjs";

const sessionSecs = 8;

const kvFaults = {
  "throws on every read and write": `export default () => ({ get() { throw new Error("no"); }, put() { throw new Error("no"); } });`,
  "rejects every read and write": `export default () => ({ async get() { throw new Error("no"); }, async put() { throw new Error("no"); } });`,
  "never answers": "export default () => ({ get: () => new Promise(() => {}), put: () => new Promise(() => {}) });",
};

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

      // A session serves for the first half of its life at most. Its end is a full second, which takes up
      // to 1 s from that, and the next may be obtained three looks, or 0.6 s, ahead of need.
      assert.ok(sts.calls >= 2 && sts.calls <= 1 + asked / 2400, `${sts.calls} calls in ${asked} ms`);
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

  for (const [what, [answer]] of Object.entries(failures)) {
    test(`with an STS ${what} the session in hand serves to its end, and a new one after that`, async () => {
      await withFreshWorker(aws, {}, async (worker, sts) => {
        const first = await sign(worker);
        sts.next(answer, Infinity);
        await expectServedToItsEnd(worker, sts, first);
        // Nobody is asked for longer than the calls for one session may take.
        const { status } = await ask(worker);
        assert.ok(status === 502 || status === 503, status);
        sts.pass();
        await recovers(worker);
      });
    });
  }

  for (const [what, kv] of Object.entries(kvFaults)) {
    test(`with a KV that ${what}, and an STS that is down, too`, async () => {
      await withFreshWorker(aws, { kv }, async (worker, sts) => {
        const first = await sign(worker);
        sts.next("reset", Infinity);
        await expectServedToItsEnd(worker, sts, first);
        sts.pass();
        await recovers(worker);
      });
    });
  }
});

/** While the session of `first` lasts, every request has to get a URL that works and says the truth. */
async function expectServedToItsEnd(worker, sts, first) {
  const end = sessionEnd(sts, first.url);
  let last;
  // The shortest life is a second.
  while (Date.now() < end - 1300) {
    last = await sign(worker);
    assert.ok(Date.parse(last.expiresAt) <= end);
    assert.equal(await statusOf(last.url), 200);
    await delay(200);
  }
  assert.equal(sessionEnd(sts, last.url), end);
  assert.ok(sts.calls > 1, "renewal was tried");
  await delay(end + 1100 - Date.now());
  // S3 itself ends the URL with its session.
  assert.equal(await statusOf(last.url), 403);
}

async function recovers(worker) {
  // STS is left alone for 5 s at most, after calls that may take 10 s.
  const deadline = Date.now() + 16_000;
  for (;;) {
    const answer = await ask(worker);
    if (answer.status === 200) return assert.equal(await statusOf((await answer.json()).url), 200);
    assert.ok(Date.now() < deadline, `still ${answer.status}`);
    await delay(250);
  }
}
