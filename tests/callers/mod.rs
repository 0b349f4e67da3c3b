//! Who asks: bearer keys, JWTs and links, and a worker with the caller `web` for tokens of one issuer.

mod audience;
mod basic;
mod bearer;
mod claims;
mod conditions;
mod discovery;
mod issuer;
mod jwks;
mod jwt;
mod link;
mod proof;
mod several_issuers;
mod verified;

use crate::support::jose::{self, ISSUER};
use crate::support::{self, Fake, NOON_SECS, bindings, ready, request, service_with, with};
use edge_presigner::service::Service;
use http::{HeaderValue, Method, Request, Response};
use serde_json::{Value, json};

const AUDIENCE: &str = "presigner";

/// The caller `web` with the settings `jwt`, and the profile `avatars` open to it alone.
fn service_of(jwt: &Value) -> Service {
    service_with_callers(&json!({"web": {"jwt": jwt}}))
}

fn service_with_callers(callers: &Value) -> Service {
    let names: Vec<&String> = callers.as_object().unwrap().keys().collect();
    let mut profiles: Value = serde_json::from_str(&bindings()["PROFILES"]).unwrap();
    profiles["avatars"]["callers"] = json!(names);
    profiles.as_object_mut().unwrap().remove("others");
    let (callers, profiles) = (callers.to_string(), profiles.to_string());
    service_with(&[("CALLERS", &callers), ("PROFILES", &profiles)])
}

fn rule() -> Value {
    json!({"issuer": ISSUER, "audience": AUDIENCE})
}

fn claims() -> Value {
    json!({"iss": ISSUER, "aud": AUDIENCE, "sub": "ada", "iat": NOON_SECS, "exp": NOON_SECS + 600})
}

fn claims_with(changes: Value) -> Value {
    with(claims(), changes)
}

fn header(algorithm: &str) -> Value {
    json!({"alg": algorithm, "kid": "k1", "typ": "JWT"})
}

/// A good token of the pair that [`issuer`] publishes.
fn good() -> String {
    jose::ed25519(1).token(&header("EdDSA"), &claims())
}

/// A platform with an issuer whose one key is `k1`.
fn issuer() -> Fake {
    let fake = Fake::new();
    fake.publishes(&[jose::ed25519(1).jwk("k1")]);
    fake
}

fn bearing(token: &str) -> Request<String> {
    bearing_in("authorization", &format!("Bearer {token}"))
}

fn bearing_in(header: &'static str, value: &str) -> Request<String> {
    let mut request = request(Method::GET, "/o/avatars/users/ada.png", "");
    let value = HeaderValue::from_str(value).unwrap();
    request.headers_mut().insert(header, value);
    request
}

/// The status that `token` gets.
fn status(service: &Service, token: &str, fake: &Fake) -> u16 {
    ready(service.handle(bearing(token), fake))
        .status()
        .as_u16()
}

fn refused(token: &str) {
    let fake = issuer();
    let response = ready(service_of(&rule()).handle(bearing(token), &fake));
    is_unknown_caller(&response);
    assert_eq!(fake.sts_calls(), 0);
}

fn is_unknown_caller(response: &Response<String>) {
    assert_eq!(response.status(), 401, "{}", response.body());
    let problem = support::json(response);
    assert_eq!(
        problem["type"],
        "urn:problem-type:edge-presigner:unknown-caller"
    );
    assert_eq!(
        response.headers()["www-authenticate"],
        r#"Bearer realm="edge-presigner", error="invalid_token", Basic realm="edge-presigner", charset="UTF-8""#
    );
}
