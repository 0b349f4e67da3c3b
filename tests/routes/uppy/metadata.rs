//! Which metadata objects keep.

use super::{Fake, get, post, succeed, with};
use crate::support::answer;
use crate::support::ready;
use crate::support::uploads::{CREATED, expect_invalid};
use serde_json::json;
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

const KEEPING: &str = r#", "uppyMetadata": ["name", "albumId"]"#;

#[test]
fn a_form_keeps_the_named_metadata_and_ignores_the_others() {
    let path = "/uppy/films/s3/params?filename=a&type=a/b&metadata[name]=%C3%9C&metadata[albumId]=7&metadata[%C3%9C]=1&size=5";
    let form = succeed(&with(KEEPING), &Fake::new(), get(path));
    let fields = form["fields"].as_object().unwrap();
    let kept: Vec<_> = fields
        .iter()
        .filter(|it| it.0.starts_with("x-amz-meta-"))
        .collect();
    // printf 'Ü' | base64
    let word = json!("=?UTF-8?B?w5w=?=");
    assert_eq!(
        kept,
        [
            (&"x-amz-meta-albumid".to_owned(), &json!("7")),
            (&"x-amz-meta-name".to_owned(), &word)
        ]
    );
}

#[test]
fn an_upload_in_parts_keeps_the_same_whatever_their_json_is() {
    let service = with(KEEPING);
    for (value, kept) in [
        (json!("Ü"), Some("=?UTF-8?B?w5w=?=")),
        (json!("plain text"), Some("plain text")),
        (json!(7), Some("7")),
        (json!(1.5), Some("1.5")),
        (json!(true), Some("true")),
        (json!(null), None),
    ] {
        let fake = Fake::new();
        fake.s3_will_answer(Ok(answer(200, CREATED)));
        let metadata = json!({"albumId": value, "nested": {"a": [1]}, "Ü": 1});
        let body = json!({"filename": "a", "type": "a/b", "metadata": metadata});
        succeed(&service, &fake, post("/uppy/films/s3/multipart", &body));
        let requests = fake.s3_requests.borrow();
        let headers = requests.last().unwrap().headers();
        let sent = headers
            .get("x-amz-meta-albumid")
            .map(|it| it.to_str().unwrap());
        assert_eq!(sent, kept);
        assert_eq!(headers["content-type"], "a/b");
        assert_eq!(
            headers
                .keys()
                .filter(|it| it.as_str().starts_with("x-amz-meta-"))
                .count(),
            usize::from(kept.is_some())
        );
    }
}

#[test]
fn metadata_that_cannot_be_kept_are_named() {
    for (metadata, named) in [
        (json!({"name": {"a": 1}}), "metadata.name: must be a text"),
        (json!({"name": [1]}), "metadata.name: must be a text"),
        (json!([]), "metadata: must be an object"),
        (json!({"name": "x".repeat(2048)}), "headers.x-amz-meta-…"),
    ] {
        let body = json!({"filename": "a", "type": "a/b", "metadata": metadata});
        let request = post("/uppy/films/s3/multipart", &body);
        expect_invalid(
            &ready(with(KEEPING).handle(request, &Fake::new())),
            named,
            &body,
        );
    }
    let twice = "/uppy/films/s3/params?filename=a&metadata[name]=1&metadata[name]=2";
    let response = ready(with(KEEPING).handle(get(twice), &Fake::new()));
    expect_invalid(&response, "metadata.name: is given twice", &json!(twice));
}
