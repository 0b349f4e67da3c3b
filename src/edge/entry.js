// The worker's module. It exports its handlers and nothing else: whatever else a worker exports can be called by
// others over service bindings.
//
// Every call between JavaScript and Rust costs about as much as hashing a request: an event goes over as one
// handle, and the answer comes back as one text.
import { fetch as answer, initSync, scheduled as renew } from "edge-presigner";
import module from "./index_bg.wasm";

/** Longer bodies, and those that do not say how long they are, Rust reads in pieces, as far as their route goes. */
const readAtOnceBytes = 128 * 1024;

initSync({ module });

export default {
  fetch(request, env, context) {
    const event = { request, env, context, body: undefined };
    if (request.method !== "POST" || !isShort(request.headers.get("content-length"))) return handle(event);
    // A promise that is awaited in Rust costs several times what it costs here. Where this one fails, Rust finds the
    // body used up, and says what is wrong.
    const read = request.arrayBuffer().then((body) => void (event.body = new Uint8Array(body)));
    return read.catch(() => {}).then(() => handle(event));
  },

  scheduled: (_, env, context) => renew({ env, context }),
};

function isShort(contentLength) {
  return contentLength !== null && Number(contentLength) <= readAtOnceBytes;
}

/** The response to an event, or a promise of it where something has to be awaited. */
function handle(event) {
  const message = answer(event);
  return typeof message === "string" ? response(message) : message.then(response);
}

/** The response that `message` is: the status, a line for each header, an empty line, and the body. */
function response(message) {
  const end = message.indexOf("\n\n");
  const headers = {};
  for (let at = message.indexOf("\n") + 1; at > 0 && at <= end; ) {
    const colon = message.indexOf(":", at);
    const next = message.indexOf("\n", colon);
    headers[message.slice(at, colon)] = message.slice(colon + 2, next);
    at = next + 1;
  }
  return new Response(message.slice(end + 2) || null, { status: Number(message.slice(0, 3)), headers });
}
