//! Converts the platform's requests and responses to those of the `http` crate and back: the method, the URL, and the
//! headers that are read. `boundary.js` and `handlers.js` are the other half.

use http::{HeaderName, HeaderValue, Method, Request, Response};
use js_sys::{Array, JsString};
use wasm_bindgen::prelude::wasm_bindgen;

use super::bindings::Event;
use crate::api::{RequestError, parse_url};
use crate::encode::append;

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

/// The request of `event` without its body, as far as it is valid, and what is wrong with it.
pub(super) fn read(
    event: &Event,
    headers: &ReadHeaders,
) -> (Request<()>, Result<(), RequestError>) {
    let text = read_head(event, &headers.array);
    let mut lines = text.split('\n');
    let method = lines.next().unwrap_or_default();
    let url = lines.next().unwrap_or_default();
    let mut head = Request::new(());
    for (name, value) in headers.names.iter().zip(lines) {
        if !value.is_empty() {
            // What is not a header value cannot be a credential or anything else of use.
            let value = HeaderValue::from_str(value).unwrap_or(HeaderValue::from_static("?"));
            head.headers_mut().insert(name.clone(), value);
        }
    }
    let valid = set_target(&mut head, method, url);
    (head, valid)
}

fn set_target(head: &mut Request<()>, method: &str, url: &str) -> Result<(), RequestError> {
    *head.method_mut() =
        Method::from_bytes(method.as_bytes()).map_err(|_| RequestError::NoSuchRoute)?;
    *head.uri_mut() = parse_url(url)?;
    Ok(())
}

/// Room for the headers of most responses, of which a redirect has the longest.
const HEAD_BYTES: usize = 2048;

/// `response` as a message for `handlers.js`: the status, a line for each header, an empty line, and the body.
pub(super) fn write(response: &Response<String>) -> String {
    let status = response.status();
    let body = response.body();
    let mut message = String::with_capacity(body.len().saturating_add(HEAD_BYTES));
    message.push_str(status.as_str());
    for (name, value) in response.headers() {
        // All of ours are text; `to_str` would check each character on its own.
        let value = str::from_utf8(value.as_bytes()).unwrap_or_default();
        append(&mut message, &["\n", name.as_str(), ": ", value]);
    }
    append(&mut message, &["\n\n", body]);
    message
}
