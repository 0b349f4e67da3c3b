// The worker does what /openapi.json says of it: schemathesis makes requests of the document, good and bad ones, and
// compares every answer with it.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { promisify } from "node:util";
import { root } from "../../scripts/console.mjs";
import { signingKey } from "../../scripts/keys.mjs";
import { testPython } from "../../scripts/setup.mjs";
import { events } from "./answers.mjs";
import { baseVars, bearer, makeFolder, removeFolder, startLocalAws, startWorker, trustedClaims } from "./harness.mjs";

const settings = join(root, "tests", "e2e", "schemathesis");

let folder, aws, worker, tokenInHand;
before(async () => {
  folder = makeFolder("edge-presigner-openapi-");
  aws = await startLocalAws();
  const { PROFILES, ...vars } = await baseVars(aws);
  PROFILES.avatars.operations.push("listObjectsV2", "credentials");
  PROFILES.avatars.callers.push("link");
  PROFILES.avatars.receiptAudience = "https://api.example.com";
  tokenInHand = vars.AWS_WEB_IDENTITY_TOKEN;
  const LINK_KEY = createHash("sha256").update("link key for tests only").digest("base64");
  // Without these settings their routes do not exist, whatever the method.
  const push = { PUSHED_TOKEN_ISSUER: aws.issuer.url, PUSHED_TOKEN_SUBJECT: trustedClaims.sub };
  const issuer = { OIDC_ISSUER: "https://sign.example.com", OIDC_SIGNING_KEYS: JSON.stringify([signingKey()]) };
  worker = await startWorker({ vars: { ...vars, ...issuer, ...push, PROFILES, LINK_KEY } });
});
after(async () => {
  await worker?.stop();
  await aws?.stop();
  removeFolder(folder);
});

/** Runs a module of Python; what it has printed is the message when it fails. */
async function python(args) {
  const env = { ...process.env, SCHEMATHESIS_HOOKS: join(settings, "hooks.py"), TOKEN_IN_HAND: tokenInHand, PYTHONDONTWRITEBYTECODE: "1" };
  const run = promisify(execFile)(testPython, ["-m", ...args], { cwd: folder, env, timeout: 300_000, maxBuffer: 2 ** 26 });
  const { stdout } = await run.catch(({ stdout, stderr, message }) => assert.fail(stdout + stderr || message));
  return stdout;
}

test("the document is OpenAPI 3.1, for everybody", async () => {
  const answer = await worker.fetch("/openapi.json");
  assert.equal(answer.status, 200);
  assert.equal(answer.headers.get("content-type"), "application/json");
  assert.equal(answer.headers.get("cache-control"), "public, max-age=300");
  assert.equal(answer.headers.get("access-control-allow-origin"), "*");
  const text = await answer.text();
  assert.match(JSON.parse(text).openapi, /^3\.1\./);
  const file = join(folder, "openapi.json");
  writeFileSync(file, text);
  await python(["openapi_spec_validator", "--errors", "all", file]);
});

describe("schemathesis finds no answer that is not in the document", () => {
  const keyed = ["--header", `Authorization: Bearer ${bearer}`];
  const callers = {
    "with a key": async () => ["--url", worker.url, ...keyed],
    "by a signed link": async () => {
      const operations = ["getObject", "headObject", "putObject", "deleteObject", "createMultipartUpload", "uploadPart"];
      const json = { profile: "avatars", keyPrefix: "users/", operations };
      const answer = await worker.fetch("/v1/links", { key: bearer, json });
      return ["--url", (await answer.json()).link];
    },
  };
  for (const [what, caller] of Object.entries(callers)) {
    test(what, async (t) => {
      const config = join(settings, "schemathesis.toml");
      const run = ["run", `${worker.url}/openapi.json`, "--no-color", ...(await caller())];
      const said = await python(["schemathesis.cli", "--config-file", config, ...run]);
      for (const phase of ["Coverage", "Fuzzing", "Stateful"]) assert.match(said, new RegExp(`✅  ${phase}`), said);
      t.diagnostic(said.match(/[\d,]+ generated.*/)[0]);
      assert.deepEqual(events(worker).filter(({ event }) => event === "internal"), []);
    });
  }
});
