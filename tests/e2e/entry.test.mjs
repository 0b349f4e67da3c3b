// The worker's module: what it exports, and what a fault leaves behind.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { ask, events, expectProblem, logged, sign, statusOf } from "./answers.mjs";
import { bearer, startLocalAws, withFreshWorker } from "./harness.mjs";

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
    assert.deepEqual(await (await worker.fetch("/")).json(), [["SessionObject", "default"], ["fetch", "scheduled"]]);
  });
});

// https://developers.cloudflare.com/workers/runtime-apis/bindings/service-bindings/rpc/ has WorkerEntrypoint alone for such calls.
test("the class of the objects is no entry point for others, and no method of the worker", async () => {
  const script = `
    const outcome = async (call) => { try { return String(await call()); } catch (error) { return "failed: " + error.message; } };
    export default { async fetch(_, { CLASS, WORKER }) {
      return Response.json({
        fetched: await outcome(async () => (await CLASS.fetch("https://worker.example/healthz")).status),
        called: await outcome(() => CLASS.obtain("question")),
        ofWorker: await outcome(() => WORKER.obtain("question")),
        answered: await outcome(async () => (await WORKER.fetch("https://worker.example/healthz")).status),
      });
    } };`;
  const neighbour = {
    name: "neighbour",
    script,
    serviceBindings: { CLASS: { name: "edge-presigner", entrypoint: "SessionObject" }, WORKER: "edge-presigner" },
  };
  for (const objects of [false, true]) {
    await withFreshWorker(aws, { objects, neighbours: [neighbour] }, async (worker, sts) => {
      const { fetched, called, ofWorker, answered } = await (await (await worker.neighbour("neighbour")).fetch("https://x/")).json();
      for (const outcome of [fetched, called, ofWorker]) assert.match(outcome, /^failed: /);
      assert.equal(answered, "200", "but its handler is");
      assert.equal(sts.calls, 0);
    });
  }
  const around = `
    import { WorkerEntrypoint } from "cloudflare:workers";
    export { default } from "./index.js";
    export class SessionObject extends WorkerEntrypoint { obtain(question) { return question; } }`;
  await withFreshWorker(aws, { around, neighbours: [neighbour] }, async (worker) => {
    const { called } = await (await (await worker.neighbour("neighbour")).fetch("https://x/")).json();
    assert.equal(called, "question", "so the test would see it");
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

/** Everything that waits in Rust when it ends: 20 requests for a session that STS takes 3 s to grant. */
async function expectToldOfTheEnd({ around, end, noise }) {
  await withFreshWorker(aws, { around }, async (worker, sts) => {
    sts.delay(3000);
    const waiting = Array.from({ length: 20 }, async () => {
      const answer = await ask(worker);
      return { answer, at: Date.now() };
    });
    for (let n = 0; sts.calls === 0 && n < 1000; n++) await delay(5);
    await delay(200);
    const ended = Date.now();
    await end(worker);
    for (const { answer, at } of await Promise.all(waiting)) {
      assert.ok(at - ended < 1000, `answered after ${at - ended} ms`);
      await expectProblem(answer, 500, "internal");
    }
    sts.delay(0);
    for (let n = 0; n < 3; n++) assert.equal(await statusOf((await sign(worker)).url), 200);
    // What the old instance still waited for has come meanwhile, and disturbs nobody.
    await delay(3500);
    for (let n = 0; n < 3; n++) assert.equal(await statusOf((await sign(worker)).url), 200);
    assert.equal(sts.calls, 2);
    const told = events(worker, noise).filter(({ event }) => event === "internal");
    assert.ok(told.length >= 20, `${told.length} lines say so`);
  });
}

test("requests that wait in an instance are told within a second that another request has ended it", async () => {
  const around = `
    import worker from "./index.js";
    const faulty = { method: "GET", get url() { throw new Error("planned"); } };
    export default {
      fetch: (request, env, context) => worker.fetch(request.url.endsWith("/fault") ? faulty : request, env, context),
    };`;
  const end = async (worker) => assert.equal((await worker.fetch("/fault")).status, 500);
  await expectToldOfTheEnd({ around, end, noise: /planned|Critical error|previous WASM instance|different request context/ });
});

test("so are they when it ends after a wait, and the request that ended it too", async () => {
  // The clock is read after every wait, here after that for the body.
  const around = `
    import worker from "./index.js";
    const { now } = Date;
    let faults = 0;
    Date.now = () => {
      if (faults-- === 1) throw new Error("planned");
      return now();
    };
    export default {
      fetch(request, env, context) {
        if (!request.url.endsWith("/fault")) return worker.fetch(request, env, context);
        const body = new ReadableStream({
          async start(controller) {
            await scheduler.wait(100);
            faults = 1;
            controller.close();
          },
        });
        const url = request.url.replace("/fault", "/v1/sign");
        const headers = { authorization: request.headers.get("authorization") };
        return worker.fetch(new Request(url, { method: "POST", headers, body }), env, context);
      },
    };`;
  const end = async (worker) => expectProblem(await worker.fetch("/fault", { key: bearer }), 500, "internal");
  await expectToldOfTheEnd({ around, end, noise: /planned|Critical error|previous WASM instance|different request context/ });
});

test("a request whose body is still coming when the instance ends is told so, and no other one gets its body", async () => {
  const around = `
    import worker from "./index.js";
    const faulty = { method: "GET", get url() { throw new Error("planned"); } };
    export default {
      fetch(request, env, context) {
        if (request.url.endsWith("/fault")) return worker.fetch(faulty, env, context);
        if (!request.url.endsWith("/slow")) return worker.fetch(request, env, context);
        const body = new ReadableStream({
          async start(controller) {
            await scheduler.wait(1000);
            controller.enqueue(new TextEncoder().encode('{"profile":"avatars","operation":"getObject","key":"users/other.png"}'));
            controller.close();
          },
        });
        const headers = { authorization: request.headers.get("authorization"), "content-type": "application/json" };
        return worker.fetch(new Request(request.url.replace("/slow", "/v1/sign"), { method: "POST", headers, body }), env, context);
      },
    };`;
  await withFreshWorker(aws, { around }, async (worker) => {
    await sign(worker);
    const slow = Array.from({ length: 10 }, () => worker.fetch("/slow", { key: bearer }));
    await delay(300);
    assert.equal((await worker.fetch("/fault")).status, 500);
    for (let n = 0; n < 10; n++) assert.match((await sign(worker)).url, /users\/ada\.png/);
    for (const answer of await Promise.all(slow)) await expectProblem(answer, 500, "internal");
    for (let n = 0; n < 3; n++) assert.equal(await statusOf((await sign(worker)).url), 200);
    events(worker, /planned|Critical error|previous WASM instance|different request context/);
  });
});

test("an isolate answers its made-up requests while it starts, and nothing remains of them", async () => {
  // Rust's messages, as they are read from its memory.
  const around = `
    const statuses = [];
    const { decode } = TextDecoder.prototype;
    TextDecoder.prototype.decode = function (...bytes) {
      const text = decode.apply(this, bytes);
      if (/^[0-9]{3}\\n/.test(text)) statuses.push(Number(text.slice(0, 3)));
      return text;
    };
    const { default: worker } = await import("./index.js");
    export default {
      fetch: (request, env, context) =>
        request.url.endsWith("/statuses") ? Response.json(statuses) : worker.fetch(request, env, context),
    };`;
  await withFreshWorker(aws, { around }, async (worker, sts) => {
    assert.deepEqual(await (await worker.fetch("/statuses")).json(), [302, 200, 302]);
    assert.equal(sts.calls, 0);
    assert.deepEqual((await worker.kv.list()).keys, []);
    assert.deepEqual(worker.logs, []);
    assert.equal(await statusOf((await sign(worker)).url), 200);
    // What it has obtained is of no use to a request.
    assert.equal(sts.calls, 1);
  });
});

test("a request that waits for a session says for how long, and its URL begins after the wait", async () => {
  await withFreshWorker(aws, {}, async (worker, sts) => {
    sts.delay(2000);
    const asked = Date.now();
    const answer = await ask(worker);
    const waited = Number(answer.headers.get("server-timing").match(/session;dur=(\d+)/)[1]);
    assert.ok(waited >= 1900 && waited < 5000, `${waited} ms`);
    const { url, expiresAt, expiresIn } = await answer.json();
    const [, ...date] = new URL(url).searchParams.get("X-Amz-Date").match(/(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z/);
    const signed = Date.parse(`${date.slice(0, 3).join("-")}T${date.slice(3).join(":")}Z`);
    assert.ok(signed >= asked + 900, `signed ${signed - asked} ms after it was asked for`);
    assert.equal(Date.parse(expiresAt), signed + expiresIn * 1000);
    const { ioMs } = await logged(worker, "request");
    assert.ok(ioMs >= waited, `${ioMs} ms`);
  });
});
