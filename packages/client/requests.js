// Requests to the presigner and to S3, and when they are tried again.
import { PresignerError } from "./error.js";

const attempts = 5;
// Whoever has to wait longer is told so instead.
const longestPauseSecs = 60;
// Without any progress for so long, a connection counts as broken.
const stalledMs = 30_000;
// The worker itself tries S3 three times, for 10 s each, and waits 60 s for S3 to complete an upload.
const answerMs = 45_000;
export const completeMs = 90_000;
const urn = "urn:problem-type:edge-presigner:";

/** The platform's `fetch`, which some platforms call only as a method of the global object. @type {typeof fetch} */
export const globalFetch = (...request) => globalThis.fetch(...request);

/** @param {string | URL} url */
export const withoutSlash = (url) => String(url).replace(/\/+$/, "");

const loopback = /^(localhost|127\.[\d.]+|\[::1\])$/;

/**
 * The address of a server that gets a token, or has keys that are trusted: by TLS, on this computer, or where a `fetch` of the
 * caller's own leads, such as a service binding.
 * @param {string} name
 * @param {string | URL} url
 * @param {typeof fetch} [ownFetch]
 */
export function trustedAddress(name, url, ownFetch) {
  try {
    const { protocol, hostname, href } = new URL(url);
    // As it was parsed: a page would read `https:name` as relative.
    if (protocol === "https:" || (protocol === "http:" && (ownFetch || loopback.test(hostname)))) return withoutSlash(href);
  } catch {
    // It is said below.
  }
  throw new TypeError(`${name} must be an absolute https URL.`);
}

/**
 * Sends a request. Nothing of the platform's own error is kept, because it may quote the request, token included, but for a
 * code such as `ECONNREFUSED`.
 * @param {typeof fetch} fetch
 * @param {string} url
 * @param {RequestInit} init
 */
async function reach(fetch, url, init) {
  try {
    return await fetch(url, init);
  } catch (error) {
    throw unreachable(error, init.signal);
  }
}

/**
 * @param {any} [error]
 * @param {AbortSignal | null} [signal]
 */
function unreachable(error, signal) {
  signal?.throwIfAborted();
  const code = error?.cause?.code;
  return new PresignerError("unreachable", { detail: `The server cannot be reached${code ? ` (${code})` : ""}.` });
}

/** @param {string | null | undefined} retryAfter */
const secs = (retryAfter) => Number(retryAfter) || undefined;

/**
 * What `work` resolves to. After `ms` it counts as `unreachable`, and the signal that it gets tells it to stop.
 * @template T
 * @param {number} ms
 * @param {(late: AbortSignal) => Promise<T>} work
 * @returns {Promise<T>}
 */
export function within(ms, work) {
  const late = new AbortController();
  /** @type {ReturnType<typeof setTimeout>} */
  let timer;
  const over = new Promise((_, reject) => {
    timer = setTimeout(() => {
      reject(unreachable());
      late.abort();
    }, ms);
  });
  return Promise.race([work(late.signal), over]).finally(() => clearTimeout(timer));
}

/**
 * Resolves to the JSON of a response, and rejects with the problem that it holds. A redirect is not followed: some platforms would send
 * the token on.
 * @param {typeof fetch} fetch
 * @param {string} url
 * @param {RequestInit} init
 * @param {number} [ms]
 */
export function requestJson(fetch, url, init, ms = answerMs) {
  const { signal } = init;
  return within(ms, (late) => readJson(fetch, url, { ...init, signal: signal ? AbortSignal.any([signal, late]) : late }));
}

/**
 * @param {typeof fetch} fetch
 * @param {string} url
 * @param {RequestInit} init
 */
async function readJson(fetch, url, init) {
  const answer = await reach(fetch, url, { redirect: "manual", ...init });
  const { ok, status, headers } = answer;
  if (status === 204) return {};
  let json;
  try {
    json = await answer.json();
  } catch (error) {
    // Something else than the worker has answered, or the connection broke.
    if (!(error instanceof SyntaxError)) throw unreachable(error, init.signal);
  }
  if (ok && json) return json;
  const type = String(json?.type);
  throw new PresignerError(type.startsWith(urn) ? type.slice(urn.length) : "unreadable", {
    status,
    detail: json?.detail ?? `The answer has status ${status}, and is not the presigner's.`,
    retryAfterSecs: secs(headers.get("retry-after")),
  });
}

/**
 * A function that sends a request to the presigner: `POST` if there is a body, else `GET`.
 * @param {import("./index.js").ClientOptions} options
 */
export function caller({ url, token, fetch }) {
  const base = trustedAddress("createClient: url", url, fetch);
  /**
   * @param {string} path
   * @param {object} [body]
   * @param {AbortSignal} [signal]
   * @param {number} [ms]
   * @returns {Promise<any>}
   */
  return async (path, body, signal, ms) => {
    /** @type {Record<string, string>} */
    const headers = {};
    const bearer = String((typeof token === "function" ? await token() : token) ?? "").trim();
    if (/[^!-~]/.test(bearer)) throw new PresignerError("invalid-token", { detail: "The token has characters that no header can have." });
    if (bearer) headers.authorization = `Bearer ${bearer}`;
    if (body) headers["content-type"] = "application/json";
    return requestJson(fetch ?? globalFetch, base + path, { method: body ? "POST" : "GET", headers, body: body && JSON.stringify(body), signal }, ms);
  };
}

/**
 * Sends a signed request to S3 and resolves to the `ETag` of the answer, if it may be read. Where there is an XMLHttpRequest,
 * `onSent` hears how many bytes have been sent, which `fetch` cannot tell.
 * @param {{ url: string, method: string, headers: Record<string, string> }} signed
 * @param {Blob} body
 * @param {AbortSignal} signal
 * @param {(bytes: number) => void} onSent
 * @returns {Promise<string | undefined>}
 */
export async function send({ url, method, headers: { "content-length": _, ...headers } }, body, signal, onSent) {
  // The platform sets content-length itself, and browsers let no script do it.
  const { status, text, header } = await (globalThis.XMLHttpRequest ? sendWithProgress : sendWithFetch)(url, { method, headers, body, signal }, onSent);
  if (status < 300) {
    onSent(body.size);
    return header("etag");
  }
  throw new PresignerError(text.match(/<Code>([^<]+)/)?.[1] ?? "unreadable", {
    status,
    detail: text.match(/<Message>([^<]+)/)?.[1],
    retryAfterSecs: secs(header("retry-after")),
  });
}

/**
 * What S3 has answered.
 * @typedef {{ status: number, text: string, header: (name: string) => string | undefined }} Answer
 * @typedef {{ method: string, headers: Record<string, string>, body: Blob, signal: AbortSignal }} Init
 */

/**
 * @param {string} url
 * @param {Init} init
 * @returns {Promise<Answer>}
 */
async function sendWithFetch(url, init) {
  const answer = await reach(globalFetch, url, init);
  const text = await answer.text().catch((error) => {
    throw unreachable(error, init.signal);
  });
  return { status: answer.status, text, header: (name) => answer.headers.get(name) ?? undefined };
}

/**
 * @param {string} url
 * @param {Init} init
 * @param {(bytes: number) => void} onSent
 * @returns {Promise<Answer>}
 */
function sendWithProgress(url, { method, headers, body, signal }, onSent) {
  return new Promise((resolve, reject) => {
    signal.throwIfAborted();
    const request = new XMLHttpRequest();
    /** @type {ReturnType<typeof setTimeout>} */
    let stalled;
    const stop = () => request.abort();
    const watch = () => {
      clearTimeout(stalled);
      stalled = setTimeout(stop, stalledMs);
    };
    request.open(method, url);
    for (const name in headers) request.setRequestHeader(name, headers[name]);
    request.upload.onprogress = ({ loaded }) => {
      watch();
      onSent(loaded);
    };
    request.onloadend = () => {
      clearTimeout(stalled);
      signal.removeEventListener("abort", stop);
      // Asking for a header that CORS rules hide would be an error in the console.
      const all = new Map(request.getAllResponseHeaders().split("\r\n").map((line) => /** @type {[string, string]} */ (line.split(": "))));
      if (request.status) resolve({ status: request.status, text: request.responseText, header: (name) => all.get(name) });
      else reject(signal.aborted ? signal.reason : unreachable());
    };
    signal.addEventListener("abort", stop);
    watch();
    request.send(body);
  });
}

/**
 * Whether the same request can succeed a moment later. The presigner says so itself, with Retry-After; S3, whose codes begin with
 * capitals, and whatever stands in between say it by their status.
 * @param {PresignerError} error
 */
function mayPass({ type, status, retryAfterSecs }) {
  if (retryAfterSecs) return retryAfterSecs <= longestPauseSecs;
  if (["unreachable", "internal", "RequestTimeout"].includes(type)) return true;
  return /^[A-Z]|^unreadable$/.test(type) && (status === 408 || status === 429 || (status >= 500 && status !== 501));
}

/**
 * Tries `work` again after a failure that may pass, with growing random pauses or those that the server asks for. While the browser
 * is offline, it waits.
 * @template T
 * @param {() => Promise<T>} work
 * @param {AbortSignal} [signal]
 */
export async function retrying(work, signal) {
  for (let attempt = 1; ; attempt++) {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof PresignerError && mayPass(error))) throw error;
      const offline = globalThis.navigator?.onLine === false;
      if (offline) attempt = 0;
      else if (attempt >= attempts) throw error;
      const pauseMs = error.retryAfterSecs ? error.retryAfterSecs * 1000 : Math.random() * 250 * 2 ** attempt;
      await wait(offline, pauseMs, signal);
    }
  }
}

/**
 * Waits until the browser is online, or for so long.
 * @param {boolean} offline
 * @param {number} pauseMs
 * @param {AbortSignal} [signal]
 */
function wait(offline, pauseMs, signal) {
  const over = new AbortController();
  const untilOver = { signal: over.signal };
  return new Promise((resolve, reject) => {
    signal?.throwIfAborted();
    signal?.addEventListener("abort", () => reject(signal.reason), untilOver);
    if (offline) return globalThis.addEventListener("online", resolve, untilOver);
    const timer = setTimeout(resolve, pauseMs);
    over.signal.addEventListener("abort", () => clearTimeout(timer));
  }).finally(() => over.abort());
}
