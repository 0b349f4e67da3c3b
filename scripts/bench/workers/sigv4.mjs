// Presigning without a library, as a good engineer writes it for speed: the signing key of the day is imported once, and what the
// URLs of a day have in common is kept.
const encoder = new TextEncoder();
const hmac = { name: "HMAC", hash: "SHA-256" };
let day;

/** Resolves to the URL of a GET of `key` in `bucket` at the time `now`, in milliseconds. */
export async function presign({ REGION, CREDENTIALS }, { bucket, key, expiresIn }, now = Date.now()) {
  const date = new Date(now).toISOString().replace(/[:-]|\.\d+/g, "");
  if (day?.date !== date.slice(0, 8)) day = await newDay(REGION, CREDENTIALS, date.slice(0, 8));
  const host = `${bucket}.s3.${REGION}.amazonaws.com`;
  const path = `/${key.split("/").map(encode).join("/")}`;
  const query = `${day.before}&X-Amz-Date=${date}&X-Amz-Expires=${expiresIn}${day.after}`;
  const canonical = `GET\n${path}\n${query}\nhost:${host}\n\nhost\nUNSIGNED-PAYLOAD`;
  const hash = hex(await crypto.subtle.digest("SHA-256", encoder.encode(canonical)));
  const signature = hex(await crypto.subtle.sign(hmac.name, day.key, encoder.encode(`AWS4-HMAC-SHA256\n${date}\n${day.scope}\n${hash}`)));
  return `https://${host}${path}?${query}&X-Amz-Signature=${signature}`;
}

async function newDay(region, { accessKeyId, secretAccessKey, sessionToken }, date) {
  let key = encoder.encode(`AWS4${secretAccessKey}`);
  for (const part of [date, region, "s3", "aws4_request"]) key = await crypto.subtle.sign(hmac.name, await imported(key), encoder.encode(part));
  const scope = `${date}/${region}/s3/aws4_request`;
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
