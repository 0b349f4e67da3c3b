//! Which token an exchange uses.

use super::{config_with, exchange};
use crate::support::jose::RFC7515_P256;
use crate::support::{Fake, answer, jwt, noon, ready, secs, token};
use edge_presigner::config::Config;
use edge_presigner::platform::SecretError;
use edge_presigner::sts::{ExchangeError, TokenError};
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

const EXPIRED_TOKEN: &str = include_str!("../fixtures/sts/expired_token.xml");

fn with_issuer() -> Config {
    config_with(&[
        ("OIDC_ISSUER", "https://sign.example.com"),
        ("OIDC_SIGNING_KEYS", RFC7515_P256),
    ])
}

/// The token in the n-th request to STS.
fn sent(fake: &Fake, n: usize) -> String {
    let requests = fake.requests.borrow();
    let (_, token) = requests[n].body().split_once("&WebIdentityToken=").unwrap();
    token.split('&').next().unwrap().to_owned()
}

/// Header of RFC 7515's key on P-256, and the issuer, as every token of its own begins.
fn is_minted(token: &str) -> bool {
    token.starts_with("eyJhbGciOiJFUzI1NiIsImtpZCI6Im9LSXl3dkdVcFRWVHl4TVEzYndJSWVRVXVkZnJfQ2tMTWpDRTE5RUNELVUiLCJ0eXAiOiJKV1QifQ.")
}

#[test]
fn a_bound_token_comes_first() {
    let fake = Fake::new();
    ready(exchange(&with_issuer(), &fake)).unwrap();
    assert_eq!(sent(&fake, 0), token(secs(24 * 3600)));
    assert!(fake.log.borrow()[0].contains("token: bound"));
}

#[test]
fn without_one_the_own_issuer_signs_a_new_one_for_each_exchange() {
    let (fake, config) = (Fake::new(), with_issuer());
    fake.token.replace(None);
    for _ in 0..2 {
        ready(exchange(&config, &fake)).unwrap();
    }
    assert!(is_minted(&sent(&fake, 0)) && is_minted(&sent(&fake, 1)));
    assert_ne!(sent(&fake, 0), sent(&fake, 1));
    assert!(!fake.logged("tokenUnfit"));
    assert!(fake.log.borrow()[0].contains("token: issuer"));
}

#[test]
fn the_own_issuer_steps_in_for_a_bound_token_that_cannot_be_used_and_the_log_warns() {
    let unusable = [
        (Some("not a jwt".to_owned()), None),
        (Some(jwt(r#"{"sub":"x"}"#)), None),
        (Some(token(secs(0))), None),
        (None, Some(SecretError::Failed)),
        (None, Some(SecretError::Timeout)),
    ];
    for (bound, read_fails) in unusable {
        let fake = Fake::new();
        fake.token.replace(bound);
        fake.token_read_fails.set(read_fails);
        ready(exchange(&with_issuer(), &fake)).unwrap();
        assert!(is_minted(&sent(&fake, 0)));
        let log = fake.log.borrow();
        let warned = log[0].contains(r#""level":"warn","event":"tokenUnfit""#);
        assert!(warned, "{log:?}");
        assert!(log[1].contains("token: issuer"), "{log:?}");
    }
}

#[test]
fn a_key_that_cannot_sign_is_told_before_sts_is_asked() {
    let key = RFC7515_P256.replace("jpsQ", "jpsR");
    let config = config_with(&[
        ("OIDC_ISSUER", "https://sign.example.com"),
        ("OIDC_SIGNING_KEYS", &key),
    ]);
    let fake = Fake::new();
    fake.token.replace(None);
    let failed = ready(exchange(&config, &fake)).unwrap_err();
    assert_eq!(failed, ExchangeError::Token(TokenError::Unsigned));
    assert_eq!(fake.sts_calls(), 0);
    assert!(fake.log.borrow()[0].contains(r#""level":"error","event":"tokenUnfit""#));
}

#[test]
fn a_token_of_its_own_that_sts_calls_expired_is_replaced_once() {
    let fake = Fake::new();
    fake.token.replace(None);
    fake.now.set(noon());
    fake.will_answer(Ok(answer(400, EXPIRED_TOKEN)));
    ready(exchange(&with_issuer(), &fake)).unwrap();
    assert_eq!(fake.sts_calls(), 2);
    assert_ne!(sent(&fake, 0), sent(&fake, 1));
}
