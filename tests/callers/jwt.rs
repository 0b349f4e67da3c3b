//! What a JWT has to be, and who is not fooled by one that is not.

use super::{
    bearing, claims, claims_with, good, header, issuer, refused, rule, service_of, status,
};
use crate::support::jose::{self, b64};
use crate::support::{self, Fake, ready, secs, with};
use edge_presigner::callers::MAX_JWT_BYTES;
use hmac::{Hmac, KeyInit, Mac};
use serde_json::json;
use sha2::Sha256;
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

#[test]
fn each_algorithm_is_verified_with_its_own_kind_of_key() {
    let algorithms = [
        "RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "EdDSA", "Ed25519",
    ];
    for algorithm in algorithms {
        let pair = jose::pair_for(algorithm);
        let fake = Fake::new();
        fake.publishes(&[pair.jwk("k1")]);
        let token = pair.token(&header(algorithm), &claims());
        assert_eq!(
            status(&service_of(&rule()), &token, &fake),
            302,
            "{algorithm}"
        );

        let altered = pair.token(&header(algorithm), &claims_with(json!({"sub": "eve"})));
        let (_, signature) = token.rsplit_once('.').unwrap();
        let (signed, _) = altered.rsplit_once('.').unwrap();
        let altered = format!("{signed}.{signature}");
        assert_eq!(
            status(&service_of(&rule()), &altered, &fake),
            401,
            "{algorithm}"
        );
    }
}

#[test]
fn a_token_that_comes_again_is_verified_once() {
    let (service, fake) = (service_of(&rule()), issuer());
    for _ in 0..3 {
        assert_eq!(status(&service, &good(), &fake), 302);
    }
    assert_eq!(fake.verifications.get(), 1);
    fake.pass(secs(629));
    assert_eq!(status(&service, &good(), &fake), 302);
    fake.pass(secs(1));
    assert_eq!(status(&service, &good(), &fake), 401, "until it runs out");
}

#[test]
fn attack_alg_none() {
    for algorithm in ["none", "None", "NONE", "nOnE", ""] {
        let signed = format!(
            "{}.{}",
            b64(header(algorithm).to_string()),
            b64(claims().to_string())
        );
        let (_, signature) = good()
            .rsplit_once('.')
            .map(|(a, b)| (a.to_owned(), b.to_owned()))
            .unwrap();
        for signature in ["", "AA", &signature] {
            refused(&format!("{signed}.{signature}"));
        }
    }
    refused(&jose::ed25519(1).token(&json!({"kid": "k1"}), &claims()));
    refused(&jose::ed25519(1).token(&json!({"kid": "k1", "alg": ["EdDSA"]}), &claims()));
}

#[test]
fn attack_a_public_key_as_secret_of_hmac() {
    let pair = jose::rsa();
    let fake = Fake::new();
    fake.publishes(&[pair.jwk("k1")]);
    let service = service_of(&rule());
    let pem = include_str!("../fixtures/keys/rsa_2048.pub.pem");
    let jwk = pair.jwk("k1").to_string();
    let modulus = pair.jwk("k1")["n"].as_str().unwrap().to_owned();
    for secret in [pem, pem.trim(), &jwk, &modulus] {
        for algorithm in ["HS256", "RS256"] {
            let signed = format!(
                "{}.{}",
                b64(header(algorithm).to_string()),
                b64(claims().to_string())
            );
            let mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).unwrap();
            let mac = mac.chain_update(&signed).finalize().into_bytes();
            assert_eq!(
                status(&service, &format!("{signed}.{}", b64(mac)), &fake),
                401
            );
        }
    }
}

#[test]
fn an_algorithm_that_the_rule_does_not_list_is_refused() {
    let rule = with(rule(), json!({"algorithms": ["RS256", "ES256"]}));
    let fake = issuer();
    assert_eq!(status(&service_of(&rule), &good(), &fake), 401);
    assert!(fake.fetched.borrow().is_empty());
}

#[test]
fn a_header_that_says_more_than_is_known_here_is_refused() {
    for (changes, expected) in [
        (json!({"typ": null}), 302),
        (json!({"typ": "at+jwt"}), 302),
        (json!({"typ": "application/AT+JWT"}), 302),
        (json!({"typ": "dpop+jwt"}), 401),
        (json!({"typ": "logout+jwt"}), 401),
        (json!({"typ": 7}), 401),
        (json!({"crit": ["b64"], "b64": false}), 401),
        (json!({"crit": []}), 401),
        (json!({"kid": 1}), 401),
        (
            json!({"jwk": jose::ed25519(9).jwk("k1"), "jku": "https://evil.example"}),
            302,
        ),
    ] {
        let token = jose::ed25519(1).token(&with(header("EdDSA"), changes.clone()), &claims());
        assert_eq!(
            status(&service_of(&rule()), &token, &issuer()),
            expected,
            "{changes}"
        );
    }
    // Signed by the key that the header brings along.
    let own = jose::ed25519(9);
    let brought = with(header("EdDSA"), json!({"jwk": own.jwk("k1")}));
    refused(&own.token(&brought, &claims()));
}

#[test]
fn attack_duplicate_json_members() {
    let pair = jose::ed25519(1);
    let claims = claims().to_string();
    for (header, claims) in [
        (
            r#"{"alg":"EdDSA","kid":"k1"}"#,
            claims.replacen('{', r#"{"aud":"x","#, 1),
        ),
        (
            r#"{"alg":"EdDSA","kid":"k1"}"#,
            claims.replacen('{', r#"{"sub":"eve","#, 1),
        ),
        (r#"{"alg":"none","alg":"EdDSA","kid":"k1"}"#, claims.clone()),
    ] {
        refused(&pair.token_of(header, &claims));
    }
}

#[test]
fn what_is_no_jwt_in_compact_form_is_refused() {
    let good = good();
    let parts: Vec<&str> = good.split('.').collect();
    let (header, payload, signature) = (parts[0], parts[1], parts[2]);
    for token in [
        format!("{header}.{payload}"),
        format!("{good}."),
        format!("{good}.{signature}"),
        format!(".{payload}.{signature}"),
        format!("{header}..{signature}"),
        format!("{header}.{payload}.{signature}=="),
        format!("{header}.{payload}.{signature}\u{7e}"),
        format!("{header}=.{payload}.{signature}"),
        format!("{header}.{payload}.{}", &signature[1..]),
        format!("{}.{payload}.{signature}", b64("[]")),
        format!("{header}.{}.{signature}", b64("7")),
        format!("{header}.{}.{signature}", b64([0xff, 0xfe])),
        format!("{good}, Bearer {good}"),
        format!("{good} {good}"),
    ] {
        refused(&token);
    }
}

#[test]
fn attack_oversize_tokens() {
    let claims = claims_with(json!({"padding": "x".repeat(MAX_JWT_BYTES)}));
    let token = jose::ed25519(1).token(&header("EdDSA"), &claims);
    let (service, fake) = (service_of(&rule()), issuer());
    let response = ready(service.handle(bearing(&token), &fake));
    assert_eq!(response.status(), 431);
    let problem = support::json(&response);
    assert!(
        problem["type"]
            .as_str()
            .unwrap()
            .ends_with(":header-too-long")
    );
    assert!(
        problem["detail"]
            .as_str()
            .unwrap()
            .starts_with("authorization:")
    );
    // As deep as it is long.
    let deep = format!("{}{}", "[".repeat(2900), "]".repeat(2900));
    let claims = claims_with(json!({"deep": 0})).to_string();
    let claims = claims.replace(r#""deep":0"#, &format!(r#""deep":{deep}"#));
    let token = jose::ed25519(1).token_of(&header("EdDSA").to_string(), &claims);
    assert_eq!(status(&service, &token, &fake), 401);
    assert!(fake.fetched.borrow().is_empty());
}

#[test]
fn the_log_says_what_a_credential_is_that_is_no_token_of_a_caller() {
    let with_tokens = service_of(&rule());
    let without = support::service();
    for (service, credential, detail) in [
        (
            &with_tokens,
            "opaque",
            "it is neither a configured key nor a JWT",
        ),
        (
            &with_tokens,
            "a.b.c.d.e",
            "it is neither a configured key nor a JWT",
        ),
        (
            &with_tokens,
            "a.b.c",
            "the token is refused: not a JWT with the claims `iss` and `exp`",
        ),
        (
            &without,
            &good(),
            "it is a JWT, and no caller has tokens in this header",
        ),
        (&without, "opaque", "the key is not configured"),
    ] {
        let fake = Fake::new();
        assert_eq!(status(service, credential, &fake), 401);
        let line = support::answers::lines(&fake).pop().unwrap();
        assert_eq!(line["detail"], detail, "{credential}");
        assert!(fake.fetched.borrow().is_empty(), "no key was fetched");
    }
}
