//! Calls to other servers with the platform's `fetch`.

use http::header::{
    ACCEPT_RANGES, ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS,
    ACCESS_CONTROL_ALLOW_ORIGIN, ACCESS_CONTROL_EXPOSE_HEADERS, CACHE_CONTROL, CONTENT_DISPOSITION,
    CONTENT_ENCODING, CONTENT_LANGUAGE, CONTENT_RANGE, DATE, LOCATION,
};
use http::{HeaderMap, HeaderName, HeaderValue, Request, Response};
use js_sys::futures::JsFuture;
use js_sys::{Array, JsString, Promise, Reflect};
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;

use super::bindings::Event;
use crate::aws::{BUCKET_REGION, S3_REQUEST_ID, STS_REQUEST_ID};
use crate::platform::{CF_MITIGATED, HttpError, Limits};
use crate::s3::ObjectMetadata;

/// The response headers that the core reads besides those of objects.
const READ_HEADERS: [HeaderName; 16] = [
    STS_REQUEST_ID,
    S3_REQUEST_ID,
    BUCKET_REGION,
    DATE,
    LOCATION,
    CACHE_CONTROL,
    ACCEPT_RANGES,
    CONTENT_RANGE,
    CONTENT_ENCODING,
    CONTENT_LANGUAGE,
    CONTENT_DISPOSITION,
    CF_MITIGATED,
    ACCESS_CONTROL_ALLOW_ORIGIN,
    ACCESS_CONTROL_ALLOW_METHODS,
    ACCESS_CONTROL_ALLOW_HEADERS,
    ACCESS_CONTROL_EXPOSE_HEADERS,
];

#[wasm_bindgen(module = "/src/edge/boundary.js")]
extern "C" {
    fn exchange(
        event: &Event,
        url: &str,
        method: &str,
        headers: &str,
        body: &str,
        timeout_ms: u32,
        names: &Array,
        max_bytes: u32,
    ) -> Promise;
}

thread_local! {
    /// The names of all headers that are read, in the order of `response`.
    static NAMES: Array = {
        let known = known_headers().map(|name| JsString::from(name.as_str()));
        known.chain(ObjectMetadata::checksum_headers().map(JsString::from)).collect()
    };
}

fn known_headers() -> impl Iterator<Item = HeaderName> {
    READ_HEADERS.into_iter().chain(ObjectMetadata::HEADERS)
}

/// Sends `request` and reads the whole response within `limits`.
pub(super) async fn send(
    event: &Event,
    request: &Request<String>,
    limits: Limits,
) -> Result<Response<String>, HttpError> {
    let answer = JsFuture::from(call(event, request, limits)).await;
    let answer = answer.map_err(|error| {
        if is_timeout(&error) {
            HttpError::Timeout
        } else {
            HttpError::Connection
        }
    })?;
    let answer = answer.as_string().ok_or(HttpError::BodyTooLarge)?;
    response(&answer).ok_or(HttpError::Connection)
}

fn call(event: &Event, request: &Request<String>, limits: Limits) -> Promise {
    let mut headers = String::new();
    for (name, value) in request.headers() {
        headers.extend([name.as_str(), ":", value.to_str().unwrap_or_default(), "\n"]);
    }
    NAMES.with(|names| {
        exchange(
            event,
            &request.uri().to_string(),
            request.method().as_str(),
            &headers,
            request.body(),
            u32::try_from(limits.timeout.as_millis()).unwrap_or(u32::MAX),
            names,
            u32::try_from(limits.body_bytes).unwrap_or(u32::MAX),
        )
    })
}

fn response(answer: &str) -> Option<Response<String>> {
    let (status, mut rest) = answer.split_once('\n')?;
    let mut response = Response::new(String::new());
    *response.status_mut() = status.parse().ok()?;
    let headers = response.headers_mut();
    let mut value = || {
        let (value, after) = rest.split_once('\n')?;
        rest = after;
        Some(value)
    };
    for name in known_headers() {
        insert(headers, Some(name), value()?);
    }
    for name in ObjectMetadata::checksum_headers() {
        match value()? {
            "" => {}
            value => insert(headers, HeaderName::from_bytes(name.as_bytes()).ok(), value),
        }
    }
    rest.clone_into(response.body_mut());
    Some(response)
}

#[inline(never)]
fn insert(headers: &mut HeaderMap, name: Option<HeaderName>, value: &str) {
    if let (Some(name), false, Ok(value)) = (name, value.is_empty(), HeaderValue::from_str(value)) {
        headers.insert(name, value);
    }
}

fn is_timeout(error: &JsValue) -> bool {
    Reflect::get(error, &"name".into())
        .ok()
        .and_then(|name| name.as_string())
        .is_some_and(|name| name == "TimeoutError" || name == "AbortError")
}
