//! What a profile demands or adds: upload limits, cache control, prefixes of listings; and the
//! parameters of `/o/…`.

use crate::support::{Fake, json as body, ready, request, service_with, sign, with_key};
use edge_presigner::api::OBJECT_PARAMETERS;
use http::{HeaderName, HeaderValue, Method, Request, Response};
use percent_encoding::percent_decode_str;
use serde_json::{Value, json};
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

const PROFILES: &str = r#"{
    "limited": {
        "bucket": "bucket", "keyPrefix": "in/", "callers": ["app"], "maxLifetimeSecs": 900,
        "operations": ["getObject", "putObject", "createMultipartUpload", "uploadPart", "completeMultipartUpload"],
        "upload": {"minBytes": 10, "maxBytes": 1000, "contentTypes": ["image/*", "text/plain"]}
    },
    "sized": {
        "bucket": "bucket", "keyPrefix": "", "callers": ["app"], "maxLifetimeSecs": 900,
        "operations": ["putObject"], "upload": {"maxBytes": 5}
    },
    "kept": {
        "bucket": "bucket", "keyPrefix": "", "callers": ["app"], "maxLifetimeSecs": 900,
        "operations": ["getObject", "headObject", "putObject", "deleteObject"],
        "responseCacheControl": "private, max-age=86400", "cacheBuster": "v"
    },
    "saved": {
        "bucket": "bucket", "keyPrefix": "", "callers": ["app"], "maxLifetimeSecs": 900,
        "operations": ["getObject", "headObject"], "responseOverrides": ["download", "contentLanguage"],
        "responseCacheControl": "no-cache"
    },
    "listed": {
        "bucket": "bucket", "keyPrefix": "users/", "callers": ["app"], "maxLifetimeSecs": 900,
        "operations": ["listObjectsV2", "getObject"]
    },
    "whole": {
        "bucket": "bucket", "keyPrefix": "", "callers": ["app"], "maxLifetimeSecs": 900,
        "operations": ["listObjectsV2"], "addressingStyle": "path"
    }
}"#;

fn handle(request: Request<String>) -> Response<String> {
    ready(service_with(&[("PROFILES", PROFILES)]).handle(request, &Fake::new()))
}

fn asked(profile: &str, operation: &str, more: &Value) -> Response<String> {
    let mut asked = json!({"profile": profile, "operation": operation});
    let more = more.as_object().unwrap().clone();
    asked.as_object_mut().unwrap().extend(more);
    handle(sign(&asked.to_string()))
}

fn path(method: Method, path: &str, headers: &[(&str, &str)]) -> Response<String> {
    let mut request = with_key(request(method, path, ""));
    for (name, value) in headers {
        let name: HeaderName = name.parse().unwrap();
        let value = HeaderValue::from_str(value).unwrap();
        request.headers_mut().insert(name, value);
    }
    handle(request)
}

fn detail(response: &Response<String>) -> String {
    assert_eq!(response.status(), 400, "{}", response.body());
    body(response)["detail"].as_str().unwrap().to_owned()
}

/// The parameter `name` of a URL, decoded.
fn parameter(url: &str, name: &str) -> Option<String> {
    let (_, query) = url.split_once('?')?;
    let mut pairs = query.split('&').filter_map(|pair| pair.split_once('='));
    let (_, value) = pairs.find(|(found, _)| *found == name)?;
    Some(
        percent_decode_str(value)
            .decode_utf8()
            .unwrap()
            .into_owned(),
    )
}

fn location(response: &Response<String>) -> &str {
    response.headers()["location"].to_str().unwrap()
}

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

#[test]
fn what_may_be_kept_for_long_is_said_by_the_profile_unless_the_request_does() {
    let name = "response-cache-control";
    for method in [Method::GET, Method::HEAD] {
        let response = path(method, "/o/kept/x", &[]);
        let kept = parameter(location(&response), name);
        assert_eq!(kept.as_deref(), Some("private, max-age=86400"));
    }
    for method in [Method::PUT, Method::DELETE] {
        let response = path(method, "/o/kept/x", &[]);
        assert_eq!(parameter(location(&response), name), None);
    }
    let own = json!({"key": "x", "response": {"cacheControl": "no-store"}});
    let answer = body(&asked("kept", "getObject", &own));
    let kept = parameter(answer["url"].as_str().unwrap(), name);
    assert_eq!(kept.as_deref(), Some("no-store"));
}

#[test]
fn the_path_takes_a_download_name_and_a_version() {
    let response = path(
        Method::GET,
        "/o/kept/x?download=%C3%9C+1.pdf&versionId=a%2Bb&expires=60",
        &[],
    );
    let url = location(&response);
    assert_eq!(parameter(url, "versionId").unwrap(), "a+b");
    assert_eq!(parameter(url, "X-Amz-Expires").unwrap(), "60");
    let disposition = parameter(url, "response-content-disposition").unwrap();
    assert_eq!(
        disposition,
        "attachment; filename=\"_ 1.pdf\"; filename*=UTF-8''%C3%9C%201.pdf"
    );
    let response = path(Method::DELETE, "/o/kept/x?versionId=1", &[]);
    assert_eq!(parameter(location(&response), "versionId").unwrap(), "1");
    for (method, query, said) in [
        (
            Method::PUT,
            "download=a",
            "download: is no parameter of putObject",
        ),
        (
            Method::PUT,
            "versionId=a",
            "versionId: is no parameter of putObject",
        ),
        (
            Method::GET,
            "download=",
            "download: must have 1 to 255 bytes",
        ),
        (
            Method::GET,
            "download=a&download=b",
            "download: is given twice",
        ),
        (Method::GET, "versionId=", "versionId: must not be empty"),
        (
            Method::GET,
            "versionId=1&versionId=1",
            "versionId: is given twice",
        ),
        (Method::GET, "Download=a", "Download: is not known here"),
        (
            Method::GET,
            "response-content-type=a/b",
            "response-content-type: is not known here",
        ),
        (Method::GET, "w=1", "w: is not known here"),
        (Method::GET, "v=1&w=1", "w: is not known here"),
        (Method::GET, "V=1", "V: is not known here"),
    ] {
        let response = path(method, &format!("/o/kept/x?{query}"), &[]);
        assert_eq!(detail(&response), said, "{query}");
    }
}

#[test]
fn a_cache_buster_changes_nothing_and_is_known_only_where_a_profile_names_it() {
    let plain = path(Method::GET, "/o/kept/x", &[]);
    for query in ["v=1", "v", "v=1&v=2", "v=%00"] {
        let busted = path(Method::GET, &format!("/o/kept/x?{query}"), &[]);
        assert_eq!(location(&busted), location(&plain), "{query}");
    }
    let response = path(Method::GET, "/o/limited/in/x?v=1", &[]);
    assert_eq!(detail(&response), "v: is not known here");
    // Whether a profile knows the parameter is not told to those who may not use it.
    for profile in ["kept", "limited", "none"] {
        let response = handle(request(Method::GET, &format!("/o/{profile}/x?v=1"), ""));
        assert_eq!(response.status(), 401);
    }
}

#[test]
fn a_listing_is_bound_to_the_prefix_of_its_profile() {
    let list = |more: Value| asked("listed", "listObjectsV2", &more);
    let prefix_of = |response: &Response<String>| {
        assert_eq!(response.status(), 200, "{}", response.body());
        let answer = body(response);
        assert_eq!(answer["method"], "GET");
        assert!(answer.get("key").is_none());
        let url = answer["url"].as_str().unwrap().to_owned();
        assert!(
            url.starts_with("https://bucket.s3.eu-central-1.amazonaws.com/?"),
            "{url}"
        );
        assert_eq!(parameter(&url, "list-type").unwrap(), "2");
        parameter(&url, "prefix")
    };
    assert_eq!(prefix_of(&list(json!({}))).unwrap(), "users/");
    assert_eq!(
        prefix_of(&list(json!({"prefix": "users/ada/"}))).unwrap(),
        "users/ada/"
    );
    for prefix in ["", "user", "other/", "/users/", "Users/"] {
        assert_eq!(list(json!({"prefix": prefix})).status(), 403, "{prefix}");
    }
    assert_eq!(
        detail(&list(json!({"key": "users/x"}))),
        "key: is no parameter of listObjectsV2"
    );
    let whole = asked("whole", "listObjectsV2", &json!({"maxKeys": 5}));
    let url = body(&whole)["url"].as_str().unwrap().to_owned();
    assert!(
        url.starts_with("https://s3.eu-central-1.amazonaws.com/bucket?"),
        "{url}"
    );
    assert_eq!(parameter(&url, "prefix"), None);
    // Only where it is opened.
    assert_eq!(asked("kept", "listObjectsV2", &json!({})).status(), 403);
}

#[test]
fn a_cache_buster_cannot_be_a_parameter_that_a_path_takes() {
    let known = |name: &str| {
        let response = path(Method::GET, &format!("/o/kept/a?{name}=1"), &[]);
        !response.body().contains("is not known here")
    };
    assert!(!known("w"));
    for name in OBJECT_PARAMETERS {
        assert!(known(name), "{name}");
    }
}

#[test]
fn only_the_response_overrides_that_a_profile_opens_can_be_asked_for() {
    let open = json!({"key": "a", "download": "a.png", "response": {"contentLanguage": "de"}});
    let answer = asked("saved", "getObject", &open);
    assert_eq!(answer.status(), 200);
    for (name, value) in [
        ("response-content-disposition", "attachment"),
        ("response-content-language", "de"),
        ("response-cache-control", "no-cache"),
    ] {
        assert!(answer.body().contains(&format!("{name}={value}")), "{name}");
    }
    for (name, value) in [
        ("cacheControl", "no-store"),
        ("contentDisposition", "inline"),
        ("contentEncoding", "gzip"),
        ("contentType", "text/html"),
        ("expires", "Wed, 21 Oct 2026 07:28:00 GMT"),
    ] {
        let closed = json!({"key": "a", "response": {name: value}});
        for operation in ["getObject", "headObject"] {
            let answer = asked("saved", operation, &closed);
            let detail = detail(&answer);
            assert_eq!(answer.status(), 400);
            assert_eq!(
                detail,
                format!("response.{name}: is not open in this profile")
            );
        }
        assert_eq!(asked("kept", "getObject", &closed).status(), 200, "{name}");
    }
}
