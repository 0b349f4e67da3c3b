//! What an isolate does before its first request.

use crate::support::{Fake, ready, request, with_bearer};
use edge_presigner::service::Service;
use http::{Method, StatusCode};
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

/// The requests of `src/edge/compile_ahead.js`.
#[test]
fn it_goes_the_whole_way_to_a_signature_and_touches_nothing() {
    let (service, fake) = (Service::for_warm_up(|_| None), Fake::new());
    let body = r#"{"profile":"warm-up","operation":"getObject","key":"a"}"#;
    let asked = [
        (Method::GET, "/o/warm-up/a", "", StatusCode::FOUND),
        (Method::POST, "/v1/sign", body, StatusCode::OK),
    ];
    for (method, path, body, status) in asked {
        let request = with_bearer(request(method, path, body), "warm-up");
        let response = ready(service.handle(request, &fake));
        assert_eq!(response.status(), status);
    }
    assert_eq!(fake.sts_calls(), 0);
    assert!(fake.kv.borrow().is_empty());
    assert!(fake.log.borrow().is_empty());
}

#[test]
fn with_the_role_it_obtains_a_session_from_the_platform_that_is_given() {
    let (service, fake) = (Service::for_warm_up(|_| None), Fake::new());
    let request = with_bearer(request(Method::GET, "/o/role/a", ""), "warm-up");
    let response = ready(service.handle(request, &fake));
    assert_eq!(response.status(), StatusCode::FOUND);
    assert_eq!(fake.sts_calls(), 1);
    assert_eq!(fake.kv.borrow().len(), 1);
}
