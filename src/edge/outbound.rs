//! Calls to other servers with the platform's `fetch`.

use std::time::Duration;

use http::header::{
    ACCEPT_RANGES, ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS,
    ACCESS_CONTROL_ALLOW_ORIGIN, ACCESS_CONTROL_EXPOSE_HEADERS, AUTHORIZATION, CACHE_CONTROL,
    CONTENT_DISPOSITION, CONTENT_ENCODING, CONTENT_LANGUAGE, CONTENT_RANGE, DATE, LOCATION,
};
use http::{HeaderName, HeaderValue, Request, Response, StatusCode};
use js_sys::Reflect;
use js_sys::futures::JsFuture;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{AbortSignal, Headers, RequestCache, RequestInit, RequestRedirect};

use super::body::{self, StreamError};
use super::global::scope;
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

/// Sends `request` and reads the whole response within `limits`.
pub(super) async fn send(
    request: &Request<String>,
    limits: Limits,
) -> Result<Response<String>, HttpError> {
    exchange(request, limits)
        .await
        .map_err(|error| match error {
            StreamError::TooLarge => HttpError::BodyTooLarge,
            StreamError::Broken(error) if is_timeout(&error) => HttpError::Timeout,
            StreamError::Broken(_) => HttpError::Connection,
        })
}

async fn exchange(
    request: &Request<String>,
    limits: Limits,
) -> Result<Response<String>, StreamError> {
    let answer = call(request, limits.timeout)
        .await
        .map_err(StreamError::Broken)?;
    // The runtime decodes bodies, which it cannot do with a part of one.
    let is_decodable = answer.status() != StatusCode::PARTIAL_CONTENT
        || !answer
            .headers()
            .has(CONTENT_ENCODING.as_str())
            .unwrap_or_default();
    let body = answer.body().filter(|_| is_decodable);
    let bytes = body::read(body, limits.body_bytes).await?;
    // What is not text is not a response of AWS.
    let mut response = Response::new(String::from_utf8(bytes).unwrap_or_default());
    *response.status_mut() = StatusCode::from_u16(answer.status())
        .map_err(|_| StreamError::Broken(JsValue::UNDEFINED))?;
    for name in READ_HEADERS.into_iter().chain(ObjectMetadata::headers()) {
        if let Ok(Some(value)) = answer.headers().get(name.as_str())
            && let Ok(value) = HeaderValue::from_str(&value)
        {
            response.headers_mut().insert(name, value);
        }
    }
    Ok(response)
}

/// The timeout includes reading the body.
async fn call(request: &Request<String>, timeout: Duration) -> Result<web_sys::Response, JsValue> {
    let headers = Headers::new()?;
    for (name, value) in request.headers() {
        headers.set(name.as_str(), value.to_str().unwrap_or_default())?;
    }
    let init = RequestInit::new();
    init.set_method(request.method().as_str());
    init.set_headers(&headers);
    // An empty body would be an error for GET and HEAD; POST gets a length of zero by itself.
    if !request.body().is_empty() {
        init.set_body(&request.body().as_str().into());
    }
    init.set_redirect(RequestRedirect::Manual);
    if request.headers().contains_key(AUTHORIZATION) {
        // A cache would change conditions and ranges, and does not know who may read the object.
        init.set_cache(RequestCache::NoStore);
    }
    let limit_millis = u32::try_from(timeout.as_millis()).unwrap_or(u32::MAX);
    init.set_signal(Some(&AbortSignal::timeout_with_u32(limit_millis)));
    let answer = scope().fetch_with_str_and_init(&request.uri().to_string(), &init);
    Ok(JsFuture::from(answer).await?.unchecked_into())
}

fn is_timeout(error: &JsValue) -> bool {
    Reflect::get(error, &"name".into())
        .ok()
        .and_then(|name| name.as_string())
        .is_some_and(|name| name == "TimeoutError" || name == "AbortError")
}
