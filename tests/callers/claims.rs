//! Whom a token is for, who it is of, and when it is good.

use super::{claims_with, header, issuer, refused, rule, service_of, service_with_callers, status};
use crate::support::NOON_SECS;
use crate::support::jose::{self, ISSUER};
use serde_json::json;
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

#[test]
fn several_audiences_of_rule_and_token_need_one_in_common() {
    let rule = json!({"issuer": ISSUER, "audience": ["a", "b"]});
    for (aud, expected) in [
        (json!("a"), 302),
        (json!(["x", "b"]), 302),
        (json!(["x", "y"]), 401),
        (json!("ab"), 401),
        (json!([]), 401),
        (json!(["a", 7]), 401),
        (json!({"a": "a"}), 401),
    ] {
        let token = jose::ed25519(1).token(&header("EdDSA"), &claims_with(json!({"aud": aud})));
        assert_eq!(
            status(&service_of(&rule), &token, &issuer()),
            expected,
            "{aud}"
        );
    }
}

#[test]
fn attack_wrong_audience_or_issuer() {
    for changes in [
        json!({"aud": "another"}),
        json!({"aud": null}),
        json!({"aud": "presigner "}),
        json!({"aud": "Presigner"}),
        json!({"iss": "https://evil.example"}),
        json!({"iss": "https://login.example/"}),
        json!({"iss": null}),
        json!({"iss": [ISSUER]}),
    ] {
        refused(&jose::ed25519(1).token(&header("EdDSA"), &claims_with(changes)));
    }
}

#[test]
fn attack_expired_and_not_yet_valid() {
    let later = NOON_SECS + 600;
    for (changes, expected) in [
        (json!({"exp": NOON_SECS - 29}), 302),
        (json!({"exp": NOON_SECS - 30}), 401),
        (json!({"exp": NOON_SECS as f64 + 0.5}), 302),
        (json!({"exp": null}), 401),
        (json!({"exp": "2999-01-01"}), 401),
        (json!({"exp": -1}), 401),
        (json!({"exp": 1e300}), 401),
        (json!({"nbf": NOON_SECS + 30}), 302),
        (json!({"nbf": NOON_SECS + 31}), 401),
        (json!({"nbf": "now"}), 401),
        (json!({"iat": NOON_SECS + 30}), 302),
        (json!({"iat": NOON_SECS + 31, "nbf": NOON_SECS}), 401),
        (json!({"iat": null, "nbf": null, "exp": later}), 302),
    ] {
        let token = jose::ed25519(1).token(&header("EdDSA"), &claims_with(changes.clone()));
        assert_eq!(
            status(&service_of(&rule()), &token, &issuer()),
            expected,
            "{changes}"
        );
    }
}

#[test]
fn one_issuer_can_serve_several_callers_by_audience() {
    let callers = json!({
        "web": {"jwt": {"issuer": ISSUER, "audience": "web"}},
        "app": {"jwt": {"issuer": ISSUER, "audience": "app"}},
    });
    let (service, fake) = (service_with_callers(&callers), issuer());
    for (aud, expected) in [
        (json!("web"), 302),
        (json!("app"), 302),
        (json!(["app", "other"]), 302),
        (json!(["app", "web"]), 401),
    ] {
        let token = jose::ed25519(1).token(&header("EdDSA"), &claims_with(json!({"aud": aud})));
        assert_eq!(status(&service, &token, &fake), expected, "{aud}");
    }
    assert_eq!(fake.fetched.borrow().len(), 2, "fetched once for both");
}
