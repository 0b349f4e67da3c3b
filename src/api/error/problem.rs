//! Errors as [`application/problem+json`](https://www.rfc-editor.org/rfc/rfc9457).

use std::borrow::Cow;

use http::header::{CACHE_CONTROL, CONTENT_TYPE, RETRY_AFTER};
use http::{HeaderValue, Response};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Serialize;

use super::{Error, ErrorAnswer, ProblemType, sts};

/// The `type` of every problem begins with this; the rest says which one it is.
pub const TYPE_PREFIX: &str = "urn:problem-type:edge-presigner:";

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
    /// The code that AWS's SDKs show; only from `/v1/credentials/{profile}`.
    #[serde(rename = "Code", skip_serializing_if = "Option::is_none")]
    code: Option<&'static str>,
    /// The `detail` once more, for AWS's SDKs; only from `/v1/credentials/{profile}`.
    #[serde(rename = "Message", skip_serializing_if = "Option::is_none")]
    message: Option<Cow<'static, str>>,
}

/// The format of errors.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ErrorFormat {
    /// [`Problem`].
    #[default]
    Problem,
    /// The same with what AWS's SDKs show of an answer without credentials.
    Credentials,
    /// STS's XML.
    Sts,
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
            code: None,
            message: None,
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

/// The response to a request that failed with `error`.
pub fn response(error: &Error, request_id: &str, format: ErrorFormat) -> Response<String> {
    let mut answer = error.answer();
    if format == ErrorFormat::Sts {
        return sts::response(error, &answer, request_id);
    }
    let (status, retry_after) = (answer.problem.status(), answer.retry_after);
    let header = answer.header.take();
    let mut problem = Problem::new(answer, request_id);
    if format == ErrorFormat::Credentials {
        problem.code = Some(sts::code(error));
        problem.message = Some(problem.detail.clone());
    }
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
