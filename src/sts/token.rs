//! The OIDC web identity token. STS verifies its signature; here only the claim `exp` is read, so that a token that
//! cannot work is detected before STS is called.

use std::time::SystemTime;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Deserialize;

use crate::instant::{NumericDate, rfc3339};
use crate::json;
use crate::log::{Level, Record};
use crate::secret::Secret;

/// A token that has not expired.
#[derive(Clone, Debug)]
pub struct WebIdentityToken {
    /// The [compact JWS](https://www.rfc-editor.org/rfc/rfc7515#section-3.1) itself.
    pub jwt: Secret,
    /// The claim `exp`.
    pub expires_at: SystemTime,
}

/// Why a token cannot be exchanged. It holds nothing of the token except its expiry.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TokenError {
    /// None is bound.
    #[error(
        "set the secret AWS_WEB_IDENTITY_TOKEN, or let the worker be its own issuer: OIDC_ISSUER"
    )]
    Missing,
    /// Not three base64url parts with a JSON object that has a numeric `exp`.
    #[error("AWS_WEB_IDENTITY_TOKEN must be a JWT with a numeric claim `exp`")]
    Malformed,
    /// `exp` has passed.
    #[error("AWS_WEB_IDENTITY_TOKEN expired at {}: bind a fresh one", rfc3339(*.expired_at))]
    Expired {
        /// The claim `exp`.
        expired_at: SystemTime,
    },
    /// The worker's own issuer could not sign one.
    #[error(
        "the platform does not accept the first key of OIDC_SIGNING_KEYS: make another with `npm run keys`"
    )]
    Unsigned,
}

impl TokenError {
    /// The line in the log.
    pub fn record(&self, level: Level) -> Record {
        Record::new(level, "tokenUnfit", self.to_string())
    }
}

impl WebIdentityToken {
    /// Reads `text`, the bound secret, at `now`. It may hold several tokens, separated by white space or commas; the
    /// one that expires last is used.
    ///
    /// # Errors
    /// [`TokenError`].
    pub fn read(text: Option<&str>, now: SystemTime) -> Result<Self, TokenError> {
        let is_separator = |c: char| c.is_whitespace() || c == ',';
        let text = text.unwrap_or_default().trim_matches(is_separator);
        if text.is_empty() {
            return Err(TokenError::Missing);
        }
        let tokens = text.split(is_separator);
        let readable = tokens.filter_map(|jwt| Some((expiry(jwt)?, jwt)));
        let (expires_at, jwt) = readable.max().ok_or(TokenError::Malformed)?;
        if expires_at <= now {
            return Err(TokenError::Expired {
                expired_at: expires_at,
            });
        }
        Ok(Self {
            jwt: Secret::new(jwt),
            expires_at,
        })
    }
}

#[derive(Deserialize)]
struct Claims {
    exp: NumericDate,
}

fn expiry(jwt: &str) -> Option<SystemTime> {
    let mut parts = jwt.split('.');
    let (Some(_), Some(claims), Some(_), None) =
        (parts.next(), parts.next(), parts.next(), parts.next())
    else {
        return None;
    };
    let claims = String::from_utf8(URL_SAFE_NO_PAD.decode(claims).ok()?).ok()?;
    let Claims { exp } = json::read(&claims).ok()?;
    Some(exp.0)
}
