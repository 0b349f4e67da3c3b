// A client of the worker, to copy: signed requests to S3, uploads with progress, and large uploads in parts that can be paused,
// resumed (in another session, too) and cancelled. It has no dependencies.

/** Files from this size on are uploaded in parts. A part has at least 5 MiB, so below 10 MiB there is nothing to divide. */
export const partsFromBytes = 16 * 1024 * 1024;

const partsAtOnce = 3;
const attempts = 5;
// Without any progress for so long, a connection counts as broken.
const stalledMs = 30_000;

/**
 * What failed: `type` is the type of the worker's problem, such as `unknown-caller`, or S3's code, such as `AccessDenied`, or
 * `unreachable`, where nothing answered; `status` is then 0.
 */
export class Failure extends Error {
  constructor(type, { status = 0, detail = "", retryAfterSecs } = {}) {
    super(detail || type);
    Object.assign(this, { name: "Failure", type, status, retryAfterSecs });
  }

  /** Whether the same request can succeed a moment later. */
  get mayPass() {
    return [0, 408, 429].includes(this.status) || (this.status >= 500 && this.status !== 501);
  }
}

/**
 * A client for one profile of the worker; `token()` is the caller's token or key. `signal` is an AbortSignal everywhere, and
 * `onProgress` is called with the bytes that have been sent.
 */
export function presigner({ worker, profile, token }) {
  /** Posts JSON to the worker and resolves to its JSON. */
  async function call(route, body, signal) {
    const headers = { authorization: `Bearer ${token()}`, "content-type": "application/json" };
    const answer = await reach(worker + route, { method: "POST", headers, body: JSON.stringify(body), signal });
    if (answer.status === 204) return undefined;
    const json = await answer.json().catch(() => ({}));
    if (answer.ok) return json;
    const retryAfterSecs = Number(answer.headers.get("retry-after")) || undefined;
    throw new Failure(json.type?.split(":").at(-1) ?? "unreadable", { status: answer.status, detail: json.detail, retryAfterSecs });
  }

  /** Asks for a presigned URL: `sign("getObject", { key })` resolves to `{ url, method, headers, key, … }`. */
  const sign = (operation, fields, signal) => retrying(() => call("/v1/sign", { profile, operation, ...fields }, signal), signal);

  /** Lists the caller's own objects, the newest first: `[{ key, sizeBytes, modified }]`. */
  async function list(signal) {
    const { url } = await sign("listObjectsV2", {}, signal);
    const answer = await reach(url, { signal });
    const text = await answer.text();
    if (!answer.ok) throw s3Failure(answer.status, text);
    const found = [...new DOMParser().parseFromString(text, "application/xml").querySelectorAll("Contents")];
    const of = (object, name) => object.querySelector(name).textContent;
    return found
      .map((it) => ({ key: of(it, "Key"), sizeBytes: Number(of(it, "Size")), modified: new Date(of(it, "LastModified")) }))
      .sort((a, b) => b.modified - a.modified);
  }

  /** Uploads a file in one request. The worker makes the key and resolves to it. */
  async function upload(file, { onProgress, signal } = {}) {
    const headers = { "content-type": file.type, "content-length": String(file.size) };
    const signed = await sign("putObject", { filename: file.name, headers }, signal);
    // The same URL each time, so that there is one object at most.
    await retrying(() => send(signed, file, { onProgress, signal }), signal);
    return signed.key;
  }

  /** Begins an upload in parts, and resolves to what `sendParts` and `abortParts` need. It is plain JSON and can be stored. */
  async function beginParts(file, signal) {
    const asked = { profile, filename: file.name, sizeBytes: file.size, headers: { "content-type": file.type } };
    return retrying(() => call("/v1/multipart", asked, signal), signal);
  }

  /** Uploads the parts that S3 does not have yet, puts them together, and resolves to the key. */
  async function sendParts({ handle, parts, partSizeBytes, key }, file, { onProgress, signal } = {}) {
    const sent = new Map((await listParts(handle, signal)).map((it) => [it.partNumber, it.sizeBytes]));
    const tell = () => onProgress?.([...sent.values()].reduce((sum, bytes) => sum + bytes, 0));
    tell();
    const missing = Array.from({ length: parts }, (_, n) => n + 1).filter((number) => !sent.has(number));
    const failed = new AbortController();
    const either = signal ? AbortSignal.any([signal, failed.signal]) : failed.signal;
    const sendPart = (partNumber) =>
      retrying(async () => {
        const signed = await call("/v1/multipart/sign", { handle, parts: [{ partNumber }] }, either);
        const part = file.slice((partNumber - 1) * partSizeBytes, partNumber * partSizeBytes);
        const progress = (bytes) => (sent.set(partNumber, bytes), tell());
        await send(signed.parts[0], part, { onProgress: progress, signal: either });
      }, either);
    const worker = async () => {
      for (let next = missing.shift(); next; next = missing.shift()) await sendPart(next);
    };
    try {
      await Promise.all(Array.from({ length: partsAtOnce }, worker));
    } catch (error) {
      failed.abort(error);
      throw error;
    }
    const uploaded = (await listParts(handle, signal)).map(({ partNumber, etag }) => ({ partNumber, etag }));
    await retrying(() => call("/v1/multipart/complete", { handle, parts: uploaded }, signal), signal);
    return key;
  }

  /** Ends an upload, so that S3 removes its parts. */
  async function abortParts({ handle }) {
    await retrying(() => call("/v1/multipart/abort", { handle })).catch((error) => {
      if (!["no-such-upload", "handle-expired"].includes(error.type)) throw error;
    });
  }

  async function listParts(handle, signal) {
    const found = [];
    for (let partNumberMarker; ; ) {
      const page = await retrying(() => call("/v1/multipart/list", { handle, partNumberMarker }, signal), signal);
      found.push(...page.parts);
      partNumberMarker = page.nextPartNumberMarker;
      if (partNumberMarker === undefined) return found;
    }
  }

  /** Deletes an object. */
  async function remove(key) {
    const signed = await sign("deleteObject", { key });
    await retrying(() => send(signed));
  }

  return { sign, list, upload, beginParts, sendParts, abortParts, remove };
}

/** Sends a signed request to S3. `fetch` cannot tell how much of a body it has sent, so this is an XMLHttpRequest. */
function send({ url, method, headers }, body, { onProgress, signal } = {}) {
  return new Promise((resolve, reject) => {
    signal?.throwIfAborted();
    const request = new XMLHttpRequest();
    let stalled;
    const watch = () => {
      clearTimeout(stalled);
      stalled = setTimeout(() => request.abort(), stalledMs);
    };
    const stop = () => request.abort();
    request.open(method, url);
    for (const [name, value] of Object.entries(headers)) {
      // Browsers set the length themselves, and let no script do it.
      if (name !== "content-length") request.setRequestHeader(name, value);
    }
    request.upload.onprogress = ({ loaded }) => (watch(), onProgress?.(loaded));
    request.onload = () => (request.status < 300 ? resolve() : reject(s3Failure(request.status, request.responseText)));
    request.onerror = () => reject(new Failure("unreachable"));
    request.onabort = () => reject(signal?.aborted ? signal.reason : new Failure("unreachable"));
    request.onloadend = () => {
      clearTimeout(stalled);
      signal?.removeEventListener("abort", stop);
    };
    signal?.addEventListener("abort", stop);
    watch();
    request.send(body);
  });
}

function s3Failure(status, xml) {
  return new Failure(xml.match(/<Code>([^<]+)/)?.[1] ?? "unreadable", { status });
}

async function reach(url, init) {
  try {
    return await fetch(url, init);
  } catch (error) {
    throw init.signal?.aborted ? init.signal.reason : new Failure("unreachable");
  }
}

/** Tries `work` again after a failure that may pass, with growing random pauses. While the browser is offline, it waits. */
async function retrying(work, signal) {
  for (let attempt = 1; ; attempt++) {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof Failure) || !error.mayPass) throw error;
      const offline = !navigator.onLine;
      if (attempt >= attempts && !offline) throw error;
      if (offline) attempt = 0;
      const pauseMs = error.retryAfterSecs ? error.retryAfterSecs * 1000 : Math.random() * 500 * 2 ** attempt;
      await (offline ? event(window, "online", signal) : event(AbortSignal.timeout(pauseMs), "abort", signal));
    }
  }
}

function event(target, name, signal) {
  return new Promise((resolve, reject) => {
    signal?.throwIfAborted();
    target.addEventListener(name, resolve, { once: true });
    signal?.addEventListener("abort", () => reject(signal.reason), { once: true });
  });
}
