//! `claims` and `audienceClaim` of callers, and issuers that strangers use as well.

use crate::support::{KEY_SHA256, bindings_with};
use edge_presigner::config::Config;
use serde_json::{Value, json};
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

const GITHUB: &str = "https://token.actions.githubusercontent.com";
const CLAIMS: &str = "CALLERS.ci.jwt.claims";

fn profile(prefix: &str, callers: &[&str]) -> Value {
    json!({"bucket": "bucket", "keyPrefix": prefix, "operations": ["getObject"], "callers": callers,
        "maxLifetimeSecs": 60})
}

fn faults(callers: &Value, profiles: &Value) -> Vec<String> {
    let (callers, profiles) = (callers.to_string(), profiles.to_string());
    let bindings = bindings_with(&[("CALLERS", &callers), ("PROFILES", &profiles)]);
    let config = Config::read(|name| bindings.get(name).cloned());
    let faults = config.err().map(|refused| refused.0).unwrap_or_default();
    assert!(!format!("{faults:?}").contains("MARKER"), "{faults:?}");
    faults
        .into_iter()
        .map(|fault| fault.path.into_owned())
        .collect()
}

/// The faults of the caller `ci` with `changes` to its rule.
fn faults_of(changes: Value) -> Vec<String> {
    let rule = json!({"issuer": "https://login.example", "audience": "web"});
    let callers = json!({"ci": {"jwt": crate::support::with(rule, changes)}});
    faults(&callers, &json!({"p": profile("", &["ci"])}))
}

#[test]
fn a_condition_is_a_text_a_list_or_a_beginning() {
    for (claims, fault) in [
        (json!({"a": "b"}), ""),
        (json!({"a": ["b", "c*"], "d.e": "f"}), ""),
        (json!({"a": "b c / ü*"}), ""),
        (json!({}), CLAIMS),
        (json!([]), CLAIMS),
        (json!("MARKER"), CLAIMS),
        (json!(null), ""),
        (json!({"a": ""}), "CALLERS.ci.jwt.claims.a"),
        (json!({"a": []}), "CALLERS.ci.jwt.claims.a"),
        (json!({"a": ["MARKER", ""]}), "CALLERS.ci.jwt.claims.a"),
        (json!({"a": "*"}), "CALLERS.ci.jwt.claims.a"),
        (json!({"a": ["MARKER", "*"]}), "CALLERS.ci.jwt.claims.a"),
        (json!({"a": "**"}), "CALLERS.ci.jwt.claims.a"),
        (json!({"a": "*MARKER"}), "CALLERS.ci.jwt.claims.a"),
        (json!({"a": "MARKER*b"}), "CALLERS.ci.jwt.claims.a"),
        (json!({"a": "MARKER*b*"}), "CALLERS.ci.jwt.claims.a"),
        (json!({"a": true}), "CALLERS.ci.jwt.claims.a"),
        (json!({"a": 7}), "CALLERS.ci.jwt.claims.a"),
        (json!({"a": [7]}), "CALLERS.ci.jwt.claims.a"),
        (json!({"a": {"b": "MARKER"}}), "CALLERS.ci.jwt.claims.a"),
        (json!({"": "b"}), CLAIMS),
        (json!({"aud": "b"}), "CALLERS.ci.jwt.claims.aud"),
        (json!({"iss": "b"}), "CALLERS.ci.jwt.claims.iss"),
        (json!({"exp": "1"}), "CALLERS.ci.jwt.claims.exp"),
    ] {
        let expected: &[&str] = if fault.is_empty() { &[] } else { &[fault] };
        assert_eq!(faults_of(json!({"claims": claims})), expected, "{claims}");
    }
    let long = "n".repeat(100);
    let faults = faults_of(json!({"claims": {long.as_str(): ""}}));
    assert_eq!(faults, [format!("{CLAIMS}.{}", "n".repeat(64))]);
}

#[test]
fn the_claim_of_the_audience_is_one_that_can_have_it() {
    for (claim, good) in [
        (json!("aud"), true),
        (json!("client_id"), true),
        (json!(""), false),
        (json!("iss"), false),
        (json!("exp"), false),
        (json!("nbf"), false),
        (json!("iat"), false),
        (json!(["azp"]), false),
    ] {
        let expected: &[&str] = if good {
            &[]
        } else {
            &["CALLERS.ci.jwt.audienceClaim"]
        };
        assert_eq!(
            faults_of(json!({"audienceClaim": claim})),
            expected,
            "{claim}"
        );
    }
}

#[test]
fn callers_with_the_same_audience_need_different_claims_both_of_them() {
    let none = json!({});
    let site = json!({"claims": {"repository": "acme/site", "ref": ["a", "b"]}});
    let same = json!({"claims": {"ref": ["b", "a", "b"], "repository": ["acme/site"]}});
    let docs = json!({"claims": {"repository": "acme/docs", "ref": ["a", "b"]}});
    let client = json!({"audienceClaim": "client_id"});
    for (one, other, good) in [
        (&none, &none, false),
        (&none, &site, false),
        (&site, &none, false),
        (&site, &same, false),
        (&site, &docs, true),
        (&none, &client, true),
        (&client, &client, false),
    ] {
        let rule = json!({"issuer": "https://login.example", "audience": "web"});
        let rule =
            |changes: &Value| json!({"jwt": crate::support::with(rule.clone(), changes.clone())});
        let callers = json!({"a": rule(one), "b": rule(other)});
        let faults = faults(&callers, &json!({"p": profile("", &["a", "b"])}));
        let expected: &[&str] = if good {
            &[]
        } else {
            &["CALLERS.b.jwt.audience", "CALLERS.a.jwt.audience"]
        };
        assert_eq!(faults, expected, "{one} {other}");
    }
}

#[test]
fn attack_tokens_of_strangers_from_an_issuer_that_everybody_uses() {
    for (issuer, shared) in [
        (GITHUB, true),
        ("https://token.actions.githubusercontent.com/", true),
        ("https://token.actions.githubusercontent.com/acme", true),
        ("https://Token.Actions.GitHubUserContent.com", true),
        (
            "https://token.actions.githubusercontent.com.acme.example",
            false,
        ),
        ("https://github.acme.example/_services/token", false),
        ("https://gitlab.com", true),
        ("https://gitlab.acme.example", false),
        ("https://agent.buildkite.com", true),
        ("https://app.terraform.io", true),
        ("https://app.eu.terraform.io", true),
        ("https://oidc.vercel.com", true),
        ("https://oidc.vercel.com/acme", false),
        ("https://login.app.env0.com/", true),
        ("https://accounts.google.com", true),
        ("https://oidc.circleci.com/org/5f0ae3a6", false),
        ("https://securetoken.google.com/acme", false),
        ("https://appleid.apple.com", false),
        ("https://www.facebook.com", false),
        (
            "https://login.microsoftonline.com/9188040d-6c67-4c5b-b112-36a304b66dad/v2.0",
            false,
        ),
        ("https://acme.cloudflareaccess.com", false),
    ] {
        let expected: &[&str] = if shared { &[CLAIMS] } else { &[] };
        assert_eq!(faults_of(json!({"issuer": issuer})), expected, "{issuer}");
        let narrowed = json!({"issuer": issuer, "claims": {"repository_owner_id": "7"}});
        assert_eq!(faults_of(narrowed), [""; 0], "{issuer}");
        let by_claim = json!({"issuer": issuer, "audienceClaim": "repository"});
        assert_eq!(faults_of(by_claim), expected, "{issuer}");
    }
}

#[test]
fn strangers_may_have_keys_of_their_own_and_nothing_else() {
    let callers = json!({
        "ci": {"jwt": {"issuer": GITHUB, "audience": "presigner"}},
        "app": {"bearerSha256": [KEY_SHA256]},
    });
    let own = profile("owners/{repository_owner_id}/", &["ci"]);
    for (profiles, expected) in [
        (json!({"own": own}), &[] as &[&str]),
        (
            json!({"own": own, "app": profile("", &["app", "anyone"])}),
            &[],
        ),
        (json!({"app": profile("", &["app"])}), &[]),
        (
            json!({"own": own, "all": profile("all/", &["app", "ci"])}),
            &[CLAIMS],
        ),
        // Said once.
        (
            json!({"a": profile("a/", &["ci", "ci"]), "b": profile("b/", &["ci"])}),
            &[CLAIMS],
        ),
        // What is missing or wrong in the profile is not known to open anything.
        (
            json!({"a": crate::support::with(own.clone(), json!({"keyPrefix": null}))}),
            &["PROFILES.a.keyPrefix"],
        ),
    ] {
        assert_eq!(faults(&callers, &profiles), expected, "{profiles}");
    }
    let wrong =
        json!({"ci": {"jwt": {"issuer": GITHUB, "audience": "presigner", "claims": {"a": "*"}}}});
    let all = json!({"all": profile("all/", &["ci"])});
    assert_eq!(faults(&wrong, &all), ["CALLERS.ci.jwt.claims.a"]);
}
