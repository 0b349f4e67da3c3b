// Whether an answer is right, before it is timed.
import assert from "node:assert/strict";
import { AwsClient } from "aws4fetch";
import { credentials, objectUrl, place } from "./subjects.mjs";

const signing = ["Algorithm", "Credential", "Date", "SignedHeaders", "Signature", "Security-Token"].map((name) => `X-Amz-${name}`);

/** Throws unless `answer` has the status and the URLs that `asked` calls for, signed as aws4fetch signs them. */
export async function checkAnswer(subject, asked, answer) {
  const what = `${subject.name}: ${asked.method} ${asked.path}`;
  assert.equal(answer.status, asked.status, `${what}\n${answer.body}`);
  if (subject.signsNothing) return;
  const urls = asked.urls(answer);
  assert.equal(urls.length, asked.count, what);
  for (const url of urls) await checkUrl(url, what);
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
