//! A token that cannot work is told before STS is asked.

use super::{config_with, exchange};
use crate::support::{self, Fake, jwt, noon, ready, secs, token};
use edge_presigner::credentials::token::TokenFault;
use edge_presigner::error::Error;
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

#[test]
fn a_token_that_cannot_work_is_told_before_sts_is_asked() {
    for (bound, fault) in [
        (None, TokenFault::Missing),
        (Some(" \n".to_owned()), TokenFault::Missing),
        (Some("not a jwt".to_owned()), TokenFault::Malformed),
        (Some("a.b".to_owned()), TokenFault::Malformed),
        (Some("a.!!.c".to_owned()), TokenFault::Malformed),
        (Some(jwt("[]")), TokenFault::Malformed),
        (Some(jwt(r#"{"sub":"x"}"#)), TokenFault::Malformed),
        (Some(jwt(r#"{"exp":"tomorrow"}"#)), TokenFault::Malformed),
        (Some(jwt(r#"{"exp":-1}"#)), TokenFault::Malformed),
        (Some(jwt(r#"{"exp":1e300}"#)), TokenFault::Malformed),
        (
            Some(format!("{}.d", token(secs(60)))),
            TokenFault::Malformed,
        ),
        (
            Some(token(secs(0))),
            TokenFault::Expired { expired_at: noon() },
        ),
    ] {
        let fake = Fake::new();
        fake.token.replace(bound.clone());
        let failed = ready(exchange(&config_with(&[]), &fake)).unwrap_err();
        assert_eq!(failed, Error::Token(fault), "{bound:?}");
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
