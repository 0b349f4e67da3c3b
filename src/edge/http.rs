//! The platform's requests and responses as the `http` crate's, and back, by hand: the method,
//! the URL, the headers that are looked at, and a body only where the route has one. `boundary.js` and
//! `entry.js` hold the other half.

use http::{HeaderName, HeaderValue, Method, Request, Response, Uri};
use js_sys::{Array, JsString};
use wasm_bindgen::prelude::wasm_bindgen;

use super::bindings::Event;
use super::body::{self, BodyFailed};
use crate::api::body_limit_bytes;
use crate::error::Error;

#[wasm_bindgen(module = "/src/edge/boundary.js")]
extern "C" {
    fn look(event: &Event, names: &Array) -> String;
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

/// The core's view of the request of `event`.
pub(super) async fn read(event: &Event, headers: &ReadHeaders) -> Result<Request<String>, Error> {
    let seen = look(event, &headers.array);
    let mut lines = seen.split('\n');
    let method = lines.next().unwrap_or_default();
    let method = Method::from_bytes(method.as_bytes()).map_err(|_| Error::NoSuchRoute)?;
    let url = lines.next().unwrap_or_default();
    let uri: Uri = url.parse().map_err(|_| Error::InvalidUrl)?;
    let body = match body_limit_bytes(&method, uri.path()) {
        Some(limit_bytes) => read_body(event, limit_bytes).await?,
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

/// The body, up to the limit.
async fn read_body(event: &Event, limit_bytes: usize) -> Result<String, Error> {
    let read = match event.body() {
        Some(bytes) if bytes.len() > limit_bytes => Err(BodyFailed::TooLarge),
        Some(bytes) => Ok(bytes),
        None => body::read(event.request().body(), limit_bytes).await,
    };
    let bytes = read.map_err(|failed| match failed {
        BodyFailed::TooLarge => Error::BodyTooLarge {
            max_bytes: limit_bytes,
        },
        BodyFailed::Broken(_) => Error::InvalidBody("broke off before its end".to_owned()),
    })?;
    String::from_utf8(bytes).map_err(|_| Error::InvalidBody("is not UTF-8".to_owned()))
}

/// The message that is `response`: the status, a line for each header, an empty line, and the body.
pub(super) fn write(response: &Response<String>) -> String {
    let status = response.status();
    let mut parts = vec![status.as_str()];
    for (name, value) in response.headers() {
        // Ours are text; `to_str` would look at each character for itself.
        let value = str::from_utf8(value.as_bytes()).unwrap_or_default();
        parts.extend(["\n", name.as_str(), ": ", value]);
    }
    parts.extend(["\n\n", response.body()]);
    parts.concat()
}
