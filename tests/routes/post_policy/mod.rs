//! `POST /v1/post-policy` from request to answer.

mod fields;
mod form;

use crate::support::{
    Fake, bindings, json as body_of, opened, ready, request, service_with, with_key,
};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use http::{Method, Request, Response};
use serde_json::{Value, json};

fn ask(body: &Value) -> Request<String> {
    with_key(request(Method::POST, "/v1/post-policy", &body.to_string()))
}

fn handle(request: Request<String>) -> Response<String> {
    let profiles = opened(&bindings()["PROFILES"]);
    ready(service_with(&[("PROFILES", &profiles)]).handle(request, &Fake::new()))
}

/// What is asked, with `more` members.
fn asked(more: Value) -> Value {
    let mut body = json!({"profile": "avatars", "key": "users/ada.png"});
    let (members, more) = (body.as_object_mut().unwrap(), more);
    members.extend(more.as_object().unwrap().clone());
    body
}

fn conditions(form: &Value) -> Vec<Value> {
    let policy = form["fields"]["policy"].as_str().unwrap();
    let policy: Value = serde_json::from_slice(&STANDARD.decode(policy).unwrap()).unwrap();
    assert_eq!(policy["expiration"], form["expiresAt"]);
    policy["conditions"].as_array().unwrap().clone()
}

/// The answer to what has to be granted.
fn form(more: Value) -> Value {
    let response = handle(ask(&asked(more)));
    assert_eq!(response.status(), 200, "{}", response.body());
    assert_eq!(response.headers()["cache-control"], "no-store");
    body_of(&response)
}
