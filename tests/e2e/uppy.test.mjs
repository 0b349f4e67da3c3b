// Uppy 5 and 6, the real packages in a real Chromium, on a page of another origin: the code of docs/clients/uppy.md through the worker to S3.
// SeaweedFS takes parts; it refuses forms with session credentials, which MiniStack takes, under the CORS rules that the worker makes.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { after, before, describe, test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { adminKey, baseVars, bearer, startIssuer, startLocalAws, startMiniStack, startWorker } from "./harness.mjs";
import { servePage, startBrowser } from "./browser.mjs";
import { digestOf, direct, pageOf, profile, ways, withCredentials } from "./uppy/page.mjs";

const MIB = 1024 * 1024;
const linkKey = createHash("sha256").update("link key for tests of Uppy").digest("base64");
const names = ["Übersicht 日本🦀 “2026” & co.bin", "ada.bin"];

let browser, site;
const files = {};
before(async () => {
  browser = await startBrowser();
  site = await servePage(files);
});
after(async () => {
  await browser?.stop();
  await site?.stop();
});

/** A worker at `aws` with the profile of the documentation, and some like it. */
async function startUppy(aws) {
  const { PROFILES, ...vars } = await baseVars(aws);
  const films = { ...profile, bucket: aws.bucket, corsOrigins: [site.origin] };
  const limit = { minBytes: 10, maxBytes: 6 * MIB, contentTypes: ["video/*"] };
  PROFILES.films = films;
  PROFILES.direct = { ...direct, bucket: aws.bucket, corsOrigins: [site.origin] };
  PROFILES.limited = { ...films, upload: limit };
  PROFILES.open = { ...films, keyPrefix: "open/", keyTemplate: "open/{uuid}", callers: ["anyone"] };
  return startWorker({ vars: { ...vars, LINK_KEY: linkKey, PROFILES } });
}

/** A link for the uploads of `profile`, as an application makes one for each user. */
async function linkTo(worker, profileName) {
  const json = { profile: profileName, keyPrefix: "users/", operations: profile.operations, expiresIn: 600 };
  const answer = await worker.fetch("/v1/links", { key: bearer, json });
  const text = await answer.text();
  assert.equal(answer.status, 200, text);
  return JSON.parse(text).url.match(/\/c\/([^/]+)\//)[1];
}

/** Opens the page with the code of the way called `name`. */
async function open(worker, name, { profile = "films", capability, key = bearer, bucketUrl } = {}) {
  const way = ways[name] ?? withCredentials;
  const usesLink = name.includes("companionEndpoint") && profile !== "open";
  const link = capability ?? (usesLink ? await linkTo(worker, profile) : undefined);
  const script = await pageOf(way, { url: worker.url, capability: link, key, profile, bucketUrl });
  const path = `/${Object.keys(files).length}`;
  files[`${path}.js`] = { type: "text/javascript; charset=utf-8", body: script };
  files[path] = { type: "text/html; charset=utf-8", body: `<!doctype html><title>Uppy</title><script type="module" src="${path}.js"></script>` };
  const page = await browser.newPage();
  page.setDefaultTimeout(60_000);
  await page.goto(site.origin + path);
  await page.waitForFunction(() => window.send);
  return page;
}

const send = (page, file) => page.evaluate((it) => window.send(it), file);

/** The object that the page says it has uploaded, which has to be the file. */
async function expectStored(aws, sent, file) {
  const isForm = !file.inParts;
  assert.deepEqual([sent.succeeded, sent.error], [1, undefined], JSON.stringify(sent));
  assert.match(sent.key, /^users\/[0-9a-f-]{36}-/);
  // The answer to a form of MiniStack has a `Location` without the bucket, which version 5 takes as it is.
  const path = decodeURIComponent(new URL(sent.uploadURL).pathname);
  assert.ok([`/${aws.bucket}/${sent.key}`, ...(isForm ? [`/${sent.key}`] : [])].includes(path), path);
  const object = await aws.s3("GET", sent.key);
  const bytes = Buffer.from(await object.arrayBuffer());
  assert.equal(bytes.length, file.size);
  assert.equal(createHash("sha256").update(bytes).digest("hex"), digestOf(file));
  assert.equal(object.headers.get("content-type"), file.type);
  return object.headers;
}

async function underWay(aws) {
  const answer = await aws.owner.fetch(`${aws.endpoint}/${aws.bucket}?uploads=`);
  return [...(await answer.text()).matchAll(/<UploadId>/g)].length;
}

async function untilNoneUnderWay(aws) {
  for (const end = Date.now() + 5000; Date.now() < end; await delay(50)) if ((await underWay(aws)) === 0) return;
  assert.fail(`${await underWay(aws)} uploads are still under way`);
}

describe("in parts, at SeaweedFS", () => {
  let aws, worker;
  before(async () => {
    aws = await startLocalAws();
    worker = await startUppy(aws);
  });
  after(async () => {
    await worker?.stop();
    await aws?.stop();
  });

  for (const name of Object.keys(ways)) {
    test(`${name} uploads 31 MiB with a pause, and gives up an upload for good`, async () => {
      const page = await open(worker, name);
      const file = { name: names[0], type: "video/mp4", size: 31 * MIB + 5, seed: 1, inParts: true, pauses: true };
      const sent = await send(page, file);
      const headers = await expectStored(aws, sent, file);
      assert.match(sent.key, /Übersicht_日本🦀_“2026”___co\.bin$/u);
      assert.equal(sent.paused[0], sent.paused[1], "a part arrived during the pause");
      assert.ok(sent.paused[0] < 7, String(sent.paused));
      if (!name.includes("signRequest")) assert.equal(decodedMetadata(headers, "name"), file.name);
      assert.equal(await underWay(aws), 0);

      assert.equal(await page.evaluate((it) => window.cancel(it), { ...file, name: "gone.bin" }), 0);
      await untilNoneUnderWay(aws);
      assert.deepEqual(page.errors, []);
      await page.close();
    });
  }

  test("two tabs at once have an object each, also with the same name", async () => {
    const pages = await Promise.all([open(worker, "version 5"), open(worker, "version 6 with companionEndpoint")]);
    const file = (seed) => ({ name: names[1], type: "video/mp4", size: 11 * MIB, seed, inParts: true });
    const sent = await Promise.all(pages.map((page, seed) => send(page, file(seed))));
    assert.notEqual(sent[0].key, sent[1].key);
    for (const [seed, it] of sent.entries()) await expectStored(aws, it, file(seed));
  });

  test("a file of an allowed size is completed within upload limits, and a larger one never", async () => {
    for (const name of ["version 5", "version 6 with companionEndpoint"]) {
      const page = await open(worker, name, { profile: "limited" });
      const fits = { name: "fits.mp4", type: "video/mp4", size: 6 * MIB, inParts: true };
      await expectStored(aws, await send(page, fits), fits);
      const sent = await send(page, { ...fits, name: "large.mp4", size: 6 * MIB + 1 });
      assert.equal(sent.succeeded, 0);
      await untilNoneUnderWay(aws);
      const shown = name === "version 5" ? /parts: have 6291457 bytes together, and must have 10 to 6291456/ : /Companion request failed/;
      assert.match(JSON.stringify([sent.error, sent.said]), shown);
      const other = await send(page, { ...fits, name: "page.html", type: "text/html" });
      assert.equal(other.succeeded, 0);
    }
    const page = await open(worker, "version 6 with signRequest", { profile: "limited" });
    const sent = await send(page, { name: "a.mp4", type: "video/mp4", size: 6 * MIB, inParts: true });
    assert.match(sent.error, /profile: has upload limits/);
    assert.equal(await underWay(aws), 0);
  });

  test("version 6 with getCredentials uploads below the prefix, and nowhere else", async () => {
    const bucketUrl = `${aws.endpoint}/${aws.bucket}`;
    const page = await open(worker, "version 6 with getCredentials", { bucketUrl });
    const whole = { name: "a b.mp4", type: "video/mp4", size: MIB, inParts: false };
    await expectStored(aws, await send(page, whole), whole);
    const parts = { name: names[1], type: "video/mp4", size: 16 * MIB, inParts: true, pauses: true };
    await expectStored(aws, await send(page, parts), parts);
    await page.evaluate(() => window.uppy.getPlugin("AwsS3").setOptions({ generateObjectKey: () => "elsewhere/a.mp4" }));
    const { error } = await send(page, { ...whole, name: "elsewhere.mp4" });
    assert.match(error, /S3 returned 403/);
    const refused = await send(await open(worker, "version 6 with getCredentials", { bucketUrl, key: "wrong" }), whole);
    assert.match(refused.error, /the key or token is unknown/);
  });

  test("whoever may not upload is told so", async () => {
    const file = { name: "a.mp4", type: "video/mp4", size: 6 * MIB, inParts: true };
    const five = await send(await open(worker, "version 5", { key: "wrong" }), file);
    assert.match(five.error, /Authorization required/);
    const six = await send(await open(worker, "version 6 with companionEndpoint", { capability: "1.none.none" }), file);
    assert.match(six.error, /Companion request failed/);
    const signed = await send(await open(worker, "version 6 with signRequest", { key: "wrong" }), file);
    assert.match(signed.error, /the key or token is unknown/);
  });
});

describe("whole, at MiniStack", () => {
  let issuer, aws, worker;
  before(async () => {
    issuer = await startIssuer();
    aws = await startMiniStack({ issuer });
    worker = await startUppy(aws);
    await setCors();
  });
  after(async () => {
    await worker?.stop();
    await aws?.stop();
    await issuer?.stop();
  });

  const examine = async () => (await worker.fetch("/v1/doctor", { key: adminKey })).json();

  /** Gives the bucket the rules that the worker's doctor prints, with these `changes`. */
  async function setCors(changes = {}) {
    const CORSRules = (await examine()).iam.buckets[0].cors.CORSRules.map((rule) => ({ ...rule, ...changes }));
    const element = (name, value) => `<${name}>${value}</${name}>`;
    const rules = CORSRules.map((rule) => {
      const lists = Object.entries(rule).filter(([, values]) => Array.isArray(values));
      return element("CORSRule", lists.flatMap(([name, values]) => values.map((value) => element(name.replace(/s$/, ""), value))).join(""));
    });
    const put = await aws.owner.fetch(`${aws.endpoint}/${aws.bucket}?cors`, { method: "PUT", body: element("CORSConfiguration", rules.join("")) });
    assert.equal(put.status, 200, await put.text());
  }

  for (const name of Object.keys(ways)) {
    test(`${name} uploads 1 MiB, and parts under the same CORS rules`, async () => {
      const page = await open(worker, name);
      const file = { name: names[0], type: "video/mp4", size: MIB, meta: { caption: "Ω", empty: null }, inParts: false };
      const headers = await expectStored(aws, await send(page, file), file);
      if (!name.includes("signRequest")) assert.equal(decodedMetadata(headers, "name"), file.name);
      for (const ignored of ["type", "caption", "empty"]) assert.equal(headers.get(`x-amz-meta-${ignored}`), null);
      const parts = { ...file, name: names[1], size: 6 * MIB, inParts: true };
      await expectStored(aws, await send(page, parts), parts);
      assert.deepEqual(page.errors, []);
    });

    test(`${name} uploads within limits, and shows why a file is refused`, async () => {
      const page = await open(worker, name, { profile: "limited" });
      const file = { name: "a.mp4", type: "video/mp4", size: 1000, inParts: false };
      await expectStored(aws, await send(page, file), file);
      const large = await send(page, { ...file, name: "large.mp4", size: 6 * MIB + 1 });
      assert.equal(large.succeeded, 0);
      const refused = await send(page, { ...file, name: "page.html", type: "text/html" });
      assert.equal(refused.succeeded, 0);
      const shown = name.includes("companionEndpoint") ? /Companion request failed/ : /contentType: must be video\/\*/;
      assert.match(JSON.stringify([refused.error, refused.said]), shown);
    });
  }

  test("the doctor warns of a bucket that hides ETag, with which version 5 waits for ever", async () => {
    const looks = async () => (await examine()).steps.filter(({ step, of }) => step === "cors" && of === "films");
    await setCors({ ExposeHeaders: ["Location"] });
    try {
      const [step] = await looks();
      assert.equal(step.status, "warning");
      assert.match(step.seen, /cannot read ETag/);
      const page = await open(worker, "version 5");
      const file = { name: "a.mp4", type: "video/mp4", size: 1000, inParts: false };
      const said = [];
      page.on("console", (message) => said.push(message.text()));
      const sent = send(page, file).catch(() => "closed");
      assert.equal(await Promise.race([sent, delay(1500, "waits")]), "waits");
      assert.match(said.join("\n"), /Could not read the ETag header/);
      await page.close();
    } finally {
      await setCors();
    }
    assert.deepEqual((await looks()).map(({ status }) => status), ["ok"]);
  });

  test("a profile for anyone needs no credential in the URL", async () => {
    const page = await open(worker, "version 6 with companionEndpoint", { profile: "open" });
    const file = { name: "a.bin", type: "video/mp4", size: 6 * MIB };
    for (const inParts of [false, true]) {
      const sent = await send(page, { ...file, name: `${inParts}.bin`, inParts });
      assert.match(sent.key ?? sent.error, /^open\/[0-9a-f-]{36}$/);
    }
  });
});

/** The metadata `name` of an object, with its encoded words decoded. */
function decodedMetadata(headers, name) {
  const value = headers.get(`x-amz-meta-${name}`);
  const words = value.split(" ").map((word) => word.match(/^=\?UTF-8\?B\?(.*)\?=$/i)?.[1]);
  return words.includes(undefined) ? value : Buffer.concat(words.map((word) => Buffer.from(word, "base64"))).toString();
}
