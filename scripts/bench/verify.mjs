// Whether every subject does the same work, before it is timed.
import assert from "node:assert/strict";
import { AwsClient } from "aws4fetch";
import { credentials, objectUrl, place, saidOfUrl } from "./subjects.mjs";

const signing = ["Algorithm", "Credential", "Date", "SignedHeaders", "Signature", "Security-Token"].map((name) => `X-Amz-${name}`);
// What a header says about this very answer.
const varying = ["connection", "content-length", "date", "keep-alive", "location", "server-timing", "transfer-encoding"];

/** The length of a line in the log, in characters: that of edge-presigner differs by what it says of the session. */
const lineLength = { least: 180, most: 190 };

/** That of a line about a request that nobody is authenticated for. */
const shortLineLength = { least: 100, most: 120 };

/** Throws unless `answer` has the status, the headers and the URLs that `asked` calls for, signed as aws4fetch signs them. */
export async function checkAnswer(subject, asked, answer) {
  const what = `${subject.name}: ${asked.method} ${asked.path}`;
  assert.equal(answer.status, asked.status, `${what}\n${answer.body}`);
  if (subject.status) return;
  const headers = Object.entries(answer.headers).filter(([name]) => !varying.includes(name));
  assert.deepEqual(Object.fromEntries(headers), asked.answered, what);
  if (!asked.results) return;
  const results = asked.results(answer);
  assert.equal(results.length, asked.count, what);
  for (const { url, expiresAt, ...said } of results) {
    assert.deepEqual(said, saidOfUrl, what);
    if (subject.signs) await checkUrl(url, what);
  }
}

/** Throws unless the `log` of `count` requests has one line of the right length for each, or none where the subject does not log. */
export function checkLog(subject, log, count) {
  const lines = log.filter((line) => line.includes('"event":"request"'));
  assert.equal(lines.length, subject.logs ? count : 0, `${subject.name}: lines in the log`);
  const { least, most } = subject.requests ? shortLineLength : lineLength;
  for (const line of lines) {
    assert.ok(line.length >= least && line.length <= most, `${subject.name} logs ${line.length} characters, not ${least} to ${most}: ${line}`);
  }
}

/** Throws unless `url` is that of the object, signed as aws4fetch signs it. */
export async function checkUrl(url, what) {
  assert.ok(url.startsWith(`${objectUrl}?`), `${what}: ${url}`);
  assert.equal(new URL(url).searchParams.get("X-Amz-Signature"), await signatureOf(url), what);
}

async function signatureOf(url) {
  const unsigned = new URL(url);
  const datetime = unsigned.searchParams.get("X-Amz-Date");
  for (const name of signing) unsigned.searchParams.delete(name);
  const client = new AwsClient({ ...credentials, service: "s3", region: place.region });
  const signed = await client.sign(unsigned, { aws: { signQuery: true, datetime } });
  return new URL(signed.url).searchParams.get("X-Amz-Signature");
}
