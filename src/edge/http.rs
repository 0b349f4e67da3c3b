//! The platform's requests and responses as the `http` crate's, and back, by hand: the method,
//! the URL, the headers that are looked at, and a body only where the route has one. `boundary.js` and
//! `entry.js` hold the other half.

use http::{HeaderName, HeaderValue, Method, Request, Response};
use js_sys::{Array, JsString};
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;

use super::bindings::Event;
use super::body::{self, BodyFailed};
use crate::api::{body_limit_bytes, read_url};
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

/// The core's view of the request of `event`: all but the body, as far as it can be read, and the body.
pub(super) async fn read(
    event: &Event,
    headers: &ReadHeaders,
) -> (Request<()>, Result<String, Error>) {
    let seen = look(event, &headers.array);
    let mut lines = seen.split('\n');
    let method = lines.next().unwrap_or_default();
    let url = lines.next().unwrap_or_default();
    let mut head = Request::new(());
    for (name, value) in headers.names.iter().zip(lines) {
        if !value.is_empty() {
            // A value that is no header value cannot prove or ask for anything.
            let value = HeaderValue::from_str(value).unwrap_or(HeaderValue::from_static("?"));
            head.headers_mut().insert(name, value);
        }
    }
    let body = match aim(&mut head, method, url) {
        Err(error) => Err(error),
        Ok(()) => match body_limit_bytes(head.method(), head.uri().path()) {
            Some(limit_bytes) => read_body(event, limit_bytes).await,
            None => Ok(String::new()),
        },
    };
    (head, body)
}

fn aim(head: &mut Request<()>, method: &str, url: &str) -> Result<(), Error> {
    *head.method_mut() = Method::from_bytes(method.as_bytes()).map_err(|_| Error::NoSuchRoute)?;
    *head.uri_mut() = read_url(url)?;
    Ok(())
}

/// The body, up to the limit.
async fn read_body(event: &Event, limit_bytes: usize) -> Result<String, Error> {
    let read = match event.body() {
        Some(bytes) if bytes.len() > limit_bytes => Err(BodyFailed::TooLarge),
        Some(bytes) => Ok(bytes),
        // A stream that is locked throws, and an exception that is not expected ends the instance.
        None if event.request().body_used() => Err(BodyFailed::Broken(JsValue::UNDEFINED)),
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
