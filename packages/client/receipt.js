import { fromBase64 } from "./base64.js";
import { PresignerError } from "./error.js";
import { globalFetch, requestJson, retrying, trustedAddress } from "./requests.js";

const type = "upload-receipt+jwt";
const ecdsa = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" };
const rsa = { name: "RSASSA-PKCS1-v1_5", hash: "SHA-256" };

// Keys are fetched again after so long.
const keptMs = 600_000;
// While the issuer cannot be reached, its keys are used for so long.
const usableMs = 3_600_000;
// They are not fetched sooner than that after a failure, nor for a receipt whose key is not among them.
const pauseMs = 30_000;

/** @typedef {{ kid?: string } & JsonWebKey} Key */

/**
 * The keys of issuers, when they were fetched, when that was tried last, and how it failed then.
 * @type {Map<string, { keys: Key[], fetchedMs: number, triedMs: number, failure?: unknown }>}
 */
const fetched = new Map();

/** @type {typeof import("./index.js").verifyReceipt} */
export async function verifyReceipt(receipt, { issuer, audience, jwks, clockToleranceSecs = 30, fetch }) {
  if (!issuer || !audience) throw new TypeError("verifyReceipt needs the issuer and the audience.");
  const address = jwks ? "" : trustedAddress("verifyReceipt: issuer", issuer, fetch);
  const [, head, body, signature] = /^([\w-]+)\.([\w-]+)\.([\w-]+)$/.exec(receipt) ?? refuse("it is no JWS");
  const header = read(() => parse(head));
  if (header.typ !== type) refuse(`its type is not ${type}`);
  if (header.crit !== undefined) refuse("it has critical extensions");
  const algorithm = header.alg === "ES256" ? ecdsa : header.alg === "RS256" ? rsa : refuse("its algorithm is neither ES256 nor RS256");
  const keys = jwks?.keys ?? (await keysOf(address, header.kid, fetch ?? globalFetch));
  const jwk = keys.find(({ kid }) => kid !== undefined && kid === header.kid) ?? refuse("its key is not the issuer's");
  await checkSignature(algorithm, jwk, `${head}.${body}`, read(() => fromBase64(signature)));

  const claims = read(() => parse(body));
  const nowSecs = Date.now() / 1000;
  const { iss, aud, exp, nbf = 0, iat, jti } = claims;
  if (iss !== issuer) refuse("it is of another issuer");
  if (![aud].flat().includes(audience)) refuse("it is for another audience");
  if (![exp, nbf, iat].every(Number.isFinite) || typeof jti !== "string") refuse("a claim is missing");
  if (exp <= nowSecs - clockToleranceSecs) refuse("it has expired");
  if (Math.max(nbf, iat) > nowSecs + clockToleranceSecs) refuse("it is not valid yet");
  return claims;
}

/**
 * @param {typeof ecdsa | typeof rsa} algorithm
 * @param {Key} jwk
 * @param {string} signed
 * @param {Uint8Array<ArrayBuffer>} signature
 */
async function checkSignature(algorithm, jwk, signed, signature) {
  // Refuses a key of another kind, for another algorithm or another use, and a point that is not on the curve.
  const key = await crypto.subtle.importKey("jwk", jwk, algorithm, false, ["verify"]).catch(() => refuse("its key does not fit its algorithm"));
  const { modulusLength = 2048 } = /** @type {Partial<RsaKeyAlgorithm>} */ (key.algorithm);
  if (modulusLength < 2048) refuse("its key is too short");
  if (!(await crypto.subtle.verify(algorithm, key, signature, new TextEncoder().encode(signed)))) refuse("its signature is wrong");
}

/**
 * @param {string} address
 * @param {unknown} kid
 * @param {typeof fetch} fetch
 */
async function keysOf(address, kid, fetch) {
  const nowMs = Date.now();
  const known = fetched.get(address) ?? { keys: [], fetchedMs: -Infinity, triedMs: -Infinity };
  const ageMs = nowMs - known.fetchedMs;
  const usable = ageMs < usableMs ? known.keys : [];
  const isThere = usable.some((it) => it.kid === kid);
  if (isThere && ageMs < keptMs) return usable;
  if (nowMs - known.triedMs >= pauseMs) {
    // Receipts that come meanwhile fetch for themselves: some platforms let no request wait for what another one fetches.
    try {
      const { keys } = await retrying(() => requestJson(fetch, `${address}/.well-known/jwks.json`, {}));
      if (!Array.isArray(keys)) throw new PresignerError("unreadable", { detail: "The issuer's keys are not a key set." });
      fetched.set(address, { keys, fetchedMs: nowMs, triedMs: Date.now() });
      return keys;
    } catch (failure) {
      fetched.set(address, { ...(fetched.get(address) ?? known), triedMs: Date.now(), failure });
      if (!isThere) throw failure;
    }
  }
  // Whether a receipt is another's cannot be told while the issuer's keys cannot be had.
  if (!isThere && known.failure) throw known.failure;
  return usable;
}

/** @param {string} text */
const parse = (text) => Object(JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(fromBase64(text))));

/**
 * @template T
 * @param {() => T} work
 */
function read(work) {
  try {
    return work();
  } catch {
    return refuse("it is malformed");
  }
}

/**
 * @param {string} why
 * @returns {never}
 */
function refuse(why) {
  throw new PresignerError("invalid-receipt", { detail: `The receipt is not accepted: ${why}.` });
}
