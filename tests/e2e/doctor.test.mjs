// The doctor, against servers that are well and servers that are not: what `/v1/doctor` and `npm run doctor` say of them.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { root } from "../../scripts/console.mjs";
import { signingKey } from "../../scripts/keys.mjs";
import { ask, events, expectProblem, logged } from "./answers.mjs";
import {
  adminKey, baseVars, bearer, startIssuer, startLocalAws, startMiniStack, startProxy, startWorker, trustedClaims, withFreshWorker,
} from "./harness.mjs";
import { causes } from "./sts-answers.mjs";

/** What is at the URL of the worker's own issuer. */
const deployed = { endpoint: undefined };

let front;
let aws;
let miniStack;
before(async () => {
  front = await startProxy(deployed);
  aws = await startLocalAws({ ownIssuer: front.endpoint });
  miniStack = await startMiniStack({ issuer: aws.issuer, actions: ["s3:GetObject", "s3:PutObject"] });
});
after(async () => {
  await miniStack?.stop();
  await aws?.stop();
  await front?.stop();
});

/** The doctor's report, once the Cron Trigger has run. */
async function examine(worker) {
  await worker.scheduled();
  const answer = await worker.fetch("/v1/doctor", { key: adminKey });
  assert.equal(answer.status, 200);
  return answer.json();
}

const stepsOf = (report, name) => report.steps.filter(({ step }) => step === name);

function stepOf(report, name) {
  const [step, ...more] = stepsOf(report, name);
  assert.ok(step && more.length === 0, `${name} in ${JSON.stringify(report.steps)}`);
  return step;
}

/** The steps that are neither green nor left out. The issuer of these tests is at http, which AWS would not accept. */
const findings = ({ steps }) => steps.filter(({ step, status }) => step !== "token" && !["ok", "skipped"].includes(status)).map(({ step, status }) => `${step} ${status}`);

/** A worker whose bucket is MiniStack's, with these changes of its profile. */
async function atMiniStack(changes, work) {
  const vars = await baseVars(miniStack);
  const profile = { bucket: miniStack.bucket, keyPrefix: "users/", callers: ["app"], operations: ["getObject", "putObject"], maxLifetimeSecs: 900, ...changes };
  const worker = await startWorker({ vars: { ...vars, PROFILES: { avatars: profile } } });
  try {
    await work(worker, await examine(worker));
  } finally {
    await worker.stop();
  }
}

describe("a chain that works", () => {
  test("is green at SeaweedFS, and nothing is left behind in the bucket", async () => {
    await withFreshWorker(aws, {}, async (worker) => {
      const report = await examine(worker);
      assert.deepEqual(findings(report), []);
      for (const name of ["configuration", "cache-key", "kv", "cron", "discovery", "keys", "sts", "clock", "read", "write", "iam"]) assert.equal(stepOf(report, name).status, "ok", name);
      assert.match(stepOf(report, "token").seen, new RegExp(`^source bound, iss ${aws.issuer.url}, sub edge-presigner, aud sts.amazonaws.com, .*RS256, kid local$`));
      assert.match(stepOf(report, "token").fix, /https/);
      const { Statement } = report.iam.roles[0].trustPolicy;
      assert.equal(Statement[0].Condition.StringEquals[`${aws.issuer.url}:sub`][0], "edge-presigner");
      for (const query of ["?list-type=2", "?uploads="]) {
        const listed = await (await aws.owner.fetch(`${aws.endpoint}/${aws.bucket}${query}`)).text();
        assert.doesNotMatch(listed, /doctor/);
      }
      events(worker);
    });
  });

  test("is green at MiniStack, whatever the role may not list", async () => {
    await atMiniStack({}, async (worker, report) => {
      assert.deepEqual(findings(report), []);
      assert.equal(report.status, "warning", "http");
      const listed = await (await miniStack.owner.fetch(`${miniStack.endpoint}/${miniStack.bucket}?uploads=`)).text();
      assert.doesNotMatch(listed, /doctor/);
    });
  });

  test("is told as text to people, and to no one but admins", async () => {
    await withFreshWorker(aws, {}, async (worker, sts) => {
      await expectProblem(await worker.fetch("/v1/doctor", { key: bearer }), 403, "not-allowed");
      await expectProblem(await worker.fetch("/v1/doctor"), 401, "key-required");
      assert.equal(sts.calls, 0);
      const answer = await worker.fetch("/v1/doctor", { key: adminKey, headers: { accept: "text/plain" } });
      assert.equal(answer.headers.get("content-type"), "text/plain; charset=utf-8");
      assert.match(await answer.text(), /^ok {7}configuration: no errors/);
    });
  });
});

describe("a chain with one broken link", () => {
  test("names what the role may not do, as MiniStack's IAM says it", async () => {
    await atMiniStack({ operations: ["getObject", "putObject", "listObjectsV2"] }, async (_worker, report) => {
      assert.deepEqual(findings(report), ["list failure"]);
      const { seen, fix, cause, of } = stepOf(report, "list");
      assert.match(seen, /^403 AccessDenied: .* not authorized to perform: s3:ListBucket /);
      assert.match(fix, /^allow s3:ListBucket: /);
      assert.deepEqual([cause, of], ["access-denied", "avatars"]);
    });
  });

  test("names what the role may not do, as SeaweedFS does not say it", async () => {
    const restricted = await startLocalAws({ permissions: { Version: "2012-10-17", Statement: [{ Effect: "Allow", Action: ["s3:GetObject"], Resource: ["arn:aws:s3:::edge-presigner-demo/*"] }] } });
    try {
      await withFreshWorker(restricted, {}, async (worker) => {
        const report = await examine(worker);
        assert.deepEqual(findings(report), ["write failure"]);
        assert.match(stepOf(report, "write").fix, /^allow s3:PutObject: /);
      });
    } finally {
      await restricted.stop();
    }
  });

  test("names the region of the bucket", async () => {
    await atMiniStack({ region: "eu-west-3" }, async (_worker, report) => {
      assert.deepEqual(findings(report), ["read failure", "write failure"]);
      for (const name of ["read", "write"]) {
        assert.equal(stepOf(report, name).cause, "wrong-region");
        assert.match(stepOf(report, name).fix, new RegExp(`to ${miniStack.region}`));
      }
    });
  });

  test("names a bucket that does not exist", async () => {
    await atMiniStack({ bucket: "no-such-bucket-here", operations: ["getObject"] }, async (_worker, report) => {
      assert.deepEqual(findings(report), ["read failure"]);
      assert.equal(stepOf(report, "read").cause, "no-such-bucket");
    });
  });

  test("has the CORS rules with which the bucket lets browsers in", async () => {
    await atMiniStack({ corsOrigins: ["https://app.example"] }, async (worker, report) => {
      assert.deepEqual(findings(report), ["cors failure"]);
      assert.match(stepOf(report, "cors").seen, /^PUT is not open to https:\/\/app\.example/);
      const [rule] = report.iam.buckets[0].cors.CORSRules;
      const lists = Object.entries(rule).filter(([, value]) => Array.isArray(value));
      const xml = lists.flatMap(([name, values]) => values.map((value) => `<${name.replace(/s$/, "")}>${value}</${name.replace(/s$/, "")}>`)).join("");
      const put = await miniStack.owner.fetch(`${miniStack.endpoint}/${miniStack.bucket}?cors`, { method: "PUT", body: `<CORSConfiguration><CORSRule>${xml}</CORSRule></CORSConfiguration>` });
      assert.equal(put.status, 200);
      assert.deepEqual(findings(await examine(worker)), []);
    });
  });

  test("says that the bucket's server is not there", async () => {
    const gone = await startProxy({});
    await gone.stop();
    await withFreshWorker(aws, { vars: { AWS_ENDPOINT_URL_S3: gone.endpoint } }, async (worker) => {
      assert.deepEqual(findings(await examine(worker)), ["read warning", "write warning"]);
    });
  });

  test("says that KV is missing, or does not take anything", async () => {
    await withFreshWorker(aws, { kv: false }, async (worker) => {
      const report = await examine(worker);
      assert.deepEqual(findings(report), ["kv failure"]);
      assert.match(stepOf(report, "kv").seen, /SESSIONS is not bound/);
      assert.equal(stepOf(report, "cron").status, "skipped");
    });
    const failing = `export default () => ({ get: async () => null, put: async () => { throw new Error("KV PUT failed: 429 Too Many Requests"); } });`;
    await withFreshWorker(aws, { kv: failing }, async (worker) => {
      const report = await examine(worker);
      assert.deepEqual(findings(report), ["kv failure", "cron warning"]);
      assert.match(stepOf(report, "kv").seen, /429/);
    });
  });

  test("says what stands before the issuer, and that it is gone", async () => {
    const target = {};
    const gate = await startProxy(target);
    const issuer = await startIssuer({ url: gate.endpoint });
    target.endpoint = issuer.endpoint;
    try {
      await withFreshWorker(aws, { vars: { AWS_WEB_IDENTITY_TOKEN: await issuer.token(trustedClaims) } }, async (worker) => {
        const look = async () => (await (await worker.fetch("/v1/doctor", { key: adminKey })).json());
        for (const [answer, says] of [
          [{ status: 403, headers: { "cf-mitigated": "challenge", "content-type": "text/html" }, body: "<html>" }, /Bot Fight Mode/],
          [{ status: 302, headers: { location: "https://team.cloudflareaccess.com/cdn-cgi/access/login/x?meta=1" }, body: "" }, /Bypass/],
          [{ status: 301, headers: { location: "https://elsewhere.example/" }, body: "" }, /this URL itself/],
          ["reset", /public/],
        ]) {
          // The runtime itself repeats a request whose connection is cut.
          gate.next(answer, Infinity);
          const { status, fix } = stepOf(await look(), "discovery");
          assert.equal(status, "failure");
          assert.match(fix, says);
        }
        gate.pass();
        const report = await look();
        for (const name of ["discovery", "keys"]) assert.equal(stepOf(report, name).status, "ok");
        assert.equal(stepOf(report, "sts").status, "failure", "SeaweedFS does not know this issuer");
      });
    } finally {
      await gate.stop();
      await issuer.stop();
    }
  });

  test("compares clocks", async () => {
    await withFreshWorker(aws, {}, async (worker, sts) => {
      await worker.scheduled();
      const late = new Date(Date.now() - 20 * 60_000).toUTCString();
      sts.next((answer) => ({ ...answer, headers: { ...answer.headers, date: late } }));
      const report = await (await worker.fetch("/v1/doctor", { key: adminKey })).json();
      assert.deepEqual(findings(report), ["clock failure"]);
      assert.match(stepOf(report, "clock").seen, /1[12]\d\d s ahead of/);
    });
  });
});

const page = readFileSync(join(root, "docs", "troubleshooting.md"), "utf8");
const [, table] = page.match(/<!-- table: sts-causes -->\n([^]*?)<!-- \/table -->/);
const documented = Object.fromEntries(table.split("\n").slice(2, -1).map((row) => row.split(" | ")).map(([name, , advice]) => [name.replace(/^\| `|`$/g, ""), advice.replace(/ \|$/, "")]));

test("every cause of the table has an answer of STS here", () => {
  assert.deepEqual(Object.keys(causes).sort(), Object.keys(documented).sort());
});

// Most of the time is spent waiting for the servers that do not answer.
describe("a refusal of STS has the same name everywhere", { concurrency: 4 }, () => {
  for (const [cause, answer] of Object.entries(causes)) {
    test(cause, async () => {
      await withFreshWorker(aws, {}, async (worker, sts) => {
        sts.next(answer, Infinity);
        const problem = await (await ask(worker)).json();
        assert.equal(problem.cause, cause);
        assert.equal(problem.detail, documented[cause]);
        assert.equal((await logged(worker, "stsFailed")).cause, cause);
        const ready = await (await worker.fetch("/readyz", { key: adminKey })).json();
        assert.equal(ready.roles[0].lastFailure.cause, cause);
        const report = await (await worker.fetch("/v1/doctor", { key: adminKey })).json();
        const { status, cause: seen, fix } = stepOf(report, "sts");
        assert.deepEqual([status, seen, fix], ["failure", cause, documented[cause]]);
      });
    });
  }
});

/** What `npm run doctor` prints for this worker, and how it ends. */
async function run(url, { key = adminKey, args = [], env = {} } = {}) {
  const all = { ...process.env, ...env, PRESIGNER_KEY: key };
  const child = spawn(process.execPath, [join(root, "scripts", "doctor.mjs"), url, ...args], { env: all, stdio: ["ignore", "pipe", "pipe"] });
  let text = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk) => (text += chunk));
  const code = await new Promise((resolve) => child.once("close", resolve));
  assert.ok(!text.includes(adminKey) && !text.includes("\u001b"), text);
  return { code, text };
}

describe("the script", () => {
  test("looks from outside too, at a worker that is its own issuer", async () => {
    const own = { AWS_WEB_IDENTITY_TOKEN: undefined, OIDC_ISSUER: front.endpoint, OIDC_SIGNING_KEYS: JSON.stringify([signingKey("ES256")]) };
    await withFreshWorker(aws, { vars: own }, async (worker) => {
      deployed.endpoint = worker.url;
      await worker.scheduled();
      const well = await run(worker.url, { args: ["--iam"] });
      assert.equal(well.code, 0, well.text);
      for (const line of [/^ok {7}outside health: /m, /^ok {7}sts edge-presigner: /m, /^skipped  discovery: /m, /^ok {7}outside discovery: /m, /^ok {7}outside keys: 1 keys/m, /"trustPolicy": \{/]) assert.match(well.text, line);

      front.next({ status: 403, headers: { "cf-mitigated": "challenge", "content-type": "text/html" }, body: "<html>" }, Infinity);
      const challenged = await run(worker.url);
      assert.equal(challenged.code, 1, challenged.text);
      assert.match(challenged.text, /^failure  outside discovery: .*\n {9}-> .*Bot Fight Mode/m);
      front.next({ status: 200, headers: {}, body: JSON.stringify({ issuer: `${front.endpoint}/`, jwks_uri: "https://x.example" }) }, Infinity);
      assert.match((await run(worker.url)).text, /^failure  outside discovery: `issuer` is /m);
      front.pass();
      front.next((answer) => answer);
      front.next({ status: 200, headers: {}, body: JSON.stringify({ keys: [{ kid: "other" }] }) });
      assert.match((await run(worker.url)).text, /^failure  outside keys: 1 keys, without /m);
      front.pass();
    });
  });

  test("ends with 1 and says why where it is not let in, or nothing is there", async () => {
    await withFreshWorker(aws, {}, async (worker) => {
      for (const [key, says] of [[bearer, /HTTP status 403.*\n.*admin/], ["unknown", /HTTP status 401/]]) {
        const { code, text } = await run(worker.url, { key });
        assert.equal(code, 1);
        assert.match(text, says);
      }
      const nobody = await run(worker.url, { key: "" });
      assert.equal(nobody.code, 1);
      assert.match(nobody.text, /PRESIGNER_KEY/);
    });
    for (const [url, says] of [
      ["http://127.0.0.1:9", /outside health: .*127\.0\.0\.1/],
      ["http://worker.example", /https:\/\//],
      ["nonsense", /not the URL of a worker/],
      [aws.endpoint, /outside health: /],
    ]) {
      const { code, text } = await run(url);
      assert.equal(code, 1, text);
      assert.match(text, says);
    }
  });

  test("ends with 1 where a step fails", async () => {
    await withFreshWorker(aws, { kv: false }, async (worker) => {
      const { code, text } = await run(worker.url);
      assert.equal(code, 1);
      assert.match(text, /^failure  kv: .*\n {9}-> /m);
    });
  });
});
