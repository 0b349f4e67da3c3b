//! `GET /openapi.json`: the document is the one that the types make, and it says what is so.

mod answers;
mod document;
mod operations;
mod schemas;
mod uppy;

use crate::support::{
    self, Fake, json as body_of, ready, request, service, service_with, with_key,
};
use edge_presigner::routes::openapi::DOCUMENT;
use edge_presigner::service::Service;
use http::Method;
use serde_json::{Value, json};
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

/// The file in `src/`, for reading; the worker serves it without white space.
const FILE: &str = include_str!("../../../src/routes/openapi/openapi.json");

#[test]
fn the_file_is_what_the_types_make() {
    let made = serde_json::to_string_pretty(&document::document()).unwrap() + "\n";
    if std::env::var_os("UPDATE").is_some() {
        std::fs::write("src/routes/openapi/openapi.json", &made).unwrap();
    } else {
        assert!(
            FILE == made,
            "src/routes/openapi/openapi.json is out of date: UPDATE=1 cargo test openapi"
        );
    }
}

#[test]
fn the_served_document_is_the_file_without_white_space() {
    let file: Value = serde_json::from_str(FILE).unwrap();
    assert_eq!(DOCUMENT, file.to_string());
}

#[test]
fn it_is_served_to_everybody_whatever_the_configuration() {
    let nothing = |_: &str| None;
    for service in [service(), Service::new(nothing)] {
        let asked = request(Method::GET, "/openapi.json", "");
        let response = ready(service.handle(asked, &Fake::new()));
        assert_eq!(response.status(), 200);
        assert_eq!(response.headers()["content-type"], "application/json");
        assert_eq!(response.headers()["cache-control"], "public, max-age=300");
        assert_eq!(response.headers()["access-control-allow-origin"], "*");
        assert_eq!(response.body(), DOCUMENT);
    }
    let posted = request(Method::POST, "/openapi.json", "");
    let response = ready(service().handle(posted, &Fake::new()));
    assert_eq!(response.status(), 405);
    assert_eq!(response.headers()["allow"], "GET, HEAD");
}

/// The reader refuses `null` in place of a member that is not there.
#[test]
fn nothing_is_null() {
    assert!(!DOCUMENT.contains("\"null\"") && !DOCUMENT.contains("nullable"));
}

/// The bounds in the document of the member that a JSON pointer finds.
fn bounds(schema: &str, member: &str) -> (u64, u64) {
    let document: Value = serde_json::from_str(DOCUMENT).unwrap();
    let schemas = &document["components"]["schemas"];
    let mut member = &schemas[schema]["properties"][member];
    if let Some(reference) = member["$ref"].as_str() {
        member = &schemas[reference.rsplit('/').next().unwrap()];
    }
    let bound = |name: &str| member[name].as_u64().unwrap();
    (bound("minimum"), bound("maximum"))
}

/// What the reader says to `number` as `member` of `body`; nothing where it takes it.
fn fault_of(service: &Service, path: &str, mut body: Value, member: &str, number: u64) -> String {
    match body.pointer_mut("/parts/0") {
        Some(part) => part[member] = number.into(),
        None => body[member] = number.into(),
    }
    let asked = with_key(request(Method::POST, path, &body.to_string()));
    let fake = Fake::new();
    let response = ready(service.handle(asked, &fake));
    assert_ne!(response.status(), 500, "{:?}", fake.log);
    let detail = body_of(&response)["detail"].take();
    let detail = detail.as_str().unwrap_or_default();
    let named = detail.contains(&format!("{member}: "));
    if named {
        detail.to_owned()
    } else {
        String::new()
    }
}

#[test]
fn numbers_are_read_within_the_bounds_of_the_document_and_not_beyond() {
    let object = json!({"profile": "all", "key": "a"});
    let part = json!({"profile": "all", "key": "a", "operation": "uploadPart", "uploadId": "u"});
    let parts = json!({"profile": "all", "key": "a", "operation": "listParts", "uploadId": "u"});
    let keys = json!({"profile": "all", "operation": "listObjectsV2"});
    let linked = json!({"profile": "all", "key": "a", "operations": ["getObject"]});
    let handle = json!({"handle": "none", "parts": [{}]});
    let listed = json!({"handle": "none"});
    let cases = [
        ("/v1/sign", "SignRequest", "partNumber", part),
        ("/v1/sign", "SignRequest", "maxParts", parts.clone()),
        ("/v1/sign", "SignRequest", "partNumberMarker", parts),
        ("/v1/sign", "SignRequest", "maxKeys", keys.clone()),
        ("/v1/sign", "SignRequest", "expiresIn", keys),
        (
            "/v1/post-policy",
            "PostPolicyRequest",
            "minBytes",
            object.clone(),
        ),
        (
            "/v1/post-policy",
            "PostPolicyRequest",
            "maxBytes",
            object.clone(),
        ),
        (
            "/v1/post-policy",
            "PostPolicyRequest",
            "expiresIn",
            object.clone(),
        ),
        ("/v1/links", "LinkRequest", "expiresIn", linked.clone()),
        ("/v1/links", "LinkRequest", "maxLifetimeSecs", linked),
        ("/v1/multipart", "CreateUpload", "sizeBytes", object.clone()),
        ("/v1/multipart", "CreateUpload", "expiresIn", object),
        (
            "/v1/multipart/list",
            "ListParts",
            "maxParts",
            listed.clone(),
        ),
        (
            "/v1/multipart/list",
            "ListParts",
            "partNumberMarker",
            listed,
        ),
        (
            "/v1/multipart/sign",
            "PartToSign",
            "partNumber",
            handle.clone(),
        ),
        (
            "/v1/multipart/complete",
            "PartToComplete",
            "partNumber",
            handle,
        ),
    ];
    let profiles = r#"{"all": {"bucket": "bucket", "keyPrefix": "", "callers": ["app", "link"],
        "operations": ["getObject", "putObject", "uploadPart", "listParts", "listObjectsV2", "createMultipartUpload"],
        "maxLifetimeSecs": 604800}}"#;
    let service = service_with(&[
        ("PROFILES", profiles),
        ("LINK_KEY", support::CACHE_KEY),
        ("AWS_ACCESS_KEY_ID", "AKIAIOSFODNN7EXAMPLE"),
        (
            "AWS_SECRET_ACCESS_KEY",
            "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
        ),
    ]);
    for (path, schema, member, body) in cases {
        let fault = |number| fault_of(&service, path, body.clone(), member, number);
        let (min, max) = bounds(schema, member);
        assert_eq!([min, max].map(fault), ["", ""], "{path}");
        let beyond = [min.checked_sub(1), Some(max + 1)].into_iter().flatten();
        for number in beyond {
            assert_ne!(fault(number), "", "{path} takes {number} as {member}");
        }
    }
}
