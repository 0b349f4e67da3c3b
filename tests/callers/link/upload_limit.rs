//! Links narrow what can be uploaded with them.

use crate::support;
use crate::support::narrowed::{handle, link, made, post};
use serde_json::{Value, json};
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

/// The status of an upload by `link` with these headers, and what is wrong.
fn put(link: &str, profile: &str, headers: &Value) -> (u16, String) {
    let body =
        json!({"profile": profile, "operation": "putObject", "key": "in/a", "headers": headers});
    let response = handle(post(&format!("{link}/v1/sign"), &body));
    let detail = support::json(&response)["detail"]
        .as_str()
        .unwrap_or_default()
        .to_owned();
    (response.status().as_u16(), detail)
}

#[test]
fn a_link_can_bound_what_is_uploaded_with_it() {
    let upload = json!({"maxBytes": 100, "contentTypes": ["image/png"]});
    let link = link(&json!({"upload": upload})).unwrap();
    let length = |bytes: &str| json!({"content-length": bytes, "content-type": "image/png"});
    assert_eq!(put(&link, "any", &length("100")).0, 200);
    for (headers, wrong) in [
        (length("101"), "headers.content-length"),
        (
            json!({"content-type": "image/png"}),
            "headers.content-length",
        ),
        (json!({"content-length": "1"}), "headers.content-type"),
        (
            json!({"content-length": "1", "content-type": "text/html"}),
            "headers.content-type",
        ),
    ] {
        let (status, detail) = put(&link, "any", &headers);
        assert_eq!(status, 400, "{headers}");
        assert!(detail.starts_with(wrong), "{headers}: {detail}");
    }
}

#[test]
fn the_profiles_bounds_hold_for_links_as_well() {
    let upload = json!({"maxBytes": 5000, "contentTypes": ["image/png", "text/html"]});
    let link = link(&json!({"profile": "images", "upload": upload})).unwrap();
    let asked = |bytes: &str, kind: &str| {
        put(
            &link,
            "images",
            &json!({"content-length": bytes, "content-type": kind}),
        )
        .0
    };
    assert_eq!(asked("1000", "image/png"), 200);
    assert_eq!(asked("1001", "image/png"), 400);
    assert_eq!(asked("9", "image/png"), 400);
    assert_eq!(asked("100", "image/gif"), 400);
    assert_eq!(asked("100", "text/html"), 400);
}

#[test]
fn bounds_that_have_nothing_in_common_let_nothing_through() {
    for upload in [
        json!({"maxBytes": 9}),
        json!({"minBytes": 2000, "maxBytes": 3000}),
        json!({"maxBytes": 100, "contentTypes": ["text/html"]}),
    ] {
        let link = link(&json!({"profile": "images", "upload": upload})).unwrap();
        let headers = json!({"content-length": "50", "content-type": "image/png"});
        assert_eq!(put(&link, "images", &headers).0, 403, "{upload}");
    }
}

#[test]
fn a_link_made_with_a_link_keeps_its_bounds() {
    let outer = link(&json!({"upload": {"maxBytes": 100}})).unwrap();
    let inner = |upload: Value| {
        let mut asked = json!({"profile": "any", "keyPrefix": "in/", "operations": ["putObject"]});
        if !upload.is_null() {
            asked["upload"] = upload;
        }
        made(post(&format!("{outer}/v1/links"), &asked))
    };
    for upload in [json!(null), json!({"maxBytes": 5000})] {
        let inner = inner(upload).unwrap();
        assert_eq!(put(&inner, "any", &json!({"content-length": "100"})).0, 200);
        assert_eq!(put(&inner, "any", &json!({"content-length": "101"})).0, 400);
    }
    let narrower = inner(json!({"maxBytes": 10})).unwrap();
    assert_eq!(
        put(&narrower, "any", &json!({"content-length": "11"})).0,
        400
    );
    let refused = inner(json!({"minBytes": 101, "maxBytes": 200})).unwrap_err();
    assert_eq!(refused.status(), 403);
}

#[test]
fn bounds_that_make_no_sense_are_refused_by_name() {
    for upload in [
        json!({}),
        json!({"maxBytes": 1, "minBytes": 2}),
        json!({"maxBytes": 1, "contentTypes": ["image"]}),
        json!({"maxBytes": 1, "contentTypes": "image/png"}),
        json!({"maxBytes": 1, "maxParts": 1}),
    ] {
        let response = link(&json!({"upload": upload})).unwrap_err();
        assert_eq!(response.status(), 400, "{upload}");
        let detail = support::json(&response)["detail"]
            .as_str()
            .unwrap()
            .to_owned();
        assert!(detail.starts_with("upload"), "{detail}");
    }
}

#[test]
fn a_link_to_one_key_gives_no_form_for_others() {
    let one = link(&json!({"keyPrefix": null, "key": "in/a"})).unwrap();
    let all = link(&json!({})).unwrap();
    let form = |link: &str, key: &str| {
        let body = json!({"profile": "any", "key": key, "maxBytes": 100});
        handle(post(&format!("{link}/v1/post-policy"), &body))
            .status()
            .as_u16()
    };
    assert_eq!(form(&one, "in/a"), 200);
    assert_eq!(form(&one, "in/a${filename}"), 403);
    assert_eq!(form(&one, "in/${filename}"), 403);
    assert_eq!(form(&all, "in/a"), 200);
    assert_eq!(form(&all, "in/${filename}"), 200);
    assert_eq!(form(&all, "${filename}"), 403);
    assert_eq!(form(&all, "out/${filename}"), 403);
}
