//! CORS: which scripts may ask, and read what they get.

mod answers;
mod origins;
mod preflight;

use crate::support::{Fake, bindings, ready, request, service_with};
use edge_presigner::service::Service;
use http::{HeaderValue, Method, Request, Response};
use serde_json::{Value, json};

const APP: &str = "https://app.example.com";
const SHOP: &str = "https://shop.example.com:8443";

/// `avatars` is open to scripts of [`APP`], `public` to those of [`SHOP`].
fn profiles() -> Value {
    let mut profiles: Value = serde_json::from_str(&bindings()["PROFILES"]).unwrap();
    profiles["avatars"]["corsOrigins"] = json!([APP]);
    profiles["public"]["corsOrigins"] = json!([SHOP]);
    profiles
}

fn service() -> Service {
    service_with(&[("PROFILES", &profiles().to_string())])
}

fn from(origin: &str, mut request: Request<String>) -> Request<String> {
    let origin = HeaderValue::from_str(origin).unwrap();
    request.headers_mut().insert("origin", origin);
    request
}

fn preflight(origin: &str, method: &'static str, path: &str) -> Request<String> {
    let mut request = from(origin, request(Method::OPTIONS, path, ""));
    let method = HeaderValue::from_static(method);
    let headers = request.headers_mut();
    headers.insert("access-control-request-method", method);
    headers.insert(
        "access-control-request-headers",
        HeaderValue::from_static("authorization"),
    );
    request
}

fn handle(request: Request<String>) -> Response<String> {
    ready(service().handle(request, &Fake::new()))
}

/// The headers of CORS in an answer, and `Vary`.
fn cors(response: &Response<String>) -> Vec<(String, String)> {
    let headers = response.headers().iter();
    headers
        .filter(|(name, _)| name.as_str().starts_with("access-control-") || *name == "vary")
        .map(|(name, value)| (name.to_string(), value.to_str().unwrap().to_owned()))
        .collect()
}

fn header<'r>(response: &'r Response<String>, name: &str) -> Option<&'r str> {
    response
        .headers()
        .get(name)
        .map(|value| value.to_str().unwrap())
}
