//! `upload.requireChecksum`: S3 verifies every body that is uploaded.

use super::{asked, detail, handle, location, path};
use crate::support::answers::parameter;
use crate::support::uploads::{OPERATIONS, ask, create, profiles, uploads_with};
use crate::support::{Fake, json as body, request, with_key};
use http::Method;
use serde_json::{Value, json};
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

const MISSING: &str = "x-amz-checksum-…: is missing: it, or content-md5, must be the checksum of the body, and is signed";
const MD5: &str = "XrY7u+Ae7tCTyyK7j1rNww==";

#[test]
fn what_is_uploaded_has_a_checksum_that_is_signed() {
    let part = json!({"key": "x", "uploadId": "u", "partNumber": 1});
    for (operation, more) in [("putObject", json!({"key": "x"})), ("uploadPart", part)] {
        for (checksum, status) in [
            (json!({}), 400),
            (json!({"x-amz-checksum-crc32": "AAAAAA=="}), 200),
            (
                json!({"x-amz-checksum-crc32": "AAAAAA==", "x-amz-sdk-checksum-algorithm": "CRC32"}),
                200,
            ),
            (json!({"content-md5": MD5}), 200),
        ] {
            let mut more = more.clone();
            more["headers"] = checksum;
            more["headers"]["content-length"] = json!("1");
            let response = asked("checked", operation, &more);
            assert_eq!(response.status(), status, "{}", response.body());
            if status == 400 {
                assert_eq!(detail(&response), format!("headers.{MISSING}"));
            } else {
                assert_eq!(body(&response)["headers"], more["headers"]);
            }
        }
    }
    let create = |headers: Value| {
        let more = json!({"key": "x", "headers": headers});
        asked("checked", "createMultipartUpload", &more)
    };
    let said = detail(&create(json!({})));
    assert!(
        said.starts_with("headers.x-amz-checksum-algorithm: is missing"),
        "{said}"
    );
    let response = create(json!({"x-amz-checksum-algorithm": "SHA256"}));
    assert_eq!(response.status(), 200, "{}", response.body());
    let response = asked("checked", "getObject", &json!({"key": "x"}));
    assert_eq!(response.status(), 200, "{}", response.body());
}

#[test]
fn a_redirected_upload_is_signed_with_the_checksum_that_it_brings() {
    let length = ("content-length", "1");
    assert_eq!(
        detail(&path(Method::PUT, "/o/checked/x", &[length])),
        MISSING
    );
    let crc32 = ("x-amz-checksum-crc32", "AAAAAA==");
    let algorithm = ("x-amz-sdk-checksum-algorithm", "CRC32");
    for (sent, signed) in [
        (
            vec![length, ("content-md5", MD5)],
            "content-length;content-md5;host",
        ),
        (
            vec![length, crc32],
            "content-length;host;x-amz-checksum-crc32",
        ),
        (
            vec![length, crc32, algorithm],
            "content-length;host;x-amz-checksum-crc32;x-amz-sdk-checksum-algorithm",
        ),
    ] {
        let response = path(Method::PUT, "/o/checked/x", &sent);
        assert_eq!(response.status(), 307, "{}", response.body());
        let found = parameter(location(&response), "X-Amz-SignedHeaders");
        assert_eq!(found.as_deref(), Some(signed));
    }
}

#[test]
fn a_form_has_the_checksum_of_its_file() {
    let form = |fields: Value| {
        let asked = json!({"profile": "checked", "key": "x", "fields": fields}).to_string();
        handle(with_key(request(Method::POST, "/v1/post-policy", &asked)))
    };
    for fields in [json!({}), json!({"cache-control": "no-store"})] {
        assert_eq!(detail(&form(fields)), format!("fields.{MISSING}"));
    }
    for fields in [
        json!({"x-amz-checksum-crc32": "AAAAAA=="}),
        json!({"Content-MD5": MD5}),
    ] {
        let response = form(fields);
        assert_eq!(response.status(), 200, "{}", response.body());
    }
}

#[test]
fn an_upload_in_parts_has_the_checksum_of_every_part() {
    let mut profiles: Value = serde_json::from_str(&profiles("bucket", OPERATIONS)).unwrap();
    profiles["films"]["upload"] = json!({"maxBytes": 100, "requireChecksum": true});
    let service = uploads_with(&[("PROFILES", &profiles.to_string())]);
    let fake = Fake::new();
    let wish = json!({"profile": "films", "key": "users/x", "sizeBytes": 100});
    let said = detail(&ask(&service, &fake, "", &wish));
    assert!(
        said.starts_with("headers.x-amz-checksum-algorithm: is missing"),
        "{said}"
    );
    let more = json!({"sizeBytes": 100, "headers": {"x-amz-checksum-algorithm": "CRC32"}});
    let created = create(&service, &fake, &more);
    let part = |headers: Value| {
        let parts = json!([{"partNumber": 1, "headers": headers}]);
        let asked = json!({"handle": created["handle"], "parts": parts});
        ask(&service, &fake, "/sign", &asked)
    };
    assert_eq!(
        detail(&part(json!({}))),
        format!("parts[0].headers.{MISSING}")
    );
    let response = part(json!({"x-amz-checksum-crc32": "AAAAAA=="}));
    assert_eq!(response.status(), 200, "{}", response.body());
}
