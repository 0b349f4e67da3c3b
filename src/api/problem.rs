//! Failures as [`application/problem+json`](https://www.rfc-editor.org/rfc/rfc9457).

use std::borrow::Cow;

use http::header::{ALLOW, CACHE_CONTROL, CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE};
use http::{HeaderName, HeaderValue, Response};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Serialize;

use crate::config::RateLimit;
use crate::error::{Error, ProblemType, PublicText};

/// Begins the `type` of every problem; the rest says which.
pub const TYPE_PREFIX: &str = "urn:problem-type:edge-presigner:";

const RATE_LIMIT_POLICY: HeaderName = HeaderName::from_static("ratelimit-policy");

/// One failure.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Problem<'a> {
    /// Which kind of failure; it never changes.
    #[schemars(with = "ProblemType")]
    r#type: String,
    /// The same for all failures of that kind.
    title: &'static str,
    /// HTTP status.
    status: u16,
    /// This failure; where a field or parameter is at fault, it begins with its name.
    detail: String,
    /// The request, as the log calls it.
    request_id: &'a str,
    /// The code of AWS's own error.
    #[serde(skip_serializing_if = "Option::is_none")]
    aws_code: Option<&'a str>,
    /// What AWS calls the request that it refused.
    #[serde(skip_serializing_if = "Option::is_none")]
    aws_request_id: Option<&'a str>,
}

impl<'a> Problem<'a> {
    /// The document for `error`.
    pub fn of(error: &'a Error, request_id: &'a str) -> Self {
        Self::told(error, error.public_text(), request_id)
    }

    fn told(error: &'a Error, text: PublicText, request_id: &'a str) -> Self {
        Self {
            r#type: text.problem.urn(),
            title: text.problem.title(),
            status: text.problem.status().as_u16(),
            detail: text.detail,
            request_id,
            aws_code: error.aws_code(),
            aws_request_id: error.aws_request_id(),
        }
    }
}

impl JsonSchema for ProblemType {
    fn schema_name() -> Cow<'static, str> {
        "ProblemType".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        let types = Self::ALL.iter().map(|it| it.urn());
        json_schema!({"type": "string", "enum": types.collect::<Vec<_>>()})
    }
}

impl ProblemType {
    /// The `type` of its problems.
    pub fn urn(self) -> String {
        format!("{TYPE_PREFIX}{}", self.slug())
    }
}

/// The `type` of `error`'s problem.
pub fn type_of(error: &Error) -> String {
    error.public_text().problem.urn()
}

/// The answer to a request that failed with `error`.
pub fn answer(error: &Error, request_id: &str) -> Response<String> {
    let text = error.public_text();
    let status = text.problem.status();
    let problem = Problem::told(error, text, request_id);
    // Text and numbers always serialize; an empty body would still carry the right status.
    let mut response = Response::new(serde_json::to_string(&problem).unwrap_or_default());
    *response.status_mut() = status;
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
