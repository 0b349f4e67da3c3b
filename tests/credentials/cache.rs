//! What an isolate keeps: a session that is still fit, and that STS failed a moment ago.

use std::time::Duration;

use super::Isolate;
use crate::support::{Fake, secs};
use edge_presigner::credentials::CredentialsError;
use edge_presigner::credentials::cache::MAX_BACKOFF;
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
    for _ in 0..6 {
        for _ in 0..3 {
            fake.will_answer(Err(HttpError::Connection));
        }
        let calls = fake.sts_calls();
        let mut rest = secs(0);
        let first = isolate
            .obtain(Lifetime::Exactly(secs(60)), &fake)
            .unwrap_err();
        assert_eq!(fake.sts_calls(), calls + 3);
        while isolate.backs_off(fake.now.get()) {
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
        assert!(*rest <= MAX_BACKOFF + Duration::from_millis(50));
    }
    assert_eq!(isolate.ask(secs(60), &fake), "ASIA19", "and forgiven");
}

#[test]
fn a_success_ends_the_growth_of_the_rests() {
    let (isolate, fake) = (Isolate::new(), Fake::new());
    let fail = || {
        for _ in 0..3 {
            fake.will_answer(Err(HttpError::Connection));
        }
        assert!(isolate.obtain(Lifetime::Exactly(secs(900)), &fake).is_err());
    };
    for _ in 0..3 {
        fail();
        fake.pass(MAX_BACKOFF);
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
        fake.will_answer(Err(HttpError::Timeout));
    }
    assert!(isolate.obtain(Lifetime::Exactly(secs(900)), &fake).is_err());
    let calls = fake.sts_calls();
    assert_eq!(isolate.ask(secs(600), &fake), "ASIA1");
    let shortened = isolate.obtain(Lifetime::UpTo(secs(900)), &fake).unwrap();
    assert_eq!(shortened.lifetime, secs(600));
    assert_eq!(fake.sts_calls(), calls);
}
