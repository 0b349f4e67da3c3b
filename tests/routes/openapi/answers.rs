//! Problems by status, and the headers of responses.

use std::collections::BTreeMap;

use http::StatusCode;
use schemars::Schema;
use serde_json::{Map, Value, json};

use edge_presigner::api::ProblemType;

/// The stage at which a request fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stage {
    /// Finding the route; the document describes only requests that have one.
    Routing,
    /// Reading the request.
    Request,
    /// Reading the body.
    Body,
    /// Using the configuration.
    Configuration,
    /// Authentication.
    Caller,
    /// Authorization.
    Permission,
    /// Creating a link.
    Link,
    /// Obtaining a session.
    Session,
    /// Sealing the handle of an upload.
    Sealing,
    /// Using the handle of an upload.
    Handle,
    /// Calling S3.
    S3,
    /// Signing a receipt.
    Receipt,
    /// Taking a pushed token.
    Push,
}

/// The stage at which problems of this type arise.
fn stage(problem: ProblemType) -> Stage {
    use ProblemType as Is;
    match problem {
        Is::NoSuchRoute | Is::MethodNotAllowed => Stage::Routing,
        Is::InvalidRequest | Is::UrlTooLong | Is::HeaderTooLong | Is::Internal => Stage::Request,
        Is::BodyTooLarge => Stage::Body,
        Is::Misconfigured => Stage::Configuration,
        Is::AmbiguousProof
        | Is::UnknownCaller
        | Is::LinkExpired
        | Is::LinkRefused
        | Is::IssuerUnreachable
        | Is::RateLimited => Stage::Caller,
        Is::KeyRequired | Is::NotAllowed => Stage::Permission,
        Is::NoLinks => Stage::Link,
        Is::NoReceipts => Stage::Receipt,
        Is::LifetimeUnavailable
        | Is::StsRefused
        | Is::StsGarbled
        | Is::StsThrottled
        | Is::StsUnavailable
        | Is::StsUnreachable
        | Is::TokenMissing
        | Is::TokenUnreadable
        | Is::TokenMalformed
        | Is::TokenExpired => Stage::Session,
        Is::CacheKeyRequired | Is::SubjectRequired => Stage::Sealing,
        Is::HandleExpired => Stage::Handle,
        Is::TokenRefused | Is::TokenNotStored => Stage::Push,
        Is::NoSuchUpload
        | Is::NoSuchObject
        | Is::Conflict
        | Is::PreconditionFailed
        | Is::UploadRefused
        | Is::S3Refused
        | Is::S3Garbled
        | Is::S3Throttled
        | Is::S3Unavailable
        | Is::S3Unreachable => Stage::S3,
    }
}

/// References to the problems of a route that takes requests through `stages`, by status.
pub(super) fn problems_at(stages: &[Stage]) -> Map<String, Value> {
    let types = ProblemType::ALL.iter();
    let types = types.filter(|it| stages.contains(&stage(**it)));
    let statuses = types.map(|it| it.status().as_str().to_owned());
    statuses
        .map(|status| {
            let reference = json!({"$ref": format!("#/components/responses/{status}")});
            (status, reference)
        })
        .collect()
}

/// The errors of git-lfs on a route that takes requests through `stages`, by status.
pub(super) fn git_lfs_errors_at(stages: &[Stage]) -> Map<String, Value> {
    let statuses = problems_at(stages).into_iter();
    let errors = statuses.map(|(text, _)| {
        let status: StatusCode = text.parse().unwrap();
        let mut headers = problem_headers(status.as_u16());
        if status == StatusCode::UNAUTHORIZED {
            let name = "LFS-Authenticate";
            headers[name] = json!({"$ref": format!("#/components/headers/{name}")});
        }
        let error = json!({
            "description": status.canonical_reason(),
            "headers": headers,
            "content": {GIT_LFS: {"schema": {"$ref": "#/components/schemas/GitLfsError"}}},
        });
        (text, error)
    });
    errors.collect()
}

/// All problems, by status.
pub(super) fn problems() -> Map<String, Value> {
    let mut by_status: BTreeMap<StatusCode, Vec<String>> = BTreeMap::new();
    for problem in ProblemType::ALL {
        let types = by_status.entry(problem.status()).or_default();
        types.push(problem.urn());
    }
    let responses = by_status.into_iter().map(|(status, types)| {
        let response = json!({
            "description": status.canonical_reason(),
            "headers": problem_headers(status.as_u16()),
            "content": {PROBLEM: problem(status, &types)},
        });
        (status.as_str().to_owned(), response)
    });
    responses.collect()
}

/// The media type of most bodies.
pub(super) const JSON: &str = "application/json";

/// The media type of git-lfs.
pub(super) const GIT_LFS: &str = "application/vnd.git-lfs+json";

/// The media type of problems.
pub(super) const PROBLEM: &str = "application/problem+json";

/// A problem with this status and one of these types.
pub(super) fn problem(status: StatusCode, types: &[String]) -> Value {
    json!({"schema": {
        "$ref": "#/components/schemas/Problem",
        "properties": {"status": {"const": status.as_u16()}, "type": {"enum": types}},
    }})
}

/// A response in JSON, with the headers of every response and `more`.
pub(super) fn answer(description: &str, more: &[&str], schema: &Schema) -> Value {
    json!({
        "description": description,
        "headers": references(more),
        "content": {JSON: {"schema": schema}},
    })
}

/// The headers that `edge_presigner::api::error::response` adds.
fn problem_headers(status: u16) -> Value {
    let more: &[&str] = match status {
        401 => &["WWW-Authenticate"],
        405 => &["Allow"],
        429 => &["Retry-After", "RateLimit-Policy"],
        502 | 503 => &["Retry-After"],
        _ => &[],
    };
    references(more)
}

/// References to the headers of every response and to `more`.
pub(super) fn references(more: &[&str]) -> Value {
    let names = ["X-Request-Id", "X-Content-Type-Options", "Server-Timing"]
        .iter()
        .chain(more);
    let references = names.map(|name| {
        let reference = json!({"$ref": format!("#/components/headers/{name}")});
        ((*name).to_owned(), reference)
    });
    Value::Object(references.collect())
}

/// All headers.
pub(super) fn headers() -> Value {
    let text = json!({"type": "string"});
    json!({
        "X-Request-Id": {
            "description": "Id of the request in the log.",
            "required": true,
            "schema": {"type": "string", "minLength": 1},
        },
        "X-Content-Type-Options": {
            "description": "Keeps browsers from guessing another type than `Content-Type`.",
            "required": true,
            "schema": {"const": "nosniff"},
        },
        "Server-Timing": {"description": "What the request waited for, in milliseconds.", "schema": text},
        "Location": {
            "description": "The presigned URL.",
            "required": true,
            "schema": {"type": "string", "format": "uri"},
        },
        "Cache-Control": {
            "description": "How long the response may be cached.",
            "required": true,
            "schema": text,
        },
        "Referrer-Policy": {
            "description": "Keeps the URL from being sent to the server that it leads to.",
            "required": true,
            "schema": {"const": "no-referrer"},
        },
        "Allow": {"description": "The methods that the path supports.", "required": true, "schema": text},
        "WWW-Authenticate": {
            "description": "How to authenticate.",
            "required": true,
            "schema": {"type": "string", "pattern": "^Bearer .*, Basic "},
        },
        "LFS-Authenticate": {
            "description": "What git-lfs reads in place of `WWW-Authenticate`.",
            "required": true,
            "schema": {"const": "Basic realm=\"edge-presigner\""},
        },
        "Retry-After": {
            "description": "Seconds after which the same request may succeed; absent when it will not by itself.",
            "schema": {"type": "integer", "minimum": 1},
        },
        "RateLimit-Policy": {"description": "How often a caller may send requests.", "required": true, "schema": text},
    })
}
