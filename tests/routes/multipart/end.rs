//! Completing and aborting an upload, also when an answer was lost.

use std::time::Duration;

use super::{PART_MD5, no_such_upload};
use crate::support::uploads::{COMPLETED, ask, handle, problem, uploads};
use crate::support::{Fake, answer, json as body_of};
use edge_presigner::platform::HttpError;
use http::{HeaderValue, Method, header};
use serde_json::{Value, json};
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

/// printf a | openssl dgst -sha512 -binary | base64 -w0
const SHA512: &str =
    "H0D8ktokFpR1CXnubPWC8tXX0o4YM13gWrxU0FYOD1MChgxlK/CNVgJSql50IQVG82n7u86MEs/HlXsmUv6adQ==";

#[test]
fn completing_tells_the_etag_and_version_of_the_object() {
    let (service, fake) = (uploads(), Fake::new());
    let handle = handle(&service, &fake);
    let mut completed = answer(200, COMPLETED);
    let version = HeaderValue::from_static("v1");
    completed.headers_mut().insert("x-amz-version-id", version);
    fake.s3_will_answer(Ok(completed));
    let parts = [
        json!({"partNumber": 1, "etag": "e1"}),
        json!({"partNumber": 3, "etag": "\"e3\"", "checksum": {"sha512": SHA512}}),
    ];
    let asked = json!({"handle": handle, "parts": parts, "headers": {"If-None-Match": "*"}});
    let response = ask(&service, &fake, "/complete", &asked);
    let expected =
        json!({"profile": "films", "key": "users/a b.mov", "etag": "\"e-1\"", "versionId": "v1"});
    assert_eq!(body_of(&response), expected);
    let requests = fake.s3_requests.borrow();
    let sent = requests.last().unwrap();
    assert_eq!(sent.headers()["if-none-match"], "*");
    let checked = format!("&quot;e3&quot;</ETag><ChecksumSHA512>{SHA512}</ChecksumSHA512>");
    for part in [
        "<Part><ETag>&quot;e1&quot;</ETag><PartNumber>1</PartNumber></Part>",
        &checked,
    ] {
        assert!(sent.body().contains(part), "{}", sent.body());
    }
}

#[test]
fn completing_waits_long_and_is_not_asked_again_while_it_may_be_under_way() {
    let (service, fake) = (uploads(), Fake::new());
    let handle = handle(&service, &fake);
    let parts = json!({"handle": handle, "parts": [{"partNumber": 1, "etag": "x"}]});
    let response = ask(&service, &fake, "/complete", &parts);
    assert_eq!(problem(&response), (503, "s3-unreachable".to_owned()));
    assert!(response.headers().contains_key("retry-after"));
    assert_eq!(fake.s3_requests.borrow().len(), 2);
    assert!(fake.s3_limits.borrow()[1].timeout >= Duration::from_secs(60));

    let response = ask(&service, &fake, "/abort", &json!({"handle": handle}));
    assert_eq!(problem(&response), (503, "s3-unreachable".to_owned()));
    assert_eq!(fake.s3_requests.borrow().len(), 5);
    assert!(fake.s3_limits.borrow()[4].timeout <= Duration::from_secs(10));
}

const OBJECT_ETAG: &str = "\"b6ff9a06b7e20bcb2858c5b8ff744aea-1\"";

#[test]
fn an_upload_that_was_completed_before_is_found_by_its_object() {
    for (etag, status) in [(OBJECT_ETAG, 200), ("\"other-1\"", 404)] {
        let (service, fake) = (uploads(), Fake::new());
        let handle = handle(&service, &fake);
        let mut found = answer(200, "");
        let value = HeaderValue::from_static(etag);
        found.headers_mut().insert(header::ETAG, value);
        fake.s3_will_answer(Ok(no_such_upload()));
        fake.s3_will_answer(Ok(found));
        let asked = json!({"handle": handle, "parts": [{"partNumber": 1, "etag": PART_MD5}]});
        let response = ask(&service, &fake, "/complete", &asked);
        assert_eq!(response.status(), status, "{}", response.body());
        assert_eq!(fake.s3_requests.borrow()[2].method(), Method::HEAD);
        if status == 200 {
            assert_eq!(body_of(&response)["etag"], OBJECT_ETAG);
        } else {
            assert_eq!(problem(&response).1, "no-such-upload");
        }
    }
    // The role may not look, or the parts have no MD5: then it stays unknown.
    for (etag, looks) in [(PART_MD5, 1), ("no-md5", 0)] {
        let (service, fake) = (uploads(), Fake::new());
        let handle = handle(&service, &fake);
        fake.s3_will_answer(Ok(no_such_upload()));
        fake.s3_will_answer(Ok(answer(403, "")));
        let asked = json!({"handle": handle, "parts": [{"partNumber": 1, "etag": etag}]});
        let response = ask(&service, &fake, "/complete", &asked);
        assert_eq!(problem(&response), (404, "no-such-upload".to_owned()));
        assert_eq!(fake.s3_requests.borrow().len(), 2 + looks);
    }
}

#[test]
fn a_condition_that_the_completed_object_itself_breaks_has_held() {
    let failed = || answer(412, "<Error><Code>PreconditionFailed</Code></Error>");
    let object = |etag| {
        let mut found = answer(200, "");
        let value = HeaderValue::from_static(etag);
        found.headers_mut().insert(header::ETAG, value);
        found
    };
    let parts = json!([{"partNumber": 1, "etag": PART_MD5}]);
    for (etag, lost, status) in [
        (OBJECT_ETAG, true, 200),
        ("\"other-1\"", true, 412),
        // Without a call before, the object is somebody else's.
        (OBJECT_ETAG, false, 412),
    ] {
        let (service, fake) = (uploads(), Fake::new());
        let handle = handle(&service, &fake);
        if lost {
            fake.s3_will_answer(Err(HttpError::Connection));
        }
        fake.s3_will_answer(Ok(failed()));
        fake.s3_will_answer(Ok(object(etag)));
        let asked = json!({"handle": handle, "parts": parts, "headers": {"if-none-match": "*"}});
        let response = ask(&service, &fake, "/complete", &asked);
        assert_eq!(response.status(), status, "{etag} {lost}");
    }
}

#[test]
fn an_abort_whose_answer_was_lost_has_succeeded_and_one_too_many_has_not() {
    let (service, fake) = (uploads(), Fake::new());
    let handle = json!({"handle": handle(&service, &fake)});
    fake.s3_will_answer(Err(HttpError::Connection));
    fake.s3_will_answer(Ok(no_such_upload()));
    let response = ask(&service, &fake, "/abort", &handle);
    assert_eq!(
        (response.status().as_u16(), response.body().as_str()),
        (204, "")
    );
    fake.s3_will_answer(Ok(no_such_upload()));
    let response = ask(&service, &fake, "/abort", &handle);
    assert_eq!(problem(&response), (404, "no-such-upload".to_owned()));
    assert_eq!(body_of(&response)["awsCode"], "NoSuchUpload");
    fake.s3_will_answer(Ok(answer(204, "")));
    assert_eq!(ask(&service, &fake, "/abort", &handle).status(), 204);
}

#[test]
fn the_list_of_all_parts_fits_into_a_body_and_twice_as_much_does_not() {
    let (service, fake) = (uploads(), Fake::new());
    let handle = handle(&service, &fake);
    let checksum = json!({"sha512": SHA512});
    let parts: Vec<Value> = (1..=10_000)
        .map(|n| json!({"partNumber": n, "etag": format!("\"{PART_MD5}\""), "checksum": checksum}))
        .collect();
    fake.s3_will_answer(Ok(answer(200, COMPLETED)));
    let response = ask(
        &service,
        &fake,
        "/complete",
        &json!({"handle": handle, "parts": parts}),
    );
    assert_eq!(response.status(), 200, "{}", response.body());
    let response = ask(
        &service,
        &fake,
        "/complete",
        &json!({"handle": "x".repeat(2 * 1024 * 1024)}),
    );
    assert_eq!(problem(&response), (413, "body-too-large".to_owned()));
    let response = ask(
        &service,
        &fake,
        "/list",
        &json!({"handle": "x".repeat(16 * 1024)}),
    );
    assert_eq!(problem(&response), (413, "body-too-large".to_owned()));
}
