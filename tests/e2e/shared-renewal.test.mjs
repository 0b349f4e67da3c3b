// Requests that come at once to a worker without a session: one renewal for all, whoever goes away meanwhile.
import assert from "node:assert/strict";
import { connect } from "node:net";
import { after, before, test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { ask, events, expectProblem, sign, statusOf } from "./answers.mjs";
import { bearer, startLocalAws, withFreshWorker } from "./harness.mjs";

let aws;
before(async () => {
  aws = await startLocalAws();
  await aws.putObject("users/ada.png", "a picture");
});
after(() => aws?.stop());

// The runtime says once for each client that has gone that it does not go on with its request.
const goneClient = /^Warning: A promise was resolved or rejected from a different request context/;

const many = (count, work) => Promise.all(Array.from({ length: count }, work));

/** Asks over a connection of its own, which the test can reset. */
async function askAndHold(worker) {
  const body = JSON.stringify({ profile: "avatars", operation: "getObject", key: "users/ada.png" });
  const socket = connect(new URL(worker.url).port, "127.0.0.1").on("error", () => {});
  await new Promise((resolve) => socket.once("connect", resolve));
  socket.write(
    `POST /v1/sign HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${bearer}\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
  );
  return socket;
}

async function called(sts) {
  for (const deadline = Date.now() + 5000; sts.calls === 0; await delay(5)) assert.ok(Date.now() < deadline);
}

test("200 cold requests cause one call, although half of the clients, the first one too, reset their connections", async () => {
  await withFreshWorker(aws, {}, async (worker, sts) => {
    sts.delay(500);
    const leader = await askAndHold(worker);
    await called(sts);
    const cut = [leader, ...(await many(99, () => askAndHold(worker)))];
    const others = many(100, () => sign(worker));
    await delay(50);
    // A reset, because a mere end of the connection cancels nothing.
    for (const socket of cut) socket.resetAndDestroy();
    for (const { url } of await others) assert.equal(await statusOf(url), 200);
    assert.equal(sts.calls, 1);

    assert.equal(await statusOf((await sign(worker)).url), 200);
    assert.equal(sts.calls, 1);
    events(worker, goneClient);
  });
});

test("when every client has gone, the session is kept all the same", async () => {
  await withFreshWorker(aws, {}, async (worker, sts) => {
    sts.delay(500);
    const cut = await many(5, () => askAndHold(worker));
    await called(sts);
    for (const socket of cut) socket.resetAndDestroy();
    await delay(700);
    assert.equal(await statusOf((await sign(worker)).url), 200);
    assert.equal(sts.calls, 1);
    events(worker, goneClient);
  });
});

test("a failure is shared too: 50 cold requests at once cause the calls of one", async () => {
  await withFreshWorker(aws, {}, async (worker, sts) => {
    sts.next({ status: 500, headers: {}, body: "" }, Infinity);
    for (const answer of await many(50, () => ask(worker))) await expectProblem(answer, 503, "sts-unavailable");
    assert.equal(sts.calls, 3);
    sts.pass();
    await delay(1000);
    assert.equal(await statusOf((await sign(worker)).url), 200);
    events(worker);
  });
});
