// Receipts that a verifier has to accept and to refuse, signed by jose, which is not the code under test.
import { createPrivateKey, generateKeyPairSync, randomBytes, sign } from "node:crypto";
import { SignJWT, UnsecuredJWT, importJWK } from "jose";
import { keyId, signingKey } from "../../../scripts/keys.mjs";

export const audience = "https://api.example.com";

/** Keys of each kind that a worker can have, and of a stranger. */
export const keys = { ES256: signingKey("ES256"), RS256: signingKey("RS256") };
const stranger = { ES256: signingKey("ES256"), RS256: signingKey("RS256") };
const short = generateKeyPairSync("rsa", { modulusLength: 1024 }).privateKey.export({ format: "jwk" });
const p384 = generateKeyPairSync("ec", { namedCurve: "P-384" }).privateKey.export({ format: "jwk" });

const publicKey = ({ kty, crv, x, y, n, e }) => ({ kty, crv, x, y, n, e });

/** The key set of the issuer, without `alg` and `use`, so that the verifier has to hold the kinds apart itself. */
export const jwks = { keys: [...Object.values(keys), p384, short].map((jwk) => JSON.parse(JSON.stringify({ ...publicKey(jwk), kid: keyId(jwk) }))) };

/** A receipt with these claims and members of the header; `undefined` leaves one out. */
export async function signed(claims, { alg = "ES256", by = keys[alg], ...header } = {}) {
  const members = { alg, kid: keyId(by), typ: "upload-receipt+jwt", ...header };
  return new SignJWT(claims).setProtectedHeader(JSON.parse(JSON.stringify(members))).sign(await importJWK(by, alg), { crit: { exp: true } });
}

const base64url = (value) => Buffer.from(typeof value === "string" ? value : JSON.stringify(value)).toString("base64url");

/** A receipt that jose would not sign: by the key `jwk`, under whatever name of an algorithm. */
function signedAs(alg, claims, jwk) {
  const text = `${base64url({ alg, kid: keyId(jwk), typ: "upload-receipt+jwt" })}.${base64url(claims)}`;
  const key = { key: createPrivateKey({ key: jwk, format: "jwk" }), dsaEncoding: "ieee-p1363" };
  return `${text}.${sign("sha256", Buffer.from(text), key).toString("base64url")}`;
}

/** The claims of a receipt of `issuer`, as the worker writes them. */
export function claimsOf(issuer) {
  const iat = Math.floor(Date.now() / 1000);
  return {
    iss: issuer, aud: audience, iat, exp: iat + 300, jti: randomBytes(16).toString("hex"), profile: "avatars", bucket: "my-bucket",
    key: "users/ädä.png", sizeBytes: 7, etag: '"e"', caller: { name: "app" },
  };
}

/** Receipts by what they are: `right` ones, which are to be accepted, and `wrong` ones. */
export async function judged(issuer) {
  const claims = claimsOf(issuer);
  const now = claims.iat;
  const right = {
    "by ES256": await signed(claims),
    "by RS256": await signed(claims, { alg: "RS256" }),
    "by Node's own ES256": signedAs("ES256", claims, keys.ES256),
    "for several audiences": await signed({ ...claims, aud: ["https://other.example.com", audience] }),
    "a moment too old": await signed({ ...claims, iat: now - 310, exp: now - 10 }),
    "a moment too early": await signed({ ...claims, iat: now + 10, nbf: now + 10 }),
  };
  const wrong = {};
  for (const alg of ["ES256", "RS256"]) {
    const token = await signed(claims, { alg });
    const [head, body, signature] = token.split(".");
    const bytes = Buffer.from(signature, "base64url");
    const without = (name) => Object.fromEntries(Object.entries(claims).filter(([it]) => it !== name));
    for (const [what, value] of Object.entries({
      "with other claims": `${head}.${base64url({ ...claims, sizeBytes: 8 })}.${signature}`,
      "with another header": `${base64url({ ...JSON.parse(Buffer.from(head, "base64url")), x: 1 })}.${body}.${signature}`,
      "with a signature of zeros": `${head}.${body}.${base64url("\0".repeat(bytes.length))}`,
      "with a shorter signature": `${head}.${body}.${bytes.subarray(1).toString("base64url")}`,
      "with a longer signature": `${head}.${body}.${Buffer.concat([bytes, bytes.subarray(0, 1)]).toString("base64url")}`,
      "without a signature": `${head}.${body}.`,
      "with a fourth part": `${token}.${signature}`,
      "with padding": `${token}=`,
      "with a line end": `${token}\n`,
      "by a stranger": await signed(claims, { alg, by: stranger[alg] }),
      "by a stranger with the issuer's kid": await signed(claims, { alg, by: stranger[alg], kid: keyId(keys[alg]) }),
      "by another key of the issuer": await signed(claims, { alg, kid: keyId(keys[alg === "ES256" ? "RS256" : "ES256"]) }),
      "without a kid": await signed(claims, { alg, kid: undefined }),
      "of another issuer": await signed({ ...claims, iss: `${issuer}/` }, { alg }),
      "for another audience": await signed({ ...claims, aud: "https://other.example.com" }, { alg }),
      "for audiences that are others": await signed({ ...claims, aud: ["https://other.example.com", [audience]] }, { alg }),
      expired: await signed({ ...claims, iat: now - 400, exp: now - 100 }, { alg }),
      "of the future": await signed({ ...claims, iat: now + 100, exp: now + 400 }, { alg }),
      "not valid yet": await signed({ ...claims, nbf: now + 100 }, { alg }),
      "of the type of a token": await signed(claims, { alg, typ: "JWT" }),
      "without a type": await signed(claims, { alg, typ: undefined }),
      "with a critical extension": await signed(claims, { alg, crit: ["exp"], exp: 1 }),
      ...Object.fromEntries(await Promise.all(["iss", "aud", "exp", "iat", "jti"].map(async (name) => [`without ${name}`, await signed(without(name), { alg })]))),
    })) {
      wrong[`${alg} ${what}`] = value;
    }
  }
  const header = { alg: "HS256", typ: "upload-receipt+jwt", kid: keyId(keys.ES256) };
  const symmetric = new SignJWT(claims).setProtectedHeader(header);
  return {
    right,
    wrong: {
      ...wrong,
      unsigned: new UnsecuredJWT(claims).encode(),
      "with an HMAC by the public key": await symmetric.sign(Buffer.from(JSON.stringify(publicKey(keys.ES256)))),
      ...Object.fromEntries(["RS256", "ES384", "es256", "none", "HS256", undefined].map((alg) => [`by ES256, as ${alg}`, signedAs(alg, claims, keys.ES256)])),
      ...Object.fromEntries(["ES256", "PS256", "RS384", "none"].map((alg) => [`by RS256, as ${alg}`, signedAs(alg, claims, keys.RS256)])),
      "by a key of 1,024 bits": signedAs("RS256", claims, short),
      "by ES384": await signed(claims, { alg: "ES384", by: p384 }),
      "by PS256": await signed(claims, { alg: "PS256", by: keys.RS256 }),
      "by RS512": await signed(claims, { alg: "RS512", by: keys.RS256 }),
      "with times as texts": `${(await signed(claims)).split(".")[0]}.${base64url({ ...claims, exp: String(claims.exp) })}.AAAA`,
      "with a header that is a list": `${base64url("[]")}.${base64url(claims)}.AAAA`,
      "with a header that is null": `${base64url("null")}.${base64url(claims)}.AAAA`,
      "with a header that is no JSON": `${base64url("{")}.${base64url(claims)}.AAAA`,
      "with a deep header": `${base64url("[".repeat(100_000))}.${base64url(claims)}.AAAA`,
      "with a header that is no base64": `A.${base64url(claims)}.AAAA`,
      "the algorithm of a prototype": `${base64url({ alg: "constructor", typ: header.typ, kid: header.kid })}.${base64url(claims)}.AAAA`,
      nothing: "",
      words: "a receipt",
    },
  };
}
