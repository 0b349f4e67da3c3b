//! `GET /openapi.json`: the whole HTTP API as [OpenAPI 3.1](https://spec.openapis.org/oas/v3.1.1.html).
//!
//! `openapi.json` beside this file is made from the table of routes, the request and response types, and the types of
//! problems; a test holds it equal to them. The build embeds it without white space.

use http::header::{ACCESS_CONTROL_ALLOW_ORIGIN, CACHE_CONTROL, CONTENT_TYPE};
use http::{HeaderValue, Response};

/// The document as it is served.
pub const DOCUMENT: &str = include_str!(concat!(env!("OUT_DIR"), "/openapi.json"));

/// `200` with [`DOCUMENT`]. It is the same for everybody and reveals nothing of the configuration, so scripts of all
/// origins, such as API viewers, may read it.
pub fn document() -> Response<String> {
    let mut response = Response::new(DOCUMENT.to_owned());
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    let five_minutes = HeaderValue::from_static("public, max-age=300");
    headers.insert(CACHE_CONTROL, five_minutes);
    headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
    response
}
