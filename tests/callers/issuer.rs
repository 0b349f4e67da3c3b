//! When an issuer is asked for its keys, and how long they serve.

use super::{bearing, claims, claims_with, good, header, issuer, rule, service_of, status};
use crate::support::jose::{self, DISCOVERY, JWKS};
use crate::support::{self, Fake, NOON_SECS, ready, secs};
use edge_presigner::callers::{FETCH_BACKOFF, FETCH_GAP, KEYS_FRESH, KEYS_REFRESH, KEYS_USABLE};
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

/// A token that outlives everything here; another one for each `n`.
fn lasting(n: u32) -> String {
    let changes = json!({"exp": NOON_SECS + 99_999, "jti": n});
    jose::ed25519(1).token(&header("EdDSA"), &claims_with(changes))
}

#[test]
fn attack_a_key_that_was_withdrawn_while_the_isolate_was_idle() {
    for idle in [KEYS_FRESH, secs(11 * 60), secs(5 * 3600)] {
        let (service, fake) = (service_of(&rule()), issuer());
        fake.background_lags.set(true);
        assert_eq!(status(&service, &lasting(0), &fake), 302);
        fake.publishes(&[jose::ed25519(2).jwk("k2")]);
        fake.pass(idle);
        assert_eq!(status(&service, &lasting(1), &fake), 401, "{idle:?}");
        assert_eq!(fake.fetched.borrow().len(), 4);
        assert_eq!(status(&service, &lasting(0), &fake), 401, "remembered");
    }
}

#[test]
fn attack_a_remembered_token_of_a_key_that_was_withdrawn() {
    for idle in [KEYS_FRESH, secs(11 * 60), secs(5 * 3600)] {
        let (service, fake) = (service_of(&rule()), issuer());
        fake.background_lags.set(true);
        assert_eq!(status(&service, &lasting(0), &fake), 302);
        fake.publishes(&[jose::ed25519(2).jwk("k2")]);
        fake.pass(idle);
        assert_eq!(status(&service, &lasting(0), &fake), 401, "{idle:?}");
    }
}

#[test]
fn a_token_that_keys_before_the_last_have_verified_is_verified_again() {
    let (service, fake) = (service_of(&rule()), issuer());
    assert_eq!(status(&service, &lasting(0), &fake), 302);
    for (pair, kid, expected, verifications) in [(2, "k2", 401, 1), (1, "k1", 302, 2)] {
        fake.publishes(&[jose::ed25519(pair).jwk(kid)]);
        fake.pass(KEYS_FRESH);
        assert_eq!(status(&service, &lasting(0), &fake), expected, "{kid}");
        assert_eq!(fake.verifications.get(), verifications, "{kid}");
    }
    assert_eq!(status(&service, &lasting(0), &fake), 302);
    assert_eq!(fake.verifications.get(), 2);
}

#[test]
fn a_remembered_token_of_a_key_that_the_issuer_keeps_is_not_verified_again() {
    let (service, fake) = (service_of(&rule()), issuer());
    assert_eq!(status(&service, &lasting(0), &fake), 302);
    fake.pass(secs(5 * 3600));
    assert_eq!(status(&service, &lasting(0), &fake), 302);
    assert_eq!(fake.fetched.borrow().len(), 4);
    assert_eq!(fake.verifications.get(), 1);
}

#[test]
fn a_key_is_imported_once_and_again_only_after_it_has_changed() {
    let (service, fake) = (service_of(&rule()), issuer());
    for n in 0..9 {
        assert_eq!(status(&service, &lasting(n), &fake), 302);
        fake.pass(KEYS_FRESH);
    }
    assert_eq!((fake.verifications.get(), fake.imports.get()), (9, 1));
    assert_eq!(fake.fetched.borrow().len(), 2 * 9);

    // Another key of the same name, and back again.
    for (pair, n) in [(2, 10), (1, 11)] {
        fake.publishes(&[jose::ed25519(pair).jwk("k1")]);
        fake.pass(KEYS_FRESH);
        let changes = json!({"exp": NOON_SECS + 99_999, "jti": n});
        let token = jose::ed25519(pair).token(&header("EdDSA"), &claims_with(changes));
        assert_eq!(status(&service, &token, &fake), 302);
    }
    assert_eq!(fake.imports.get(), 3);
}

#[test]
fn a_key_is_imported_for_each_algorithm_that_it_is_used_with() {
    let (service, fake) = (service_of(&rule()), Fake::new());
    let pair = jose::rsa();
    fake.publishes(&[pair.jwk("k1")]);
    for (n, algorithm) in ["RS256", "RS384", "RS256", "RS384"].iter().enumerate() {
        let token = pair.token(&header(algorithm), &claims_with(json!({"jti": n})));
        assert_eq!(status(&service, &token, &fake), 302, "{algorithm}");
    }
    assert_eq!((fake.verifications.get(), fake.imports.get()), (4, 2));
}

#[test]
fn many_tokens_are_verified_once_each() {
    let (service, fake) = (service_of(&rule()), issuer());
    let tokens: Vec<String> = (0..500).map(lasting).collect();
    for token in tokens.iter().chain(&tokens) {
        assert_eq!(status(&service, token, &fake), 302);
    }
    assert_eq!(fake.verifications.get(), 500);
}

#[test]
fn while_the_issuer_is_down_requests_wait_for_it_once_a_minute() {
    let (service, fake) = (service_of(&rule()), issuer());
    assert_eq!(status(&service, &lasting(0), &fake), 302);
    fake.sites.borrow_mut().clear();
    fake.pass(secs(5 * 3600));
    for (n, tries) in [(0, 1), (1, 1), (2, 2), (3, 2), (0, 3)] {
        assert_eq!(status(&service, &lasting(n), &fake), 302);
        // Each try is two calls.
        assert_eq!(fake.fetched.borrow().len(), 2 + 2 * tries);
        fake.pass(FETCH_GAP / 2);
    }
    fake.publishes(&[jose::ed25519(2).jwk("k2")]);
    fake.pass(FETCH_GAP / 2);
    assert_eq!(status(&service, &lasting(0), &fake), 401);
}

#[test]
fn a_fetch_that_never_ends_keeps_requests_waiting_once_a_minute_too() {
    let (service, fake) = (service_of(&rule()), issuer());
    let waited = |n: u32| {
        let before = fake.now.get();
        assert_eq!(status(&service, &lasting(n), &fake), 302);
        fake.now.get().duration_since(before).unwrap()
    };
    assert_eq!(waited(0), secs(0));
    fake.pass(KEYS_FRESH);
    fake.renewals_hang.set(true);
    assert_eq!(
        [waited(0), waited(1), waited(0)],
        [secs(9), secs(0), secs(0)]
    );
    fake.pass(FETCH_GAP);
    assert_eq!(waited(2), secs(9));
}

#[test]
fn an_isolate_with_enough_requests_never_waits_for_keys() {
    let (service, fake) = (service_of(&rule()), issuer());
    assert_eq!(status(&service, &lasting(0), &fake), 302);
    fake.pass(KEYS_REFRESH);
    // Neither a token that is remembered nor another one waits for the fetch, which does not end here.
    fake.renewals_hang.set(true);
    let before = fake.now.get();
    assert_eq!(status(&service, &lasting(0), &fake), 302);
    assert_eq!(status(&service, &lasting(1), &fake), 302);
    assert_eq!(fake.now.get(), before);
    fake.renewals_hang.set(false);
    for n in 0..20 {
        assert_eq!(status(&service, &lasting(n), &fake), 302);
        fake.pass(KEYS_REFRESH.checked_sub(secs(1)).unwrap());
    }
    // With none older than this, no request had to wait.
    fake.renewals_hang.set(true);
    let before = fake.now.get();
    assert_eq!(status(&service, &lasting(0), &fake), 302);
    assert_eq!(fake.now.get(), before);
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
    assert_eq!(status(&service, &lasting(0), &fake), 302);
    fake.pass(KEYS_REFRESH.checked_sub(secs(1)).unwrap());
    assert_eq!(status(&service, &lasting(0), &fake), 302);
    assert_eq!(fake.fetched.borrow().len(), 2);
    fake.pass(secs(1));
    assert_eq!(status(&service, &lasting(0), &fake), 302);
    assert_eq!(fake.fetched.borrow().len(), 4);
    assert_eq!(status(&service, &lasting(0), &fake), 302);
    assert_eq!(fake.fetched.borrow().len(), 4);
}
