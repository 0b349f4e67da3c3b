// The job of edge-presigner as it is usually written in JavaScript, around something that presigns.
import { json, line, redirect } from "./answers.mjs";

const encoder = new TextEncoder();
let keyHash;

/** A worker whose URLs come from `presign(env, { bucket, key, expiresIn })`. */
export function serve(presign) {
  async function sign(env, { profile: name, operation, key, expiresIn = 300 }) {
    const profile = env.PROFILES[name];
    const permitted = profile?.operations.includes(operation) && key.startsWith(profile.keyPrefix);
    if (!permitted || expiresIn > profile.maxLifetimeSecs) return undefined;
    const url = await presign(env, { bucket: profile.bucket, key, expiresIn });
    const expiresAt = new Date(Date.now() + expiresIn * 1000).toISOString();
    return { url, method: "GET", headers: {}, profile: name, key, expiresAt, expiresIn };
  }

  /** Resolves to `{ profile, response }`. */
  async function respond(request, env, id) {
    if (!(await authorised(request, env))) return { response: new Response(null, { status: 401 }) };
    const { pathname } = new URL(request.url);
    if (request.method === "GET" && pathname.startsWith("/o/")) {
      const [, , profile, ...key] = pathname.split("/");
      const signed = await sign(env, { profile, operation: "getObject", key: decodeURIComponent(key.join("/")) });
      return { profile, response: signed ? redirect(signed.url, id) : forbidden() };
    }
    if (request.method !== "POST") return { response: new Response(null, { status: 404 }) };
    const asked = await request.json();
    if (pathname === "/v1/sign") {
      const signed = await sign(env, asked);
      return { profile: asked.profile, response: signed ? json(JSON.stringify(signed), id) : forbidden() };
    }
    if (pathname !== "/v1/sign/batch") return { response: new Response(null, { status: 404 }) };
    const items = await Promise.all(asked.items.map((item) => sign(env, item)));
    return { profile: asked.items[0]?.profile, response: json(JSON.stringify({ items }), id) };
  }

  return {
    async fetch(request, env) {
      const id = request.headers.get("cf-ray");
      const { profile, response } = await respond(request, env, id);
      if (env.LOG) console.log(line(id, profile, response.status));
      return response;
    },
  };
}

const forbidden = () => new Response(null, { status: 403 });

async function authorised(request, env) {
  const [, key] = request.headers.get("authorization")?.match(/^Bearer (.+)$/) ?? [];
  if (!key) return false;
  keyHash ??= Uint8Array.from(env.KEY_SHA256.match(/../g), (byte) => parseInt(byte, 16));
  const presented = await crypto.subtle.digest("SHA-256", encoder.encode(key));
  return crypto.subtle.timingSafeEqual(presented, keyHash);
}
