//! Calls to STS by the platform's `fetch`.

use std::time::Duration;

use http::{HeaderValue, Request, Response, StatusCode};
use js_sys::Reflect;
use js_sys::futures::JsFuture;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{AbortSignal, Headers, RequestInit, RequestRedirect};

use super::body::{self, BodyFailed};
use super::workers::scope;
use crate::platform::Unreachable;
use crate::sts::response::REQUEST_ID_HEADER;

/// An answer of STS is about 2 KB; more than this is none.
const MAX_ANSWER_BYTES: usize = 64 * 1024;

/// Sends `request` and reads the whole answer within `limit`.
pub(super) async fn send(
    request: &Request<String>,
    limit: Duration,
) -> Result<Response<String>, Unreachable> {
    exchange(request, limit)
        .await
        .map_err(|failed| match failed {
            BodyFailed::TooLarge => Unreachable::AnswerTooLarge,
            BodyFailed::Broken(error) if is_timeout(&error) => Unreachable::TimedOut,
            BodyFailed::Broken(_) => Unreachable::Network,
        })
}

async fn exchange(
    request: &Request<String>,
    limit: Duration,
) -> Result<Response<String>, BodyFailed> {
    let answer = call(request, limit).await.map_err(BodyFailed::Broken)?;
    let bytes = body::read(answer.body(), MAX_ANSWER_BYTES).await?;
    // What is no text is no answer of STS, and neither is an empty one.
    let mut response = Response::new(String::from_utf8(bytes).unwrap_or_default());
    *response.status_mut() = StatusCode::from_u16(answer.status())
        .map_err(|_| BodyFailed::Broken(JsValue::UNDEFINED))?;
    if let Ok(Some(id)) = answer.headers().get(REQUEST_ID_HEADER.as_str())
        && let Ok(id) = HeaderValue::from_str(&id)
    {
        response.headers_mut().insert(REQUEST_ID_HEADER, id);
    }
    Ok(response)
}

/// The limit goes on counting while the body is read.
async fn call(request: &Request<String>, limit: Duration) -> Result<web_sys::Response, JsValue> {
    let headers = Headers::new()?;
    for (name, value) in request.headers() {
        headers.set(name.as_str(), value.to_str().unwrap_or_default())?;
    }
    let init = RequestInit::new();
    init.set_method(request.method().as_str());
    init.set_headers(&headers);
    // With one that is empty GET would be refused.
    if !request.body().is_empty() {
        init.set_body(&request.body().as_str().into());
    }
    init.set_redirect(RequestRedirect::Manual);
    let limit_millis = u32::try_from(limit.as_millis()).unwrap_or(u32::MAX);
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
