//! Requests that try to be taken for another.

use crate::support::principals::{proof, service};
use crate::support::{Fake, json as body_of, ready};
use http::{HeaderValue, Method};
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

#[test]
fn attack_a_header_or_a_parameter_that_overrides_the_method() {
    let (service, platform) = (service(), Fake::with_issuer());
    for header in [
        "x-http-method-override",
        "x-method-override",
        "x-http-method",
    ] {
        let mut request = proof("app").request(Method::GET, "/o/shared/files/a", "");
        request
            .headers_mut()
            .insert(header, HeaderValue::from_static("DELETE"));
        assert_eq!(ready(service.handle(request, &platform)).status(), 302);
    }
    let request = proof("app").request(Method::GET, "/o/shared/files/a?_method=DELETE", "");
    assert_eq!(ready(service.handle(request, &platform)).status(), 400);
    for method in ["get", "PATCH", "GET\u{0130}"] {
        let Ok(method) = Method::from_bytes(method.as_bytes()) else {
            continue;
        };
        let response = ready(service.handle(
            proof("app").request(method, "/o/shared/files/a", ""),
            &platform,
        ));
        assert_eq!(response.status(), 405);
    }
}

#[test]
fn attack_keys_that_look_like_another_host() {
    let (service, platform) = (service(), Fake::with_issuer());
    for (path, object) in [
        ("/o/shared//evil.example/x", "//evil.example/x"),
        ("/o/shared/%2F%2Fevil.example/x", "///evil.example/x"),
        (
            "/o/shared/https://evil.example/x",
            "/https%3A//evil.example/x",
        ),
        ("/o/shared/%5C%5Cevil.example/x", "/%5C%5Cevil.example/x"),
        ("/o/shared/@evil.example/x", "/%40evil.example/x"),
    ] {
        let response =
            ready(service.handle(proof("app").request(Method::GET, path, ""), &platform));
        let location = response.headers()["location"].to_str().unwrap();
        let host = "https://bucket.s3.eu-central-1.amazonaws.com";
        assert!(
            location.starts_with(&format!("{host}{object}?")),
            "{location}"
        );
    }
    for path in [
        "/o/users//users/ada/a",
        "/o/users/%2Fusers/ada/a",
        "//o/users/users/ada/a",
    ] {
        let status =
            ready(service.handle(proof("ada").request(Method::GET, path, ""), &platform)).status();
        assert!(matches!(status.as_u16(), 403 | 404), "{path}: {status}");
    }
}

#[test]
fn attack_a_key_or_an_origin_that_injects_a_header() {
    let (service, platform) = (service(), Fake::with_issuer());
    for path in [
        "/o/shared/%0D%0ALocation:%20https://evil.example",
        "/o/shared/a%0ASet-Cookie:%20a=b",
        "/o/shared/a%E5%98%8A%E5%98%8DSet-Cookie:%20a=b",
    ] {
        let response =
            ready(service.handle(proof("app").request(Method::GET, path, ""), &platform));
        assert_eq!(response.status(), 302);
        let location = response.headers()["location"].to_str().unwrap();
        assert!(location.starts_with("https://bucket.s3."), "{location}");
        assert!(!response.headers().contains_key("set-cookie"));
    }
    let mut request = proof("app").request(Method::GET, "/o/shared/a", "");
    let origin = HeaderValue::from_bytes(b"https://x\xff").unwrap();
    request.headers_mut().insert("origin", origin);
    assert_eq!(ready(service.handle(request, &platform)).status(), 302);
}

#[test]
fn attack_oversize_urls_and_headers() {
    let (service, platform) = (service(), Fake::with_issuer());
    let long = format!("/o/open/pub/{}", "a".repeat(12 * 1024));
    let response =
        ready(service.handle(proof("nobody").request(Method::GET, &long, ""), &platform));
    assert_eq!(response.status(), 414);
    let kind = body_of(&response)["type"].as_str().unwrap().to_owned();
    assert!(kind.ends_with(":url-too-long"));
    for header in ["accept", "authorization", "origin"] {
        let mut request = proof("nobody").request(Method::GET, "/o/open/pub/a", "");
        let value = HeaderValue::from_str(&"x".repeat(8 * 1024 + 17)).unwrap();
        request.headers_mut().insert(header, value);
        let response = ready(service.handle(request, &platform));
        assert_eq!(response.status(), 431);
        let detail = body_of(&response)["detail"].as_str().unwrap().to_owned();
        assert!(detail.starts_with(&format!("{header}: ")), "{detail}");
    }
}
