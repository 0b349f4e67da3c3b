//! Bodies: which are read at all, how much of them, and that nothing is read before the request is authenticated.

use std::cell::Cell;

use crate::support::answers::{detail, json as body_of};
use crate::support::principals::{proof, service};
use crate::support::{Fake, KEY, ready, request, uppy};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use edge_presigner::platform::{Body, BodyError};
use http::{HeaderValue, Method, Request, Response, header};
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

/// A body that never ends, and keeps what limit it is read with.
struct Endless<'t>(&'t Cell<Option<usize>>);

impl Body for Endless<'_> {
    async fn read(self, max_bytes: usize) -> Result<String, BodyError> {
        self.0.set(Some(max_bytes));
        Err(BodyError::TooLarge)
    }
}

/// The answer to an endless body that `who` sends to `path`, and how much of it is read.
fn endless(who: &str, path: &str) -> (u16, Option<usize>) {
    let read = Cell::new(None);
    let request = proof(who).request(Method::POST, path, "");
    let request = request.map(|_| Endless(&read));
    let response = ready(service().handle(request, &Fake::with_issuer()));
    (response.status().as_u16(), read.get())
}

const POSTS: [&str; 9] = [
    "/v1/sign",
    "/v1/sign/batch",
    "/v1/post-policy",
    "/v1/links",
    "/v1/multipart",
    "/v1/multipart/sign",
    "/v1/multipart/list",
    "/v1/multipart/complete",
    "/v1/multipart/abort",
];

const OF_UPPY: [&str; 3] = [
    "/uppy/films/s3/multipart",
    "/uppy/films/s3/multipart/none/complete",
    "/uppy/films/sign",
];

#[test]
fn the_body_of_a_request_with_a_wrong_credential_is_not_read() {
    for path in POSTS.into_iter().chain(OF_UPPY) {
        assert_eq!(endless("wrong key", path), (401, None), "{path}");
    }
}

#[test]
fn a_caller_s_body_is_read_up_to_its_route_s_limit() {
    for path in POSTS.into_iter().chain(OF_UPPY) {
        let (status, read) = endless("app", path);
        let limit = match path {
            "/v1/sign/batch" => 600 * 1024,
            "/v1/multipart/sign" => 100 * 1024,
            "/v1/multipart/complete" | "/uppy/films/s3/multipart/none/complete" => 2 * 1024 * 1024,
            "/uppy/films/s3/multipart" => 64 * 1024,
            _ => 16 * 1024,
        };
        assert_eq!((status, read), (413, Some(limit)), "{path}");
    }
}

#[test]
fn a_body_without_a_credential_is_read_up_to_64_kib_where_a_profile_opens_the_route_to_anyone() {
    for path in POSTS {
        let (status, read) = endless("nobody", path);
        assert_eq!(status, 413, "{path}");
        assert!(read.is_some_and(|it| it <= 64 * 1024), "{path} {read:?}");
    }
}

#[test]
fn a_body_of_uppy_without_a_credential_is_read_up_to_64_kib_where_a_profile_opens_that_to_anyone() {
    for path in OF_UPPY {
        let read = Cell::new(None);
        let path = path.replace("films", "open");
        let request = request(Method::POST, &path, "").map(|_| Endless(&read));
        let response = ready(uppy::with("").handle(request, &Fake::new()));
        assert_eq!(response.status(), 413, "{path}");
        assert!(read.get().is_some_and(|it| it <= 64 * 1024), "{path}");
    }
}

#[test]
fn a_body_of_uppy_without_a_credential_is_not_read_for_another_profile_than_the_open_one() {
    for path in OF_UPPY {
        let read = Cell::new(None);
        let request = request(Method::POST, path, "").map(|_| Endless(&read));
        let response = ready(uppy::with("").handle(request, &Fake::new()));
        assert_eq!(
            (response.status().as_u16(), read.get()),
            (401, None),
            "{path}"
        );
    }
}

#[test]
fn a_body_without_a_credential_is_not_read_where_no_profile_opens_the_route() {
    use crate::support::principals::{READ, profiles, service_of};
    for (operations, callers, opened) in [
        (&READ[..], "app", &POSTS[..0]),
        (
            &READ[..],
            "anyone",
            &["/v1/sign", "/v1/sign/batch", "/v1/links"][..],
        ),
    ] {
        let mut profiles = profiles();
        let all = profiles.as_object_mut().unwrap();
        all.retain(|name, _| name == "open");
        profiles["open"]["operations"] = operations.into();
        profiles["open"]["callers"] = vec![callers].into();
        for path in POSTS.into_iter().chain(OF_UPPY) {
            let read = Cell::new(None);
            let request = proof("nobody").request(Method::POST, path, "");
            let request = request.map(|_| Endless(&read));
            let response = ready(service_of(&profiles).handle(request, &Fake::new()));
            let expected = if opened.contains(&path) { 413 } else { 401 };
            assert_eq!(response.status(), expected, "{path}");
            assert_eq!(read.get().is_some(), expected == 413, "{path}");
        }
    }
}

/// The answer to a valid request to sign that comes by Cloudflare Access with this `Content-Type`.
fn by_access(content_type: Option<&'static str>) -> Response<String> {
    let body = r#"{"profile":"users","operation":"getObject","key":"users/ada/a"}"#;
    let mut request: Request<String> =
        proof("ada by Access").request(Method::POST, "/v1/sign", body);
    request.headers_mut().remove(header::CONTENT_TYPE);
    if let Some(content_type) = content_type {
        let value = HeaderValue::from_static(content_type);
        request.headers_mut().insert(header::CONTENT_TYPE, value);
    }
    ready(service().handle(request, &Fake::with_issuer()))
}

#[test]
fn a_page_of_another_site_cannot_use_the_credential_that_a_proxy_adds() {
    for content_type in [
        None,
        Some("text/plain"),
        Some("application/x-www-form-urlencoded"),
        Some("multipart/form-data; boundary=a"),
        Some("text/plain; a=application/json"),
        Some("application/jsonp"),
    ] {
        let response = by_access(content_type);
        assert_eq!(response.status(), 400, "{content_type:?}");
        assert!(detail(&response).starts_with("content-type: "));
    }
    for content_type in ["application/json", "Application/JSON; charset=utf-8"] {
        let response = by_access(Some(content_type));
        assert_eq!(response.status(), 200, "{}", response.body());
        assert!(body_of(&response)["url"].is_string());
    }
}

#[test]
fn a_page_of_another_site_cannot_use_a_password_that_a_browser_remembers() {
    let body = r#"{"profile":"shared","operation":"getObject","key":"a"}"#;
    for (content_type, expected) in [("text/plain", 400), ("application/json", 200)] {
        let mut request = proof("app").request(Method::POST, "/v1/sign", body);
        let basic = format!("Basic {}", STANDARD.encode(format!("x:{KEY}")));
        let headers = request.headers_mut();
        headers.insert(header::AUTHORIZATION, basic.parse().unwrap());
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type));
        let response = ready(service().handle(request, &Fake::with_issuer()));
        assert_eq!(response.status(), expected, "{}", response.body());
    }
}

#[test]
fn a_bearer_credential_needs_no_content_type() {
    let body = r#"{"profile":"users","operation":"getObject","key":"users/ada/a"}"#;
    let mut request = proof("ada").request(Method::POST, "/v1/sign", body);
    request.headers_mut().remove(header::CONTENT_TYPE);
    let response = ready(service().handle(request, &Fake::with_issuer()));
    assert_eq!(response.status(), 200);
}

#[test]
fn every_answer_tells_browsers_not_to_guess_its_type() {
    let (service, fake) = (service(), Fake::with_issuer());
    for (method, path) in [
        (Method::GET, "/healthz"),
        (Method::GET, "/readyz"),
        (Method::GET, "/openapi.json"),
        (Method::GET, "/o/shared/files/a"),
        (Method::GET, "/nowhere"),
        (Method::PUT, "/v1/sign"),
        (Method::POST, "/v1/sign"),
    ] {
        let request = proof("app").request(method, path, "");
        let response = ready(service.handle(request, &fake));
        let nosniff = &response.headers()["x-content-type-options"];
        assert_eq!(nosniff, "nosniff", "{path}");
    }
}
