//! Callers that are told apart by claims of their tokens.

use super::{claims_with, header, issuer, rule, service_of, service_with_callers, status};
use crate::support::answers::lines;
use crate::support::jose::{self, ISSUER};
use crate::support::with;
use serde_json::{Value, json};
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

/// The status of a token with `claims` where the rule has these `conditions`.
fn status_of(conditions: &Value, claims: Value) -> u16 {
    let rule = with(rule(), json!({"claims": conditions}));
    let token = jose::ed25519(1).token(&header("EdDSA"), &claims_with(claims));
    status(&service_of(&rule), &token, &issuer())
}

#[test]
fn a_claim_is_compared_with_the_texts_of_its_condition() {
    for (condition, claim, expected) in [
        (json!("acme/site"), json!("acme/site"), 302),
        (json!("acme/site"), json!("acme/site2"), 401),
        (json!("acme/site"), json!("Acme/site"), 401),
        (json!("acme/site"), json!(""), 401),
        (json!("acme/site"), json!(null), 401),
        (json!(["acme/site", "acme/docs"]), json!("acme/docs"), 302),
        (json!(["acme/site", "acme/docs"]), json!("acme/"), 401),
        (json!("acme/*"), json!("acme/site"), 302),
        (json!("acme/*"), json!("acme/"), 302),
        (json!("acme/*"), json!("acme"), 401),
        (json!("acme/*"), json!("acme-corp/site"), 401),
        (json!("acme/*"), json!("evil/acme/site"), 401),
        (json!(["x", "acme/*"]), json!("acme/site"), 302),
        // A list matches by any of its elements.
        (json!("acme/*"), json!(["evil/site", "acme/site"]), 302),
        (json!("acme/*"), json!(["evil/site"]), 401),
        (json!("acme/*"), json!([]), 401),
        (json!("acme/*"), json!([["acme/site"]]), 401),
        (json!("acme/*"), json!({"acme/site": "acme/site"}), 401),
        // Numbers and booleans by their text in JSON.
        (json!("true"), json!(true), 302),
        (json!("true"), json!(false), 401),
        (json!("1234567"), json!(1_234_567), 302),
        (json!("1234567"), json!([7, 1_234_567]), 302),
        (json!("1234567"), json!("1234567"), 302),
        (json!("1234567"), json!(12_345_678), 401),
        (json!("-1"), json!(-1), 302),
        (json!("0"), json!(0.5), 401),
        // Two numbers from here on may be read as the same one.
        (
            json!("9007199254740992"),
            json!(9_007_199_254_740_993_u64),
            401,
        ),
        (
            json!("9007199254740991"),
            json!(9_007_199_254_740_991_u64),
            302,
        ),
    ] {
        assert_eq!(
            status_of(
                &json!({"repository": condition}),
                json!({"repository": claim})
            ),
            expected,
            "{condition} {claim}"
        );
    }
}

#[test]
fn all_conditions_have_to_be_met() {
    let conditions = json!({"repository": "acme/site", "ref": ["refs/heads/main", "refs/tags/*"]});
    for (claims, expected) in [
        (
            json!({"repository": "acme/site", "ref": "refs/heads/main"}),
            302,
        ),
        (
            json!({"repository": "acme/site", "ref": "refs/tags/v1"}),
            302,
        ),
        (
            json!({"repository": "acme/site", "ref": "refs/heads/fix"}),
            401,
        ),
        (
            json!({"repository": "evil/site", "ref": "refs/heads/main"}),
            401,
        ),
        (json!({"repository": "acme/site"}), 401),
        (json!({}), 401),
    ] {
        assert_eq!(status_of(&conditions, claims.clone()), expected, "{claims}");
    }
}

#[test]
fn the_name_of_a_claim_may_lead_into_objects() {
    let roles = json!({"realm_access.roles": "uploader"});
    let nested = |role: &str| json!({"realm_access": {"roles": ["user", role]}});
    assert_eq!(status_of(&roles, nested("uploader")), 302);
    assert_eq!(status_of(&roles, nested("admin")), 401);
    // A claim with that very name comes first, as in keys.
    let url = json!({"https://acme.example/roles": "uploader"});
    assert_eq!(
        status_of(&url, json!({"https://acme.example/roles": ["uploader"]})),
        302
    );
    let both = json!({"a.b": "no", "a": {"b": "yes"}});
    assert_eq!(status_of(&json!({"a.b": "yes"}), both), 401);
}

#[test]
fn claims_tell_apart_callers_whose_tokens_are_alike() {
    let caller = |repository: Value| json!({"jwt": with(rule(), json!({"claims": {"repository": repository}}))});
    let callers = json!({
        "site": caller(json!("acme/site")),
        "docs": caller(json!(["acme/docs", "acme/both"])),
        "both": caller(json!("acme/bo*")),
    });
    let (service, fake) = (service_with_callers(&callers), issuer());
    let mut seen = Vec::new();
    for repository in [
        "acme/site",
        "acme/docs",
        "acme/both",
        "acme/body",
        "evil/site",
    ] {
        let claims = claims_with(json!({"repository": repository}));
        let token = jose::ed25519(1).token(&header("EdDSA"), &claims);
        // The second time it is remembered.
        for _ in 0..2 {
            let status = status(&service, &token, &fake);
            let line = lines(&fake).pop().unwrap();
            seen.push((status, line["caller"].clone(), line["detail"].clone()));
        }
    }
    seen.dedup();
    let known = |name: &str| (302, json!(name), json!(null));
    let refused = |why: &str| {
        (
            401,
            json!(null),
            json!(format!("the token is refused: {why}")),
        )
    };
    let expected = [
        known("site"),
        known("docs"),
        refused("more than one caller has its `aud` and claims"),
        known("both"),
        refused("no caller has its claims"),
    ];
    assert_eq!(seen, expected);
    assert_eq!(fake.fetched.borrow().len(), 2, "fetched once for all");
}

#[test]
fn attack_conditions_of_one_audience_with_tokens_for_another() {
    let callers = json!({
        "a": {"jwt": {"issuer": ISSUER, "audience": "a", "claims": {"role": "admin"}}},
        "b": {"jwt": {"issuer": ISSUER, "audience": "b", "claims": {"role": "user"}}},
    });
    let service = service_with_callers(&callers);
    for (aud, role, expected) in [
        ("a", "admin", 302),
        ("b", "user", 302),
        ("a", "user", 401),
        ("b", "admin", 401),
        ("c", "admin", 401),
    ] {
        let claims = claims_with(json!({"aud": aud, "role": role}));
        let token = jose::ed25519(1).token(&header("EdDSA"), &claims);
        assert_eq!(
            status(&service, &token, &issuer()),
            expected,
            "{aud} {role}"
        );
    }
}
