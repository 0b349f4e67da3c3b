//! Renewal ahead of need, by the Cron Trigger.

use super::{profiles, signer, url};
use crate::support::{Fake, ready, secs, service_with};
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

/// Sessions of an hour and URLs of up to 15 minutes: the next session is due 300 s before a URL of 15
/// minutes would outlive this one.
const DUE_SECS: u64 = 3600 - 900 - 300;

#[test]
fn the_cron_trigger_publishes_the_next_session_two_minutes_before_it_signs_everywhere() {
    let fake = Fake::new();
    let (cron, other) = (service_with(&[]), service_with(&[]));
    assert_eq!(signer(&url(&cron, &fake, "avatars")), "ASIA1");
    assert_eq!(signer(&url(&other, &fake, "avatars")), "ASIA1");

    fake.pass(secs(DUE_SECS - 1));
    ready(cron.scheduled(&fake));
    assert_eq!(fake.sts_calls(), 1, "not before it is due");
    fake.pass(secs(1));
    ready(cron.scheduled(&fake));
    assert_eq!(fake.sts_calls(), 2);
    ready(cron.scheduled(&fake));
    assert_eq!(fake.sts_calls(), 2, "and not again");

    fake.pass(secs(30));
    assert_eq!(
        signer(&url(&other, &fake, "avatars")),
        "ASIA1",
        "and looks into KV"
    );
    fake.pass(secs(89));
    let cold = service_with(&[]);
    for isolate in [&cron, &other, &cold] {
        assert_eq!(signer(&url(isolate, &fake, "avatars")), "ASIA1");
    }
    fake.pass(secs(1));
    for isolate in [&cron, &other, &cold] {
        assert_eq!(signer(&url(isolate, &fake, "avatars")), "ASIA2");
    }
    assert_eq!(fake.sts_calls(), 2);
}

#[test]
fn isolates_change_over_at_one_instant_whatever_fraction_of_a_second_the_renewal_came_at() {
    let fake = Fake::new();
    let profiles = profiles(r#""windowSecs":10"#, "");
    let changes = [("PROFILES", profiles.as_str())];
    let (cron, other) = (service_with(&changes), service_with(&changes));
    url(&cron, &fake, "a");
    url(&other, &fake, "a");
    fake.pass(secs(DUE_SECS) + std::time::Duration::from_millis(400));
    ready(cron.scheduled(&fake));
    fake.pass(secs(30));
    url(&other, &fake, "a");
    // 12:42:00, the beginning of a window, and 0.4 s.
    fake.pass(secs(90));
    let (first, second) = (url(&cron, &fake, "a"), url(&other, &fake, "a"));
    assert_eq!((signer(&first), &first), ("ASIA2", &second));
}

#[test]
fn a_cron_run_that_cannot_read_kv_replaces_nothing() {
    let fake = Fake::new();
    url(&service_with(&[]), &fake, "avatars");
    fake.kv_reads_fail.set(true);
    ready(service_with(&[]).scheduled(&fake));
    assert_eq!(fake.sts_calls(), 1);
    assert!(fake.logged("kvReadFailed"));
}

#[test]
fn a_cron_run_without_a_cache_key_could_help_nobody_and_says_so() {
    let fake = Fake::new();
    ready(service_with(&[("CACHE_KEY", "")]).scheduled(&fake));
    assert_eq!(fake.sts_calls(), 0);
    assert!(fake.logged("cacheKeyMissing"));
}

#[test]
fn an_isolate_that_was_idle_looks_into_kv_before_it_signs_for_a_window() {
    let fake = Fake::new();
    let profiles = profiles(r#""windowSecs":60"#, "");
    let changes = [("PROFILES", profiles.as_str())];
    let (idle, cron) = (service_with(&changes), service_with(&changes));
    url(&idle, &fake, "a");
    fake.pass(secs(DUE_SECS));
    ready(cron.scheduled(&fake));
    fake.pass(secs(240));
    let (first, other) = (url(&idle, &fake, "a"), url(&cron, &fake, "a"));
    assert_eq!((signer(&first), &first), ("ASIA2", &other));
}
