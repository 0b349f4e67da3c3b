//! The one table from error to everything that its response and its line in the log need.

use std::borrow::Cow;
use std::time::Duration;

use http::header::{ALLOW, WWW_AUTHENTICATE};
use http::{HeaderName, HeaderValue};

use super::{Error, ProblemType, RequestError};
use crate::aws::{Cause as _, Diagnosis, ServiceError};
use crate::callers::{AuthError, LinkError};
use crate::credentials::{CredentialsError, RETRY_AFTER};
use crate::multipart::HandleError;
use crate::platform::HttpError;
use crate::profiles::AccessError;
use crate::s3::{self, S3Error};
use crate::sts::{self, StsError, TokenError};

/// Everything that the response to a failed request needs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ErrorAnswer<'e> {
    /// The type of problem.
    pub problem: ProblemType,
    /// What went wrong in this request, for the client.
    pub detail: Cow<'static, str>,
    /// After how long the same request may succeed; `None` when it will not by itself.
    pub retry_after: Option<Duration>,
    /// A header that belongs to this error.
    pub header: Option<(HeaderName, HeaderValue)>,
    /// AWS's own error, where AWS refused.
    pub aws: Option<AwsError<'e>>,
    /// The name of the cause, where a call to AWS failed.
    pub cause: Option<&'static str>,
    /// What only the log says.
    pub log_detail: Option<String>,
}

/// An error of AWS.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AwsError<'e> {
    /// AWS's error code.
    pub code: &'e str,
    /// AWS's id of the call.
    pub request_id: Option<&'e str>,
}

const RATE_LIMIT_POLICY: HeaderName = HeaderName::from_static("ratelimit-policy");

impl Error {
    /// The answer to this error. There is no catch-all, so that a new failure has to choose its answer here.
    pub fn answer(&self) -> ErrorAnswer<'_> {
        match self {
            Self::Request(error) => error.answer(),
            Self::Field(error) => answer(ProblemType::InvalidRequest, error.to_string()),
            Self::Auth(error) => auth(*error),
            // https://www.ietf.org/archive/id/draft-ietf-httpapi-ratelimit-headers-10.html#section-3
            Self::RateLimited(error) => {
                let (limit, secs) = (error.0.limit, error.0.period_secs);
                let policy = format!(r#""caller";q={limit};w={secs}"#);
                let policy = HeaderValue::from_str(&policy).ok();
                ErrorAnswer {
                    retry_after: Some(error.retry_after()),
                    header: policy.map(|policy| (RATE_LIMIT_POLICY, policy)),
                    ..answer(ProblemType::RateLimited, error.to_string())
                }
            }
            Self::Access(error) => access(*error),
            Self::SubjectRequired => answer(ProblemType::SubjectRequired, self.to_string()),
            Self::TokenRefused(reason) => ErrorAnswer {
                log_detail: Some(reason.to_string()),
                ..answer(ProblemType::TokenRefused, self.to_string())
            },
            Self::TokenNotStored(_) => ErrorAnswer {
                retry_after: Some(RETRY_AFTER),
                ..answer(ProblemType::TokenNotStored, self.to_string())
            },
            Self::Credentials(error) => credentials(error),
            Self::Handle(error) => handle(*error),
            Self::S3(error) => s3(error),
            Self::Misconfigured => answer(ProblemType::Misconfigured, self.to_string()),
            Self::Internal(location) => ErrorAnswer {
                log_detail: Some((*location).to_owned()),
                ..answer(ProblemType::Internal, self.to_string())
            },
        }
    }
}

impl RequestError {
    fn answer(&self) -> ErrorAnswer<'static> {
        let (problem, header) = match self {
            Self::NoSuchRoute | Self::NoLocks => (ProblemType::NoSuchRoute, None),
            Self::MethodNotAllowed { allow } => {
                let allow = HeaderValue::from_static(allow);
                (ProblemType::MethodNotAllowed, Some((ALLOW, allow)))
            }
            Self::InvalidUrl => (ProblemType::InvalidRequest, None),
            Self::UrlTooLong { .. } => (ProblemType::UrlTooLong, None),
            Self::HeaderTooLong { .. } => (ProblemType::HeaderTooLong, None),
            Self::BodyTooLarge { .. } | Self::TooManyObjects { .. } => {
                (ProblemType::BodyTooLarge, None)
            }
        };
        ErrorAnswer {
            header,
            ..answer(problem, self.to_string())
        }
    }
}

fn answer<'e>(problem: ProblemType, detail: impl Into<Cow<'static, str>>) -> ErrorAnswer<'e> {
    ErrorAnswer {
        problem,
        detail: detail.into(),
        retry_after: None,
        header: None,
        aws: None,
        cause: None,
        log_detail: None,
    }
}

fn auth(error: AuthError) -> ErrorAnswer<'static> {
    let (problem, detail) = match error {
        AuthError::MultipleCredentials => (
            ProblemType::AmbiguousProof,
            "send one key, one token or one link, and no other credential",
        ),
        AuthError::InvalidScheme
        | AuthError::UnknownKey
        | AuthError::TokensDisabled
        | AuthError::NeitherKeyNorJwt
        | AuthError::CallerClosed
        | AuthError::Jwt(_) => (
            ProblemType::UnknownCaller,
            "the key or token is unknown, has expired or is not meant for this service",
        ),
        AuthError::Link(LinkError::Expired) => (
            ProblemType::LinkExpired,
            "ask whoever gave it to you for a new one",
        ),
        AuthError::Link(LinkError::Forged | LinkError::Malformed) => (
            ProblemType::LinkRefused,
            "it is incomplete, was altered, or is not a link of this service",
        ),
        AuthError::IssuerUnreachable => (
            ProblemType::IssuerUnreachable,
            "the keys of its issuer cannot be fetched at the moment",
        ),
    };
    let is_rejected = problem == ProblemType::UnknownCaller;
    let is_link = matches!(error, AuthError::Link(_));
    ErrorAnswer {
        retry_after: error.retry_after(),
        header: is_rejected.then(|| {
            challenge(
                r#"Bearer realm="edge-presigner", error="invalid_token", Basic realm="edge-presigner", charset="UTF-8""#,
            )
        }),
        log_detail: (is_rejected || is_link).then(|| error.to_string()),
        ..answer(problem, detail)
    }
}

/// `WWW-Authenticate` as [RFC 6750](https://www.rfc-editor.org/rfc/rfc6750#section-3) and
/// [RFC 7617](https://www.rfc-editor.org/rfc/rfc7617#section-2) define it, with both schemes in one value.
fn challenge(value: &'static str) -> (HeaderName, HeaderValue) {
    (WWW_AUTHENTICATE, HeaderValue::from_static(value))
}

fn access(error: AccessError) -> ErrorAnswer<'static> {
    let (problem, header) = match error {
        AccessError::CredentialRequired => (
            ProblemType::KeyRequired,
            Some(challenge(
                r#"Bearer realm="edge-presigner", Basic realm="edge-presigner", charset="UTF-8""#,
            )),
        ),
        AccessError::Denied => (ProblemType::NotAllowed, None),
        AccessError::LinksDisabled => (ProblemType::NoLinks, None),
        AccessError::ReceiptsDisabled => (ProblemType::NoReceipts, None),
    };
    ErrorAnswer {
        header,
        ..answer(problem, error.to_string())
    }
}

fn credentials(error: &CredentialsError) -> ErrorAnswer<'_> {
    let answer = match error {
        CredentialsError::Token(token) => {
            let problem = match token {
                TokenError::Missing | TokenError::NotPushed => ProblemType::TokenMissing,
                TokenError::Unreadable(_) | TokenError::PushedUnreadable => {
                    ProblemType::TokenUnreadable
                }
                TokenError::Malformed(_) => ProblemType::TokenMalformed,
                TokenError::Expired { .. } => ProblemType::TokenExpired,
                TokenError::Unsigned => ProblemType::Misconfigured,
            };
            answer(problem, token.to_string())
        }
        CredentialsError::Sts(sts) => ErrorAnswer {
            aws: aws_error(sts),
            cause: Some(sts.cause_name()),
            ..answer(sts_problem(sts), sts::failure::advice(sts))
        },
        CredentialsError::LifetimeUnavailable { .. } => {
            answer(ProblemType::LifetimeUnavailable, error.to_string())
        }
    };
    ErrorAnswer {
        retry_after: error.retry_after(),
        ..answer
    }
}

fn handle(error: HandleError) -> ErrorAnswer<'static> {
    match error {
        HandleError::CacheKeyMissing => answer(ProblemType::CacheKeyRequired, error.to_string()),
        HandleError::Invalid => answer(ProblemType::InvalidRequest, format!("handle: {error}")),
        HandleError::Expired { .. } => answer(ProblemType::HandleExpired, error.to_string()),
    }
}

fn s3(error: &S3Error) -> ErrorAnswer<'_> {
    ErrorAnswer {
        retry_after: error.is_transient().then_some(RETRY_AFTER),
        aws: aws_error(error),
        cause: Some(error.cause_name()),
        ..answer(s3_problem(error), s3::failure::advice(error))
    }
}

fn aws_error<C>(error: &ServiceError<C>) -> Option<AwsError<'_>> {
    match error {
        ServiceError::Refused(refusal) => Some(AwsError {
            code: &refusal.code,
            request_id: refusal.request_id.as_deref(),
        }),
        ServiceError::Unusable { .. }
        | ServiceError::InvalidResponse { .. }
        | ServiceError::NoResponse(_) => None,
    }
}

fn sts_problem(error: &StsError) -> ProblemType {
    use sts::Cause;
    match error.diagnosis() {
        Diagnosis::Cause(Cause::SessionEnded | Cause::UnreadableExpiration)
        | Diagnosis::InvalidResponse
        | Diagnosis::NoResponse(HttpError::BodyTooLarge) => ProblemType::StsGarbled,
        Diagnosis::Cause(Cause::Throttled) => ProblemType::StsThrottled,
        Diagnosis::Cause(cause) if cause.is_transient() => ProblemType::StsUnavailable,
        Diagnosis::Cause(_) => ProblemType::StsRefused,
        Diagnosis::NoResponse(HttpError::Timeout | HttpError::Connection) => {
            ProblemType::StsUnreachable
        }
    }
}

fn s3_problem(error: &S3Error) -> ProblemType {
    use crate::s3::Cause;
    match error.diagnosis() {
        Diagnosis::Cause(cause) => match cause {
            Cause::NoSuchUpload => ProblemType::NoSuchUpload,
            Cause::NoSuchObject => ProblemType::NoSuchObject,
            Cause::PreconditionFailed => ProblemType::PreconditionFailed,
            Cause::Conflict => ProblemType::Conflict,
            Cause::InvalidPart
            | Cause::PartTooSmall
            | Cause::TooLarge
            | Cause::ChecksumMismatch
            | Cause::InvalidRequest
            | Cause::NotImplemented => ProblemType::UploadRefused,
            Cause::KmsKey
            | Cause::AccessDenied
            | Cause::NoSuchBucket
            | Cause::WrongRegion
            | Cause::SessionRejected
            | Cause::ClockSkewed
            | Cause::SignatureRejected
            | Cause::Other => ProblemType::S3Refused,
            Cause::Throttled => ProblemType::S3Throttled,
            Cause::ServerFault => ProblemType::S3Unavailable,
        },
        Diagnosis::InvalidResponse | Diagnosis::NoResponse(HttpError::BodyTooLarge) => {
            ProblemType::S3Garbled
        }
        Diagnosis::NoResponse(HttpError::Timeout | HttpError::Connection) => {
            ProblemType::S3Unreachable
        }
    }
}
