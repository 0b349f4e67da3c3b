//! Why a principal does not get what it requests.

/// Why a request is not authorized. None of these tells whether the profile exists.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AccessError {
    /// The request has no credential, and the profile is not open to everybody.
    #[error("send `Authorization: Bearer <key or token>`")]
    CredentialRequired,
    /// No profile allows this, whatever the reason.
    #[error("no profile with this name allows this caller this operation on this key")]
    Denied,
    /// Signed links cannot be made for the profile.
    #[error("the profile does not name `link` among its callers, or LINK_KEY is not set")]
    LinksDisabled,
    /// The worker signs no receipts for the profile.
    #[error(
        "the profile does not name a `receiptAudience`, for which the worker must be an issuer (OIDC_ISSUER)"
    )]
    ReceiptsDisabled,
}

/// What is wrong with a header or a parameter that is closed, as the rest of a sentence that begins with its name.
pub const NOT_ALLOWED: &str = "is not allowed by this profile";
