//! The OIDC web identity token. Its signature is for STS to verify; here only the claim
//! `exp` is read, so that a token which cannot work is told apart before STS is asked.

use std::time::SystemTime;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::instant::from_unix_secs;
use crate::json::{Json, Member, Object};
use crate::secret::Secret;

/// A token that is still good.
#[derive(Clone, Debug)]
pub struct WebIdentityToken {
    /// The [compact JWS](https://www.rfc-editor.org/rfc/rfc7515#section-3.1) itself.
    pub jwt: Secret,
    /// The claim `exp`.
    pub expires_at: SystemTime,
}

/// Why a token cannot be traded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TokenFault {
    /// None is bound.
    Missing,
    /// Not three base64url parts with a JSON object that has a numeric `exp`.
    Malformed,
    /// `exp` has passed.
    Expired {
        /// The claim `exp`.
        expired_at: SystemTime,
    },
}

impl WebIdentityToken {
    /// Reads `text`, the bound secret, as of `now`. It may hold several tokens, with blanks, line ends
    /// or commas between them; the one that lives longest is taken.
    ///
    /// # Errors
    /// [`TokenFault`], which holds nothing of the token but its expiry.
    pub fn read(text: Option<&str>, now: SystemTime) -> Result<Self, TokenFault> {
        let between = |c: char| c.is_whitespace() || c == ',';
        let text = text.unwrap_or_default().trim_matches(between);
        if text.is_empty() {
            return Err(TokenFault::Missing);
        }
        let tokens = text.split(between);
        let readable = tokens.filter_map(|jwt| Some((expiry(jwt)?, jwt)));
        let (expires_at, jwt) = readable.max().ok_or(TokenFault::Malformed)?;
        if expires_at <= now {
            return Err(TokenFault::Expired {
                expired_at: expires_at,
            });
        }
        Ok(Self {
            jwt: Secret::new(jwt),
            expires_at,
        })
    }
}

fn expiry(jwt: &str) -> Option<SystemTime> {
    let mut parts = jwt.split('.');
    let (Some(_), Some(claims), Some(_), None) =
        (parts.next(), parts.next(), parts.next(), parts.next())
    else {
        return None;
    };
    let claims = String::from_utf8(URL_SAFE_NO_PAD.decode(claims).ok()?).ok()?;
    let NumericDate(exp) = Object::parse(&claims).ok()?.take("exp").ok()?;
    from_unix_secs(exp)
}

/// Seconds since the Unix epoch, as [JWT](https://www.rfc-editor.org/rfc/rfc7519#section-2) writes
/// them: fractions are allowed, and rounded down here.
struct NumericDate(u64);

impl Member for NumericDate {
    const FORM: &'static str = "a number of seconds";

    fn from_json(json: Json) -> Option<Self> {
        match json {
            // The cast saturates; what no calendar holds is refused later.
            Json::Number(secs) if secs >= 0.0 => Some(Self(secs as u64)),
            _ => None,
        }
    }
}
