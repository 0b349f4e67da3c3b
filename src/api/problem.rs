//! Failures as [`application/problem+json`](https://www.rfc-editor.org/rfc/rfc9457).

use http::header::{ALLOW, CACHE_CONTROL, CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE};
use http::{HeaderName, HeaderValue, Response};
use serde::Serialize;

use crate::config::RateLimit;
use crate::error::Error;

/// Begins the `type` of every problem; the rest says which.
pub const TYPE_PREFIX: &str = "urn:problem-type:edge-presigner:";

const RATE_LIMIT_POLICY: HeaderName = HeaderName::from_static("ratelimit-policy");

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Problem<'a> {
    r#type: String,
    title: &'a str,
    status: u16,
    detail: &'a str,
    request_id: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    aws_code: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    aws_request_id: Option<&'a str>,
}

/// The `type` of `error`'s problem.
pub fn type_of(error: &Error) -> String {
    format!("{TYPE_PREFIX}{}", error.public_text().slug)
}

/// The answer to a request that failed with `error`.
pub fn answer(error: &Error, request_id: &str) -> Response<String> {
    let text = error.public_text();
    let problem = Problem {
        r#type: type_of(error),
        title: text.title,
        status: text.status.as_u16(),
        detail: &text.detail,
        request_id,
        aws_code: error.aws_code(),
        aws_request_id: error.aws_request_id(),
    };
    // Text and numbers always serialize; an empty body would still carry the right status.
    let mut response = Response::new(serde_json::to_string(&problem).unwrap_or_default());
    *response.status_mut() = text.status;
    let headers = response.headers_mut();
    headers.insert(
        CONTENT_TYPE,
        HeaderValue::from_static("application/problem+json"),
    );
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    if let Some(secs) = error.retry_after_secs() {
        headers.insert(RETRY_AFTER, HeaderValue::from(secs));
    }
    match error {
        // https://www.rfc-editor.org/rfc/rfc6750#section-3
        Error::KeyRequired => {
            let challenge = r#"Bearer realm="edge-presigner""#;
            headers.insert(WWW_AUTHENTICATE, HeaderValue::from_static(challenge));
        }
        Error::UnknownCaller(_) => {
            let challenge = r#"Bearer realm="edge-presigner", error="invalid_token""#;
            headers.insert(WWW_AUTHENTICATE, HeaderValue::from_static(challenge));
        }
        // https://www.ietf.org/archive/id/draft-ietf-httpapi-ratelimit-headers-10.html#section-3
        Error::RateLimited(RateLimit { limit, period_secs }) => {
            let policy = format!(r#""caller";q={limit};w={period_secs}"#);
            if let Ok(policy) = HeaderValue::from_str(&policy) {
                headers.insert(RATE_LIMIT_POLICY, policy);
            }
        }
        Error::MethodNotAllowed { allow } => {
            headers.insert(ALLOW, HeaderValue::from_static(allow));
        }
        _ => {}
    }
    response
}
