//! The OIDC web identity token. STS verifies its signature; here only its form and the claim `exp` are read, so that a
//! token that cannot work is detected before STS is called.

use std::time::SystemTime;

use super::pasted::{self, TokenFault};
use crate::instant::rfc3339;
use crate::json::Object;
use crate::log::{Level, Record};
use crate::platform::SecretError;
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
    /// None is bound, and none has been pushed.
    #[error(
        "no token has been pushed, or none that has not expired: send one with PUT /v1/token, or set the secret \
         AWS_WEB_IDENTITY_TOKEN"
    )]
    NotPushed,
    /// Workers KV, where the pushed one is, does not answer.
    #[error("the pushed token cannot be read from Workers KV")]
    PushedUnreadable,
    /// One is bound, but its store does not give it.
    #[error("AWS_WEB_IDENTITY_TOKEN cannot be read from the Secrets Store: {0}")]
    Unreadable(SecretError),
    /// It is no token that STS could accept.
    #[error("AWS_WEB_IDENTITY_TOKEN is not a signed JWT that STS could accept: {0}")]
    Malformed(TokenFault),
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
    #[inline(never)]
    pub fn record(&self, level: Level) -> Record {
        Record::new(level, "tokenUnfit", self.to_string())
    }

    /// `exp` of a token that has expired.
    pub fn expired_at(self) -> Option<SystemTime> {
        match self {
            Self::Expired { expired_at } => Some(expired_at),
            Self::Missing
            | Self::NotPushed
            | Self::PushedUnreadable
            | Self::Unreadable(_)
            | Self::Malformed(_)
            | Self::Unsigned => None,
        }
    }

    /// Whether the token may be there a moment later, without anybody's help.
    pub fn is_transient(self) -> bool {
        matches!(self, Self::Unreadable(_) | Self::PushedUnreadable)
    }
}

impl WebIdentityToken {
    /// Reads the bound `secret` at `now`. It may hold several tokens, separated by white space or commas; the one that
    /// expires last is used. What tools put around a token is taken off: quotes, `Bearer`, `NAME=`, JSON, and line ends
    /// within it.
    ///
    /// # Errors
    /// [`TokenError`].
    pub fn read(
        secret: Result<Option<String>, SecretError>,
        now: SystemTime,
    ) -> Result<Self, TokenError> {
        let text = secret.map_err(TokenError::Unreadable)?;
        let found = pasted::find(&text.unwrap_or_default()).ok_or(TokenError::Missing)?;
        let (expires_at, jwt) = found.map_err(TokenError::Malformed)?;
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

    /// Its header and its claims, which nobody has verified.
    pub fn decoded(&self) -> Option<(Object, Object)> {
        let mut parts = self.jwt.expose().split('.');
        let mut object = |number| pasted::object(number, parts.next()?).ok();
        Some((object(1)?, object(2)?))
    }
}
