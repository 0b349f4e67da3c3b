//! JWTs in [compact form](https://www.rfc-editor.org/rfc/rfc7515#section-3.1), up to the signature.

use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use super::algorithm::Algorithm;
use super::claims::Claims;
use crate::json::Object;

/// The longest token, in bytes: longer headers are refused unread.
pub const MAX_JWT_BYTES: usize = 8 * 1024;

/// A JWT, not verified yet: nothing in it is to be trusted. It is a secret until it expires, so it has no
/// `Debug`.
pub struct Jwt<'t> {
    /// `alg`; an algorithm is only taken where it fits the key.
    pub algorithm: Algorithm,
    /// `kid`: the name of the key.
    pub key_id: Option<String>,
    /// What it says.
    pub claims: Claims,
    /// What is signed: header and payload, as they came.
    pub signed: &'t str,
    /// The signature over that.
    pub signature: Vec<u8>,
}

/// Why a token proves nobody. It is told to the log, never to the client.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum JwtFault {
    /// No JWT in compact form with a JSON object of claims `iss`, `aud` and `exp`.
    Malformed,
    /// `alg` is `none`, symmetric, unknown, or none that the caller's rule admits.
    Algorithm,
    /// `typ` says that it is a token of another kind.
    Type,
    /// `crit` demands something that is not known here.
    Critical,
    /// No caller has this issuer.
    Issuer,
    /// No caller of this issuer has this audience.
    Audience,
    /// Several callers have its audiences.
    SeveralCallers,
    /// `exp` has passed.
    Expired,
    /// `nbf` or `iat` lies ahead.
    Premature,
    /// The issuer has no such key for this algorithm.
    UnknownKey,
    /// The signature is not that of the key.
    Signature,
}

impl fmt::Display for JwtFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Malformed => "no JWT with the claims `iss`, `aud` and `exp`",
            Self::Algorithm => "its `alg` is not admitted",
            Self::Type => "its `typ` is that of another kind of token",
            Self::Critical => "its `crit` demands what is not known here",
            Self::Issuer => "no caller has its `iss`",
            Self::Audience => "no caller of its issuer has its `aud`",
            Self::SeveralCallers => "more than one caller has its `aud`",
            Self::Expired => "its `exp` has passed",
            Self::Premature => "its `nbf` or `iat` lies ahead",
            Self::UnknownKey => "its issuer has no such key for its `alg`",
            Self::Signature => "its signature is wrong",
        })
    }
}

impl<'t> Jwt<'t> {
    /// Takes `token` apart.
    ///
    /// # Errors
    /// [`JwtFault::Malformed`], [`JwtFault::Algorithm`], [`JwtFault::Type`] and [`JwtFault::Critical`].
    pub fn read(token: &'t str) -> Result<Self, JwtFault> {
        let (signed, signature) = split(token).ok_or(JwtFault::Malformed)?;
        let (header, payload) = signed.split_once('.').ok_or(JwtFault::Malformed)?;
        let header = decode(header).ok_or(JwtFault::Malformed)?;
        let mut header = Object::parse(&header).map_err(|_| JwtFault::Malformed)?;
        if header.get("crit").is_some() {
            return Err(JwtFault::Critical);
        }
        let kind: Option<String> = header.optional("typ").map_err(|_| JwtFault::Malformed)?;
        if kind.is_some_and(|kind| !is_jwt(&kind)) {
            return Err(JwtFault::Type);
        }
        let key_id = header.optional("kid").map_err(|_| JwtFault::Malformed)?;
        let algorithm = header.take("alg").map_err(|_| JwtFault::Algorithm)?;
        let claims = decode(payload).and_then(|json| Claims::read(&json));
        let signature = URL_SAFE_NO_PAD.decode(signature).ok();
        Ok(Self {
            algorithm,
            key_id,
            claims: claims.ok_or(JwtFault::Malformed)?,
            signed,
            signature: signature.ok_or(JwtFault::Malformed)?,
        })
    }
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

/// Whether `typ` says ID token or access token, rather than one of the many others that an issuer signs
/// with the same keys; see [RFC 8725](https://www.rfc-editor.org/rfc/rfc8725#section-3.11).
fn is_jwt(kind: &str) -> bool {
    let kind = kind.to_ascii_lowercase();
    let kind = kind.strip_prefix("application/").unwrap_or(&kind);
    matches!(kind, "jwt" | "at+jwt")
}
