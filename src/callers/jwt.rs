//! JWTs in [compact form](https://www.rfc-editor.org/rfc/rfc7515#section-3.1), before their signature is verified.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Deserialize;

use super::claims::Claims;
use crate::json::{Json, Object, from_json};
use crate::platform::SignatureAlgorithm;

/// Longest token, in bytes.
pub const MAX_JWT_BYTES: usize = 8 * 1024;

/// A JWT that is not verified yet: nothing in it can be trusted. It is a secret until it expires, so it has no
/// `Debug`.
pub struct Jwt<'t> {
    /// `alg`; it is accepted only where it fits the key.
    pub algorithm: SignatureAlgorithm,
    /// `kid`: the key's name.
    pub key_id: Option<String>,
    /// The claims.
    pub claims: Claims,
    /// What is signed: header and payload in their original encoding.
    pub signed: &'t str,
    /// The signature.
    pub signature: Vec<u8>,
}

/// Why a token is rejected. The reason is for the log, not for the client.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum JwtError {
    /// Not a JWT in compact form with a JSON object of claims `iss` and `exp`.
    #[error("not a JWT with the claims `iss` and `exp`")]
    Malformed,
    /// `alg` is `none`, symmetric, unknown, or not allowed by the caller's rule.
    #[error("its `alg` is not allowed")]
    Algorithm,
    /// `typ` is that of another kind of token.
    #[error("its `typ` is that of another kind of token")]
    Type,
    /// `crit` requires an extension.
    #[error("its `crit` requires an unknown extension")]
    Critical,
    /// No caller has this issuer.
    #[error("no caller has its `iss`")]
    Issuer,
    /// No caller of this issuer has this audience.
    #[error("no caller of its issuer has its `aud`, or the claim in place of it")]
    Audience,
    /// No caller of this issuer and audience has conditions that its claims meet.
    #[error("no caller has its claims")]
    Claims,
    /// Several callers have its audiences, and conditions that its claims meet.
    #[error("more than one caller has its `aud` and claims")]
    SeveralCallers,
    /// `exp` has passed.
    #[error("its `exp` has passed")]
    Expired,
    /// `nbf` or `iat` is in the future.
    #[error("its `nbf` or `iat` is in the future")]
    Premature,
    /// The issuer has no such key for this algorithm, or more than one.
    #[error("its issuer has no key, or more than one, that fits its `kid` and `alg`")]
    UnknownKey,
    /// The signature does not verify.
    #[error("its signature is wrong")]
    Signature,
}

impl<'t> Jwt<'t> {
    /// Parses `token`.
    ///
    /// # Errors
    /// [`JwtError::Malformed`], [`JwtError::Algorithm`], [`JwtError::Type`] and [`JwtError::Critical`].
    pub fn read(token: &'t str) -> Result<Self, JwtError> {
        let (signed, signature) = split(token).ok_or(JwtError::Malformed)?;
        let (header, payload) = signed.split_once('.').ok_or(JwtError::Malformed)?;
        let header = decode(header).ok_or(JwtError::Malformed)?;
        let mut header = Object::parse(&header).map_err(|_| JwtError::Malformed)?;
        if header.get("crit").is_some() {
            return Err(JwtError::Critical);
        }
        // Read on its own, because an algorithm that is not supported has an error of its own.
        let algorithm = header.remove("alg").map(from_json);
        let header: Header = from_json(Json::Object(header)).map_err(|_| JwtError::Malformed)?;
        if header.typ.is_some_and(|typ| !is_jwt_type(&typ)) {
            return Err(JwtError::Type);
        }
        let claims = decode(payload).and_then(|json| Claims::read(&json));
        let signature = URL_SAFE_NO_PAD.decode(signature).ok();
        Ok(Self {
            algorithm: algorithm.and_then(Result::ok).ok_or(JwtError::Algorithm)?,
            key_id: header.kid,
            claims: claims.ok_or(JwtError::Malformed)?,
            signed,
            signature: signature.ok_or(JwtError::Malformed)?,
        })
    }
}

#[derive(Deserialize)]
struct Header {
    typ: Option<String>,
    kid: Option<String>,
}

/// Whether `credential` has the three parts of a JWT.
pub fn is_compact(credential: &str) -> bool {
    split(credential).is_some()
}

/// What is signed, and the signature.
fn split(token: &str) -> Option<(&str, &str)> {
    let (signed, signature) = token.rsplit_once('.')?;
    (signed.matches('.').count() == 1).then_some((signed, signature))
}

fn decode(part: &str) -> Option<String> {
    String::from_utf8(URL_SAFE_NO_PAD.decode(part).ok()?).ok()
}

/// Whether `typ` is that of an ID token or access token, rather than of another kind that an issuer signs with the
/// same keys; see [RFC 8725](https://www.rfc-editor.org/rfc/rfc8725#section-3.11).
fn is_jwt_type(typ: &str) -> bool {
    let typ = typ.to_ascii_lowercase();
    let typ = typ.strip_prefix("application/").unwrap_or(&typ);
    matches!(typ, "jwt" | "at+jwt")
}
