//! Errors as AWS's clients know them: [STS's codes][codes], in STS's XML.
//!
//! [codes]: https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRoleWithWebIdentity.html

use http::header::{CACHE_CONTROL, CONTENT_TYPE, RETRY_AFTER};
use http::{HeaderValue, Response, StatusCode};
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

/// The status of `error`: that of its problem, except that STS has no 401.
fn status(answer: &ErrorAnswer<'_>) -> StatusCode {
    match answer.problem.status() {
        StatusCode::UNAUTHORIZED => StatusCode::BAD_REQUEST,
        status => status,
    }
}

/// The response in STS's XML to a request that failed with `error`, whose answer is `answer`.
pub(super) fn response(
    error: &Error,
    answer: &ErrorAnswer<'_>,
    request_id: &str,
) -> Response<String> {
    let status = status(answer);
    let sender = if status.is_server_error() {
        "Receiver"
    } else {
        "Sender"
    };
    let mut response = Response::new(format!(
        r#"<ErrorResponse xmlns="{XML_NAMESPACE}"><Error><Type>{sender}</Type><Code>{}</Code><Message>{}</Message></Error><RequestId>{}</RequestId></ErrorResponse>"#,
        code(error),
        escape(&*answer.detail),
        escape(request_id),
    ));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/xml"));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    if let Some(retry_after) = answer.retry_after {
        headers.insert(RETRY_AFTER, HeaderValue::from(retry_after.as_secs()));
    }
    response
}
