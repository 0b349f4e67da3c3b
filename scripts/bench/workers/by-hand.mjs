// The job of edge-presigner as a good engineer writes it for speed, without a library: a key that was proven once is found in a set,
// and no URL object is made.
import { json, line, redirect } from "./answers.mjs";
import { presign } from "./sigv4.mjs";

const encoder = new TextEncoder();
const proven = new Set();

export default {
  async fetch(request, env) {
    const { method, headers, url } = request;
    const id = headers.get("cf-ray");
    const authorization = headers.get("authorization");
    if (!proven.has(authorization) && !(await prove(authorization, env))) return logged(id, "", new Response(null, { status: 401 }));
    const path = url.slice(url.indexOf("/", 8));
    if (method === "GET" && path.startsWith("/o/")) {
      const at = path.indexOf("/", 3);
      const profile = path.slice(3, at);
      const signed = await sign(env, { profile, operation: "getObject", key: decodeURIComponent(path.slice(at + 1)) });
      return logged(id, profile, signed ? redirect(signed.url, id) : forbidden());
    }
    if (method !== "POST") return logged(id, "", new Response(null, { status: 404 }));
    const asked = await request.json();
    if (path === "/v1/sign") {
      const signed = await sign(env, asked);
      return logged(id, asked.profile, signed ? json(JSON.stringify(signed), id) : forbidden());
    }
    if (path !== "/v1/sign/batch") return logged(id, "", new Response(null, { status: 404 }));
    const items = await Promise.all(asked.items.map((item) => sign(env, item)));
    return logged(id, asked.items[0]?.profile, json(JSON.stringify({ items }), id));
  },
};

async function prove(authorization, { KEY_SHA256 }) {
  if (!authorization?.startsWith("Bearer ")) return false;
  const presented = await crypto.subtle.digest("SHA-256", encoder.encode(authorization.slice(7)));
  const known = Uint8Array.from(KEY_SHA256.match(/../g), (byte) => parseInt(byte, 16));
  const matches = crypto.subtle.timingSafeEqual(presented, known);
  if (matches) proven.add(authorization);
  return matches;
}

async function sign(env, { profile: name, operation, key, expiresIn = 300 }) {
  const profile = env.PROFILES[name];
  if (!profile?.operations.includes(operation) || !key.startsWith(profile.keyPrefix) || expiresIn > profile.maxLifetimeSecs) return undefined;
  const now = Date.now();
  const url = await presign(env, { bucket: profile.bucket, key, expiresIn }, now);
  const expiresAt = new Date(now + expiresIn * 1000).toISOString();
  return { url, method: "GET", headers: {}, profile: name, key, expiresAt, expiresIn };
}

const forbidden = () => new Response(null, { status: 403 });

function logged(requestId, profile, response) {
  console.log(line(requestId, profile, response.status));
  return response;
}
