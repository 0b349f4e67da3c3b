//! The keys that sign the worker's own tokens: the secret `OIDC_SIGNING_KEYS`.

use super::jwk::{PublicJwk, base64url, text};
use crate::json::{FieldError, Json, Object};
use crate::platform::{KeyType, SignatureAlgorithm};
use crate::secret::Secret;

/// Bytes of a coordinate and of the private number on P-256.
const P256_BYTES: usize = 32;

/// A private key.
#[derive(Clone, Debug)]
pub struct SigningKey {
    /// `kid`: its [thumbprint](PublicJwk::thumbprint).
    pub id: String,
    /// The only algorithm that it signs by.
    pub algorithm: SignatureAlgorithm,
    /// The name of that algorithm.
    pub(super) alg: &'static str,
    /// Its public half.
    pub public: PublicJwk,
    /// The whole key as a JWK, for the platform.
    pub(super) private: Secret,
}

const FORM: &str = "must be private keys in JSON: a JWK, a list of them, or a JWK Set";
const KEY_FORM: &str = "must be a private key on P-256, or an RSA key of 2,048 to 8,192 bits";

/// Reads the private keys in `secret`: one [JWK](https://www.rfc-editor.org/rfc/rfc7517), an array of them, or a JWK Set.
/// The first signs. Members other than those of the key itself have no meaning, except that `alg` must fit.
///
/// # Errors
/// What is wrong, by its path in the array. Nothing of a key is repeated.
pub fn signing_keys(secret: &str) -> Result<Vec<SigningKey>, Vec<FieldError>> {
    let jwks = jwks(secret).ok_or_else(|| vec![FieldError::new("", FORM)])?;
    let mut keys: Vec<SigningKey> = Vec::new();
    let mut errors = Vec::new();
    for (n, jwk) in jwks.iter().enumerate() {
        let read = signing_key(jwk).and_then(|key| {
            if keys.iter().any(|other| other.id == key.id) {
                Err(FieldError::new("", "stands there twice"))
            } else {
                Ok(key)
            }
        });
        match read {
            Ok(key) => keys.push(key),
            Err(error) => errors.push(error.within(&format!("[{n}]"))),
        }
    }
    if errors.is_empty() {
        Ok(keys)
    } else {
        Err(errors)
    }
}

/// The JWKs in `secret`, at least one.
fn jwks(secret: &str) -> Option<Vec<Json>> {
    let secret = secret.trim();
    let mut object = if secret.starts_with('[') {
        Object::parse(&format!(r#"{{"keys":{secret}}}"#)).ok()?
    } else {
        Object::parse(secret).ok()?
    };
    let keys = match object.remove("keys") {
        Some(Json::Array(keys)) => keys,
        Some(_) => return None,
        None => vec![Json::Object(object)],
    };
    (!keys.is_empty()).then_some(keys)
}

fn signing_key(jwk: &Json) -> Result<SigningKey, FieldError> {
    let Json::Object(members) = jwk else {
        return Err(FieldError::new("", KEY_FORM));
    };
    if text(members, "kty") == Some("oct") {
        let reason = "is a symmetric key, which nobody can verify without being able to sign";
        return Err(FieldError::new("kty", reason));
    }
    let public = PublicJwk::read(members).ok_or(FieldError::new("", KEY_FORM))?;
    let (algorithm, alg, private): (_, _, &[_]) = match public.key_type {
        KeyType::P256 => (SignatureAlgorithm::Es256, "ES256", &["d"]),
        KeyType::Rsa => (
            SignatureAlgorithm::Rs256,
            "RS256",
            &["d", "p", "q", "dp", "dq", "qi"],
        ),
        // AWS does not accept EdDSA, and P-384 has no advantage here.
        KeyType::P384 | KeyType::Ed25519 => return Err(FieldError::new("", KEY_FORM)),
    };
    if members.get("alg").is_some() && text(members, "alg") != Some(alg) {
        return Err(FieldError::new(
            "alg",
            format!("must be {alg} for this key"),
        ));
    }
    let private = private_jwk(&public, members, private)?;
    Ok(SigningKey {
        id: public.thumbprint(),
        algorithm,
        alg,
        public,
        private,
    })
}

/// The members of the `public` key with those that are `private`, from the JWK that has both.
fn private_jwk(
    public: &PublicJwk,
    members: &Object,
    private: &[&'static str],
) -> Result<Secret, FieldError> {
    let mut json = public.json.clone();
    json.truncate(json.len().saturating_sub(1));
    for member in private {
        let reason =
            "is missing or not base64url: this must be the private key, not its public half";
        let number = base64url(members, member).ok_or(FieldError::new(*member, reason))?;
        json.push_str(&format!(r#","{member}":"{}""#, number.text));
    }
    json.push('}');
    let has_length = |name| base64url(members, name).is_some_and(|it| it.bytes.len() == P256_BYTES);
    if public.key_type == KeyType::P256 && !["d", "x", "y"].into_iter().all(has_length) {
        let reason = "must have `d`, `x` and `y` of 32 bytes each";
        return Err(FieldError::new("", reason));
    }
    Ok(Secret::new(json))
}
