//! Answers that are not failures.

use std::collections::BTreeMap;
use std::time::Duration;

use http::header::{CACHE_CONTROL, CONTENT_TYPE, LOCATION, REFERRER_POLICY, VARY};
use http::{HeaderValue, Response, StatusCode};
use schemars::JsonSchema;
use serde::Serialize;

use crate::error::Error;
use crate::presign::{Form, Headers, Operation};
use crate::readiness::Readiness;

/// The answer of `POST /v1/sign`.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Signed<'a> {
    /// The presigned URL.
    #[schemars(url)]
    pub url: &'a str,
    /// The method it is signed for.
    pub method: &'a str,
    /// Headers that the client must send, exactly as they are here.
    pub headers: &'a Headers,
    /// Name of the profile.
    pub profile: &'a str,
    /// The whole key in the bucket; not there for listObjectsV2.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub key: Option<&'a str>,
    /// When the URL ends, in RFC 3339.
    #[schemars(extend("format" = "date-time"))]
    pub expires_at: String,
    /// Seconds from now to that instant.
    pub expires_in: u64,
}

/// The answer of `POST /v1/post-policy`.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct PostForm<'a> {
    /// Where the form is sent, as `multipart/form-data`.
    #[schemars(url)]
    pub url: String,
    /// Its fields, exactly as they are here, to be followed by `file`.
    #[schemars(with = "BTreeMap<String, String>")]
    pub fields: Form<'a>,
    /// Name of the profile.
    pub profile: &'a str,
    /// The whole key in the bucket, or its beginning with `${filename}` after it.
    pub key: &'a str,
    /// When S3 does not take the form any longer, in RFC 3339.
    #[schemars(extend("format" = "date-time"))]
    pub expires_at: String,
    /// Seconds from now to that instant.
    pub expires_in: u64,
}

/// `200` with a JSON body that nobody keeps.
///
/// # Errors
/// [`Error::Internal`] when it cannot be written, which no value of ours brings about.
pub fn json(body: &impl Serialize) -> Result<Response<String>, Error> {
    let body = serde_json::to_string(body).map_err(|_| Error::Internal("answer"))?;
    let mut response = Response::new(body);
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    Ok(response)
}

/// A redirect to `url` that keeps the method: `302` for GET and HEAD, which the client may keep for as
/// long as `cacheable`, with the headers `vary` of its request; `307` for PUT and DELETE, whose bodies a client repeats only for that.
///
/// # Errors
/// [`Error::Internal`] when the URL is no header value, which percent-encoding rules out.
pub fn redirect(
    operation: Operation,
    url: &str,
    cacheable: Duration,
    vary: &HeaderValue,
) -> Result<Response<String>, Error> {
    let location = HeaderValue::from_str(url).map_err(|_| Error::Internal("location"))?;
    let mut response = Response::new(String::new());
    let (status, cacheable_secs) = if operation.method().is_safe() {
        (StatusCode::FOUND, cacheable.as_secs())
    } else {
        (StatusCode::TEMPORARY_REDIRECT, 0)
    };
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(LOCATION, location);
    headers.insert(REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    let cache_control = if cacheable_secs == 0 {
        HeaderValue::from_static("no-store")
    } else {
        // Another caller, or one that wants JSON, gets another answer.
        headers.insert(VARY, vary.clone());
        HeaderValue::from_str(&format!("private, max-age={cacheable_secs}"))
            .map_err(|_| Error::Internal("cache-control"))?
    };
    headers.insert(CACHE_CONTROL, cache_control);
    Ok(response)
}

/// The answer of `/healthz`.
#[derive(Serialize, JsonSchema)]
pub struct Health {
    /// `ok`.
    #[schemars(extend("const" = "ok"))]
    status: &'static str,
}

/// `200` of `/healthz`: the worker runs. Nothing else is looked at.
///
/// # Errors
/// As [`json`].
pub fn health() -> Result<Response<String>, Error> {
    json(&Health { status: "ok" })
}

/// The answer of `/readyz`: `503` when a role cannot sign, so that a load balancer goes elsewhere.
///
/// # Errors
/// As [`json`].
pub fn ready(readiness: &Readiness<'_>) -> Result<Response<String>, Error> {
    let mut response = json(readiness)?;
    if !readiness.can_sign() {
        *response.status_mut() = StatusCode::SERVICE_UNAVAILABLE;
    }
    Ok(response)
}
