//! Why there are no credentials to sign with.

use std::time::Duration;

use crate::sts::{ExchangeError, StsError, TokenError};

/// After how long clients are told to try again when AWS fails.
pub const RETRY_AFTER: Duration = Duration::from_secs(5);

/// Why there are no credentials for a URL.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CredentialsError {
    /// The OIDC token cannot be exchanged.
    #[error(transparent)]
    Token(TokenError),
    /// STS granted no session.
    #[error(transparent)]
    Sts(StsError),
    /// No session lasts as long as the requested URL.
    #[error(
        "a lifetime of {} s is needed, and at most {} s can be given",
        .requested.as_secs(), .available.as_secs()
    )]
    LifetimeUnavailable {
        /// The requested lifetime; the shortest one where it may be shorter.
        requested: Duration,
        /// The longest lifetime that a session can give.
        available: Duration,
    },
}

impl CredentialsError {
    /// After how long the same request may succeed; `None` when it will not by itself.
    pub fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::Sts(error) => error.is_transient().then_some(RETRY_AFTER),
            Self::Token(error) => error.is_transient().then_some(RETRY_AFTER),
            Self::LifetimeUnavailable { .. } => None,
        }
    }
}

impl From<ExchangeError> for CredentialsError {
    fn from(error: ExchangeError) -> Self {
        match error {
            ExchangeError::Token(error) => Self::Token(error),
            ExchangeError::Sts(error) => Self::Sts(error),
        }
    }
}
