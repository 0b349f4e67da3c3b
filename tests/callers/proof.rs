//! Where a proof stands, and that there is one at most.

use super::{bearing, bearing_in, good, issuer, rule, service_of, service_with_callers, status};
use crate::support::{self, ready, with};
use http::HeaderValue;
use serde_json::{Value, json};
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

#[test]
fn a_token_may_come_in_a_header_of_its_own() {
    let rule = with(rule(), json!({"header": "Cf-Access-Jwt-Assertion"}));
    let service = service_of(&rule);
    let status = |request| ready(service.handle(request, &issuer())).status();
    assert_eq!(status(bearing_in("cf-access-jwt-assertion", &good())), 302);
    assert_eq!(status(bearing(&good())), 401, "and in no other");
    let twice = format!("{0}, {0}", good());
    assert_eq!(status(bearing_in("cf-access-jwt-assertion", &twice)), 401);
    assert_eq!(status(bearing_in("cf-access-jwt-assertion", "")), 401);
}

#[test]
fn the_header_tells_apart_callers_whose_tokens_are_alike() {
    let access = with(rule(), json!({"header": "Cf-Access-Jwt-Assertion"}));
    let callers = json!({"web": {"jwt": rule()}, "staff": {"jwt": access}});
    let (service, fake) = (service_with_callers(&callers), issuer());
    let mut callers = Vec::new();
    for request in [
        bearing(&good()),
        bearing_in("cf-access-jwt-assertion", &good()),
    ] {
        assert_eq!(ready(service.handle(request, &fake)).status(), 302);
        let line = fake.log.borrow().last().unwrap().clone();
        let line: Value = serde_json::from_str(&line).unwrap();
        callers.push(line["caller"].clone());
    }
    assert_eq!(callers, ["web", "staff"]);
}

#[test]
fn a_header_that_no_caller_uses_proves_nothing() {
    let request = bearing_in("cf-access-jwt-assertion", &good());
    let response = ready(service_of(&rule()).handle(request, &issuer()));
    assert_eq!(response.status(), 401);
    let problem = support::json(&response);
    assert!(problem["type"].as_str().unwrap().ends_with(":key-required"));
}

#[test]
fn two_proofs_are_ambiguous_whatever_they_are_worth() {
    let callers = json!({
        "app": {"bearerSha256": [support::KEY_SHA256]},
        "web": {"jwt": with(rule(), json!({"header": "Cf-Access-Jwt-Assertion"}))},
    });
    let service = service_with_callers(&callers);
    for (key, token) in [
        (support::KEY, good()),
        ("wrong", good()),
        (support::KEY, "wrong".to_owned()),
    ] {
        let mut request = bearing(key);
        let value = HeaderValue::from_str(&token).unwrap();
        request
            .headers_mut()
            .insert("cf-access-jwt-assertion", value);
        let response = ready(service.handle(request, &issuer()));
        assert_eq!(response.status(), 400);
        let problem = support::json(&response);
        assert!(
            problem["type"]
                .as_str()
                .unwrap()
                .ends_with(":ambiguous-proof")
        );
    }
    let mut request = bearing(support::KEY);
    let value = HeaderValue::from_str(&format!("Bearer {}", support::KEY)).unwrap();
    request.headers_mut().append("authorization", value);
    assert_eq!(ready(service.handle(request, &issuer())).status(), 400);
}

#[test]
fn a_bearer_key_with_dots_is_a_key_beside_tokens_too() {
    let key = "a.b.c";
    let sha256 = "845e30448809e2bc8958eb025bfc795235d13b077a53d0c3abbd2385170dc9b8";
    let callers = json!({"app": {"bearerSha256": [sha256]}, "web": {"jwt": rule()}});
    let service = service_with_callers(&callers);
    assert_eq!(status(&service, key, &issuer()), 302);
    assert_eq!(status(&service, &good(), &issuer()), 302);
    assert_eq!(status(&service, "a.b.d", &issuer()), 401);
}
