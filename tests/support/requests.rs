//! Requests as clients send them.

use super::KEY;
use http::{HeaderValue, Method, Request, header};

/// A request without a key.
pub fn request(method: Method, path: &str, body: &str) -> Request<String> {
    Request::builder()
        .method(method)
        .uri(format!("https://presign.example{path}"))
        .body(body.to_owned())
        .unwrap()
}

/// The same with a bearer key or token.
pub fn with_bearer(mut request: Request<String>, bearer: &str) -> Request<String> {
    let value = HeaderValue::from_str(&format!("Bearer {bearer}")).unwrap();
    request.headers_mut().insert(header::AUTHORIZATION, value);
    request
}

/// The same with [`KEY`].
pub fn with_key(request: Request<String>) -> Request<String> {
    with_bearer(request, KEY)
}

/// A body of `POST /v1/sign` that [`KEY`] is good for.
pub const SIGN: &str = r#"{"profile":"avatars","operation":"getObject","key":"users/ada.png"}"#;

/// `POST /v1/sign` with [`KEY`].
pub fn sign(body: &str) -> Request<String> {
    with_key(request(Method::POST, "/v1/sign", body))
}
