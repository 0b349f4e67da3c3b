//! Listings are bound to a prefix.

use super::{asked, detail};
use crate::support::answers::parameter;
use crate::support::json as body;
use http::Response;
use serde_json::{Value, json};
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

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
