//! The public keys of an issuer: a [JWK Set](https://www.rfc-editor.org/rfc/rfc7517#section-5).

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use serde::Deserialize;

use super::jwt::Jwt;
use crate::json::{self, Json};
use crate::platform::{KeyType, SignatureAlgorithm};

/// Bytes of an RSA modulus: at least what [JWA][jwa] requires, and no more than is reasonable to verify.
///
/// [jwa]: https://www.rfc-editor.org/rfc/rfc7518#section-3.3
const RSA_BYTES: std::ops::RangeInclusive<usize> = 256..=1024;

/// A key that verifies signatures.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Key {
    /// `kid`.
    id: Option<String>,
    kty: KeyType,
    /// `alg`: the only algorithm that it is used with, where the issuer says so.
    algorithm: Option<SignatureAlgorithm>,
    /// The public key alone, as a JWK.
    pub jwk: String,
}

impl Key {
    /// Whether it can have signed `jwt`. The key decides, not the token's `alg`.
    fn fits(&self, jwt: &Jwt<'_>) -> bool {
        self.kty == jwt.algorithm.key_type()
            && self.algorithm.is_none_or(|only| only == jwt.algorithm)
    }
}

/// The result of looking for a token's key.
#[derive(Debug, PartialEq, Eq)]
pub enum Found<'k> {
    /// The only key that can have signed it.
    Key(&'k Key),
    /// No key has this `kid`. A newer set may have one.
    Unknown,
    /// No key, or more than one, can have signed it.
    Unusable,
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
        // The same key may stand there more than once, for one algorithm each.
        (Some(key), Some(other)) if key.jwk == other.jwk && fitting.all(|it| it.jwk == key.jwk) => {
            Found::Key(key)
        }
        _ => Found::Unusable,
    }
}

/// The members of a JWK that are read; others are ignored.
#[derive(Deserialize)]
struct Jwk {
    kty: String,
    #[serde(rename = "use")]
    usage: Option<String>,
    key_ops: Option<Vec<String>>,
    kid: Option<String>,
    alg: Option<SignatureAlgorithm>,
    crv: Option<String>,
    n: Option<Base64Url>,
    e: Option<Base64Url>,
    x: Option<Base64Url>,
    y: Option<Base64Url>,
}

#[derive(Deserialize)]
struct JwkSet {
    keys: Vec<Json>,
}

/// Reads a JWK Set. Keys with another use, or of a type that is not supported, are left out, [as the standard
/// says](https://www.rfc-editor.org/rfc/rfc7517#section-5). `None` when it is not a set, or no key is left. The number of
/// keys is bounded by the length of the document.
pub fn read(json: &str) -> Option<Vec<Key>> {
    let set: JwkSet = json::read(json).ok()?;
    let keys: Vec<Key> = set.keys.into_iter().filter_map(key).collect();
    Some(keys)
}

/// The names of the members of a [`Jwk`].
const MEMBERS: [&str; 10] = [
    "kty", "use", "key_ops", "kid", "alg", "crv", "n", "e", "x", "y",
];

fn key(json: Json) -> Option<Key> {
    let Json::Object(mut members) = json else {
        return None;
    };
    // Some issuers write `null` where they leave a member out.
    for name in MEMBERS {
        if members.get(name) == Some(&Json::Null) {
            members.remove(name);
        }
    }
    let jwk: Jwk = json::from_json(Json::Object(members)).ok()?;
    let for_signatures = jwk.usage.as_ref().is_none_or(|usage| usage == "sig")
        && (jwk.key_ops.as_ref()).is_none_or(|all| all.iter().any(|one| one == "verify"));
    if !for_signatures {
        return None;
    }
    let (key_type, public) = public_key(&jwk)?;
    let possible = jwk.alg.is_none_or(|only| only.key_type() == key_type);
    possible.then_some(Key {
        id: jwk.kid,
        kty: key_type,
        algorithm: jwk.alg,
        jwk: public,
    })
}

/// The type of the key, and the members of its public half as a JWK of its own.
fn public_key(jwk: &Jwk) -> Option<(KeyType, String)> {
    match (jwk.kty.as_str(), jwk.crv.as_deref()) {
        ("RSA", _) => {
            let (n, e) = (jwk.n.as_ref()?, jwk.e.as_ref()?);
            RSA_BYTES.contains(&n.bytes).then(|| {
                let (n, e) = (&n.text, &e.text);
                let public = format!(r#"{{"kty":"RSA","n":"{n}","e":"{e}"}}"#);
                (KeyType::Rsa, public)
            })
        }
        ("EC", Some(curve @ ("P-256" | "P-384"))) => {
            let (x, y) = (&jwk.x.as_ref()?.text, &jwk.y.as_ref()?.text);
            let key_type = if curve == "P-256" {
                KeyType::P256
            } else {
                KeyType::P384
            };
            let public = format!(r#"{{"kty":"EC","crv":"{curve}","x":"{x}","y":"{y}"}}"#);
            Some((key_type, public))
        }
        ("OKP", Some("Ed25519")) => {
            let x = &jwk.x.as_ref()?.text;
            let public = format!(r#"{{"kty":"OKP","crv":"Ed25519","x":"{x}"}}"#);
            Some((KeyType::Ed25519, public))
        }
        _ => None,
    }
}

/// A number of a key in base64url. Padding is taken off, which some issuers add.
#[derive(Deserialize)]
#[serde(try_from = "String")]
struct Base64Url {
    text: String,
    /// Length of the number without leading zeros.
    bytes: usize,
}

impl TryFrom<String> for Base64Url {
    type Error = &'static str;

    fn try_from(mut text: String) -> Result<Self, &'static str> {
        text.truncate(text.trim_end_matches('=').len());
        let decoded = URL_SAFE_NO_PAD
            .decode(&text)
            .map_err(|_| "must be base64url")?;
        let zeros = decoded.iter().take_while(|byte| **byte == 0).count();
        Ok(Self {
            bytes: decoded.len().saturating_sub(zeros),
            text,
        })
    }
}
