//! Which failures are tried again, and how often.

use super::{config_with, exchange, exchange_with, refused};
use crate::support::{Fake, answer, ready, secs, token};
use edge_presigner::platform::HttpError;
use edge_presigner::retry::MAX_ATTEMPTS;
use edge_presigner::sts::ExchangeError;
use edge_presigner::sts::StsError;
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

const EXPIRED_TOKEN: &str = include_str!("../fixtures/sts/expired_token.xml");

#[test]
fn passing_failures_are_tried_again_with_a_pause() {
    for passing in [
        Err(HttpError::Timeout),
        Err(HttpError::Connection),
        Ok(refused(500, "InternalFailure", "")),
        Ok(refused(400, "Throttling", "")),
        Ok(refused(400, "IDPCommunicationError", "")),
        Ok(answer(502, "<html>bad gateway</html>")),
    ] {
        let fake = Fake::new();
        fake.will_answer(passing.clone());
        fake.will_answer(passing);
        ready(exchange(&config_with(&[]), &fake)).unwrap();
        assert_eq!(fake.sts_calls(), 3);
        let pauses = fake.pauses.borrow();
        let log = fake.log.borrow().join("\n");
        assert!(
            !log.contains(r#""level":"error""#),
            "nothing failed for good: {log}"
        );
        let [first, second] = pauses.as_slice() else {
            panic!()
        };
        assert!((100..=200).contains(&first.as_millis()), "{first:?}");
        assert!((200..=400).contains(&second.as_millis()), "{second:?}");
    }
}

#[test]
fn the_number_of_calls_is_bounded() {
    let fake = Fake::new();
    for _ in 0..10 {
        fake.will_answer(Err(HttpError::Timeout));
    }
    let failed = ready(exchange(&config_with(&[]), &fake)).unwrap_err();
    assert_eq!(
        failed,
        ExchangeError::Sts(StsError::NoResponse(HttpError::Timeout))
    );
    assert_eq!(fake.sts_calls(), MAX_ATTEMPTS as usize);
}

#[test]
fn no_call_begins_that_may_not_end_in_time() {
    // A call may take 3 s, and the pause before it 0.4 s.
    for (time, calls) in [(secs(10), 3), (secs(9), 2), (secs(6), 1), (secs(0), 1)] {
        let fake = Fake::new();
        fake.send_takes.set(secs(3));
        for _ in 0..3 {
            fake.will_answer(Err(HttpError::Timeout));
        }
        let config = config_with(&[]);
        assert!(ready(exchange_with(MAX_ATTEMPTS, time, &config, &fake)).is_err());
        assert_eq!(fake.sts_calls(), calls, "within {time:?}");
        let log = fake.log.borrow();
        assert!(
            log.last().unwrap().contains(r#""level":"error""#),
            "{log:?}"
        );
    }
}

#[test]
fn a_refusal_is_never_tried_again() {
    for final_answer in [
        refused(403, "AccessDenied", "Not authorized"),
        refused(400, "InvalidIdentityToken", "Incorrect token audience"),
        refused(400, "SomethingNew", ""),
        answer(404, "<html/>"),
    ] {
        let fake = Fake::new();
        fake.will_answer(Ok(final_answer));
        assert!(ready(exchange(&config_with(&[]), &fake)).is_err());
        assert_eq!(fake.sts_calls(), 1);
    }
}

#[test]
fn a_token_that_sts_calls_expired_is_read_once_more() {
    let fake = Fake::new();
    fake.will_answer(Ok(answer(400, EXPIRED_TOKEN)));
    assert!(
        ready(exchange(&config_with(&[]), &fake)).is_err(),
        "the same token again"
    );
    assert_eq!(fake.sts_calls(), 1);

    let fake = Fake::new();
    fake.will_answer(Ok(answer(400, EXPIRED_TOKEN)));
    fake.token_after_first_call.replace(Some(token(secs(120))));
    ready(exchange(&config_with(&[]), &fake)).unwrap();
    assert_eq!(fake.sts_calls(), 2);
    assert!(
        fake.requests.borrow()[1]
            .body()
            .ends_with(&token(secs(120)))
    );
}
