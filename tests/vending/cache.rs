//! What the isolate keeps of vended credentials, and for how long.

use std::rc::Rc;
use std::time::Duration;

use crate::support::{noon, secs};
use edge_presigner::aws::Credentials;
use edge_presigner::credentials::{CredentialsError, Session};
use edge_presigner::secret::Secret;
use edge_presigner::sts::TokenError;
use edge_presigner::vending::{Key, MAX_ENTRIES, VendedCache};
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

fn session(lifetime: Duration) -> Rc<Session> {
    let credentials = Credentials {
        access_key_id: "ASIAIOSFODNN7EXAMPLE".to_owned(),
        secret_access_key: Secret::new("secret"),
        session_token: Some(Secret::new("token")),
    };
    Rc::new(Session {
        credentials,
        issued_at: noon(),
        active_from: noon(),
        expires_at: noon() + lifetime,
    })
}

/// For how long a session of `lifetime_secs` is given out, in seconds.
fn served_secs(lifetime_secs: u64) -> u64 {
    let (cache, key) = (VendedCache::default(), Key::of(&["a"]));
    cache.put(key, Ok(session(secs(lifetime_secs))), noon());
    let is_served = |after: &u64| cache.get(key, noon() + secs(*after)).is_some();
    (0..=lifetime_secs).take_while(is_served).count() as u64
}

#[test]
fn a_session_is_given_out_while_more_than_the_15_minutes_are_left_at_which_clients_ask_again() {
    assert_eq!(served_secs(3600), 3600 - 1200 + 1);
    assert_eq!(served_secs(1500), 375 + 1);
    // Of one that never has them, for a part of its life.
    assert_eq!(served_secs(900), 225 + 1);
    assert_eq!(served_secs(0), 0);
}

#[test]
fn a_failure_is_remembered_for_as_long_as_clients_are_told_to_wait() {
    let (cache, key) = (VendedCache::default(), Key::of(&["a"]));
    let error = CredentialsError::Token(TokenError::Missing);
    cache.put(key, Err(error.clone()), noon());
    assert_eq!(cache.get(key, noon() + secs(4)), Some(Err(error)));
    assert_eq!(cache.get(key, noon() + secs(5)), None);
}

#[test]
fn keys_that_depend_on_different_parts_are_different() {
    let keys = [
        Key::of(&["ab", "c"]),
        Key::of(&["a", "bc"]),
        Key::of(&["abc", ""]),
        Key::of(&["abc"]),
    ];
    for (n, key) in keys.iter().enumerate() {
        assert!(keys[n + 1..].iter().all(|other| other != key));
    }
}

#[test]
fn it_holds_so_many_and_those_that_end_last() {
    let cache = VendedCache::default();
    let key = |n: usize| Key::of(&[&n.to_string()]);
    let late = 4 * 3600;
    for n in 0..MAX_ENTRIES {
        cache.put(key(n), Ok(session(secs(late))), noon());
    }
    cache.put(
        key(0),
        Err(CredentialsError::Token(TokenError::Missing)),
        noon(),
    );
    for n in MAX_ENTRIES..MAX_ENTRIES + 10 {
        cache.put(key(n), Ok(session(secs(3600))), noon());
    }
    let is_held = |n: &usize| cache.get(key(*n), noon()).is_some();
    let held: Vec<usize> = (0..MAX_ENTRIES + 10).filter(is_held).collect();
    assert_eq!(held.len(), MAX_ENTRIES);
    // The failure first, then each session that ends sooner.
    assert!(!held.contains(&0));
    assert_eq!(held.last(), Some(&(MAX_ENTRIES + 9)));
}
