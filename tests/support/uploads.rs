//! What tests of `/v1/multipart…` share: profiles for uploads, and steps that are taken.

use edge_presigner::service::Service;
use http::{Method, Request, Response};
use serde_json::{Value, json};

pub use super::answers::{detail, problem};
use super::{Fake, answer, json as body_of, ready, request, service_with, with_key};

pub const MIB: u64 = 1024 * 1024;
pub const OTHER_KEY: &str = "another key";
/// printf 'another key' | sha256sum
pub const OTHER_KEY_SHA256: &str =
    "2aa50b47c92342ddda1dccb774e50e497d759632db2c3a8b86b31a9d737f8151";
pub const CREATED: &str =
    "<InitiateMultipartUploadResult><UploadId>upload-1</UploadId></InitiateMultipartUploadResult>";
pub const COMPLETED: &str =
    "<CompleteMultipartUploadResult><ETag>\"e-1\"</ETag></CompleteMultipartUploadResult>";
pub const OPERATIONS: &str = r#""createMultipartUpload", "uploadPart", "listParts", "completeMultipartUpload",
    "abortMultipartUpload""#;

pub fn callers() -> String {
    format!(
        r#"{{"app": {{"bearerSha256": ["{}"]}}, "other": {{"bearerSha256": ["{OTHER_KEY_SHA256}"]}}}}"#,
        super::KEY_SHA256
    )
}

pub fn profiles(bucket: &str, operations: &str) -> String {
    format!(
        r#"{{"films": {{"bucket": "{bucket}", "keyPrefix": "users/", "callers": ["app", "other"],
            "operations": [{operations}], "maxLifetimeSecs": 900, "windowSecs": 60}},
        "open": {{"bucket": "{bucket}", "keyPrefix": "open/", "callers": ["anyone"],
            "operations": [{operations}], "maxLifetimeSecs": 900}}}}"#
    )
}

pub fn uploads_with(changes: &[(&str, &str)]) -> Service {
    let (callers, profiles) = (callers(), profiles("bucket", OPERATIONS));
    let mut all = vec![("CALLERS", callers.as_str()), ("PROFILES", &profiles)];
    all.extend(changes);
    service_with(&all)
}

pub fn limited() -> Service {
    let profiles = format!(
        r#"{{"films": {{"bucket": "bucket", "keyPrefix": "users/", "callers": ["app"],
            "operations": [{OPERATIONS}], "maxLifetimeSecs": 900,
            "upload": {{"minBytes": 10, "maxBytes": {}, "contentTypes": ["video/*"]}}}}}}"#,
        12 * MIB
    );
    uploads_with(&[("PROFILES", &profiles)])
}

/// The same with every header open.
pub fn opened_uploads() -> Service {
    let profiles = super::opened(&profiles("bucket", OPERATIONS));
    uploads_with(&[("PROFILES", &profiles)])
}

pub fn uploads() -> Service {
    uploads_with(&[])
}

pub fn step(name: &str, body: &Value) -> Request<String> {
    let path = format!("/v1/multipart{name}");
    with_key(request(Method::POST, &path, &body.to_string()))
}

pub fn ask(service: &Service, fake: &Fake, name: &str, body: &Value) -> Response<String> {
    ready(service.handle(step(name, body), fake))
}

/// The answer to `asked` has to be 400 with a text that begins with what is `named`.
pub fn expect_invalid(response: &Response<String>, named: &str, asked: &Value) {
    let invalid = (400, "invalid-request".to_owned());
    assert_eq!(problem(response), invalid, "{asked}");
    assert!(detail(response).starts_with(named), "{}", detail(response));
}

/// What is asked to create an upload, with `more` members.
pub fn wish(more: &Value) -> Value {
    let mut wish = json!({"profile": "films", "key": "users/a b.mov"});
    let more = more.as_object().unwrap().clone();
    wish.as_object_mut().unwrap().extend(more);
    wish
}

pub fn create(service: &Service, fake: &Fake, more: &Value) -> Value {
    fake.s3_will_answer(Ok(answer(200, CREATED)));
    let response = ask(service, fake, "", &wish(more));
    assert_eq!(response.status(), 200, "{}", response.body());
    assert_eq!(response.headers()["cache-control"], "no-store");
    body_of(&response)
}

pub fn handle(service: &Service, fake: &Fake) -> String {
    create(service, fake, &json!({}))["handle"]
        .as_str()
        .unwrap()
        .to_owned()
}

pub fn last_url(fake: &Fake) -> String {
    fake.s3_requests.borrow().last().unwrap().uri().to_string()
}
