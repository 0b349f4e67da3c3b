// What is compiled before the first request.
import { env as bindings } from "cloudflare:workers";
import { warmUp } from "edge-presigner";
import { settled } from "./handlers.js";

/**
 * Answers made-up requests; where there is a token for STS, one of them obtains a session, with a token, from an STS and for a KV that
 * are made up too. The runtime compiles functions of WebAssembly when they are first called, which takes ten times as long as a
 * request; an isolate starts while a connection is being made, and nobody waits.
 */
export function compileAhead() {
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
