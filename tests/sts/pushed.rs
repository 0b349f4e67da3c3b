//! The pushed token among those that an exchange can use.

use super::{config_with, exchange};
use crate::support::jose::RFC7515_P256;
use crate::support::{CACHE_KEY, Fake, NOON_SECS, answer, jwt, ready, secs, token};
use edge_presigner::config::Config;
use edge_presigner::platform::SecretError;
use edge_presigner::sealed::CacheKey;
use edge_presigner::secret::Secret;
use edge_presigner::sts::{ExchangeError, PushedToken, TokenError, WebIdentityToken};
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

const EXPIRED_TOKEN: &str = include_str!("../fixtures/sts/expired_token.xml");
const PUSH: [(&str, &str); 2] = [
    ("PUSHED_TOKEN_ISSUER", "https://issuer.example"),
    ("PUSHED_TOKEN_SUBJECT", "edge-presigner"),
];

fn config() -> Config {
    config_with(&PUSH)
}

/// Another worker's push of a token that expires `lifetime` after noon; it returns the token.
fn pushed(lifetime_secs: u64, fake: &Fake) -> String {
    let keys = [CacheKey::from_base64(CACHE_KEY).unwrap()];
    let issuer = "https://issuer.example";
    let store = PushedToken::new(&keys, issuer, "sts.amazonaws.com", "edge-presigner").unwrap();
    let jwt = jwt(&crate::support::claims(&format!(
        "{}, \"jti\": \"pushed\"",
        NOON_SECS + lifetime_secs
    )));
    let expires_at = crate::support::noon() + secs(lifetime_secs);
    let token = WebIdentityToken {
        jwt: Secret::new(jwt.clone()),
        expires_at,
    };
    ready(store.save(&token, fake)).unwrap();
    jwt
}

/// The token in the last request to STS.
fn sent(fake: &Fake) -> String {
    let requests = fake.requests.borrow();
    let body = requests.last().unwrap().body();
    let (_, token) = body.split_once("&WebIdentityToken=").unwrap();
    token.split('&').next().unwrap().to_owned()
}

fn bound(lifetime_secs: Option<u64>) -> Fake {
    let fake = Fake::new();
    fake.token.replace(lifetime_secs.map(|it| token(secs(it))));
    fake
}

#[test]
fn the_latest_exp_wins() {
    for (bound_secs, pushed_secs, pushed_wins) in
        [(100, 101, true), (101, 100, false), (100, 100, false)]
    {
        let fake = bound(Some(bound_secs));
        let pushed = pushed(pushed_secs, &fake);
        ready(exchange(&config(), &fake)).unwrap();
        let (expected, name) = if pushed_wins {
            (pushed, "pushed")
        } else {
            (token(secs(bound_secs)), "bound")
        };
        assert_eq!(sent(&fake), expected);
        let log = fake.log.borrow();
        assert!(log.last().unwrap().contains(&format!("token: {name}")));
        assert!(!fake.logged("tokenUnfit"));
    }
}

#[test]
fn a_bound_token_that_cannot_be_used_is_told_while_the_pushed_one_stands_in() {
    for (bound_token, fails) in [
        (Some(token(secs(0))), None),
        (Some("not a jwt".to_owned()), None),
        (None, Some(SecretError::Timeout)),
    ] {
        let fake = bound(None);
        fake.token.replace(bound_token);
        fake.token_read_fails.set(fails);
        let pushed = pushed(100, &fake);
        ready(exchange(&config(), &fake)).unwrap();
        assert_eq!(sent(&fake), pushed);
        let log = fake.log.borrow();
        assert!(log[0].contains(r#""level":"warn","event":"tokenUnfit""#));
    }
}

#[test]
fn before_the_first_push_the_text_says_to_push_one() {
    let fake = bound(None);
    let failed = ready(exchange(&config(), &fake)).unwrap_err();
    assert_eq!(failed, ExchangeError::Token(TokenError::NotPushed));
    assert!(failed.to_string().contains("PUT /v1/token"));
    assert_eq!(fake.sts_calls(), 0);
    // A bound one that is of no use is what has to be mended.
    fake.token.replace(Some(token(secs(0))));
    let failed = ready(exchange(&config(), &fake)).unwrap_err();
    let ExchangeError::Token(TokenError::Expired { .. }) = failed else {
        panic!("{failed:?}");
    };
}

#[test]
fn a_pushed_token_that_has_expired_is_none_even_while_kv_still_has_it() {
    let fake = bound(None);
    pushed(100, &fake);
    fake.pass(secs(100));
    let failed = ready(exchange(&config(), &fake)).unwrap_err();
    assert_eq!(failed, ExchangeError::Token(TokenError::NotPushed));
}

#[test]
fn a_failing_kv_leaves_the_bound_token_and_the_own_issuer() {
    let fake = bound(Some(100));
    pushed(200, &fake);
    fake.kv_reads_fail.set(true);
    ready(exchange(&config(), &fake)).unwrap();
    assert_eq!(sent(&fake), token(secs(100)));
    assert!(fake.logged("kvReadFailed"));
    let unreadable = TokenError::PushedUnreadable;
    for bound_token in [None, Some(token(secs(0)))] {
        fake.token.replace(bound_token);
        let failed = ready(exchange(&config(), &fake)).unwrap_err();
        assert_eq!(failed, ExchangeError::Token(unreadable));
    }
    assert!(unreadable.is_transient());
    let own = [
        ("OIDC_ISSUER", "https://sign.example.com"),
        ("OIDC_SIGNING_KEYS", RFC7515_P256),
    ];
    let config = config_with(&[PUSH, own].concat());
    ready(exchange(&config, &fake)).unwrap();
    assert!(fake.log.borrow().last().unwrap().contains("token: issuer"));
    fake.kv_reads_fail.set(false);
    ready(exchange(&config, &fake)).unwrap();
    assert!(fake.log.borrow().last().unwrap().contains("token: pushed"));
}

#[test]
fn kv_is_read_again_when_sts_calls_a_token_expired() {
    let fake = bound(Some(100));
    fake.will_answer(Ok(answer(400, EXPIRED_TOKEN)));
    ready(exchange(&config(), &fake)).unwrap_err();
    assert_eq!((fake.kv_reads.get(), fake.sts_calls()), (2, 1));
    // Pushed between the two reads.
    let fake = bound(Some(100));
    fake.token_after_first_call.replace(Some(token(secs(50))));
    pushed(75, &fake);
    fake.will_answer(Ok(answer(400, EXPIRED_TOKEN)));
    ready(exchange(&config(), &fake)).unwrap();
    assert_eq!(fake.sts_calls(), 2);
    assert!(fake.log.borrow().last().unwrap().contains("token: pushed"));
}

#[test]
fn kv_is_not_read_for_a_token_where_nothing_can_be_pushed() {
    let fake = bound(Some(100));
    ready(exchange(&config_with(&[]), &fake)).unwrap();
    assert_eq!(fake.kv_reads.get(), 0);
}

#[test]
fn any_of_the_cache_keys_opens_it() {
    let fake = bound(None);
    let pushed = pushed(100, &fake);
    let newer = "bmV3ZXIga2V5IG9mIHRoaXJ0eS10d28gYnl0ZXMgbG8=";
    let rotated = format!("{newer},{CACHE_KEY}");
    let with_key = |keys: &str| config_with(&[&PUSH[..], &[("CACHE_KEY", keys)]].concat());
    ready(exchange(&with_key(&rotated), &fake)).unwrap();
    assert_eq!(sent(&fake), pushed);
    ready(exchange(&with_key(newer), &fake)).unwrap_err();
    assert!(fake.logged("kvRecordForeign"));
}
