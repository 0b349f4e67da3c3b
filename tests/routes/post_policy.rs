//! `POST /v1/post-policy` from request to answer.

use crate::support::{
    Fake, json as body_of, ready, request, secs, service, service_with, with_key,
};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use http::{Method, Request, Response};
use serde_json::{Value, json};
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

fn ask(body: &Value) -> Request<String> {
    with_key(request(Method::POST, "/v1/post-policy", &body.to_string()))
}

fn handle(request: Request<String>) -> Response<String> {
    ready(service().handle(request, &Fake::new()))
}

/// What is asked, with `more` members.
fn asked(more: Value) -> Value {
    let mut body = json!({"profile": "avatars", "key": "users/ada.png"});
    let (members, more) = (body.as_object_mut().unwrap(), more);
    members.extend(more.as_object().unwrap().clone());
    body
}

fn conditions(form: &Value) -> Vec<Value> {
    let policy = form["fields"]["policy"].as_str().unwrap();
    let policy: Value = serde_json::from_slice(&STANDARD.decode(policy).unwrap()).unwrap();
    assert_eq!(policy["expiration"], form["expiresAt"]);
    policy["conditions"].as_array().unwrap().clone()
}

/// The answer to what has to be granted.
fn form(more: Value) -> Value {
    let response = handle(ask(&asked(more)));
    assert_eq!(response.status(), 200, "{}", response.body());
    assert_eq!(response.headers()["cache-control"], "no-store");
    body_of(&response)
}

/// The detail of the answer to what has to be refused.
fn refusal(body: &Value) -> String {
    let response = handle(ask(body));
    assert_eq!(response.status(), 400, "{body}: {}", response.body());
    body_of(&response)["detail"].as_str().unwrap().to_owned()
}

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
fn what_s3_would_not_take_is_refused_by_the_name_of_its_field() {
    for (more, named) in [
        (json!({"key": ""}), "key:"),
        (json!({"key": "users/${filename}/x"}), "key:"),
        (json!({"key": "users/${filename}${filename}"}), "key:"),
        (json!({"key": "users/../${filename}"}), "key:"),
        (
            json!({"key": format!("users/{}${{filename}}", "x".repeat(1018))}),
            "key:",
        ),
        (json!({"expiresIn": 901}), "expiresIn:"),
        (json!({"minBytes": 6, "maxBytes": 5}), "minBytes:"),
        (json!({"maxBytes": 5_368_709_121_u64}), "maxBytes:"),
        (json!({"maxBytes": -1}), "maxBytes:"),
        (json!({"contentType": ""}), "contentType:"),
        (json!({"contentType": "image"}), "contentType:"),
        (json!({"contentType": "image/p*"}), "contentType:"),
        (json!({"contentType": "*"}), "contentType:"),
        (json!({"contentType": "*/png"}), "contentType:"),
        (json!({"contentType": "/*"}), "contentType:"),
        (json!({"contentType": "/png"}), "contentType:"),
        (json!({"contentType": "image/"}), "contentType:"),
        (json!({"contentType": "image/*; a=b"}), "contentType:"),
        (json!({"contentType": "image/${filename}"}), "contentType:"),
        (
            json!({"contentType": "image/png; a=${filename}"}),
            "contentType:",
        ),
        (json!({"contentType": "image/png\r\n"}), "contentType:"),
        (json!({"contentType": "image/\u{e9}"}), "contentType:"),
        (json!({"operation": "putObject"}), "operation:"),
        (json!({"fields": {"acl": 7}}), "fields.acl:"),
        (json!({"fields": {"acl": ""}}), "fields.acl:"),
        (json!({"fields": {"acl": " private"}}), "fields.acl:"),
        (
            json!({"fields": {"acl": "private", "ACL": "private"}}),
            "fields.",
        ),
        (
            json!({"fields": {"Content-Type": "a/b"}}),
            "fields.content-type:",
        ),
        (json!({"fields": {"file": "x"}}), "fields.file:"),
        (json!({"fields": {"key": "x"}}), "fields.key:"),
        (json!({"fields": {"bucket": "x"}}), "fields.bucket:"),
        (json!({"fields": {"policy": "x"}}), "fields.policy:"),
        (json!({"fields": {"x-amz-date": "x"}}), "fields.x-amz-date:"),
        (
            json!({"fields": {"x-amz-security-token": "x"}}),
            "fields.x-amz-security-token:",
        ),
        (
            json!({"fields": {"x-ignore-me": "x"}}),
            "fields.x-ignore-me:",
        ),
        (
            json!({"fields": {"x-amz-meta-": "x"}}),
            "fields.x-amz-meta-:",
        ),
        (
            json!({"fields": {"x-amz-meta-a b": "x"}}),
            "fields.x-amz-meta-a b:",
        ),
        (
            json!({"fields": {"x-amz-meta-a": "\u{e9}"}}),
            "fields.x-amz-meta-a:",
        ),
        (
            json!({"fields": {"x-amz-meta-a": "a${filename}"}}),
            "fields.x-amz-meta-a:",
        ),
        (
            json!({"fields": {"success_action_status": "302"}}),
            "fields.success_action_status:",
        ),
        (
            json!({"fields": {"success_action_redirect": "javascript:x"}}),
            "fields.success_action_redirect:",
        ),
        (
            json!({"fields": {"success_action_redirect": "//evil.example"}}),
            "fields.success_action_redirect:",
        ),
        (
            json!({"fields": {"success_action_redirect": "https://a.example", "success_action_status": "201"}}),
            "fields.success_action_status:",
        ),
        (json!({"fields": {"tagging": "a=b"}}), "fields.tagging:"),
        (
            json!({"fields": {"tagging": format!("<{}", "x".repeat(10_000))}}),
            "fields:",
        ),
        // What a header of putObject may not be, a field may not be either.
        (
            json!({"fields": {"x-amz-meta-long": "x".repeat(2048)}}),
            "fields.x-amz-meta-…:",
        ),
        (
            json!({"fields": {"acl": "public"}}),
            "fields.acl: must be one of",
        ),
        (
            json!({"fields": {"content-md5": "x"}}),
            "fields.content-md5:",
        ),
        (
            json!({"fields": {"expires": "2027-01-01"}}),
            "fields.expires:",
        ),
        (
            json!({"fields": {"x-amz-checksum-crc32": "AAAAAA==", "x-amz-checksum-sha1": "FbEWdqQQJYlHc5Ad+5Nx8X2k7TM="}}),
            "fields.x-amz-checksum-sha1: must not be given together",
        ),
        (
            json!({"fields": {"x-amz-checksum-algorithm": "CRC32"}}),
            "fields.x-amz-checksum-algorithm: needs the checksum itself",
        ),
        (
            json!({"fields": {"x-amz-server-side-encryption-aws-kms-key-id": "k"}}),
            "fields.x-amz-server-side-encryption-aws-kms-key-id: needs",
        ),
        (
            json!({"fields": {"x-amz-server-side-encryption-customer-algorithm": "AES256"}}),
            "fields.x-amz-server-side-encryption-customer-key: is missing",
        ),
        (
            json!({"fields": {"x-amz-website-redirect-location": "javascript:x"}}),
            "fields.x-amz-website-redirect-location:",
        ),
    ] {
        let detail = refusal(&asked(more.clone()));
        assert!(detail.starts_with(named), "{more}: {detail}");
    }
}

#[test]
fn every_media_type_and_field_that_s3_takes_is_taken() {
    for media_type in [
        "image/png",
        "text/plain; charset=utf-8",
        "application/vnd.a+json",
    ] {
        let form = form(json!({"contentType": media_type}));
        assert_eq!(form["fields"]["Content-Type"], media_type);
        assert!(conditions(&form).contains(&json!({"Content-Type": media_type})));
    }
    let any = json!(["starts-with", "$Content-Type", ""]);
    assert!(conditions(&form(json!({"contentType": "*/*"}))).contains(&any));
    for (name, value) in [
        ("acl", "public-read"),
        ("content-md5", "XrY7u+Ae7tCTyyK7j1rNww=="),
        ("success_action_redirect", "http://a.example/b?c#d"),
        (
            "tagging",
            "<Tagging><TagSet><Tag><Key>&#233;</Key><Value/></Tag></TagSet></Tagging>",
        ),
        (
            "x-amz-checksum-SHA256",
            "n4bQgYhMfWWaL+qgxVrQFaO/TxsrC4Is0V1sFbDwCgg=",
        ),
        ("x-amz-server-side-encryption", "aws:kms:dsse"),
        ("x-amz-meta-A.b_c-1", "a  b"),
    ] {
        let form = form(json!({"fields": {name: value}}));
        let fields = form["fields"].as_object().unwrap();
        let sent = fields
            .iter()
            .find(|(sent, _)| sent.eq_ignore_ascii_case(name));
        let (sent, sent_value) = sent.unwrap();
        assert_eq!(sent_value, value);
        assert!(conditions(&form).contains(&json!({sent: value})), "{name}");
    }
}

#[test]
fn the_route_has_one_method_and_one_spelling() {
    let response = handle(with_key(request(Method::GET, "/v1/post-policy", "")));
    assert_eq!(response.status(), 405);
    assert_eq!(response.headers()["allow"], "POST");
    let response = handle(with_key(request(Method::POST, "/v1/post-policy/", "{}")));
    assert_eq!(response.status(), 404);
}
