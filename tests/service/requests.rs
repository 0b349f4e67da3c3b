//! `Service::handle` from request to answer: status, headers and body.

use crate::support::{
    Fake, answer, json, ready, request, secs, service, service_with, sign, token, with_key,
};
use edge_presigner::api::{MAX_BODY_BYTES, ObjectKey};
use http::{HeaderValue, Method, Request, Response, header};
use proptest::prelude::*;
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

const SIGN: &str = r#"{"profile":"avatars","operation":"getObject","key":"users/ada.png"}"#;

fn handle(request: Request<String>) -> Response<String> {
    ready(service().handle(request, &Fake::new()))
}

/// Status and last part of the problem's type; checks what every problem has.
fn problem(response: &Response<String>) -> (u16, String) {
    assert_eq!(
        response.headers()["content-type"],
        "application/problem+json"
    );
    assert_eq!(response.headers()["cache-control"], "no-store");
    let body = json(response);
    assert_eq!(body["status"], response.status().as_u16());
    assert_eq!(body["requestId"], "request-1");
    assert!(body["title"].is_string() && body["detail"].is_string());
    let kind = body["type"].as_str().unwrap();
    let slug = kind
        .strip_prefix("urn:problem-type:edge-presigner:")
        .unwrap();
    (response.status().as_u16(), slug.to_owned())
}

fn detail(response: &Response<String>) -> String {
    json(response)["detail"].as_str().unwrap().to_owned()
}

#[test]
fn sign_answers_with_the_url_and_what_the_client_must_know() {
    let response = handle(sign(
        r#"{"profile":"avatars","operation":"putObject","key":"users/a b.png","expiresIn":600}"#,
    ));
    assert_eq!(response.status(), 200);
    assert_eq!(response.headers()["content-type"], "application/json");
    assert_eq!(response.headers()["cache-control"], "no-store");
    let body = json(&response);
    assert_eq!(body["method"], "PUT");
    assert_eq!(body["headers"], serde_json::json!({}));
    assert_eq!(body["profile"], "avatars");
    assert_eq!(body["key"], "users/a b.png");
    assert_eq!(body["expiresIn"], 600);
    assert_eq!(body["expiresAt"], "2026-03-01T12:10:00Z");
    let url = body["url"].as_str().unwrap();
    assert!(
        url.starts_with("https://bucket.s3.eu-central-1.amazonaws.com/users/a%20b.png?"),
        "{url}"
    );
    for part in [
        "X-Amz-Credential=ASIA1%2F20260301%2Feu-central-1%2Fs3%2Faws4_request&",
        "X-Amz-Date=20260301T120000Z&X-Amz-Expires=600&",
        "X-Amz-Security-Token=session%2Ftoken%2B1%3D%3D&X-Amz-SignedHeaders=host&",
    ] {
        assert!(url.contains(part), "{part} in {url}");
    }
}

#[test]
fn a_url_without_a_wish_lives_for_the_default_of_its_profile() {
    assert_eq!(json(&handle(sign(SIGN)))["expiresIn"], 300);
}

#[test]
fn the_path_redirects_with_the_method_that_came_in() {
    for (method, status) in [
        (Method::GET, 302),
        (Method::HEAD, 302),
        (Method::PUT, 307),
        (Method::DELETE, 307),
    ] {
        let path = "/o/avatars/users/a%20b%2Bc.png?expires=60";
        let response = handle(with_key(request(method, path, "")));
        assert_eq!(response.status(), status);
        assert_eq!(response.body(), "");
        assert_eq!(response.headers()["cache-control"], "no-store");
        assert_eq!(response.headers()["referrer-policy"], "no-referrer");
        let location = response.headers()["location"].to_str().unwrap();
        let object = "https://bucket.s3.eu-central-1.amazonaws.com/users/a%20b%2Bc.png?";
        assert!(location.starts_with(object), "{location}");
        assert!(location.contains("&X-Amz-Expires=60&"), "{location}");
    }
}

#[test]
fn the_path_answers_in_json_to_those_who_accept_it() {
    for (accept, status) in [
        ("application/json, */*;q=0.1", 200),
        ("text/html, Application/JSON; q=0.5", 200),
        ("*/*", 302),
        ("application/json;q=0", 302),
        ("application/json-seq", 302),
        ("image/avif,image/webp,*/*;q=0.8", 302),
    ] {
        let mut request = with_key(request(Method::HEAD, "/o/avatars/users/ada.png", ""));
        let accept = HeaderValue::from_static(accept);
        request.headers_mut().insert(header::ACCEPT, accept.clone());
        let response = handle(request);
        assert_eq!(response.status(), status, "{accept:?}");
        if status == 200 {
            assert_eq!(json(&response)["method"], "HEAD");
        }
    }
}

#[test]
fn a_key_in_the_path_is_decoded_once_and_stays_as_it_is() {
    for (path, encoded) in [
        ("users/%2Fetc", "users//etc"),
        ("users//x", "users//x"),
        ("users/a+b", "users/a%2Bb"),
        ("users/%252F", "users/%252F"),
        ("users/%E6%97%A5", "users/%E6%97%A5"),
        ("users/e%CC%81", "users/e%CC%81"),
        ("users/...", "users/..."),
        ("users/", "users/"),
    ] {
        let response = handle(with_key(request(
            Method::GET,
            &format!("/o/avatars/{path}"),
            "",
        )));
        let location = response.headers()["location"].to_str().unwrap();
        let object = format!("https://bucket.s3.eu-central-1.amazonaws.com/{encoded}?");
        assert!(location.starts_with(&object), "{path}: {location}");
    }
}

#[test]
fn a_profile_open_to_anyone_needs_no_key() {
    let response = handle(request(Method::GET, "/o/public/public/x", ""));
    assert_eq!(response.status(), 302);
    let location = response.headers()["location"].to_str().unwrap();
    assert!(location.starts_with("https://bucket.s3.us-east-1.amazonaws.com/public/x?"));
    assert_eq!(
        handle(with_key(request(Method::GET, "/o/public/public/x", ""))).status(),
        302
    );
}

#[test]
fn without_a_key_closed_and_unknown_profiles_look_the_same() {
    let mut bodies = Vec::new();
    for path in [
        "/o/avatars/users/x",
        "/o/nothing/users/x",
        "/o/public/users/x",
        "/o/others/x",
    ] {
        let response = handle(request(Method::GET, path, ""));
        assert_eq!(
            problem(&response),
            (401, "key-required".to_owned()),
            "{path}"
        );
        let challenge = r#"Bearer realm="edge-presigner""#;
        assert_eq!(response.headers()["www-authenticate"], challenge);
        bodies.push(response.into_body());
    }
    bodies.dedup();
    assert_eq!(bodies.len(), 1);
}

#[test]
fn a_key_that_is_not_known_is_refused_everywhere() {
    for authorization in [
        "Bearer wrong",
        "Bearer ",
        "Bearer",
        "Basic YTpi",
        "correct horse battery staple",
        "Bearer correct horse battery staple, Bearer correct horse battery staple",
        "Bearer c4bbcb1fbec99d65bf59d85c8cb62ee2db963f0fe106f483d9afa73bd4e39a8a",
    ] {
        for path in ["/o/avatars/users/x", "/o/public/public/x"] {
            let mut request = request(Method::GET, path, "");
            let value = HeaderValue::from_static(authorization);
            request.headers_mut().insert(header::AUTHORIZATION, value);
            let response = handle(request);
            assert_eq!(
                problem(&response),
                (401, "unknown-caller".to_owned()),
                "{authorization}"
            );
            assert_eq!(
                response.headers()["www-authenticate"],
                r#"Bearer realm="edge-presigner", error="invalid_token""#
            );
        }
    }
    let mut long = request(Method::GET, "/o/public/public/x", "");
    let value = HeaderValue::from_str(&format!("Bearer {}", "x".repeat(8000))).unwrap();
    long.headers_mut().insert(header::AUTHORIZATION, value);
    assert_eq!(handle(long).status(), 401);
}

#[test]
fn the_scheme_of_a_bearer_key_may_be_written_in_any_case() {
    let mut request = request(Method::GET, "/o/avatars/users/x", "");
    let value = HeaderValue::from_static("bearer  correct horse battery staple");
    request.headers_mut().insert(header::AUTHORIZATION, value);
    assert_eq!(handle(request).status(), 302);
}

#[test]
fn a_known_caller_does_not_learn_why_it_may_not() {
    let mut bodies = Vec::new();
    for (profile, operation, key) in [
        ("nothing", "getObject", "users/x"),
        ("others", "getObject", "x"),
        ("avatars", "getObject", "other/x"),
        ("avatars", "getObject", "Users/x"),
        ("avatars", "getObject", "/users/x"),
        ("public", "putObject", "public/x"),
    ] {
        let body = format!(r#"{{"profile":"{profile}","operation":"{operation}","key":"{key}"}}"#);
        let response = handle(sign(&body));
        assert_eq!(
            problem(&response),
            (403, "not-allowed".to_owned()),
            "{body}"
        );
        bodies.push(response.into_body());
    }
    bodies.dedup();
    assert_eq!(bodies.len(), 1);
}

#[test]
fn a_refused_request_asks_neither_kv_nor_sts() {
    let fake = Fake::new();
    let service = service();
    for request in [
        request(Method::GET, "/o/avatars/users/x", ""),
        with_key(request(Method::GET, "/o/nothing/x", "")),
        sign("{}"),
        request(Method::GET, "/healthz", ""),
    ] {
        ready(service.handle(request, &fake));
    }
    assert_eq!((fake.sts_calls(), fake.kv_reads.get()), (0, 0));
}

#[test]
fn bad_input_is_refused_by_the_name_of_its_field() {
    let with = |field: &str| SIGN.replace('}', &format!(",{field}}}"));
    let long = "x".repeat(1025);
    for (body, named) in [
        ("".to_owned(), "body:"),
        ("[]".to_owned(), "body:"),
        ("{".to_owned(), "body:"),
        (format!("{SIGN} {SIGN}"), "body:"),
        (with(r#""key":"users/other""#), "body:"),
        ("[".repeat(5000), "body:"),
        (with(r#""versionID":"1""#), "versionID:"),
        (SIGN.replace("profile", "Profile"), "Profile:"),
        (SIGN.replace(r#""avatars""#, "7"), "profile:"),
        (SIGN.replace(r#","key":"users/ada.png""#, ""), "key:"),
        (SIGN.replace(r#""users/ada.png""#, "null"), "key:"),
        (SIGN.replace("getObject", "GetObject"), "operation:"),
        (SIGN.replace(r#""getObject""#, "[]"), "operation:"),
        (SIGN.replace("users/ada.png", ""), "key:"),
        (SIGN.replace("users/ada.png", "users/../x"), "key:"),
        (SIGN.replace("users/ada.png", "users/."), "key:"),
        (SIGN.replace("users/ada.png", "users/\\u0000"), "key:"),
        (SIGN.replace("users/ada.png", &long), "key:"),
        (with(r#""expiresIn":0"#), "expiresIn:"),
        (with(r#""expiresIn":901"#), "expiresIn:"),
        (with(r#""expiresIn":-1"#), "expiresIn:"),
        (with(r#""expiresIn":1.5"#), "expiresIn:"),
        (with(r#""expiresIn":1e40"#), "expiresIn:"),
        (with(r#""expiresIn":"60""#), "expiresIn:"),
        (with(r#""expiresIn":null"#), "expiresIn:"),
    ] {
        let response = handle(sign(&body));
        assert_eq!(
            problem(&response),
            (400, "invalid-request".to_owned()),
            "{body}"
        );
        let detail = detail(&response);
        assert!(detail.starts_with(named), "{body}: {detail}");
    }
    let response = handle(sign(&" ".repeat(MAX_BODY_BYTES + 1)));
    assert_eq!(problem(&response), (413, "body-too-large".to_owned()));
}

#[test]
fn a_path_or_query_that_is_wrong_is_refused_by_name() {
    for (path, named) in [
        ("/o/avatars/", "key:"),
        ("/o/avatars/users/%zz", "key:"),
        ("/o/avatars/users/%4", "key:"),
        ("/o/avatars/users/%", "key:"),
        ("/o/avatars/users/%FF", "key:"),
        ("/o/avatars/users/%00", "key:"),
        ("/o/avatars/users/%2E%2E/x", "key:"),
        ("/o/avatars/users/x?expires=", "expires:"),
        ("/o/avatars/users/x?expires=soon", "expires:"),
        ("/o/avatars/users/x?expires=60&expires=60", "expires:"),
        ("/o/avatars/users/x?expires=901", "expires:"),
        ("/o/avatars/users/x?X-Amz-Expires=60", "X-Amz-Expires:"),
    ] {
        let response = handle(with_key(request(Method::GET, path, "")));
        assert_eq!(
            problem(&response),
            (400, "invalid-request".to_owned()),
            "{path}"
        );
        let detail = detail(&response);
        assert!(detail.starts_with(named), "{path}: {detail}");
    }
}

#[test]
fn other_paths_and_methods_are_told_apart() {
    for path in [
        "/",
        "/v1",
        "/v1/sign/",
        "/o",
        "/o/avatars",
        "/V1/sign",
        "//o/avatars/users/x",
    ] {
        let response = handle(with_key(request(Method::GET, path, "")));
        assert_eq!(
            problem(&response),
            (404, "no-such-route".to_owned()),
            "{path}"
        );
    }
    for (method, path, allow) in [
        (Method::GET, "/v1/sign", "POST"),
        (Method::POST, "/o/avatars/users/x", "GET, HEAD, PUT, DELETE"),
        (
            Method::OPTIONS,
            "/o/avatars/users/x",
            "GET, HEAD, PUT, DELETE",
        ),
        (Method::POST, "/healthz", "GET, HEAD"),
    ] {
        let response = handle(with_key(request(method, path, "")));
        assert_eq!(
            problem(&response),
            (405, "method-not-allowed".to_owned()),
            "{path}"
        );
        assert_eq!(response.headers()["allow"], allow);
    }
}

#[test]
fn a_session_too_short_for_what_was_asked_is_told_with_the_numbers() {
    let fake = Fake::new();
    fake.grants.set(secs(120));
    let body = SIGN.replace('}', r#","expiresIn":900}"#);
    let response = ready(service().handle(sign(&body), &fake));
    assert_eq!(problem(&response), (422, "lifetime-unavailable".to_owned()));
    let detail = detail(&response);
    assert!(detail.contains("900") && detail.contains("115"), "{detail}");
}

#[test]
fn a_refusal_of_sts_is_told_with_the_code_of_aws() {
    let refused = "<ErrorResponse><Error><Code>AccessDenied</Code><Message>no</Message></Error>\
        <RequestId>aws-1</RequestId></ErrorResponse>";
    let fake = Fake::new();
    fake.will_answer(Ok(answer(403, refused)));
    let response = ready(service().handle(sign(SIGN), &fake));
    assert_eq!(problem(&response), (502, "sts-refused".to_owned()));
    assert_eq!(json(&response)["awsCode"], "AccessDenied");
    assert_eq!(json(&response)["awsRequestId"], "aws-1");
    assert!(response.headers().get("retry-after").is_none());
    assert!(detail(&response).contains("trust policy"));
}

#[test]
fn a_passing_failure_of_sts_says_when_to_come_back() {
    let fake = Fake::new();
    for _ in 0..3 {
        fake.will_answer(Ok(answer(
            503,
            "<Error><Code>ServiceUnavailable</Code></Error>",
        )));
    }
    let response = ready(service().handle(sign(SIGN), &fake));
    assert_eq!(problem(&response), (503, "sts-unavailable".to_owned()));
    assert_eq!(response.headers()["retry-after"], "5");
}

#[test]
fn a_gateway_that_answers_for_sts_is_not_taken_for_a_wrong_endpoint() {
    for (status, slug) in [(429, "sts-throttled"), (503, "sts-unavailable")] {
        let fake = Fake::new();
        for _ in 0..3 {
            fake.will_answer(Ok(answer(status, "<html>busy</html>")));
        }
        let response = ready(service().handle(sign(SIGN), &fake));
        assert_eq!(problem(&response), (503, slug.to_owned()));
        assert_eq!(response.headers()["retry-after"], "5");
        assert_eq!(fake.sts_calls(), 3);
    }
}

#[test]
fn an_expired_token_is_told_with_its_expiry() {
    let fake = Fake::new();
    fake.token.replace(Some(token(secs(60))));
    fake.pass(secs(61));
    let response = ready(service().handle(sign(SIGN), &fake));
    assert_eq!(problem(&response), (503, "token-expired".to_owned()));
    assert!(detail(&response).contains("2026-03-01T12:01:00Z"));
}

#[test]
fn a_refused_configuration_signs_nothing_and_is_listed_in_the_log() {
    let fake = Fake::new();
    let service = service_with(&[("AWS_REGION", ""), ("AWS_ROLE_ARN", "")]);
    let open = request(Method::GET, "/o/public/public/x", "");
    let response = ready(service.handle(open, &fake));
    assert_eq!(problem(&response), (500, "misconfigured".to_owned()));
    let log = fake.log.borrow().join("");
    assert!(log.contains("AWS_REGION is missing") && log.contains("AWS_ROLE_ARN is missing"));
    let health = ready(service.handle(request(Method::GET, "/healthz", ""), &fake));
    assert_eq!(health.status(), 200);
    assert_eq!(*health.body(), r#"{"status":"ok"}"#);
}

#[test]
fn a_url_follows_the_clock_past_midnight() {
    let (service, fake) = (service(), Fake::new());
    let day = |response: Response<String>| {
        let url = json(&response)["url"].as_str().unwrap().to_owned();
        url.split_once("X-Amz-Date=").unwrap().1[..8].to_owned()
    };
    fake.grants.set(secs(43_200));
    assert_eq!(day(ready(service.handle(sign(SIGN), &fake))), "20260301");
    fake.pass(secs(12 * 3600 - 1000));
    assert_eq!(day(ready(service.handle(sign(SIGN), &fake))), "20260301");
    fake.pass(secs(1000));
    assert_eq!(day(ready(service.handle(sign(SIGN), &fake))), "20260302");
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(512) })]

    #[test]
    fn every_key_survives_the_way_through_a_path(key in "[^\0]{1,200}") {
        prop_assume!(!key.split('/').any(|segment| matches!(segment, "." | "..")));
        let path = edge_presigner::encode::path(&key).to_string();
        let read = ObjectKey::from_path(&path).unwrap();
        prop_assert_eq!(read.as_str(), key);
    }

    #[test]
    fn no_path_brings_the_worker_down(path in "/(o|v1)?[ -~]{0,80}") {
        if let Ok(uri) = path.parse::<http::Uri>() {
            let mut request = with_key(request(Method::GET, "/", ""));
            *request.uri_mut() = uri;
            prop_assert!(handle(request).status().as_u16() < 500);
        }
    }

    #[test]
    fn no_body_brings_the_worker_down(body in r#"[\[\]{}:,"\\0-9a-z .\u{e9}-]{0,120}"#) {
        prop_assert!(handle(sign(&body)).status().as_u16() < 500);
    }
}
