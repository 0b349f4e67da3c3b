//! Keys that end with a slash, where a profile names an index document.

use crate::support::answers::{header, problem};
use crate::support::links::{LINK_KEY, link};
use crate::support::{Fake, NOON_SECS, ready, request, service_with, with_key};
use http::{Method, Request, Response};
use serde_json::json;
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

const PROFILES: &str = r#"{
    "site": {
        "bucket": "bucket", "keyPrefix": "site/", "callers": ["app", "link"], "maxLifetimeSecs": 900,
        "operations": ["getObject", "headObject", "putObject", "deleteObject"], "indexDocument": "index.html"
    },
    "plain": {
        "bucket": "bucket", "keyPrefix": "site/", "callers": ["app"], "maxLifetimeSecs": 900,
        "operations": ["getObject"]
    }
}"#;

fn handle(request: Request<String>) -> Response<String> {
    let service = service_with(&[("PROFILES", PROFILES), ("LINK_KEY", LINK_KEY)]);
    ready(service.handle(request, &Fake::new()))
}

/// The key that a request with the application's key is redirected to.
fn key(method: Method, path: &str) -> String {
    let response = handle(with_key(request(method, path, "")));
    let location = header(&response, "location").unwrap();
    let (object, _) = location.split_once('?').unwrap();
    let host = "https://bucket.s3.eu-central-1.amazonaws.com/";
    object.strip_prefix(host).unwrap().to_owned()
}

#[test]
fn a_folder_is_read_as_its_index_document_and_nothing_else_changes() {
    for (method, path, expected) in [
        (Method::GET, "site/site/", "site/index.html"),
        (Method::HEAD, "site/site/a/b/", "site/a/b/index.html"),
        (Method::GET, "site/site/a%2F", "site/a/index.html"),
        (Method::GET, "site/site/a", "site/a"),
        (Method::PUT, "site/site/a/", "site/a/"),
        (Method::DELETE, "site/site/a/", "site/a/"),
        (Method::GET, "plain/site/a/", "site/a/"),
    ] {
        assert_eq!(key(method, &format!("/o/{path}")), expected, "{path}");
    }
}

#[test]
fn a_link_has_to_grant_the_index_document_as_well() {
    let asked = |grant: serde_json::Value| {
        let path = format!("{}/o/site/site/a/", link(&grant));
        handle(request(Method::GET, &path, ""))
    };
    let grant = json!({"profile": "site", "operations": ["getObject"], "exp": NOON_SECS + 60});
    let with = |member: &str, value: &str| {
        let mut grant = grant.clone();
        grant[member] = value.into();
        grant
    };
    assert_eq!(asked(with("keyPrefix", "site/a/")).status(), 302);
    for key in ["site/a/", "site/a/index.html"] {
        let response = asked(with("key", key));
        assert_eq!(problem(&response), (403, "not-allowed".to_owned()), "{key}");
    }
}

#[test]
fn a_key_that_becomes_too_long_is_refused() {
    let path = format!("/o/site/site/{}/", "a".repeat(1010));
    let response = handle(with_key(request(Method::GET, &path, "")));
    assert_eq!(problem(&response), (400, "invalid-request".to_owned()));
}
