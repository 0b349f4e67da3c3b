// The worker's module. It exports its handlers and nothing else: whatever else a worker exports can be called by
// others over service bindings.
//
// Every call between JavaScript and Rust costs about as much as hashing a request: an event goes over as one
// handle, and the answer comes back as one text.
import { fetch as answer, initSync, scheduled as renew } from "edge-presigner";
import module from "./index_bg.wasm";

initSync({ module });

export default {
  fetch(request, env, context) {
    const message = answer({ request, env, context });
    return typeof message === "string" ? response(message) : message.then(response);
  },

  scheduled: (_, env, context) => renew({ env, context }),
};

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
