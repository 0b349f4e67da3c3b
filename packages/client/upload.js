import { PresignerError } from "./error.js";
import { completeMs, retrying, send, within } from "./requests.js";

// A part has at least 5 MiB, so below 10 MiB there is nothing to divide.
const defaultMultipartFromBytes = 16 * 1024 * 1024;
const partsAtOnce = 3;
// For so long, an upload that is aborted tries to remove its parts.
const removeMs = 30_000;

/**
 * @typedef {ReturnType<typeof import("./requests.js").caller>} Call
 * @typedef {import("./index.js").UploadState} State
 */

/**
 * Uploads `data` in one request, or in parts.
 * @param {Call} call
 * @param {import("./index.js").UploadData} data
 * @param {import("./index.js").UploadOptions} options
 * @returns {Promise<import("./index.js").Uploaded>}
 */
export async function upload(call, data, options) {
  const { profile, key, filename, multipartFromBytes = defaultMultipartFromBytes, state, onProgress, signal, pauseSignal } = options;
  const body = data instanceof Blob ? data : new Blob([data]);
  const headers = Object.fromEntries(new Headers(options.headers));
  if (body.type) headers["content-type"] ??= body.type;
  const target = { profile, headers, ...(key === undefined ? { filename: filename ?? /** @type {File} */ (body).name } : { key }) };
  /** @param {number} loaded */
  const tell = (loaded) => onProgress?.({ loaded, total: body.size });

  const failed = new AbortController();
  const stop = AbortSignal.any([failed.signal, ...[signal, pauseSignal].filter((it) => it !== undefined)]);
  stop.throwIfAborted();
  if (!state && body.size < multipartFromBytes) return uploadWhole(call, target, body, stop, tell);
  if (state && state.sizeBytes !== body.size) {
    throw new PresignerError("other-file", { detail: `The upload was begun with ${state.sizeBytes} bytes, and this has ${body.size}.` });
  }
  let begun = state;
  try {
    begun ??= await begin(call, target, body, options, stop);
    return await uploadParts(call, begun, body, stop, tell, signal);
  } catch (error) {
    failed.abort(error);
    // What cannot be removed now can be later, with `abortUpload`, or by the bucket's lifecycle rule.
    if (begun && signal?.aborted) await remove(call, begun);
    throw error;
  }
}

/**
 * @param {Call} call
 * @param {{ headers: Record<string, string> }} target
 * @param {Blob} body
 * @param {AbortSignal} stop
 * @param {(loaded: number) => void} tell
 */
function uploadWhole(call, target, body, stop, tell) {
  const asked = { ...target, operation: "putObject", headers: { ...target.headers, "content-length": String(body.size) } };
  /** @type {import("./index.js").Signed & { key: string }} */
  let signed;
  let expiresMs = 0;
  return retrying(async () => {
    // The same URL as long as it is valid, so that there is one object at most where the worker makes the key.
    if (Date.now() >= expiresMs) {
      signed = await call("/v1/sign", asked, stop);
      expiresMs = Date.now() + signed.expiresIn * 1000;
    }
    const etag = await send(signed, body, stop, tell);
    return { key: signed.key, etag };
  }, stop);
}

/**
 * @param {Call} call
 * @param {object} target
 * @param {Blob} body
 * @param {import("./index.js").UploadOptions} options
 * @param {AbortSignal} stop
 * @returns {Promise<State>}
 */
async function begin(call, target, { size: sizeBytes }, { partSizeBytes, onState }, stop) {
  const creating = retrying(() => call("/v1/multipart", { ...target, sizeBytes, partSizeBytes }), stop);
  /** @type {Promise<never>} */
  const stopped = new Promise((_, reject) => (stop.onabort = () => reject(stop.reason)));
  const created = await Promise.race([creating, stopped]).catch((error) => {
    // The request itself goes on, or there could be an upload whose handle nobody knows.
    creating.then((it) => remove(call, it)).catch(() => {});
    throw error;
  });
  const { handle, key, parts, expiresAt } = created;
  const state = { handle, key, sizeBytes, partSizeBytes: created.partSizeBytes, parts, expiresAt };
  onState?.(state);
  return state;
}

/**
 * Uploads the parts that S3 does not have yet, and puts them together.
 * @param {Call} call
 * @param {State} state
 * @param {Blob} body
 * @param {AbortSignal} stop
 * @param {(loaded: number) => void} tell
 * @param {AbortSignal} [signal]
 */
async function uploadParts(call, { handle, key, parts, partSizeBytes }, body, stop, tell, signal) {
  const sent = new Map([...(await listParts(call, handle, stop)).values()].map((it) => [it.partNumber, it.sizeBytes]));
  const tellAll = () => tell([...sent.values()].reduce((sum, bytes) => sum + bytes, 0));
  tellAll();
  const missing = Array.from({ length: parts }, (_, n) => n + 1).filter((number) => !sent.has(number));
  const sendMissing = async () => {
    for (let number = missing.shift(); number; number = missing.shift()) {
      const partNumber = number;
      await retrying(async () => {
        const signed = await call("/v1/multipart/sign", { handle, parts: [{ partNumber }] }, stop);
        const part = body.slice((partNumber - 1) * partSizeBytes, partNumber * partSizeBytes);
        await send(signed.parts[0], part, stop, (bytes) => {
          sent.set(partNumber, bytes);
          tellAll();
        });
      }, stop);
    }
  };
  await Promise.all(Array.from({ length: partsAtOnce }, sendMissing));
  const uploaded = [...(await listParts(call, handle, stop)).values()].map(({ partNumber, etag }) => ({ partNumber, etag }));
  // A pause does not stop the request, since what has been put together cannot go on later.
  const { etag } = await retrying(() => call("/v1/multipart/complete", { handle, parts: uploaded }, signal, completeMs), stop);
  return { key, etag };
}

/**
 * The parts that S3 has, by number. Some servers list a part twice that was sent again after a pause.
 * @param {Call} call
 * @param {string} handle
 * @param {AbortSignal} stop
 */
async function listParts(call, handle, stop) {
  /** @type {Map<number, import("./openapi.d.ts").components["schemas"]["PartListed"]>} */
  const found = new Map();
  /** @type {number | undefined} */
  let partNumberMarker;
  do {
    const page = await retrying(() => call("/v1/multipart/list", { handle, partNumberMarker }, stop), stop);
    for (const part of page.parts) found.set(part.partNumber, part);
    partNumberMarker = page.nextPartNumberMarker;
  } while (partNumberMarker !== undefined);
  return found;
}

/**
 * @param {Call} call
 * @param {Pick<State, "handle">} state
 */
const remove = (call, state) => within(removeMs, (signal) => abortUpload(call, state, { signal })).catch(() => {});

/**
 * @param {Call} call
 * @param {Pick<State, "handle">} state
 * @param {{ signal?: AbortSignal }} [options]
 */
export async function abortUpload(call, { handle }, { signal } = {}) {
  await retrying(() => call("/v1/multipart/abort", { handle }, signal), signal).catch((error) => {
    if (!["no-such-upload", "handle-expired"].includes(error.type)) throw error;
  });
}
