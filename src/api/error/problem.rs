//! Errors as [`application/problem+json`](https://www.rfc-editor.org/rfc/rfc9457).

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Serialize;

use super::{ErrorAnswer, ProblemType};

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

    /// The same with the members that clients of Companion show.
    pub(super) fn for_companion(self) -> Self {
        let text = Some(self.detail.clone());
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
