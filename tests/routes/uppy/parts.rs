//! An upload in parts from the first step to the last.

use super::{Fake, begin, complete_with, films, get, listed, path_of, post, request, succeed};
use crate::support::answer;
use crate::support::answers::parameter;
use crate::support::uploads::{COMPLETED, last_url};
use crate::support::with_key;
use http::Method;
use serde_json::json;
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

#[test]
fn the_handle_is_the_upload_id_and_the_worker_makes_the_key() {
    let (service, fake) = (films(), Fake::new());
    let begun = begin(&service, &fake);
    assert!(begun.key.starts_with("users/") && begun.key.ends_with("-a_b.mp4"));
    assert!(
        !begun.path.contains("upload-1"),
        "S3's own id is in the handle: {}",
        begun.path
    );
    let sent = last_url(&fake);
    assert!(path_of(&sent).ends_with(&begun.key), "{sent}");
}

#[test]
fn each_part_has_a_url_that_lives_as_long_as_it_says() {
    let (service, fake) = (films(), Fake::new());
    let begun = begin(&service, &fake);
    for number in [1, 10_000] {
        let part = succeed(&service, &fake, get(&begun.step(&format!("/{number}"))));
        let url = part["url"].as_str().unwrap();
        let of = |name: &str| parameter(url, name);
        assert_eq!(of("uploadId").as_deref(), Some("upload-1"));
        assert_eq!(of("partNumber"), Some(number.to_string()));
        assert_eq!(of("X-Amz-SignedHeaders").as_deref(), Some("host"));
        assert_eq!(of("X-Amz-Expires"), Some(part["expires"].to_string()));
        assert_eq!(part["expires"], 300);
    }
}

#[test]
fn all_pages_of_the_list_are_one_array() {
    let (service, fake) = (films(), Fake::new());
    let begun = begin(&service, &fake);
    fake.s3_will_answer(Ok(listed(&[(1, 5, "\"a\""), (2, 6, "b")], Some(2))));
    fake.s3_will_answer(Ok(listed(&[(7, 3, "\"c\"")], None)));
    let parts = succeed(&service, &fake, get(&begun.step("")));
    assert_eq!(
        parts,
        json!([
            {"PartNumber": 1, "Size": 5, "ETag": "\"a\""},
            {"PartNumber": 2, "Size": 6, "ETag": "\"b\""},
            {"PartNumber": 7, "Size": 3, "ETag": "\"c\""},
        ])
    );
    assert_eq!(
        parameter(&last_url(&fake), "part-number-marker").as_deref(),
        Some("2")
    );
}

#[test]
fn a_list_that_never_ends_is_no_answer_of_s3() {
    let (service, fake) = (films(), Fake::new());
    let begun = begin(&service, &fake);
    for _ in 0..2 {
        fake.s3_will_answer(Ok(listed(&[(1, 5, "a")], Some(1))));
    }
    let response = super::ready(service.handle(get(&begun.step("")), &fake));
    assert_eq!(response.status(), 502, "{}", response.body());
}

/// Version 6 sends `ETag`s without their quotes, and those of a list as they were listed.
#[test]
fn the_object_is_assembled_and_the_answer_says_where_it_is() {
    let (service, fake) = (films(), Fake::new());
    let begun = begin(&service, &fake);
    fake.s3_will_answer(Ok(answer(200, COMPLETED)));
    let body = complete_with(&[(1, "a"), (2, "\"b\"")]);
    let done = succeed(&service, &fake, post(&begun.step("/complete"), &body));
    let location = format!("https://bucket.s3.eu-central-1.amazonaws.com/{}", begun.key);
    assert_eq!(
        done,
        json!({"location": location, "key": begun.key, "bucket": "bucket"})
    );
    let requests = fake.s3_requests.borrow();
    let sent = requests.last().unwrap();
    assert!(
        sent.body()
            .contains("<ETag>&quot;a&quot;</ETag><PartNumber>1<"),
        "{}",
        sent.body()
    );
    assert!(!sent.headers().contains_key("x-amz-mp-object-size"));
}

/// Version 5 reads the body of this answer, which 204 does not have.
#[test]
fn an_upload_that_is_aborted_is_answered_with_an_empty_object() {
    let (service, fake) = (films(), Fake::new());
    let begun = begin(&service, &fake);
    fake.s3_will_answer(Ok(answer(204, "")));
    let aborted = with_key(request(Method::DELETE, &begun.step(""), ""));
    assert_eq!(succeed(&service, &fake, aborted), json!({}));
    let requests = fake.s3_requests.borrow();
    let sent = requests.last().unwrap();
    assert_eq!(sent.method(), Method::DELETE);
    assert!(sent.uri().to_string().contains("uploadId=upload-1"));
}
