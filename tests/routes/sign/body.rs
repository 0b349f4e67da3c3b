//! `POST /v1/sign` from request to answer.

use crate::support::answers::{detail, handle, problem};
use crate::support::{Fake, SIGN, json, ready, secs, service, sign};
use edge_presigner::api::MAX_BODY_BYTES;
use proptest::prelude::*;
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

#[test]
fn sign_answers_with_the_url_and_what_the_client_must_know() {
    let response = handle(sign(
        r#"{"profile":"avatars","operation":"putObject","key":"users/a b.png","expiresIn":600}"#,
    ));
    assert_eq!(response.status(), 200);
    assert_eq!(response.headers()["content-type"], "application/json");
    assert_eq!(response.headers()["cache-control"], "no-store");
    let body = json(&response);
    assert_eq!(body["method"], "PUT");
    assert_eq!(body["headers"], serde_json::json!({}));
    assert_eq!(body["profile"], "avatars");
    assert_eq!(body["key"], "users/a b.png");
    assert_eq!(body["expiresIn"], 600);
    assert_eq!(body["expiresAt"], "2026-03-01T12:10:00Z");
    let url = body["url"].as_str().unwrap();
    assert!(
        url.starts_with("https://bucket.s3.eu-central-1.amazonaws.com/users/a%20b.png?"),
        "{url}"
    );
    for part in [
        "X-Amz-Credential=ASIA1%2F20260301%2Feu-central-1%2Fs3%2Faws4_request&",
        "X-Amz-Date=20260301T120000Z&X-Amz-Expires=600&",
        "X-Amz-Security-Token=session%2Ftoken%2B1%3D%3D&X-Amz-SignedHeaders=host&",
    ] {
        assert!(url.contains(part), "{part} in {url}");
    }
}

#[test]
fn a_url_without_a_wish_lives_for_the_default_of_its_profile() {
    assert_eq!(json(&handle(sign(SIGN)))["expiresIn"], 300);
}

#[test]
fn bad_input_is_refused_by_the_name_of_its_field() {
    let with = |field: &str| SIGN.replace('}', &format!(",{field}}}"));
    let long = "x".repeat(1025);
    for (body, named) in [
        (String::new(), "body:"),
        ("[]".to_owned(), "body:"),
        ("{".to_owned(), "body:"),
        (format!("{SIGN} {SIGN}"), "body:"),
        (with(r#""key":"users/other""#), "body:"),
        ("[".repeat(5000), "body:"),
        (with(r#""versionID":"1""#), "versionID:"),
        (SIGN.replace("profile", "Profile"), "Profile:"),
        (SIGN.replace(r#""avatars""#, "7"), "profile:"),
        (SIGN.replace(r#","key":"users/ada.png""#, ""), "key:"),
        (SIGN.replace(r#""users/ada.png""#, "null"), "key:"),
        (SIGN.replace("getObject", "GetObject"), "operation:"),
        (SIGN.replace(r#""getObject""#, "[]"), "operation:"),
        (SIGN.replace("users/ada.png", ""), "key:"),
        (SIGN.replace("users/ada.png", "users/../x"), "key:"),
        (SIGN.replace("users/ada.png", "users/."), "key:"),
        (SIGN.replace("users/ada.png", "users/\\u0000"), "key:"),
        (SIGN.replace("users/ada.png", &long), "key:"),
        (with(r#""expiresIn":0"#), "expiresIn:"),
        (with(r#""expiresIn":901"#), "expiresIn:"),
        (with(r#""expiresIn":-1"#), "expiresIn:"),
        (with(r#""expiresIn":1.5"#), "expiresIn:"),
        (with(r#""expiresIn":1e40"#), "expiresIn:"),
        (with(r#""expiresIn":"60""#), "expiresIn:"),
        (with(r#""expiresIn":null"#), "expiresIn:"),
    ] {
        let response = handle(sign(&body));
        assert_eq!(
            problem(&response),
            (400, "invalid-request".to_owned()),
            "{body}"
        );
        let detail = detail(&response);
        assert!(detail.starts_with(named), "{body}: {detail}");
    }
    let response = handle(sign(&" ".repeat(MAX_BODY_BYTES + 1)));
    assert_eq!(problem(&response), (413, "body-too-large".to_owned()));
}

#[test]
fn a_session_too_short_for_what_was_asked_is_told_with_the_numbers() {
    let fake = Fake::new();
    fake.grants.set(secs(120));
    let body = SIGN.replace('}', r#","expiresIn":900}"#);
    let response = ready(service().handle(sign(&body), &fake));
    assert_eq!(problem(&response), (422, "lifetime-unavailable".to_owned()));
    let detail = detail(&response);
    assert!(detail.contains("900") && detail.contains("115"), "{detail}");
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(512) })]

    #[test]
    fn no_body_brings_the_worker_down(body in r#"[\[\]{}:,"\\0-9a-z .\u{e9}-]{0,120}"#) {
        prop_assert!(handle(sign(&body)).status().as_u16() < 500);
    }
}
