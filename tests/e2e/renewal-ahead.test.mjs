// The Cron Trigger renews ahead of need: no request waits for STS, and all isolates change sessions at one instant.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { events, recordIn, statusOf } from "./answers.mjs";
import { bearer, startLocalAws, withFreshWorker } from "./harness.mjs";

// Long enough for KV, which takes no record of less than a minute's use.
const sessionSecs = 140;
const windowSecs = 5;

let aws;
before(async () => {
  aws = await startLocalAws({ maxSessionLength: `${sessionSecs}s` });
  await aws.putObject("users/ada.png", "a picture");
});
after(() => aws?.stop());

const json = { profile: "avatars", operation: "getObject", key: "users/ada.png" };

async function urlOf(isolate) {
  const answer = await isolate.fetch("/v1/sign", { key: bearer, json });
  const text = await answer.text();
  assert.equal(answer.status, 200, text);
  return JSON.parse(text).url;
}

test("a cron run renews, the other isolate learns of it from KV, and both change over in the same window", async () => {
  const profile = { bucket: aws.bucket, keyPrefix: "users/", operations: ["getObject"], callers: ["app"] };
  const vars = { PROFILES: { avatars: { ...profile, maxLifetimeSecs: 30, defaultLifetimeSecs: 30, windowSecs } } };
  await withFreshWorker(aws, { vars, twin: true }, async (worker, sts) => {
    const isolates = [worker, worker.twin];
    await worker.scheduled();
    const first = await recordIn(worker);
    assert.equal(sts.calls, 1);
    await worker.twin.scheduled();
    assert.equal(sts.calls, 1, "one session for the whole world");

    // From now on STS is slow, so that a request which waited for it would stand out.
    sts.delay(2000);
    const begun = Date.now();
    const windows = new Map();
    let published;
    while (windows.size === 0 || new Set([...windows.values()].flatMap((urls) => [...urls].map(sessionOf))).size < 2) {
      assert.ok(Date.now() < begun + sessionSecs * 1000, "the session is not replaced");
      for (const isolate of isolates) {
        const asked = Date.now();
        const url = await urlOf(isolate);
        assert.ok(Date.now() - asked < 1000, "a request waited");
        const window = new URL(url).searchParams.get("X-Amz-Date");
        windows.set(window, (windows.get(window) ?? new Set()).add(url));
      }
      // Due is the next session a quarter of the session before it has to take over.
      if (published === undefined && Date.now() > begun + (sessionSecs * 3000) / 4 - (30 + windowSecs - 2) * 1000) {
        published = worker.scheduled();
      }
      await delay(500);
    }
    await published;
    await recordIn(worker, first.value);
    assert.equal(sts.calls, 2);
    // Some time on both sides of the change.
    for (let n = 0; n < 2 * windowSecs; n++, await delay(1000)) {
      for (const isolate of isolates) {
        const url = await urlOf(isolate);
        const window = new URL(url).searchParams.get("X-Amz-Date");
        windows.set(window, (windows.get(window) ?? new Set()).add(url));
        assert.equal(await statusOf(url), 200);
      }
    }
    for (const [window, urls] of windows) assert.equal(urls.size, 1, `${urls.size} URLs in the window ${window}`);
    assert.equal(sts.calls, 2);
    events(worker);
  });
});

function sessionOf(url) {
  return new URL(url).searchParams.get("X-Amz-Security-Token");
}
