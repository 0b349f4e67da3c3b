// What the page does with objects besides uploading them.
import { PresignerError } from "./edge-presigner-client/index.js";

/** Lists the person's own pictures, the newest first: `[{ key, sizeBytes, modified }]`. */
export async function listPictures(client) {
  const text = await send(await client.sign("listObjectsV2", {}));
  const found = [...new DOMParser().parseFromString(text, "application/xml").querySelectorAll("Contents")];
  const of = (object, name) => object.querySelector(name).textContent;
  return found
    .map((it) => ({ key: of(it, "Key"), sizeBytes: Number(of(it, "Size")), modified: new Date(of(it, "LastModified")) }))
    .sort((a, b) => b.modified - a.modified);
}

/** Deletes a picture. */
export async function removePicture(client, key) {
  await send(await client.sign("deleteObject", { key }));
}

/** Sends a signed request to S3, and resolves to the text of the answer. */
async function send({ url, method, headers }) {
  const answer = await fetch(url, { method, headers }).catch(() => {
    throw new PresignerError("unreachable");
  });
  const text = await answer.text();
  if (!answer.ok) throw new PresignerError(text.match(/<Code>([^<]+)/)?.[1] ?? "unreadable", { status: answer.status });
  return text;
}
