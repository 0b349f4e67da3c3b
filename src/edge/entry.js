// The worker's module. It exports its handlers and nothing else: whatever else a worker exports can be called by
// others over service bindings.
//
// Every call between JavaScript and Rust costs about as much as hashing a request: an event goes over as one
// handle, and the answer comes back as one text.
import { env } from "cloudflare:workers";
import { __wbg_reset_state as reinit, fail, fetch as answer, initSync, onEnd, scheduled as renew, start, warmUp } from "edge-presigner";
import module from "./index_bg.wasm";

initSync({ module });
onEnd(reinit);
compileAhead();

export default {
  fetch(request, env, context) {
    const event = { request, env, context };
    const failed = () => response(fail(event));
    let message;
    try {
      message = answer(event);
    } catch {
      return failed();
    }
    return typeof message === "string" ? response(message) : message.then(response, failed);
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
      const message = warmUp({ request: { ...request, headers }, env: {} });
      if (typeof message === "string") response(message);
      else message.then(response).catch(() => {});
    }
  } catch {
    // Whatever is wrong is told to the first request.
  }
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
