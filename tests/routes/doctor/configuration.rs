//! The configuration, KV and the Cron Trigger.

use super::*;
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

#[test]
fn each_error_of_the_configuration_is_a_step() {
    let profiles = PROFILES.replacen('{', r#"{"broken": {}, "#, 1);
    let report = examine(&service_with(&[("PROFILES", &profiles)]), &world());
    let errors = steps(&report, "configuration");
    assert!(errors.len() > 1, "{errors:?}");
    for error in errors {
        assert_eq!(error["status"], "failure");
        assert!(seen(error).starts_with("PROFILES.broken."), "{error}");
        assert!(fix(error).contains("closed"));
    }
    assert_eq!(report["status"], "failure");
    let report = examine(&service(), &world());
    let step = step(&report, "configuration");
    assert_eq!(
        seen(step),
        "no errors, 1 profiles; presigner: sessions of 3600 s for URLs of up to 900 s"
    );
}

#[test]
fn without_a_cache_key_there_is_a_warning() {
    let report = examine(&service_with(&[("CACHE_KEY", "")]), &world());
    only(&report, "cache-key", "warning");
}

#[test]
fn kv_has_to_take_a_value_and_give_it_back() {
    let (service, fake) = (service(), world());
    ready(service.scheduled(&fake));
    fake.kv_writes_fail.set(true);
    let report = examine_now(&service, &fake);
    let step = only(&report, "kv", "failure");
    assert!(seen(&step).contains("KV PUT failed") && fix(&step).contains("SESSIONS"));

    let fake = world();
    ready(service.scheduled(&fake));
    fake.kv_reads_fail.set(true);
    let report = examine_now(&service, &fake);
    assert!(seen(&only(&report, "kv", "failure")).contains("KV GET failed"));
    assert_eq!(super::step(&report, "cron")["status"], "skipped");
}

/// https://developers.cloudflare.com/kv/api/write-key-value-pairs/#expiring-keys: at least 60 seconds.
#[test]
fn what_it_writes_to_kv_is_small_and_ends_soon() {
    let fake = world();
    examine_now(&service(), &fake);
    let kv = fake.kv.borrow();
    let (key, (value, expiration_secs)) = kv.first_key_value().unwrap();
    assert!(key.starts_with("doctor/") && value.len() == 16);
    assert!((NOON_SECS + 60..=NOON_SECS + 300).contains(expiration_secs));
    assert_eq!(kv.len(), 1);
}

#[test]
fn a_cron_trigger_that_has_not_run_yet_is_a_warning_and_one_that_stopped_a_failure() {
    let (service, fake) = (service(), world());
    let step = only(&examine_now(&service, &fake), "cron", "warning");
    assert!(fix(&step).contains("wrangler.toml"));

    for (minutes, status) in [(39, "ok"), (41, "failure"), (6 * 24 * 60, "failure")] {
        let fake = world();
        fake.now.set(noon() - secs(minutes * 60));
        ready(service_with(&[]).scheduled(&fake));
        fake.now.set(noon());
        let report = examine_now(&service_with(&[]), &fake);
        assert_eq!(super::step(&report, "cron")["status"], status, "{minutes}");
        assert!(seen(super::step(&report, "cron")).contains(&format!("{minutes} min")));
    }
    // It runs again.
    let fake = world();
    fake.now.set(noon() - secs(3600));
    ready(service.scheduled(&fake));
    fake.now.set(noon());
    let report = examine(&service, &fake);
    assert_eq!(super::step(&report, "cron")["status"], "ok");
}

/// Writes are few on the free plan: 1,000 a day.
#[test]
fn the_cron_trigger_leaves_a_sign_of_life_twice_an_hour_at_most() {
    let (service, fake) = (service_with(&[("CACHE_KEY", "")]), world());
    for _ in 0..720 {
        ready(service.scheduled(&fake));
        fake.pass(secs(120));
    }
    let writes = fake.kv_writes.borrow().len();
    assert!((46..=48).contains(&writes), "{writes} in a day");
    let value = fake.kv.borrow()["doctor/cron"].0.clone();
    assert!(value.iter().all(u8::is_ascii_digit));
}
