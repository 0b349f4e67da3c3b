//! The one table from failure to type of problem and public text.

use super::{Error, ProblemType, upstream};
use crate::callers::LinkFault;
use crate::config::RateLimit;
use crate::credentials::token::TokenFault;
use crate::instant::rfc3339;

/// What a client learns of a failure.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublicText {
    /// Which kind it is.
    pub problem: ProblemType,
    /// This one.
    pub detail: String,
}

impl Error {
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
