//! Preflights: which scripts may ask.

use super::{APP, cors, from, handle, header, preflight, service};
use crate::support::{self, Fake, ready, request, with_key};
use http::Method;
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

#[test]
fn a_preflight_is_answered_before_anybody_has_to_prove_anything() {
    let fake = Fake::new();
    for (path, methods) in [
        ("/v1/sign", "POST"),
        ("/v1/links", "POST"),
        ("/o/avatars/users/a", "GET, HEAD, PUT, DELETE"),
        ("/c/made-up/o/avatars/users/a", "GET, HEAD, PUT, DELETE"),
    ] {
        let response = ready(service().handle(preflight(APP, "POST", path), &fake));
        assert_eq!(response.status(), 204, "{path}");
        assert_eq!(response.body(), "");
        assert_eq!(header(&response, "access-control-allow-origin"), Some(APP));
        assert_eq!(
            header(&response, "access-control-allow-methods"),
            Some(methods)
        );
        let allowed = header(&response, "access-control-allow-headers").unwrap();
        assert_eq!(allowed, "Content-Type, authorization");
        assert_eq!(header(&response, "access-control-max-age"), Some("7200"));
        assert_eq!(header(&response, "access-control-allow-credentials"), None);
        assert_eq!(header(&response, "vary"), Some("Origin"));
        assert!(response.headers().contains_key("x-request-id"));
    }
    assert_eq!(fake.sts_calls(), 0);
}

#[test]
fn a_preflight_allows_an_origin_of_ours_whatever_headers_its_pages_add() {
    let allowed = |origin: &str, names: &str| {
        let mut request = preflight(origin, "POST", "/v1/sign");
        let names = names.parse().unwrap();
        let headers = request.headers_mut();
        headers.insert("access-control-request-headers", names);
        header(&handle(request), "access-control-allow-headers").map(str::to_owned)
    };
    let usual = "Content-Type, authorization";
    for (names, more) in [
        ("traceparent,tracestate", ", traceparent, tracestate"),
        ("authorization, content-type, baggage", ", baggage"),
        ("x-requested-with", ", x-requested-with"),
    ] {
        let expected = format!("{usual}{more}");
        assert_eq!(allowed(APP, names), Some(expected));
        assert_eq!(allowed("https://evil.example", names), None);
    }
    let longest = format!("x-{}", "a".repeat(1022));
    assert_eq!(allowed(APP, &longest), Some(format!("{usual}, {longest}")));
    for odd in ["", "a b", "a,,b", "*:", "<script>", &format!("{longest}a")] {
        assert_eq!(allowed(APP, odd).as_deref(), Some(usual), "{odd}");
    }
}

#[test]
fn a_preflight_does_not_tell_which_profiles_there_are() {
    let reference = cors(&handle(preflight(APP, "GET", "/o/avatars/users/a")));
    for path in ["/o/public/a", "/o/others/a", "/o/no-such-profile/a"] {
        assert_eq!(
            cors(&handle(preflight(APP, "GET", path))),
            reference,
            "{path}"
        );
    }
}

#[test]
fn an_origin_of_no_profile_is_let_in_nowhere() {
    for origin in [
        "https://evil.example",
        "https://app.example.com.evil.example",
        "https://app.example.com:443",
        "https://APP.example.com",
        "http://app.example.com",
        "https://shop.example.com",
        "https://app.example.com, https://shop.example.com:8443",
        "null",
        "*",
        "",
    ] {
        let response = handle(preflight(origin, "GET", "/o/avatars/users/a"));
        assert_eq!(response.status(), 204);
        assert_eq!(
            cors(&response),
            [("vary".to_owned(), "Origin".to_owned())],
            "{origin}"
        );
        let response = handle(from(
            origin,
            with_key(request(Method::GET, "/o/avatars/users/a", "")),
        ));
        assert_eq!(header(&response, "access-control-allow-origin"), None);
    }
}

#[test]
fn options_without_a_preflight_or_without_any_origin_is_just_another_method() {
    for request in [
        request(Method::OPTIONS, "/v1/sign", ""),
        from(APP, request(Method::OPTIONS, "/v1/sign", "")),
    ] {
        assert_eq!(handle(request).status(), 405);
    }
    let closed = support::service();
    let response = ready(closed.handle(preflight(APP, "POST", "/v1/sign"), &Fake::new()));
    assert_eq!(response.status(), 405);
    assert!(cors(&response).is_empty(), "no profile names an origin");
    assert_eq!(handle(preflight(APP, "GET", "/nowhere")).status(), 404);
}
