// Objects that the worker answers with itself, read from a real S3: profiles with `inline`.
import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { after, before, describe, test } from "node:test";
import { gzipSync } from "node:zlib";
import { events, expectProblem } from "./answers.mjs";
import { baseVars, bearer, startLocalAws, startWorker } from "./harness.mjs";

const policy = "default-src 'none'; sandbox";
const playlist = "#EXTM3U\n#EXT-X-TARGETDURATION:2\n#EXTINF:2,\nseg-1.m4s\n#EXT-X-ENDLIST\n";
const path = (key, profile = "media") => `/o/${profile}/${key.split("/").map(encodeURIComponent).join("/")}`;

let aws;
let worker;
before(async () => {
  aws = await startLocalAws();
  const vars = await baseVars(aws);
  const common = { ...vars.PROFILES.avatars, keyPrefix: "media/", operations: ["getObject", "headObject"] };
  vars.PROFILES.media = {
    ...common,
    inline: ["*.m3u8", "*.mpd", "*.json", "*/.zarray", "pages/index.html", "any/*", "media/any/*"],
    maxInlineBytes: 8192,
  };
  vars.PROFILES.site = { ...common, inline: ["*.html"], indexDocument: "index.html" };
  vars.PROFILES.open = { ...common, callers: ["anyone", "link"], inline: ["*.m3u8"], corsOrigins: ["https://app.example"] };
  vars.LINK_KEY = randomBytes(32).toString("base64");
  worker = await startWorker({ vars });
});
after(async () => {
  await worker?.stop();
  await aws?.stop();
});

const get = (key, init) => worker.fetch(path(key), { key: bearer, ...init });

/** Stores `body` with the headers that S3 keeps for it. */
async function store(key, body, headers = {}) {
  const answer = await aws.s3("PUT", key, { body, headers });
  assert.equal(answer.status, 200, await answer.text());
}

test("an object whose key matches is answered with, as S3 has it", async () => {
  await store("media/a.m3u8", playlist, { "content-type": "application/vnd.apple.mpegurl" });
  const own = await aws.s3("GET", "media/a.m3u8");
  for (const method of ["GET", "HEAD"]) {
    const answer = await get("media/a.m3u8", { method });
    assert.equal(answer.status, 200);
    for (const name of ["content-type", "content-length", "etag", "last-modified", "accept-ranges"]) {
      assert.equal(answer.headers.get(name), own.headers.get(name), `${method} ${name}`);
    }
    assert.equal(answer.headers.get("cache-control"), "private, no-cache");
    assert.equal(answer.headers.get("content-security-policy"), policy);
    assert.equal(answer.headers.get("x-content-type-options"), "nosniff");
    assert.equal(answer.headers.get("referrer-policy"), "no-referrer");
    assert.match(answer.headers.get("vary"), /Authorization/i);
    assert.equal(await answer.text(), method === "GET" ? playlist : "");
  }
});

describe("every text arrives byte for byte", () => {
  const texts = {
    "a byte order mark": "\ufeff#EXTM3U",
    "NUL, tabs and line ends of all kinds": "a\0b\tc\r\nd\re\n\n\nf\u2028g\u0085",
    "characters of every length": "aé日🎨\u{10ffff}\uffff\ufffd",
    "the greatest size": "é".repeat(4096),
    nothing: "",
  };
  for (const [what, text] of Object.entries(texts)) {
    test(what, async () => {
      await store("media/exact.json", text);
      const answer = await get("media/exact.json");
      assert.equal(answer.status, 200);
      assert.deepEqual(Buffer.from(await answer.arrayBuffer()), Buffer.from(text));
      const head = await get("media/exact.json", { method: "HEAD" });
      assert.equal(head.headers.get("content-length"), String(Buffer.byteLength(text)));
    });
  }
});

describe("what the worker cannot pass on as it is comes from S3, as without `inline`", () => {
  const html = { "content-type": "text/html" };
  const gzipped = gzipSync("{}");
  const cases = {
    "no UTF-8": ["media/a.json", Buffer.from([0x7b, 0xff, 0x7d])],
    "UTF-16": ["media/b.json", Buffer.from("\ufeff{}", "utf16le")],
    "a stored encoding": ["media/c.json", gzipped, { "content-encoding": "gzip" }],
    "an encoding without its label": ["media/d.json", gzipped],
    "a wrong label": ["media/e.json", "{}", { "content-encoding": "aws-chunked" }],
    "more than the greatest size": ["media/f.json", "a".repeat(8193)],
    "a page": ["media/g.json", "<script>1</script>", html],
    "a page that only a beginning matches": ["media/any/a.html", "<p>", html],
    "a drawing": ["media/any/a.svg", "<svg/>", { "content-type": "image/svg+xml" }],
    "XML": ["media/any/a.xml", "<a/>", { "content-type": "application/xml" }],
    "a key that does not match": ["media/a.m3u8.txt", playlist],
  };
  for (const [what, [key, body, headers]] of Object.entries(cases)) {
    test(what, async () => {
      await store(key, body, headers);
      for (const range of [undefined, "bytes=1-3"]) {
        const answer = await get(key, { headers: range ? { range } : {} });
        assert.equal(answer.status, 302, `${range}`);
        const own = await fetch(answer.headers.get("location"), { headers: { "accept-encoding": "identity", ...(range && { range }) } });
        assert.equal(own.status, range ? 206 : 200);
      }
    });
  }
});

test("XML that a pattern names is answered with", async () => {
  await store("media/a.mpd", "<MPD/>", { "content-type": "application/dash+xml" });
  const answer = await get("media/a.mpd");
  assert.equal(answer.status, 200);
  assert.equal(answer.headers.get("content-type"), "application/dash+xml");
  assert.equal(answer.headers.get("content-security-policy"), policy);
});

test("an object that its client has is answered with 304", async () => {
  await store("media/kept.m3u8", playlist);
  const first = await get("media/kept.m3u8");
  const etag = first.headers.get("etag");
  const conditions = [
    { "if-none-match": etag },
    { "if-none-match": `W/${etag}` },
    { "if-none-match": `"other", ${etag}` },
    { "if-modified-since": first.headers.get("last-modified") },
  ];
  for (const method of ["GET", "HEAD"]) {
    for (const headers of conditions) {
      const answer = await get("media/kept.m3u8", { method, headers });
      assert.equal(answer.status, 304, `${method} ${JSON.stringify(headers)}`);
      assert.equal(await answer.text(), "");
    }
    assert.equal((await get("media/kept.m3u8", { method, headers: { "if-none-match": '"other"' } })).status, 200);
  }
});

test("a range is answered with 206, and one that is not there by S3 with 416", async () => {
  await store("media/part.m3u8", playlist);
  for (const [range, part, from] of [["bytes=1-6", playlist.slice(1, 7), 1], ["bytes=-3", playlist.slice(-3), playlist.length - 3]]) {
    const answer = await get("media/part.m3u8", { headers: { range } });
    assert.equal(answer.status, 206);
    assert.equal(await answer.text(), part);
    const expected = `bytes ${from}-${from + part.length - 1}/${playlist.length}`;
    assert.equal(answer.headers.get("content-range"), expected);
  }
  const etag = (await get("media/part.m3u8")).headers.get("etag");
  const whole = await get("media/part.m3u8", { headers: { range: "bytes=1-6", "if-range": etag } });
  assert.equal(whole.status, 200);
  assert.equal(await whole.text(), playlist);
  const beyond = await get("media/part.m3u8", { headers: { range: "bytes=9999-" }, redirect: "follow" });
  assert.equal(beyond.status, 416);
});

test("a part of a character comes from S3", async () => {
  await store("media/cut.json", "日本");
  const answer = await get("media/cut.json", { headers: { range: "bytes=0-1" }, redirect: "follow" });
  assert.equal(answer.status, 206);
  assert.deepEqual(Buffer.from(await answer.arrayBuffer()), Buffer.from("日").subarray(0, 2));
});

test("an object that is not there is a problem, and nothing that failed", async () => {
  await expectProblem(await get("media/absent.m3u8"), 404, "no-such-object");
  assert.equal((await get("media/absent.m3u8", { method: "HEAD" })).status, 404);
  assert.ok(!events(worker).some(({ event }) => event === "s3Failed"));
});

test("a link serves the object, and the relative addresses in it", async () => {
  await store("media/film/main.m3u8", playlist);
  await store("media/film/seg-1.m4s", "segment");
  const json = { profile: "open", keyPrefix: "media/film/", operations: ["getObject"], expiresIn: 60 };
  const link = await (await worker.fetch("/v1/links", { key: bearer, json })).json();
  const base = new URL(link.url).pathname;
  const answer = await worker.fetch(`${base}main.m3u8`);
  assert.equal(answer.status, 200);
  const segment = new URL((await answer.text()).match(/^seg.*$/m)[0], worker.url + base).pathname;
  assert.equal(await (await worker.fetch(segment, { redirect: "follow" })).text(), "segment");
  await expectProblem(await worker.fetch(`${base}../a.m3u8`.replace("..", "x")), 404, "no-such-object");
  await expectProblem(await worker.fetch(base.replace("film", "other") + "main.m3u8"), 403, "not-allowed");
});

test("scripts of the profile's origins may read the answer, and no others", async () => {
  await store("media/cors.m3u8", playlist);
  for (const [origin, allowed] of [["https://app.example", "https://app.example"], ["https://other.example", null]]) {
    const answer = await worker.fetch(path("media/cors.m3u8", "open"), { headers: { origin } });
    assert.equal(answer.status, 200);
    assert.equal(answer.headers.get("access-control-allow-origin"), allowed);
    if (allowed) assert.match(answer.headers.get("access-control-expose-headers"), /\bETag\b/);
  }
});

test("a folder is its index document", async () => {
  await store("media/docs/index.html", "<p>here</p>", { "content-type": "text/html" });
  const answer = await worker.fetch(path("media/docs/", "site"), { key: bearer });
  assert.equal(answer.status, 200);
  assert.equal(answer.headers.get("content-security-policy"), policy);
  assert.equal(await answer.text(), "<p>here</p>");
});
