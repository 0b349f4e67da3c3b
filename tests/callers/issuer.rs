//! When an issuer is asked for its keys, and how long they serve.

use super::{bearing, claims, claims_with, good, header, issuer, rule, service_of, status};
use crate::support::jose::{self, DISCOVERY, JWKS};
use crate::support::{self, Fake, NOON_SECS, ready, secs};
use edge_presigner::callers::{FETCH_BACKOFF, FETCH_GAP, KEYS_FRESH, KEYS_USABLE};
use serde_json::json;
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

#[test]
fn keys_are_found_by_discovery_and_fetched_once() {
    let (service, fake) = (service_of(&rule()), issuer());
    for sub in ["ada", "bob", "eve"] {
        let token = jose::ed25519(1).token(&header("EdDSA"), &claims_with(json!({"sub": sub})));
        assert_eq!(status(&service, &token, &fake), 302);
    }
    assert_eq!(*fake.fetched.borrow(), [DISCOVERY, JWKS]);
}

#[test]
fn a_token_whose_key_was_taken_back_is_not_remembered() {
    let (service, fake) = (service_of(&rule()), issuer());
    let lasting = claims_with(json!({"exp": NOON_SECS + 9000}));
    let token = jose::ed25519(1).token(&header("EdDSA"), &lasting);
    assert_eq!(status(&service, &token, &fake), 302);
    fake.publishes(&[jose::ed25519(2).jwk("k2")]);
    fake.pass(KEYS_FRESH);
    // This one goes on with the keys in hand, and has new ones fetched.
    assert_eq!(status(&service, &token, &fake), 302);
    assert_eq!(status(&service, &token, &fake), 401);
}

#[test]
fn attack_a_storm_of_unknown_kids() {
    let (service, fake) = (service_of(&rule()), issuer());
    assert_eq!(status(&service, &good(), &fake), 302);
    for n in 0..100 {
        let header = json!({"alg": "EdDSA", "kid": format!("made up {n}")});
        let token = jose::ed25519(1).token(&header, &claims());
        assert_eq!(status(&service, &token, &fake), 401);
        fake.pass(secs(1));
    }
    // The first fetch, and one more after a minute.
    assert_eq!(fake.fetched.borrow().len(), 4);
    assert_eq!(fake.verifications.get(), 1);
    assert_eq!(status(&service, &good(), &fake), 302);
}

#[test]
fn a_new_key_is_found_a_minute_after_the_last_fetch() {
    let (service, fake) = (service_of(&rule()), issuer());
    assert_eq!(status(&service, &good(), &fake), 302);
    let pair = jose::ed25519(2);
    fake.publishes(&[jose::ed25519(1).jwk("k1"), pair.jwk("k2")]);
    let token = pair.token(&json!({"alg": "EdDSA", "kid": "k2"}), &claims());
    fake.pass(FETCH_GAP.checked_sub(secs(1)).unwrap());
    assert_eq!(status(&service, &token, &fake), 401);
    fake.pass(secs(1));
    assert_eq!(status(&service, &token, &fake), 302);
}

#[test]
fn an_issuer_that_is_down_lets_a_cold_isolate_rest_before_it_asks_again() {
    let (service, fake) = (service_of(&rule()), Fake::new());
    let response = ready(service.handle(bearing(&good()), &fake));
    assert_eq!(response.status(), 503);
    assert_eq!(response.headers()["retry-after"], "5");
    let problem = support::json(&response);
    assert!(
        problem["type"]
            .as_str()
            .unwrap()
            .ends_with(":issuer-unreachable")
    );
    assert!(fake.logged("issuerFailed"));
    // Tried twice.
    assert_eq!(*fake.fetched.borrow(), [DISCOVERY, DISCOVERY]);
    fake.publishes(&[jose::ed25519(1).jwk("k1")]);
    fake.pass(FETCH_BACKOFF.checked_sub(secs(1)).unwrap());
    assert_eq!(status(&service, &good(), &fake), 503);
    assert_eq!(fake.fetched.borrow().len(), 2);
    fake.pass(secs(1));
    assert_eq!(status(&service, &good(), &fake), 302);
}

#[test]
fn an_issuer_that_goes_down_is_served_on_from_its_keys_for_a_bounded_time() {
    let (service, fake) = (service_of(&rule()), issuer());
    let lasting = |n: u32| {
        let changes = json!({"exp": NOON_SECS + 99_999, "jti": n});
        jose::ed25519(1).token(&header("EdDSA"), &claims_with(changes))
    };
    assert_eq!(status(&service, &lasting(0), &fake), 302);
    fake.sites.borrow_mut().clear();
    fake.pass(KEYS_USABLE.checked_sub(secs(1)).unwrap());
    assert_eq!(status(&service, &lasting(1), &fake), 302);
    assert_eq!(status(&service, &lasting(0), &fake), 302, "remembered");
    fake.pass(secs(1));
    assert_eq!(status(&service, &lasting(2), &fake), 503);
    assert_eq!(
        status(&service, &lasting(0), &fake),
        503,
        "remembered no longer"
    );
}

#[test]
fn keys_are_fetched_anew_in_the_background() {
    let (service, fake) = (service_of(&rule()), issuer());
    let token = jose::ed25519(1).token(
        &header("EdDSA"),
        &claims_with(json!({"exp": NOON_SECS + 9000})),
    );
    assert_eq!(status(&service, &token, &fake), 302);
    fake.pass(KEYS_FRESH.checked_sub(secs(1)).unwrap());
    assert_eq!(status(&service, &token, &fake), 302);
    assert_eq!(fake.fetched.borrow().len(), 2);
    fake.pass(secs(1));
    assert_eq!(status(&service, &token, &fake), 302);
    assert_eq!(fake.fetched.borrow().len(), 4);
    assert_eq!(status(&service, &token, &fake), 302);
    assert_eq!(fake.fetched.borrow().len(), 4);
}
