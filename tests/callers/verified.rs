//! Which tokens are remembered, so that they are not verified again, and how much memory that takes.

use super::{claims_with, header, issuer, rule};
use crate::support::jose;
use crate::support::{Fake, NOON_SECS, ready, request, secs, service_with, with_bearer};
use edge_presigner::service::Service;
use http::Method;
use serde_json::{Value, json};
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

/// As `docs/performance.md` says: the tokens that were used last are remembered, as many as fit into this.
const REMEMBERED_BYTES: usize = 3 * 1024 * 1024;

/// What a token takes at most beside its `sub`, in bytes.
const OTHERS_BYTES: usize = 256;

/// The profile `own`, whose keys begin with `prefix`, and no log.
fn service_of(prefix: &str) -> Service {
    let profile = json!({
        "bucket": "bucket", "keyPrefix": prefix, "callers": ["web"],
        "operations": ["getObject"], "maxLifetimeSecs": 60
    });
    service_with(&[
        ("CALLERS", &json!({"web": {"jwt": rule()}}).to_string()),
        ("PROFILES", &json!({"own": profile}).to_string()),
        ("LOG_REQUESTS", "none"),
    ])
}

fn token(changes: Value) -> String {
    jose::ed25519(1).token(&header("EdDSA"), &claims_with(changes))
}

/// The token of a user whose `sub` has `bytes`.
fn user(n: usize, bytes: usize) -> String {
    token(json!({"sub": format!("{n:0>bytes$}"), "exp": NOON_SECS + 99_999}))
}

fn status(service: &Service, token: &str, key: &str, fake: &Fake) -> u16 {
    let request = request(Method::GET, &format!("/o/own/{key}"), "");
    ready(service.handle(with_bearer(request, token), fake))
        .status()
        .as_u16()
}

fn use_token(service: &Service, token: &str, fake: &Fake) {
    assert_eq!(status(service, token, "a", fake), 302);
}

#[test]
fn as_many_tokens_as_fit_are_verified_once_each() {
    let (service, fake) = (service_of(""), issuer());
    let sub_bytes = 1_800;
    let fit = REMEMBERED_BYTES / (sub_bytes + OTHERS_BYTES);
    let tokens: Vec<String> = (0..fit).map(|n| user(n, sub_bytes)).collect();
    for token in tokens.iter().chain(&tokens).chain(tokens.iter().rev()) {
        use_token(&service, token, &fake);
    }
    assert_eq!(fake.verifications.get() as usize, fit);
}

#[test]
fn attack_a_flood_of_good_tokens_does_not_displace_one_that_is_used_meanwhile() {
    let (service, fake) = (service_of(""), issuer());
    let steady = user(0, 9);
    use_token(&service, &steady, &fake);
    let sub_bytes = 5_500;
    let flood = 3 * REMEMBERED_BYTES / sub_bytes;
    for n in 1..=flood {
        use_token(&service, &user(n, sub_bytes), &fake);
        if n % 200 == 0 {
            use_token(&service, &steady, &fake);
        }
    }
    assert_eq!(fake.verifications.get() as usize, flood + 1);
    use_token(&service, &user(1, sub_bytes), &fake);
    assert_eq!(fake.verifications.get() as usize, flood + 2, "forgotten");
}

/// Uses tokens in an order that looks random, and looks at those that a list of the last used would have.
#[test]
fn a_token_among_the_last_used_is_never_verified_again() {
    let (service, fake) = (service_of(""), issuer());
    let sub_bytes = |n: usize| if n.is_multiple_of(3) { 5_500 } else { 4_000 };
    let tokens: Vec<String> = (0..1_500).map(|n| user(n, sub_bytes(n))).collect();
    let mut last_used: Vec<usize> = Vec::new();
    let mut random = 1_u32;
    let mut kept = 0;
    for _ in 0..3_000 {
        random = random.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        // Some are used more often than others.
        let n = (random >> 16) as usize % 1_500 * ((random >> 8) as usize % 16 + 1) / 16;
        let since = last_used.iter().rev().position(|used| *used == n);
        let mut between: Vec<usize> = last_used
            .iter()
            .rev()
            .take(since.unwrap_or(usize::MAX))
            .copied()
            .collect();
        between.push(n);
        between.sort_unstable();
        between.dedup();
        let bytes: usize = between.iter().map(|n| sub_bytes(*n) + OTHERS_BYTES).sum();
        let before = fake.verifications.get();
        use_token(&service, &tokens[n], &fake);
        if since.is_some() && bytes <= REMEMBERED_BYTES {
            assert_eq!(fake.verifications.get(), before, "{n} after {bytes} bytes");
            kept += 1;
        }
        last_used.push(n);
    }
    assert!(kept > 300, "{kept}");
    assert!(
        fake.verifications.get() > 1_000,
        "{}",
        fake.verifications.get()
    );
}

#[test]
fn a_remembered_token_opens_what_it_opened_when_it_was_verified() {
    let claims = json!({
        "sub": "ada", "org": {"id": "acme"}, "site.id": "s-1", "number": 7, "list": ["a"], "unused": "b", "slash": "a/b"
    });
    for (prefix, changes, own) in [
        ("users/{sub}/", json!({}), Some("users/ada/x")),
        ("{org.id}/{sub}/{number}/", json!({}), Some("acme/ada/7/x")),
        ("{site.id}/", json!({}), Some("s-1/x")),
        // The subject of another kind of token is no text.
        ("{sub}/", json!({"sub": 7}), Some("7/x")),
        ("{sub}/", json!({"sub": null}), None),
        ("{sub}/", json!({"sub": ".."}), None),
        ("{list}/", json!({}), None),
        ("{slash}/", json!({}), None),
        ("{missing}/", json!({}), None),
    ] {
        let (service, fake) = (service_of(prefix), issuer());
        let mut claims = claims.clone();
        claims
            .as_object_mut()
            .unwrap()
            .extend(changes.as_object().unwrap().clone());
        let token = token(claims);
        for _ in 0..3 {
            let of = own.unwrap_or("users/ada/x");
            let expected = if own.is_some() { 302 } else { 403 };
            assert_eq!(status(&service, &token, of, &fake), expected, "{prefix}");
            assert_eq!(
                status(&service, &token, "users/bob/x", &fake),
                403,
                "{prefix}"
            );
        }
        assert_eq!(fake.verifications.get(), 1);
    }
}

#[test]
fn a_remembered_token_expires() {
    let (service, fake) = (service_of(""), issuer());
    let token = token(json!({"exp": NOON_SECS + 60}));
    use_token(&service, &token, &fake);
    fake.pass(secs(60 + 29));
    use_token(&service, &token, &fake);
    fake.pass(secs(1));
    assert_eq!(status(&service, &token, "a", &fake), 401);
    assert_eq!(fake.verifications.get(), 1);
}

#[cfg(not(target_arch = "wasm32"))]
#[test]
fn what_is_remembered_takes_a_bounded_memory_and_less_than_half_a_kilobyte_for_an_ordinary_token() {
    // In wasm it takes less, because addresses have half the length there.
    let service = service_of("users/{sub}/{email}/");
    let fake = issuer();
    let held = |tokens: &[String]| {
        let used = allocation_counter::measure(|| {
            for token in tokens {
                assert_eq!(status(&service, token, "a", &fake), 403);
            }
        });
        usize::try_from(used.bytes_current).unwrap_or_default()
    };
    held(&[user(0, 36)]);
    let ordinary: Vec<String> = (0..2_000)
        .map(|n| token(json!({"sub": format!("{n:0>36}"), "email": format!("{n}@example.com"), "aud": [super::AUDIENCE, "userinfo"],
            "groups": ["a", "b", "c", "d"], "picture": "https://example.com/picture.png", "exp": NOON_SECS + 99_999})))
        .collect();
    let bytes = held(&ordinary);
    assert!(bytes < 2_000 * 512, "{bytes}");

    let long: Vec<String> = (0..2_000).map(|n| user(n, 5_500)).collect();
    let bytes = bytes + held(&long);
    assert!(bytes < 2 * REMEMBERED_BYTES + 512 * 1024, "{bytes}");
}
