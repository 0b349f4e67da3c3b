// Uploads in parts, through real servers: put together from presigned parts, read back, given up, and refused.
import assert from "node:assert/strict";
import { createHash, randomBytes } from "node:crypto";
import { after, before, describe, test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { expectProblem, logged, withOtherEnd } from "./answers.mjs";
import { baseVars, bearer, startIssuer, startLocalAws, startMiniStack, startProxy, startWorker } from "./harness.mjs";

const MIB = 1024 * 1024;
const otherBearer = "the-key-of-another-caller";

/** Starts a worker with the callers `app` and `other`, and the profile `open` for anyone. */
async function startUploads(aws, changes = {}) {
  const { CALLERS, PROFILES, ...vars } = await baseVars(aws);
  CALLERS.other = { bearerSha256: [createHash("sha256").update(otherBearer).digest("hex")] };
  PROFILES.avatars.callers = ["app", "other"];
  PROFILES.limited = { ...PROFILES.avatars, upload: { minBytes: 1, maxBytes: 12 * MIB, contentTypes: ["image/*"] } };
  PROFILES.open = { ...PROFILES.avatars, keyPrefix: "open/", callers: ["anyone"] };
  PROFILES.readers = { ...PROFILES.avatars, operations: ["getObject"] };
  return startWorker({ vars: { ...vars, CALLERS, PROFILES, ...changes } });
}

const nobody = null;
const post = (worker, step, json, key = bearer) => worker.fetch(`/v1/multipart${step}`, { json, ...(key !== nobody && { key }) });

/** A step that has to succeed: resolves to its JSON, or to nothing where there is none. */
async function step(worker, name, json) {
  const answer = await post(worker, name, json);
  const text = await answer.text();
  assert.ok(answer.ok, text);
  return text === "" ? undefined : JSON.parse(text);
}

const create = (worker, asked) => step(worker, "", { profile: "avatars", key: "users/big.bin", ...asked });

/** Uploads a part by its presigned URL and resolves to what completing needs to know of it. */
async function upload({ url, method, headers, partNumber }, bytes) {
  const answer = await fetch(url, { method, headers, body: bytes });
  assert.equal(answer.status, 200, await answer.text());
  return { partNumber, etag: answer.headers.get("etag") };
}

async function uploadAll(worker, handle, bytes, partSizeBytes, parts) {
  const numbers = Array.from({ length: parts }, (_, n) => ({ partNumber: n + 1 }));
  const signed = await step(worker, "/sign", { handle, parts: numbers });
  const part = (n) => bytes.subarray((n - 1) * partSizeBytes, n * partSizeBytes);
  return Promise.all(signed.parts.map((it) => upload(it, part(it.partNumber))));
}

const servers = {
  SeaweedFS: async () => startLocalAws(),
  MiniStack: async () => {
    const issuer = await startIssuer();
    const aws = await startMiniStack({ issuer });
    return { ...aws, stop: () => Promise.all([aws.stop(), issuer.stop()]) };
  },
};

for (const [name, start] of Object.entries(servers)) {
  describe(`through ${name}`, () => {
    let aws, worker;
    before(async () => {
      aws = await start();
      worker = await startUploads(aws);
    });
    after(async () => {
      await worker?.stop();
      await aws?.stop();
    });

    /** How many uploads S3 has under way. */
    async function underWay() {
      const answer = await aws.owner.fetch(`${aws.endpoint}/${aws.bucket}?uploads=`);
      return [...(await answer.text()).matchAll(/<UploadId>/g)].length;
    }

    test("30 MB in parts of 8 MiB become one object, byte for byte, with its headers", async () => {
      const bytes = randomBytes(30_000_000);
      const key = "users/ädä & co/30 MB.bin";
      const headers = { "content-type": "image/x-big", "x-amz-meta-owner": "ada", "cache-control": "max-age=60" };
      const created = await create(worker, { key, sizeBytes: bytes.length, headers });
      assert.equal(created.key, key);
      assert.equal(created.partSizeBytes, 8 * MIB);
      assert.equal(created.parts, 4);
      assert.equal(created.expiresIn, 86_400);
      const { handle, partSizeBytes, parts } = created;
      const uploaded = await uploadAll(worker, handle, bytes, partSizeBytes, parts);

      const listed = await step(worker, "/list", { handle });
      assert.equal(listed.nextPartNumberMarker, undefined);
      assert.deepEqual(listed.parts.map((part) => part.sizeBytes), [8 * MIB, 8 * MIB, 8 * MIB, 30_000_000 - 24 * MIB]);
      assert.deepEqual(listed.parts.map(({ partNumber, etag }) => ({ partNumber, etag })), uploaded);

      const completed = await step(worker, "/complete", { handle, parts: uploaded });
      assert.match(completed.etag, /^".+-4"$/);
      const object = await aws.s3("GET", key);
      assert.ok(Buffer.from(await object.arrayBuffer()).equals(bytes));
      assert.equal(object.headers.get("etag"), completed.etag);
      for (const [name, value] of Object.entries(headers)) assert.equal(object.headers.get(name), value);
      assert.equal(await underWay(), 0);
    });

    test("parts come in any order, one by one, from a list that is paged", async () => {
      const { handle } = await create(worker, { key: "users/lazy" });
      const uploaded = [];
      for (const partNumber of [7, 10_000, 2]) {
        const { parts } = await step(worker, "/sign", { handle, parts: [{ partNumber }] });
        uploaded.push(await upload(parts[0], randomBytes(partNumber === 10_000 ? 10 : 5 * MIB)));
      }
      uploaded.sort((a, b) => a.partNumber - b.partNumber);
      const found = [];
      for (let partNumberMarker, pages = 0; pages === 0 || partNumberMarker !== undefined; pages++) {
        const page = await step(worker, "/list", { handle, maxParts: 2, partNumberMarker });
        found.push(...page.parts.map(({ partNumber, etag }) => ({ partNumber, etag })));
        partNumberMarker = page.nextPartNumberMarker;
        assert.ok(pages < 3);
      }
      assert.deepEqual(found, uploaded);
      await step(worker, "/complete", { handle, parts: found });
      assert.equal(Number((await aws.s3("HEAD", "users/lazy")).headers.get("content-length")), 10 * MIB + 10);
    });

    test("a part that was announced with its length and checksum is taken with these only", async () => {
      const bytes = randomBytes(5 * MIB);
      const { handle } = await create(worker, { key: "users/checked" });
      const headers = {
        "Content-Length": String(bytes.length),
        "content-md5": createHash("md5").update(bytes).digest("base64"),
      };
      const { parts } = await step(worker, "/sign", { handle, parts: [{ partNumber: 1, headers }] });
      assert.equal(parts[0].headers["content-length"], String(bytes.length));
      const { url } = parts[0];
      const put = (body, sent) => fetch(url, { method: "PUT", headers: sent, body }).then((it) => it.status);
      const md5 = { "content-md5": headers["content-md5"] };
      assert.equal(await put(bytes.subarray(1), md5), 403, "another length");
      assert.equal(await put(bytes, {}), 403, "no checksum");
      assert.equal(await put(randomBytes(bytes.length), md5), 400, "another content");
      assert.equal(await put(bytes, md5), 200);
      await step(worker, "/abort", { handle });
    });

    test("S3 takes a part at its own number, key and upload only", async () => {
      const { handle } = await create(worker, { key: "users/bound" });
      const { parts } = await step(worker, "/sign", { handle, parts: [{ partNumber: 3 }] });
      const { url } = parts[0];
      for (const [what, from, to] of [
        ["number", "partNumber=3", "partNumber=4"],
        ["key", "/users/bound?", "/users/other?"],
        ["upload", /uploadId=[^&]+/, "uploadId=other"],
      ]) {
        const changed = url.replace(from, to);
        assert.notEqual(changed, url);
        assert.equal((await fetch(changed, { method: "PUT", body: "x" })).status, 403, what);
      }
      assert.equal((await fetch(url, { method: "PUT", body: "x" })).status, 200);
      await step(worker, "/abort", { handle });
    });

    test("an abort leaves nothing, and ends the upload", async () => {
      const { handle } = await create(worker, { key: "users/aborted" });
      const { parts } = await step(worker, "/sign", { handle, parts: [{ partNumber: 1 }, { partNumber: 2 }] });
      const part = await upload(parts[0], randomBytes(5 * MIB));
      assert.equal(await underWay(), 1);
      const answer = await post(worker, "/abort", { handle });
      assert.equal(answer.status, 204);
      assert.equal(await answer.text(), "");
      assert.equal(await underWay(), 0);
      assert.equal((await aws.s3("GET", "users/aborted")).status, 404);
      assert.equal((await fetch(parts[1].url, { method: "PUT", body: "x" })).status, 404);
      for (const [name, more] of [["/list", {}], ["/complete", { parts: [part] }]]) {
        const problem = await expectProblem(await post(worker, name, { handle, ...more }), 404, "no-such-upload");
        assert.equal(problem.awsCode, "NoSuchUpload");
      }
    });

    test("parts are uploaded, listed and completed with their checksums", async () => {
      const headers = { "x-amz-checksum-algorithm": "SHA256" };
      const { handle } = await create(worker, { key: "users/checked", headers });
      const bytes = [randomBytes(5 * MIB), randomBytes(1000)];
      const digests = bytes.map((it) => createHash("sha256").update(it).digest("base64"));
      const numbered = digests.map((it, n) => ({ partNumber: n + 1, headers: { "x-amz-checksum-sha256": it } }));
      const { parts } = await step(worker, "/sign", { handle, parts: numbered });
      await Promise.all(parts.map((it, n) => upload(it, bytes[n])));
      const listed = (await step(worker, "/list", { handle })).parts;
      // SeaweedFS does not tell them.
      const told = name === "MiniStack" ? digests.map((sha256) => ({ sha256 })) : [undefined, undefined];
      assert.deepEqual(listed.map((it) => it.checksum), told);
      const known = listed.map(({ partNumber, etag }, n) => ({ partNumber, etag, checksum: { sha256: digests[n] } }));
      await step(worker, "/complete", { handle, parts: known });
      const object = await aws.s3("GET", "users/checked");
      assert.ok(Buffer.from(await object.arrayBuffer()).equals(Buffer.concat(bytes)));
    });

    test("completing again, as after a lost answer, gives the same answer", async () => {
      const { handle } = await create(worker, { key: "users/twice" });
      const { parts } = await step(worker, "/sign", { handle, parts: [{ partNumber: 1 }] });
      const complete = { handle, parts: [await upload(parts[0], "all of it")] };
      const first = await step(worker, "/complete", complete);
      assert.deepEqual(await step(worker, "/complete", complete), first);
    });

    test("a profile's limit is held by the lengths of the parts", async () => {
      const bytes = randomBytes(12 * MIB);
      const asked = { profile: "limited", key: "users/limited", headers: { "content-type": "image/x-big" } };
      await expectProblem(await post(worker, "", { ...asked, sizeBytes: 12 * MIB + 1 }), 400, "invalid-request");
      const { handle, partSizeBytes, parts } = await create(worker, { ...asked, sizeBytes: bytes.length });
      const { parts: signed } = await step(worker, "/sign", { handle, parts: [{ partNumber: 2 }] });
      const larger = await fetch(signed[0].url, { method: "PUT", body: bytes.subarray(0, 4 * MIB + 1) });
      assert.equal(larger.status, 403);
      const uploaded = await uploadAll(worker, handle, bytes, partSizeBytes, parts);
      await step(worker, "/complete", { handle, parts: uploaded });
      assert.ok(Buffer.from(await (await aws.s3("GET", "users/limited")).arrayBuffer()).equals(bytes));
    });

    test("a completion whose answer lacks what S3 promises is settled by what the server has", async () => {
      const proxy = await startProxy(aws);
      const asking = await startUploads(aws, { AWS_ENDPOINT_URL_S3: proxy.endpoint });
      const answers = [
        { status: 200, body: "" },
        { status: 204 },
        { status: 200, body: "<html>It works!</html>" },
        { status: 200, body: "<CompleteMultipartUploadResult><ETag></ETag></CompleteMultipartUploadResult>" },
        { status: 200, body: "<CompleteMultipartUploadResult><ETag>&quot;x" },
      ];
      // As of a server that makes no MD5 of the parts.
      const opaque = (answer) => ({ ...answer, headers: { ...answer.headers, etag: '"opaque"' } });
      try {
        for (const [n, odd] of answers.entries()) {
          for (const isOpaque of [false, true]) {
            const key = `users/odd/${n}-${isOpaque}`;
            const { handle } = await create(asking, { key });
            const { parts } = await step(asking, "/sign", { handle, parts: [{ partNumber: 1 }] });
            const part = await upload(parts[0], "all of it");
            // Until it is complete, nothing is taken for the object.
            proxy.next(odd);
            const early = await post(asking, "/complete", { handle, parts: [part] });
            await expectProblem(early, 502, "s3-garbled");

            proxy.next(() => ({ headers: {}, ...odd }));
            if (isOpaque) proxy.next(opaque);
            const { etag } = await step(asking, "/complete", { handle, parts: [part] });
            const object = await aws.s3("GET", key);
            assert.equal(await object.text(), "all of it");
            assert.equal(etag, isOpaque ? '"opaque"' : object.headers.get("etag"));
          }
        }
      } finally {
        await asking.stop();
        await proxy.stop();
      }
    });

    test("what S3 does not take is told with its code", async () => {
      const { handle } = await create(worker, { key: "users/refused" });
      const { parts } = await step(worker, "/sign", { handle, parts: [{ partNumber: 1 }, { partNumber: 2 }] });
      const [first, second] = await Promise.all([upload(parts[0], "small"), upload(parts[1], "small too")]);
      const wrong = { ...first, etag: `"${"0".repeat(32)}"` };
      for (const sent of [[wrong], [{ partNumber: 3, etag: first.etag }]]) {
        const answer = await post(worker, "/complete", { handle, parts: sent });
        const problem = await expectProblem(answer, 422, "upload-refused");
        assert.equal(problem.awsCode, "InvalidPart");
      }
      if (name === "SeaweedFS") {
        const answer = await post(worker, "/complete", { handle, parts: [first, second] });
        const problem = await expectProblem(answer, 422, "upload-refused");
        assert.equal(problem.awsCode, "EntityTooSmall");
      }
      await step(worker, "/abort", { handle });
    });
  });
}

describe("a handle", () => {
  let aws, worker;
  before(async () => {
    aws = await startLocalAws();
    worker = await startUploads(aws);
  });
  after(async () => {
    await worker?.stop();
    await aws?.stop();
  });

  const steps = [
    ["/sign", { parts: [{ partNumber: 1 }] }],
    ["/list", {}],
    ["/complete", { parts: [{ partNumber: 1, etag: "x" }] }],
    ["/abort", {}],
  ];

  test("is nothing that can be read or changed", async () => {
    const { handle } = await create(worker, { key: "users/sealed" });
    for (const text of [handle, Buffer.from(handle, "base64url").toString("latin1")]) {
      assert.doesNotMatch(text, /users|sealed|bucket|avatars/);
    }
    const middle = handle.length >> 1;
    const altered = [
      withOtherEnd(handle),
      withOtherEnd(handle.slice(0, middle)) + handle.slice(middle),
      handle.slice(0, -4),
      handle + "AAAA",
      "",
      "x",
      `${handle}=`,
    ];
    for (const [name, more] of steps) {
      for (const text of altered) {
        const problem = await expectProblem(await post(worker, name, { handle: text, ...more }), 400, "invalid-request");
        assert.match(problem.detail, /^handle: /);
      }
    }
    await step(worker, "/abort", { handle });
  });

  test("is of no use to another caller, or without a key", async () => {
    const { handle } = await create(worker, { key: "users/mine" });
    for (const [name, more] of steps) {
      await expectProblem(await post(worker, name, { handle, ...more }, otherBearer), 403, "not-allowed");
      await expectProblem(await post(worker, name, { handle, ...more }, nobody), 401, "key-required");
    }
    const open = await step(worker, "", { profile: "open", key: "open/mine" });
    await expectProblem(await post(worker, "/list", { handle: open.handle }, otherBearer), 403, "not-allowed");
    for (const it of [handle, open.handle]) await step(worker, "/abort", { handle: it });
  });

  test("that nobody in particular created is good for nobody in particular", async () => {
    const json = { profile: "open", key: "open/anonymous" };
    const { handle } = await (await post(worker, "", json, nobody)).json();
    await expectProblem(await post(worker, "/list", { handle }), 403, "not-allowed");
    assert.equal((await post(worker, "/abort", { handle }, nobody)).status, 204);
  });

  test("ends when it says", async () => {
    const { handle, expiresAt } = await create(worker, { key: "users/short", expiresIn: 1 });
    await delay(Date.parse(expiresAt) + 50 - Date.now());
    for (const [name, more] of steps) {
      const problem = await expectProblem(await post(worker, name, { handle, ...more }), 410, "handle-expired");
      assert.ok(problem.detail.includes(expiresAt), problem.detail);
    }
  });

  test("outlives a change of CACHE_KEY as long as the old one is listed", async () => {
    const { handle } = await create(worker, { key: "users/rotated" });
    const old = (await baseVars(aws)).CACHE_KEY;
    const fresh = randomBytes(32).toString("base64");
    for (const [CACHE_KEY, status] of [[`${fresh},${old}`, 200], [fresh, 400]]) {
      const changed = await startUploads(aws, { CACHE_KEY });
      assert.equal((await post(changed, "/list", { handle })).status, status);
      await changed.stop();
    }
    await step(worker, "/abort", { handle });
  });

  test("of a profile that has moved to another bucket is refused", async () => {
    const { handle } = await create(worker, { key: "users/moved" });
    const { PROFILES } = await baseVars(aws);
    PROFILES.avatars.bucket = "another-bucket";
    const moved = await startUploads(aws, { PROFILES });
    await expectProblem(await post(moved, "/list", { handle }), 403, "not-allowed");
    await moved.stop();
    await step(worker, "/abort", { handle });
  });

  test("is only to be had where a profile says so, and with CACHE_KEY", async () => {
    const readers = { profile: "readers", key: "users/x" };
    await expectProblem(await post(worker, "", readers), 403, "not-allowed");
    await expectProblem(await post(worker, "", { profile: "avatars", key: "elsewhere/x" }), 403, "not-allowed");
    const keyless = await startUploads(aws, { CACHE_KEY: undefined });
    for (const [name, more] of [["", { profile: "avatars", key: "users/x" }], ["/list", { handle: "x" }]]) {
      const problem = await expectProblem(await post(keyless, name, more), 501, "cache-key-required");
      assert.match(problem.detail, /CACHE_KEY/);
    }
    await keyless.stop();
  });
});

describe("an S3", { concurrency: 5 }, () => {
  let aws;
  before(async () => {
    aws = await startLocalAws();
  });
  after(() => aws?.stop());

  /** Runs `work` with a worker that asks S3 through a proxy of its own. */
  async function withProxy(work) {
    const proxy = await startProxy(aws);
    const worker = await startUploads(aws, { AWS_ENDPOINT_URL_S3: proxy.endpoint });
    try {
      await work(worker, proxy);
    } finally {
      await worker.stop();
      await proxy.stop();
    }
  }

  const xml = (status, body) => ({ status, headers: { "content-type": "application/xml" }, body });
  const error = (status, code) => xml(status, `<Error><Code>${code}</Code><Message>m</Message><RequestId>S3ID</RequestId></Error>`);
  const failures = {
    "that cuts the connection": ["reset", 503, "s3-unreachable", 3],
    "that answers 500": [xml(500, ""), 503, "s3-unavailable", 3],
    "that answers 503 SlowDown": [error(503, "SlowDown"), 503, "s3-throttled", 3],
    "that answers 200 with an InternalError": [error(200, "InternalError"), 503, "s3-unavailable", 3],
    "that answers 200 with a page": [xml(200, "<html>It works!</html>"), 502, "s3-garbled", 3],
    "that answers 200 with nothing": [xml(200, ""), 502, "s3-garbled", 3],
    "that answers with half of it": [xml(200, "<InitiateMultipartUploadResult><UploadId>x</UploadId>"), 502, "s3-garbled", 3],
    "that answers 404 with a page": [xml(404, "<html>nothing here</html>"), 502, "s3-garbled", 1],
    "that answers with 10 MB": [xml(200, `<a>${" ".repeat(10_000_000)}</a>`), 502, "s3-garbled", 3],
    "that denies": [error(403, "AccessDenied"), 502, "s3-refused", 1],
    "that is in another region": [error(301, "PermanentRedirect"), 502, "s3-refused", 1],
    "that has ended the session": [error(400, "ExpiredToken"), 502, "s3-refused", 1],
    "that says something new": [error(400, "Unheard.Of"), 502, "s3-refused", 1],
  };
  for (const [what, [answer, status, slug, calls]] of Object.entries(failures)) {
    test(`${what} is told to the caller, asked ${calls} times, and forgiven`, async () => {
      await withProxy(async (worker, proxy) => {
        const { handle } = await create(worker, {});
        const before = proxy.requests.length;
        proxy.next(answer, Infinity);
        for (const [name, json] of [["", { profile: "avatars", key: "users/x" }], ["/list", { handle }]]) {
          const got = await post(worker, name, json);
          const passes = status === 503 || (slug === "s3-garbled" && answer.status === 200);
          assert.equal(got.headers.has("retry-after"), passes);
          const problem = await expectProblem(got, status, slug);
          if (answer.body?.includes("RequestId")) assert.equal(problem.awsRequestId, "S3ID");
        }
        assert.equal(proxy.requests.length - before, 2 * calls);
        await logged(worker, "s3Failed");
        proxy.pass();
        await step(worker, "/abort", { handle });
      });
    });
  }

  test("that does not answer is told to the caller after three calls of 10 s", { timeout: 60_000 }, async () => {
    await withProxy(async (worker, proxy) => {
      const { handle } = await create(worker, {});
      proxy.next("hang", 3);
      const begun = Date.now();
      const answer = await worker.fetch("/v1/multipart/abort", { key: bearer, json: { handle }, signal: undefined });
      await expectProblem(answer, 503, "s3-unreachable");
      assert.ok(Date.now() - begun < 34_000);
      await step(worker, "/abort", { handle });
    });
  });

  test("that fails twice and then works makes the step succeed", async () => {
    await withProxy(async (worker, proxy) => {
      proxy.next(error(503, "SlowDown"), 2);
      const { handle } = await create(worker, {});
      await step(worker, "/abort", { handle });
    });
  });

  test("that completes or aborts and whose answer is lost is asked again, and the step succeeds", async () => {
    await withProxy(async (worker, proxy) => {
      for (const last of ["/complete", "/abort"]) {
        const { handle } = await create(worker, { key: `users/lost${last}` });
        const { parts } = await step(worker, "/sign", { handle, parts: [{ partNumber: 1 }] });
        const part = await upload(parts[0], "all of it");
        proxy.next("lose");
        const completing = { handle, parts: [part], headers: { "if-none-match": "*" } };
        const json = last === "/complete" ? completing : { handle };
        const done = await step(worker, last, json);
        if (done) assert.match(done.etag, /-1"$/);
      }
      assert.equal(await (await aws.s3("GET", "users/lost/complete")).text(), "all of it");
    });
  });

  test("that forgets an upload it has completed is asked for the object", async () => {
    await withProxy(async (worker, proxy) => {
      const { handle } = await create(worker, { key: "users/forgotten" });
      const { parts } = await step(worker, "/sign", { handle, parts: [{ partNumber: 1 }] });
      const complete = { handle, parts: [await upload(parts[0], "all of it")] };
      const first = await step(worker, "/complete", complete);
      proxy.next(error(404, "NoSuchUpload"), 1);
      assert.deepEqual(await step(worker, "/complete", complete), first);
      // Another object than these parts make.
      proxy.next(error(404, "NoSuchUpload"), 1);
      const other = { handle, parts: [{ partNumber: 1, etag: "0".repeat(32) }] };
      await expectProblem(await post(worker, "/complete", other), 404, "no-such-upload");
    });
  });

  test("that has a code of its own for an upload that is gone is understood", async () => {
    await withProxy(async (worker, proxy) => {
      const { handle } = await create(worker, { key: "users/unknown" });
      for (const [name, more] of [["/list", {}], ["/complete", { parts: [{ partNumber: 1, etag: "x" }] }], ["/abort", {}]]) {
        for (const [status, code] of [[404, "NoSuchKey"], [404, "NotFound"], [400, "InvalidUploadId"]]) {
          proxy.next(error(status, code));
          const problem = await expectProblem(await post(worker, name, { handle, ...more }), 404, "no-such-upload");
          assert.equal(problem.awsCode, code);
        }
      }
      // An abort that took effect before. The runtime itself repeats such a request once.
      proxy.next("lose", 2);
      proxy.next(error(404, "NoSuchKey"));
      await step(worker, "/abort", { handle });
    });
  });

  test("that takes its time to complete, with blanks, is understood", async () => {
    await withProxy(async (worker, proxy) => {
      const { handle } = await create(worker, {});
      const done = '<?xml version="1.0"?>\n\n   \n<CompleteMultipartUploadResult><ETag>&quot;e-1&quot;</ETag></CompleteMultipartUploadResult>';
      const headers = { "content-type": "application/xml", "x-amz-version-id": "v1" };
      proxy.next({ status: 200, headers, body: `  \n  ${done}` });
      const completed = await step(worker, "/complete", { handle, parts: [{ partNumber: 1, etag: "x" }] });
      assert.deepEqual({ etag: completed.etag, versionId: completed.versionId }, { etag: '"e-1"', versionId: "v1" });
      await step(worker, "/abort", { handle });
    });
  });
});
