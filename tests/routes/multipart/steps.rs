//! `/v1/multipart…` from request to answer, with an S3 that answers as the test says.

use std::time::Duration;

use crate::support::uploads::{
    COMPLETED, MIB, ask, create, detail, handle, last_url, problem, uploads, wish,
};
use crate::support::{Fake, KEY, answer, json as body_of, ready, request, secs, with_key};
use edge_presigner::platform::Unreachable;
use http::{HeaderValue, Method, Response, header};
use serde_json::{Value, json};
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

/// printf a | openssl dgst -sha512 -binary | base64 -w0
const SHA512: &str =
    "H0D8ktokFpR1CXnubPWC8tXX0o4YM13gWrxU0FYOD1MChgxlK/CNVgJSql50IQVG82n7u86MEs/HlXsmUv6adQ==";

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
fn parts_are_signed_as_urls_are() {
    let (service, fake) = (uploads(), Fake::new());
    let handle = handle(&service, &fake);
    fake.pass(secs(7));
    let part = json!({"partNumber": 7, "headers": {"Content-MD5": "XrY7u+Ae7tCTyyK7j1rNww=="}});
    let asked = json!({"handle": handle, "parts": [part], "expiresIn": 600});
    let response = ask(&service, &fake, "/sign", &asked);
    let signed = body_of(&response);
    assert_eq!(signed["profile"], "films");
    assert_eq!(signed["key"], "users/a b.mov");
    // Signed as of the window that began at noon, and longer by a window.
    assert_eq!(signed["expiresAt"], "2026-03-01T12:11:00Z");
    assert_eq!(signed["expiresIn"], 653);
    let part = &signed["parts"][0];
    assert_eq!(
        (&part["partNumber"], &part["method"]),
        (&json!(7), &json!("PUT"))
    );
    assert_eq!(
        part["headers"],
        json!({"content-md5": "XrY7u+Ae7tCTyyK7j1rNww=="})
    );
    let url = part["url"].as_str().unwrap();
    for piece in [
        "https://bucket.s3.eu-central-1.amazonaws.com/users/a%20b.mov?",
        "X-Amz-Date=20260301T120000Z&X-Amz-Expires=660&",
        "&X-Amz-SignedHeaders=content-md5%3Bhost&",
        "&partNumber=7&uploadId=upload-1&X-Amz-Signature=",
    ] {
        assert!(url.contains(piece), "{piece} in {url}");
    }
    // S3 heard of the creation only.
    assert_eq!(fake.s3_requests.borrow().len(), 1);
}

#[test]
fn a_hundred_parts_with_a_checksum_and_a_key_of_the_customers_each_are_signed_at_once() {
    let (service, fake) = (uploads(), Fake::new());
    // 32 zeros, and their MD5 by md5sum.
    let key = format!("{}=", "A".repeat(43));
    let md5 = "cLyPS3KoaSFGi/joRB3OUQ==";
    let part = |number| {
        json!({"partNumber": number, "headers": {
            "content-length": "5368709120",
            "x-amz-checksum-sha256": key,
            "x-amz-sdk-checksum-algorithm": "SHA256",
            "x-amz-server-side-encryption-customer-algorithm": "AES256",
            "x-amz-server-side-encryption-customer-key": key,
            "x-amz-server-side-encryption-customer-key-md5": md5,
        }})
    };
    let parts: Vec<Value> = (9_901..=10_000).map(part).collect();
    let asked = json!({"handle": handle(&service, &fake), "parts": parts});
    let response = ask(&service, &fake, "/sign", &asked);
    assert_eq!(response.status(), 200, "{}", response.body());
    assert_eq!(body_of(&response)["parts"].as_array().unwrap().len(), 100);
}

#[test]
fn the_urls_of_parts_never_outlive_their_session() {
    let (service, fake) = (uploads(), Fake::new());
    fake.grants.set(secs(120));
    let handle = handle(&service, &fake);
    let asked = json!({"handle": handle, "parts": [{"partNumber": 1}], "expiresIn": 600});
    let response = ask(&service, &fake, "/sign", &asked);
    assert_eq!(problem(&response), (422, "lifetime-unavailable".to_owned()));
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
fn parts_are_listed_page_by_page() {
    let (service, fake) = (uploads(), Fake::new());
    let handle = handle(&service, &fake);
    let listed = include_str!("../../fixtures/s3/list_parts.xml");
    let listed = listed.replacen(
        "</Size>",
        "</Size><ChecksumCRC32>AAAAAA==</ChecksumCRC32>",
        1,
    );
    fake.s3_will_answer(Ok(answer(200, &listed)));
    let asked = json!({"handle": handle, "maxParts": 2, "partNumberMarker": 1});
    let page = body_of(&ask(&service, &fake, "/list", &asked));
    assert_eq!(
        page,
        json!({
            "profile": "films", "key": "users/a b.mov", "nextPartNumberMarker": 3, "parts": [
                {
                    "partNumber": 2, "etag": "\"7778aef83f66abc1fa1e8477f296d394\"", "sizeBytes": 10_485_760,
                    "lastModified": "2010-11-10T20:48:34.000Z", "checksum": {"crc32": "AAAAAA=="}
                },
                {
                    "partNumber": 3, "etag": "\"aaaa18db4cc2f85cedef654fccc4a4x8\"", "sizeBytes": 10_485_760,
                    "lastModified": "2010-11-10T20:48:33.000Z"
                }
            ]
        })
    );
    let query = "?max-parts=2&part-number-marker=1&uploadId=upload-1";
    assert!(last_url(&fake).ends_with(query), "{}", last_url(&fake));
}

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
    assert!(fake.s3_limits.borrow()[1].time >= Duration::from_secs(60));

    let response = ask(&service, &fake, "/abort", &json!({"handle": handle}));
    assert_eq!(problem(&response), (503, "s3-unreachable".to_owned()));
    assert_eq!(fake.s3_requests.borrow().len(), 5);
    assert!(fake.s3_limits.borrow()[4].time <= Duration::from_secs(10));
}

fn no_such_upload() -> Response<String> {
    answer(
        404,
        "<Error><Code>NoSuchUpload</Code><Message>gone</Message></Error>",
    )
}

/// MD5 of "a"; and of the 16 bytes of that, by `printf a | md5sum | cut -c1-32 | xxd -r -p | md5sum`.
const PART_MD5: &str = "0cc175b9c0f1b6a831c399e269772661";
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
            fake.s3_will_answer(Err(Unreachable::Network));
        }
        fake.s3_will_answer(Ok(failed()));
        fake.s3_will_answer(Ok(object(etag)));
        let asked = json!({"handle": handle, "parts": parts, "headers": {"if-none-match": "*"}});
        let response = ask(&service, &fake, "/complete", &asked);
        assert_eq!(response.status(), status, "{etag} {lost}");
    }
}

#[test]
fn every_step_takes_the_headers_that_its_operation_knows() {
    let (service, fake) = (uploads(), Fake::new());
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
fn an_abort_whose_answer_was_lost_has_succeeded_and_one_too_many_has_not() {
    let (service, fake) = (uploads(), Fake::new());
    let handle = json!({"handle": handle(&service, &fake)});
    fake.s3_will_answer(Err(Unreachable::Network));
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
