//! The token as it says of itself.

use super::*;
use edge_presigner::platform::SecretError;
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

fn with_token(token: &str) -> Value {
    let fake = world();
    fake.token.replace(Some(token.to_owned()));
    examine_now(&service(), &fake)
}

fn header(changes: Value) -> Value {
    support::with(json!({"alg": "RS256", "kid": "k1"}), changes)
}

#[test]
fn it_is_decoded() {
    let claims = json!({"azp": "client-1", "aud": ["a", "b"]});
    let report = with_token(&token_with(&header(json!({})), claims));
    let step = step(&report, "token");
    assert_eq!(step["status"], "ok");
    assert_eq!(
        seen(step),
        "source bound, iss https://issuer.example, sub edge-presigner, aud a b, azp client-1, iat 2026-03-01T11:59:00Z, \
         exp 2026-03-02T12:00:00Z, RS256, kid k1"
    );
}

#[test]
fn what_was_taken_off_is_told() {
    let report = with_token(&format!("Bearer \"{}\"\n", token()));
    let step = step(&report, "token");
    assert_eq!(step["status"], "ok");
    assert!(
        seen(step).ends_with(", 9 characters around it taken off"),
        "{step}"
    );
    let report = with_token(&format!("{}\n", token()));
    assert!(!seen(super::step(&report, "token")).contains("taken off"));
}

#[test]
fn one_that_cannot_be_exchanged_is_a_failure_with_its_cause() {
    let expired = token_with(&header(json!({})), json!({"exp": NOON_SECS - 1}));
    let token = token();
    let (halves, _) = token.rsplit_once('.').unwrap();
    for (bound, cause, says) in [
        ("", "token-missing", "AWS_WEB_IDENTITY_TOKEN"),
        (expired.as_str(), "token-expired", "2026-03-01T11:59:59Z"),
        (halves, "token-malformed", "it has 2 parts"),
        (" ", "token-missing", "AWS_WEB_IDENTITY_TOKEN"),
    ] {
        let report = with_token(bound);
        let step = step(&report, "token");
        assert_eq!(
            (&step["status"], &step["cause"]),
            (&json!("failure"), &json!(cause))
        );
        assert!(seen(step).contains(says) && !fix(step).is_empty(), "{step}");
        assert_eq!(super::step(&report, "sts")["status"], "skipped");
        assert!(steps(&report, "discovery").is_empty());
        assert_eq!(report["iam"]["roles"][0]["trustPolicy"], Value::Null);
    }
    let fake = world();
    fake.token_read_fails.set(Some(SecretError::Failed));
    let report = examine_now(&service(), &fake);
    assert_eq!(step(&report, "token")["cause"], "token-unreadable");
}

/// https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_providers_create_oidc.html has the algorithms, and that the
/// issuer is an https URL.
#[test]
fn what_aws_does_not_accept_is_told_before_it_says_so() {
    for (header, claims, status, says) in [
        (
            header(json!({"alg": "HS256"})),
            json!({}),
            "failure",
            "ES256",
        ),
        (
            header(json!({"alg": "PS256"})),
            json!({}),
            "failure",
            "RS256",
        ),
        (
            header(json!({"alg": "EdDSA"})),
            json!({}),
            "failure",
            "RS256",
        ),
        (
            header(json!({})),
            json!({"nbf": NOON_SECS + 60}),
            "failure",
            "clock",
        ),
        (header(json!({})), json!({"iat": NOON_SECS + 30}), "ok", ""),
        (
            header(json!({})),
            json!({"iat": NOON_SECS + 60}),
            "failure",
            "clock",
        ),
        (
            header(json!({})),
            json!({"iss": "issuer.example"}),
            "warning",
            "https",
        ),
        (
            header(json!({})),
            json!({"exp": NOON_SECS + 3599}),
            "warning",
            "fresh",
        ),
        (header(json!({"kid": null})), json!({}), "warning", "kid"),
        (
            header(json!({"alg": "ES512"})),
            json!({"exp": NOON_SECS + 3600}),
            "ok",
            "",
        ),
    ] {
        let report = with_token(&token_with(&header, claims.clone()));
        let step = step(&report, "token");
        assert_eq!(step["status"], status, "{header} {claims}");
        assert!(
            step["fix"].as_str().unwrap_or_default().contains(says),
            "{step}"
        );
    }
}

#[test]
fn with_static_keys_there_is_none() {
    let keys = [
        ("AWS_ACCESS_KEY_ID", "AKIAIOSFODNN7EXAMPLE"),
        ("AWS_SECRET_ACCESS_KEY", "a-static-secret-key"),
    ];
    let fake = world();
    let report = examine(&service_with(&keys), &fake);
    for name in ["token", "sts"] {
        assert_eq!(step(&report, name)["status"], "skipped");
    }
    for name in ["read", "list", "write", "cors"] {
        assert_eq!(step(&report, name)["status"], "ok");
    }
    assert_eq!((fake.sts_calls(), &report["status"]), (0, &json!("ok")));
    assert!(!report.to_string().contains("AKIA"));
}
