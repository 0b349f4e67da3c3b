//! `/uppy/{profile}/…` from request to answer. What Uppy sends and takes is as its packages have it: `@uppy/aws-s3` 5.1.0 and
//! 6.3.1, whose requests `tests/e2e/uppy.test.mjs` makes for real.

mod forms;
mod limits;
mod metadata;
mod parts;
mod refusals;
mod sign;

use crate::support::links::link;
use crate::support::uploads::{CREATED, OTHER_KEY};
use crate::support::uppy::with;
use crate::support::{Fake, answer, json as body_of, ready, request, with_bearer, with_key};
use edge_presigner::service::Service;
use http::{Method, Request, Response};
use serde_json::{Value, json};

fn films() -> Service {
    with("")
}

/// With the limits of `upload`.
fn limited() -> Service {
    with(r#", "upload": {"minBytes": 10, "maxBytes": 100, "contentTypes": ["video/*"]}"#)
}

fn get(path: &str) -> Request<String> {
    with_key(request(Method::GET, path, ""))
}

fn post(path: &str, body: &Value) -> Request<String> {
    with_key(request(Method::POST, path, &body.to_string()))
}

/// The body of a response that has to be a success.
#[track_caller]
fn succeed(service: &Service, fake: &Fake, request: Request<String>) -> Value {
    let response = ready(service.handle(request, fake));
    assert_eq!(response.status(), 200, "{}", response.body());
    assert_eq!(response.headers()["cache-control"], "no-store");
    body_of(&response)
}

/// An upload that was begun, and the path of its steps.
struct Begun {
    key: String,
    path: String,
}

impl Begun {
    /// The path of `step`, with its key.
    fn step(&self, step: &str) -> String {
        let key: String = form_urlencoded::byte_serialize(self.key.as_bytes()).collect();
        format!("{}{step}?key={key}", self.path)
    }
}

fn begin(service: &Service, fake: &Fake) -> Begun {
    fake.s3_will_answer(Ok(answer(200, CREATED)));
    let body = json!({"filename": "a b.mp4", "type": "video/mp4", "metadata": {"name": "a b.mp4", "type": "video/mp4"}});
    let created = succeed(service, fake, post("/uppy/films/s3/multipart", &body));
    assert_eq!(created["bucket"], "bucket");
    let text = |name: &str| created[name].as_str().unwrap().to_owned();
    Begun {
        key: text("key"),
        path: format!("/uppy/films/s3/multipart/{}", text("uploadId")),
    }
}

fn listed(parts: &[(u16, u64, &str)], next: Option<u16>) -> Response<String> {
    let parts = parts.iter().map(|(number, size, etag)| {
        format!(
            "<Part><PartNumber>{number}</PartNumber><ETag>{etag}</ETag><Size>{size}</Size></Part>"
        )
    });
    let parts: String = parts.collect();
    let next = next.map_or(String::new(), |next| {
        format!(
            "<IsTruncated>true</IsTruncated><NextPartNumberMarker>{next}</NextPartNumberMarker>"
        )
    });
    answer(
        200,
        &format!("<ListPartsResult>{next}{parts}</ListPartsResult>"),
    )
}

fn complete_with(parts: &[(u16, &str)]) -> Value {
    let parts = parts
        .iter()
        .map(|(number, etag)| json!({"PartNumber": number, "ETag": etag}));
    json!({"parts": parts.collect::<Vec<_>>()})
}

/// The part of a request to S3 before its query.
fn path_of(url: &str) -> &str {
    url.split('?').next().unwrap()
}
