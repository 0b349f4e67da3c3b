//! A profile's upload limit, for signed URLs and redirects.

use super::{asked, detail, location, path};
use crate::support::answers::parameter;
use crate::support::json as body;
use http::{Method, Response};
use serde_json::{Value, json};
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

#[test]
fn an_upload_is_signed_only_within_the_limits_of_its_profile() {
    let put = |headers: Value| {
        asked(
            "limited",
            "putObject",
            &json!({"key": "in/x", "headers": headers}),
        )
    };
    for (length, media_type) in [
        ("10", "image/png"),
        ("1000", "IMAGE/Webp"),
        ("11", "text/plain; charset=utf-8"),
        ("11", "image/x; codecs=\"a, b\""),
        ("11", "image/x;codecs=a,b"),
    ] {
        let response = put(json!({"content-length": length, "content-type": media_type}));
        let answer = body(&response);
        assert_eq!(response.status(), 200, "{answer}");
        let headers = json!({"content-length": length, "content-type": media_type});
        assert_eq!(answer["headers"], headers);
        let signed = parameter(answer["url"].as_str().unwrap(), "X-Amz-SignedHeaders");
        assert_eq!(signed.unwrap(), "content-length;content-type;host");
    }
    for (headers, said) in [
        (
            json!({}),
            "headers.content-length: is missing: it must be 10 to 1000 bytes",
        ),
        (
            json!({"content-length": "9", "content-type": "image/png"}),
            "headers.content-length: must be 10 to 1000 bytes",
        ),
        (
            json!({"content-length": "1001", "content-type": "image/png"}),
            "headers.content-length: must be 10 to 1000 bytes",
        ),
        (
            json!({"content-length": "10"}),
            "headers.content-type: is missing: it must be image/* or text/plain",
        ),
        (
            json!({"content-length": "10", "content-type": "text/html"}),
            "headers.content-type: must be image/* or text/plain",
        ),
        (
            json!({"content-length": "10", "content-type": "images/png"}),
            "headers.content-type: must be image/* or text/plain",
        ),
        (
            json!({"content-length": "10", "content-type": "text/plainer"}),
            "headers.content-type: must be image/* or text/plain",
        ),
        (
            json!({"content-length": "10", "content-type": "image/"}),
            "headers.content-type: must be image/* or text/plain",
        ),
        // Of several types browsers take the last.
        (
            json!({"content-length": "10", "content-type": "image/png, text/html"}),
            "headers.content-type: must be image/* or text/plain",
        ),
        (
            json!({"content-length": "10", "content-type": "text/plain;x=y,text/html;z"}),
            "headers.content-type: must be image/* or text/plain",
        ),
    ] {
        let response = put(headers.clone());
        assert!(
            detail(&response).starts_with(said),
            "{headers}: {}",
            detail(&response)
        );
    }
}

#[test]
fn the_limits_hold_for_an_upload_in_parts_as_well() {
    let ask = |operation: &str, more: Value| {
        let mut asked = json!({"key": "in/x"});
        asked
            .as_object_mut()
            .unwrap()
            .extend(more.as_object().unwrap().clone());
        if operation != "createMultipartUpload" {
            asked["uploadId"] = json!("u");
        }
        self::asked("limited", operation, &asked)
    };
    let create = |headers| ask("createMultipartUpload", json!({"headers": headers}));
    assert_eq!(create(json!({"content-type": "image/png"})).status(), 200);
    assert!(
        detail(&create(json!({"content-type": "a/b"})))
            .starts_with("headers.content-type: must be")
    );
    assert!(detail(&create(json!({}))).starts_with("headers.content-type: is missing"));

    let part = |headers| ask("uploadPart", json!({"partNumber": 1, "headers": headers}));
    assert_eq!(
        part(json!({"content-length": "1"})).status(),
        200,
        "the last part may be small"
    );
    assert!(
        detail(&part(json!({"content-length": "1001"})))
            .starts_with("headers.content-length: must be 0 to 1000")
    );
    assert!(detail(&part(json!({}))).starts_with("headers.content-length: is missing"));

    let complete = |headers| ask("completeMultipartUpload", json!({"headers": headers}));
    assert_eq!(
        complete(json!({"x-amz-mp-object-size": "1000"})).status(),
        200
    );
    for headers in [
        json!({}),
        json!({"x-amz-mp-object-size": "1001"}),
        json!({"x-amz-mp-object-size": "9"}),
    ] {
        assert!(detail(&complete(headers)).starts_with("headers.x-amz-mp-object-size: "));
    }
}

#[test]
fn a_redirected_upload_is_signed_for_the_headers_that_the_profile_demands_and_no_others() {
    let sent = [
        ("content-length", "10"),
        ("content-type", "image/png"),
        ("x-amz-meta-a", "b"),
        ("if-match", "x"),
    ];
    let signed = |response: &Response<String>| {
        assert_eq!(response.status(), 307, "{}", response.body());
        parameter(location(response), "X-Amz-SignedHeaders").unwrap()
    };
    let response = path(Method::PUT, "/o/limited/in/x", &sent);
    assert_eq!(signed(&response), "content-length;content-type;host");
    let response = path(
        Method::PUT,
        "/o/sized/x",
        &[("content-length", "5"), ("content-type", "a/b")],
    );
    assert_eq!(signed(&response), "content-length;host");
    let response = path(Method::PUT, "/o/kept/x", &sent);
    assert_eq!(signed(&response), "host");

    for (headers, said) in [
        (
            vec![],
            "content-length: is missing: it must be 0 to 5 bytes",
        ),
        (
            vec![("content-length", "6")],
            "content-length: must be 0 to 5 bytes",
        ),
        (
            vec![("content-length", "?")],
            "headers.content-length: must be a whole number",
        ),
    ] {
        let response = path(Method::PUT, "/o/sized/x", &headers);
        assert!(detail(&response).starts_with(said), "{}", detail(&response));
    }
    let response = path(Method::GET, "/o/limited/in/x", &[]);
    assert_eq!(response.status(), 302, "reading has no limits");
}
