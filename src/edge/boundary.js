// Functions that save Rust several calls to JavaScript. An event of compile_ahead.js brings a console, a source of random
// bytes and a `fetch` of its own; no other does.

/** As `SECRETS_STORE` of Rust. */
const secretsStore = "\0Secrets Store";

/** The variable or secret `name` as text, other values as their JSON; for a binding of the Secrets Store only that it is one. */
export function readVariable(env, name) {
  try {
    const value = env[name];
    if (typeof value === "string") return value;
    if (value === undefined || value === null) return undefined;
    return typeof value.get === "function" ? secretsStore : JSON.stringify(value);
  } catch {
    return undefined;
  }
}

/** Writes a data point, where the `binding` for them is there. At worst one point among many is lost. */
export function writeDataPoint({ env }, binding, json) {
  try {
    env[binding]?.writeDataPoint(JSON.parse(json));
  } catch {}
}

/** A promise of `undefined` after `ms`; at once where there is no timer. */
export function timer(ms) {
  return new Promise((resolve) => {
    try {
      setTimeout(resolve, ms);
    } catch {
      resolve();
    }
  });
}

/** A promise of what `work` ends with; of `undefined` where that takes longer than `ms` and there is a timer. */
export function within(work, ms) {
  return new Promise((resolve, reject) => {
    work.then(resolve, reject);
    try {
      setTimeout(resolve, ms);
    } catch {
      // An isolate that starts has none.
    }
  });
}

const methods = ["error", "warn", "log"];

/** Writes a line to the console by that of `methods`. */
export function log({ console: to = console }, method, line) {
  to[methods[method]](line);
}

/** Fills `bytes` at random. */
export function fillRandom({ crypto: source = crypto }, bytes) {
  source.getRandomValues(bytes);
}

/** Lets `work`, a promise that nothing rejects, continue after the response. */
export function waitUntil({ context }, work) {
  try {
    context.waitUntil(work);
  } catch {
    // The context has ended.
  }
}

/** Method, URL and the headers `names` of an event's request, one a line. None of them can contain a line feed. */
export function readHead({ request }, names) {
  const { method, url, headers } = request;
  return withHeaders(`${method}\n${url}`, headers, names);
}

/** `lines` and the values of the headers `names`, one a line; empty for those that are missing. */
function withHeaders(lines, headers, names) {
  for (const name of names) lines += `\n${headers.get(name) ?? ""}`;
  return lines;
}

/**
 * Sends a request to another server, with `headers` as lines of name and value, and reads its response within `timeoutMs`.
 * Resolves to the status and the headers `names` as lines and to the body after them, which is empty where it is not UTF-8; to `null`
 * for a body of more than `maxBytes`.
 */
export async function exchange({ fetch: send = fetchWithin }, url, method, headers, body, timeoutMs, names, maxBytes) {
  const sent = new Headers();
  for (const line of headers.split("\n")) {
    const colon = line.indexOf(":");
    if (colon > 0) sent.set(line.slice(0, colon), line.slice(colon + 1));
  }
  const init = { method, headers: sent, redirect: "manual" };
  // An empty body would be an error for GET and HEAD; POST gets a length of zero by itself.
  if (body !== "") init.body = body;
  // A cache would change conditions and ranges, and does not know who may read the object.
  if (sent.has("authorization")) init.cache = "no-store";
  const response = await send(url, init, timeoutMs);
  const { status, headers: received } = response;
  // The runtime decodes bodies, which it cannot do with a part of one.
  const isReadable = response.body !== null && (status !== 206 || !received.has("content-encoding"));
  const bytes = isReadable ? await readStream(response.body, maxBytes) : new Uint8Array();
  return bytes && `${withHeaders(`${status}`, received, names)}\n${textOf(bytes)}`;
}

/** The timeout includes reading the body. */
function fetchWithin(url, init, timeoutMs) {
  return fetch(url, { ...init, signal: AbortSignal.timeout(timeoutMs) });
}

function textOf(bytes) {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    // What is not text is not a response of AWS.
    return "";
  }
}

/**
 * A promise of the body of an event's request, as an ArrayBuffer or a Uint8Array; of `null` when it has more than
 * `maxBytes`.
 */
export function readBody({ request }, maxBytes) {
  const { headers } = request;
  const length = Number(headers.get("content-length") ?? Infinity);
  // Beside a transfer encoding the length means nothing: https://www.rfc-editor.org/rfc/rfc9112#section-6.3
  // To ask for the stream costs more than everything else here, so that comes last.
  if (length <= maxBytes && !headers.has("transfer-encoding")) return request.arrayBuffer();
  return request.body === null ? Promise.resolve(new Uint8Array()) : readStream(request.body, maxBytes);
}

/** A promise of all bytes of `stream`; of `null` when there are more than `maxBytes`, of which the rest is not read. */
async function readStream(stream, maxBytes) {
  const reader = stream.getReader();
  const chunks = [];
  let length = 0;
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    length += value.length;
    if (length > maxBytes) {
      // Nobody waits for the cancellation.
      reader.cancel().catch(() => {});
      return null;
    }
    chunks.push(value);
  }
  const bytes = new Uint8Array(length);
  let at = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, at);
    at += chunk.length;
  }
  return bytes;
}

// Nothing settles the promises of an instance that has ended. A request that waits for one has to be told.

/** What rejects the promises of `whileAlive`, each with the time since when it waits. */
const waiting = new Map();

/** For longer than this no request waits. Those that the runtime has cut off say nothing. */
const longestWaitMs = 300_000;

/** Creates the next instance. */
let reinit;

export function onEnd(callback) {
  reinit = callback;
}

/** The promise `work` of Rust, which is rejected when its instance ends. */
export function whileAlive(work) {
  const now = Date.now();
  for (const [reject, since] of waiting) {
    if (now - since < longestWaitMs) break;
    waiting.delete(reject);
  }
  return new Promise((resolve, reject) => {
    waiting.set(reject, now);
    work.then((value) => {
      waiting.delete(reject);
      resolve(value);
    }, reject);
  });
}

/** The last act of an instance. */
export function instanceEnds() {
  for (const reject of waiting.keys()) reject(new Error("the instance has ended"));
  waiting.clear();
  // At once: until then, what the old instance waited for would be handed to the next one, which knows nothing of it.
  reinit();
}
