// Isolates that obtain their sessions from one Durable Object.
import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { readdirSync, readFileSync, statSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { ask, events, expectProblem, logged, recordIn, sign, statusOf } from "./answers.mjs";
import { baseVars, bearer, makeFolder, removeFolder, startLocalAws, startProxy, startWorker, withFreshWorker } from "./harness.mjs";
import { keepSecret } from "./secrecy.mjs";
import { refusal } from "./sts-answers.mjs";

let aws;
before(async () => {
  aws = await startLocalAws();
  await aws.putObject("users/ada.png", "a picture");
});
after(() => aws?.stop());

/** A KV in which nobody ever finds what was written: what an edge sees for a minute. */
const lateKv = "export default () => ({ get: async () => null, async put() {} });";
const objects = true;
const twin = 7;
const isolates = (worker) => [worker, ...worker.twins];
const named = (worker, event) => events(worker).filter((line) => line.event === event);
const sessionOf = ({ url }) => new URL(url).searchParams.get("X-Amz-Security-Token");

for (const [what, kv] of Object.entries({ "a KV that works": true, "a KV that is late": lateKv })) {
  test(`eight isolates that start at once, with ${what}, cause one call and sign with one session`, async () => {
    await withFreshWorker(aws, { objects, twin, kv }, async (worker, sts) => {
      sts.delay(300);
      const asked = isolates(worker).flatMap((isolate) => Array.from({ length: 5 }, () => sign(isolate)));
      const signed = await Promise.all(asked);
      assert.deepEqual(new Set(signed.map(sessionOf)), new Set([sts.sessions[0].sessionToken]));
      assert.equal(await statusOf(signed[0].url), 200);
      assert.equal(sts.calls, 1);
      await Promise.all(isolates(worker).map((isolate) => sign(isolate)));
      assert.equal(sts.calls, 1);
      const found = named(worker, "request").map(({ session }) => session);
      assert.deepEqual(new Set(found), new Set(["object", "memory"]));
      assert.equal(named(worker, "sessionGranted").length, 1);
      if (kv === true) {
        const { expiration } = await recordIn(worker);
        assert.equal(expiration, sts.sessions[0].expiresAt / 1000 - 60);
      }
    });
  });
}

test("a slow STS is called once, although it takes longer than the object lets anybody wait for an answer", async () => {
  await withFreshWorker(aws, { objects, twin }, async (worker, sts) => {
    // The object lets wait for 2 s, and a call may take 3 s.
    sts.delay(2500);
    await Promise.all(isolates(worker).map((isolate) => sign(isolate)));
    assert.equal(sts.calls, 1);
    assert.deepEqual(named(worker, "sessionObjectFailed"), []);
  });
});

test("the Cron Trigger obtains the session from the object too", async () => {
  await withFreshWorker(aws, { objects, twin: true }, async (worker, sts) => {
    await Promise.all([worker.scheduled(), worker.twin.scheduled()]);
    assert.equal(sts.calls, 1);
    await sign(worker.twin);
    assert.equal(sts.calls, 1);
  });
});

test("a request for more than is left of the session has the object obtain another, for all", async () => {
  const brief = await startLocalAws({ maxSessionLength: "8s" });
  try {
    await withFreshWorker(brief, { objects, twin: 3 }, async (worker, sts) => {
      const [first, ...others] = isolates(worker);
      await sign(first, { expiresIn: 1 });
      // A URL begins with a full second, up to one earlier than it is asked for.
      await delay(3500);
      const signed = await Promise.all(others.map((isolate) => sign(isolate, { expiresIn: 6 })));
      assert.deepEqual(new Set(signed.map(sessionOf)), new Set([sts.sessions[1].sessionToken]));
      assert.equal(sts.calls, 2);
      // What no session can give is refused without another call.
      for (const isolate of isolates(worker)) await expectProblem(await ask(isolate, { expiresIn: 9 }), 422, "lifetime-unavailable");
      assert.equal(sts.calls, 2);
    });
  } finally {
    await brief.stop();
  }
});

test("a client that resets its connection takes nothing from the others, nor from the object", async () => {
  await withFreshWorker(aws, { objects, twin: true }, async (worker, sts) => {
    sts.delay(800);
    const body = JSON.stringify({ profile: "avatars", operation: "getObject", key: "users/ada.png" });
    const socket = connect(new URL(worker.url).port, "127.0.0.1").on("error", () => {});
    const head = `POST /v1/sign HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${bearer}\r\nContent-Length: ${body.length}\r\n\r\n`;
    socket.once("connect", () => socket.write(head + body));
    for (const deadline = Date.now() + 5000; sts.calls === 0; await delay(5)) assert.ok(Date.now() < deadline);
    const others = isolates(worker).map((isolate) => sign(isolate));
    await delay(50);
    socket.resetAndDestroy();
    await Promise.all(others);
    await sign(worker);
    assert.equal(sts.calls, 1);
  });
});

describe("a failure of STS", () => {
  test("that is final is told to all, with its cause, after one call", async () => {
    await withFreshWorker(aws, { objects, twin }, async (worker, sts) => {
      sts.next(refusal(403, "AccessDenied", "Not authorized to perform sts:AssumeRoleWithWebIdentity"), Infinity);
      for (const answer of await Promise.all(isolates(worker).map((isolate) => ask(isolate)))) {
        const problem = await expectProblem(answer, 502, "sts-refused");
        assert.equal(problem.awsCode, "AccessDenied");
        assert.equal(problem.awsRequestId, "c6104cbe-af31-11e0-8154-cbc7ccf896c7");
      }
      assert.equal(sts.calls, 1);
      const causes = named(worker, "request").map(({ cause }) => cause);
      assert.deepEqual(causes, Array(8).fill("role-denied"));
      assert.equal(named(worker, "stsFailed").length, 1);
      sts.pass();
      // The first pause is up to a second, and isolates follow within two.
      await delay(3100);
      await Promise.all(isolates(worker).map((isolate) => sign(isolate)));
      assert.equal(sts.calls, 2);
    });
  });

  test("that passes causes the calls of one isolate", async () => {
    await withFreshWorker(aws, { objects, twin }, async (worker, sts) => {
      sts.next({ status: 500, headers: {}, body: "" }, Infinity);
      for (const answer of await Promise.all(isolates(worker).map((isolate) => ask(isolate)))) {
        await expectProblem(answer, 503, "sts-unavailable");
      }
      assert.equal(sts.calls, 3);
    });
  });
});

test("a token that cannot be used is told by each isolate, without a call", async () => {
  await withFreshWorker(aws, { objects, twin: true, vars: { AWS_WEB_IDENTITY_TOKEN: undefined } }, async (worker, sts) => {
    for (const isolate of isolates(worker)) await expectProblem(await ask(isolate), 503, "token-missing");
    assert.equal(sts.calls, 0);
  });
});

describe("an object that does not help: each isolate calls STS itself, and says so", { concurrency: 4 }, () => {
  const object = (body) => `
    import { DurableObject } from "cloudflare:workers";
    export { default } from "./index.js";
    export class SessionObject extends DurableObject { ${body} }`;
  const faults = {
    "that fails": object('obtain() { throw new Error("gone"); }'),
    "that does not answer": object("obtain() { return new Promise(() => {}); }"),
    "that answers something else": object('obtain() { return "anything"; }'),
    "that answers no text": object("obtain() { return { a: 1 }; }"),
    "that is another": object(""),
  };
  for (const [what, around] of Object.entries(faults)) {
    test(`an object ${what}`, async () => {
      await withFreshWorker(aws, { objects, twin: true, around, kv: lateKv }, async (worker, sts) => {
        for (const isolate of isolates(worker)) assert.equal(await statusOf((await sign(isolate)).url), 200);
        assert.equal(sts.calls, 2);
        await logged(worker, "sessionObjectFailed");
        assert.equal(named(worker, "sessionObjectFailed").length, 2);
      });
    });
  }
});

test("without CACHE_KEY nothing can be handed over: each isolate calls STS", async () => {
  await withFreshWorker(aws, { objects, twin: true, vars: { CACHE_KEY: undefined } }, async (worker, sts) => {
    for (const isolate of isolates(worker)) await sign(isolate);
    assert.equal(sts.calls, 2);
  });
});

describe("what the object gives and keeps", () => {
  const probe = {
    name: "probe",
    script: `export default { async fetch(request, { SESSION_OBJECT }) {
      const { name, question } = await request.json();
      return new Response(await SESSION_OBJECT.getByName(name).obtain(question));
    } };`,
  };
  /** The probe's answer to a question, and nothing secret may be in it. */
  async function answerOf(worker, session, name, question) {
    const neighbour = await worker.neighbour("probe");
    const answer = await neighbour.fetch("https://x/", { method: "POST", body: JSON.stringify({ name, question }) });
    const text = await answer.text();
    assert.equal(answer.status, 200, text);
    const bytes = Buffer.from(text.split("\n")[1] ?? "", "base64");
    for (const secret of secretsOf(session)) for (const place of [text, bytes]) assert.ok(!place.includes(secret));
    return text.split("\n");
  }

  function secretsOf({ accessKeyId, secretAccessKey, sessionToken }, vars = {}) {
    const { AWS_WEB_IDENTITY_TOKEN: token, CACHE_KEY: key } = vars;
    return [accessKeyId, secretAccessKey, sessionToken, token, key].filter(Boolean);
  }

  test("its answer is sealed, whoever asks", async () => {
    await withFreshWorker(aws, { objects, neighbours: [probe] }, async (worker, sts) => {
      await sign(worker);
      const [session] = sts.sessions;
      const { name, value } = await recordIn(worker);
      const [outcome, record, lifetime] = await answerOf(worker, session, name, `${name}\nupTo\n900\n0`);
      assert.deepEqual([outcome, Number(lifetime)], ["obtained", 3600]);
      // Sealed anew, as docs/sessions-and-operations.md has it: a version, a nonce, the sessions, and a tag.
      const sealed = Buffer.from(record, "base64");
      assert.deepEqual([sealed[0], sealed.length], [1, value.length]);
      assert.ok(!sealed.subarray(1, 13).equals(value.subarray(1, 13)));
      assert.equal(sts.calls, 1);
    });
  });

  test("a question that it does not understand, or about another session, is no reason to call STS", async () => {
    await withFreshWorker(aws, { objects, neighbours: [probe] }, async (worker, sts) => {
      for (const question of ["", "anything", `session/v2/${"0".repeat(64)}\nupTo\n900\n0`, "\n".repeat(1000)]) {
        assert.equal((await answerOf(worker, {}, "other", question))[0], "unable");
      }
      assert.equal(sts.calls, 0);
      const [session] = (await sign(worker), sts.sessions);
      const { name } = await recordIn(worker);
      for (const needed of ["", "anything", "upTo\n900", "exactly\nlong\n0"]) {
        assert.equal((await answerOf(worker, session, name, `${name}\n${needed}`))[0], "unable", needed);
      }
      assert.equal(sts.calls, 1);
    });
  });

  test("an object that starts anew finds the session in its storage, sealed, although KV is empty", async () => {
    const folder = makeFolder("edge-presigner-objects-");
    const sts = await startProxy(aws);
    const vars = await baseVars(aws, sts);
    try {
      for (let start = 0; start < 3; start++) {
        const worker = await startWorker({ vars, objects: folder });
        assert.equal(sessionOf(await sign(worker)), sts.sessions[0].sessionToken);
        await worker.stop();
        assert.equal(sts.calls, 1, `start ${start}`);
        const files = readdirSync(folder, { recursive: true }).map((path) => join(folder, path));
        const contents = files.filter((path) => statSync(path).isFile()).map((path) => readFileSync(path));
        assert.ok(contents.some((content) => content.includes("record")), "it is there");
        for (const secret of secretsOf(sts.sessions[0], vars)) assert.ok(!contents.some((content) => content.includes(secret)));
      }
      // Under another CACHE_KEY it does not open.
      const CACHE_KEY = randomBytes(32).toString("base64");
      keepSecret("CACHE_KEY", CACHE_KEY);
      const worker = await startWorker({ vars: { ...vars, CACHE_KEY }, objects: folder });
      await sign(worker);
      await worker.stop();
      assert.equal(sts.calls, 2);
    } finally {
      await sts.stop();
      removeFolder(folder);
    }
  });

  test("what it keeps is deleted a minute before the session ends", async () => {
    const around = `
      import { SessionObject as Own } from "./index.js";
      export { default } from "./index.js";
      export class SessionObject extends Own {
        async look() {
          const { storage } = this.ctx;
          const [alarm, before] = [await storage.getAlarm(), (await storage.list()).size];
          await this.alarm();
          return JSON.stringify({ alarm, before, after: (await storage.list()).size });
        }
      }`;
    const look = {
      name: "look",
      script: `export default { async fetch(request, { SESSION_OBJECT }) {
        return new Response(await SESSION_OBJECT.getByName(await request.text()).look());
      } };`,
    };
    await withFreshWorker(aws, { objects, around, neighbours: [look] }, async (worker, sts) => {
      await sign(worker);
      const { name } = await recordIn(worker);
      const answer = await (await worker.neighbour("look")).fetch("https://x/", { method: "POST", body: name });
      const alarm = sts.sessions[0].expiresAt.getTime() - 60_000;
      assert.deepEqual(await answer.json(), { alarm, before: 1, after: 0 });
    });
  });
});
