//! The settings of the worker as its own issuer.

use super::{faults, read};
use crate::support::jose::RFC7515_P256;
use serde_json::json;
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

const ISSUER: &str = "https://sign.example.com";

fn faults_with(name: &str, value: &str) -> Vec<String> {
    faults(&[
        ("OIDC_ISSUER", ISSUER),
        ("OIDC_SIGNING_KEYS", RFC7515_P256),
        (name, value),
    ])
}

#[test]
fn an_issuer_is_a_url_that_aws_accepts_written_as_everybody_writes_it() {
    let longest = format!("{ISSUER}/{}", "a".repeat(255 - ISSUER.len() - 1));
    for (url, is_accepted) in [
        (ISSUER, true),
        ("https://sign.example.com/a/b-c_d.e~f", true),
        ("http://127.0.0.1:8787", true),
        ("http://localhost:8787/oidc", true),
        ("http://[::1]:8787", true),
        (longest.as_str(), true),
        (&format!("{longest}a"), false),
        ("http://sign.example.com", false),
        ("http://127.0.0.1.example.com", false),
        ("ftp://sign.example.com", false),
        ("sign.example.com", false),
        ("https://", false),
        ("https://sign.example.com:8443", false),
        ("https://sign.example.com:443", false),
        ("https://user@sign.example.com", false),
        ("https://sign.example.com/", false),
        ("https://sign.example.com/a/", false),
        ("https://Sign.example.com", false),
        ("HTTPS://sign.example.com", false),
        ("https://sign.example.com?a=b", false),
        ("https://sign.example.com#a", false),
        ("https://sign.example.com/a%20b", false),
        ("https://sign.example.com/../a", false),
        (" https://sign.example.com", false),
    ] {
        let expected: &[&str] = if is_accepted { &[] } else { &["OIDC_ISSUER"] };
        assert_eq!(faults_with("OIDC_ISSUER", url), expected, "{url}");
    }
}

#[test]
fn subject_and_audience_are_what_sts_accepts() {
    let config = read(&[("OIDC_ISSUER", ISSUER), ("OIDC_SIGNING_KEYS", RFC7515_P256)]);
    let issuer = config.unwrap().issuer.unwrap();
    assert_eq!(issuer.subject, "edge-presigner");
    assert_eq!(issuer.audience, "sts.amazonaws.com");
    // SubjectFromWebIdentityToken has 6 to 255 characters, a client id 1 to 255: botocore's models of STS and IAM.
    for (name, value, is_accepted) in [
        ("OIDC_SUBJECT", "a".repeat(6), true),
        ("OIDC_SUBJECT", "a".repeat(255), true),
        ("OIDC_SUBJECT", "a".repeat(5), false),
        ("OIDC_SUBJECT", "a".repeat(256), false),
        ("OIDC_SUBJECT", "edge presigner".to_owned(), false),
        ("OIDC_SUBJECT", "edge-\"presigner".to_owned(), false),
        ("OIDC_SUBJECT", "edge-\\presigner".to_owned(), false),
        ("OIDC_SUBJECT", "édge-presigner".to_owned(), false),
        ("OIDC_AUDIENCE", "a".to_owned(), true),
        ("OIDC_AUDIENCE", "a".repeat(255), true),
        ("OIDC_AUDIENCE", "a".repeat(256), false),
        ("OIDC_AUDIENCE", "a b".to_owned(), false),
    ] {
        let expected: &[&str] = if is_accepted { &[] } else { &[name] };
        assert_eq!(faults_with(name, &value), expected, "{value}");
    }
}

#[test]
fn an_issuer_needs_keys_but_keys_may_be_set_before_the_issuer() {
    assert_eq!(faults_with("OIDC_SIGNING_KEYS", ""), ["OIDC_SIGNING_KEYS"]);
    assert_eq!(
        faults_with("OIDC_SIGNING_KEYS", r#"[{"kty":"oct","k":"AQAB"}]"#),
        ["OIDC_SIGNING_KEYS[0].kty"]
    );
    let config = read(&[("OIDC_SIGNING_KEYS", RFC7515_P256)]).unwrap();
    assert!(config.issuer.is_none());
}

#[test]
fn receipts_are_for_an_audience_other_than_sts_and_say_what_head_object_reads() {
    let profiles = |audience: &str, operation: &str| {
        json!({"p": {"bucket": "bucket", "keyPrefix": "", "operations": [operation], "callers": ["app"],
            "maxLifetimeSecs": 60, "receiptAudience": audience}})
        .to_string()
    };
    let faults = |audience: &str, operation: &str, own_audience: &str| {
        faults(&[
            ("OIDC_ISSUER", ISSUER),
            ("OIDC_SIGNING_KEYS", RFC7515_P256),
            ("OIDC_AUDIENCE", own_audience),
            ("PROFILES", &profiles(audience, operation)),
        ])
    };
    let app = "https://api.example.com";
    let refused = ["PROFILES.p.receiptAudience"];
    assert!(faults(app, "headObject", "").is_empty());
    assert_eq!(faults(app, "getObject", ""), refused);
    for (audience, of_sts, is_accepted) in [
        ("sts.amazonaws.com", "", false),
        ("STS.amazonaws.com", "", false),
        ("sts.amazonaws.com", "other", false),
        ("other", "other", false),
        ("Other", "other", false),
        ("other", "", true),
        ("", "", false),
        ("a b", "", false),
        ("a\"b", "", false),
        ("é", "", false),
        (&"a".repeat(255), "", true),
        (&"a".repeat(256), "", false),
    ] {
        let expected: &[&str] = if is_accepted { &[] } else { &refused };
        assert_eq!(
            faults(audience, "headObject", of_sts),
            expected,
            "{audience}"
        );
    }
    let without_issuer = [("PROFILES", profiles(app, "headObject"))];
    let [(name, profiles)] = &without_issuer;
    let error = super::error(&[(name, profiles)]).unwrap();
    assert_eq!(
        error,
        "PROFILES.p.receiptAudience needs OIDC_ISSUER: the worker signs receipts as an issuer of its own"
    );
}

#[test]
fn no_caller_has_tokens_of_the_own_issuer() {
    let callers = |issuer: &str| {
        let jwt = json!({"issuer": issuer, "audience": "sts.amazonaws.com"});
        json!({"app": {"jwt": jwt}, "other": {"bearerSha256": []}}).to_string()
    };
    let own = faults_with("CALLERS", &callers(ISSUER));
    assert_eq!(own, ["CALLERS.app.jwt.issuer"]);
    let another = faults_with("CALLERS", &callers("https://login.example.com"));
    assert!(another.is_empty());
}
