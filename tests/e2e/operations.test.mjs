// Every operation with what can be signed for it, at a real S3, and every change of what was signed.
import assert from "node:assert/strict";
import { createHash, randomBytes } from "node:crypto";
import { after, before, describe, test } from "node:test";
import { sign, withOtherEnd } from "./answers.mjs";
import { baseVars, startLocalAws, startWorker } from "./harness.mjs";

const partBytes = 5 * 1024 * 1024;
const operations = [
  ...["getObject", "headObject", "putObject", "deleteObject", "listObjectsV2", "listParts"],
  ...["createMultipartUpload", "uploadPart", "completeMultipartUpload", "abortMultipartUpload"],
];
// What is closed unless a profile names it.
const opened = {
  headers: ["x-amz-acl", "x-amz-request-payer", "x-amz-server-side-encryption", "x-amz-storage-class", "x-amz-tagging"],
  versions: true,
  responseOverrides: ["cacheControl", "contentDisposition", "contentEncoding", "contentLanguage", "contentType", "download", "expires"],
};
const hash = (algorithm, bytes) => createHash(algorithm).update(bytes).digest("base64");

let aws;
let worker;
before(async () => {
  aws = await startLocalAws();
  const vars = await baseVars(aws);
  vars.PROFILES.files = { ...vars.PROFILES.avatars, keyPrefix: "users/files/", operations, ...opened };
  vars.PROFILES.whole = { ...vars.PROFILES.files, keyPrefix: "" };
  worker = await startWorker({ vars });
});
after(async () => {
  await worker?.stop();
  await aws?.stop();
});

/** Signs and sends; the answer has to have `status`. Resolves to it. */
async function perform(asked, { body, status = 200 } = {}) {
  const { url, method, headers } = await signed(asked);
  const answer = await fetch(url, { method, headers, body });
  assert.equal(answer.status, status, `${asked.operation}: ${answer.status === status || (await answer.text())}`);
  return answer;
}

const signed = (asked) => sign(worker, { profile: "files", key: undefined, ...asked });
const element = (xml, name) => xml.match(new RegExp(`<${name}>([^<]*)</${name}>`))?.[1];
const elements = (xml, name) => [...xml.matchAll(new RegExp(`<${name}>([^<]*)</${name}>`, "g"))].map((found) => found[1]);

test("an object is stored with the headers that were signed", async () => {
  const key = "users/files/stored.txt";
  const body = Buffer.from("what was agreed");
  const headers = {
    "content-type": "text/plain; charset=utf-8",
    "content-length": String(body.length),
    "content-md5": hash("md5", body),
    "cache-control": "private, max-age=60",
    "content-disposition": 'inline; filename="a  b.txt"',
    "content-language": "de",
    "x-amz-meta-owner": "ada",
    "x-amz-meta-note": "three  blanks   inside",
    "x-amz-tagging": "project=edge&tier=1",
  };
  await perform({ operation: "putObject", key, headers }, { body });
  const head = await perform({ operation: "headObject", key });
  const stored = ["content-type", "content-length", "cache-control", "content-disposition", "x-amz-meta-owner", "x-amz-meta-note"];
  for (const name of stored) assert.equal(head.headers.get(name), headers[name], name);
  assert.equal(await (await perform({ operation: "getObject", key })).text(), body.toString());
});

test("S3 refuses a body that is not the one whose checksum was signed", async () => {
  const key = "users/files/checked";
  const body = Buffer.from("the right one");
  for (const headers of [{ "content-md5": hash("md5", body) }, { "x-amz-checksum-sha256": hash("sha256", body) }]) {
    await perform({ operation: "putObject", key, headers }, { body });
    await perform({ operation: "putObject", key, headers }, { body: "another one..", status: 400 });
  }
  assert.equal(await (await perform({ operation: "getObject", key })).text(), body.toString());
});

test("what S3 answers has the headers that were asked for in place of the object's own", async () => {
  const key = "users/files/picture.png";
  await aws.putObject(key, "png", "image/png");
  const response = {
    contentType: "application/octet-stream",
    contentDisposition: "inline",
    contentLanguage: "de, en",
    contentEncoding: "identity",
    cacheControl: "private, max-age=86400",
    expires: "Wed, 21 Oct 2026 07:28:00 GMT",
  };
  const answer = await perform({ operation: "getObject", key, response });
  for (const [name, value] of Object.entries(response)) {
    assert.equal(answer.headers.get(name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)), value, name);
  }
  const download = await perform({ operation: "getObject", key, download: "Übersicht (1).png" });
  const disposition = `attachment; filename="_bersicht (1).png"; filename*=UTF-8''%C3%9Cbersicht%20%281%29.png`;
  assert.equal(download.headers.get("content-disposition"), disposition);
});

test("a long name in any script is shortened so that file systems take it, and keeps its ending", async () => {
  const key = "users/files/long";
  await aws.putObject(key, "long");
  const answer = await perform({ operation: "getObject", key, download: `${"報告".repeat(60)}.pdf` });
  const [, name] = answer.headers.get("content-disposition").match(/filename\*=UTF-8''(.*)$/);
  assert.equal(decodeURIComponent(name), `${"報告".repeat(41)}報.pdf`);
});

test("an empty prefix, delimiter and start list the root of the bucket, as none do", async () => {
  await aws.putObject("users/files/top/a", "a");
  const keys = async (asked) => {
    const page = await perform({ operation: "listObjectsV2", profile: "whole", ...asked });
    return elements(await page.text(), "Key");
  };
  const all = await keys({});
  assert.ok(all.includes("users/files/top/a"), all.join());
  assert.deepEqual(await keys({ prefix: "", delimiter: "", startAfter: "" }), all);
  assert.deepEqual(await keys({ prefix: "", delimiter: "/" }), all.filter((key) => !key.includes("/")));
});

test("tags of as many and as long as S3 takes are stored", async () => {
  const key = "users/files/tagged";
  const tags = [...Array(9).keys()].map((n) => `${n}=`).concat(`${"k".repeat(128)}=${"%E6%97%A5".repeat(256)}`);
  const headers = { "x-amz-tagging": tags.join("&") };
  await perform({ operation: "putObject", key, headers }, { body: "x" });
  const head = await perform({ operation: "getObject", key });
  assert.equal(head.headers.get("x-amz-tagging-count"), "10");
});

test("a range and conditions are signed for reading", async () => {
  const key = "users/files/alphabet";
  await aws.putObject(key, "abcdefgh");
  const part = await perform({ operation: "getObject", key, headers: { Range: "bytes=2-4" } }, { status: 206 });
  assert.equal(await part.text(), "cde");
  const etag = part.headers.get("etag");
  await perform({ operation: "getObject", key, headers: { "if-none-match": etag } }, { status: 304 });
  await perform({ operation: "getObject", key, headers: { "if-match": '"other"' } }, { status: 412 });
});

test("an object is created only where there is none", async () => {
  const asked = { operation: "putObject", key: "users/files/once", headers: { "if-none-match": "*" } };
  await perform(asked, { body: "first" });
  await perform(asked, { body: "second", status: 412 });
});

test("an object is uploaded in parts, from beginning to end by presigned URLs", async () => {
  const key = "users/files/in parts.bin";
  const bytes = randomBytes(2 * partBytes + 1000);
  const create = { operation: "createMultipartUpload", key, headers: { "content-type": "application/x-parts" } };
  const uploadId = element(await (await perform(create)).text(), "UploadId");

  const etags = [];
  for (let partNumber = 1; partNumber <= 3; partNumber++) {
    const body = bytes.subarray((partNumber - 1) * partBytes, partNumber * partBytes);
    const headers = { "content-length": String(body.length) };
    const part = await perform({ operation: "uploadPart", key, uploadId, partNumber, headers }, { body });
    etags.push(part.headers.get("etag"));
  }
  const listed = await (await perform({ operation: "listParts", key, uploadId, maxParts: 2, partNumberMarker: 1 })).text();
  assert.deepEqual(elements(listed, "PartNumber"), ["2", "3"]);

  const parts = etags.map((etag, i) => `<Part><PartNumber>${i + 1}</PartNumber><ETag>${etag}</ETag></Part>`);
  const body = `<CompleteMultipartUpload>${parts.join("")}</CompleteMultipartUpload>`;
  await perform({ operation: "completeMultipartUpload", key, uploadId }, { body });
  const stored = await perform({ operation: "getObject", key });
  assert.equal(stored.headers.get("content-type"), "application/x-parts");
  assert.deepEqual(Buffer.from(await stored.arrayBuffer()), bytes);
});

test("an upload in parts is given up", async () => {
  const key = "users/files/given up";
  const uploadId = element(await (await perform({ operation: "createMultipartUpload", key })).text(), "UploadId");
  await perform({ operation: "uploadPart", key, uploadId, partNumber: 1 }, { body: "part" });
  await perform({ operation: "abortMultipartUpload", key, uploadId }, { status: 204 });
  await perform({ operation: "listParts", key, uploadId }, { status: 404 });
});

test("a listing has what lies below the profile's prefix, in pages", async () => {
  const keys = ["users/files/list/a", "users/files/list/b c", "users/files/list/d/e", "users/other"];
  for (const key of keys) await aws.putObject(key, "x");
  const list = async (asked) => (await perform({ operation: "listObjectsV2", ...asked })).text();
  const all = elements(await list({}), "Key");
  assert.ok(all.includes(keys[0]) && all.every((key) => key.startsWith("users/files/")), all.join());

  const prefix = "users/files/list/";
  const grouped = await list({ prefix, delimiter: "/", fetchOwner: true });
  assert.deepEqual(elements(grouped, "Key"), keys.slice(0, 2));
  assert.match(grouped, /<CommonPrefixes><Prefix>users\/files\/list\/d\/<\/Prefix><\/CommonPrefixes>/);
  const first = await list({ prefix, maxKeys: 1, encodingType: "url" });
  assert.deepEqual(elements(first, "Key"), [keys[0]]);
  const next = await list({ prefix, maxKeys: 1, continuationToken: element(first, "NextContinuationToken") });
  assert.deepEqual(elements(next, "Key"), [keys[1]]);
  assert.deepEqual(elements(await list({ prefix, startAfter: keys[1] }), "Key"), [keys[2]]);
});

test("an object is deleted", async () => {
  const key = "users/files/deleted";
  await aws.putObject(key, "x");
  await perform({ operation: "deleteObject", key }, { status: 204 });
  assert.equal((await aws.s3("GET", key)).status, 404);
});

describe("S3 refuses every change of what was signed", () => {
  const body = Buffer.from("body of 16 bytes");
  const requests = {
    getObject: { response: { contentType: "a/b" }, download: "a.txt", headers: { range: "bytes=0-3", "x-amz-expected-bucket-owner": "123456789012" } },
    headObject: { versionId: "null", headers: { "if-match": '"x"' } },
    putObject: {
      headers: {
        "content-type": "text/plain",
        "content-length": String(body.length),
        "x-amz-meta-a": "b",
        "x-amz-acl": "private",
        "x-amz-storage-class": "STANDARD",
        "x-amz-server-side-encryption": "AES256",
        "cache-control": "no-store",
      },
    },
    deleteObject: { headers: { "x-amz-request-payer": "requester" } },
    createMultipartUpload: { headers: { "content-type": "a/b", "x-amz-meta-a": "b" } },
    uploadPart: { uploadId: "upload", partNumber: 2, headers: { "content-length": String(body.length) } },
    completeMultipartUpload: { uploadId: "upload" },
    abortMultipartUpload: { uploadId: "upload" },
    listParts: { uploadId: "upload", maxParts: 5, partNumberMarker: 1 },
    listObjectsV2: { prefix: "users/files/a", delimiter: "/", maxKeys: 5, startAfter: "users/files/a", fetchOwner: true },
  };
  for (const [operation, asked] of Object.entries(requests)) {
    test(operation, async () => {
      const lists = operation === "listObjectsV2";
      const key = "users/files/guarded";
      await aws.putObject(key, "as it was");
      const { url, method, headers } = await signed({ operation, ...asked, ...(lists ? {} : { key }) });
      const withBody = ["putObject", "uploadPart"].includes(operation);
      for (const [what, changed] of changes({ url, method, headers, body: withBody ? body : undefined })) {
        const answer = await fetch(changed.url, changed);
        await answer.arrayBuffer();
        // A signature that is not whole is no valid request.
        const refusals = what.startsWith("no X-Amz-") ? [400, 403] : [403];
        assert.ok(refusals.includes(answer.status), `${operation} with ${what}: ${answer.status}`);
      }
      assert.equal(await (await aws.s3("GET", key)).text(), "as it was");
    });
  }
});

/** Requests in each of which one thing is not as it was signed, each with its description. */
function* changes({ url, method, headers, body }) {
  const { origin, pathname, search } = new URL(url);
  const pairs = search.slice(1).split("&");
  const at = (path, query) => `${origin}${path}?${query.join("&")}`;
  const same = { url, method, headers, body };

  // A POST without one of these is nothing at all.
  const post = /[?&]upload(s|Id)=/.test(search) ? ["POST"] : [];
  for (const other of ["GET", "HEAD", "PUT", "DELETE", ...post]) {
    // Some servers take HEAD for GET, which gives nothing more.
    if (other === method || (other === "HEAD" && method === "GET")) continue;
    yield [`the method ${other}`, { ...same, method: other, body: ["GET", "HEAD"].includes(other) ? undefined : body }];
  }
  yield ["another key", { ...same, url: at(`${pathname}x`, pairs) }];
  yield ["one parameter more", { ...same, url: at(pathname, [...pairs, "response-content-type=text%2Fhtml"]) }];
  for (const [i, pair] of pairs.entries()) {
    const [name, value] = pair.split("=");
    const others = (changed) => pairs.with?.(i, changed) ?? [...pairs.slice(0, i), changed, ...pairs.slice(i + 1)];
    if (name !== "X-Amz-Algorithm" && value) {
      const other = name === "X-Amz-Date" ? value.replace(/.Z$/, (end) => `${(Number(end[0]) + 1) % 10}Z`) : withOtherEnd(value);
      yield [`another ${name}`, { ...same, url: at(pathname, others(`${name}=${other}`)) }];
    }
    // Without these it is the request of somebody unknown, or no request at all.
    if (["X-Amz-Algorithm", "X-Amz-Credential"].includes(name) || (method === "POST" && name.startsWith("upload"))) continue;
    yield [`no ${name}`, { ...same, url: at(pathname, pairs.toSpliced?.(i, 1) ?? pairs.filter((_, n) => n !== i)) }];
  }
  for (const [name, value] of Object.entries(headers)) {
    const { [name]: _, ...without } = headers;
    if (name === "content-length") {
      const longer = Buffer.concat([body, body]);
      yield ["a longer body", { ...same, headers: { ...headers, [name]: String(longer.length) }, body: longer }];
      continue;
    }
    yield [`another ${name}`, { ...same, headers: { ...headers, [name]: withOtherEnd(value) } }];
    yield [`no ${name}`, { ...same, headers: without }];
  }
}
