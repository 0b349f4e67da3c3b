//! What the log tells the operator: one JSON object a line, never a secret.

mod request;

use std::time::Duration;

use serde::Serialize;

pub use request::{DataPoint, RequestLine};

use crate::aws::Failure;
use crate::callers::FetchFailed;
use crate::config::Misconfigured;
use crate::credentials::token::TokenFault;
use crate::error::Error;
use crate::multipart::S3Failure;
use crate::platform::KvFailed;
use crate::presign::Operation;
use crate::sts::StsFailure;

/// Something worth a line.
#[derive(Clone, Debug, PartialEq)]
pub enum Event<'a> {
    /// A request was answered.
    Request(&'a RequestLine<'a>),
    /// The rate limiter failed, so that a request was not counted.
    RateLimiterFailed,
    /// The configuration is refused.
    Misconfigured(&'a Misconfigured),
    /// Static keys sign; they do not expire and nothing here can renew them.
    StaticKeys,
    /// `CACHE_KEY` is not set, so a session was not kept in KV.
    CacheKeyMissing,
    /// A KV read failed.
    KvReadFailed(&'a KvFailed),
    /// A KV record does not open: sealed under another `CACHE_KEY`, damaged, or not ours.
    KvRecordForeign,
    /// A KV write failed.
    KvWriteFailed(&'a KvFailed),
    /// STS granted a session.
    SessionGranted {
        /// Its life.
        lifetime: Duration,
        /// Calls made, retries included.
        attempts: u32,
    },
    /// The token cannot be traded.
    TokenUnfit(TokenFault),
    /// A call to STS did not grant a session.
    StsFailed {
        /// Why.
        failure: &'a StsFailure,
        /// Whether it is tried again.
        retried: bool,
    },
    /// A call to S3 did not succeed.
    S3Failed {
        /// What it was to do.
        operation: Operation,
        /// Why.
        failure: &'a S3Failure,
        /// Whether it is tried again.
        retried: bool,
    },
    /// An issuer's keys were fetched.
    IssuerKeys {
        /// The issuer.
        issuer: &'a str,
        /// How many of its keys can be used.
        count: usize,
    },
    /// They could not be fetched.
    IssuerFailed {
        /// The issuer.
        issuer: &'a str,
        /// Why.
        failed: FetchFailed,
        /// Whether older keys are still in use.
        goes_on: bool,
    },
    /// The cipher or the source of randomness failed, so a session was not kept in KV.
    SealFailed,
    /// Something happened that the worker's own code rules out.
    Internal(&'a str),
}

/// How much an event matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// A request fails, or lives on what is left of a session.
    Error,
    /// They do not, but something is not as it should be.
    Warn,
    /// As it should be.
    Info,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Line<'a> {
    level: Level,
    event: &'static str,
    request_id: &'a str,
    detail: String,
}

impl Event<'_> {
    /// How much it matters.
    pub fn level(&self) -> Level {
        match self {
            Self::Request(line) => line.level(),
            Self::Misconfigured(_)
            | Self::TokenUnfit(_)
            | Self::StsFailed { retried: false, .. }
            | Self::IssuerFailed { goes_on: false, .. }
            | Self::Internal(_) => Level::Error,
            Self::StsFailed { retried: true, .. }
            | Self::IssuerFailed { goes_on: true, .. }
            | Self::RateLimiterFailed
            | Self::SealFailed
            | Self::StaticKeys
            | Self::CacheKeyMissing
            | Self::KvReadFailed(_)
            | Self::KvRecordForeign
            | Self::KvWriteFailed(_) => Level::Warn,
            Self::S3Failed {
                failure, retried, ..
            } => {
                let callers = failure.refusal().is_some_and(|it| it.cause.is_callers());
                if *retried || callers {
                    Level::Warn
                } else {
                    Level::Error
                }
            }
            Self::SessionGranted { .. } | Self::IssuerKeys { .. } => Level::Info,
        }
    }

    /// The line for it, on behalf of the request named `request_id`.
    pub fn line(&self, request_id: &str) -> String {
        if let Self::Request(line) = self {
            return serde_json::to_string(line).unwrap_or_default();
        }
        let line = Line {
            level: self.level(),
            event: self.name(),
            request_id,
            detail: self.detail(),
        };
        // Text always serializes.
        serde_json::to_string(&line).unwrap_or_default()
    }

    fn name(&self) -> &'static str {
        match self {
            Self::Request(_) => "request",
            Self::RateLimiterFailed => "rateLimiterFailed",
            Self::IssuerKeys { .. } => "issuerKeys",
            Self::IssuerFailed { .. } => "issuerFailed",
            Self::Misconfigured(_) => "misconfigured",
            Self::StaticKeys => "staticKeys",
            Self::CacheKeyMissing => "cacheKeyMissing",
            Self::KvReadFailed(_) => "kvReadFailed",
            Self::KvRecordForeign => "kvRecordForeign",
            Self::KvWriteFailed(_) => "kvWriteFailed",
            Self::SessionGranted { .. } => "sessionGranted",
            Self::TokenUnfit(_) => "tokenUnfit",
            Self::StsFailed { .. } => "stsFailed",
            Self::S3Failed { .. } => "s3Failed",
            Self::SealFailed => "sealFailed",
            Self::Internal(_) => "internal",
        }
    }

    fn detail(&self) -> String {
        match self {
            // Its line has members of its own.
            Self::Request(_) => String::new(),
            Self::RateLimiterFailed => "RATE_LIMITER failed: requests are not counted".to_owned(),
            Self::IssuerKeys { issuer, count } => format!("{issuer} has {count} keys"),
            Self::IssuerFailed {
                issuer,
                failed,
                goes_on,
            } => {
                let then = if *goes_on {
                    "its older keys are used on"
                } else {
                    "its tokens cannot be verified"
                };
                format!("the keys of {issuer} cannot be fetched, and {then}: {failed}")
            }
            Self::Misconfigured(Misconfigured(faults)) => faults
                .iter()
                .map(ToString::to_string)
                .collect::<Vec<_>>()
                .join("; "),
            Self::StaticKeys => "AWS_ACCESS_KEY_ID signs for every profile that names no role: \
                delete the key's secrets, and the token is used"
                .to_owned(),
            Self::CacheKeyMissing => {
                "CACHE_KEY is not set: the session is kept in this isolate only".to_owned()
            }
            Self::KvReadFailed(KvFailed(said)) | Self::KvWriteFailed(KvFailed(said)) => {
                said.clone()
            }
            Self::KvRecordForeign => {
                "the record does not open: CACHE_KEY was changed, or it is damaged".to_owned()
            }
            Self::SessionGranted { lifetime, attempts } => format!(
                "STS granted a session of {} s at call {attempts}",
                lifetime.as_secs()
            ),
            Self::TokenUnfit(fault) => Error::Token(*fault).public_text().detail,
            Self::StsFailed { failure, .. } => {
                let advice = Error::Sts((*failure).clone()).public_text().detail;
                aws_detail(failure, advice)
            }
            Self::S3Failed {
                operation, failure, ..
            } => {
                let advice = Error::S3((*failure).clone()).public_text().detail;
                format!("{}: {}", operation.name(), aws_detail(failure, advice))
            }
            Self::SealFailed => {
                "the session could not be sealed and is kept in this isolate only".to_owned()
            }
            Self::Internal(place) => format!("this is a fault of the worker itself: {place}"),
        }
    }
}

/// `advice`, with what AWS said of a refusal.
fn aws_detail<C>(failure: &Failure<C>, advice: String) -> String {
    match failure {
        Failure::Refused(refusal) => format!(
            "{} {} {}: {advice}; AWS said: {}",
            refusal.status.as_u16(),
            refusal.code,
            refusal.request_id.as_deref().unwrap_or("-"),
            refusal.message
        ),
        Failure::Garbled { status } => format!("HTTP status {}: {advice}", status.as_u16()),
        Failure::Unreachable(_) => advice,
    }
}
