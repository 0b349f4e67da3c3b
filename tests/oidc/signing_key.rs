//! The secret with the keys: its forms, its faults, and what is published of it.

use super::issuer;
use crate::support::jose::{RFC7515_P256, RFC7515_RSA};
use crate::support::with;
use edge_presigner::oidc::signing_keys;
use serde_json::{Value, json};
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

const P256_KID: &str = "oKIywvGUpTVTyxMQ3bwIIeQUudfr_CkLMjCE19ECD-U";
const RSA_KID: &str = "IsUn6_e04MaShXFIISMp4kG62LWzMIPy_MvSA5pJgX8";

fn p256() -> Value {
    serde_json::from_str(RFC7515_P256).unwrap()
}

fn rsa() -> Value {
    serde_json::from_str(RFC7515_RSA).unwrap()
}

#[test]
fn one_key_a_list_and_a_set_are_read_and_the_first_signs() {
    for (secret, expected) in [
        (format!("\n {RFC7515_P256} "), vec![P256_KID]),
        (json!([p256()]).to_string(), vec![P256_KID]),
        (json!([rsa(), p256()]).to_string(), vec![RSA_KID, P256_KID]),
        (
            json!({"keys": [p256(), rsa()]}).to_string(),
            vec![P256_KID, RSA_KID],
        ),
    ] {
        let keys = signing_keys(&secret).unwrap();
        let ids: Vec<&str> = keys.iter().map(|key| key.id.as_str()).collect();
        assert_eq!(ids, expected);
    }
}

#[test]
fn other_members_have_no_meaning() {
    let more = json!({"kid": "mine", "use": "sig", "key_ops": ["sign"], "ext": true, "alg": "ES256", "x5c": []});
    let keys = signing_keys(&with(p256(), more).to_string()).unwrap();
    assert_eq!(keys[0].id, P256_KID);
}

#[test]
fn a_fault_is_named_by_its_place_and_quotes_nothing() {
    let none = json!(null);
    let without = |jwk: Value, name: &str| with(jwk, json!({name: none}));
    for (secret, path) in [
        (json!("MARKER").to_string(), ""),
        ("MARKER".to_owned(), ""),
        ("[]".to_owned(), ""),
        (json!({"keys": []}).to_string(), ""),
        (json!({"keys": p256()}).to_string(), ""),
        (format!("[{RFC7515_P256}"), ""),
        (format!("{RFC7515_P256}, {RFC7515_P256}"), ""),
        (json!(["MARKER"]).to_string(), "[0]"),
        (json!([p256(), {}]).to_string(), "[1]"),
        (json!({"kty": "oct", "k": "MARKER"}).to_string(), "[0].kty"),
        (without(p256(), "d").to_string(), "[0].d"),
        (with(p256(), json!({"d": "MARKER!"})).to_string(), "[0].d"),
        (without(p256(), "x").to_string(), "[0]"),
        (with(p256(), json!({"d": "AQAB"})).to_string(), "[0]"),
        (with(p256(), json!({"x": "AQAB"})).to_string(), "[0]"),
        (with(p256(), json!({"crv": "P-384"})).to_string(), "[0]"),
        (with(p256(), json!({"crv": "MARKER"})).to_string(), "[0]"),
        (
            json!({"kty": "OKP", "crv": "Ed25519", "x": "AQAB", "d": "MARKER"}).to_string(),
            "[0]",
        ),
        (
            with(p256(), json!({"alg": "MARKER"})).to_string(),
            "[0].alg",
        ),
        (with(rsa(), json!({"alg": "PS256"})).to_string(), "[0].alg"),
        // 1,024 bits.
        (
            with(rsa(), json!({"n": "_".repeat(171)})).to_string(),
            "[0]",
        ),
        (without(rsa(), "d").to_string(), "[0].d"),
        (without(rsa(), "q").to_string(), "[0].q"),
        (without(rsa(), "qi").to_string(), "[0].qi"),
        (json!([p256(), rsa(), p256()]).to_string(), "[2]"),
    ] {
        let errors = signing_keys(&secret).unwrap_err();
        let paths: Vec<&str> = errors.iter().map(|error| &*error.path).collect();
        assert_eq!(paths, [path], "{secret}");
        let told = format!("{errors:?}");
        for secret in ["MARKER", "jpsQnnGQ", "f83OJ3D2", "Eq5xpGnN"] {
            assert!(!told.contains(secret), "{told}");
        }
    }
}

#[test]
fn the_public_members_are_published_and_no_other_is() {
    let issuer = issuer(&json!([p256(), rsa()]).to_string());
    let (p256, rsa) = (p256(), rsa());
    assert_eq!(
        serde_json::from_str::<Value>(&issuer.jwk_set()).unwrap(),
        json!({"keys": [
            {"kty": "EC", "crv": "P-256", "x": p256["x"], "y": p256["y"], "alg": "ES256", "use": "sig", "kid": P256_KID},
            {"kty": "RSA", "n": rsa["n"], "e": "AQAB", "alg": "RS256", "use": "sig", "kid": RSA_KID},
        ]})
    );
}

#[test]
fn the_metadata_has_what_aws_requires() {
    let issuer = issuer(&json!([p256(), rsa()]).to_string());
    assert_eq!(
        serde_json::from_str::<Value>(&issuer.metadata()).unwrap(),
        json!({
            "issuer": "https://sign.example.com/oidc",
            "jwks_uri": "https://sign.example.com/oidc/.well-known/jwks.json",
            "response_types_supported": ["id_token"],
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": ["ES256", "RS256"],
            "claims_supported": ["iss", "sub", "aud", "iat", "nbf", "exp", "jti"],
        })
    );
}

#[test]
fn debug_shows_no_private_member() {
    let (p256, rsa) = (p256(), rsa());
    let shown = format!("{:?}", issuer(&json!([p256, rsa]).to_string()));
    for (jwk, name) in [(&p256, "d"), (&rsa, "d"), (&rsa, "p"), (&rsa, "qi")] {
        assert!(!shown.contains(jwk[name].as_str().unwrap()), "{name}");
    }
}
