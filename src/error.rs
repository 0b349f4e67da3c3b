//! Every way to fail; what clients learn of it stands in the one table of `public_text`.

mod problem_type;
mod public_text;
mod upstream;

use std::borrow::Cow;
use std::time::{Duration, SystemTime};

pub use problem_type::ProblemType;
pub use public_text::PublicText;

use crate::callers::{FAILURE_REST, LinkFault, Unproven};
use crate::config::RateLimit;
use crate::credentials::memory::LONGEST_REST;
use crate::credentials::token::TokenFault;
use crate::multipart::S3Failure;
use crate::presign::Misfit;
use crate::sts::StsFailure;

/// Why a request gets no URL.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Error {
    /// No such path.
    NoSuchRoute,
    /// The path has other methods.
    MethodNotAllowed {
        /// Value of the header `Allow`.
        allow: &'static str,
    },
    /// The URL of the request is not one.
    InvalidUrl,
    /// The body is longer than its route takes.
    BodyTooLarge {
        /// The limit.
        max_bytes: usize,
    },
    /// The body is not the JSON object it should be; the text names the field.
    InvalidBody(String),
    /// A field or a parameter has a value that it must not have.
    InvalidField {
        /// Its name in the API.
        field: Cow<'static, str>,
        /// What is wrong with it.
        reason: String,
    },
    /// The body has a field, or the query a parameter, that the route does not know.
    UnknownField(String),
    /// A header is longer than it may be.
    HeaderTooLong {
        /// Its name.
        name: String,
        /// The limit.
        max_bytes: usize,
    },
    /// The URL is longer than it may be.
    UrlTooLong {
        /// The limit.
        max_bytes: usize,
    },
    /// No proof of who asks, and this is not open to everybody.
    KeyRequired,
    /// A key or a token proves nobody; why is for the log.
    UnknownCaller(Unproven),
    /// A link that is not good.
    LinkRefused(LinkFault),
    /// More than one proof of who asks.
    AmbiguousProof,
    /// The keys that verify a token are not to be had.
    IssuerUnreachable,
    /// The caller is known but may not have this.
    NotAllowed,
    /// The profile takes no links.
    NoLinks,
    /// The token does not say whose it is, and an upload in parts has to be somebody's.
    SubjectRequired,
    /// The caller asks too often.
    RateLimited(RateLimit),
    /// No session lasts as long as the URL was asked to live.
    LifetimeUnavailable {
        /// What was asked for.
        asked: Duration,
        /// What a session can bear.
        available: Duration,
    },
    /// The worker's configuration is refused; the log has the faults.
    Misconfigured,
    /// The OIDC token cannot be traded.
    Token(TokenFault),
    /// STS did not grant a session.
    Sts(StsFailure),
    /// What the handle of an upload needs is not configured.
    CacheKeyRequired,
    /// The time for steps of an upload is up.
    HandleExpired {
        /// When that was.
        expired_at: SystemTime,
    },
    /// S3 did not do its part.
    S3(S3Failure),
    /// Something that this worker's own code rules out; the text says where, for the log.
    Internal(&'static str),
}

/// How long a client shall wait before it tries again after a passing failure, in seconds: STS is not
/// left alone for longer.
pub const RETRY_AFTER_SECS: u64 = LONGEST_REST.as_secs();

impl Error {
    /// `field` has a value that it must not have.
    pub fn field(field: impl Into<Cow<'static, str>>, reason: impl Into<String>) -> Self {
        Self::InvalidField {
            field: field.into(),
            reason: reason.into(),
        }
    }

    /// The same fault, seen from the object that holds the one with the field at `path`.
    pub fn within(self, path: &str) -> Self {
        match self {
            Self::InvalidField { field, reason } => Self::field(format!("{path}{field}"), reason),
            other => other,
        }
    }

    /// The code with which AWS refused.
    pub fn aws_code(&self) -> Option<&str> {
        match self {
            Self::Sts(failure) => Some(failure.refusal()?.code.as_str()),
            Self::S3(failure) => Some(failure.refusal()?.code.as_str()),
            _ => None,
        }
    }

    /// The id under which AWS knows the call it refused.
    pub fn aws_request_id(&self) -> Option<&str> {
        match self {
            Self::Sts(failure) => failure.refusal()?.request_id.as_deref(),
            Self::S3(failure) => failure.refusal()?.request_id.as_deref(),
            _ => None,
        }
    }

    /// Seconds after which the same request may succeed; `None` when it will not by itself.
    pub fn retry_after_secs(&self) -> Option<u64> {
        let passes = match self {
            Self::Sts(failure) => failure.is_transient(),
            Self::S3(failure) => failure.is_transient(),
            Self::IssuerUnreachable => return Some(FAILURE_REST.as_secs()),
            Self::RateLimited(limit) => return Some(limit.period_secs),
            _ => false,
        };
        passes.then_some(RETRY_AFTER_SECS)
    }
}

impl From<Misfit> for Error {
    fn from(misfit: Misfit) -> Self {
        Self::field(format!("headers.{}", misfit.name), misfit.reason)
    }
}
