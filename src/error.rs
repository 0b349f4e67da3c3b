//! Every way to fail, and the one table from failure to type of problem and public text.

mod problem_type;
mod upstream;

use std::borrow::Cow;
use std::time::{Duration, SystemTime};

pub use problem_type::ProblemType;

use crate::callers::{FAILURE_REST, LinkFault, Unproven};
use crate::config::RateLimit;
use crate::credentials::memory::LONGEST_REST;
use crate::credentials::token::TokenFault;
use crate::instant::rfc3339;
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

/// What a client learns of a failure.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublicText {
    /// Which kind it is.
    pub problem: ProblemType,
    /// This one.
    pub detail: String,
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

    /// Type and text for the client. There is no catch-all: a new failure has to choose its
    /// answer here.
    pub fn public_text(&self) -> PublicText {
        let (problem, detail) = match self {
            Self::NoSuchRoute => (
                ProblemType::NoSuchRoute,
                "the routes are /v1/sign, /v1/sign/batch, /v1/post-policy, /v1/multipart, /v1/links, \
                 /o/{profile}/{key}, /healthz, /readyz and /openapi.json"
                    .to_owned(),
            ),
            Self::MethodNotAllowed { allow } => (
                ProblemType::MethodNotAllowed,
                format!("use {allow}"),
            ),
            Self::InvalidUrl => (
                ProblemType::InvalidRequest,
                "the URL is not one that can be read".to_owned(),
            ),
            Self::BodyTooLarge { max_bytes } => (
                ProblemType::BodyTooLarge,
                format!("at most {max_bytes} bytes are read"),
            ),
            Self::UrlTooLong { max_bytes } => (
                ProblemType::UrlTooLong,
                format!("path and query have at most {max_bytes} bytes"),
            ),
            Self::HeaderTooLong { name, max_bytes } => (
                ProblemType::HeaderTooLong,
                format!("{name}: at most {max_bytes} bytes are read"),
            ),
            Self::InvalidBody(reason) => (
                ProblemType::InvalidRequest,
                format!("body: {reason}"),
            ),
            Self::InvalidField { field, reason } => (
                ProblemType::InvalidRequest,
                format!("{field}: {reason}"),
            ),
            Self::UnknownField(name) => (
                ProblemType::InvalidRequest,
                format!("{name}: is not known here"),
            ),
            Self::KeyRequired => (
                ProblemType::KeyRequired,
                "send `Authorization: Bearer <key or token>`".to_owned(),
            ),
            Self::UnknownCaller(_) => (
                ProblemType::UnknownCaller,
                "the key or token is unknown, has expired or is not meant for this service"
                    .to_owned(),
            ),
            Self::LinkRefused(LinkFault::Expired) => (
                ProblemType::LinkExpired,
                "ask whoever gave it for a new one".to_owned(),
            ),
            Self::LinkRefused(LinkFault::Forged | LinkFault::Malformed) => (
                ProblemType::LinkRefused,
                "it is not complete, was altered, or is not one of this service".to_owned(),
            ),
            Self::AmbiguousProof => (
                ProblemType::AmbiguousProof,
                "send one key, one token or one link, and nothing beside it".to_owned(),
            ),
            Self::IssuerUnreachable => (
                ProblemType::IssuerUnreachable,
                "the keys of its issuer cannot be fetched just now".to_owned(),
            ),
            Self::NotAllowed => (
                ProblemType::NotAllowed,
                "no profile of that name gives this caller this operation on this key".to_owned(),
            ),
            Self::NoLinks => (
                ProblemType::NoLinks,
                "the profile does not name `link` among its callers".to_owned(),
            ),
            Self::SubjectRequired => (
                ProblemType::SubjectRequired,
                "uploads in parts need a token with the claim `sub`".to_owned(),
            ),
            Self::RateLimited(RateLimit { limit, period_secs }) => (
                ProblemType::RateLimited,
                format!("this caller may ask {limit} times in {period_secs} seconds"),
            ),
            Self::LifetimeUnavailable { asked, available } => (
                ProblemType::LifetimeUnavailable,
                format!(
                    "{} seconds were asked for; the session that STS grants can give {}",
                    asked.as_secs(),
                    available.as_secs()
                ),
            ),
            Self::Misconfigured => (
                ProblemType::Misconfigured,
                "nothing is signed until every fault listed in the worker's log is mended"
                    .to_owned(),
            ),
            Self::Token(fault) => return token_text(*fault),
            Self::Sts(failure) => return upstream::sts_text(failure),
            Self::CacheKeyRequired => (
                ProblemType::CacheKeyRequired,
                "set the secret CACHE_KEY, which seals the handles of uploads".to_owned(),
            ),
            Self::HandleExpired { expired_at } => (
                ProblemType::HandleExpired,
                format!(
                    "no step can be taken since {}: create a new upload",
                    rfc3339(*expired_at)
                ),
            ),
            Self::S3(failure) => return upstream::s3_text(failure),
            Self::Internal(_) => (
                ProblemType::Internal,
                "this is a fault of the worker itself".to_owned(),
            ),
        };
        PublicText { problem, detail }
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

fn token_text(fault: TokenFault) -> PublicText {
    let (problem, detail) = match fault {
        TokenFault::Missing => (
            ProblemType::TokenMissing,
            "set the secret AWS_WEB_IDENTITY_TOKEN".to_owned(),
        ),
        TokenFault::Malformed => (
            ProblemType::TokenMalformed,
            "AWS_WEB_IDENTITY_TOKEN must be a JWT with a numeric claim `exp`".to_owned(),
        ),
        TokenFault::Expired { expired_at } => (
            ProblemType::TokenExpired,
            format!(
                "AWS_WEB_IDENTITY_TOKEN expired at {}: bind a fresh one",
                rfc3339(expired_at)
            ),
        ),
    };
    PublicText { problem, detail }
}
