//! Secrets that the platform gives out anew each time.

/// Secrets that can change while the worker runs.
pub trait Secrets {
    /// The bound secret `AWS_WEB_IDENTITY_TOKEN` as it is now; `None` when none is bound.
    ///
    /// # Errors
    /// [`SecretError`] when it is bound to a store that does not give it.
    async fn web_identity_token(&self) -> Result<Option<String>, SecretError>;
}

/// Why a store of secrets does not give one that is bound.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SecretError {
    /// The time limit passed first.
    #[error("no answer within the time limit")]
    Timeout,
    /// The store failed, or has no such secret.
    #[error("the read failed; check that the store has a secret of the name in the binding")]
    Failed,
}
