//! The error of a request, and the one table from error to response.
//!
//! Every module has an error type of its own; this is the only place that knows all of them. A new failure is one
//! variant in its module's type, and one arm here.

mod answer;
mod format;
mod problem;
mod problem_type;
mod request;

pub use answer::{AwsError, ErrorAnswer};
pub use format::{ErrorFormat, GitLfsError, response};
pub use problem::{Problem, TYPE_PREFIX};
pub use problem_type::ProblemType;
pub use request::RequestError;

use crate::callers::{AuthError, TokenRefusal};
use crate::credentials::CredentialsError;
use crate::json::FieldError;
use crate::multipart::HandleError;
use crate::profiles::AccessError;
use crate::rate_limit::RateLimited;
use crate::s3::S3Error;
use crate::sts::NotStored;

/// Why a request fails.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// The request cannot be read.
    #[error(transparent)]
    Request(#[from] RequestError),
    /// A field, parameter or header has an invalid value.
    #[error(transparent)]
    Field(#[from] FieldError),
    /// The request cannot be authenticated.
    #[error(transparent)]
    Auth(#[from] AuthError),
    /// The caller sends too many requests.
    #[error(transparent)]
    RateLimited(#[from] RateLimited),
    /// The request is not authorized.
    #[error(transparent)]
    Access(#[from] AccessError),
    /// The token does not say whose it is, and a multipart upload has to belong to somebody.
    #[error("multipart uploads need a token with the claim `sub`")]
    SubjectRequired,
    /// A pushed token is refused; the log has the reason.
    #[error("the token is not one that is accepted here, or no newer than the one that is used")]
    TokenRefused(#[from] TokenRefusal),
    /// A pushed token could not be kept.
    #[error(transparent)]
    TokenNotStored(#[from] NotStored),
    /// There are no credentials to sign with.
    #[error(transparent)]
    Credentials(#[from] CredentialsError),
    /// The handle of an upload cannot be used.
    #[error(transparent)]
    Handle(#[from] HandleError),
    /// A call to S3 failed.
    #[error(transparent)]
    S3(#[from] S3Error),
    /// The worker's configuration is rejected; the log has the errors.
    #[error("nothing is signed until every error in the worker's log is fixed")]
    Misconfigured,
    /// A fault in the worker's own code; the text says where, for the log.
    #[error("this is a fault of the worker itself")]
    Internal(&'static str),
}

impl Error {
    /// The value at `path` is invalid for `reason`.
    pub fn field(
        path: impl Into<std::borrow::Cow<'static, str>>,
        reason: impl Into<std::borrow::Cow<'static, str>>,
    ) -> Self {
        FieldError::new(path, reason).into()
    }
}
