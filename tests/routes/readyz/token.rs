//! What `/readyz` says of the token of a worker that is its own issuer.

use super::{get, readiness, service_with};
use crate::support::jose::{self, RFC7515_P256};
use crate::support::{Fake, NOON_SECS, json as json_of, ready, request, secs, token};
use edge_presigner::service::Service;
use http::Method;
use serde_json::json;
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

fn own_issuer() -> Service {
    service_with(&[
        ("OIDC_ISSUER", "https://sign.example.com"),
        ("OIDC_SIGNING_KEYS", RFC7515_P256),
    ])
}

#[test]
fn an_own_issuer_has_a_token_for_ever() {
    let fake = Fake::new();
    fake.token.replace(None);
    let told = readiness(&own_issuer(), &fake);
    assert_eq!(told["status"], "ok");
    assert_eq!(told["token"], json!({"status": "ok", "source": "issuer"}));
}

#[test]
fn a_bound_token_is_used_first_and_may_run_out() {
    let fake = Fake::new();
    // Without an issuer of its own the worker would be red: the session lasts longer.
    fake.token.replace(Some(token(secs(600))));
    let told = readiness(&own_issuer(), &fake);
    let expected = json!({"status": "ok", "source": "bound", "expiresAt": "2026-03-01T12:10:00Z", "hoursLeft": 0});
    assert_eq!((&told["status"], &told["token"]), (&"ok".into(), &expected));
    let alone = readiness(&service_with(&[]), &fake);
    assert_eq!(alone["token"]["status"], "red");
    assert_eq!(alone["token"]["source"], "bound");
}

#[test]
fn a_bound_token_that_cannot_be_used_is_amber_while_the_own_issuer_stands_in() {
    let urn = |slug: &str| format!("urn:problem-type:edge-presigner:{slug}");
    for (bound, slug, expires_at) in [
        (
            token(secs(0)),
            "token-expired",
            Some("2026-03-01T12:00:00Z"),
        ),
        ("not a jwt".to_owned(), "token-malformed", None),
    ] {
        let fake = Fake::new();
        fake.token.replace(Some(bound));
        let told = readiness(&own_issuer(), &fake);
        assert_eq!(told["status"], "amber");
        let token = &told["token"];
        assert_eq!(
            (&token["status"], &token["source"]),
            (&"amber".into(), &"issuer".into())
        );
        assert_eq!(token["fault"], urn(slug));
        assert_eq!(token["expiresAt"].as_str(), expires_at);
    }
}

#[test]
fn a_pushed_token_is_told_like_a_bound_one_and_read_at_most_once_a_minute() {
    let pushing = || {
        service_with(&[
            ("PUSHED_TOKEN_ISSUER", jose::ISSUER),
            ("PUSHED_TOKEN_SUBJECT", "edge-presigner"),
        ])
    };
    let fake = Fake::with_issuer();
    fake.token.replace(None);
    let waiting = json_of(&get(&pushing(), &fake));
    let missing = json!({"status": "red", "fault": "urn:problem-type:edge-presigner:token-missing", "hoursLeft": 0});
    assert_eq!(
        (&waiting["status"], &waiting["token"]),
        (&"red".into(), &missing)
    );
    let claims = json!({"iss": jose::ISSUER, "aud": "sts.amazonaws.com", "sub": "edge-presigner", "exp": NOON_SECS + 86_400});
    let token = jose::ed25519(1).token(&json!({"alg": "EdDSA", "kid": "k1"}), &claims);
    let pushed = ready(pushing().handle(request(Method::PUT, "/v1/token", &token), &fake));
    assert_eq!(pushed.status(), 204);
    let service = pushing();
    let told = readiness(&service, &fake);
    let expected = json!({"status": "ok", "source": "pushed", "expiresAt": "2026-03-02T12:00:00Z", "hoursLeft": 24});
    assert_eq!((&told["status"], &told["token"]), (&"ok".into(), &expected));
    let reads = fake.kv_reads.get();
    for _ in 0..100 {
        readiness(&service, &fake);
    }
    assert_eq!(fake.kv_reads.get(), reads);
    fake.pass(secs(60));
    readiness(&service, &fake);
    assert_eq!(fake.kv_reads.get(), reads + 1);
}
