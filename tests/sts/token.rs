//! A token that cannot work is told before STS is asked.

use super::{config_with, exchange};
use crate::support::{self, Fake, jwt, noon, ready, secs, token};
use edge_presigner::sts::{ExchangeError, TokenError};
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

#[test]
fn a_token_that_cannot_work_is_told_before_sts_is_asked() {
    for (bound, fault) in [
        (None, TokenError::Missing),
        (Some(" \n".to_owned()), TokenError::Missing),
        (Some("not a jwt".to_owned()), TokenError::Malformed),
        (Some("a.b".to_owned()), TokenError::Malformed),
        (Some("a.!!.c".to_owned()), TokenError::Malformed),
        (Some(jwt("[]")), TokenError::Malformed),
        (Some(jwt(r#"{"sub":"x"}"#)), TokenError::Malformed),
        (Some(jwt(r#"{"exp":"tomorrow"}"#)), TokenError::Malformed),
        (Some(jwt(r#"{"exp":-1}"#)), TokenError::Malformed),
        (Some(jwt(r#"{"exp":1e300}"#)), TokenError::Malformed),
        (
            Some(format!("{}.d", token(secs(60)))),
            TokenError::Malformed,
        ),
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
    fake.token.replace(Some(jwt(&format!(
        r#"{{"exp":{}.5}}"#,
        support::NOON_SECS + 1
    ))));
    assert!(ready(exchange(&config_with(&[]), &fake)).is_ok());
}
