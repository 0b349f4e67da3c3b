//! Responses that are not errors.

use std::time::Duration;

use http::header::{
    ACCESS_CONTROL_ALLOW_ORIGIN, CACHE_CONTROL, CONTENT_TYPE, LOCATION, REFERRER_POLICY, VARY,
};
use http::{HeaderValue, Response, StatusCode};
use serde::Serialize;

use super::Error;
use crate::presign::Operation;

/// `200` with a JSON body that must not be cached.
///
/// # Errors
/// [`Error::Internal`] when it cannot be serialized, which no value of ours causes.
pub fn json(body: &impl Serialize) -> Result<Response<String>, Error> {
    match serde_json::to_string(body) {
        Ok(body) => Ok(json_text(body)),
        Err(_) => Err(Error::Internal("response")),
    }
}

// On its own, so that it is compiled once and not for each type.
#[inline(never)]
fn json_text(body: String) -> Response<String> {
    let mut response = Response::new(body);
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

/// The media type of the API of git-lfs, which reads errors in it or in `application/json` only.
pub const GIT_LFS_JSON: HeaderValue = HeaderValue::from_static("application/vnd.git-lfs+json");

/// `200` for git-lfs, which must not be cached.
///
/// # Errors
/// As [`json`].
pub fn git_lfs(body: &impl Serialize) -> Result<Response<String>, Error> {
    let mut response = json(body)?;
    response.headers_mut().insert(CONTENT_TYPE, GIT_LFS_JSON);
    Ok(response)
}

/// `200` with a text for people, which must not be cached.
pub fn plain_text(text: String) -> Response<String> {
    let mut response = json_text(text);
    let plain_text = HeaderValue::from_static("text/plain; charset=utf-8");
    response.headers_mut().insert(CONTENT_TYPE, plain_text);
    response
}

/// `200` with `json`, which is the same for everybody: it may be cached for five minutes, and scripts of all origins may
/// read it.
pub fn public(json: String) -> Response<String> {
    let mut response = json_text(json);
    let headers = response.headers_mut();
    let five_minutes = HeaderValue::from_static("public, max-age=300");
    headers.insert(CACHE_CONTROL, five_minutes);
    headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
    response
}

/// `204` without a body.
pub fn no_content() -> Response<String> {
    let mut response = Response::new(String::new());
    *response.status_mut() = StatusCode::NO_CONTENT;
    response
}

/// A redirect to `url` that keeps the method. GET and HEAD get `302`, which clients may cache for `cacheable`, depending
/// on the request headers `vary`. PUT and DELETE get `307`, the only status after which clients repeat a body.
///
/// # Errors
/// [`Error::Internal`] when the URL is not a header value, which percent-encoding rules out.
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
        // Another caller, or a request for JSON, gets another response.
        headers.insert(VARY, vary.clone());
        private(cacheable_secs)?
    };
    headers.insert(CACHE_CONTROL, cache_control);
    Ok(response)
}

// Not inlined, because most responses are not cached.
#[inline(never)]
fn private(max_age_secs: u64) -> Result<HeaderValue, Error> {
    let value = format!("private, max-age={max_age_secs}");
    HeaderValue::from_str(&value).map_err(|_| Error::Internal("cache-control"))
}
