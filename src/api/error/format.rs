//! The response to a request that failed, in the form that its client reads.

use http::header::{CACHE_CONTROL, CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE};
use http::{HeaderName, HeaderValue, Response, StatusCode};
use schemars::JsonSchema;
use serde::Serialize;

use super::{Error, ErrorAnswer, Problem, sts};
use crate::api::response::GIT_LFS_JSON;

/// The form of errors, which depends on the route. Status and headers do not.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ErrorFormat {
    /// [`application/problem+json`](https://www.rfc-editor.org/rfc/rfc9457).
    #[default]
    Problem,
    /// The same with `Code` and `Message`, which AWS's SDKs show.
    Credentials,
    /// STS's XML.
    Sts,
    /// That of git-lfs.
    GitLfs,
    /// The same as [`Self::Problem`], with `message` and `error` too, which clients of [Companion] show their users.
    ///
    /// [Companion]: https://uppy.io/docs/companion/
    Companion,
}

/// An error as [git-lfs][errors] prints it.
///
/// [errors]: https://github.com/git-lfs/git-lfs/blob/main/docs/api/batch.md#response-errors
#[derive(Serialize, JsonSchema)]
pub struct GitLfsError<'a> {
    /// What went wrong: title and detail of the problem.
    message: String,
    /// Id of the request in the log.
    request_id: &'a str,
}

const PROBLEM_JSON: HeaderValue = HeaderValue::from_static("application/problem+json");

/// What git-lfs reads in place of `WWW-Authenticate`. Without it the message of a 401 is not printed.
const LFS_AUTHENTICATE: HeaderName = HeaderName::from_static("lfs-authenticate");

/// The response to a request that failed with `error`.
pub fn response(error: &Error, request_id: &str, format: ErrorFormat) -> Response<String> {
    let mut answer = error.answer();
    let (status, retry_after) = (answer.problem.status(), answer.retry_after);
    let status = if format == ErrorFormat::Sts {
        sts::status(status)
    } else {
        status
    };
    let header = answer.header.take();
    let header = header.filter(|(name, _)| format != ErrorFormat::Sts || *name != WWW_AUTHENTICATE);
    let (content_type, body) = body(error, answer, request_id, format);
    // Text and numbers always serialize; an empty body would still have the right status.
    let mut response = Response::new(body.unwrap_or_default());
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, content_type);
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    if let Some(retry_after) = retry_after {
        headers.insert(RETRY_AFTER, HeaderValue::from(retry_after.as_secs()));
    }
    if let Some((name, value)) = header {
        headers.insert(name, value);
    }
    if format == ErrorFormat::GitLfs && status == StatusCode::UNAUTHORIZED {
        let basic = HeaderValue::from_static("Basic realm=\"edge-presigner\"");
        headers.insert(LFS_AUTHENTICATE, basic);
    }
    response
}

fn body(
    error: &Error,
    answer: ErrorAnswer<'_>,
    request_id: &str,
    format: ErrorFormat,
) -> (HeaderValue, serde_json::Result<String>) {
    match format {
        ErrorFormat::Problem => (
            PROBLEM_JSON,
            serde_json::to_string(&Problem::new(answer, request_id)),
        ),
        ErrorFormat::Credentials => (
            PROBLEM_JSON,
            serde_json::to_string(&Problem::new(answer, request_id).for_aws_sdks(sts::code(error))),
        ),
        ErrorFormat::Sts => (
            HeaderValue::from_static("text/xml"),
            Ok(sts::document(error, &answer, request_id)),
        ),
        ErrorFormat::Companion => (
            PROBLEM_JSON,
            serde_json::to_string(&Problem::new(answer, request_id).for_companion()),
        ),
        ErrorFormat::GitLfs => (
            GIT_LFS_JSON,
            serde_json::to_string(&GitLfsError {
                message: format!("{}: {}", answer.problem.title(), answer.detail),
                request_id,
            }),
        ),
    }
}
