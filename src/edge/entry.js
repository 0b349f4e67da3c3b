// The worker's module. It exports its handlers and nothing else: whatever else a worker exports can be called by
// others over service bindings.
//
// Every call between JavaScript and Rust costs about as much as hashing a request: an event goes over as one
// handle, and the answer comes back as one text.
import { env } from "cloudflare:workers";
import { __wbg_reset_state as reinit, fail, fetch as answer, initSync, onEnd, Reading, scheduled as renew, start, warmUp } from "edge-presigner";
import module from "./index_bg.wasm";

initSync({ module });
onEnd(reinit);
compileAhead();

export default {
  fetch(request, env, context) {
    const event = { request, env, context };
    return settled(event, () => answer(event));
  },

  scheduled: (_, env, context) => renew({ env, context }),
};

/**
 * Reads the configuration and answers two made-up requests. The runtime compiles functions of WebAssembly when they are first
 * called, which takes ten times as long as a request; an isolate starts while a connection is being made, and nobody waits.
 */
function compileAhead() {
  const key = { authorization: "Bearer warm-up", "cf-ray": "0", "content-type": "application/json" };
  const headers = { get: (name) => key[name] ?? null, has: () => false };
  const body = new TextEncoder().encode('{"profile":"warm-up","operation":"getObject","key":"a"}');
  const asked = [
    { method: "GET", url: "https://warm-up.invalid/o/warm-up/a" },
    { method: "POST", url: "https://warm-up.invalid/v1/sign", arrayBuffer: async () => body },
  ];
  try {
    start({ env });
    for (const request of asked) {
      const event = { request: { ...request, headers }, env: {} };
      settled(event, () => warmUp(event));
    }
  } catch {
    // Whatever is wrong is told to the first request.
  }
}

/** The response, or a promise of it, that `next` of Rust returns for an event; that of a fault, if it fails. */
function settled(event, next) {
  const failed = () => response(fail(event));
  let message;
  try {
    message = next();
  } catch {
    return failed();
  }
  if (typeof message === "string") return response(message);
  if (!(message instanceof Reading)) return message.then(response, failed);
  const resume = (bytes) => settled(event, () => message.resume(bytes));
  return message.body().then(resume, () => resume());
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
