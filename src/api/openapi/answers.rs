//! Problems by status, and the headers of answers.

use std::collections::BTreeMap;

use http::StatusCode;
use schemars::Schema;
use serde_json::{Map, Value, json};

use crate::error::ProblemType;

/// Where on its way a request fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stage {
    /// Its route is looked for; what is described here has been found.
    Routing,
    /// It is read.
    Request,
    /// Its body is read.
    Body,
    /// The configuration is needed.
    Configuration,
    /// It is found out who asks.
    Caller,
    /// It is looked up what the caller may have.
    Permission,
    /// A link is made.
    Link,
    /// A session is needed.
    Session,
    /// What seals the handle of an upload is needed, and whose it is.
    Sealing,
    /// The handle of an upload is used.
    Handle,
    /// S3 is called.
    S3,
}

/// Where problems of this type arise.
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
        Is::LifetimeUnavailable
        | Is::StsRefused
        | Is::StsGarbled
        | Is::StsThrottled
        | Is::StsUnavailable
        | Is::StsUnreachable
        | Is::TokenMissing
        | Is::TokenMalformed
        | Is::TokenExpired => Stage::Session,
        Is::CacheKeyRequired | Is::SubjectRequired => Stage::Sealing,
        Is::HandleExpired => Stage::Handle,
        Is::NoSuchUpload
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
            "content": {"application/problem+json": {"schema": {
                "$ref": "#/components/schemas/Problem",
                "properties": {"status": {"const": status.as_u16()}, "type": {"enum": types}},
            }}},
        });
        (status.as_str().to_owned(), response)
    });
    responses.collect()
}

/// An answer in JSON, with the headers of every answer and `more`.
pub(super) fn answer(description: &str, more: &[&str], schema: &Schema) -> Value {
    json!({
        "description": description,
        "headers": references(more),
        "content": {"application/json": {"schema": schema}},
    })
}

/// See [`problem::answer`](crate::api::problem::answer).
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

/// References to the headers of every answer and to `more`.
pub(super) fn references(more: &[&str]) -> Value {
    let names = ["X-Request-Id", "Server-Timing"].iter().chain(more);
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
            "description": "The request, as the log calls it.",
            "required": true,
            "schema": {"type": "string", "minLength": 1},
        },
        "Server-Timing": {"description": "What was waited for, in milliseconds.", "schema": text},
        "Location": {
            "description": "The presigned URL.",
            "required": true,
            "schema": {"type": "string", "format": "uri"},
        },
        "Cache-Control": {
            "description": "For how long the answer may be kept.",
            "required": true,
            "schema": text,
        },
        "Referrer-Policy": {
            "description": "Keeps the URL from the server that it leads to.",
            "required": true,
            "schema": {"const": "no-referrer"},
        },
        "Allow": {"description": "The methods of the path.", "required": true, "schema": text},
        "WWW-Authenticate": {
            "description": "How to prove who asks.",
            "required": true,
            "schema": {"type": "string", "pattern": "^Bearer "},
        },
        "Retry-After": {
            "description": "Seconds after which the same request may succeed; not there when it will not by itself.",
            "schema": {"type": "integer", "minimum": 1},
        },
        "RateLimit-Policy": {"description": "How often a caller may ask.", "required": true, "schema": text},
    })
}
