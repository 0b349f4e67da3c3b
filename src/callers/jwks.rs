//! The public keys of an issuer: a [JWK Set](https://www.rfc-editor.org/rfc/rfc7517#section-5).

use serde::Deserialize;

use super::jwt::Jwt;
use crate::json::{self, Json};
use crate::oidc::jwk::PublicJwk;
use crate::platform::{KeyType, PublicKey, SignatureAlgorithm};

/// A key that verifies signatures.
#[derive(Debug, PartialEq, Eq)]
pub struct Key {
    /// `kid`.
    id: Option<String>,
    kty: KeyType,
    /// `alg`: the only algorithm that it is used with, where the issuer says so.
    algorithm: Option<SignatureAlgorithm>,
    /// The public key alone.
    pub public: PublicKey,
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
        (Some(key), Some(other))
            if key.public == other.public && fitting.all(|it| it.public == key.public) =>
        {
            Found::Key(key)
        }
        _ => Found::Unusable,
    }
}

/// The members of a JWK that are read besides those of the key itself; others are ignored.
#[derive(Deserialize)]
struct Jwk {
    #[serde(rename = "use")]
    usage: Option<String>,
    key_ops: Option<Vec<String>>,
    kid: Option<String>,
    alg: Option<SignatureAlgorithm>,
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
const MEMBERS: [&str; 4] = ["use", "key_ops", "kid", "alg"];

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
    let public = PublicJwk::read(&members)?;
    let jwk: Jwk = json::from_json(Json::Object(members)).ok()?;
    let for_signatures = jwk.usage.as_ref().is_none_or(|usage| usage == "sig")
        && (jwk.key_ops.as_ref()).is_none_or(|all| all.iter().any(|one| one == "verify"));
    if !for_signatures {
        return None;
    }
    let key_type = public.key_type;
    let possible = jwk.alg.is_none_or(|only| only.key_type() == key_type);
    possible.then_some(Key {
        id: jwk.kid,
        kty: key_type,
        algorithm: jwk.alg,
        public: PublicKey::new(public.json),
    })
}
