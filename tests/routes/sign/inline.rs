//! `/o/{profile}/{key}` where the worker answers with the object: what S3 says, and what becomes of it.

use crate::support::answers::{header, lines, parameter, problem};
use crate::support::links::{LINK_KEY, link};
use crate::support::{Fake, NOON_SECS, ready, request, secs, service, service_with, with_key};
use edge_presigner::platform::HttpError;
use edge_presigner::service::Service;
use http::{HeaderName, HeaderValue, Method, Request, Response};
use serde_json::json;
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

const PROFILES: &str = r#"{
    "media": {
        "bucket": "bucket", "keyPrefix": "", "callers": ["app", "link"], "maxLifetimeSecs": 900, "versions": true,
        "operations": ["getObject", "headObject", "putObject", "deleteObject"],
        "inline": ["*.m3u8", "*.json", "pages/*", "*.html"], "maxInlineBytes": 4096,
        "responseCacheControl": "no-cache"
    },
    "open": {
        "bucket": "bucket", "keyPrefix": "", "callers": ["anyone"], "maxLifetimeSecs": 900,
        "operations": ["getObject"], "inline": ["*.m3u8"]
    }
}"#;

const PLAYLIST: &str = "#EXTM3U\n";

fn media() -> Service {
    service_with(&[("PROFILES", PROFILES), ("LINK_KEY", LINK_KEY)])
}

/// What S3 answers, with a `Content-Length` unless `headers` has one.
fn s3(status: u16, body: &str, headers: &[(&str, &str)]) -> Response<String> {
    let mut response = Response::builder().status(status);
    if !headers.iter().any(|(name, _)| *name == "content-length") {
        response = response.header("content-length", body.len());
    }
    for (name, value) in headers {
        response = response.header(*name, *value);
    }
    response.body(body.to_owned()).unwrap()
}

fn object(body: &str) -> Response<String> {
    s3(
        200,
        body,
        &[
            ("content-type", "application/vnd.apple.mpegurl"),
            ("etag", "\"1\""),
        ],
    )
}

/// What the worker answers to `request` when S3 answers `found`, and what S3 was asked.
fn handle(request: Request<String>, found: Response<String>) -> (Response<String>, Fake) {
    let fake = Fake::new();
    fake.s3_will_answer(Ok(found));
    (ready(media().handle(request, &fake)), fake)
}

fn get(path: &str) -> Request<String> {
    with_key(request(Method::GET, path, ""))
}

fn with(mut request: Request<String>, headers: &[(&str, &str)]) -> Request<String> {
    for (name, value) in headers {
        let name: HeaderName = name.parse().unwrap();
        let value = HeaderValue::from_str(value).unwrap();
        request.headers_mut().insert(name, value);
    }
    request
}

#[test]
fn an_object_is_passed_on_with_its_own_headers_and_no_others() {
    let passed_on = [
        ("content-type", "application/json; charset=utf-8"),
        ("content-language", "de"),
        ("content-disposition", "attachment"),
        ("accept-ranges", "bytes"),
        ("etag", "\"1\""),
        ("last-modified", "Sun, 01 Mar 2026 11:00:00 GMT"),
    ];
    let others = [
        ("set-cookie", "a=b"),
        ("location", "https://evil.example"),
        ("access-control-allow-origin", "https://evil.example"),
        ("content-security-policy", "default-src *"),
        ("x-amz-meta-a", "b"),
        ("expires", "0"),
    ];
    let found = s3(200, "{}", &[&passed_on[..], &others].concat());
    let (response, fake) = handle(get("/o/media/a.json"), found);
    assert_eq!(response.status(), 200);
    assert_eq!(response.body(), "{}");
    for (name, value) in passed_on {
        assert_eq!(header(&response, name), Some(value));
    }
    let own = [
        ("cache-control", "private, no-cache"),
        ("content-security-policy", "default-src 'none'; sandbox"),
        ("referrer-policy", "no-referrer"),
        ("x-content-type-options", "nosniff"),
    ];
    for (name, value) in own {
        assert_eq!(header(&response, name), Some(value));
    }
    let known = [&passed_on[..], &own, &[("vary", ""), ("x-request-id", "")]].concat();
    for name in response.headers().keys() {
        assert!(known.iter().any(|(it, _)| it == name), "{name}");
    }
    assert_eq!(lines(&fake)[0]["outcome"], "ok");
}

#[test]
fn it_is_read_with_a_signed_header_and_with_what_the_profile_and_the_request_say() {
    let path = "/o/media/a%20b.m3u8?versionId=v1&download=x.m3u8";
    let (response, fake) = handle(get(path), object(PLAYLIST));
    assert_eq!(response.status(), 200);
    let asked = &fake.s3_requests.borrow()[0];
    let url = asked.uri().to_string();
    assert_eq!(asked.method(), Method::GET);
    assert!(url.starts_with("https://bucket.s3.eu-central-1.amazonaws.com/a%20b.m3u8?"));
    for (name, value) in [
        ("versionId", "v1"),
        ("response-cache-control", "no-cache"),
        (
            "response-content-disposition",
            "attachment; filename=\"x.m3u8\"",
        ),
    ] {
        assert_eq!(parameter(&url, name).as_deref(), Some(value), "{url}");
    }
    assert!(asked.headers().contains_key("authorization"));
    assert_eq!(fake.s3_limits.borrow()[0].body_bytes, 4096);
}

#[test]
fn conditions_and_ranges_are_sent_on_but_not_signed() {
    let conditions = [
        ("range", "bytes=0-1"),
        ("if-match", "\"1\""),
        ("if-modified-since", "Sun, 01 Mar 2026 11:00:00 GMT"),
        ("if-unmodified-since", "Sun, 01 Mar 2026 11:00:00 GMT"),
    ];
    let asked = with(get("/o/media/a.m3u8"), &conditions);
    let asked = with(asked, &[("if-none-match", "W/\"1\", \"2\"")]);
    let (_, fake) = handle(asked, object(PLAYLIST));
    let sent = &fake.s3_requests.borrow()[0];
    let sent = sent.headers();
    for (name, value) in conditions {
        assert_eq!(sent[name], value);
    }
    // A weak comparison ignores the mark: https://www.rfc-editor.org/rfc/rfc9110#section-8.8.3.2
    assert_eq!(sent["if-none-match"], "\"1\", \"2\"");
    let signed = sent["authorization"].to_str().unwrap();
    assert!(
        !signed.contains("range") && !signed.contains("if-"),
        "{signed}"
    );

    let conditional = with(
        get("/o/media/a.m3u8"),
        &[("range", "bytes=0-1"), ("if-range", "\"1\"")],
    );
    let (_, fake) = handle(conditional, object(PLAYLIST));
    let sent = &fake.s3_requests.borrow()[0];
    assert!(!sent.headers().contains_key("range") && !sent.headers().contains_key("if-range"));
}

#[test]
fn a_part_and_an_unchanged_object_are_passed_on() {
    let range = [
        ("content-range", "bytes 0-1/8"),
        ("content-type", "text/plain"),
    ];
    let (response, _) = handle(get("/o/media/a.m3u8"), s3(206, "#E", &range));
    assert_eq!(response.status(), 206);
    assert_eq!(header(&response, "content-range"), Some("bytes 0-1/8"));
    assert_eq!(response.body(), "#E");

    let found = s3(304, "", &[("etag", "\"1\""), ("content-type", "text/html")]);
    let (response, _) = handle(get("/o/media/a.m3u8"), found);
    assert_eq!(response.status(), 304);
    assert_eq!(header(&response, "etag"), Some("\"1\""));
    assert_eq!(header(&response, "content-type"), None);
}

#[test]
fn head_is_answered_without_a_body_and_with_the_length() {
    let asked = || with_key(request(Method::HEAD, "/o/media/a.m3u8", ""));
    for (length, status) in [("4096", 200), ("4097", 302), ("", 302), ("x", 302)] {
        let (response, fake) = handle(asked(), s3(200, "", &[("content-length", length)]));
        assert_eq!(response.status(), status, "{length}");
        assert_eq!(fake.s3_requests.borrow()[0].method(), Method::HEAD);
        if status == 200 {
            assert_eq!(header(&response, "content-length"), Some(length));
        }
    }
}

#[test]
fn head_of_a_part_is_answered_where_get_is() {
    for (whole, status) in [("4096", 206), ("4097", 302)] {
        let range = format!("bytes 0-10/{whole}");
        let part = s3(
            206,
            "",
            &[("content-length", "11"), ("content-range", &range)],
        );
        let (response, _) = handle(with_key(request(Method::HEAD, "/o/media/a.m3u8", "")), part);
        assert_eq!(response.status(), status, "{whole}");
    }
}

#[test]
fn what_the_worker_cannot_answer_with_unchanged_is_redirected() {
    let html = [("content-type", "text/html")];
    let refusal = |code: &str| format!("<Error><Code>{code}</Code><Message>m</Message></Error>");
    let cases = [
        (
            "encoded",
            "a.m3u8",
            s3(200, "x", &[("content-encoding", "gzip")]),
        ),
        (
            "encoded in the way of SDKs",
            "a.m3u8",
            s3(200, "x", &[("content-encoding", "aws-chunked")]),
        ),
        ("no text", "a.m3u8", s3(200, "", &[("content-length", "3")])),
        (
            "a part that is no text",
            "a.m3u8",
            s3(
                206,
                "",
                &[("content-length", "3"), ("content-range", "bytes 0-2/9")],
            ),
        ),
        (
            "a part of more",
            "a.m3u8",
            s3(206, "abc", &[("content-range", "bytes 0-2/4097")]),
        ),
        (
            "a part of unknown",
            "a.m3u8",
            s3(206, "abc", &[("content-range", "bytes 0-2/*")]),
        ),
        ("a page", "pages/a", s3(200, "<p>", &html)),
        ("a page by another name", "a.json", s3(200, "<p>", &html)),
        ("refused", "a.m3u8", s3(403, &refusal("AccessDenied"), &[])),
        (
            "archived",
            "a.m3u8",
            s3(403, &refusal("InvalidObjectState"), &[]),
        ),
        (
            "a condition",
            "a.m3u8",
            s3(412, &refusal("PreconditionFailed"), &[]),
        ),
        ("a range", "a.m3u8", s3(416, &refusal("InvalidRange"), &[])),
        (
            "elsewhere",
            "a.m3u8",
            s3(301, &refusal("PermanentRedirect"), &[]),
        ),
        ("elsewhere, without a word", "a.m3u8", s3(307, "", &[])),
        (
            "no bucket",
            "a.m3u8",
            s3(404, &refusal("NoSuchBucket"), &[]),
        ),
    ];
    for (what, key, found) in cases {
        let (response, fake) = handle(get(&format!("/o/media/{key}")), found);
        assert_eq!(response.status(), 302, "{what}");
        let location = header(&response, "location").unwrap();
        assert!(location.contains("X-Amz-Signature"), "{what}: {location}");
        assert_eq!(response.body(), "");
        assert_eq!(fake.s3_requests.borrow().len(), 1, "{what}");
    }
    let fake = Fake::new();
    fake.s3_will_answer(Err(HttpError::BodyTooLarge));
    let response = ready(media().handle(get("/o/media/a.m3u8"), &fake));
    assert_eq!(response.status(), 302);
    assert_eq!(fake.s3_requests.borrow().len(), 1);
    assert!(!fake.logged("s3Failed"), "it is nothing that fails");
}

#[test]
fn a_named_page_is_answered_with_in_a_sandbox() {
    let found = s3(200, "<p>", &[("content-type", "text/html")]);
    let (response, _) = handle(get("/o/media/simple/index.html"), found);
    assert_eq!(response.status(), 200);
    let policy = header(&response, "content-security-policy");
    assert_eq!(policy, Some("default-src 'none'; sandbox"));
}

#[test]
fn an_empty_object_is_answered_with() {
    let (response, _) = handle(get("/o/media/a.json"), s3(200, "", &[]));
    assert_eq!(response.status(), 200);
    assert_eq!(
        header(&response, "content-type"),
        Some("application/octet-stream")
    );
}

#[test]
fn an_object_that_is_not_there_is_a_problem_and_no_fault_in_the_log() {
    let refusal = "<Error><Code>NoSuchKey</Code><Message>m</Message></Error>";
    for (method, body) in [(Method::GET, refusal), (Method::HEAD, "")] {
        let asked = with_key(request(method, "/o/media/a.m3u8", ""));
        let (response, fake) = handle(asked, s3(404, body, &[]));
        assert_eq!(problem(&response), (404, "no-such-object".to_owned()));
        assert!(!fake.logged("s3Failed"));
        assert_eq!(fake.s3_requests.borrow().len(), 1);
    }
}

#[test]
fn an_outage_of_s3_is_a_problem_after_three_calls() {
    for (found, slug) in [
        (
            Ok(s3(
                503,
                "<Error><Code>SlowDown</Code><Message>m</Message></Error>",
                &[],
            )),
            "s3-throttled",
        ),
        (Ok(s3(500, "", &[])), "s3-unavailable"),
        (Err(HttpError::Timeout), "s3-unreachable"),
    ] {
        let fake = Fake::new();
        for _ in 0..3 {
            fake.s3_will_answer(found.clone());
        }
        let response = ready(media().handle(get("/o/media/a.m3u8"), &fake));
        assert_eq!(problem(&response), (503, slug.to_owned()));
        assert_eq!(fake.s3_requests.borrow().len(), 3);
        assert!(fake.logged("s3Failed"));
    }
}

#[test]
fn other_keys_methods_and_requests_for_json_cost_no_call() {
    let cases = [
        (Method::GET, "/o/media/a.ts", "*/*", 302),
        (Method::HEAD, "/o/media/a.ts", "*/*", 302),
        (Method::PUT, "/o/media/a.m3u8", "*/*", 307),
        (Method::DELETE, "/o/media/a.m3u8", "*/*", 307),
        (Method::GET, "/o/media/a.m3u8", "application/json", 200),
        (Method::GET, "/o/open/a.ts", "*/*", 302),
    ];
    for (method, path, accept, status) in cases {
        let asked = with(with_key(request(method, path, "")), &[("accept", accept)]);
        let fake = Fake::new();
        let response = ready(media().handle(asked, &fake));
        assert_eq!(response.status(), status, "{path}");
        assert!(fake.s3_requests.borrow().is_empty(), "{path}");
    }
}

#[test]
fn who_may_not_read_the_object_is_refused_as_ever_and_costs_no_call() {
    let nobody = request(Method::GET, "/o/media/a.m3u8", "");
    let fake = Fake::new();
    let response = ready(media().handle(nobody, &fake));
    assert_eq!(problem(&response), (401, "key-required".to_owned()));

    let grant = json!({"profile": "media", "operations": ["getObject"], "keyPrefix": "x/", "exp": NOON_SECS + 60});
    let response = ready(media().handle(
        request(
            Method::GET,
            &format!("{}/o/media/y/a.m3u8", link(&grant)),
            "",
        ),
        &fake,
    ));
    assert_eq!(problem(&response), (403, "not-allowed".to_owned()));
    assert!(fake.s3_requests.borrow().is_empty() && fake.sts_calls() == 0);
}

#[test]
fn an_answer_is_kept_by_the_caller_alone_and_no_longer_than_the_link_lives() {
    let cases = [
        (
            "public, max-age=31536000, immutable",
            "private, max-age=31536000",
            "private, max-age=60",
        ),
        ("max-age=10", "private, max-age=10", "private, max-age=10"),
        (
            "Max-Age=\"10\", s-maxage=99",
            "private, max-age=10",
            "private, max-age=10",
        ),
        ("s-maxage=99", "private, no-cache", "private, no-cache"),
        ("max-age=x", "private, no-cache", "private, no-cache"),
        (
            "max-age=99, no-cache",
            "private, no-cache",
            "private, no-cache",
        ),
        (
            "max-age=99, no-cache=\"etag\"",
            "private, no-cache",
            "private, no-cache",
        ),
        ("public, NO-STORE", "no-store", "no-store"),
        ("", "private, no-cache", "private, no-cache"),
    ];
    let grant = json!({"profile": "media", "operations": ["getObject"], "keyPrefix": "x/", "exp": NOON_SECS + 60});
    let linked = format!("{}/o/media/x/a.m3u8", link(&grant));
    for (own, caller, of_link) in cases {
        let found = || s3(200, PLAYLIST, &[("cache-control", own)]);
        let (response, _) = handle(get("/o/media/a.m3u8"), found());
        assert_eq!(header(&response, "cache-control"), Some(caller), "{own}");
        let (response, _) = handle(request(Method::GET, &linked, ""), found());
        assert_eq!(header(&response, "cache-control"), Some(of_link), "{own}");
    }
    // Where everybody may read it, the object decides.
    let own = "public, max-age=31536000, immutable";
    let found = s3(200, PLAYLIST, &[("cache-control", own)]);
    let (response, _) = handle(request(Method::GET, "/o/open/a.m3u8", ""), found);
    assert_eq!(header(&response, "cache-control"), Some(own));
}

#[test]
fn time_that_the_call_took_is_taken_off_the_life_of_the_answer() {
    let grant = json!({"profile": "media", "operations": ["getObject"], "keyPrefix": "x/", "exp": NOON_SECS + 60});
    let fake = Fake::new();
    fake.send_takes.set(secs(4));
    fake.s3_will_answer(Ok(s3(200, PLAYLIST, &[("cache-control", "max-age=99")])));
    let asked = request(
        Method::GET,
        &format!("{}/o/media/x/a.m3u8", link(&grant)),
        "",
    );
    let response = ready(media().handle(asked, &fake));
    // One call to STS, and one to S3.
    assert_eq!(
        header(&response, "cache-control"),
        Some("private, max-age=52")
    );
}

#[test]
fn headers_of_conditions_are_read_only_where_a_profile_answers_with_objects() {
    for name in ["range", "if-range", "if-none-match", "if-modified-since"] {
        let name: HeaderName = name.parse().unwrap();
        assert!(media().read_headers().contains(&name));
        assert!(!service().read_headers().contains(&name));
    }
}
