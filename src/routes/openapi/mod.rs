//! `GET /openapi.json`: the whole HTTP API as [OpenAPI 3.1](https://spec.openapis.org/oas/v3.1.1.html).
//!
//! `openapi.json` beside this file is made from the table of routes, the request and response types, and the types of
//! problems; a test holds it equal to them. The build embeds it without white space.

use http::Response;

use crate::api::response;

/// The document as it is served.
pub const DOCUMENT: &str = include_str!(concat!(env!("OUT_DIR"), "/openapi.json"));

/// `200` with [`DOCUMENT`], which reveals nothing of the configuration.
pub fn document() -> Response<String> {
    response::public(DOCUMENT.to_owned())
}
