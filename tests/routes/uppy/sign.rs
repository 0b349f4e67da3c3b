//! `POST sign`: what Uppy's `signRequest` gets. Its requests and answers are those of `PresignableRequest` and
//! `PresignedResponse` in the types of `@uppy/aws-s3` 6.3.1.

use super::{Fake, films, limited, path_of, post, ready, succeed, with};
use crate::support::answers::parameter;
use crate::support::uploads::expect_invalid;
use http::Request;
use serde_json::{Value, json};
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

const KEY: &str = "users/5f0c-a b.mp4";

fn sign(body: &Value) -> Request<String> {
    post("/uppy/films/sign", body)
}

#[test]
fn a_whole_file_gets_a_url_for_a_key_that_the_worker_makes() {
    let asked = json!({"method": "PUT", "key": "../other/a b.mp4", "contentType": "video/mp4"});
    let refused = ready(films().handle(sign(&asked), &Fake::new()));
    expect_invalid(&refused, "key: ", &asked);
    let asked = json!({"method": "PUT", "key": "other/a b.mp4", "contentType": "video/mp4"});
    let signed = succeed(&films(), &Fake::new(), sign(&asked));
    let (url, key) = (
        signed["url"].as_str().unwrap(),
        signed["key"].as_str().unwrap(),
    );
    assert!(
        key.starts_with("users/") && key.ends_with("-a_b.mp4"),
        "{key}"
    );
    assert!(path_of(url).ends_with(key));
    assert_eq!(signed["method"], "PUT");
    // A browser sets the length itself, and scripts cannot.
    assert_eq!(signed["headers"], json!({"content-type": "video/mp4"}));
    assert_eq!(signed["expires"], 300);
    // With `fields`, Uppy posts a form.
    assert_eq!(signed.get("fields"), None);
}

#[test]
fn within_limits_a_whole_file_gets_a_form() {
    let asked = json!({"method": "PUT", "key": "a.mp4", "contentType": "video/mp4"});
    let signed = succeed(&limited(), &Fake::new(), sign(&asked));
    assert_eq!(signed["fields"]["key"], signed["key"]);
    assert_eq!(signed["fields"]["Content-Type"], "video/mp4");
    assert_eq!(signed.get("headers"), None);
}

#[test]
fn within_limits_no_upload_in_parts_begins() {
    let asked = json!({"method": "POST", "key": "a.mp4"});
    let response = ready(limited().handle(sign(&asked), &Fake::new()));
    expect_invalid(&response, "profile: has upload limits", &asked);
    // Nor is a part signed for one that began otherwise.
    let asked = json!({"method": "PUT", "key": KEY, "uploadId": "u", "partNumber": 1});
    let response = ready(limited().handle(sign(&asked), &Fake::new()));
    expect_invalid(&response, "headers.content-length: is missing", &asked);
}

#[test]
fn every_step_in_parts_has_its_url() {
    let service = films();
    let created = succeed(
        &service,
        &Fake::new(),
        sign(&json!({"method": "POST", "key": KEY})),
    );
    let key = created["key"].as_str().unwrap();
    assert!(
        key.starts_with("users/") && key.ends_with("-5f0c-a_b.mp4"),
        "{key}"
    );
    assert_eq!(
        parameter(created["url"].as_str().unwrap(), "uploads").as_deref(),
        Some("")
    );
    for (method, part, upload) in [
        ("PUT", Some(3), "S3's id"),
        ("GET", None, "S3's id"),
        ("POST", None, "S3's id"),
        ("DELETE", None, "S3's id"),
    ] {
        let mut asked = json!({"method": method, "key": KEY, "uploadId": upload});
        if let Some(part) = part {
            asked["partNumber"] = json!(part);
        }
        let signed = succeed(&service, &Fake::new(), sign(&asked));
        let url = signed["url"].as_str().unwrap();
        assert_eq!(signed["method"], method);
        assert_eq!(signed["key"], KEY);
        assert_eq!(parameter(url, "uploadId").as_deref(), Some(upload));
        assert_eq!(
            parameter(url, "partNumber"),
            part.map(|part| part.to_string())
        );
    }
    let deleted = succeed(
        &service,
        &Fake::new(),
        sign(&json!({"method": "DELETE", "key": KEY})),
    );
    assert_eq!(
        parameter(deleted["url"].as_str().unwrap(), "uploadId"),
        None
    );
}

#[test]
fn a_profile_that_does_not_overwrite_has_that_condition_in_the_headers() {
    let service = with(r#", "overwrite": false"#);
    for asked in [
        json!({"method": "PUT", "key": "a"}),
        json!({"method": "POST", "key": KEY, "uploadId": "u"}),
    ] {
        let signed = succeed(&service, &Fake::new(), sign(&asked));
        assert_eq!(signed["headers"], json!({"if-none-match": "*"}));
    }
}

#[test]
fn keys_outside_and_what_is_missing_are_refused() {
    let service = films();
    let asked = json!({"method": "PUT", "key": "other/a", "uploadId": "u", "partNumber": 1});
    assert_eq!(
        ready(service.handle(sign(&asked), &Fake::new())).status(),
        403
    );
    for (asked, named) in [
        (json!({"key": "a"}), "method: is missing"),
        (
            json!({"method": "HEAD", "key": "a"}),
            "method: must be one of",
        ),
        (json!({"method": "PUT"}), "key: is missing"),
        (
            json!({"method": "PUT", "key": KEY, "uploadId": "u"}),
            "partNumber: is missing",
        ),
        (json!({"method": "GET", "key": KEY}), "uploadId: is missing"),
        (
            json!({"method": "PUT", "key": "a", "expiresIn": 901}),
            "expiresIn: must be 1 to 900",
        ),
    ] {
        expect_invalid(
            &ready(service.handle(sign(&asked), &Fake::new())),
            named,
            &asked,
        );
    }
}
