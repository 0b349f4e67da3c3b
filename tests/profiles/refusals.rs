//! What somebody learns who may not.

use crate::support::answers::{handle, problem};
use crate::support::{Fake, principals, ready, request, service, sign, with_key};
use http::Method;
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

#[test]
fn a_profile_open_to_anyone_needs_no_key() {
    let response = handle(request(Method::GET, "/o/public/public/x", ""));
    assert_eq!(response.status(), 302);
    let location = response.headers()["location"].to_str().unwrap();
    assert!(location.starts_with("https://bucket.s3.us-east-1.amazonaws.com/public/x?"));
    assert_eq!(
        handle(with_key(request(Method::GET, "/o/public/public/x", ""))).status(),
        302
    );
}

#[test]
fn without_a_key_closed_and_unknown_profiles_look_the_same() {
    let mut bodies = Vec::new();
    for path in [
        "/o/avatars/users/x",
        "/o/nothing/users/x",
        "/o/public/users/x",
        "/o/others/x",
    ] {
        let response = handle(request(Method::GET, path, ""));
        assert_eq!(
            problem(&response),
            (401, "key-required".to_owned()),
            "{path}"
        );
        let challenge =
            r#"Bearer realm="edge-presigner", Basic realm="edge-presigner", charset="UTF-8""#;
        assert_eq!(response.headers()["www-authenticate"], challenge);
        bodies.push(response.into_body());
    }
    bodies.dedup();
    assert_eq!(bodies.len(), 1);
}

#[test]
fn a_known_caller_does_not_learn_why_it_may_not() {
    let mut bodies = Vec::new();
    for (profile, operation, key) in [
        ("nothing", "getObject", "users/x"),
        ("others", "getObject", "x"),
        ("avatars", "getObject", "other/x"),
        ("avatars", "getObject", "Users/x"),
        ("avatars", "getObject", "/users/x"),
        ("public", "putObject", "public/x"),
    ] {
        let body = format!(r#"{{"profile":"{profile}","operation":"{operation}","key":"{key}"}}"#);
        let response = handle(sign(&body));
        assert_eq!(
            problem(&response),
            (403, "not-allowed".to_owned()),
            "{body}"
        );
        bodies.push(response.into_body());
    }
    bodies.dedup();
    assert_eq!(bodies.len(), 1);
}

#[test]
fn a_refused_request_asks_neither_kv_nor_sts() {
    let fake = Fake::new();
    let service = service();
    for request in [
        request(Method::GET, "/o/avatars/users/x", ""),
        with_key(request(Method::GET, "/o/nothing/x", "")),
        sign("{}"),
        request(Method::GET, "/healthz", ""),
    ] {
        ready(service.handle(request, &fake));
    }
    assert_eq!((fake.sts_calls(), fake.kv_reads.get()), (0, 0));
}

#[test]
fn refusals_of_a_known_caller_are_all_the_same() {
    let (service, platform) = (principals::service(), Fake::with_issuer());
    for who in ["app", "other", "ada", "ada's link"] {
        let mut refusals: Vec<String> = [
            "/o/apps/nowhere/a",
            "/o/users/users/eve/a",
            "/o/closed/a",
            "/o/nothing/a",
            "/o/shared/files/a",
        ]
        .into_iter()
        .map(|path| {
            ready(service.handle(
                principals::proof(who).request(Method::DELETE, path, ""),
                &platform,
            ))
            .into_body()
        })
        .collect();
        refusals.dedup();
        assert_eq!(refusals.len(), 1, "{who}: {refusals:?}");
    }
    assert_eq!((platform.sts_calls(), platform.kv_reads.get()), (0, 0));
}
