//! `GET /healthz`: the worker runs. Nothing else is checked.

use http::Response;
use schemars::JsonSchema;
use serde::Serialize;

use crate::api::{Error, response};

/// The response of `/healthz`.
#[derive(Serialize, JsonSchema)]
pub struct Health {
    /// `ok`.
    #[schemars(extend("const" = "ok"))]
    status: &'static str,
}

/// `200`.
///
/// # Errors
/// As [`response::json`].
pub fn health() -> Result<Response<String>, Error> {
    response::json(&Health { status: "ok" })
}
