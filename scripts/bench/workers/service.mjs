// The job of edge-presigner as it is usually written in JavaScript, around a library that presigns.
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

  async function object(env, path) {
    const [, , profile, ...key] = path.split("/");
    const signed = await sign(env, { profile, operation: "getObject", key: decodeURIComponent(key.join("/")) });
    if (!signed) return forbidden();
    const headers = { location: signed.url, "referrer-policy": "no-referrer", "cache-control": "no-store" };
    return new Response(null, { status: 302, headers });
  }

  return {
    async fetch(request, env) {
      if (!(await authorised(request, env))) return new Response(null, { status: 401 });
      const { pathname } = new URL(request.url);
      if (request.method === "GET" && pathname.startsWith("/o/")) return object(env, pathname);
      if (request.method !== "POST") return new Response(null, { status: 404 });
      const asked = await request.json();
      if (pathname === "/v1/sign") return json(await sign(env, asked));
      if (pathname !== "/v1/sign/batch") return new Response(null, { status: 404 });
      return json({ items: await Promise.all(asked.items.map((item) => sign(env, item))) });
    },
  };
}

function json(answer) {
  return answer ? Response.json(answer, { headers: { "cache-control": "no-store" } }) : forbidden();
}

function forbidden() {
  return new Response(null, { status: 403 });
}

async function authorised(request, env) {
  const [, key] = request.headers.get("authorization")?.match(/^Bearer (.+)$/) ?? [];
  if (!key) return false;
  keyHash ??= Uint8Array.from(env.KEY_SHA256.match(/../g), (byte) => parseInt(byte, 16));
  const presented = await crypto.subtle.digest("SHA-256", encoder.encode(key));
  return crypto.subtle.timingSafeEqual(presented, keyHash);
}
