//! The platform's requests and responses as the `http` crate's, and back, by hand: the method,
//! the URL, the headers that are looked at, and a body only where the route has one.

use http::{HeaderName, HeaderValue, Method, Request, Response, Uri};
use js_sys::futures::JsFuture;
use js_sys::{Array, JsString, Uint8Array};
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;

use super::body::{self, BodyFailed};
use crate::api::body_limit_bytes;
use crate::error::Error;

#[wasm_bindgen(module = "/src/edge/boundary.js")]
extern "C" {
    fn look(request: &web_sys::Request, names: &Array) -> String;

    #[wasm_bindgen(catch)]
    fn respond(status: u16, headers: &str, body: &str) -> Result<web_sys::Response, JsValue>;
}

/// The headers that the core looks at, for both sides.
pub(super) struct ReadHeaders {
    names: Vec<HeaderName>,
    array: Array,
}

impl ReadHeaders {
    pub(super) fn new(names: Vec<HeaderName>) -> Self {
        let array = names.iter().map(|name| JsString::from(name.as_str()));
        Self {
            array: array.collect(),
            names,
        }
    }
}

/// The core's view of `request`.
pub(super) async fn read(
    request: &web_sys::Request,
    headers: &ReadHeaders,
) -> Result<Request<String>, Error> {
    let seen = look(request, &headers.array);
    let mut lines = seen.split('\n');
    let method = lines.next().unwrap_or_default();
    let method = Method::from_bytes(method.as_bytes()).map_err(|_| Error::NoSuchRoute)?;
    let url = lines.next().unwrap_or_default();
    let uri: Uri = url.parse().map_err(|_| Error::InvalidUrl)?;
    let body = match body_limit_bytes(&method, uri.path()) {
        Some(limit_bytes) => read_body(request, limit_bytes).await?,
        None => String::new(),
    };
    let mut incoming = Request::new(body);
    *incoming.method_mut() = method;
    *incoming.uri_mut() = uri;
    for (name, value) in headers.names.iter().zip(lines) {
        if !value.is_empty() {
            // A value that is no header value cannot prove or ask for anything.
            let value = HeaderValue::from_str(value).unwrap_or(HeaderValue::from_static("?"));
            incoming.headers_mut().insert(name, value);
        }
    }
    Ok(incoming)
}

/// The whole body in one piece where its length is declared, else chunk by chunk up to the limit.
async fn read_body(request: &web_sys::Request, limit_bytes: usize) -> Result<String, Error> {
    let too_large = Error::BodyTooLarge {
        max_bytes: limit_bytes,
    };
    let declared = request.headers().get("content-length").ok().flatten();
    let bytes = match declared.map(|length| length.parse::<usize>()) {
        Some(Ok(length)) if length > limit_bytes => return Err(too_large),
        Some(Ok(_)) => {
            let buffer = async { JsFuture::from(request.array_buffer()?).await };
            let buffer = buffer.await.map_err(|_| broken_body())?;
            Uint8Array::new(&buffer).to_vec()
        }
        _ => body::read(request.body(), limit_bytes)
            .await
            .map_err(|failed| match failed {
                BodyFailed::TooLarge => too_large,
                BodyFailed::Broken(_) => broken_body(),
            })?,
    };
    String::from_utf8(bytes).map_err(|_| Error::InvalidBody("is not UTF-8".to_owned()))
}

fn broken_body() -> Error {
    Error::InvalidBody("broke off before its end".to_owned())
}

/// The platform's form of `response`.
pub(super) fn write(response: &Response<String>) -> Result<web_sys::Response, JsValue> {
    let mut headers = String::new();
    for (name, value) in response.headers() {
        for line in [name.as_str(), value.to_str().unwrap_or_default()] {
            headers.push_str(line);
            headers.push('\n');
        }
    }
    respond(response.status().as_u16(), &headers, response.body())
}
