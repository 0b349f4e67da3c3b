// The worker's module: what it exports, and what a fault leaves behind.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { events, sign, statusOf } from "./answers.mjs";
import { startLocalAws, withFreshWorker } from "./harness.mjs";

let aws;
before(async () => {
  aws = await startLocalAws();
  await aws.putObject("users/ada.png", "a picture");
});
after(() => aws?.stop());

test("nothing but the handlers can be called from outside", async () => {
  const around = `
    import * as worker from "./index.js";
    export default { fetch: () => Response.json([Object.keys(worker), Object.keys(worker.default)]) };`;
  await withFreshWorker(aws, { around }, async (worker) => {
    assert.deepEqual(await (await worker.fetch("/")).json(), [["default"], ["fetch", "scheduled"]]);
  });
});

test("after a fault in the middle of Rust the next request gets a new instance", async () => {
  // An exception that Rust does not expect ends an instance as a panic does.
  const around = `
    import worker from "./index.js";
    const faulty = { method: "GET", get url() { throw new Error("a fault"); } };
    export default {
      fetch: (request, env, context) => worker.fetch(request.url.endsWith("/fault") ? faulty : request, env, context),
    };`;
  await withFreshWorker(aws, { around }, async (worker, sts) => {
    await sign(worker);
    await sign(worker);
    assert.equal(sts.calls, 1);
    assert.equal((await worker.fetch("/fault")).status, 500);
    for (let n = 0; n < 3; n++) assert.equal(await statusOf((await sign(worker)).url), 200);
    // It finds the session in KV.
    assert.equal(sts.calls, 1);
    events(worker, /a fault/);
  });
});
