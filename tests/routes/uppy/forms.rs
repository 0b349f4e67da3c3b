//! `GET s3/params`: how a whole file is uploaded.

use super::{Fake, films, get, limited, succeed, with};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

const FILE: &str = "filename=a+b%2Fc+d.mp4&type=video%2Fmp4&metadata%5Bname%5D=c+d.mp4&metadata%5Btype%5D=video%2Fmp4";

#[test]
fn a_file_gets_a_form_for_a_new_key_of_its_own() {
    let (service, fake) = (films(), Fake::new());
    let path = format!("/uppy/films/s3/params?{FILE}");
    let form = succeed(&service, &fake, get(&path));
    assert_eq!(form["method"], "POST");
    assert_eq!(form["url"], "https://bucket.s3.eu-central-1.amazonaws.com/");
    assert_eq!(form["expires"], 300);
    let fields = &form["fields"];
    assert_eq!(fields["Content-Type"], "video/mp4");
    assert_eq!(fields["success_action_status"], "201");
    assert_eq!(fields["key"], form["key"]);
    let key = form["key"].as_str().unwrap();
    assert!(
        key.starts_with("users/") && key.ends_with("-c_d.mp4"),
        "{key}"
    );
    assert!(!form.to_string().contains("x-amz-meta"), "{form}");
    assert_eq!(form.get("headers"), None);
    let again = succeed(&service, &fake, get(&path));
    assert_ne!(again["key"], form["key"]);
}

#[test]
fn limits_are_conditions_of_the_form() {
    let form = succeed(
        &limited(),
        &Fake::new(),
        get(&format!("/uppy/films/s3/params?{FILE}")),
    );
    let policy = form["fields"]["policy"].as_str().unwrap();
    let policy: Value = serde_json::from_slice(&STANDARD.decode(policy).unwrap()).unwrap();
    let conditions = policy["conditions"].as_array().unwrap();
    for condition in [
        json!(["content-length-range", 10, 100]),
        json!({"Content-Type": "video/mp4"}),
        json!({"key": form["key"]}),
    ] {
        assert!(conditions.contains(&condition), "{policy}");
    }
}

/// Version 5 sends the file itself then; `headers` are those that it sets.
#[test]
fn where_no_form_does_a_file_gets_a_url() {
    for (more, headers) in [
        (
            r#", "endpointUrl": "https://0123.r2.cloudflarestorage.com", "region": "auto""#,
            json!({"content-type": "video/mp4"}),
        ),
        (
            r#", "overwrite": false"#,
            json!({"content-type": "video/mp4", "if-none-match": "*"}),
        ),
    ] {
        let path = format!("/uppy/films/s3/params?{FILE}");
        let url = succeed(&with(more), &Fake::new(), get(&path));
        assert_eq!(url["method"], "PUT");
        assert_eq!(url["headers"], headers);
        assert_eq!(url.get("fields"), None);
        assert!(url["url"].as_str().unwrap().contains("X-Amz-Signature="));
    }
}
