//! Where an issuer says that its keys are.

use super::{good, issuer, rule, service_of, status};
use crate::support::jose::{DISCOVERY, ISSUER, JWKS};
use crate::support::{answer, with};
use serde_json::json;
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

#[test]
fn keys_at_a_url_that_is_configured_need_no_discovery() {
    let fake = issuer();
    fake.sites.borrow_mut().remove(DISCOVERY);
    let service = service_of(&with(rule(), json!({"jwksUri": JWKS})));
    assert_eq!(status(&service, &good(), &fake), 302);
    assert_eq!(*fake.fetched.borrow(), [JWKS]);
}

#[test]
fn a_discovery_document_that_is_not_the_issuers_own_is_not_believed() {
    let document =
        |issuer: &str, jwks: &str| json!({"issuer": issuer, "jwks_uri": jwks}).to_string();
    for (status_code, text) in [
        (200, document("https://evil.example", JWKS)),
        (200, document("https://login.example/", JWKS)),
        (200, document(ISSUER, "http://keys.example/jwks?v=1")),
        (200, document(ISSUER, "https://user@keys.example/jwks?v=1")),
        (200, document(ISSUER, "file:///etc/passwd")),
        (200, json!({"issuer": ISSUER}).to_string()),
        (200, "<html>".to_owned()),
        (301, document(ISSUER, JWKS)),
        (404, document(ISSUER, JWKS)),
    ] {
        let fake = issuer();
        let site = Ok(answer(status_code, &text));
        fake.sites.borrow_mut().insert(DISCOVERY.to_owned(), site);
        assert_eq!(status(&service_of(&rule()), &good(), &fake), 503, "{text}");
        assert_eq!(*fake.fetched.borrow(), [DISCOVERY]);
    }
}
