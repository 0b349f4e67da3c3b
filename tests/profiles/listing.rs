//! Listings are bound to a prefix.

use super::{asked, detail};
use crate::support::answers::parameter;
use crate::support::principals::{Proof, proof, service};
use crate::support::{Fake, json as body};
use http::{Method, Response};
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
        "key: is not a parameter of listObjectsV2"
    );
    let whole = asked("whole", "listObjectsV2", &json!({"maxKeys": 5}));
    let url = body(&whole)["url"].as_str().unwrap().to_owned();
    assert!(
        url.starts_with("https://s3.eu-central-1.amazonaws.com/bucket?"),
        "{url}"
    );
    assert_eq!(parameter(&url, "prefix"), None);
    // For S3 an empty one is none: https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectsV2.html
    let empty = json!({"prefix": "", "delimiter": "", "startAfter": ""});
    let root = asked("whole", "listObjectsV2", &empty);
    let url = body(&root)["url"].as_str().unwrap().to_owned();
    for name in ["prefix", "delimiter", "start-after"] {
        assert_eq!(parameter(&url, name).as_deref(), Some(""), "{url}");
    }
    let empty = json!({"delimiter": "", "startAfter": ""});
    assert_eq!(prefix_of(&list(empty)).unwrap(), "users/");
    let refused = list(json!({"continuationToken": ""}));
    assert_eq!(detail(&refused), "continuationToken: must not be empty");
    let misplaced = asked("kept", "getObject", &json!({"key": "x", "prefix": ""}));
    assert_eq!(
        detail(&misplaced),
        "prefix: is not a parameter of getObject"
    );
    // Only where it is opened.
    assert_eq!(asked("kept", "listObjectsV2", &json!({})).status(), 403);
}

/// The status of a request to list `prefix` of `users`, and the prefix that the URL is signed for.
fn listed(proof: &Proof, prefix: Option<&str>) -> (u16, Option<String>) {
    let mut asked = json!({"profile": "users", "operation": "listObjectsV2"});
    if let Some(prefix) = prefix {
        asked["prefix"] = json!(prefix);
    }
    let route = (Method::POST, "/v1/sign");
    let response = proof.send(&service(), &Fake::with_issuer(), route, &asked);
    let answer = body(&response);
    let signed = answer["url"].as_str();
    let signed = signed.and_then(|url| parameter(url, "prefix"));
    (response.status().as_u16(), signed)
}

#[test]
fn a_listing_is_bound_to_what_the_caller_may_see() {
    let own = |who: &str| Some(format!("users/{who}/"));
    assert_eq!(listed(&proof("ada"), None), (200, own("ada")));
    assert_eq!(listed(&proof("bob"), None), (200, own("bob")));
    assert_eq!(
        listed(&proof("ada"), Some("users/ada/x")),
        (200, Some("users/ada/x".to_owned()))
    );
    assert_eq!(listed(&proof("ada's link"), None), (200, own("ada")));
    for (who, prefix) in [
        ("ada", "users/bob/"),
        ("ada", "users/ada"),
        ("ada", "users/"),
        ("ada's link", "users/bob/"),
        ("ada's link", "users/"),
        ("link to one key", "users/ada/a"),
    ] {
        assert_eq!(
            listed(&proof(who), Some(prefix)),
            (403, None),
            "{who} {prefix}"
        );
    }
    let to_list_one_key = Proof::link("users", ("key", "users/ada/a"), &["listObjectsV2"]);
    for link in [to_list_one_key, proof("link to one key")] {
        assert_eq!(listed(&link, Some("users/ada/a")), (403, None));
        assert_eq!(listed(&link, None), (403, None));
    }
    assert_eq!(listed(&proof("nobody"), None), (401, None));
}
