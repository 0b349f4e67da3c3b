//! Access tokens whose application stands in another claim than `aud`.

use super::{claims_with, header, issuer, service_of, service_with_callers, status};
use crate::support::jose::{self, ISSUER};
use serde_json::{Value, json};
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

fn status_of(rule: &Value, claims: Value) -> u16 {
    let token = jose::ed25519(1).token(&header("EdDSA"), &claims_with(claims));
    status(&service_of(rule), &token, &issuer())
}

#[test]
fn access_tokens_of_common_issuers_name_their_application() {
    for (claim, claims) in [
        // Cognito.
        (
            "client_id",
            json!({"aud": null, "client_id": "app", "token_use": "access"}),
        ),
        // Keycloak.
        (
            "azp",
            json!({"aud": "account", "azp": "app", "typ": "Bearer"}),
        ),
        ("azp", json!({"aud": null, "azp": "app"})),
        // Okta.
        ("cid", json!({"aud": "api://default", "cid": "app"})),
        // Auth0.
        (
            "azp",
            json!({"aud": ["https://api.example", "https://tenant.example/userinfo"], "azp": "app"}),
        ),
        // Entra, version 1 and 2.
        (
            "appid",
            json!({"aud": "api://x", "appid": "app", "ver": "1.0"}),
        ),
        ("azp", json!({"aud": "x", "azp": "app", "ver": "2.0"})),
    ] {
        let rule = json!({"issuer": ISSUER, "audience": "app", "audienceClaim": claim});
        assert_eq!(status_of(&rule, claims.clone()), 302, "{claims}");
        let other = json!({"issuer": ISSUER, "audience": "other", "audienceClaim": claim});
        assert_eq!(status_of(&other, claims.clone()), 401, "{claims}");
        // By default `aud` counts alone.
        let default = json!({"issuer": ISSUER, "audience": "app"});
        assert_eq!(status_of(&default, claims.clone()), 401, "{claims}");
    }
}

#[test]
fn the_claim_is_a_text_or_a_list_of_texts_and_nothing_else() {
    let rule = json!({"issuer": ISSUER, "audience": ["app", "web"], "audienceClaim": "client.id"});
    for (client, expected) in [
        (json!({"id": "app"}), 302),
        (json!({"id": ["x", "web"]}), 302),
        (json!({"id": ["x"]}), 401),
        (json!({"id": []}), 401),
        (json!({"id": ["app", 7]}), 401),
        (json!({"id": {"app": "app"}}), 401),
        (json!({"id": "App"}), 401),
        (json!("app"), 401),
        (json!(null), 401),
    ] {
        let claims = json!({"aud": "app", "client": client});
        assert_eq!(status_of(&rule, claims), expected, "{client}");
    }
}

#[test]
fn an_aud_that_is_no_audience_is_refused_whatever_the_claim() {
    let rule = json!({"issuer": ISSUER, "audience": "app", "audienceClaim": "azp"});
    for aud in [json!(7), json!({}), json!(["x", 7])] {
        assert_eq!(status_of(&rule, json!({"aud": aud, "azp": "app"})), 401);
    }
}

#[test]
fn aud_may_be_named_and_is_then_required_as_ever() {
    let rule = json!({"issuer": ISSUER, "audience": "app", "audienceClaim": "aud"});
    assert_eq!(status_of(&rule, json!({"aud": "app"})), 302);
    assert_eq!(status_of(&rule, json!({"aud": null})), 401);
}

#[test]
fn a_token_that_two_claims_give_to_two_callers_is_refused() {
    let callers = json!({
        "id": {"jwt": {"issuer": ISSUER, "audience": "app"}},
        "access": {"jwt": {"issuer": ISSUER, "audience": "app", "audienceClaim": "client_id"}},
    });
    let service = service_with_callers(&callers);
    for (claims, expected) in [
        (json!({"aud": "app"}), 302),
        (json!({"aud": null, "client_id": "app"}), 302),
        (json!({"aud": "app", "client_id": "app"}), 401),
    ] {
        let token = jose::ed25519(1).token(&header("EdDSA"), &claims_with(claims.clone()));
        assert_eq!(status(&service, &token, &issuer()), expected, "{claims}");
    }
}
