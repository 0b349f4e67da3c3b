//! Signed links.

mod capability;
mod counted;
mod ends;
mod grant;
mod upload_limit;

use crate::support::jose::{self, ISSUER};
use crate::support::links::LINK_KEY;
use crate::support::{Fake, KEY_SHA256, ready, request, service_with, with_bearer};
use edge_presigner::service::Service;
use http::{Method, Request, Response};
use serde_json::{Value, json};

/// With a window, so that a URL could live for longer than it was asked to.
fn service(changes: &[(&str, &str)]) -> Service {
    let operations = [
        "getObject",
        "putObject",
        "createMultipartUpload",
        "uploadPart",
    ];
    let profile = |callers: Value| {
        json!({"bucket": "bucket", "keyPrefix": "in/", "operations": operations, "callers": callers,
            "maxLifetimeSecs": 600, "windowSecs": 300})
    };
    let profiles = json!({
        "in": profile(json!(["app", "web", "link"])),
        "open": profile(json!(["anyone"])),
    });
    let callers = json!({
        "app": {"bearerSha256": [KEY_SHA256]},
        "web": {"jwt": {"issuer": ISSUER, "audience": "web"}},
    });
    let (profiles, callers) = (profiles.to_string(), callers.to_string());
    let base = [
        ("PROFILES", profiles.as_str()),
        ("CALLERS", callers.as_str()),
        ("LINK_KEY", LINK_KEY),
    ];
    service_with(&[&base, changes].concat())
}

fn grant(exp: u64) -> Value {
    let operations = [
        "getObject",
        "putObject",
        "createMultipartUpload",
        "uploadPart",
    ];
    json!({"profile": "in", "keyPrefix": "in/", "operations": operations, "exp": exp})
}

fn post(path: &str, body: &Value) -> Request<String> {
    request(Method::POST, path, &body.to_string())
}

fn with_token(exp: u64, sub: &str, request: Request<String>) -> Request<String> {
    with_bearer(request, &jose::web_token(&json!(sub), exp))
}

fn text(value: &Value) -> String {
    value.as_str().unwrap().to_owned()
}

/// The answer to a request for a link to `in/1/`.
fn minted(
    service: &Service,
    fake: &Fake,
    asked: Request<String>,
    changes: &Value,
) -> Response<String> {
    let mut body = json!({"profile": "in", "keyPrefix": "in/1/", "operations": ["getObject"]});
    for (name, value) in changes.as_object().unwrap() {
        body[name] = value.clone();
    }
    let (parts, _) = asked.into_parts();
    ready(service.handle(Request::from_parts(parts, body.to_string()), fake))
}

fn ask_for_link() -> Request<String> {
    post("/v1/links", &json!({}))
}
