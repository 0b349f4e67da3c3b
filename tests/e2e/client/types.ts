// What the declarations of packages/client allow and refuse. Never run: tsc fails where a line of @ts-expect-error has no error.
import AwsS3 from "@uppy/aws-s3";
import Uppy from "@uppy/core";
import { createClient, makeLink, PresignerError, verifyReceipt } from "edge-presigner-client";
import type { BatchItem, Client, Operation, OperationFields, ProblemType, UploadState } from "edge-presigner-client";

type Same<A, B> = [A] extends [B] ? ([B] extends [A] ? true : false) : false;
const holds = <T extends true>(_: T) => {};

const client: Client = createClient({ url: "https://presign.example.com", profile: "avatars", token: async () => "token" });
createClient({ url: new URL("https://presign.example.com"), token: () => undefined, fetch: (...request) => fetch(...request) });
// @ts-expect-error There has to be a URL.
createClient({ token: "token" });
// @ts-expect-error A token is a text.
createClient({ url: "https://presign.example.com", token: () => 7 });

// Every operation of the API has its fields, and there is no other.
holds<Same<keyof OperationFields, Operation>>(true);

export async function signs() {
  const signed = await client.sign("getObject", { key: "users/ada.png", expiresIn: 60, response: { contentType: "image/png" } });
  const texts: string[] = [signed.url, signed.method, signed.key, signed.expiresAt, signed.headers["x-any"] ?? ""];
  // @ts-expect-error A header may be missing from the answer, and so may members that do not exist.
  signed.bucket;
  // @ts-expect-error There is no such operation.
  await client.sign("getObjects", { key: "a" });
  // @ts-expect-error An object has a key.
  await client.sign("getObject", {});
  // @ts-expect-error Reading has no name of a file.
  await client.sign("getObject", { filename: "ada.png" });
  await client.sign("putObject", { filename: "ada.png", headers: { "content-type": "image/png" } });
  // @ts-expect-error Either the caller or the presigner makes the key.
  await client.sign("putObject", { filename: "ada.png", key: "users/ada.png" });
  await client.sign("uploadPart", { key: "a", uploadId: "1", partNumber: 1 });
  // @ts-expect-error A part has a number.
  await client.sign("uploadPart", { key: "a", uploadId: "1" });
  const listed = await client.sign("listObjectsV2", { prefix: "users/", encodingType: "url" });
  // @ts-expect-error A listing has no key.
  texts.push(listed.key);
  // @ts-expect-error A misspelt field is refused by the presigner, too.
  await client.sign("getObject", { key: "a", expiresin: 60 });
  // @ts-expect-error `operation` is the first argument.
  await client.sign("getObject", { key: "a", operation: "putObject" });

  const items: BatchItem[] = [{ operation: "getObject", key: "a" }, { operation: "listObjectsV2", profile: "other" }];
  for (const item of await client.signBatch(items)) {
    if ("problem" in item) texts.push(item.problem.detail);
    else texts.push(item.url);
  }
  return texts;
}

export async function uploads(file: File) {
  let kept: UploadState | undefined;
  const { signal } = new AbortController();
  const { key, etag } = await client.upload(file, {
    headers: { "cache-control": "no-cache" },
    onState: (state) => (kept = JSON.parse(JSON.stringify(state))),
    onProgress: ({ loaded, total }) => loaded / total,
    signal,
    pauseSignal: signal,
    ...(kept && { state: kept }),
  });
  for (const data of [new Blob([]), new ArrayBuffer(1), new Uint8Array(1), "text"]) await client.upload(data, { key: "a" });
  // @ts-expect-error There is no way to upload a number.
  await client.upload(7, { key: "a" });
  if (kept) await client.abortUpload(kept, { signal });
  const confirmed = await client.confirmUpload({ key, payload: {}, headers: { "if-match": etag ?? "" } });
  const receipt = await verifyReceipt(confirmed.receipt, { issuer: "https://presign.example.com", audience: "https://api.example.com" });
  // @ts-expect-error A receipt is always for an audience.
  await verifyReceipt(confirmed.receipt, { issuer: "https://presign.example.com" });
  // @ts-expect-error A receipt does not tell all that a token does.
  receipt.sub;
  return receipt.sizeBytes + (receipt.payload ? 1 : 0);
}

export async function links() {
  const grant = { profile: "avatars", operations: ["getObject" as const], expiresIn: 60 };
  const link: string = await makeLink("https://presign.example.com", "key", { ...grant, keyPrefix: "users/", countedAs: "ada" });
  // @ts-expect-error A link is for a key or a prefix.
  await makeLink("https://presign.example.com", "key", grant);
  // @ts-expect-error And not for both.
  await makeLink("https://presign.example.com", "key", { ...grant, key: "a", keyPrefix: "a/" });
  return createClient({ url: link, profile: "avatars" });
}

export function explains(error: unknown) {
  if (!(error instanceof PresignerError)) throw error;
  const problem: ProblemType = "not-allowed";
  // @ts-expect-error There is no such problem.
  const none: ProblemType = "not-alowed";
  if (error.type === problem || error.type === "AccessDenied" || error.type === "unreachable") return error.detail;
  // @ts-expect-error Errors are not changed.
  error.status = 200;
  const secs: number | undefined = error.retryAfterSecs;
  return `${error.status} ${secs} ${none}`;
}

export const uppies = [
  new Uppy().use(AwsS3, { signRequest: client.uppySignRequest }),
  new Uppy().use(AwsS3, { s3Endpoint: "https://my-bucket.s3.eu-central-1.amazonaws.com", getCredentials: client.uppyGetCredentials }),
  // @ts-expect-error The one is not the other.
  new Uppy().use(AwsS3, { signRequest: client.uppyGetCredentials }),
];
