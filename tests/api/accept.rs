//! Who gets JSON in place of the file.

use edge_presigner::api::prefers_json;
use http::header::ACCEPT;
use http::{HeaderMap, HeaderValue};
use proptest::prelude::*;
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

fn prefers(values: &[&str]) -> bool {
    let mut headers = HeaderMap::new();
    for value in values {
        headers.append(ACCEPT, HeaderValue::from_str(value).unwrap());
    }
    prefers_json(&headers)
}

/// The values that the clients' own sources or documents name as their defaults.
#[test]
fn clients_that_take_anything_get_the_file() {
    for (client, accept) in [
        // https://developer.mozilla.org/docs/Web/HTTP/Guides/Content_negotiation/List_of_default_Accept_values
        (
            "Firefox, a page",
            "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8",
        ),
        (
            "Chrome, a page",
            "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,image/apng,*/*;q=0.8,\
             application/signed-exchange;v=b3;q=0.7",
        ),
        (
            "Safari, a page",
            "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8",
        ),
        ("Firefox, an image", "image/avif,image/webp,*/*"),
        (
            "Firefox, an image",
            "image/avif,image/webp,image/png,image/svg+xml,image/*;q=0.8,*/*;q=0.5",
        ),
        (
            "Chrome, an image",
            "image/avif,image/webp,image/apng,image/svg+xml,image/*,*/*;q=0.8",
        ),
        (
            "Safari, an image",
            "image/webp,image/png,image/svg+xml,image/*;q=0.8,video/*;q=0.8,*/*;q=0.5",
        ),
        (
            "Firefox, a video",
            "video/webm,video/ogg,video/*;q=0.9,application/ogg;q=0.7,audio/*;q=0.6,*/*;q=0.5",
        ),
        ("Chrome, a style sheet", "text/css,*/*;q=0.1"),
        // https://fetch.spec.whatwg.org/#concept-fetch
        ("fetch, XMLHttpRequest, curl, python-requests", "*/*"),
        // lib/defaults/index.js of axios
        ("axios", "application/json, text/plain, */*"),
        // sun.net.www.protocol.http.HttpURLConnection
        (
            "Java",
            "text/html, image/gif, image/jpeg, *; q=.2, */*; q=.2",
        ),
        ("Java 21", "text/html, image/gif, image/jpeg, */*; q=0.2"),
        // jQuery.ajaxSettings.accepts
        ("jQuery", "application/json, text/javascript, */*; q=0.01"),
    ] {
        assert!(!prefers(&[accept]), "{client}: {accept}");
    }
    // OkHttp, Glide, Coil and Go's net/http send none.
    assert!(!prefers(&[]), "no Accept at all");
}

/// <https://www.rfc-editor.org/rfc/rfc9110#section-12.5.1>: weights, precedence by specificity, and quality 0.
#[test]
fn json_goes_to_those_who_prefer_it_to_any_file() {
    for (accept, json) in [
        ("application/json", true),
        ("Application/JSON", true),
        ("application/json;charset=utf-8", true),
        ("application/json;q=0.001", true),
        ("application/json;q=0", false),
        ("application/json;q=0.000", false),
        ("application/json;q=1.000", true),
        ("application/json; Q=0.5", true),
        ("application/json;q=0.5, */*;q=0.8", false),
        ("application/json;q=0.8, */*;q=0.5", true),
        ("application/json;q=0.5, */*;q=0.5", false),
        ("*/*;q=0.8, application/json", true),
        ("*/*;q=0, application/json;q=0.1", true),
        ("application/json, */*;q=0.9999", true),
        ("application/json;q=0, */*", false),
        // The more specific range decides, wherever it stands.
        ("application/*, application/json;q=0.5", false),
        ("application/*;q=0.5, application/json", true),
        (
            "application/json;q=0.2, application/json;charset=utf-8, */*;q=0.5",
            false,
        ),
        ("application/json;q=0.2, text/html;q=0.3", false),
        ("application/*", false),
        ("application/json, application/*", false),
        // A file could be what is named beside it.
        ("text/html, application/json", false),
        ("text/html, application/json;q=0.5", false),
        ("text/html;q=0.5, application/json", true),
        ("application/json, image/png", false),
        ("application/json, image/png;q=0", true),
        ("application/json, text/javascript, */*;q=0.01", false),
        // Other forms of JSON.
        ("application/json, application/problem+json", true),
        ("application/problem+json, application/json", true),
        ("application/json, application/*+json", true),
        ("application/geo+json, application/json;q=0.9", false),
        ("application/problem+json", false),
        ("application/json-seq", false),
        ("application/jsonp", false),
        ("text/json", false),
        // Quoted strings may have anything in them.
        (r#"application/json;profile="a,b;q=0";q=0.5"#, true),
        (r#"text/x;a="\", application/json, \"""#, false),
        (r#"application/json;a="*/*, */*""#, true),
        // What follows the weight is an extension.
        ("application/json;q=0.5;level=1;q=0", true),
        ("text/html;level=1;q=0.2, application/json;q=0.3", true),
        // Empty elements, blanks and tabs.
        (", ,application/json , ", true),
        ("application/json\t;\tq=0.4\t,\t*/*;q=0.3", true),
        ("application/json;", true),
    ] {
        assert_eq!(prefers(&[accept]), json, "{accept}");
    }
}

#[test]
fn a_repeated_header_is_one_list() {
    assert!(!prefers(&["application/json", "*/*"]));
    assert!(!prefers(&["*/*", "application/json"]));
    assert!(prefers(&["*/*;q=0.1", "application/json"]));
    assert!(prefers(&["application/json", "application/json;q=0.5"]));
}

#[test]
fn what_is_malformed_is_no_preference() {
    for accept in [
        "",
        ",",
        ";q=1",
        "json",
        "application",
        "application/json;q=2",
        "application/json;q=-1",
        "application/json;q=1.5",
        "application/json;q=high",
        "application/json;q=",
        "application/json;q=.",
        "application/json;q=0.5x",
        "application/json;q=0,5",
        "\"application/json",
    ] {
        assert!(!prefers(&[accept]), "{accept}");
    }
    let mut headers = HeaderMap::new();
    let value = HeaderValue::from_bytes(b"application/json, \xff").unwrap();
    headers.insert(ACCEPT, value);
    assert!(!prefers_json(&headers));
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(512) })]

    #[test]
    fn no_value_brings_the_worker_down(value in r#"((application/)?(json|\*|[ -~]{0,4})|;q=[0-9.]{0,6}|[,;"\\ ]){0,40}"#) {
        prefers(&[&value]);
    }
}
