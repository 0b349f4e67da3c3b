//! `POST /v1/sign/batch`: every item for itself, and one session for all.

use crate::support::{
    self, Fake, json as body, ready, request, secs, service, service_with, sign, with_key,
};
use edge_presigner::platform::HttpError;
use edge_presigner::routes::batch::{MAX_BATCH_BYTES, MAX_BATCH_ITEMS};
use http::{Method, Request, Response};
use serde_json::{Value, json};
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

fn batch(items: &Value) -> Request<String> {
    let body = json!({ "items": items }).to_string();
    with_key(request(Method::POST, "/v1/sign/batch", &body))
}

fn get(key: &str) -> Value {
    json!({"profile": "avatars", "operation": "getObject", "key": key})
}

fn slug(item: &Value) -> &str {
    let kind = item["problem"]["type"].as_str().unwrap();
    kind.rsplit(':').next().unwrap()
}

#[test]
fn each_item_gets_what_it_would_get_alone() {
    let (service, fake) = (service(), Fake::new());
    let asked = [
        get("users/a"),
        json!({"profile": "avatars", "operation": "putObject", "key": "users/b", "expiresIn": 900,
            "headers": {"content-type": "image/png"}}),
        json!({"profile": "public", "operation": "getObject", "key": "public/c", "download": "c.txt"}),
        get("others/a"),
        json!({"profile": "avatars", "operation": "getObject", "key": "users/a", "colour": "red"}),
        json!({"profile": "avatars", "operation": "getObject", "key": "users/../a"}),
        json!({"profile": "avatars", "operation": "getObject", "key": "users/a", "expiresIn": 901}),
        json!({"profile": "avatars", "operation": "getObject", "key": "users/a", "headers": {"x": "y"}}),
        json!(7),
    ];
    let together = ready(service.handle(batch(&json!(asked)), &fake));
    assert_eq!(together.status(), 200);
    assert_eq!(together.headers()["cache-control"], "no-store");
    let together = body(&together);
    let items = together["items"].as_array().unwrap();
    assert_eq!(items.len(), asked.len());
    for (item, asked) in items.iter().zip(&asked) {
        let alone = ready(service.handle(sign(&asked.to_string()), &fake));
        if alone.status() == 200 {
            assert_eq!(item, &body(&alone));
        } else if asked.is_object() {
            assert_eq!(item["problem"], body(&alone));
        } else {
            assert_eq!(slug(item), "invalid-request");
            assert_eq!(item["problem"]["detail"], "body: must be an object");
        }
    }
    let refused = items.iter().filter(|item| item.get("problem").is_some());
    assert_eq!(refused.count(), 6);
    assert_eq!(items[4]["problem"]["detail"], "colour: is not known here");
}

#[test]
fn all_items_share_one_look_into_kv_and_one_call_to_sts() {
    let (service, fake) = (service(), Fake::new());
    let items: Vec<Value> = (0..MAX_BATCH_ITEMS)
        .map(|n| {
            let mut item = get(&format!("users/{n}"));
            item["expiresIn"] = json!(1 + n);
            item
        })
        .collect();
    let answer = body(&ready(service.handle(batch(&json!(items)), &fake)));
    let urls = answer["items"].as_array().unwrap().iter();
    assert_eq!(
        urls.filter(|item| item["url"].is_string()).count(),
        MAX_BATCH_ITEMS
    );
    assert_eq!((fake.sts_calls(), fake.kv_reads.get()), (1, 1));
}

#[test]
fn a_life_that_no_session_can_give_does_not_cost_the_others_theirs() {
    let fake = Fake::new();
    fake.grants.set(secs(600));
    let mut long = get("users/long");
    long["expiresIn"] = json!(900);
    let mut short = get("users/short");
    short["expiresIn"] = json!(500);
    let asked = json!([get("users/default"), long, short]);
    let service = service();
    let answer = body(&ready(service.handle(batch(&asked), &fake)));
    assert_eq!(answer["items"][0]["expiresIn"], 300);
    assert_eq!(slug(&answer["items"][1]), "lifetime-unavailable");
    assert_eq!(answer["items"][2]["expiresIn"], 500);
    assert_eq!(fake.sts_calls(), 1);
    // With a session that is too short for one of them, it is renewed once.
    fake.pass(secs(200));
    let answer = body(&ready(service.handle(batch(&asked), &fake)));
    assert_eq!(answer["items"][2]["expiresIn"], 500);
    assert_eq!(fake.sts_calls(), 2);
}

#[test]
fn when_sts_is_silent_all_fail_after_one_exchange() {
    let (service, fake) = (service(), Fake::new());
    for _ in 0..100 {
        fake.will_answer(Err(HttpError::Timeout));
    }
    let items: Vec<Value> = (0..50).map(|n| get(&format!("users/{n}"))).collect();
    let answer = body(&ready(service.handle(batch(&json!(items)), &fake)));
    let items = answer["items"].as_array().unwrap();
    assert!(items.iter().all(|item| slug(item) == "sts-unreachable"));
    assert_eq!(fake.sts_calls(), 3, "one exchange makes three calls");
}

#[test]
fn a_role_that_fails_does_not_cost_another_its_urls() {
    let profile = |role: &str| {
        format!(
            r#"{{"bucket":"bucket","keyPrefix":"","callers":["app"],"operations":["getObject"],
            "maxLifetimeSecs":900,"roleArn":"arn:aws:iam::123456789012:role/{role}"}}"#
        )
    };
    let profiles = format!(r#"{{"a":{},"b":{}}}"#, profile("a"), profile("b"));
    let service = service_with(&[("PROFILES", &profiles)]);
    let fake = Fake::new();
    fake.will_answer(Ok(support::answer(
        403,
        "<Error><Code>AccessDenied</Code></Error>",
    )));
    let item = |profile| json!({"profile": profile, "operation": "getObject", "key": "k"});
    let asked = json!([item("a"), item("b"), item("a")]);
    let answer = body(&ready(service.handle(batch(&asked), &fake)));
    assert_eq!(slug(&answer["items"][0]), "sts-refused");
    assert!(answer["items"][1]["url"].is_string(), "{answer}");
    assert_eq!(slug(&answer["items"][2]), "sts-refused");
}

fn refusal(response: &Response<String>) -> (u16, String) {
    let detail = body(response)["detail"].as_str().unwrap().to_owned();
    (response.status().as_u16(), detail)
}

#[test]
fn what_is_no_batch_is_refused_as_a_whole() {
    let handle = |request| ready(service().handle(request, &Fake::new()));
    let many: Vec<Value> = (0..=MAX_BATCH_ITEMS).map(|_| get("users/a")).collect();
    for (items, detail) in [
        (json!([]), "items: must be 1 to 100 objects"),
        (json!(many), "items: must be 1 to 100 objects"),
        (json!({}), "items: must be a list"),
        (json!(null), "items: must be a list"),
    ] {
        assert_eq!(refusal(&handle(batch(&items))), (400, detail.to_owned()));
    }
    for (text, detail) in [
        ("{}", "items: is missing"),
        (
            r#"{"items":[],"profile":"p"}"#,
            "profile: is not known here",
        ),
    ] {
        let response = handle(with_key(request(Method::POST, "/v1/sign/batch", text)));
        assert_eq!(refusal(&response), (400, detail.to_owned()));
    }
    let large = " ".repeat(MAX_BATCH_BYTES + 1);
    let response = handle(with_key(request(Method::POST, "/v1/sign/batch", &large)));
    assert_eq!(response.status(), 413);
    let response = handle(with_key(request(Method::GET, "/v1/sign/batch", "")));
    assert_eq!(response.status(), 405);
    assert_eq!(response.headers()["allow"], "POST");
}

#[test]
fn a_batch_needs_a_known_key_only_for_what_is_not_open() {
    let asked = json!([
        {"profile": "public", "operation": "getObject", "key": "public/c"},
        get("users/a"),
    ]);
    let mut anonymous = batch(&asked);
    anonymous.headers_mut().remove("authorization");
    let answer = body(&ready(service().handle(anonymous, &Fake::new())));
    assert!(answer["items"][0]["url"].is_string());
    assert_eq!(slug(&answer["items"][1]), "key-required");
    let mut unknown = batch(&asked);
    let wrong = http::HeaderValue::from_static("Bearer wrong");
    unknown.headers_mut().insert("authorization", wrong);
    assert_eq!(ready(service().handle(unknown, &Fake::new())).status(), 401);
}

#[test]
fn the_longest_items_fit_in_a_batch() {
    // A key of the longest with every second character escaped, and all the metadata that S3 takes.
    let key = format!("users/{}", "a\u{1}".repeat(509));
    let item = json!({"profile": "avatars", "operation": "putObject", "key": key,
        "headers": {"x-amz-meta-a": "\"".repeat(1000)}});
    let items = vec![item; MAX_BATCH_ITEMS];
    let asked = batch(&json!(items));
    assert!(
        asked.body().len() <= MAX_BATCH_BYTES,
        "{}",
        asked.body().len()
    );
    let answer = body(&ready(service().handle(asked, &Fake::new())));
    assert!(
        answer["items"][99]["url"].is_string(),
        "{}",
        answer["items"][99]
    );
}
