//! A token that cannot work is told before STS is asked.

use super::{config_with, exchange};
use crate::support::{self, Fake, claims, jwt, noon, ready, secs, token};
use edge_presigner::platform::SecretError;
use edge_presigner::sts::{ExchangeError, TokenError, TokenFault};
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

#[test]
fn a_token_that_cannot_work_is_told_before_sts_is_asked() {
    let malformed = TokenError::Malformed;
    for (bound, fault) in [
        (None, TokenError::Missing),
        (Some(" \n".to_owned()), TokenError::Missing),
        (Some("a.b".to_owned()), malformed(TokenFault::Parts(2))),
        (
            Some(jwt(&claims("\"tomorrow\""))),
            malformed(TokenFault::Expiry),
        ),
        (Some(jwt(&claims("-1"))), malformed(TokenFault::Expiry)),
        (Some(jwt(&claims("1e300"))), malformed(TokenFault::Expiry)),
        (
            Some(token(secs(0))),
            TokenError::Expired { expired_at: noon() },
        ),
    ] {
        let fake = Fake::new();
        fake.token.replace(bound.clone());
        let failed = ready(exchange(&config_with(&[]), &fake)).unwrap_err();
        assert_eq!(failed, ExchangeError::Token(fault), "{bound:?}");
        assert_eq!(fake.sts_calls(), 0);
        assert!(fake.logged("tokenUnfit"));
    }
}

#[test]
fn an_expiry_with_fractions_is_a_numeric_date_too() {
    let fake = Fake::new();
    let exp = format!("{}.5", support::NOON_SECS + 1);
    fake.token.replace(Some(jwt(&claims(&exp))));
    assert!(ready(exchange(&config_with(&[]), &fake)).is_ok());
}

#[test]
fn a_store_that_does_not_give_the_token_is_not_told_as_a_token_that_is_missing() {
    for (error, cause) in [
        (SecretError::Failed, "the read failed"),
        (SecretError::Timeout, "no answer within the time limit"),
    ] {
        let fake = Fake::new();
        fake.token_read_fails.set(Some(error));
        let failed = ready(exchange(&config_with(&[]), &fake)).unwrap_err();
        assert_eq!(failed, ExchangeError::Token(TokenError::Unreadable(error)));
        let text = failed.to_string();
        assert!(
            text.contains("Secrets Store") && text.contains(cause),
            "{text}"
        );
        assert_eq!(fake.sts_calls(), 0);
    }
}
