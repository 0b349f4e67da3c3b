// The same job as a good engineer writes it for speed, without a library: the signing key of the day is imported once, a key that
// was proven once is found in a set, and no URL object is made. It logs one line a request, as edge-presigner does.
const encoder = new TextEncoder();
const hmac = { name: "HMAC", hash: "SHA-256" };
const proven = new Set();
let day;

export default {
  async fetch(request, env) {
    const { method, headers, url } = request;
    const authorization = headers.get("authorization");
    if (!proven.has(authorization) && !(await prove(authorization, env))) return logged("", new Response(null, { status: 401 }));
    const path = url.slice(url.indexOf("/", 8));
    if (method === "GET" && path.startsWith("/o/")) {
      const at = path.indexOf("/", 3);
      const asked = { profile: path.slice(3, at), operation: "getObject", key: decodeURIComponent(path.slice(at + 1)) };
      const signed = await sign(env, asked);
      const answer = signed && { location: signed.url, "referrer-policy": "no-referrer", "cache-control": "no-store" };
      return logged(asked.profile, new Response(null, answer ? { status: 302, headers: answer } : { status: 403 }));
    }
    if (method !== "POST") return new Response(null, { status: 404 });
    const asked = await request.json();
    if (path === "/v1/sign") return logged(asked.profile, json(await sign(env, asked)));
    if (path !== "/v1/sign/batch") return new Response(null, { status: 404 });
    return logged("", json({ items: await Promise.all(asked.items.map((item) => sign(env, item))) }));
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
  const date = new Date(now).toISOString().replace(/[:-]|\.\d+/g, "");
  const { accessKeyId, sessionToken } = env.CREDENTIALS;
  if (day?.date !== date.slice(0, 8)) day = await newDay(env, date.slice(0, 8), accessKeyId, sessionToken);
  const host = `${profile.bucket}.s3.${env.REGION}.amazonaws.com`;
  const path = `/${key.split("/").map(encode).join("/")}`;
  const query = `${day.before}&X-Amz-Date=${date}&X-Amz-Expires=${expiresIn}${day.after}`;
  const canonical = `GET\n${path}\n${query}\nhost:${host}\n\nhost\nUNSIGNED-PAYLOAD`;
  const hash = hex(await crypto.subtle.digest("SHA-256", encoder.encode(canonical)));
  const signature = hex(await crypto.subtle.sign(hmac.name, day.key, encoder.encode(`AWS4-HMAC-SHA256\n${date}\n${day.scope}\n${hash}`)));
  const expiresAt = new Date(now + expiresIn * 1000).toISOString();
  return { url: `https://${host}${path}?${query}&X-Amz-Signature=${signature}`, method: "GET", headers: {}, profile: name, key, expiresAt, expiresIn };
}

async function newDay({ REGION, CREDENTIALS }, date, accessKeyId, sessionToken) {
  let key = encoder.encode(`AWS4${CREDENTIALS.secretAccessKey}`);
  for (const part of [date, REGION, "s3", "aws4_request"]) key = await crypto.subtle.sign(hmac.name, await imported(key), encoder.encode(part));
  const scope = `${date}/${REGION}/s3/aws4_request`;
  const before = `X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=${encode(`${accessKeyId}/${scope}`)}`;
  const after = `&X-Amz-Security-Token=${encode(sessionToken)}&X-Amz-SignedHeaders=host`;
  return { date, key: await imported(key), scope, before, after };
}

const imported = (key) => crypto.subtle.importKey("raw", key, hmac, false, ["sign"]);

const encode = (text) => encodeURIComponent(text).replace(/[!'()*]/g, (it) => `%${it.charCodeAt(0).toString(16).toUpperCase()}`);

const digits = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, "0"));

function hex(buffer) {
  let text = "";
  for (const byte of new Uint8Array(buffer)) text += digits[byte];
  return text;
}

function json(answer) {
  const headers = { "content-type": "application/json", "cache-control": "no-store" };
  return answer ? new Response(JSON.stringify(answer), { headers }) : new Response(null, { status: 403 });
}

function logged(profile, response) {
  console.log(JSON.stringify({ level: "info", event: "request", caller: "app", profile, operation: "getObject", status: response.status, outcome: "ok" }));
  return response;
}
