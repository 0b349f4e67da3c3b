//! What an isolate keeps: a session that is still fit, and that STS failed a moment ago.

use std::time::Duration;

use super::Isolate;
use crate::support::{Fake, secs};
use edge_presigner::credentials::CredentialsError;
use edge_presigner::credentials::cache::{MAX_BACKOFF, MAX_BACKOFF_UNSERVED};
use edge_presigner::credentials::lifetime::Lifetime;
use edge_presigner::platform::HttpError;
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

#[test]
fn when_renewal_fails_a_session_that_is_still_fit_goes_on() {
    let (isolate, fake) = (Isolate::new(), Fake::new());
    isolate.ask(secs(900), &fake);
    fake.pass(secs(3000));
    for _ in 0..3 {
        fake.will_answer(Err(HttpError::Timeout));
    }
    let shortened = isolate.obtain(Lifetime::UpTo(secs(900)), &fake).unwrap();
    assert_eq!(shortened.lifetime, secs(600), "what the session has left");
    for _ in 0..3 {
        fake.will_answer(Err(HttpError::Timeout));
    }
    let failed = isolate.obtain(Lifetime::Exactly(secs(900)), &fake);
    assert!(
        matches!(failed, Err(CredentialsError::Sts(_))),
        "{failed:?}"
    );
}

#[test]
fn after_a_failure_sts_is_left_alone_for_a_short_and_growing_time() {
    let (isolate, fake) = (Isolate::new(), Fake::new());
    let mut rests = Vec::new();
    for attempts in [3, 1, 1, 1, 1, 1, 1, 1] {
        for _ in 0..attempts {
            fake.will_answer(Err(HttpError::Connection));
        }
        let calls = fake.sts_calls();
        let mut rest = secs(0);
        let first = isolate
            .obtain(Lifetime::Exactly(secs(60)), &fake)
            .unwrap_err();
        assert_eq!(fake.sts_calls(), calls + attempts);
        while isolate.backs_off(fake.now.get()) {
            let again = isolate
                .obtain(Lifetime::Exactly(secs(60)), &fake)
                .unwrap_err();
            assert_eq!(again, first, "with the cause");
            fake.pass(Duration::from_millis(50));
            rest += Duration::from_millis(50);
        }
        assert_eq!(fake.sts_calls(), calls + attempts, "not hammered");
        rests.push(rest);
    }
    for (rest, full) in rests.iter().zip([1, 2, 4, 8, 16, 27, 27, 27].map(secs)) {
        assert!(
            full / 2 <= *rest && *rest <= full + Duration::from_millis(50),
            "{rests:?}"
        );
        assert!(*rest <= MAX_BACKOFF_UNSERVED + Duration::from_millis(50));
    }
    assert_eq!(isolate.ask(secs(60), &fake), "ASIA11", "and forgiven");
}

#[test]
fn a_success_ends_the_growth_of_the_rests() {
    let (isolate, fake) = (Isolate::new(), Fake::new());
    let fail = |calls| {
        for _ in 0..calls {
            fake.will_answer(Err(HttpError::Connection));
        }
        assert!(isolate.obtain(Lifetime::Exactly(secs(900)), &fake).is_err());
    };
    for calls in [3, 1, 1] {
        fail(calls);
        fake.pass(MAX_BACKOFF);
    }
    isolate.ask(secs(900), &fake);
    fake.pass(secs(3500));
    fail(3);
    fake.pass(secs(1));
    isolate.ask(secs(900), &fake);
}

#[test]
fn while_sts_is_left_alone_a_session_that_is_still_fit_goes_on() {
    let (isolate, fake) = (Isolate::new(), Fake::new());
    isolate.ask(secs(900), &fake);
    fake.pass(secs(3000));
    for _ in 0..3 {
        fake.will_answer(Err(HttpError::Timeout));
    }
    assert!(isolate.obtain(Lifetime::Exactly(secs(900)), &fake).is_err());
    let calls = fake.sts_calls();
    assert_eq!(isolate.ask(secs(600), &fake), "ASIA1");
    let shortened = isolate.obtain(Lifetime::UpTo(secs(900)), &fake).unwrap();
    assert_eq!(shortened.lifetime, secs(600));
    assert_eq!(fake.sts_calls(), calls);
}

#[test]
fn while_a_session_serves_sts_is_left_alone_for_up_to_a_minute_and_called_once_then() {
    let (isolate, fake) = (Isolate::new(), Fake::new());
    isolate.ask(secs(900), &fake);
    fake.pass(secs(2750));
    for _ in 0..100 {
        fake.will_answer(Err(HttpError::Connection));
    }
    let mut called_at = Vec::new();
    for _ in 0..800 {
        let calls = fake.sts_calls();
        isolate.obtain(Lifetime::UpTo(secs(900)), &fake).unwrap();
        if fake.sts_calls() > calls {
            called_at.push((fake.now.get(), fake.sts_calls() - calls));
        }
        fake.pass(secs(1));
    }
    let rests = called_at
        .windows(2)
        .map(|pair| pair[1].0.duration_since(pair[0].0).unwrap());
    let longest = rests.max().unwrap();
    assert!(secs(30) < longest && longest <= secs(61), "{longest:?}");
    assert!(
        called_at[1..].iter().all(|(_, calls)| *calls == 1),
        "{called_at:?}"
    );
    assert!(fake.sts_calls() < 40, "{}", fake.sts_calls());
}

#[test]
fn what_sts_granted_last_is_not_asked_for_again_when_it_would_be_of_no_use() {
    let (isolate, fake) = (Isolate::new(), Fake::new());
    isolate.ask(secs(900), &fake);
    // 700 s are left, which is more than STS grants from now on.
    fake.pass(secs(2900));
    fake.grants.set(secs(650));
    for _ in 0..20 {
        let refused = isolate
            .obtain(Lifetime::Exactly(secs(900)), &fake)
            .unwrap_err();
        let CredentialsError::LifetimeUnavailable { available, .. } = refused else {
            panic!("{refused:?}")
        };
        assert!((secs(690)..=secs(700)).contains(&available));
        fake.pass(Duration::from_millis(300));
    }
    assert_eq!(isolate.ask(secs(600), &fake), "ASIA1");
    assert_eq!(fake.sts_calls(), 2);
    // It is forgotten in time.
    fake.pass(secs(300));
    fake.grants.set(secs(3600));
    isolate.ask(secs(900), &fake);
    assert_eq!(fake.sts_calls(), 3);
}
