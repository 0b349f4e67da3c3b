//! Memory, then KV, then STS; and no URL that outlives its session.

use std::rc::Rc;

use super::{Isolate, ask, profiles, record_key, url};
use crate::support::{Fake, json, noon, ready, secs, service_with, session};
use edge_presigner::credentials::kv_record;
use edge_presigner::credentials::lifetime::Lifetime;
use edge_presigner::platform::HttpError;
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

#[test]
fn a_session_in_memory_is_used_without_kv_or_sts() {
    let (isolate, fake) = (Isolate::new(), Fake::new());
    assert_eq!(isolate.ask(secs(900), &fake), "ASIA1");
    let reads = fake.kv_reads.get();
    assert_eq!(isolate.ask(secs(900), &fake), "ASIA1");
    assert_eq!((fake.sts_calls(), fake.kv_reads.get()), (1, reads));
}

#[test]
fn another_isolate_finds_the_session_in_kv() {
    let fake = Fake::new();
    assert_eq!(Isolate::new().ask(secs(900), &fake), "ASIA1");
    assert_eq!(Isolate::new().ask(secs(900), &fake), "ASIA1");
    assert_eq!(fake.sts_calls(), 1);
}

#[test]
fn a_request_that_the_session_would_not_outlive_waits_for_a_new_one() {
    let (isolate, fake) = (Isolate::new(), Fake::new());
    assert_eq!(isolate.ask(secs(900), &fake), "ASIA1");
    fake.pass(secs(3600 - 899));
    assert_eq!(isolate.ask(secs(900), &fake), "ASIA2");
    assert_eq!(fake.sts_calls(), 2);
}

#[test]
fn requests_renew_in_the_background_before_any_of_them_would_have_to_wait() {
    let (isolate, fake) = (Isolate::new(), Fake::new());
    assert_eq!(isolate.ask(secs(900), &fake), "ASIA1");
    fake.pass(secs(3600 - 900 - 1));
    assert_eq!(isolate.ask(secs(900), &fake), "ASIA1", "without waiting");
    assert_eq!(fake.sts_calls(), 2, "but the next one is there");
    fake.pass(secs(1));
    assert_eq!(isolate.ask(secs(900), &fake), "ASIA2");
    assert_eq!(fake.sts_calls(), 2);
}

#[test]
fn a_session_in_kv_that_would_not_outlive_the_url_is_not_used() {
    let fake = Fake::new();
    assert_eq!(Isolate::new().ask(secs(900), &fake), "ASIA1");
    fake.pass(secs(3600 - 800));
    assert_eq!(Isolate::new().ask(secs(900), &fake), "ASIA2");
}

#[test]
fn a_newer_session_in_kv_replaces_the_one_in_memory() {
    let (early, late, fake) = (Isolate::new(), Isolate::new(), Fake::new());
    assert_eq!(early.ask(secs(900), &fake), "ASIA1");
    assert_eq!(late.ask(secs(900), &fake), "ASIA1");
    fake.pass(secs(3000));
    assert_eq!(late.ask(secs(900), &fake), "ASIA2");
    assert_eq!(early.ask(secs(900), &fake), "ASIA2");
    assert_eq!(fake.sts_calls(), 2);
}

#[test]
fn a_kv_that_fails_fails_no_request() {
    let fake = Fake::new();
    fake.kv_reads_fail.set(true);
    fake.kv_writes_fail.set(true);
    assert_eq!(Isolate::new().ask(secs(900), &fake), "ASIA1");
    assert!(fake.logged("kvReadFailed"));
}

#[test]
fn a_stale_record_does_not_displace_a_session_that_lives_longer() {
    let (isolate, fake) = (Isolate::new(), Fake::new());
    isolate.ask(secs(900), &fake);
    let record_key = record_key();
    let stale = session(9, noon(), secs(2900));
    let record = ready(kv_record::seal(
        &[Rc::new(stale)],
        &record_key,
        &isolate.kv_key(),
        &fake,
    ))
    .unwrap();
    fake.kv.borrow_mut().insert(isolate.kv_key(), (record, 0));
    fake.pass(secs(2800));
    for _ in 0..3 {
        fake.will_answer(Err(HttpError::Timeout));
    }
    let obtained = isolate.obtain(Lifetime::UpTo(secs(900)), &fake).unwrap();
    assert_eq!(obtained.session.credentials.access_key_id, "ASIA1");
    assert_eq!(obtained.lifetime, secs(800));
}

#[test]
fn a_request_that_can_make_do_waits_once_and_no_longer_than_2_s() {
    let fake = Fake::new();
    let profiles = profiles(r#""defaultLifetimeSecs":900"#, "");
    let service = service_with(&[("PROFILES", profiles.as_str())]);
    url(&service, &fake, "a");
    // 800 s are left.
    fake.pass(secs(2800));
    fake.renewals_hang.set(true);
    let asked_at = fake.now.get();
    let answer = json(&ask(&service, &fake, "a", ""));
    let waited = fake.now.get().duration_since(asked_at).unwrap();
    assert_eq!((waited, &answer["expiresIn"]), (secs(2), &798.into()));
}
