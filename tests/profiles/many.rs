//! A thousand profiles, of which each is found by its own name.

use crate::support::{Fake, KEY_SHA256, json as body, ready, request, service_with, with_key};
use edge_presigner::service::Service;
use http::{Method, Request};
use serde_json::{Map, Value, json};
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

/// Names of which some begin like others, neither in their order nor in the opposite one.
fn names() -> Vec<String> {
    let mixed = (0..1000).map(|n| n * 387 % 1000);
    mixed.map(|n| format!("p{n}")).collect()
}

fn profile(name: &str, callers: &[&str]) -> Value {
    json!({
        "bucket": format!("bucket-of-{name}"), "keyPrefix": "", "callers": callers,
        "operations": ["getObject"], "maxLifetimeSecs": 60
    })
}

/// A worker with these profiles, in this order.
fn service_of(profiles: impl Iterator<Item = (String, Value)>, more: &[(&str, &str)]) -> Service {
    let profiles = profiles.map(|(name, profile)| format!(r#""{name}":{profile}"#));
    let profiles = format!("{{{}}}", profiles.collect::<Vec<_>>().join(","));
    let mut changes = vec![("PROFILES", profiles.as_str())];
    changes.extend(more);
    service_with(&changes)
}

fn batch(items: &[Value]) -> Request<String> {
    request(
        Method::POST,
        "/v1/sign/batch",
        &json!({ "items": items }).to_string(),
    )
}

fn item(profile: &str) -> Value {
    json!({"profile": profile, "operation": "getObject", "key": "a"})
}

#[test]
fn each_of_a_thousand_profiles_is_found_by_its_name_and_by_no_other() {
    let profiles = names()
        .into_iter()
        .map(|name| (name.clone(), profile(&name, &["app"])));
    let (service, fake) = (service_of(profiles, &[]), Fake::new());
    for name in names() {
        let asked = with_key(request(Method::GET, &format!("/o/{name}/a"), ""));
        let response = ready(service.handle(asked, &fake));
        assert_eq!(response.status(), 302, "{name}");
        let location = response.headers()["location"].to_str().unwrap();
        let host = format!("https://bucket-of-{name}.s3.");
        assert!(location.starts_with(&host), "{name}: {location}");
    }
    for name in ["p", "p1000", "P1", "p01", "q", "0", "p999x"] {
        let asked = with_key(request(Method::GET, &format!("/o/{name}/a"), ""));
        assert_eq!(ready(service.handle(asked, &fake)).status(), 403, "{name}");
    }
}

#[test]
fn a_profile_finds_each_of_a_thousand_callers_that_it_names_and_no_other() {
    let named: Vec<String> = names();
    let named: Vec<&str> = named.iter().map(String::as_str).collect();
    let hash = |name: &str| (name.to_owned(), json!({"bearerSha256": []}));
    let mut callers: Map<String, Value> = named.iter().map(|name| hash(name)).collect();
    callers.extend([hash("p"), hash("q")]);
    for (caller, expected) in [
        ("p0", 302),
        ("p387", 302),
        ("p999", 302),
        ("p", 403),
        ("q", 403),
    ] {
        let mut callers = callers.clone();
        callers[caller] = json!({"bearerSha256": [KEY_SHA256]});
        let callers = Value::from(callers).to_string();
        let profiles = [("one".to_owned(), profile("one", &named))];
        let service = service_of(profiles.into_iter(), &[("CALLERS", &callers)]);
        let asked = with_key(request(Method::GET, "/o/one/a", ""));
        assert_eq!(
            ready(service.handle(asked, &Fake::new())).status(),
            expected,
            "{caller}"
        );
    }
}

#[test]
fn the_body_of_nobody_is_read_where_one_of_a_thousand_profiles_is_open() {
    for open in [None, Some("p0"), Some("p387"), Some("p613")] {
        let profiles = names().into_iter().map(|name| {
            let callers = if open == Some(&name) { "anyone" } else { "app" };
            (name.clone(), profile(&name, &[callers]))
        });
        let (service, fake) = (service_of(profiles, &[]), Fake::new());
        let response = ready(service.handle(batch(&[item("p0"), item("p387")]), &fake));
        let Some(open) = open else {
            assert_eq!(response.status(), 401);
            continue;
        };
        let items = body(&response)["items"].clone();
        for (item, name) in items.as_array().unwrap().iter().zip(["p0", "p387"]) {
            assert_eq!(item.get("url").is_some(), name == open, "{item}");
        }
    }
}

#[test]
fn the_items_of_a_batch_have_the_sessions_of_their_own_roles_and_no_other_role_is_asked_for() {
    let role = |place: usize| format!("arn:aws:iam::123456789012:role/r{}", place * 7 % 90);
    let profiles = names().into_iter().enumerate().map(|(place, name)| {
        let mut profile = profile(&name, &["app"]);
        profile["roleArn"] = json!(role(place));
        (name, profile)
    });
    let (service, fake) = (service_of(profiles, &[]), Fake::new());
    let asked = names().into_iter().step_by(10);
    let asked: Vec<Value> = asked.map(|name| item(&name)).collect();
    let response = ready(service.handle(with_key(batch(&asked)), &fake));
    let items = body(&response)["items"].clone();
    let mut roles = std::collections::BTreeSet::new();
    for (item, asked) in items.as_array().unwrap().iter().zip(&asked) {
        assert_eq!(item["profile"], asked["profile"], "{item}");
        assert!(item["url"].is_string(), "{item}");
        let place = names().iter().position(|name| asked["profile"] == **name);
        roles.insert(role(place.unwrap()));
    }
    assert!((2..90).contains(&roles.len()));
    assert_eq!(fake.sts_calls(), roles.len());
}
