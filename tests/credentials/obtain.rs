//! Memory, then KV, then STS; and no URL that outlives its session.

use std::rc::Rc;
use std::time::{Duration, SystemTime};

use crate::support::{CACHE_KEY, Fake, NOON_SECS, bindings_with, noon, ready, secs, session};
use edge_presigner::config::Config;
use edge_presigner::credentials::Supply;
use edge_presigner::credentials::lifetime::{Lifetime, Obtained};
use edge_presigner::credentials::memory::LONGEST_REST;
use edge_presigner::credentials::obtain::obtain;
use edge_presigner::credentials::record::{self, kv_expiration_secs};
use edge_presigner::error::Error;
use edge_presigner::platform::Unreachable;
use edge_presigner::sealed::CacheKey;
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

/// One isolate: its configuration and what it has at hand for the first role.
struct Isolate {
    config: Rc<Config>,
    supply: Rc<Supply>,
}

impl Isolate {
    fn new() -> Self {
        Self::with(&[])
    }

    fn with(changes: &[(&str, &str)]) -> Self {
        let bindings = bindings_with(changes);
        let config = Rc::new(Config::read(|name| bindings.get(name).cloned()).unwrap());
        let supply = Rc::new(Supply::new(&config, 0, &config.providers[0]));
        Self { config, supply }
    }

    fn obtain(&self, lifetime: Lifetime, fake: &Fake) -> Result<Obtained, Error> {
        let wanted = self.supply.wanted(lifetime, Duration::ZERO);
        ready(obtain(&self.config, &self.supply, wanted, fake))
    }

    /// Asks for a URL of `lifetime` and names the session that signs it.
    fn ask(&self, lifetime: Duration, fake: &Fake) -> String {
        let obtained = self.obtain(Lifetime::Exactly(lifetime), fake).unwrap();
        assert_eq!(obtained.lifetime, lifetime);
        assert!(obtained.at + lifetime <= obtained.session.expires_at);
        obtained.session.credentials.access_key_id.clone()
    }

    fn kv_key(&self) -> String {
        self.supply.kv_key.clone()
    }

    fn rests(&self, now: SystemTime) -> bool {
        self.supply
            .memory
            .failure()
            .is_some_and(|failure| failure.lasts() && now < failure.until)
    }
}

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
fn when_renewal_fails_a_session_that_is_still_fit_goes_on() {
    let (isolate, fake) = (Isolate::new(), Fake::new());
    isolate.ask(secs(900), &fake);
    fake.pass(secs(3000));
    for _ in 0..3 {
        fake.will_answer(Err(Unreachable::TimedOut));
    }
    let shortened = isolate.obtain(Lifetime::UpTo(secs(900)), &fake).unwrap();
    assert_eq!(shortened.lifetime, secs(600), "what the session has left");
    for _ in 0..3 {
        fake.will_answer(Err(Unreachable::TimedOut));
    }
    let failed = isolate.obtain(Lifetime::Exactly(secs(900)), &fake);
    assert!(matches!(failed, Err(Error::Sts(_))), "{failed:?}");
}

#[test]
fn after_a_failure_sts_is_left_alone_for_a_short_and_growing_time() {
    let (isolate, fake) = (Isolate::new(), Fake::new());
    let mut rests = Vec::new();
    for _ in 0..6 {
        for _ in 0..3 {
            fake.will_answer(Err(Unreachable::Network));
        }
        let calls = fake.sts_calls();
        let mut rest = secs(0);
        let first = isolate
            .obtain(Lifetime::Exactly(secs(60)), &fake)
            .unwrap_err();
        assert_eq!(fake.sts_calls(), calls + 3);
        while isolate.rests(fake.now.get()) {
            let again = isolate
                .obtain(Lifetime::Exactly(secs(60)), &fake)
                .unwrap_err();
            assert_eq!(again, first, "with the cause");
            fake.pass(Duration::from_millis(50));
            rest += Duration::from_millis(50);
        }
        assert_eq!(fake.sts_calls(), calls + 3, "not hammered");
        rests.push(rest);
    }
    for (rest, full) in rests.iter().zip([1, 2, 4, 5, 5, 5].map(secs)) {
        assert!(
            full / 2 <= *rest && *rest <= full + Duration::from_millis(50),
            "{rests:?}"
        );
        assert!(*rest <= LONGEST_REST + Duration::from_millis(50));
    }
    assert_eq!(isolate.ask(secs(60), &fake), "ASIA19", "and forgiven");
}

#[test]
fn a_success_ends_the_growth_of_the_rests() {
    let (isolate, fake) = (Isolate::new(), Fake::new());
    let fail = || {
        for _ in 0..3 {
            fake.will_answer(Err(Unreachable::Network));
        }
        assert!(isolate.obtain(Lifetime::Exactly(secs(900)), &fake).is_err());
    };
    for _ in 0..3 {
        fail();
        fake.pass(LONGEST_REST);
    }
    isolate.ask(secs(900), &fake);
    fake.pass(secs(3500));
    fail();
    fake.pass(secs(1));
    isolate.ask(secs(900), &fake);
}

#[test]
fn while_sts_is_left_alone_a_session_that_is_still_fit_goes_on() {
    let (isolate, fake) = (Isolate::new(), Fake::new());
    isolate.ask(secs(900), &fake);
    fake.pass(secs(3000));
    for _ in 0..3 {
        fake.will_answer(Err(Unreachable::TimedOut));
    }
    assert!(isolate.obtain(Lifetime::Exactly(secs(900)), &fake).is_err());
    let calls = fake.sts_calls();
    assert_eq!(isolate.ask(secs(600), &fake), "ASIA1");
    let shortened = isolate.obtain(Lifetime::UpTo(secs(900)), &fake).unwrap();
    assert_eq!(shortened.lifetime, secs(600));
    assert_eq!(fake.sts_calls(), calls);
}

#[test]
fn sessions_shorter_than_every_url_are_used_for_half_their_life() {
    let (isolate, fake) = (Isolate::new(), Fake::new());
    fake.grants.set(secs(8));
    let wanted = Lifetime::UpTo(secs(300));
    let mut lifetimes = Vec::new();
    for _ in 0..12 {
        let obtained = isolate.obtain(wanted, &fake).unwrap();
        assert!(obtained.at + obtained.lifetime <= obtained.session.expires_at);
        lifetimes.push(obtained.lifetime.as_secs());
        fake.pass(secs(1));
    }
    assert_eq!(lifetimes, [8, 7, 6, 5, 4, 7, 6, 5, 4, 7, 6, 5]);
    assert_eq!(fake.sts_calls(), 3);
    let failed = isolate
        .obtain(Lifetime::Exactly(secs(60)), &fake)
        .unwrap_err();
    assert!(
        matches!(failed, Error::LifetimeUnavailable { asked, available }
            if asked == secs(60) && available <= secs(8)),
        "{failed:?}"
    );
}

#[test]
fn a_life_that_a_new_session_can_bear_is_always_given_in_full() {
    let (isolate, fake) = (Isolate::new(), Fake::new());
    fake.grants.set(secs(900));
    for _ in 0..300 {
        isolate.ask(secs(895), &fake);
        fake.pass(secs(1));
    }
    assert!(
        fake.sts_calls() <= 51,
        "a renewal every 6 s: {}",
        fake.sts_calls()
    );
}

#[test]
fn all_the_life_that_sts_grants_cannot_be_asked_for() {
    let (isolate, fake) = (Isolate::new(), Fake::new());
    fake.grants.set(secs(900));
    for _ in 0..300 {
        let failed = isolate
            .obtain(Lifetime::Exactly(secs(896)), &fake)
            .unwrap_err();
        let Error::LifetimeUnavailable { available, .. } = failed else {
            panic!("{failed:?}")
        };
        assert_eq!(available, secs(895));
        fake.pass(secs(1));
    }
    assert_eq!(fake.sts_calls(), 1, "never at the price of a call each");
}

#[test]
fn a_kv_that_fails_fails_no_request() {
    let fake = Fake::new();
    fake.kv_reads_fail.set(true);
    fake.kv_writes_fail.set(true);
    assert_eq!(Isolate::new().ask(secs(900), &fake), "ASIA1");
    assert!(fake.logged("kvReadFailed") && fake.logged("kvWriteFailed"));
}

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
fn a_key_is_written_no_more_than_once_a_second() {
    let (isolate, fake) = (Isolate::new(), Fake::new());
    isolate.ask(secs(900), &fake);
    fake.pass(secs(2900));
    // Less than is at hand: every request tries anew, after a rest of less than a second.
    fake.grants.set(secs(650));
    for _ in 0..20 {
        let refused = isolate.obtain(Lifetime::Exactly(secs(900)), &fake);
        assert!(refused.is_err());
        fake.pass(Duration::from_millis(300));
    }
    assert!(fake.sts_calls() > 3, "{}", fake.sts_calls());
    let writes = fake.kv_writes.borrow();
    assert!(
        writes.windows(2).all(|pair| pair[1] >= pair[0] + secs(1)),
        "{writes:?}"
    );
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
    let cache_key = CacheKey::from_base64(CACHE_KEY).unwrap();
    let session = session(1, noon(), secs(3600));
    let sealed = ready(record::seal(
        &[Rc::new(session.clone())],
        &cache_key,
        "here",
        &fake,
    ))
    .unwrap();
    let open = |kv_key| ready(record::open(&sealed, &cache_key, kv_key, &fake));
    assert_eq!(open("here"), Some(vec![session]));
    assert_eq!(open("there"), None);
}

#[test]
fn no_two_records_share_a_nonce() {
    let fake = Fake::new();
    let cache_key = CacheKey::from_base64(CACHE_KEY).unwrap();
    let session = session(1, noon(), secs(3600));
    let seal = || {
        ready(record::seal(
            &[Rc::new(session.clone())],
            &cache_key,
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

#[test]
fn a_stale_record_does_not_displace_a_session_that_lives_longer() {
    let (isolate, fake) = (Isolate::new(), Fake::new());
    isolate.ask(secs(900), &fake);
    let cache_key = CacheKey::from_base64(CACHE_KEY).unwrap();
    let stale = session(9, noon(), secs(2900));
    let record = ready(record::seal(
        &[Rc::new(stale)],
        &cache_key,
        &isolate.kv_key(),
        &fake,
    ))
    .unwrap();
    fake.kv.borrow_mut().insert(isolate.kv_key(), (record, 0));
    fake.pass(secs(2800));
    for _ in 0..3 {
        fake.will_answer(Err(Unreachable::TimedOut));
    }
    let obtained = isolate.obtain(Lifetime::UpTo(secs(900)), &fake).unwrap();
    assert_eq!(obtained.session.credentials.access_key_id, "ASIA1");
    assert_eq!(obtained.lifetime, secs(800));
}
