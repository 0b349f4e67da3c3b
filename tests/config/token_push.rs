//! The settings of `PUT /v1/token`.

use super::{faults, read};
use crate::support::jose::RFC7515_P256;
use serde_json::json;
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

const ISSUER: &str = "https://oidc.example.com/id/0123";

fn faults_with(changes: &[(&str, &str)]) -> Vec<String> {
    let push = [
        ("PUSHED_TOKEN_ISSUER", ISSUER),
        ("PUSHED_TOKEN_SUBJECT", "edge-presigner"),
    ];
    faults(&[&push, changes].concat())
}

#[test]
fn an_issuer_opens_the_route_for_one_subject_and_the_audience_of_sts() {
    let config = read(&[
        ("PUSHED_TOKEN_ISSUER", ISSUER),
        ("PUSHED_TOKEN_SUBJECT", "edge-presigner"),
    ])
    .unwrap();
    let rule = config.push_rule.unwrap();
    assert_eq!(rule.issuer.urls().issuer, ISSUER);
    assert_eq!(rule.subject, "edge-presigner");
    assert_eq!(rule.audience, "sts.amazonaws.com");
    let without = read(&[("PUSHED_TOKEN_SUBJECT", "edge-presigner")]).unwrap();
    assert!(without.push_rule.is_none() && without.tokens.pushed.is_none());
}

#[test]
fn what_is_missing_or_wrong_is_named() {
    for (name, value, expected) in [
        ("PUSHED_TOKEN_SUBJECT", "", "PUSHED_TOKEN_SUBJECT"),
        ("CACHE_KEY", "", "CACHE_KEY"),
        ("CACHE_KEY", "c2hvcnQ=", "CACHE_KEY"),
        (
            "PUSHED_TOKEN_ISSUER",
            "http://oidc.example.com",
            "PUSHED_TOKEN_ISSUER",
        ),
        (
            "PUSHED_TOKEN_ISSUER",
            "oidc.example.com",
            "PUSHED_TOKEN_ISSUER",
        ),
        (
            "PUSHED_TOKEN_ISSUER",
            "https://a@oidc.example.com",
            "PUSHED_TOKEN_ISSUER",
        ),
    ] {
        assert_eq!(faults_with(&[(name, value)]), [expected], "{name}={value}");
    }
    for issuer in ["http://127.0.0.1:8080", "https://login.example.com/"] {
        assert!(faults_with(&[("PUSHED_TOKEN_ISSUER", issuer)]).is_empty());
    }
}

#[test]
fn nobody_pushes_tokens_of_the_workers_own_issuer() {
    for own in [
        "https://oidc.example.com/id/0123",
        "https://sign.example.com",
    ] {
        let own_issuer = [("OIDC_ISSUER", own), ("OIDC_SIGNING_KEYS", RFC7515_P256)];
        let expected: &[&str] = if own == ISSUER {
            &["PUSHED_TOKEN_ISSUER"]
        } else {
            &[]
        };
        assert_eq!(faults_with(&own_issuer), expected);
    }
}

#[test]
fn it_shares_the_keys_of_a_caller_with_the_same_issuer() {
    let jwt = json!({"issuer": ISSUER, "audience": "web"});
    let callers = json!({"app": {"jwt": jwt}, "other": {"bearerSha256": []}});
    let config = read(&[
        ("PUSHED_TOKEN_ISSUER", ISSUER),
        ("PUSHED_TOKEN_SUBJECT", "edge-presigner"),
        ("CALLERS", &callers.to_string()),
    ])
    .unwrap();
    let edge_presigner::callers::Authenticator::Jwt(rule) =
        &config.callers.callers[0].authenticator
    else {
        panic!("a caller with tokens");
    };
    assert!(std::rc::Rc::ptr_eq(
        &rule.issuer,
        &config.push_rule.unwrap().issuer
    ));
}
