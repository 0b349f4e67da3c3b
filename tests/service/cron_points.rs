//! What the Cron Trigger tells Analytics Engine: how long the sessions and the token last.

use crate::support::jose::RFC7515_P256;
use crate::support::{Fake, ready, secs, service_with};
use serde_json::Value;
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

/// Role, `secsLeft` and `spareSecs` of the points with the name `event` that one run of the Cron Trigger writes.
fn run(fake: &Fake, changes: &[(&str, &str)], event: &str) -> Vec<(String, u64, u64)> {
    let changes = [&[("ANALYTICS", "{}")], changes].concat();
    fake.points.borrow_mut().clear();
    ready(service_with(&changes).scheduled(fake));
    let points = fake.points.borrow();
    let points = points
        .iter()
        .map(|point| serde_json::from_str::<Value>(point).unwrap());
    points
        .filter(|point| point["blobs"][5] == event)
        .map(|point| {
            let role = point["blobs"][8].as_str().unwrap().to_owned();
            let double = |place: usize| point["doubles"][place].as_u64().unwrap();
            (role, double(2), double(3))
        })
        .collect()
}

fn sessions(fake: &Fake) -> Vec<(String, u64, u64)> {
    run(fake, &[], "sessionChecked")
}

/// A session of an hour, and URLs of up to 15 minutes.
#[test]
fn every_run_tells_how_long_the_session_of_a_role_lasts() {
    let fake = Fake::new();
    let role = "presigner".to_owned();
    assert_eq!(sessions(&fake), [(role.clone(), 3600, 3600 - 900)]);
    fake.pass(secs(600));
    assert_eq!(sessions(&fake), [(role.clone(), 3000, 3000 - 900)]);
    fake.pass(secs(3600 - 900 - 300 - 600));
    assert_eq!(sessions(&fake), [(role, 3600, 3600 - 900)], "a new one");
}

#[test]
fn where_renewals_fail_the_time_left_falls_to_nothing() {
    let fake = Fake::new();
    sessions(&fake);
    *fake.token.borrow_mut() = None;
    let left = |after| {
        fake.pass(secs(after));
        sessions(&fake)[0].clone()
    };
    assert_eq!(left(3600 - 900 - 60), ("presigner".to_owned(), 960, 60));
    assert_eq!(left(120), ("presigner".to_owned(), 840, 0));
    assert_eq!(left(900), ("presigner".to_owned(), 0, 0));
}

#[test]
fn every_run_tells_how_long_the_token_lasts() {
    let fake = Fake::new();
    let [(_, left, _)] = run(&fake, &[], "tokenChecked")[..] else {
        panic!("one token");
    };
    assert!(left > 3600, "{left}");
    fake.pass(secs(600));
    assert_eq!(run(&fake, &[], "tokenChecked")[0].1, left - 600);
    *fake.token.borrow_mut() = None;
    assert_eq!(run(&fake, &[], "tokenChecked")[0].1, 0, "there is none");
}

/// Its tokens are made when they are needed.
#[test]
fn a_worker_that_is_its_own_issuer_has_no_token_to_tell_of() {
    let issuer = [
        ("OIDC_ISSUER", "https://sign.example.com"),
        ("OIDC_SIGNING_KEYS", RFC7515_P256),
    ];
    let fake = Fake::new();
    assert_eq!(run(&fake, &issuer, "tokenChecked"), []);
    assert_eq!(run(&fake, &issuer, "sessionChecked").len(), 1);
}

#[test]
fn static_keys_have_neither_session_nor_token() {
    let keys = [
        ("AWS_ACCESS_KEY_ID", "AKIAIOSFODNN7EXAMPLE"),
        ("AWS_SECRET_ACCESS_KEY", "secret"),
    ];
    let fake = Fake::new();
    assert_eq!(run(&fake, &keys, "sessionChecked"), []);
    assert_eq!(run(&fake, &keys, "tokenChecked"), []);
}

/// Then the isolate of the Cron Trigger knows nothing of the sessions of others.
#[test]
fn without_a_cache_key_there_is_no_session_to_tell_of() {
    let changes = [("CACHE_KEY", "")];
    let fake = Fake::new();
    assert_eq!(run(&fake, &changes, "sessionChecked"), []);
}

#[test]
fn without_analytics_engine_nothing_is_looked_at() {
    let fake = Fake::new();
    ready(service_with(&[]).scheduled(&fake));
    let told = fake.points.borrow().join("\n");
    assert!(!told.contains("Checked"), "{told}");
}
