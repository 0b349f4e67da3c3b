//! Forms, and who gets one.

use super::{ask, asked, conditions, form, handle};
use crate::support::{Fake, json as body_of, ready, request, secs, service_with, with_key};
use http::Method;
use serde_json::{Value, json};
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

#[test]
fn the_answer_is_a_form_with_its_end_and_everything_that_it_may_do() {
    let form = form(json!({
        "expiresIn": 600, "minBytes": 1, "maxBytes": 10, "contentType": "image/*",
        "fields": {"X-Amz-Meta-Owner": "ada", "cache-control": "no-cache", "success_action_status": "201"},
    }));
    assert_eq!(form["url"], "https://bucket.s3.eu-central-1.amazonaws.com/");
    assert_eq!(form["profile"], "avatars");
    assert_eq!(form["key"], "users/ada.png");
    assert_eq!(form["expiresAt"], "2026-03-01T12:10:00Z");
    assert_eq!(form["expiresIn"], 600);
    for expected in [
        json!({"bucket": "bucket"}),
        json!({"key": "users/ada.png"}),
        json!(["starts-with", "$Content-Type", "image/"]),
        json!(["content-length-range", 1, 10]),
        json!({"Cache-Control": "no-cache"}),
        json!({"success_action_status": "201"}),
        json!({"x-amz-meta-owner": "ada"}),
        json!({"x-amz-algorithm": "AWS4-HMAC-SHA256"}),
        json!({"x-amz-credential": "ASIA1/20260301/eu-central-1/s3/aws4_request"}),
        json!({"x-amz-date": "20260301T120000Z"}),
        json!({"x-amz-security-token": "session/token+1=="}),
    ] {
        assert!(conditions(&form).contains(&expected), "{expected}");
    }
    assert_eq!(conditions(&form).len(), 11);
    assert_eq!(form["fields"]["x-amz-meta-owner"], "ada");
    assert_eq!(form["fields"]["Content-Type"], Value::Null);
}

#[test]
fn a_key_with_the_name_of_the_file_is_bound_to_what_stands_before_it() {
    let form = form(json!({"key": "users/ada/${filename}"}));
    assert_eq!(form["fields"]["key"], "users/ada/${filename}");
    assert!(conditions(&form).contains(&json!(["starts-with", "$key", "users/ada/"])));
}

#[test]
fn one_bound_of_the_size_brings_the_other() {
    let range = |more| {
        conditions(&form(more))
            .into_iter()
            .find(|it| it[0] == "content-length-range")
    };
    assert_eq!(
        range(json!({"maxBytes": 5})),
        Some(json!(["content-length-range", 0, 5]))
    );
    let to_the_end = json!(["content-length-range", 5, 5_368_709_120_u64]);
    assert_eq!(range(json!({"minBytes": 5})), Some(to_the_end));
    assert_eq!(range(json!({})), None);
}

#[test]
fn a_form_lives_within_its_window_and_session_as_a_url_does() {
    let profiles = r#"{"avatars": {"bucket": "bucket", "keyPrefix": "users/", "callers": ["app"],
        "operations": ["putObject"], "maxLifetimeSecs": 900, "windowSecs": 300}}"#;
    let (service, fake) = (service_with(&[("PROFILES", profiles)]), Fake::new());
    let body = asked(json!({"expiresIn": 600}));
    let first = ready(service.handle(ask(&body), &fake));
    fake.pass(secs(299));
    let second = ready(service.handle(ask(&body), &fake));
    assert_eq!(body_of(&first)["fields"], body_of(&second)["fields"]);
    assert_eq!(body_of(&second)["expiresAt"], "2026-03-01T12:15:00Z");
    assert_eq!(body_of(&second)["expiresIn"], 601);

    let short = Fake::new();
    short.grants.set(secs(120));
    let response = ready(service_with(&[("PROFILES", profiles)]).handle(ask(&body), &short));
    assert_eq!(response.status(), 422, "{}", response.body());
}

const LIMITED: &str = r#"{"avatars": {"bucket": "bucket", "keyPrefix": "users/", "callers": ["app"],
    "operations": ["putObject"], "maxLifetimeSecs": 900,
    "upload": {"minBytes": 10, "maxBytes": 100, "contentTypes": ["image/*", "application/pdf"]}}}"#;

#[test]
fn the_upload_limit_of_the_profile_bounds_the_form() {
    let service = service_with(&[("PROFILES", LIMITED)]);
    let ask_limited = |more: Value| ready(service.handle(ask(&asked(more)), &Fake::new()));
    for (more, range) in [
        (json!({"contentType": "image/png"}), [10, 100]),
        (
            json!({"contentType": "application/pdf", "maxBytes": 50}),
            [10, 50],
        ),
        (json!({"contentType": "image/*", "minBytes": 20}), [20, 100]),
        (
            json!({"contentType": "Image/*", "minBytes": 10, "maxBytes": 100}),
            [10, 100],
        ),
    ] {
        let form = body_of(&ask_limited(more));
        let expected = json!(["content-length-range", range[0], range[1]]);
        assert!(conditions(&form).contains(&expected), "{expected}");
    }
    for (more, named) in [
        (
            json!({"contentType": "image/png", "maxBytes": 101}),
            "maxBytes:",
        ),
        (
            json!({"contentType": "image/png", "minBytes": 9}),
            "minBytes:",
        ),
        (
            json!({"contentType": "image/png", "minBytes": 60, "maxBytes": 50}),
            "minBytes:",
        ),
        (json!({}), "contentType:"),
        (json!({"contentType": "text/html"}), "contentType:"),
        (json!({"contentType": "application/*"}), "contentType:"),
        (json!({"contentType": "*/*"}), "contentType:"),
        (
            json!({"contentType": "image/png,text/html"}),
            "contentType:",
        ),
    ] {
        let response = ask_limited(more.clone());
        assert_eq!(response.status(), 400, "{more}: {}", response.body());
        let detail = body_of(&response)["detail"].to_string();
        assert!(
            detail.starts_with(&format!("\"{named}")),
            "{more}: {detail}"
        );
    }
}

#[test]
fn only_who_may_put_every_key_of_the_form_gets_one() {
    for (profile, key) in [
        ("avatars", "${filename}"),
        ("avatars", "user${filename}"),
        ("avatars", "other/${filename}"),
        ("avatars", "Users/ada.png"),
        ("public", "public/x"),
        ("others", "x"),
        ("nothing", "x"),
    ] {
        let body = json!({"profile": profile, "key": key});
        let response = handle(ask(&body));
        assert_eq!(response.status(), 403, "{body}");
        let anonymous = request(Method::POST, "/v1/post-policy", &body.to_string());
        assert_eq!(handle(anonymous).status(), 401, "{body}");
    }
    // A prefix that looks like the file's name does not stand for it.
    let profiles = r#"{"avatars": {"bucket": "bucket", "keyPrefix": "$", "callers": ["app"],
        "operations": ["putObject"], "maxLifetimeSecs": 900}}"#;
    let service = service_with(&[("PROFILES", profiles)]);
    let body = json!({"profile": "avatars", "key": "${filename}"});
    assert_eq!(
        ready(service.handle(ask(&body), &Fake::new())).status(),
        403
    );
}

#[test]
fn the_route_has_one_method_and_one_spelling() {
    let response = handle(with_key(request(Method::GET, "/v1/post-policy", "")));
    assert_eq!(response.status(), 405);
    assert_eq!(response.headers()["allow"], "POST");
    let response = handle(with_key(request(Method::POST, "/v1/post-policy/", "{}")));
    assert_eq!(response.status(), 404);
}

/// R2 documents GET, HEAD, PUT and DELETE, and no forms: <https://developers.cloudflare.com/r2/api/s3/presigned-urls/>. The
/// endpoints are those of <https://developers.cloudflare.com/r2/reference/data-location/>.
#[test]
fn r2_has_no_forms_in_any_jurisdiction() {
    for (endpoint, style, refused) in [
        ("https://0123abc.r2.cloudflarestorage.com", "auto", true),
        ("https://0123abc.r2.cloudflarestorage.com:443", "path", true),
        ("https://0123abc.R2.cloudflarestorage.com", "virtual", true),
        ("https://0123abc.eu.r2.cloudflarestorage.com", "auto", true),
        (
            "https://0123abc.eu.r2.cloudflarestorage.com",
            "virtual",
            true,
        ),
        (
            "https://0123abc.fedramp.r2.cloudflarestorage.com",
            "auto",
            true,
        ),
        ("https://r2.cloudflarestorage.com.example", "auto", false),
        ("https://minio.example.com", "auto", false),
    ] {
        let profiles = json!({"avatars": {
            "bucket": "bucket", "keyPrefix": "users/", "callers": ["app"], "operations": ["putObject"],
            "maxLifetimeSecs": 900,
            "endpointUrl": endpoint, "region": "auto", "addressingStyle": style,
        }});
        let service = service_with(&[("PROFILES", &profiles.to_string())]);
        let response = ready(service.handle(ask(&asked(json!({}))), &Fake::new()));
        if refused {
            assert_eq!(response.status(), 400, "{endpoint} {}", response.body());
            let detail = body_of(&response)["detail"].as_str().unwrap().to_owned();
            assert!(detail.starts_with("profile: "), "{detail}");
            assert!(detail.contains("R2") && detail.contains("/v1/sign"));
        } else {
            assert_eq!(response.status(), 200, "{endpoint} {}", response.body());
        }
    }
}
