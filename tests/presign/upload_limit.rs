//! Uploads by those whom a profile does not simply trust: links narrow what can be uploaded, and an upload
//! in parts is its maker's alone.

use crate::support;
use crate::support::jose::{self, ISSUER};
use crate::support::{Fake, KEY_SHA256, NOON_SECS, answer, ready, request, service_with, with_key};
use edge_presigner::profiles::UploadLimit;
use edge_presigner::service::Service;
use http::{HeaderValue, Method, Request, Response};
use serde_json::{Value, json};
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

const LINK_KEY: &str = "bmV3bmV3bmV3bmV3bmV3bmV3bmV3bmV3bmV3bmV3bmU=";
const PARTS: [&str; 2] = ["createMultipartUpload", "uploadPart"];

fn service() -> Service {
    let profile = |prefix: &str, upload: Value| {
        let operations = [&["getObject", "putObject"][..], &PARTS].concat();
        let mut profile = json!({"bucket": "bucket", "keyPrefix": prefix, "operations": operations,
            "callers": ["app", "web", "link"], "maxLifetimeSecs": 60});
        if !upload.is_null() {
            profile["upload"] = upload;
        }
        profile
    };
    let profiles = json!({
        "any": profile("", json!(null)),
        "images": profile("", json!({"minBytes": 10, "maxBytes": 1000, "contentTypes": ["image/*"]})),
    });
    let callers = json!({
        "app": {"bearerSha256": [KEY_SHA256]},
        "web": {"jwt": {"issuer": ISSUER, "audience": "web"}},
    });
    service_with(&[
        ("PROFILES", &profiles.to_string()),
        ("CALLERS", &callers.to_string()),
        ("LINK_KEY", LINK_KEY),
    ])
}

fn post(path: &str, body: &Value) -> Request<String> {
    request(Method::POST, path, &body.to_string())
}

fn handle(request: Request<String>) -> Response<String> {
    ready(service().handle(request, &Fake::new()))
}

/// The path of a link that the caller `app` makes, and the answer when there is none.
fn link(changes: &Value) -> Result<String, Box<Response<String>>> {
    let mut asked = json!({"profile": "any", "keyPrefix": "in/", "operations": ["putObject"]});
    for (name, value) in changes.as_object().unwrap() {
        asked[name] = value.clone();
        if value.is_null() {
            asked.as_object_mut().unwrap().remove(name);
        }
    }
    made(with_key(post("/v1/links", &asked)))
}

fn made(request: Request<String>) -> Result<String, Box<Response<String>>> {
    let response = handle(request);
    if response.status() != 200 {
        return Err(Box::new(response));
    }
    let link = support::json(&response)["link"]
        .as_str()
        .unwrap()
        .to_owned();
    Ok(link.replace("https://presign.example", ""))
}

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

#[test]
fn an_upload_in_parts_is_its_makers_alone() {
    let (service, fake) = (service(), Fake::new());
    fake.publishes(&[jose::ed25519(1).jwk("k1")]);
    let as_user = |sub: &str, mut request: Request<String>| {
        let claims = json!({"iss": ISSUER, "aud": "web", "sub": sub, "exp": NOON_SECS + 600});
        let token = jose::ed25519(1).token(&json!({"alg": "EdDSA", "kid": "k1"}), &claims);
        let value = HeaderValue::from_str(&format!("Bearer {token}")).unwrap();
        request.headers_mut().insert("authorization", value);
        request
    };
    let by = |link: &str, path: &str, body: &Value| post(&format!("{link}{path}"), body);
    let operations = json!({"operations": PARTS});
    let (one, two) = (
        link(&operations).unwrap(),
        link(&json!({"operations": PARTS, "expiresIn": 60})).unwrap(),
    );
    let asked = json!({"profile": "any", "key": "in/a"});
    let create = "/v1/multipart";
    let makers = [
        as_user("ada", post(create, &asked)),
        as_user("bob", post(create, &asked)),
        with_key(post(create, &asked)),
        by(&one, create, &asked),
        by(&two, create, &asked),
    ];
    let handles = makers.map(|request| {
        let created =
            "<InitiateMultipartUploadResult><UploadId>u</UploadId></InitiateMultipartUploadResult>";
        fake.s3_answers
            .borrow_mut()
            .push_back(Ok(answer(200, created)));
        let response = ready(service.handle(request, &fake));
        assert_eq!(response.status(), 200, "{}", response.body());
        support::json(&response)["handle"]
            .as_str()
            .unwrap()
            .to_owned()
    });
    for (maker, handle) in handles.iter().enumerate() {
        let parts = json!({"handle": handle, "parts": [{"partNumber": 1}]});
        let sign = "/v1/multipart/sign";
        let users = [
            as_user("ada", post(sign, &parts)),
            as_user("bob", post(sign, &parts)),
            with_key(post(sign, &parts)),
            by(&one, sign, &parts),
            by(&two, sign, &parts),
        ];
        for (user, request) in users.into_iter().enumerate() {
            let status = ready(service.handle(request, &fake)).status();
            let expected = if user == maker { 200 } else { 403 };
            assert_eq!(status, expected, "{user} with the handle of {maker}");
        }
    }
}

#[test]
fn a_token_that_does_not_say_whose_it_is_begins_no_upload() {
    let (service, fake) = (service(), Fake::new());
    fake.publishes(&[jose::ed25519(1).jwk("k1")]);
    let bearing = |sub: Value, mut request: Request<String>| {
        let claims = json!({"iss": ISSUER, "aud": "web", "sub": sub, "exp": NOON_SECS + 600});
        let token = jose::ed25519(1).token(&json!({"alg": "EdDSA", "kid": "k1"}), &claims);
        let value = HeaderValue::from_str(&format!("Bearer {token}")).unwrap();
        request.headers_mut().insert("authorization", value);
        ready(service.handle(request, &fake))
    };
    for sub in [json!(null), json!(""), json!(7)] {
        for step in ["", "/sign", "/list", "/complete", "/abort"] {
            let asked = json!({"profile": "any", "key": "in/a"});
            let asked = post(&format!("/v1/multipart{step}"), &asked);
            let response = bearing(sub.clone(), asked);
            assert_eq!(response.status(), 403, "{sub} {step}");
            let kind = support::json(&response)["type"].clone();
            assert!(kind.as_str().unwrap().ends_with(":subject-required"));
        }
        // Whatever is nobody's alone can be had.
        let asked = json!({"profile": "any", "operation": "getObject", "key": "in/a"});
        assert_eq!(bearing(sub, post("/v1/sign", &asked)).status(), 200);
    }
    assert!(fake.s3_requests.borrow().is_empty());
}

#[test]
fn of_two_bounds_the_narrower_holds() {
    let limit = |min: u64, max: u64, types: &[&str]| UploadLimit {
        size_bytes: min..=max,
        content_types: types.iter().map(|it| (*it).to_owned()).collect(),
    };
    for (one, other, both) in [
        (limit(1, 9, &[]), limit(5, 20, &[]), Some(limit(5, 9, &[]))),
        (limit(1, 5, &[]), limit(6, 9, &[]), None),
        (
            limit(0, 9, &[]),
            limit(0, 9, &["a/b"]),
            Some(limit(0, 9, &["a/b"])),
        ),
        (
            limit(0, 9, &["a/*"]),
            limit(0, 9, &["a/b", "c/d"]),
            Some(limit(0, 9, &["a/b"])),
        ),
        (
            limit(0, 9, &["a/*"]),
            limit(0, 9, &["a/*"]),
            Some(limit(0, 9, &["a/*"])),
        ),
        (limit(0, 9, &["a/b"]), limit(0, 9, &["a/c"]), None),
    ] {
        assert_eq!(one.and(&other), both);
        assert_eq!(other.and(&one), both);
    }
}
