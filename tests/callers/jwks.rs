//! Which of an issuer's keys verifies which token.

use super::{claims, good, header, issuer, rule, service_of, status};
use crate::support::jose::{self, DISCOVERY, JWKS};
use crate::support::{Fake, answer, with};
use edge_presigner::platform::HttpError;
use serde_json::json;
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

#[test]
fn attack_an_algorithm_that_does_not_fit_the_key() {
    for (pair, algorithms) in [
        (jose::rsa(), ["ES256", "EdDSA"]),
        (jose::pair_for("ES256"), ["ES384", "RS256"]),
        (jose::ed25519(1), ["ES256", "PS256"]),
    ] {
        let fake = Fake::new();
        fake.publishes(&[pair.jwk("k1")]);
        for algorithm in algorithms {
            let token = pair.token(&header(algorithm), &claims());
            assert_eq!(status(&service_of(&rule()), &token, &fake), 401);
        }
        assert_eq!(fake.verifications.get(), 0);
    }
}

#[test]
fn a_key_is_for_the_algorithm_and_the_use_that_it_names() {
    for (member, value, expected) in [
        ("alg", json!("RS256"), 302),
        ("alg", json!("RS384"), 401),
        ("alg", json!("RSA-OAEP"), 503),
        ("alg", json!("ES256"), 503),
        ("alg", json!(7), 503),
        ("use", json!("sig"), 302),
        ("use", json!("enc"), 503),
        ("key_ops", json!(["verify"]), 302),
        ("key_ops", json!(["encrypt"]), 503),
        ("kty", json!("oct"), 503),
        ("n", json!("AAAA"), 503),
        ("n", json!("not base64!"), 503),
        ("e", json!(null), 503),
        ("x5c", json!(["MIIC"]), 302),
        ("x5t#S256", json!(7), 302),
        ("kid", json!(7), 503),
    ] {
        let pair = jose::rsa();
        let fake = Fake::new();
        fake.publishes(&[with(pair.jwk("k1"), json!({member: value}))]);
        let token = pair.token(&header("RS256"), &claims());
        // A set without any key that can be used is no set.
        assert_eq!(
            status(&service_of(&rule()), &token, &fake),
            expected,
            "{member} {value}"
        );
    }
}

#[test]
fn a_token_without_kid_needs_the_one_key_that_fits() {
    let header = json!({"alg": "EdDSA"});
    let token = jose::ed25519(1).token(&header, &claims());
    let (one, other, rsa) = (jose::ed25519(1), jose::ed25519(2), jose::rsa());
    for (keys, expected) in [
        (vec![one.jwk("k1")], 302),
        (vec![rsa.jwk("k0"), one.jwk("k1")], 302),
        (vec![one.jwk("k1"), other.jwk("k2")], 401),
        (vec![other.jwk("k2")], 401),
    ] {
        let fake = Fake::new();
        fake.publishes(&keys);
        assert_eq!(
            status(&service_of(&rule()), &token, &fake),
            expected,
            "{keys:?}"
        );
    }
}

#[test]
fn keys_that_are_no_set_of_keys_are_not_taken() {
    for site in [
        Ok(answer(200, "{}")),
        Ok(answer(200, r#"{"keys":[]}"#)),
        Ok(answer(200, r#"{"keys":[1]}"#)),
        Ok(answer(200, r#"{"keys":[],"keys":[]}"#)),
        Ok(answer(200, "")),
        Err(HttpError::BodyTooLarge),
    ] {
        let fake = issuer();
        fake.sites
            .borrow_mut()
            .insert(JWKS.to_owned(), site.clone());
        assert_eq!(
            status(&service_of(&rule()), &good(), &fake),
            503,
            "{site:?}"
        );
    }
}

/// A token of the key `k1` with this set of keys.
fn status_with(keys: &str) -> u16 {
    let fake = issuer();
    let site = Ok(answer(200, keys));
    fake.sites.borrow_mut().insert(JWKS.to_owned(), site);
    status(&service_of(&rule()), &good(), &fake)
}

#[test]
fn members_that_are_null_are_left_out() {
    let mut jwk = jose::ed25519(1).jwk("k1");
    for member in ["use", "key_ops", "alg", "n", "e", "y", "x5c"] {
        jwk[member] = json!(null);
    }
    assert_eq!(status_with(&json!({"keys": [jwk]}).to_string()), 302);
    // A token without a `kid` can have this one.
    jwk["kid"] = json!(null);
    let fake = Fake::new();
    fake.publishes(&[jwk]);
    let token = jose::ed25519(1).token(&json!({"alg": "EdDSA"}), &claims());
    assert_eq!(status(&service_of(&rule()), &token, &fake), 302);
    assert_eq!(status(&service_of(&rule()), &good(), &fake), 401);
}

#[test]
fn numbers_of_keys_may_be_padded() {
    for pair in [jose::rsa(), jose::pair_for("ES256"), jose::ed25519(1)] {
        let algorithm = match &pair {
            jose::Pair::Rsa(_) => "RS256",
            jose::Pair::P256(_) => "ES256",
            _ => "EdDSA",
        };
        let mut jwk = pair.jwk("k1");
        for name in ["n", "e", "x", "y"] {
            if let Some(text) = jwk[name].as_str() {
                let padding = "=".repeat((4 - text.len() % 4) % 4);
                jwk[name] = json!(format!("{text}{padding}"));
            }
        }
        assert!(jwk.to_string().contains("=\""), "{jwk}");
        let fake = Fake::new();
        fake.publishes(&[jwk]);
        let token = pair.token(&header(algorithm), &claims());
        assert_eq!(
            status(&service_of(&rule()), &token, &fake),
            302,
            "{algorithm}"
        );
    }
}

#[test]
fn a_byte_order_mark_in_front_of_a_document_is_skipped() {
    let keys = json!({"keys": [jose::ed25519(1).jwk("k1")]});
    assert_eq!(status_with(&format!("\u{feff}{keys}")), 302);
    assert_eq!(status_with(&format!("\u{feff}\u{feff}{keys}")), 503);
    let fake = issuer();
    let document = json!({"issuer": jose::ISSUER, "jwks_uri": JWKS});
    let site = Ok(answer(200, &format!("\u{feff}{document}")));
    fake.sites.borrow_mut().insert(DISCOVERY.to_owned(), site);
    assert_eq!(status(&service_of(&rule()), &good(), &fake), 302);
}

#[test]
fn the_key_is_found_among_any_number_of_others() {
    let others = (0..300_u32).map(|n| {
        let seed = u8::try_from(n % 200 + 2).unwrap();
        jose::ed25519(seed).jwk(&format!("old {n}"))
    });
    let mut keys: Vec<_> = others.collect();
    keys.push(jose::ed25519(1).jwk("k1"));
    assert_eq!(status_with(&json!({"keys": keys}).to_string()), 302);
}

#[test]
fn keys_of_unknown_types_and_things_that_are_no_keys_are_skipped() {
    let keys = json!({"more": {"a": [null]}, "keys": [
        null, 1, "k1", [], {}, {"kty": "AKP", "kid": "k1"}, {"kty": "oct", "k": "AAAA", "kid": "k1"},
        {"kty": "OKP", "crv": "Ed448", "x": "AAAA", "kid": "k1"}, {"kty": ["OKP"], "kid": "k1"},
        {"kty": "EC", "crv": "secp256k1", "x": "AAAA", "y": "AAAA", "kid": "k1"},
        with(jose::ed25519(1).jwk("k1"), json!({"unknown": {"a": 1}, "exp": 7})),
    ]});
    assert_eq!(status_with(&keys.to_string()), 302);
}

#[test]
fn keys_with_the_same_kid_are_told_apart_by_their_type() {
    let own = jose::ed25519(1).jwk("k1");
    let (rsa, ec) = (jose::rsa().jwk("k1"), jose::pair_for("ES256").jwk("k1"));
    for (keys, expected) in [
        (json!([rsa, ec, own]), 302),
        (json!([own, ec, rsa]), 302),
        (json!([rsa, ec]), 401),
        // The same key more than once is still one key.
        (
            json!([
                own,
                with(own.clone(), json!({"use": "sig", "alg": "EdDSA"})),
                own
            ]),
            302,
        ),
        (json!([own, jose::ed25519(2).jwk("k1")]), 401),
        (json!([own, own, jose::ed25519(2).jwk("k1")]), 401),
    ] {
        let set = json!({"keys": keys}).to_string();
        assert_eq!(status_with(&set), expected, "{set}");
    }
}
