//! An issuer of JWTs for the tests, and the platform's part of verifying them: RustCrypto's
//! algorithms, where the worker has WebCrypto's.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use edge_presigner::platform::SignatureAlgorithm;
use p256::ecdsa::signature::{Signer as _, Verifier as _};
use rsa::pkcs8::DecodePrivateKey;
use rsa::rand_core::{Infallible, TryCryptoRng, TryRng};
use rsa::signature::{RandomizedSigner as _, SignatureEncoding as _};
use rsa::traits::PublicKeyParts;
use rsa::{BoxedUint, PrivateKey, PublicKey, pkcs1v15, pss};
use serde_json::{Value, json};
use sha2::{Sha256, Sha384, Sha512};

/// The issuer of the tests, and where its documents are.
pub const ISSUER: &str = "https://login.example";
pub const DISCOVERY: &str = "https://login.example/.well-known/openid-configuration";
pub const JWKS: &str = "https://keys.example/jwks?v=1";

/// The private keys of [RFC 7515](https://www.rfc-editor.org/rfc/rfc7515#appendix-A), appendices A.2 and A.3; of the RSA key,
/// `dp`, `dq` and `qi` were computed from the rest.
pub const RFC7515_RSA: &str = include_str!("../fixtures/keys/rfc7515_a2.json");
pub const RFC7515_P256: &str = include_str!("../fixtures/keys/rfc7515_a3.json");

/// A pair of keys.
pub enum Pair {
    Rsa(Box<PrivateKey>),
    P256(p256::ecdsa::SigningKey),
    P384(p384::ecdsa::SigningKey),
    Ed25519(ed25519_dalek::SigningKey),
}

pub fn rsa() -> Pair {
    let pem = include_str!("../fixtures/keys/rsa_2048.pem");
    Pair::Rsa(Box::new(PrivateKey::from_pkcs8_pem(pem).unwrap()))
}

/// A pair of Ed25519; one for each `seed`.
pub fn ed25519(seed: u8) -> Pair {
    Pair::Ed25519(ed25519_dalek::SigningKey::from_bytes(&[seed; 32]))
}

/// A token of the user `sub` for the audience `web`, by the key `k1` of [`ed25519`]`(1)`.
pub fn web_token(sub: &Value, exp: u64) -> String {
    let claims = json!({"iss": ISSUER, "aud": "web", "sub": sub, "org": {"id": 7}, "exp": exp});
    ed25519(1).token(&json!({"alg": "EdDSA", "kid": "k1"}), &claims)
}

/// A pair that can sign by `algorithm`.
pub fn pair_for(algorithm: &str) -> Pair {
    match algorithm {
        "ES256" => Pair::P256(p256::ecdsa::SigningKey::from_slice(&[7; 32]).unwrap()),
        "ES384" => Pair::P384(p384::ecdsa::SigningKey::from_slice(&[7; 48]).unwrap()),
        "EdDSA" | "Ed25519" => ed25519(7),
        _ => rsa(),
    }
}

pub fn b64(bytes: impl AsRef<[u8]>) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

fn bytes(jwk: &Value, name: &str) -> Vec<u8> {
    URL_SAFE_NO_PAD.decode(jwk[name].as_str().unwrap()).unwrap()
}

impl Pair {
    /// The public key as a JWK with the `kid`.
    pub fn jwk(&self, kid: &str) -> Value {
        match self {
            Self::Rsa(key) => {
                json!({"kty": "RSA", "kid": kid, "n": b64(key.n().to_be_bytes_trimmed_vartime()),
                "e": b64(key.e().to_be_bytes_trimmed_vartime())})
            }
            Self::P256(key) => {
                let point = key.verifying_key().to_sec1_point(false);
                json!({"kty": "EC", "kid": kid, "crv": "P-256", "x": b64(point.x().unwrap()), "y": b64(point.y().unwrap())})
            }
            Self::P384(key) => {
                let point = key.verifying_key().to_sec1_point(false);
                json!({"kty": "EC", "kid": kid, "crv": "P-384", "x": b64(point.x().unwrap()), "y": b64(point.y().unwrap())})
            }
            Self::Ed25519(key) => {
                json!({"kty": "OKP", "kid": kid, "crv": "Ed25519", "x": b64(key.verifying_key().as_bytes())})
            }
        }
    }

    fn sign(&self, algorithm: &str, message: &[u8]) -> Vec<u8> {
        match self {
            Self::Rsa(key) => {
                let key = PrivateKey::clone(key);
                match algorithm {
                    "RS384" => pkcs1v15::SigningKey::<Sha384>::new(key)
                        .sign(message)
                        .to_vec(),
                    "RS512" => pkcs1v15::SigningKey::<Sha512>::new(key)
                        .sign(message)
                        .to_vec(),
                    "PS256" => pss::SigningKey::<Sha256>::new(key)
                        .sign_with_rng(&mut Fixed, message)
                        .to_vec(),
                    "PS384" => pss::SigningKey::<Sha384>::new(key)
                        .sign_with_rng(&mut Fixed, message)
                        .to_vec(),
                    "PS512" => pss::SigningKey::<Sha512>::new(key)
                        .sign_with_rng(&mut Fixed, message)
                        .to_vec(),
                    _ => pkcs1v15::SigningKey::<Sha256>::new(key)
                        .sign(message)
                        .to_vec(),
                }
            }
            Self::P256(key) => {
                let signature: p256::ecdsa::Signature = key.sign(message);
                signature.to_vec()
            }
            Self::P384(key) => {
                let signature: p384::ecdsa::Signature = key.sign(message);
                signature.to_vec()
            }
            Self::Ed25519(key) => key.sign(message).to_vec(),
        }
    }

    /// A token with this header and these claims.
    pub fn token(&self, header: &Value, claims: &Value) -> String {
        self.token_of(&header.to_string(), &claims.to_string())
    }

    /// The same from JSON as it stands.
    pub fn token_of(&self, header: &str, claims: &str) -> String {
        let algorithm = serde_json::from_str::<Value>(header).ok();
        let algorithm = algorithm.and_then(|header| header["alg"].as_str().map(str::to_owned));
        let signed = format!("{}.{}", b64(header), b64(claims));
        let signature = self.sign(&algorithm.unwrap_or_default(), signed.as_bytes());
        format!("{signed}.{}", b64(signature))
    }
}

/// [`edge_presigner::platform::Crypto::sign`]. A key whose halves do not belong together is refused, as by WebCrypto.
pub fn sign(algorithm: SignatureAlgorithm, jwk: &str, message: &[u8]) -> Option<Vec<u8>> {
    let jwk: Value = serde_json::from_str(jwk).unwrap();
    let number = |name| BoxedUint::from_be_slice_vartime(&bytes(&jwk, name));
    let (pair, name) = match algorithm {
        SignatureAlgorithm::Es256 => {
            let key = p256::ecdsa::SigningKey::from_slice(&bytes(&jwk, "d")).ok()?;
            (Pair::P256(key), "ES256")
        }
        SignatureAlgorithm::Rs256 => {
            let primes = vec![number("p"), number("q")];
            let key = PrivateKey::from_components(number("n"), number("e"), number("d"), primes);
            (Pair::Rsa(Box::new(key.ok()?)), "RS256")
        }
        _ => return None,
    };
    let public = pair.jwk("");
    let matches = ["n", "e", "x", "y"]
        .iter()
        .all(|name| public[name] == jwk[name]);
    matches.then(|| pair.sign(name, message))
}

/// [`edge_presigner::platform::Platform::verify_signature`].
pub fn verify(algorithm: SignatureAlgorithm, jwk: &str, message: &[u8], signature: &[u8]) -> bool {
    let jwk: Value = serde_json::from_str(jwk).unwrap();
    match algorithm {
        SignatureAlgorithm::EdDsa => {
            let key = bytes(&jwk, "x").try_into().unwrap();
            let key = ed25519_dalek::VerifyingKey::from_bytes(&key);
            let signature = ed25519_dalek::Signature::from_slice(signature);
            key.is_ok_and(|key| signature.is_ok_and(|it| key.verify_strict(message, &it).is_ok()))
        }
        SignatureAlgorithm::Es256 => {
            let point = [vec![4], bytes(&jwk, "x"), bytes(&jwk, "y")].concat();
            let key = p256::ecdsa::VerifyingKey::from_sec1_bytes(&point);
            let signature = p256::ecdsa::Signature::from_slice(signature);
            key.is_ok_and(|key| signature.is_ok_and(|it| key.verify(message, &it).is_ok()))
        }
        SignatureAlgorithm::Es384 => {
            let point = [vec![4], bytes(&jwk, "x"), bytes(&jwk, "y")].concat();
            let key = p384::ecdsa::VerifyingKey::from_sec1_bytes(&point);
            let signature = p384::ecdsa::Signature::from_slice(signature);
            key.is_ok_and(|key| signature.is_ok_and(|it| key.verify(message, &it).is_ok()))
        }
        _ => verify_rsa(algorithm, &jwk, message, signature),
    }
}

fn verify_rsa(
    algorithm: SignatureAlgorithm,
    jwk: &Value,
    message: &[u8],
    signature: &[u8],
) -> bool {
    let [n, e] = ["n", "e"].map(|name| BoxedUint::from_be_slice_vartime(&bytes(jwk, name)));
    let Ok(key) = PublicKey::new(n, e) else {
        return false;
    };
    let plain = pkcs1v15::Signature::try_from(signature);
    let salted = pss::Signature::try_from(signature);
    let (Ok(plain), Ok(salted)) = (plain, salted) else {
        return false;
    };
    match algorithm {
        SignatureAlgorithm::Rs256 => {
            pkcs1v15::VerifyingKey::<Sha256>::new(key).verify(message, &plain)
        }
        SignatureAlgorithm::Rs384 => {
            pkcs1v15::VerifyingKey::<Sha384>::new(key).verify(message, &plain)
        }
        SignatureAlgorithm::Rs512 => {
            pkcs1v15::VerifyingKey::<Sha512>::new(key).verify(message, &plain)
        }
        SignatureAlgorithm::Ps256 => pss::VerifyingKey::<Sha256>::new(key).verify(message, &salted),
        SignatureAlgorithm::Ps384 => pss::VerifyingKey::<Sha384>::new(key).verify(message, &salted),
        _ => pss::VerifyingKey::<Sha512>::new(key).verify(message, &salted),
    }
    .is_ok()
}

/// Randomness that no test depends on.
struct Fixed;

impl TryRng for Fixed {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        Ok(7)
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        Ok(7)
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Infallible> {
        bytes.fill(7);
        Ok(())
    }
}

impl TryCryptoRng for Fixed {}
