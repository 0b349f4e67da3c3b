import { fromBase64, toBase64Url } from "./base64.js";
import { withoutSlash } from "./requests.js";

const hmac = { name: "HMAC", hash: "SHA-256" };

/** @type {typeof import("./index.js").makeLink} */
export async function makeLink(url, linkKey, { expiresIn = 3600, ...grant }) {
  const utf8 = new TextEncoder();
  // The first of several keys signs, here as in the worker.
  const key = await crypto.subtle.importKey("raw", keyBytes(linkKey.split(",")[0].trim()), hmac, false, ["sign"]);
  const exp = Math.floor(Date.now() / 1000) + expiresIn;
  const signed = `1.${toBase64Url(utf8.encode(JSON.stringify({ ...grant, exp })))}`;
  const mac = await crypto.subtle.sign(hmac, key, utf8.encode(signed));
  return `${withoutSlash(url)}/c/${signed}.${toBase64Url(mac)}`;
}

/** @param {string} text */
function keyBytes(text) {
  try {
    const bytes = fromBase64(text);
    if (bytes.length === 32) return bytes;
  } catch {
    // It is said below, without the key.
  }
  throw new TypeError("makeLink: the link key must be 32 bytes in base64.");
}
