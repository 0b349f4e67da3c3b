//! Calls to other servers by the platform's `fetch`.

use std::time::Duration;

use http::header::ETAG;
use http::{HeaderName, HeaderValue, Request, Response, StatusCode};
use js_sys::Reflect;
use js_sys::futures::JsFuture;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{AbortSignal, Headers, RequestInit, RequestRedirect};

use super::body::{self, BodyFailed};
use super::workers::scope;
use crate::aws::{S3_REQUEST_ID, STS_REQUEST_ID, VERSION_ID};
use crate::platform::{Limits, Unreachable};

/// The headers of answers that the core looks at.
const READ_HEADERS: [HeaderName; 4] = [STS_REQUEST_ID, S3_REQUEST_ID, ETAG, VERSION_ID];

/// Sends `request` and reads the whole answer within `limits`.
pub(super) async fn send(
    request: &Request<String>,
    limits: Limits,
) -> Result<Response<String>, Unreachable> {
    exchange(request, limits)
        .await
        .map_err(|failed| match failed {
            BodyFailed::TooLarge => Unreachable::AnswerTooLarge,
            BodyFailed::Broken(error) if is_timeout(&error) => Unreachable::TimedOut,
            BodyFailed::Broken(_) => Unreachable::Network,
        })
}

async fn exchange(
    request: &Request<String>,
    limits: Limits,
) -> Result<Response<String>, BodyFailed> {
    let answer = call(request, limits.time)
        .await
        .map_err(BodyFailed::Broken)?;
    let bytes = body::read(answer.body(), limits.answer_bytes).await?;
    // What is no text is no answer of AWS.
    let mut response = Response::new(String::from_utf8(bytes).unwrap_or_default());
    *response.status_mut() = StatusCode::from_u16(answer.status())
        .map_err(|_| BodyFailed::Broken(JsValue::UNDEFINED))?;
    for name in READ_HEADERS {
        if let Ok(Some(value)) = answer.headers().get(name.as_str())
            && let Ok(value) = HeaderValue::from_str(&value)
        {
            response.headers_mut().insert(name, value);
        }
    }
    Ok(response)
}

/// The limit goes on counting while the body is read.
async fn call(request: &Request<String>, time: Duration) -> Result<web_sys::Response, JsValue> {
    let headers = Headers::new()?;
    for (name, value) in request.headers() {
        headers.set(name.as_str(), value.to_str().unwrap_or_default())?;
    }
    let init = RequestInit::new();
    init.set_method(request.method().as_str());
    init.set_headers(&headers);
    // With one that is empty GET and HEAD would be refused; POST gets a length of zero by itself.
    if !request.body().is_empty() {
        init.set_body(&request.body().as_str().into());
    }
    init.set_redirect(RequestRedirect::Manual);
    let limit_millis = u32::try_from(time.as_millis()).unwrap_or(u32::MAX);
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
