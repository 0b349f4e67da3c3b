//! `/o/{profile}/{key}` from request to answer.

use crate::support::answers::{detail, handle, problem};
use crate::support::{json, request, with_key};
use edge_presigner::api::ObjectKey;
use http::{HeaderValue, Method, header};
use proptest::prelude::*;
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

#[test]
fn the_path_redirects_with_the_method_that_came_in() {
    for (method, status) in [
        (Method::GET, 302),
        (Method::HEAD, 302),
        (Method::PUT, 307),
        (Method::DELETE, 307),
    ] {
        let path = "/o/avatars/users/a%20b%2Bc.png?expires=60";
        let response = handle(with_key(request(method, path, "")));
        assert_eq!(response.status(), status);
        assert_eq!(response.body(), "");
        assert_eq!(response.headers()["cache-control"], "no-store");
        assert_eq!(response.headers()["referrer-policy"], "no-referrer");
        let location = response.headers()["location"].to_str().unwrap();
        let object = "https://bucket.s3.eu-central-1.amazonaws.com/users/a%20b%2Bc.png?";
        assert!(location.starts_with(object), "{location}");
        assert!(location.contains("&X-Amz-Expires=60&"), "{location}");
    }
}

#[test]
fn the_path_answers_in_json_to_those_who_prefer_it() {
    for (accept, status) in [
        ("application/json, */*;q=0.1", 200),
        ("application/json, text/plain, */*", 302),
        ("*/*", 302),
    ] {
        let mut request = with_key(request(Method::HEAD, "/o/avatars/users/ada.png", ""));
        let accept = HeaderValue::from_static(accept);
        request.headers_mut().insert(header::ACCEPT, accept.clone());
        let response = handle(request);
        assert_eq!(response.status(), status, "{accept:?}");
        if status == 200 {
            assert_eq!(json(&response)["method"], "HEAD");
        }
    }
}

#[test]
fn a_key_in_the_path_is_decoded_once_and_stays_as_it_is() {
    for (path, encoded) in [
        ("users/%2Fetc", "users//etc"),
        ("users//x", "users//x"),
        ("users/a+b", "users/a%2Bb"),
        ("users/%252F", "users/%252F"),
        ("users/%E6%97%A5", "users/%E6%97%A5"),
        ("users/e%CC%81", "users/e%CC%81"),
        ("users/...", "users/..."),
        ("users/", "users/"),
    ] {
        let response = handle(with_key(request(
            Method::GET,
            &format!("/o/avatars/{path}"),
            "",
        )));
        let location = response.headers()["location"].to_str().unwrap();
        let object = format!("https://bucket.s3.eu-central-1.amazonaws.com/{encoded}?");
        assert!(location.starts_with(&object), "{path}: {location}");
    }
}

#[test]
fn a_path_or_query_that_is_wrong_is_refused_by_name() {
    for (path, named) in [
        ("/o/avatars/", "key:"),
        ("/o/avatars/users/%zz", "key:"),
        ("/o/avatars/users/%4", "key:"),
        ("/o/avatars/users/%", "key:"),
        ("/o/avatars/users/%FF", "key:"),
        ("/o/avatars/users/%00", "key:"),
        ("/o/avatars/users/%2E%2E/x", "key:"),
        ("/o/avatars/users/x?expires=", "expires:"),
        ("/o/avatars/users/x?expires=soon", "expires:"),
        ("/o/avatars/users/x?expires=%2B300", "expires:"),
        ("/o/avatars/users/x?expires=+300", "expires:"),
        ("/o/avatars/users/x?expires=300+", "expires:"),
        ("/o/avatars/users/x?expires=-300", "expires:"),
        ("/o/avatars/users/x?expires=3e2", "expires:"),
        ("/o/avatars/users/x?expires=300.0", "expires:"),
        ("/o/avatars/users/x?expires=0300", "expires:"),
        ("/o/avatars/users/x?expires=00", "expires:"),
        ("/o/avatars/users/x?expires=0x12c", "expires:"),
        ("/o/avatars/users/x?expires=%D9%A3%D9%A0%D9%A0", "expires:"),
        (
            "/o/avatars/users/x?expires=18446744073709551616",
            "expires:",
        ),
        ("/o/avatars/users/x?expires=60&expires=60", "expires:"),
        ("/o/avatars/users/x?expires=901", "expires:"),
        ("/o/avatars/users/x?X-Amz-Expires=60", "X-Amz-Expires:"),
    ] {
        let response = handle(with_key(request(Method::GET, path, "")));
        assert_eq!(
            problem(&response),
            (400, "invalid-request".to_owned()),
            "{path}"
        );
        let detail = detail(&response);
        assert!(detail.starts_with(named), "{path}: {detail}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(512) })]

    #[test]
    fn every_key_survives_the_way_through_a_path(key in "[^\0]{1,200}") {
        prop_assume!(!key.split('/').any(|segment| matches!(segment, "." | "..")));
        let path = edge_presigner::encode::path(&key).to_string();
        let read = ObjectKey::from_path(&path).unwrap();
        prop_assert_eq!(read.as_str(), key);
    }

    #[test]
    fn no_path_brings_the_worker_down(path in "/(o|v1)?[ -~]{0,80}") {
        if let Ok(uri) = path.parse::<http::Uri>() {
            let mut request = with_key(request(Method::GET, "/", ""));
            *request.uri_mut() = uri;
            prop_assert!(handle(request).status().as_u16() < 500);
        }
    }
}
