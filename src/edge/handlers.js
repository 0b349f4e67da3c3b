// What the runtime calls.
//
// Every call between JavaScript and Rust costs about as much as hashing a request: an event goes over as one
// handle, and the answer comes back as one text.
import { DurableObject } from "cloudflare:workers";
import { answerInObject, fail, fetch as answer, Reading, scheduled as renew } from "edge-presigner";

export default {
  fetch(request, env, context) {
    const event = { request, env, context };
    return settled(() => answer(event), response, () => response(fail(event)));
  },

  scheduled: (_, env, context) => renew({ env, context }),
};

/** The one place in the world where a session is obtained: src/credentials/session_object/ says how. */
export class SessionObject extends DurableObject {
  /** A promise of the answer to the `question` of an isolate. */
  obtain(question) {
    const { env, ctx: context } = this;
    return answerInObject({ env, context, storage: context.storage, question });
  }

  /** KV has deleted the last session that it keeps, too. */
  alarm() {
    return this.ctx.storage.deleteAll();
  }
}

/** What `respond` makes of the message that `next` of Rust gives, or a promise of that; what `failed` gives after a fault. */
export function settled(next, respond, failed) {
  let message;
  try {
    message = next();
  } catch {
    return failed();
  }
  if (typeof message === "string") return respond(message);
  if (!(message instanceof Reading)) return message.then(respond, failed);
  const resume = (bytes) => settled(() => message.resume(bytes), respond, failed);
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
