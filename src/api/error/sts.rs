//! Errors as AWS's clients know them: [STS's codes][codes], in STS's XML.
//!
//! [codes]: https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRoleWithWebIdentity.html

use http::StatusCode;
use quick_xml::escape::escape;

use super::{Error, ErrorAnswer, ProblemType, RequestError};
use crate::callers::{AuthError, JwtError};

/// The namespace of STS's documents.
pub const XML_NAMESPACE: &str = "https://sts.amazonaws.com/doc/2011-06-15/";

/// The code of `error`.
pub(super) fn code(error: &Error) -> &'static str {
    use ProblemType as Is;
    match error {
        Error::Auth(AuthError::Jwt(JwtError::Expired)) => return "ExpiredTokenException",
        Error::Request(RequestError::UnsupportedAction { .. }) => return "InvalidAction",
        _ => {}
    }
    match error.answer().problem {
        Is::UnknownCaller => "InvalidIdentityToken",
        Is::KeyRequired | Is::AmbiguousProof => "MissingAuthenticationToken",
        Is::NotAllowed
        | Is::NoLinks
        | Is::NoReceipts
        | Is::SubjectRequired
        | Is::LinkExpired
        | Is::LinkRefused
        | Is::TokenRefused => "AccessDenied",
        Is::NoSuchRoute | Is::MethodNotAllowed => "InvalidAction",
        Is::RateLimited | Is::StsThrottled | Is::S3Throttled => "Throttling",
        Is::IssuerUnreachable => "IDPCommunicationError",
        Is::InvalidRequest
        | Is::BodyTooLarge
        | Is::UrlTooLong
        | Is::HeaderTooLong
        | Is::LifetimeUnavailable => "ValidationError",
        Is::Misconfigured | Is::Internal | Is::CacheKeyRequired => "InternalFailure",
        Is::NoSuchUpload
        | Is::NoSuchObject
        | Is::Conflict
        | Is::HandleExpired
        | Is::PreconditionFailed
        | Is::UploadRefused
        | Is::StsRefused
        | Is::StsGarbled
        | Is::S3Refused
        | Is::S3Garbled
        | Is::StsUnavailable
        | Is::StsUnreachable
        | Is::S3Unavailable
        | Is::S3Unreachable
        | Is::TokenMissing
        | Is::TokenUnreadable
        | Is::TokenMalformed
        | Is::TokenExpired
        | Is::TokenNotStored => "ServiceUnavailable",
    }
}

/// The status for that of a problem: STS has no 401.
pub(super) fn status(problem: StatusCode) -> StatusCode {
    match problem {
        StatusCode::UNAUTHORIZED => StatusCode::BAD_REQUEST,
        status => status,
    }
}

/// The document of a request that failed with `error`, whose answer is `answer`.
pub(super) fn document(error: &Error, answer: &ErrorAnswer<'_>, request_id: &str) -> String {
    let sender = if answer.problem.status().is_server_error() {
        "Receiver"
    } else {
        "Sender"
    };
    format!(
        r#"<ErrorResponse xmlns="{XML_NAMESPACE}"><Error><Type>{sender}</Type><Code>{}</Code><Message>{}</Message></Error><RequestId>{}</RequestId></ErrorResponse>"#,
        code(error),
        escape(&*answer.detail),
        escape(request_id),
    )
}
