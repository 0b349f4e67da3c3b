//! Every way to fail, and the one table from failure to HTTP status and public text.

mod upstream;

use std::borrow::Cow;
use std::time::{Duration, SystemTime};

use http::StatusCode;

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
    /// HTTP status.
    pub status: StatusCode,
    /// Last part of the problem's `type`; it never changes.
    pub slug: &'static str,
    /// The same for all problems of the type.
    pub title: &'static str,
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

    /// Status and text for the client. There is no catch-all: a new failure has to choose its
    /// answer here.
    pub fn public_text(&self) -> PublicText {
        let (status, slug, title, detail) = match self {
            Self::NoSuchRoute => (
                StatusCode::NOT_FOUND,
                "no-such-route",
                "There is nothing at this path",
                "the routes are /v1/sign, /v1/sign/batch, /v1/post-policy, /v1/multipart, /v1/links, \
                 /o/{profile}/{key}, /healthz and /readyz"
                    .to_owned(),
            ),
            Self::MethodNotAllowed { allow } => (
                StatusCode::METHOD_NOT_ALLOWED,
                "method-not-allowed",
                "This path has other methods",
                format!("use {allow}"),
            ),
            Self::InvalidUrl => (
                StatusCode::BAD_REQUEST,
                "invalid-request",
                "The request is not valid",
                "the URL is too long or not a URL".to_owned(),
            ),
            Self::BodyTooLarge { max_bytes } => (
                StatusCode::PAYLOAD_TOO_LARGE,
                "body-too-large",
                "The body is too large",
                format!("at most {max_bytes} bytes are read"),
            ),
            Self::UrlTooLong { max_bytes } => (
                StatusCode::URI_TOO_LONG,
                "url-too-long",
                "The URL is too long",
                format!("path and query have at most {max_bytes} bytes"),
            ),
            Self::HeaderTooLong { name, max_bytes } => (
                StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE,
                "header-too-long",
                "A header is too long",
                format!("{name}: at most {max_bytes} bytes are read"),
            ),
            Self::InvalidBody(reason) => (
                StatusCode::BAD_REQUEST,
                "invalid-request",
                "The request is not valid",
                format!("body: {reason}"),
            ),
            Self::InvalidField { field, reason } => (
                StatusCode::BAD_REQUEST,
                "invalid-request",
                "The request is not valid",
                format!("{field}: {reason}"),
            ),
            Self::UnknownField(name) => (
                StatusCode::BAD_REQUEST,
                "invalid-request",
                "The request is not valid",
                format!("{name}: is not known here"),
            ),
            Self::KeyRequired => (
                StatusCode::UNAUTHORIZED,
                "key-required",
                "A key or token is needed",
                "send `Authorization: Bearer <key or token>`".to_owned(),
            ),
            Self::UnknownCaller(_) => (
                StatusCode::UNAUTHORIZED,
                "unknown-caller",
                "The key or token is not known",
                "the key or token is unknown, has expired or is not meant for this service"
                    .to_owned(),
            ),
            Self::LinkRefused(LinkFault::Expired) => (
                StatusCode::FORBIDDEN,
                "link-expired",
                "The link has expired",
                "ask whoever gave it for a new one".to_owned(),
            ),
            Self::LinkRefused(LinkFault::Forged | LinkFault::Malformed) => (
                StatusCode::FORBIDDEN,
                "link-refused",
                "The link is not good",
                "it is not complete, was altered, or is not one of this service".to_owned(),
            ),
            Self::AmbiguousProof => (
                StatusCode::BAD_REQUEST,
                "ambiguous-proof",
                "There is more than one proof of who asks",
                "send one key, one token or one link, and nothing beside it".to_owned(),
            ),
            Self::IssuerUnreachable => (
                StatusCode::SERVICE_UNAVAILABLE,
                "issuer-unreachable",
                "The token cannot be verified",
                "the keys of its issuer cannot be fetched just now".to_owned(),
            ),
            Self::NotAllowed => (
                StatusCode::FORBIDDEN,
                "not-allowed",
                "The caller may not have this URL",
                "no profile of that name gives this caller this operation on this key".to_owned(),
            ),
            Self::NoLinks => (
                StatusCode::FORBIDDEN,
                "no-links",
                "There are no links to this profile",
                "the profile does not name `link` among its callers".to_owned(),
            ),
            Self::SubjectRequired => (
                StatusCode::FORBIDDEN,
                "subject-required",
                "The token does not say whose it is",
                "uploads in parts need a token with the claim `sub`".to_owned(),
            ),
            Self::RateLimited(RateLimit { limit, period_secs }) => (
                StatusCode::TOO_MANY_REQUESTS,
                "rate-limited",
                "There were too many requests",
                format!("this caller may ask {limit} times in {period_secs} seconds"),
            ),
            Self::LifetimeUnavailable { asked, available } => (
                StatusCode::UNPROCESSABLE_ENTITY,
                "lifetime-unavailable",
                "No session lasts that long",
                format!(
                    "{} seconds were asked for; the session that STS grants can give {}",
                    asked.as_secs(),
                    available.as_secs()
                ),
            ),
            Self::Misconfigured => (
                StatusCode::INTERNAL_SERVER_ERROR,
                "misconfigured",
                "The worker's configuration is refused",
                "nothing is signed until every fault listed in the worker's log is mended"
                    .to_owned(),
            ),
            Self::Token(fault) => return token_text(*fault),
            Self::Sts(failure) => return upstream::sts_text(failure),
            Self::CacheKeyRequired => (
                StatusCode::NOT_IMPLEMENTED,
                "cache-key-required",
                "Uploads in parts are switched off",
                "set the secret CACHE_KEY, which seals the handles of uploads".to_owned(),
            ),
            Self::HandleExpired { expired_at } => (
                StatusCode::GONE,
                "handle-expired",
                "The time for this upload is up",
                format!(
                    "no step can be taken since {}: create a new upload",
                    rfc3339(*expired_at)
                ),
            ),
            Self::S3(failure) => return upstream::s3_text(failure),
            Self::Internal(_) => (
                StatusCode::INTERNAL_SERVER_ERROR,
                "internal",
                "The worker failed",
                "this is a fault of the worker itself".to_owned(),
            ),
        };
        PublicText {
            status,
            slug,
            title,
            detail,
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

fn token_text(fault: TokenFault) -> PublicText {
    let (slug, title, detail) = match fault {
        TokenFault::Missing => (
            "token-missing",
            "No OIDC token is bound",
            "set the secret AWS_WEB_IDENTITY_TOKEN".to_owned(),
        ),
        TokenFault::Malformed => (
            "token-malformed",
            "The OIDC token cannot be read",
            "AWS_WEB_IDENTITY_TOKEN must be a JWT with a numeric claim `exp`".to_owned(),
        ),
        TokenFault::Expired { expired_at } => (
            "token-expired",
            "The OIDC token has expired",
            format!(
                "AWS_WEB_IDENTITY_TOKEN expired at {}: bind a fresh one",
                rfc3339(expired_at)
            ),
        ),
    };
    PublicText {
        status: StatusCode::SERVICE_UNAVAILABLE,
        slug,
        title,
        detail,
    }
}
