//! What all steps have in common: paths, headers, and refusals by name.

use super::{PART_MD5, any, no_such_upload};
use crate::support::uploads::{MIB, ask, detail, handle, opened_uploads, problem, uploads, wish};
use crate::support::{Fake, ready, request, with_key};
use http::Method;
use serde_json::{Value, json};
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

#[test]
fn bad_input_is_refused_by_the_name_of_its_field_before_anything_is_asked() {
    let (service, fake) = (uploads(), Fake::new());
    let handle = handle(&service, &fake);
    let calls = || (fake.s3_requests.borrow().len(), fake.sts_calls());
    let before = calls();
    let with = |name: &str, more: Value| {
        let mut body = any(name, &handle);
        let more = more.as_object().unwrap().clone();
        body.as_object_mut().unwrap().extend(more);
        body
    };
    let etag = |number: u32, etag: &str| json!({"partNumber": number, "etag": etag});
    for (name, body, named) in [
        ("", wish(&json!({"key": ""})), "key:"),
        ("", wish(&json!({"key": 7})), "key:"),
        ("", wish(&json!({"expiresIn": 0})), "expiresIn:"),
        ("", wish(&json!({"expiresIn": 604_801})), "expiresIn:"),
        (
            "",
            wish(&json!({"partSizeBytes": 5 * MIB})),
            "partSizeBytes:",
        ),
        (
            "",
            wish(&json!({"sizeBytes": 1, "partSizeBytes": 1})),
            "partSizeBytes:",
        ),
        ("", wish(&json!({"sizeBytes": 1_u64 << 50})), "sizeBytes:"),
        ("", wish(&json!({"sizeBytes": -1})), "sizeBytes:"),
        ("", wish(&json!({"uploadId": "x"})), "uploadId:"),
        (
            "",
            wish(&json!({"headers": {"content-type": "a\nb"}})),
            "headers.content-type:",
        ),
        (
            "",
            wish(&json!({"headers": {"x-amz-date": "x"}})),
            "headers.x-amz-date:",
        ),
        (
            "",
            wish(&json!({"headers": {"authorization": "x"}})),
            "headers.authorization:",
        ),
        (
            "",
            wish(&json!({"headers": {"host": "x"}})),
            "headers.host:",
        ),
        (
            "",
            wish(&json!({"headers": {"content-md5": "x"}})),
            "headers.content-md5:",
        ),
        ("/sign", with("/sign", json!({"parts": []})), "parts:"),
        (
            "/sign",
            with(
                "/sign",
                json!({"parts": vec![json!({"partNumber": 1}); 101]}),
            ),
            "parts:",
        ),
        (
            "/sign",
            with("/sign", json!({"parts": [{}]})),
            "parts[0].partNumber:",
        ),
        (
            "/sign",
            with("/sign", json!({"parts": [{"partNumber": 0}]})),
            "parts[0].partNumber:",
        ),
        (
            "/sign",
            with("/sign", json!({"parts": [{"partNumber": 10_001}]})),
            "parts[0].partNumber:",
        ),
        (
            "/sign",
            with(
                "/sign",
                json!({"parts": [{"partNumber": 1}, {"partNumber": 2, "headers": {"x-amz-acl": "private"}}]}),
            ),
            "parts[1].headers.x-amz-acl:",
        ),
        (
            "/sign",
            with("/sign", json!({"expiresIn": 901})),
            "expiresIn:",
        ),
        (
            "/sign",
            with("/sign", json!({"key": "users/other"})),
            "key:",
        ),
        ("/list", with("/list", json!({"maxParts": 0})), "maxParts:"),
        (
            "/list",
            with("/list", json!({"maxParts": 1001})),
            "maxParts:",
        ),
        (
            "/list",
            with("/list", json!({"partNumberMarker": 10_001})),
            "partNumberMarker:",
        ),
        ("/list", json!({}), "handle:"),
        (
            "/complete",
            with("/complete", json!({"parts": []})),
            "parts:",
        ),
        (
            "/complete",
            with("/complete", json!({"parts": [etag(2, "x"), etag(1, "x")]})),
            "parts[1].partNumber:",
        ),
        (
            "/complete",
            with("/complete", json!({"parts": [etag(1, "x"), etag(1, "x")]})),
            "parts[1].partNumber:",
        ),
        (
            "/complete",
            with("/complete", json!({"parts": [etag(1, "")]})),
            "parts[0].etag:",
        ),
        (
            "/complete",
            with("/complete", json!({"parts": [etag(1, "a\"b")]})),
            "parts[0].etag:",
        ),
        (
            "/complete",
            with("/complete", json!({"parts": [etag(1, "\u{e9}")]})),
            "parts[0].etag:",
        ),
        (
            "/complete",
            with(
                "/complete",
                json!({"parts": [{"partNumber": 1, "etag": "x", "checksum": {"mode": "ENABLED"}}]}),
            ),
            "parts[0].checksum:",
        ),
        (
            "/complete",
            with(
                "/complete",
                json!({"parts": [{"partNumber": 1, "etag": "x", "checksum": {"sha1": "AAAAAA=="}}]}),
            ),
            "parts[0].checksum:",
        ),
        (
            "/complete",
            with(
                "/complete",
                json!({"headers": {"content-type": "text/xml"}}),
            ),
            "headers.content-type:",
        ),
        ("/abort", with("/abort", json!({"parts": []})), "parts:"),
        (
            "/abort",
            with("/abort", json!({"headers": {"if-match": "e"}})),
            "headers.if-match:",
        ),
        (
            "/list",
            with("/list", json!({"headers": {"range": "bytes=0-1"}})),
            "headers.range:",
        ),
    ] {
        let response = ask(&service, &fake, name, &body);
        assert_eq!(
            problem(&response),
            (400, "invalid-request".to_owned()),
            "{body}"
        );
        assert!(
            detail(&response).starts_with(named),
            "{body}: {}",
            detail(&response)
        );
    }
    assert_eq!(calls(), before);
}

#[test]
fn every_step_takes_the_headers_that_its_operation_knows() {
    let (service, fake) = (opened_uploads(), Fake::new());
    let handle = handle(&service, &fake);
    let key = "x-amz-server-side-encryption-customer";
    let sse = |name: &str| format!("{key}-{name}");
    // printf 0123456789abcdef0123456789abcdef | openssl md5 -binary | base64
    let headers = json!({
        "x-amz-request-payer": "requester", "x-amz-expected-bucket-owner": "111122223333",
        sse("algorithm"): "AES256", sse("key"): "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=",
        sse("key-md5"): "hRasmdxgYDKV3nvbahU1MA==",
    });
    let mut conditional = headers.clone();
    conditional["if-none-match"] = json!("*");
    let payer = json!({"x-amz-request-payer": "requester"});
    let parts = json!([{"partNumber": 1, "etag": PART_MD5}]);
    for (step, more, sent) in [
        ("/list", json!({"headers": headers}), &headers),
        ("/abort", json!({"headers": payer}), &payer),
        // The last request asks what object is there.
        (
            "/complete",
            json!({"headers": conditional, "parts": parts}),
            &headers,
        ),
    ] {
        let mut asked = json!({"handle": handle});
        let more = more.as_object().unwrap().clone();
        asked.as_object_mut().unwrap().extend(more);
        fake.s3_will_answer(Ok(no_such_upload()));
        fake.s3_will_answer(Ok(no_such_upload()));
        let response = ask(&service, &fake, step, &asked);
        assert_eq!(response.status(), 404, "{step}: {}", response.body());
        fake.s3_answers.borrow_mut().clear();
        let requests = fake.s3_requests.borrow();
        let request = requests.last().unwrap();
        for (name, value) in sent.as_object().unwrap() {
            assert_eq!(
                request.headers()[name.as_str()],
                value.as_str().unwrap(),
                "{step}"
            );
        }
        assert!(!request.headers().contains_key("if-none-match"));
    }
}

#[test]
fn every_step_has_one_path_and_one_method() {
    let (service, fake) = (uploads(), Fake::new());
    for name in ["", "/sign", "/list", "/complete", "/abort"] {
        let path = format!("/v1/multipart{name}");
        let response = ready(service.handle(with_key(request(Method::GET, &path, "")), &fake));
        assert_eq!(problem(&response), (405, "method-not-allowed".to_owned()));
        assert_eq!(response.headers()["allow"], "POST");
    }
    for name in ["/", "/other", "s", "/sign/", "/sign/x"] {
        let response = ask(&service, &fake, name, &json!({}));
        assert_eq!(
            problem(&response),
            (404, "no-such-route".to_owned()),
            "{name}"
        );
    }
}
