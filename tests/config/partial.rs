//! What an error closes: one profile, one caller, or everything.

use crate::support::answers::json as body_of;
use crate::support::jose::{self, ISSUER};
use crate::support::{Fake, KEY, KEY_SHA256, NOON_SECS, ready, request, service_with, with_bearer};
use edge_presigner::config::Config;
use edge_presigner::service::Service;
use http::Method;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

fn profile(bucket: &str) -> Value {
    json!({"bucket": bucket, "keyPrefix": "", "operations": ["getObject"], "maxLifetimeSecs": 60,
        "callers": ["app", "other"]})
}

fn callers() -> Value {
    let other = hex::encode(Sha256::digest("other key"));
    json!({"app": {"bearerSha256": [KEY_SHA256], "admin": true}, "other": {"bearerSha256": [other]}})
}

fn service(profiles: &Value, callers: &Value, more: &[(&str, &str)]) -> Service {
    let (profiles, callers) = (profiles.to_string(), callers.to_string());
    let mut bindings = vec![("PROFILES", &*profiles), ("CALLERS", &*callers)];
    bindings.extend(more);
    service_with(&bindings)
}

/// The status of a request of `key` for an object of `profile`.
fn status(service: &Service, key: &str, profile: &str) -> u16 {
    let request = with_bearer(request(Method::GET, &format!("/o/{profile}/a"), ""), key);
    ready(service.handle(request, &Fake::new()))
        .status()
        .as_u16()
}

#[test]
fn an_error_of_a_profile_closes_that_profile_alone() {
    for (field, wrong) in [
        ("bucket", json!("")),
        ("operations", json!(["getObjects"])),
        ("maxLifetimeSecs", json!(0)),
        ("callers", json!(["nobody I know"])),
        ("responseCacheControl", json!("")),
        ("downloadAs", json!("inline")),
        ("typo", json!(1)),
    ] {
        let mut profiles = json!({"good": profile("good"), "bad": profile("bad")});
        profiles["bad"][field] = wrong;
        let service = service(&profiles, &callers(), &[]);
        assert_eq!(status(&service, KEY, "good"), 302, "{field}");
        assert_eq!(status(&service, KEY, "bad"), 403, "{field}");
    }
}

#[test]
fn an_error_of_a_caller_closes_that_caller_alone() {
    let profiles = json!({"good": profile("good")});
    let mut callers = callers();
    callers["other"]["typo"] = json!(1);
    let service = service(&profiles, &callers, &[]);
    assert_eq!(status(&service, KEY, "good"), 302);
    assert_eq!(status(&service, "other key", "good"), 401);
}

#[test]
fn of_two_callers_with_the_same_key_both_are_closed() {
    let profiles = json!({"good": profile("good")});
    let mut callers = callers();
    callers["third"] = json!({"bearerSha256": [KEY_SHA256]});
    let service = service(&profiles, &callers, &[]);
    assert_eq!(status(&service, KEY, "good"), 401);
    assert_eq!(status(&service, "other key", "good"), 302);
    let fake = Fake::new();
    let request = with_bearer(request(Method::GET, "/o/good/x", ""), KEY);
    assert_eq!(ready(service.handle(request, &fake)).status(), 401);
    let log = fake.log.borrow().join("\n");
    assert!(log.contains("its caller is closed"), "{log}");
}

#[test]
fn an_error_of_what_all_share_closes_everything() {
    let profiles = json!({"good": profile("good")});
    for shared in [
        ("CACHE_KEY", "short"),
        ("AWS_REGION", "no region"),
        ("LOG_REQUESTS", "loud"),
        ("PROFILES_1", "{"),
        ("CALLERS_1", "[]"),
    ] {
        let service = service(&profiles, &callers(), &[shared]);
        assert_eq!(status(&service, KEY, "good"), 500, "{shared:?}");
    }
    let mut all_bad = json!({"bad": profile("bad")});
    all_bad["bad"]["typo"] = json!(1);
    let service = service(&all_bad, &callers(), &[]);
    assert_eq!(status(&service, KEY, "bad"), 500, "no profile is left");
}

#[test]
fn the_log_and_an_admin_are_told_what_is_closed() {
    let mut profiles = json!({"good": profile("good"), "bad": profile("bad")});
    profiles["bad"]["typo"] = json!(1);
    let (service, fake) = (service(&profiles, &callers(), &[]), Fake::new());
    let ask = |key| {
        let request = with_bearer(request(Method::GET, "/readyz", ""), key);
        ready(service.handle(request, &fake))
    };
    let (admin, other) = (ask(KEY), ask("other key"));
    assert_eq!(admin.status(), 200, "the other profile can sign");
    let expected = "PROFILES.bad.typo is not known here";
    assert_eq!(body_of(&admin)["errors"], json!([expected]));
    assert_eq!(body_of(&admin)["status"], "red");
    assert_eq!(body_of(&other), json!({"status": "red"}));
    let log = fake.log.borrow();
    let lines = log
        .iter()
        .map(|line| serde_json::from_str::<Value>(line).unwrap());
    let told = lines.filter(|line| line["event"] == "misconfigured");
    let told: Vec<Value> = told.map(|line| line["detail"].clone()).collect();
    assert_eq!(told, [expected], "once an isolate");
}

#[test]
fn profiles_and_callers_can_be_split_over_several_variables() {
    let profiles = json!({"one": profile("one")});
    let two = json!({"two": profile("two"), "three": profile("three")}).to_string();
    let more =
        json!({"third": {"bearerSha256": [hex::encode(Sha256::digest("third key"))]}}).to_string();
    let last = json!({"last": profile("last")}).to_string();
    let more = [
        ("PROFILES_1", &*two),
        ("PROFILES_32", &last),
        ("CALLERS_2", &more),
    ];
    let service = service(&profiles, &callers(), &more);
    for profile in ["one", "two", "three", "last"] {
        assert_eq!(status(&service, KEY, profile), 302, "{profile}");
    }
    assert_eq!(status(&service, "third key", "one"), 403);
}

#[test]
fn what_stands_in_two_variables_is_closed() {
    let profiles = json!({"one": profile("one"), "two": profile("two")});
    let again = json!({"two": profile("another")}).to_string();
    let service = service(&profiles, &callers(), &[("PROFILES_1", &again)]);
    assert_eq!(status(&service, KEY, "one"), 302);
    assert_eq!(status(&service, KEY, "two"), 403);
}

#[test]
fn a_caller_named_as_everybody_opens_nothing_to_everybody() {
    for name in ["anyone", "link"] {
        let mut profiles = json!({"good": profile("good"), "bad": profile("bad")});
        profiles["bad"]["callers"] = json!([name]);
        let mut callers = callers();
        callers[name] = json!({"bearerSha256": []});
        let link_key = ("LINK_KEY", "bmV3bmV3bmV3bmV3bmV3bmV3bmV3bmV3bmV3bmV3bmU=");
        let service = service(&profiles, &callers, &[link_key]);
        let nobody = request(Method::GET, "/o/bad/a", "");
        assert_eq!(ready(service.handle(nobody, &Fake::new())).status(), 401);
        assert_eq!(status(&service, KEY, "bad"), 403);
        assert_eq!(status(&service, KEY, "good"), 302);
    }
}

#[test]
fn a_caller_in_two_variables_closes_no_profile_that_names_it() {
    let profiles = json!({"good": profile("good")});
    let again = json!({"other": {"bearerSha256": []}}).to_string();
    let service = service(&profiles, &callers(), &[("CALLERS_1", &again)]);
    assert_eq!(status(&service, KEY, "good"), 302);
    assert_eq!(status(&service, "other key", "good"), 401);
}

#[test]
fn what_is_meant_for_a_closed_caller_is_taken_for_no_other() {
    let rule =
        |claims: &Value| json!({"jwt": {"issuer": ISSUER, "audience": "web", "claims": claims}});
    let mut by_org = profile("aaa");
    by_org["callers"] = json!(["org"]);
    let mut by_repository = profile("bbb");
    by_repository["callers"] = json!(["repository"]);
    let profiles = json!({"a": by_org, "b": by_repository});
    let fake = Fake::with_issuer();
    let claims = json!({"iss": ISSUER, "aud": "web", "sub": "ada", "exp": NOON_SECS + 600, "org": "1", "repository": "7"});
    let token = jose::ed25519(1).token(&json!({"alg": "EdDSA", "kid": "k1"}), &claims);
    let mut callers =
        json!({"org": rule(&json!({"org": "1"})), "repository": rule(&json!({"repository": "7"}))});
    for typo in [false, true] {
        if typo {
            callers["repository"]["typo"] = json!(1);
        }
        let service = service(&profiles, &callers, &[]);
        let request = with_bearer(request(Method::GET, "/o/a/x", ""), &token);
        let response = ready(service.handle(request, &fake));
        assert_eq!(response.status(), 401, "{typo}: {}", response.body());
    }
}

#[test]
fn strangers_are_no_admins() {
    let rule = |more: Value| {
        let mut rule =
            json!({"issuer": "https://token.actions.githubusercontent.com", "audience": "a"});
        rule.as_object_mut()
            .unwrap()
            .extend(more.as_object().unwrap().clone());
        rule
    };
    for (more, admin, good) in [
        (json!({}), true, false),
        (json!({}), false, true),
        (json!({"claims": {"repository_owner_id": "65"}}), true, true),
    ] {
        let callers = json!({"ops": {"jwt": rule(more), "admin": admin}, "app": callers()["app"], "other": callers()["other"]});
        let bindings = crate::support::bindings_with(&[
            ("CALLERS", &callers.to_string()),
            ("PROFILES", &json!({"good": profile("good")}).to_string()),
        ]);
        let errors = match Config::read(|name| bindings.get(name).cloned()) {
            Ok(_) => Vec::new(),
            Err(errors) => errors
                .0
                .iter()
                .map(|error| error.path.to_string())
                .collect(),
        };
        let expected: &[&str] = if good {
            &[]
        } else {
            &["CALLERS.ops.jwt.claims"]
        };
        assert_eq!(errors, expected);
    }
}
