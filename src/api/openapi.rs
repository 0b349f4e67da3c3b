//! `GET /openapi.json`: all of this as [OpenAPI 3.1](https://spec.openapis.org/oas/v3.1.1.html).
//!
//! The document is a file, because the worker has no use for the code that makes it. [`document`] makes it
//! of the table of routes, of the types that read and write JSON, and of the types of problems;
//! `tests/openapi.rs` holds the file equal to that.

mod answers;
mod document;
mod operations;

use http::header::{ACCESS_CONTROL_ALLOW_ORIGIN, CACHE_CONTROL, CONTENT_TYPE};
use http::{HeaderValue, Response};

pub use document::document;

/// The document as it is served.
pub const DOCUMENT: &str = include_str!("openapi/openapi.json");

/// `200` with [`DOCUMENT`]. It is the same for everybody and says nothing of the configuration, so
/// scripts of all origins may read it, such as those of viewers.
pub fn answer() -> Response<String> {
    let mut response = Response::new(DOCUMENT.to_owned());
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    let five_minutes = HeaderValue::from_static("public, max-age=300");
    headers.insert(CACHE_CONTROL, five_minutes);
    headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
    response
}
