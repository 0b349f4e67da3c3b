//! Which path and method is which route.

use crate::support::answers::{handle, problem};
use crate::support::{request, with_key};
use http::Method;
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

#[test]
fn other_paths_and_methods_are_told_apart() {
    for path in [
        "/",
        "/v1",
        "/v1/sign/",
        "/o",
        "/o/avatars",
        "/V1/sign",
        "//o/avatars/users/x",
    ] {
        let response = handle(with_key(request(Method::GET, path, "")));
        assert_eq!(
            problem(&response),
            (404, "no-such-route".to_owned()),
            "{path}"
        );
    }
    for (method, path, allow) in [
        (Method::GET, "/v1/sign", "POST"),
        (Method::POST, "/o/avatars/users/x", "GET, HEAD, PUT, DELETE"),
        (
            Method::OPTIONS,
            "/o/avatars/users/x",
            "GET, HEAD, PUT, DELETE",
        ),
        (Method::POST, "/healthz", "GET, HEAD"),
    ] {
        let response = handle(with_key(request(method, path, "")));
        assert_eq!(
            problem(&response),
            (405, "method-not-allowed".to_owned()),
            "{path}"
        );
        assert_eq!(response.headers()["allow"], allow);
    }
}
