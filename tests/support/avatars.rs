//! Links to the profile `avatars`, and what becomes of a request by one.

use crate::support::links::LINK_KEY as NEW_KEY;
use crate::support::{self, Fake, NOON_SECS, bindings, ready, request, service_with};
use edge_presigner::service::Service;
use http::{Method, Request, Response};
use serde_json::{Value, json};

/// An older key than [`NEW_KEY`].
pub const OLD_KEY: &str = "b2xkb2xkb2xkb2xkb2xkb2xkb2xkb2xkb2xkb2xkb2w=";

pub fn profiles() -> Value {
    let mut profiles: Value = serde_json::from_str(&bindings()["PROFILES"]).unwrap();
    profiles["avatars"]["callers"] = json!(["app", "link"]);
    profiles["archive"] = profiles["avatars"].clone();
    profiles
}

pub fn service_of(profiles: &Value) -> Service {
    let keys = format!("{NEW_KEY},{OLD_KEY}");
    service_with(&[("LINK_KEY", &keys), ("PROFILES", &profiles.to_string())])
}

pub fn grant() -> Value {
    json!({"profile": "avatars", "keyPrefix": "users/1/", "operations": ["getObject", "putObject"],
        "exp": NOON_SECS + 3600})
}

pub fn handle(request: Request<String>) -> Response<String> {
    ready(service_of(&profiles()).handle(request, &Fake::new()))
}

/// Status and last part of the problem's type of a GET of `path` behind `capability`.
pub fn got(capability: &str, path: &str) -> (u16, String) {
    outcome(&handle(request(
        Method::GET,
        &format!("/c/{capability}{path}"),
        "",
    )))
}

pub fn outcome(response: &Response<String>) -> (u16, String) {
    let kind = match response.headers().get("content-type") {
        Some(kind) if kind == "application/problem+json" => {
            let kind = support::json(response)["type"].as_str().unwrap().to_owned();
            kind.rsplit(':').next().unwrap().to_owned()
        }
        _ => String::new(),
    };
    (response.status().as_u16(), kind)
}

pub fn refused(slug: &str) -> (u16, String) {
    (403, slug.to_owned())
}

pub const OBJECT: &str = "/o/avatars/users/1/a.png";
