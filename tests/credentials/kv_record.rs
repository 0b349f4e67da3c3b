//! Sessions in KV: sealed, under a key for each role, and no longer than they live.

use std::rc::Rc;
use std::time::{Duration, SystemTime};

use super::{Isolate, record_key};
use crate::support::{CACHE_KEY, Fake, NOON_SECS, noon, ready, secs, session};
use edge_presigner::credentials::kv_record::{self, kv_expiration_secs};
use edge_presigner::sealed::{self, CacheKey};
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

#[test]
fn what_kv_did_not_take_is_written_again_but_not_before_it_could_be_read() {
    let (isolate, fake) = (Isolate::new(), Fake::new());
    fake.kv_writes_fail.set(true);
    isolate.ask(secs(900), &fake);
    fake.kv_writes_fail.set(false);
    fake.pass(secs(59));
    isolate.ask(secs(900), &fake);
    assert!(fake.kv.borrow().is_empty());
    fake.pass(secs(240));
    isolate.ask(secs(900), &fake);
    assert_eq!(Isolate::new().ask(secs(900), &fake), "ASIA1");
    assert_eq!(fake.sts_calls(), 1);
}

#[test]
fn a_record_that_kv_loses_again_and_again_is_written_ever_more_rarely() {
    let (isolate, fake) = (Isolate::new(), Fake::new());
    fake.kv_writes_fail.set(true);
    // A look into KV every other second, all day.
    for _ in 0..12 * 3600 {
        isolate.ask(secs(900), &fake);
        fake.pass(secs(2));
    }
    let writes = fake.kv_writes.borrow();
    let rest = |pair: &[SystemTime]| pair[1].duration_since(pair[0]).unwrap();
    let rests: Vec<Duration> = writes.windows(2).map(rest).collect();
    assert!(rests.iter().all(|rest| *rest >= secs(60)), "{rests:?}");
    assert!(
        rests.iter().skip(8).all(|rest| *rest >= secs(1800)),
        "{rests:?}"
    );
    assert!(rests.len() > 10);
}

#[test]
fn without_a_cache_key_nothing_reaches_kv() {
    let (isolate, fake) = (Isolate::with(&[("CACHE_KEY", "")]), Fake::new());
    assert_eq!(isolate.ask(secs(900), &fake), "ASIA1");
    assert!(fake.kv.borrow().is_empty());
    assert_eq!(fake.kv_reads.get(), 0);
    assert!(fake.logged("cacheKeyMissing"));
}

#[test]
fn a_record_that_does_not_open_counts_as_absent() {
    let (isolate, fake) = (Isolate::new(), Fake::new());
    isolate.ask(secs(900), &fake);
    let (good, expiration) = fake.kv.borrow()[&isolate.kv_key()].clone();
    let mut altered = good.clone();
    *altered.last_mut().unwrap() ^= 1;
    let mut other_version = good.clone();
    other_version[0] = 2;
    let cut = good[..good.len() / 2].to_vec();
    let cases = [
        altered,
        other_version,
        cut,
        good[..5].to_vec(),
        Vec::new(),
        vec![0; 500],
    ];
    for (n, record) in cases.into_iter().enumerate() {
        fake.kv
            .borrow_mut()
            .insert(isolate.kv_key(), (record, expiration));
        fake.log.borrow_mut().clear();
        assert_eq!(
            Isolate::new().ask(secs(900), &fake),
            format!("ASIA{}", n + 2)
        );
        assert!(fake.logged("kvRecordForeign"), "case {n}");
    }
    let other_key = "ZmVkY2JhOTg3NjU0MzIxMGZlZGNiYTk4NzY1NDMyMTA=";
    let other = Isolate::with(&[("CACHE_KEY", other_key)]);
    assert_eq!(other.ask(secs(900), &fake), "ASIA8");
}

#[test]
fn a_cache_key_is_rotated_without_a_call_to_sts() {
    const NEW: &str = "ZmVkY2JhOTg3NjU0MzIxMGZlZGNiYTk4NzY1NDMyMTA=";
    let both = format!("{NEW}, {CACHE_KEY}\n");
    let fake = Fake::new();
    assert_eq!(Isolate::new().ask(secs(900), &fake), "ASIA1");
    let rotating = Isolate::with(&[("CACHE_KEY", &both)]);
    assert_eq!(rotating.ask(secs(900), &fake), "ASIA1", "all keys open");
    assert!(!fake.logged("kvRecordForeign"));

    fake.pass(secs(3000));
    assert_eq!(rotating.ask(secs(900), &fake), "ASIA2");
    let rotated = Isolate::with(&[("CACHE_KEY", NEW)]);
    assert_eq!(
        rotated.ask(secs(900), &fake),
        "ASIA2",
        "the first one seals"
    );
    assert_eq!(fake.sts_calls(), 2);
    assert_eq!(Isolate::new().ask(secs(900), &fake), "ASIA3");
    assert!(fake.logged("kvRecordForeign"));
}

#[test]
fn a_record_opens_only_under_the_key_it_was_written_for() {
    let fake = Fake::new();
    let record_key = record_key();
    let session = session(1, noon(), secs(3600));
    let sealed = ready(kv_record::seal(
        &[Rc::new(session.clone())],
        &record_key,
        "here",
        &fake,
    ))
    .unwrap();
    let open = |kv_key| ready(kv_record::open(&sealed, &record_key, kv_key, &fake));
    assert_eq!(open("here"), Some(vec![session]));
    assert_eq!(open("there"), None);
}

#[test]
fn a_record_is_sealed_under_a_key_that_is_for_records_only() {
    let (isolate, fake) = (Isolate::new(), Fake::new());
    isolate.ask(secs(900), &fake);
    let kv_key = isolate.kv_key();
    assert!(kv_key.starts_with("session/v2/"), "{kv_key}");
    let (record, _) = fake.kv.borrow()[&kv_key].clone();
    let cache_key = CacheKey::from_base64(CACHE_KEY).unwrap();
    // printf session/v2 | openssl dgst -sha256 -mac HMAC -macopt key:0123456789abcdef0123456789abcdef
    let derived = "60cea735185b17cb287f466cfa5a52db9c6e68756b25f6f975a351f34df10fe6";
    assert_eq!(hex::encode(record_key().expose()), derived);
    for (key, opens) in [
        (record_key(), true),
        (cache_key.clone(), false),
        (cache_key.derived("multipart/v1"), false),
    ] {
        let opened = ready(sealed::open(&record, &key, &kv_key, &fake));
        assert_eq!(opened.is_some(), opens);
    }
}

#[test]
fn a_record_of_the_version_before_is_not_found_and_costs_one_exchange() {
    let (isolate, fake) = (Isolate::new(), Fake::new());
    let cache_key = CacheKey::from_base64(CACHE_KEY).unwrap();
    let session = Rc::new(session(9, noon(), secs(3600)));
    let old_kv_key = isolate.kv_key().replace("/v2/", "/v1/");
    let record = ready(kv_record::seal(&[session], &cache_key, &old_kv_key, &fake)).unwrap();
    fake.kv.borrow_mut().insert(old_kv_key, (record, 0));
    assert_eq!(isolate.ask(secs(900), &fake), "ASIA1");
    assert_eq!(Isolate::new().ask(secs(900), &fake), "ASIA1");
    assert_eq!(fake.sts_calls(), 1);
    assert!(!fake.logged("kvRecordForeign"));
}

#[test]
fn no_two_records_share_a_nonce() {
    let fake = Fake::new();
    let record_key = record_key();
    let session = session(1, noon(), secs(3600));
    let seal = || {
        ready(kv_record::seal(
            &[Rc::new(session.clone())],
            &record_key,
            "here",
            &fake,
        ))
        .unwrap()
    };
    assert_ne!(seal()[1..13], seal()[1..13]);
}

#[test]
fn a_change_of_role_name_duration_or_endpoint_has_a_kv_key_of_its_own() {
    let keys = [
        vec![],
        vec![("AWS_ROLE_ARN", "arn:aws:iam::123456789012:role/other")],
        vec![("AWS_ROLE_SESSION_NAME", "other")],
        vec![("AWS_ROLE_DURATION_SECONDS", "7200")],
        vec![("AWS_ENDPOINT_URL_STS", "https://sts.example.com")],
        vec![("AWS_REGION", "eu-west-1")],
    ]
    .map(|changes| Isolate::with(&changes).kv_key());
    for (n, key) in keys.iter().enumerate() {
        assert!(!keys[..n].contains(key));
        assert!(key.len() <= 512, "the limit of Workers KV");
    }
}

#[test]
fn a_record_leaves_kv_a_minute_before_its_session_ends() {
    let session = session(1, noon(), secs(3600));
    let at = |now: SystemTime| kv_expiration_secs(&session, now);
    assert_eq!(at(noon()), Some(NOON_SECS + 3540));
    assert_eq!(
        at(noon() + secs(3480)),
        Some(NOON_SECS + 3540),
        "60 s: the least that KV takes"
    );
    assert_eq!(at(noon() + secs(3481)), None);
    assert_eq!(at(noon() + secs(4000)), None);
    let (isolate, fake) = (Isolate::new(), Fake::new());
    fake.grants.set(secs(119));
    isolate.ask(secs(60), &fake);
    assert!(fake.kv.borrow().is_empty());
}
