//! Bearer keys, known and unknown.

use crate::support::answers::{handle, problem};
use crate::support::{Fake, ready, request, service_with, with_bearer};
use http::{HeaderValue, Method, header};
use serde_json::json;
use sha2::{Digest, Sha256};
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

#[test]
fn a_key_that_is_not_known_is_refused_everywhere() {
    for authorization in [
        "Bearer wrong",
        "Bearer ",
        "Bearer",
        "Basic YTpi",
        "correct horse battery staple",
        "Bearer correct horse battery staple, Bearer correct horse battery staple",
        "Bearer c4bbcb1fbec99d65bf59d85c8cb62ee2db963f0fe106f483d9afa73bd4e39a8a",
    ] {
        for path in ["/o/avatars/users/x", "/o/public/public/x"] {
            let mut request = request(Method::GET, path, "");
            let value = HeaderValue::from_static(authorization);
            request.headers_mut().insert(header::AUTHORIZATION, value);
            let response = handle(request);
            assert_eq!(
                problem(&response),
                (401, "unknown-caller".to_owned()),
                "{authorization}"
            );
            assert_eq!(
                response.headers()["www-authenticate"],
                r#"Bearer realm="edge-presigner", error="invalid_token", Basic realm="edge-presigner", charset="UTF-8""#
            );
        }
    }
    let mut long = request(Method::GET, "/o/public/public/x", "");
    let value = HeaderValue::from_str(&format!("Bearer {}", "x".repeat(8000))).unwrap();
    long.headers_mut().insert(header::AUTHORIZATION, value);
    assert_eq!(handle(long).status(), 401);
}

#[test]
fn the_scheme_of_a_bearer_key_may_be_written_in_any_case() {
    let mut request = request(Method::GET, "/o/avatars/users/x", "");
    let value = HeaderValue::from_static("bearer  correct horse battery staple");
    request.headers_mut().insert(header::AUTHORIZATION, value);
    assert_eq!(handle(request).status(), 302);
}

/// A key whose hash begins with the same two bytes as that of another one is found among 1,000 keys, and not by its beginning alone.
#[test]
fn each_of_a_thousand_keys_is_its_own_caller_s() {
    let hash = |n: usize| Sha256::digest(format!("key {n}"));
    let alike = |one: usize, other: usize| hash(one)[..2] == hash(other)[..2];
    // The first two of the configured keys that begin alike, and one that is not configured and begins like them.
    let (first, second) = (0..1000)
        .flat_map(|second| (0..second).map(move |first| (first, second)))
        .find(|(first, second)| alike(*first, *second))
        .unwrap();
    let unknown = (1000..1_000_000).find(|n| alike(*n, first)).unwrap();

    let callers: serde_json::Map<_, _> = (0..1000)
        .map(|n| {
            let caller = json!({"bearerSha256": [hex::encode(hash(n))]});
            (format!("c{n}"), caller)
        })
        .collect();
    let profile = |n: usize| {
        json!({
            "bucket": "bucket", "keyPrefix": "", "callers": [format!("c{n}")],
            "operations": ["getObject"], "maxLifetimeSecs": 60
        })
    };
    let asked = [0, first, second, 999];
    let profiles: serde_json::Map<_, _> = asked
        .map(|n| (format!("p{n}"), profile(n)))
        .into_iter()
        .collect();
    let (callers, profiles) = (json!(callers).to_string(), json!(profiles).to_string());
    let service = service_with(&[("CALLERS", &callers), ("PROFILES", &profiles)]);
    let fake = Fake::new();
    let status = |key: usize, profile: usize| {
        let request = request(Method::GET, &format!("/o/p{profile}/x"), "");
        let request = with_bearer(request, &format!("key {key}"));
        ready(service.handle(request, &fake)).status().as_u16()
    };
    for profile in asked {
        for key in 0..1000 {
            let expected = if key == profile { 302 } else { 403 };
            assert_eq!(status(key, profile), expected, "{key} {profile}");
        }
        assert_eq!(status(unknown, profile), 401);
    }
}

/// A list of the keys that match, or a copy of any, would show here.
#[cfg(not(target_arch = "wasm32"))]
#[test]
fn a_bearer_key_is_found_among_a_thousand_without_allocating_anything() {
    use crate::support::bindings_with;
    use edge_presigner::config::Config;

    let callers: serde_json::Map<_, _> = (0..1000)
        .map(|n| {
            let hash = hex::encode(Sha256::digest(format!("key {n}")));
            (format!("c{n}"), json!({"bearerSha256": [hash]}))
        })
        .collect();
    let callers = json!(callers).to_string();
    let profile = json!({
        "bucket": "bucket", "keyPrefix": "", "callers": ["c999"], "operations": ["getObject"], "maxLifetimeSecs": 60
    });
    let profiles = json!({"p": profile}).to_string();
    let bindings = bindings_with(&[("CALLERS", &callers), ("PROFILES", &profiles)]);
    let config = Config::read(|name| bindings.get(name).cloned()).unwrap();
    let (request, fake) = (
        with_bearer(request(Method::GET, "/", ""), "key 999"),
        Fake::new(),
    );
    let mut name = None;
    let used = allocation_counter::measure(|| {
        let principal = config.callers.authenticate(None, request.headers(), &fake);
        name = ready(principal).ok();
    });
    assert_eq!(name.unwrap().name(), "c999");
    assert_eq!(used.count_total, 0);
}
