//! The public keys of an issuer: a [JWK Set](https://www.rfc-editor.org/rfc/rfc7517#section-5).

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use super::algorithm::{Algorithm, KeyKind};
use super::jwt::Jwt;
use crate::json::Object;

/// How many keys of a set are kept; the largest issuers have about twenty.
const MAX_KEYS: usize = 64;

/// Bits of an RSA modulus: at least what [JWA][jwa] demands, and no more than is sensible to verify.
///
/// [jwa]: https://www.rfc-editor.org/rfc/rfc7518#section-3.3
const RSA_BYTES: std::ops::RangeInclusive<usize> = 256..=1024;

/// A key that verifies signatures.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Key {
    /// `kid`.
    id: Option<String>,
    kind: KeyKind,
    /// `alg`: the one algorithm that it is for, where the issuer says so.
    algorithm: Option<Algorithm>,
    /// The members that make up the public key, as a JWK of its own.
    pub jwk: String,
}

impl Key {
    /// Whether it may have signed `jwt`. The key decides, not the token's `alg`.
    fn fits(&self, jwt: &Jwt<'_>) -> bool {
        self.kind == jwt.algorithm.key_kind()
            && self.algorithm.is_none_or(|only| only == jwt.algorithm)
    }
}

/// What a set of keys has for a token.
#[derive(Debug, PartialEq, Eq)]
pub enum Found<'k> {
    /// The one key that can have signed it.
    Key(&'k Key),
    /// No key of that name. A newer set may have it.
    Unknown,
    /// Keys that do not fit, or more than one that does.
    Unfit,
}

/// The key of `keys` that can have signed `jwt`.
pub fn find<'k>(keys: &'k [Key], jwt: &Jwt<'_>) -> Found<'k> {
    let named = |key: &&Key| jwt.key_id.is_none() || key.id == jwt.key_id;
    if !keys.iter().any(|key| named(&key)) {
        return Found::Unknown;
    }
    let mut fitting = keys.iter().filter(named).filter(|key| key.fits(jwt));
    match (fitting.next(), fitting.next()) {
        (Some(key), None) => Found::Key(key),
        _ => Found::Unfit,
    }
}

/// Reads a JWK Set. Keys that are for something else, or of a kind that is not known here, are left out,
/// [as they are to be](https://www.rfc-editor.org/rfc/rfc7517#section-5). `None` when it is no set, or
/// nothing is left.
pub fn read(json: &str) -> Option<Vec<Key>> {
    let mut set = Object::parse(json).ok()?;
    let keys: Vec<Object> = set.take("keys").ok()?;
    let keys: Vec<Key> = keys.into_iter().filter_map(key).take(MAX_KEYS).collect();
    (!keys.is_empty()).then_some(keys)
}

fn key(mut jwk: Object) -> Option<Key> {
    let usage = jwk.optional::<String>("use").ok()?;
    let operations = jwk.optional::<Vec<String>>("key_ops").ok()?;
    let verifies = usage.is_none_or(|usage| usage == "sig")
        && operations.is_none_or(|all| all.iter().any(|one| one == "verify"));
    if !verifies {
        return None;
    }
    let id = jwk.optional("kid").ok()?;
    let algorithm = jwk.optional("alg").ok()?;
    let kty: String = jwk.take("kty").ok()?;
    let crv: Option<String> = jwk.optional("crv").ok()?;
    let (kind, jwk) = match (kty.as_str(), crv.as_deref()) {
        ("RSA", _) => {
            let (n, e) = (number(&mut jwk, "n")?, number(&mut jwk, "e")?);
            if !RSA_BYTES.contains(&n.bytes) {
                return None;
            }
            let jwk = format!(r#"{{"kty":"RSA","n":"{}","e":"{}"}}"#, n.text, e.text);
            (KeyKind::Rsa, jwk)
        }
        ("EC", Some(curve @ ("P-256" | "P-384"))) => {
            let (x, y) = (number(&mut jwk, "x")?, number(&mut jwk, "y")?);
            let kind = if curve == "P-256" {
                KeyKind::P256
            } else {
                KeyKind::P384
            };
            let (x, y) = (x.text, y.text);
            let jwk = format!(r#"{{"kty":"EC","crv":"{curve}","x":"{x}","y":"{y}"}}"#);
            (kind, jwk)
        }
        ("OKP", Some("Ed25519")) => {
            let x = number(&mut jwk, "x")?.text;
            let jwk = format!(r#"{{"kty":"OKP","crv":"Ed25519","x":"{x}"}}"#);
            (KeyKind::Ed25519, jwk)
        }
        _ => return None,
    };
    let key = Key {
        id,
        kind,
        algorithm,
        jwk,
    };
    let possible = key.algorithm.is_none_or(|only| only.key_kind() == kind);
    possible.then_some(key)
}

/// A number of a key in base64url, and how many bytes it has.
struct Number {
    text: String,
    bytes: usize,
}

fn number(jwk: &mut Object, name: &str) -> Option<Number> {
    let text: String = jwk.take(name).ok()?;
    let decoded = URL_SAFE_NO_PAD.decode(&text).ok()?;
    let zeros = decoded.iter().take_while(|byte| **byte == 0).count();
    Some(Number {
        bytes: decoded.len().saturating_sub(zeros),
        text,
    })
}
