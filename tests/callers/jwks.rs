//! Which of an issuer's keys verifies which token.

use super::{claims, good, header, issuer, rule, service_of, status};
use crate::support::jose::{self, JWKS};
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
