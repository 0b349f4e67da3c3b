//! Links that narrow what can be uploaded, made by the caller `app`.

use crate::support::jose::ISSUER;
use crate::support::links::LINK_KEY;
use crate::support::{self, Fake, KEY_SHA256, ready, request, service_with, with_key};
use edge_presigner::service::Service;
use http::{Method, Request, Response};
use serde_json::{Value, json};

pub const PARTS: [&str; 2] = ["createMultipartUpload", "uploadPart"];

pub fn service() -> Service {
    let profile = |prefix: &str, upload: Value| {
        let operations = [&["getObject", "putObject"][..], &PARTS].concat();
        let mut profile = json!({"bucket": "bucket", "keyPrefix": prefix, "operations": operations,
            "callers": ["app", "web", "link"], "maxLifetimeSecs": 60});
        if !upload.is_null() {
            profile["upload"] = upload;
        }
        profile
    };
    let profiles = json!({
        "any": profile("", json!(null)),
        "images": profile("", json!({"minBytes": 10, "maxBytes": 1000, "contentTypes": ["image/*"]})),
    });
    let callers = json!({
        "app": {"bearerSha256": [KEY_SHA256]},
        "web": {"jwt": {"issuer": ISSUER, "audience": "web"}},
    });
    service_with(&[
        ("PROFILES", &profiles.to_string()),
        ("CALLERS", &callers.to_string()),
        ("LINK_KEY", LINK_KEY),
    ])
}

pub fn post(path: &str, body: &Value) -> Request<String> {
    request(Method::POST, path, &body.to_string())
}

pub fn handle(request: Request<String>) -> Response<String> {
    ready(service().handle(request, &Fake::new()))
}

/// The path of a link that the caller `app` makes, and the answer when there is none.
pub fn link(changes: &Value) -> Result<String, Box<Response<String>>> {
    let mut asked = json!({"profile": "any", "keyPrefix": "in/", "operations": ["putObject"]});
    for (name, value) in changes.as_object().unwrap() {
        asked[name] = value.clone();
        if value.is_null() {
            asked.as_object_mut().unwrap().remove(name);
        }
    }
    made(with_key(post("/v1/links", &asked)))
}

pub fn made(request: Request<String>) -> Result<String, Box<Response<String>>> {
    let response = handle(request);
    if response.status() != 200 {
        return Err(Box::new(response));
    }
    let link = support::json(&response)["link"]
        .as_str()
        .unwrap()
        .to_owned();
    Ok(link.replace("https://presign.example", ""))
}
