//! `POST /v1/links`: links that are made, and can only be narrower than their maker.

use crate::support::avatars::{grant, handle, outcome, profiles, refused, service_of};
use crate::support::links::capability;
use crate::support::normalization::{Normalization, normalized};
use crate::support::{self, Fake, NOON_SECS, ready, request, secs, with, with_key};
use http::{Method, Request, Response};
use serde_json::{Value, json};
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

/// The answer to `POST /v1/links`.
fn minted(mut request: Request<String>, changes: Value) -> Response<String> {
    let asked = json!({"profile": "avatars", "keyPrefix": "users/1/", "operations": ["getObject"]});
    *request.body_mut() = with(asked, changes).to_string();
    handle(request)
}

fn as_app() -> Request<String> {
    with_key(request(Method::POST, "/v1/links", ""))
}

#[test]
fn a_caller_makes_a_link_that_works() {
    let response = minted(as_app(), json!({"expiresIn": 600}));
    assert_eq!(response.status(), 200, "{}", response.body());
    assert_eq!(response.headers()["cache-control"], "no-store");
    let link = support::json(&response);
    assert_eq!(link["expiresAt"], "2026-03-01T12:10:00Z");
    assert_eq!(link["expiresIn"], 600);
    assert_eq!(link["profile"], "avatars");
    let text = |name: &str| link[name].as_str().unwrap().to_owned();
    assert_eq!(text("url"), format!("{}/o/avatars/users/1/", text("link")));
    let path = text("url").replace("https://presign.example", "");
    assert_eq!(
        handle(request(Method::GET, &format!("{path}a.png"), "")).status(),
        302
    );
    assert_eq!(
        handle(request(Method::PUT, &format!("{path}a.png"), "")).status(),
        403
    );
}

#[test]
fn a_link_to_a_key_has_it_encoded_in_its_url() {
    let changes = json!({"keyPrefix": null, "key": "users/a b/ü%.png"});
    let url = support::json(&minted(as_app(), changes))["url"]
        .as_str()
        .unwrap()
        .to_owned();
    assert!(
        url.ends_with("/o/avatars/users/a%20b/%C3%BC%25.png"),
        "{url}"
    );
    let path = url.replace("https://presign.example", "");
    assert_eq!(handle(request(Method::GET, &path, "")).status(), 302);
}

/// <https://developers.cloudflare.com/rules/normalization/how-it-works/>
#[test]
fn the_url_of_a_link_still_leads_to_its_key_after_cloudflare_has_normalised_it() {
    let normalization = Normalization::Cloudflare;
    for key in ["users/1//a.png", "users/1/////", "users/1/a\\..\\b; +%2F"] {
        let link = support::json(&minted(as_app(), json!({"keyPrefix": null, "key": key})));
        let url = link["url"].as_str().unwrap();
        let path = normalized(&url.replace("https://presign.example", ""), normalization);
        let response = handle(request(Method::GET, &path, ""));
        assert_eq!(response.status(), 302, "{path}");
        let location = response.headers()["location"].to_str().unwrap();
        let (object, _) = location.split_once('?').unwrap();
        assert!(object.ends_with(&path_of(key)), "{object}");
    }
    let link = support::json(&minted(as_app(), json!({"keyPrefix": "users/1//"})));
    let url = link["url"].as_str().unwrap().to_owned() + "a.png";
    let path = normalized(&url.replace("https://presign.example", ""), normalization);
    let response = handle(request(Method::GET, &path, ""));
    assert_eq!(response.status(), 302, "{path}");
    let location = response.headers()["location"].to_str().unwrap();
    assert!(location.contains("/users/1//a.png?"), "{location}");
}

/// The key in S3's own URL, where nothing is merged.
fn path_of(key: &str) -> String {
    format!("/{}", edge_presigner::encode::path(key))
}

#[test]
fn links_can_only_narrow_what_their_maker_may_do() {
    for (changes, expected) in [
        (json!({"keyPrefix": "other/"}), (403, "not-allowed")),
        (json!({"profile": "others"}), (403, "not-allowed")),
        (json!({"profile": "nothing"}), (403, "not-allowed")),
        (
            json!({"operations": ["getObject", "listObjectsV2"]}),
            (403, "not-allowed"),
        ),
        (
            json!({"profile": "public", "keyPrefix": "public/", "operations": ["putObject"]}),
            (403, "not-allowed"),
        ),
        (json!({"maxLifetimeSecs": 901}), (400, "invalid-request")),
        (json!({"maxLifetimeSecs": 0}), (400, "invalid-request")),
        (json!({"expiresIn": 604_801}), (400, "invalid-request")),
        (json!({"expiresIn": 0}), (400, "invalid-request")),
        (json!({"operations": []}), (400, "invalid-request")),
        (json!({"keyPrefix": "users/1"}), (400, "invalid-request")),
        (
            json!({"keyPrefix": "users/../x/"}),
            (400, "invalid-request"),
        ),
        (json!({"keyPrefix": null}), (400, "invalid-request")),
        (json!({"key": "users/1/x"}), (400, "invalid-request")),
        (json!({"maxUses": 1}), (400, "invalid-request")),
    ] {
        let (status, slug) = expected;
        let response = minted(as_app(), changes.clone());
        assert_eq!(outcome(&response), (status, slug.to_owned()), "{changes}");
    }
    let response = minted(request(Method::POST, "/v1/links", ""), json!({}));
    assert_eq!(outcome(&response), (401, "key-required".to_owned()));
}

#[test]
fn a_link_made_with_a_link_is_no_wider_and_no_longer() {
    let changes = json!({"exp": NOON_SECS + 100, "maxLifetimeSecs": 50});
    let capability = capability(&with(grant(), changes));
    let by_link = || request(Method::POST, &format!("/c/{capability}/v1/links"), "");
    for (changes, status) in [
        (json!({"keyPrefix": "users/"}), 403),
        (json!({"operations": ["deleteObject"]}), 403),
        (json!({"expiresIn": 101}), 400),
        (json!({"maxLifetimeSecs": 51}), 400),
    ] {
        assert_eq!(
            minted(by_link(), changes.clone()).status(),
            status,
            "{changes}"
        );
    }
    let link = support::json(&minted(by_link(), json!({"keyPrefix": "users/1/sub/"})));
    assert_eq!(link["expiresIn"], 100, "no longer than what is left");
    let path = link["url"]
        .as_str()
        .unwrap()
        .replace("https://presign.example", "");
    let response = handle(request(Method::GET, &format!("{path}a?expires=50"), ""));
    assert_eq!(response.status(), 302);
    let response = handle(request(Method::GET, &format!("{path}a?expires=51"), ""));
    assert_eq!(response.status(), 400, "the limit is inherited");
}

#[test]
fn a_profile_without_links_says_so_to_its_callers() {
    let mut closed = profiles();
    closed["avatars"]["callers"] = json!(["app"]);
    let mut asked = as_app();
    let body = json!({"profile": "avatars", "keyPrefix": "users/1/", "operations": ["getObject"]});
    *asked.body_mut() = body.to_string();
    let response = ready(service_of(&closed).handle(asked, &Fake::new()));
    assert_eq!(outcome(&response), refused("no-links"));
}

#[test]
fn links_are_made_without_a_session() {
    let (service, fake) = (service_of(&profiles()), Fake::new());
    let mut asked = as_app();
    let body = json!({"profile": "avatars", "key": "users/1", "operations": ["getObject"]});
    *asked.body_mut() = body.to_string();
    assert_eq!(ready(service.handle(asked, &fake)).status(), 200);
    assert_eq!((fake.sts_calls(), fake.kv_reads.get()), (0, 0));
    fake.pass(secs(1));
}
