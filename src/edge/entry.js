// The worker's module. It exports its handlers and the class of its Durable Objects, and nothing else: other objects and
// classes that a worker exports can be called by others over service bindings. A class that extends DurableObject cannot: it is
// reached only through a binding of a namespace, which needs a migration that names it. Without them it does nothing.
//
// Every call between JavaScript and Rust costs about as much as hashing a request: an event goes over as one
// handle, and the answer comes back as one text.
import { DurableObject, env as bindings } from "cloudflare:workers";
import { __wbg_reset_state as reinit, answerInObject, fail, fetch as answer, initSync, onEnd, Reading, scheduled as renew, warmUp } from "edge-presigner";
import module from "./index_bg.wasm";

initSync({ module });
onEnd(reinit);
compileAhead();

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

/**
 * Answers made-up requests; where there is a token for STS, one of them obtains a session, with a token, from an STS and for a KV that
 * are made up too. The runtime compiles functions of WebAssembly when they are first called, which takes ten times as long as a
 * request; an isolate starts while a connection is being made, and nobody waits.
 */
function compileAhead() {
  const body = new TextEncoder().encode('{"profile":"warm-up","operation":"getObject","key":"a"}');
  const headers = new Headers({
    authorization: "Bearer warm-up",
    "cf-ray": "0",
    "content-length": String(body.length),
    "content-type": "application/json",
  });
  const asked = [
    { method: "GET", url: "https://warm-up.invalid/o/warm-up/a" },
    { method: "POST", url: "https://warm-up.invalid/v1/sign", arrayBuffer: async () => body },
  ];
  const tokenSources = ["AWS_WEB_IDENTITY_TOKEN", "PUSHED_TOKEN_ISSUER", "OIDC_ISSUER"];
  if (tokenSources.some((name) => bindings[name] !== undefined)) asked.push({ method: "GET", url: "https://warm-up.invalid/o/role/a" });
  const nothing = () => {};
  const around = {
    env: { AWS_WEB_IDENTITY_TOKEN: token(), SESSIONS: { get: async () => null, put: async () => {} } },
    context: { waitUntil: nothing },
    console: { error: nothing, warn: nothing, log: nothing },
    crypto: { getRandomValues: nothing },
    fetch: async () => granted(),
  };
  for (const request of asked) {
    // No response with a body can be made yet, and a fault is told to whoever meets it in earnest.
    settled(() => warmUp({ request: { ...request, headers }, ...around }), nothing, nothing);
  }
}

/** A made-up token. */
function token() {
  const parts = [{ alg: "RS256" }, { iss: "warm-up", sub: "warm-up", aud: "warm-up", exp: 253402300799 }];
  return [...parts, "signature"].map((part) => btoa(JSON.stringify(part)).replaceAll("=", "")).join(".");
}

/** A made-up answer of STS. */
function granted() {
  const [root, result] = ["Response", "Result"].map((end) => `AssumeRoleWithWebIdentity${end}`);
  const fields = { AccessKeyId: "warm-up", SecretAccessKey: "warm-up", SessionToken: "warm-up", Expiration: "9999-01-01T00:00:00Z" };
  const texts = Object.entries(fields).map(([name, text]) => `<${name}>${text}</${name}>`);
  const xml = `<${root} xmlns="warm-up"><${result}><Credentials>${texts.join("")}</Credentials></${result}></${root}>`;
  const chunks = [new TextEncoder().encode(xml)];
  const read = async () => (chunks.length > 0 ? { done: false, value: chunks.pop() } : { done: true });
  return { status: 200, headers: new Headers(), body: { getReader: () => ({ read }) } };
}

/** What `respond` makes of the message that `next` of Rust gives, or a promise of that; what `failed` gives after a fault. */
function settled(next, respond, failed) {
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
