//! An upload in parts is its maker's alone, whoever that is.

use crate::support::narrowed::{PARTS, link, post, service};
use crate::support::uploads::CREATED;
use crate::support::{self, Fake, NOON_SECS, answer, jose, ready, with_bearer, with_key};
use serde_json::{Value, json};
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

#[test]
fn an_upload_in_parts_is_its_makers_alone() {
    let (service, fake) = (service(), Fake::with_issuer());
    let as_user =
        |sub, request| with_bearer(request, &jose::web_token(&json!(sub), NOON_SECS + 600));
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
        fake.s3_will_answer(Ok(answer(200, CREATED)));
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
    let (service, fake) = (service(), Fake::with_issuer());
    let bearing = |sub: &Value, request| {
        let request = with_bearer(request, &jose::web_token(sub, NOON_SECS + 600));
        ready(service.handle(request, &fake))
    };
    for sub in [json!(null), json!(""), json!(7)] {
        for step in ["", "/sign", "/list", "/complete", "/abort"] {
            let asked = json!({"profile": "any", "key": "in/a"});
            let asked = post(&format!("/v1/multipart{step}"), &asked);
            let response = bearing(&sub, asked);
            assert_eq!(response.status(), 403, "{sub} {step}");
            let kind = support::json(&response)["type"].clone();
            assert!(kind.as_str().unwrap().ends_with(":subject-required"));
        }
        // Whatever is nobody's alone can be had.
        let asked = json!({"profile": "any", "operation": "getObject", "key": "in/a"});
        assert_eq!(bearing(&sub, post("/v1/sign", &asked)).status(), 200);
    }
    assert!(fake.s3_requests.borrow().is_empty());
}
