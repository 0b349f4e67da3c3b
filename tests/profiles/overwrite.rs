//! `overwrite = false`: uploads create objects, and replace none.

use super::{asked, detail, handle, location, path};
use crate::support::answers::parameter;
use crate::support::links::link;
use crate::support::uploads::{
    COMPLETED, OPERATIONS, ask, handle as upload_handle, profiles, uploads_with,
};
use crate::support::{Fake, NOON_SECS, answer, json as body, request, with_key};
use http::Method;
use serde_json::{Value, json};
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

fn signed_headers(answer: &Value) -> String {
    parameter(answer["url"].as_str().unwrap(), "X-Amz-SignedHeaders").unwrap()
}

#[test]
fn an_upload_that_must_not_replace_an_object_is_signed_with_the_condition() {
    for (operation, more) in [
        ("putObject", json!({"key": "x"})),
        (
            "putObject",
            json!({"key": "x", "headers": {"If-None-Match": "*"}}),
        ),
        (
            "completeMultipartUpload",
            json!({"key": "x", "uploadId": "u"}),
        ),
    ] {
        let answer = body(&asked("once", operation, &more));
        assert_eq!(answer["headers"], json!({"if-none-match": "*"}), "{answer}");
        assert_eq!(signed_headers(&answer), "host;if-none-match");
    }
    let item = json!({"profile": "once", "operation": "putObject", "key": "x"});
    let batch = json!({"items": [item, {}, item]}).to_string();
    let batch = body(&handle(with_key(request(
        Method::POST,
        "/v1/sign/batch",
        &batch,
    ))));
    for index in [0, 2] {
        let answer = &batch["items"][index];
        assert_eq!(answer["headers"], json!({"if-none-match": "*"}));
        assert_eq!(signed_headers(answer), "host;if-none-match");
    }
    // Nothing else needs it.
    for (operation, more) in [
        ("getObject", json!({"key": "x"})),
        ("deleteObject", json!({"key": "x"})),
        ("createMultipartUpload", json!({"key": "x"})),
        (
            "uploadPart",
            json!({"key": "x", "uploadId": "u", "partNumber": 1}),
        ),
    ] {
        let answer = body(&asked("once", operation, &more));
        assert_eq!(answer["headers"], json!({}), "{answer}");
    }
    let answer = body(&asked("kept", "putObject", &json!({"key": "x"})));
    assert_eq!(answer["headers"], json!({}));
}

#[test]
fn a_condition_that_replaces_an_object_is_refused() {
    for (operation, more) in [
        ("putObject", json!({"key": "x"})),
        (
            "completeMultipartUpload",
            json!({"key": "x", "uploadId": "u"}),
        ),
    ] {
        let mut replacing = more.clone();
        replacing["headers"] = json!({"if-match": "\"e\""});
        assert_eq!(
            detail(&asked("once", operation, &replacing)),
            "headers.if-match: is not allowed by this profile"
        );
        let mut other = more.clone();
        other["headers"] = json!({"if-none-match": "\"e\""});
        let said = detail(&asked("once", operation, &other));
        assert!(
            said.starts_with("headers.if-none-match: must be *"),
            "{said}"
        );
    }
}

#[test]
fn a_redirected_upload_has_to_bring_the_condition_that_is_signed() {
    let reason = "if-none-match: must be *, and is signed: this profile does not replace objects";
    for sent in [vec![], vec![("if-none-match", "\"e\"")]] {
        assert_eq!(detail(&path(Method::PUT, "/o/once/x", &sent)), reason);
    }
    let sent = [("if-none-match", "*"), ("content-type", "a/b")];
    let response = path(Method::PUT, "/o/once/x", &sent);
    assert_eq!(response.status(), 307, "{}", response.body());
    let signed = parameter(location(&response), "X-Amz-SignedHeaders");
    assert_eq!(signed.unwrap(), "host;if-none-match");
    assert_eq!(path(Method::GET, "/o/once/x", &[]).status(), 302);
    // Elsewhere it is the client's own.
    let response = path(Method::PUT, "/o/kept/x", &sent);
    let signed = parameter(location(&response), "X-Amz-SignedHeaders");
    assert_eq!(signed.unwrap(), "host");
}

#[test]
fn a_link_keeps_to_the_condition_of_its_profile() {
    let link = link(
        &json!({"profile": "once", "key": "x", "operations": ["putObject"], "exp": NOON_SECS + 60}),
    );
    let asked = json!({"profile": "once", "operation": "putObject", "key": "x"}).to_string();
    let answer = handle(request(Method::POST, &format!("{link}/v1/sign"), &asked));
    assert_eq!(body(&answer)["headers"], json!({"if-none-match": "*"}));
}

#[test]
fn the_worker_completes_an_upload_on_the_condition_that_there_is_no_object() {
    let mut profiles: Value = serde_json::from_str(&profiles("bucket", OPERATIONS)).unwrap();
    profiles["films"]["overwrite"] = json!(false);
    let service = uploads_with(&[("PROFILES", &profiles.to_string())]);
    let fake = Fake::new();
    let handle = upload_handle(&service, &fake);
    let mut complete = json!({"handle": handle, "parts": [{"partNumber": 1, "etag": "e"}]});
    fake.s3_will_answer(Ok(answer(200, COMPLETED)));
    let response = ask(&service, &fake, "/complete", &complete);
    assert_eq!(response.status(), 200, "{}", response.body());
    let sent = fake.s3_requests.borrow().last().unwrap().headers().clone();
    assert_eq!(sent["if-none-match"], "*");
    let authorization = sent["authorization"].to_str().unwrap();
    assert!(
        authorization.contains("SignedHeaders=host;if-none-match;"),
        "{authorization}"
    );

    complete["headers"] = json!({"if-match": "\"e\""});
    let response = ask(&service, &fake, "/complete", &complete);
    assert_eq!(
        detail(&response),
        "headers.if-match: is not allowed by this profile"
    );
}

#[test]
fn there_is_no_form_that_does_not_replace_objects() {
    let form = json!({"profile": "once", "key": "x"}).to_string();
    let response = handle(with_key(request(Method::POST, "/v1/post-policy", &form)));
    let said = detail(&response);
    assert!(
        said.starts_with("profile: does not replace objects"),
        "{said}"
    );
}

#[test]
fn the_platform_hands_over_the_headers_that_redirected_uploads_need() {
    let names = |changes: Value| {
        let mut profile = json!({"bucket": "bucket", "keyPrefix": "", "callers": ["anyone"], "operations": ["putObject"],
            "maxLifetimeSecs": 60});
        profile
            .as_object_mut()
            .unwrap()
            .extend(changes.as_object().unwrap().clone());
        let profiles = json!({"p": profile}).to_string();
        let names = crate::support::service_with(&[("PROFILES", &profiles)]).read_headers();
        names.iter().map(ToString::to_string).collect::<Vec<_>>()
    };
    let has = |changes, name: &str| names(changes).iter().any(|it| it == name);
    assert!(has(json!({"overwrite": false}), "if-none-match"));
    let checked = json!({"upload": {"maxBytes": 9, "requireChecksum": true}});
    for name in [
        "content-length",
        "content-md5",
        "x-amz-checksum-sha256",
        "x-amz-sdk-checksum-algorithm",
    ] {
        assert!(has(checked.clone(), name), "{name}");
        assert!(!has(json!({}), name), "{name}");
    }
}
