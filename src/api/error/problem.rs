//! Errors as [`application/problem+json`](https://www.rfc-editor.org/rfc/rfc9457).

use std::borrow::Cow;

use http::header::{CACHE_CONTROL, CONTENT_TYPE, RETRY_AFTER};
use http::{HeaderValue, Response};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Serialize;

use super::super::Trace;
use super::{Error, ErrorAnswer, ProblemType};

/// The `type` of every problem begins with this; the rest says which one it is.
pub const TYPE_PREFIX: &str = "urn:problem-type:edge-presigner:";

/// What the document of an error has besides the members of a problem.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ErrorFormat {
    /// Nothing.
    #[default]
    Problem,
    /// `message` and `error`, which clients of [Companion] show their users.
    ///
    /// [Companion]: https://uppy.io/docs/companion/
    Companion,
}

/// A failed request.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Problem<'a> {
    /// The type of problem. It never changes.
    #[schemars(with = "ProblemType")]
    r#type: String,
    /// The same for all problems of this type.
    title: &'static str,
    /// HTTP status.
    status: u16,
    /// What went wrong in this request. Where a field or parameter is wrong, it begins with its name.
    detail: Cow<'static, str>,
    /// Id of the request in the log.
    request_id: &'a str,
    /// Name of the cause, where a call to STS or S3 failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    cause: Option<&'static str>,
    /// AWS's error code, where AWS refused.
    #[serde(skip_serializing_if = "Option::is_none")]
    aws_code: Option<&'a str>,
    /// AWS's id of the call that it refused.
    #[serde(skip_serializing_if = "Option::is_none")]
    aws_request_id: Option<&'a str>,
    /// The same as `detail`, in responses to Uppy.
    #[serde(skip_serializing_if = "Option::is_none")]
    message: Option<Cow<'static, str>>,
    /// The same as `detail`, in responses to Uppy.
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<Cow<'static, str>>,
}

impl<'a> Problem<'a> {
    /// The document for `answer`.
    pub fn new(answer: ErrorAnswer<'a>, request_id: &'a str) -> Self {
        Self {
            r#type: answer.problem.urn(),
            title: answer.problem.title(),
            status: answer.problem.status().as_u16(),
            detail: answer.detail,
            request_id,
            cause: answer.cause,
            aws_code: answer.aws.map(|aws| aws.code),
            aws_request_id: answer.aws.and_then(|aws| aws.request_id),
            message: None,
            error: None,
        }
    }

    /// The same document in `format`.
    fn in_format(self, format: ErrorFormat) -> Self {
        let text = (format == ErrorFormat::Companion).then(|| self.detail.clone());
        Self {
            message: text.clone(),
            error: text,
            ..self
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

/// The response to the request of `trace`, which failed with `error`.
pub fn response(error: &Error, trace: &Trace<'_>, request_id: &str) -> Response<String> {
    let mut answer = error.answer();
    let (status, retry_after) = (answer.problem.status(), answer.retry_after);
    let header = answer.header.take();
    let problem = Problem::new(answer, request_id).in_format(trace.error_format.get());
    // Text and numbers always serialize; an empty body would still have the right status.
    let mut response = Response::new(serde_json::to_string(&problem).unwrap_or_default());
    *response.status_mut() = status;
    let headers = response.headers_mut();
    let content_type = HeaderValue::from_static("application/problem+json");
    headers.insert(CONTENT_TYPE, content_type);
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    if let Some(retry_after) = retry_after {
        headers.insert(RETRY_AFTER, HeaderValue::from(retry_after.as_secs()));
    }
    if let Some((name, value)) = header {
        headers.insert(name, value);
    }
    response
}
