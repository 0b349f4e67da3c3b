//! Why a request cannot be authenticated.

use std::time::Duration;

use super::{FETCH_BACKOFF, JwtError, LinkError};

/// Why a request's credential is rejected. The reason is for the log; clients learn only that it is rejected.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AuthError {
    /// The request has more than one credential.
    #[error("more than one credential was sent")]
    MultipleCredentials,
    /// The header has neither the form `Bearer …` nor `Basic …` with a password.
    #[error("the header holds no key or token")]
    InvalidScheme,
    /// The key is not configured, and no caller has tokens in this header.
    #[error("the key is not configured")]
    UnknownKey,
    /// It is a JWT, but no caller has tokens in this header.
    #[error("it is a JWT, and no caller has tokens in this header")]
    TokensDisabled,
    /// Callers have tokens in this header, but this is none, and no configured key either.
    #[error("it is neither a configured key nor a JWT")]
    NeitherKeyNorJwt,
    /// It is that of a caller whose configuration has an error.
    #[error("its caller is closed, because the configuration of the caller has an error")]
    CallerClosed,
    /// The token is rejected.
    #[error("the token is refused: {0}")]
    Jwt(#[from] JwtError),
    /// The signed link is rejected.
    #[error(transparent)]
    Link(#[from] LinkError),
    /// The token cannot be verified, because its issuer's keys cannot be fetched.
    #[error("the keys of the token's issuer cannot be fetched")]
    IssuerUnreachable,
}

impl AuthError {
    /// After how long the same request may succeed; `None` when it will not by itself.
    pub fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::IssuerUnreachable => Some(FETCH_BACKOFF),
            Self::MultipleCredentials
            | Self::InvalidScheme
            | Self::UnknownKey
            | Self::TokensDisabled
            | Self::NeitherKeyNorJwt
            | Self::CallerClosed
            | Self::Jwt(_)
            | Self::Link(_) => None,
        }
    }
}
