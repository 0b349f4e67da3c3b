//! Converts the platform's requests and responses to those of the `http` crate and back: the method, the URL, the headers
//! that are read, and a body only where the route has one. `boundary.js` and `entry.js` are the other half.

use http::{HeaderName, HeaderValue, Method, Request, Response};
use js_sys::{Array, JsString};
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;

use super::bindings::Event;
use super::body::{self, BodyError};
use crate::api::{Error, RequestError, parse_url};
use crate::routes::body_limit_bytes;

#[wasm_bindgen(module = "/src/edge/boundary.js")]
extern "C" {
    #[wasm_bindgen(js_name = readHead)]
    fn read_head(event: &Event, names: &Array) -> String;
}

/// The headers that the core reads, for both sides.
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

/// The request of `event`: everything except the body, as far as it is valid, and the body.
pub(super) async fn read(
    event: &Event,
    headers: &ReadHeaders,
) -> (Request<()>, Result<String, Error>) {
    let text = read_head(event, &headers.array);
    let mut lines = text.split('\n');
    let method = lines.next().unwrap_or_default();
    let url = lines.next().unwrap_or_default();
    let mut head = Request::new(());
    for (name, value) in headers.names.iter().zip(lines) {
        if !value.is_empty() {
            // What is not a header value cannot be a credential or anything else of use.
            let value = HeaderValue::from_str(value).unwrap_or(HeaderValue::from_static("?"));
            head.headers_mut().insert(name, value);
        }
    }
    let body = match set_target(&mut head, method, url) {
        Err(error) => Err(error),
        Ok(()) => match body_limit_bytes(head.method(), head.uri().path()) {
            Some(limit_bytes) => read_body(event, limit_bytes).await,
            None => Ok(String::new()),
        },
    };
    (head, body)
}

fn set_target(head: &mut Request<()>, method: &str, url: &str) -> Result<(), Error> {
    *head.method_mut() =
        Method::from_bytes(method.as_bytes()).map_err(|_| RequestError::NoSuchRoute)?;
    *head.uri_mut() = parse_url(url)?;
    Ok(())
}

/// The body, up to the limit.
async fn read_body(event: &Event, limit_bytes: usize) -> Result<String, Error> {
    let read = match event.body() {
        Some(bytes) if bytes.len() > limit_bytes => Err(BodyError::TooLarge),
        Some(bytes) => Ok(bytes),
        // A locked stream throws, and an unexpected exception ends the instance.
        None if event.request().body_used() => Err(BodyError::Stream(JsValue::UNDEFINED)),
        None => body::read(event.request().body(), limit_bytes).await,
    };
    let bytes = read.map_err(|error| match error {
        BodyError::TooLarge => Error::Request(RequestError::BodyTooLarge {
            max_bytes: limit_bytes,
        }),
        BodyError::Stream(_) => Error::field("body", "ended before it was complete"),
    })?;
    String::from_utf8(bytes).map_err(|_| Error::field("body", "is not UTF-8"))
}

/// `response` as a message for `entry.js`: the status, a line for each header, an empty line, and the body.
pub(super) fn write(response: &Response<String>) -> String {
    let status = response.status();
    let mut parts = vec![status.as_str()];
    for (name, value) in response.headers() {
        // All of ours are text; `to_str` would check each character on its own.
        let value = str::from_utf8(value.as_bytes()).unwrap_or_default();
        parts.extend(["\n", name.as_str(), ": ", value]);
    }
    parts.extend(["\n\n", response.body()]);
    parts.concat()
}
