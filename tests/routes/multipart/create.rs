//! Creating an upload in parts.

use super::as_nobody;
use crate::support::uploads::{
    COMPLETED, MIB, ask, create, detail, handle, problem, step, uploads, uploads_with, wish,
};
use crate::support::{Fake, KEY, answer, json as body_of, ready, secs};
use http::Method;
use serde_json::json;
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

#[test]
fn only_who_may_create_an_upload_creates_one() {
    let (service, fake) = (uploads(), Fake::new());
    for wish in [
        json!({"profile": "films", "key": "other/x"}),
        json!({"profile": "nothing", "key": "users/x"}),
        json!({"profile": "open", "key": "users/x"}),
    ] {
        let response = ask(&service, &fake, "", &wish);
        assert_eq!(
            problem(&response),
            (403, "not-allowed".to_owned()),
            "{wish}"
        );
        let response = ready(service.handle(as_nobody(step("", &wish)), &fake));
        assert_eq!(
            problem(&response),
            (401, "key-required".to_owned()),
            "{wish}"
        );
    }
    assert_eq!((fake.s3_requests.borrow().len(), fake.sts_calls()), (0, 0));
}

#[test]
fn an_upload_is_created_at_s3_by_a_request_that_is_signed_in_its_header() {
    let (service, fake) = (uploads(), Fake::new());
    let created = create(
        &service,
        &fake,
        &json!({"headers": {"Content-Type": "video/mp4"}}),
    );
    assert_eq!(created["profile"], "films");
    assert_eq!(created["key"], "users/a b.mov");
    assert_eq!(created["expiresAt"], "2026-03-02T12:00:00Z");
    assert_eq!(created["expiresIn"], 86_400);
    assert_eq!(created.get("partSizeBytes"), None);

    let requests = fake.s3_requests.borrow();
    let [sent] = requests.as_slice() else {
        panic!("{}", requests.len())
    };
    assert_eq!(sent.method(), Method::POST);
    let url = "https://bucket.s3.eu-central-1.amazonaws.com/users/a%20b.mov?uploads=";
    assert_eq!(sent.uri().to_string(), url);
    assert_eq!(sent.headers()["content-type"], "video/mp4");
    assert_eq!(sent.headers()["x-amz-security-token"], "session/token+1==");
    // sha256sum < /dev/null
    let nothing = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
    assert_eq!(sent.headers()["x-amz-content-sha256"], nothing);
    let authorization = sent.headers()["authorization"].to_str().unwrap();
    assert!(
        authorization.contains(
            "SignedHeaders=content-type;host;x-amz-content-sha256;x-amz-date;x-amz-security-token,"
        ),
        "{authorization}"
    );
}

#[test]
fn with_the_size_of_the_object_all_parts_are_planned() {
    let (service, fake) = (uploads(), Fake::new());
    let created = create(
        &service,
        &fake,
        &json!({"sizeBytes": 20 * MIB + 1, "partSizeBytes": 10 * MIB}),
    );
    assert_eq!(
        (&created["partSizeBytes"], &created["parts"]),
        (&json!(10 * MIB), &json!(3))
    );
    let handle = &created["handle"];
    let numbers = [3, 1].map(|number| json!({"partNumber": number}));
    let response = ask(
        &service,
        &fake,
        "/sign",
        &json!({"handle": handle, "parts": numbers}),
    );
    let parts = &body_of(&response)["parts"];
    assert_eq!(parts[0]["headers"], json!({"content-length": "1"}));
    assert_eq!(
        parts[1]["headers"],
        json!({"content-length": (10 * MIB).to_string()})
    );
    for (part, named) in [
        (json!({"partNumber": 4}), "parts[0].partNumber:"),
        (
            json!({"partNumber": 1, "headers": {"Content-Length": "7"}}),
            "parts[0].headers.content-length:",
        ),
    ] {
        let response = ask(
            &service,
            &fake,
            "/sign",
            &json!({"handle": handle, "parts": [part]}),
        );
        assert_eq!(problem(&response), (400, "invalid-request".to_owned()));
        assert!(
            detail(&response).starts_with(named),
            "{}",
            detail(&response)
        );
    }
    let etag = |number| json!({"partNumber": number, "etag": "x"});
    for parts in [vec![etag(1), etag(2)], vec![etag(1), etag(2), etag(4)]] {
        let response = ask(
            &service,
            &fake,
            "/complete",
            &json!({"handle": handle, "parts": parts}),
        );
        assert!(
            detail(&response).starts_with("parts: must be all 3"),
            "{}",
            detail(&response)
        );
    }
    fake.s3_will_answer(Ok(answer(200, COMPLETED)));
    let all = [etag(1), etag(2), etag(3)];
    let response = ask(
        &service,
        &fake,
        "/complete",
        &json!({"handle": handle, "parts": all}),
    );
    assert_eq!(response.status(), 200, "{}", response.body());
}

#[test]
fn calls_are_signed_as_of_now_and_not_as_of_the_window() {
    let (service, fake) = (uploads(), Fake::new());
    fake.pass(secs(59));
    handle(&service, &fake);
    let requests = fake.s3_requests.borrow();
    assert_eq!(requests[0].headers()["x-amz-date"], "20260301T120059Z");
}

#[test]
fn what_s3_repeats_of_what_it_was_sent_is_withheld_from_the_log() {
    let (service, fake) = (uploads(), Fake::new());
    handle(&service, &fake);
    let authorization = fake.s3_requests.borrow()[0].headers()["authorization"].clone();
    let (_, signature) = authorization
        .to_str()
        .unwrap()
        .split_once("Signature=")
        .unwrap();
    for (piece, withheld) in [
        ("ion/toke", true),
        ("ssion/t", false),
        (&signature[..8], true),
        (&signature[30..38], true),
        (&signature[..7], false),
        ("ASIA1/20260301/eu-central-1", false),
    ] {
        let message = format!("what you sent, {piece}, does not match");
        let body = format!(
            "<Error><Code>SignatureDoesNotMatch</Code><Message>{message}</Message></Error>"
        );
        fake.log.borrow_mut().clear();
        fake.s3_will_answer(Ok(answer(403, &body)));
        ask(&service, &fake, "", &wish(&json!({})));
        let log = fake.log.borrow().join("");
        assert_eq!(log.contains(piece), !withheld, "{log}");
        assert_eq!(log.contains("AWS said: [withheld]"), withheld, "{log}");
        assert!(withheld || log.contains(&message), "{log}");
    }
}

#[test]
fn a_piece_of_the_secret_access_key_is_withheld_from_the_log() {
    let keys = [
        ("AWS_ACCESS_KEY_ID", "AKID"),
        ("AWS_SECRET_ACCESS_KEY", "the-MARKER-of-a-secret"),
    ];
    let (service, fake) = (uploads_with(&keys), Fake::new());
    let body = "<Error><Code>AccessDenied</Code><Message>not with MARKER-o</Message></Error>";
    fake.s3_will_answer(Ok(answer(403, body)));
    ask(&service, &fake, "", &wish(&json!({})));
    let log = fake.log.borrow().join("");
    assert!(log.contains("AWS said: [withheld]"), "{log}");
}

#[test]
fn what_s3_says_is_told_with_its_code_and_logged_without_secrets() {
    let (service, fake) = (uploads(), Fake::new());
    handle(&service, &fake);
    // S3 repeats what it was sent when it does not accept the signature.
    let quoting = "<Error><Code>SignatureDoesNotMatch</Code><Message>token session/token+1==</Message>\
        <CanonicalRequest>x-amz-security-token:session/token+1==</CanonicalRequest>\
        <RequestId>S3ID</RequestId></Error>";
    for (status, body, expected) in [
        (403, quoting, (502, "s3-refused")),
        (
            412,
            "<Error><Code>PreconditionFailed</Code></Error>",
            (412, "precondition-failed"),
        ),
        (
            409,
            "<Error><Code>OperationAborted</Code></Error>",
            (409, "conflict"),
        ),
        (
            400,
            "<Error><Code>InvalidStorageClass</Code></Error>",
            (422, "upload-refused"),
        ),
    ] {
        fake.s3_will_answer(Ok(answer(status, body)));
        let response = ask(&service, &fake, "", &wish(&json!({})));
        assert_eq!(problem(&response), (expected.0, expected.1.to_owned()));
        assert!(body_of(&response)["awsCode"].is_string());
        assert!(!response.body().contains("session/token"));
    }
    assert!(fake.logged("s3Failed"));
    let log = fake.log.borrow().join("\n");
    assert!(
        log.contains("createMultipartUpload: 403 SignatureDoesNotMatch S3ID"),
        "{log}"
    );
    for secret in ["secret1", KEY, "Signature="] {
        assert!(!log.contains(secret), "{secret} in {log}");
    }
}

#[test]
fn an_sts_that_fails_is_told_as_for_urls() {
    let (service, fake) = (uploads(), Fake::new());
    let denied = "<Error><Code>AccessDenied</Code></Error>";
    fake.will_answer(Ok(answer(403, denied)));
    let response = ask(&service, &fake, "", &wish(&json!({})));
    assert_eq!(problem(&response), (502, "sts-refused".to_owned()));
}
