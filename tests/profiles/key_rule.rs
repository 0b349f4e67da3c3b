//! Claims in a profile's prefix: each is one whole safe segment, or opens nothing.

use crate::support::jose::{self, ISSUER};
use crate::support::principals::{self, EVERY, Proof};
use crate::support::{
    Fake, KEY_SHA256, NOON_SECS, bindings_with, ready, request, service_with, with_bearer,
};
use edge_presigner::callers::is_safe_segment;
use edge_presigner::config::Config;
use edge_presigner::encode;
use edge_presigner::service::Service;
use http::Method;
use serde_json::{Value, json};
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

fn changes(prefix: &str, callers: &[&str]) -> [(&'static str, String); 3] {
    let all = json!({
        "app": {"bearerSha256": [KEY_SHA256]},
        "web": {"jwt": {"issuer": ISSUER, "audience": "web"}},
    });
    let profile = json!({"bucket": "bucket", "keyPrefix": prefix, "callers": callers,
        "operations": ["getObject"], "maxLifetimeSecs": 60});
    [
        ("CALLERS", all.to_string()),
        ("PROFILES", json!({"p": profile}).to_string()),
        (
            "LINK_KEY",
            "bmV3bmV3bmV3bmV3bmV3bmV3bmV3bmV3bmV3bmV3bmU=".to_owned(),
        ),
    ]
}

fn service_of(prefix: &str) -> Service {
    let changes = changes(prefix, &["web"]);
    let changes = changes
        .each_ref()
        .map(|(name, value)| (*name, value.as_str()));
    service_with(&changes)
}

/// The faults of a profile with this prefix and these callers.
fn faults(prefix: &str, callers: &[&str]) -> Vec<String> {
    let changes = changes(prefix, callers);
    let changes = changes
        .each_ref()
        .map(|(name, value)| (*name, value.as_str()));
    let bindings = bindings_with(&changes);
    let config = Config::read(|name| bindings.get(name).cloned());
    let faults = config.err().map(|misconfigured| misconfigured.0);
    faults
        .unwrap_or_default()
        .into_iter()
        .map(|fault| fault.path.into_owned())
        .collect()
}

/// The status for `key` of who has `claims`.
fn status(service: &Service, claims: &Value, key: &str) -> u16 {
    let fake = Fake::new();
    fake.publishes(&[jose::ed25519(1).jwk("k1")]);
    let mut all = json!({"iss": ISSUER, "aud": "web", "exp": NOON_SECS + 600});
    for (name, value) in claims.as_object().unwrap() {
        all[name] = value.clone();
    }
    let token = jose::ed25519(1).token(&json!({"alg": "EdDSA", "kid": "k1"}), &all);
    let request = with_bearer(
        request(Method::GET, &format!("/o/p/{}", encode::path(key)), ""),
        &token,
    );
    ready(service.handle(request, &fake)).status().as_u16()
}

#[test]
fn a_claim_opens_its_own_segment() {
    let service = service_of("users/{sub}/");
    for value in [
        json!("ada"),
        json!("ada@example.com"),
        json!("auth0|5f7"),
        json!("a b"),
        json!("日本"),
        json!("..."),
    ] {
        let key = format!("users/{}/a.png", value.as_str().unwrap());
        assert_eq!(status(&service, &json!({"sub": value}), &key), 302, "{key}");
    }
}

#[test]
fn attack_claims_that_are_no_safe_segment() {
    let service = service_of("users/{sub}/");
    for value in [
        json!(""),
        json!("."),
        json!(".."),
        json!("/"),
        json!("ada/bob"),
        json!("../bob"),
        json!("bob/.."),
        json!("ada/"),
        json!("/ada"),
        json!("ada\\bob"),
        json!("%2f"),
        json!("ada%2Fbob"),
        json!("%2e%2e"),
        json!("100%"),
        json!("ada\u{0}"),
        json!("ada\n"),
        json!("ada\r\nSet-Cookie: a=b"),
        json!("\u{7f}"),
        json!("\u{85}"),
        json!("a".repeat(256)),
        json!(null),
        json!(true),
        json!(1.5),
        json!(-1),
        json!(9_007_199_254_740_993_u64),
        json!(["ada"]),
        json!({"ada": 1}),
    ] {
        let text = value
            .as_str()
            .map_or_else(|| value.to_string(), str::to_owned);
        for key in [
            format!("users/{text}/a.png"),
            "users/bob/a.png".to_owned(),
            "users//a.png".to_owned(),
        ] {
            let got = status(&service, &json!({"sub": value}), &key);
            assert!(matches!(got, 403 | 400), "{value} {key}: {got}");
        }
    }
    assert_eq!(
        status(&service, &json!({}), "users//a.png"),
        403,
        "no claim at all"
    );
}

#[test]
fn a_segment_is_safe_when_nobody_can_take_it_for_more() {
    for text in [
        "a",
        "ada@example.com",
        "...",
        "a..b",
        " ",
        "日本",
        "auth0|5f7",
        "+",
        "&",
        "{sub}",
    ] {
        assert!(is_safe_segment(text), "{text}");
    }
    for text in [
        "", ".", "..", "/", "a/b", "a\\b", "%", "%2e", "\0", "\t", "\u{9f}",
    ] {
        assert!(!is_safe_segment(text), "{text:?}");
    }
}

#[test]
fn attack_prefix_confusion() {
    let service = service_of("users/{sub}/");
    for key in [
        "users/10/a",
        "users/1",
        "users/1%2Fa",
        "users/01/a",
        "users/1 /a",
        "users//1/a",
        "Users/1/a",
    ] {
        assert_eq!(status(&service, &json!({"sub": "1"}), key), 403, "{key}");
    }
    assert_eq!(status(&service, &json!({"sub": "1"}), "users/1/a"), 302);
}

#[test]
fn attack_look_alikes() {
    let service = service_of("users/{sub}/");
    let look_alikes = [
        // Latin and Cyrillic.
        ("ada", "\u{430}da"),
        // Composed and not.
        ("\u{e9}", "e\u{301}"),
        // Full width.
        ("ada", "\u{ff41}da"),
        ("ada", "Ada"),
        // With something invisible.
        ("ada", "ada\u{200b}"),
        ("ada", "\u{feff}ada"),
        // A slash that is none.
        ("a", "a\u{2215}b"),
    ];
    for (sub, other) in look_alikes {
        for (sub, other) in [(sub, other), (other, sub)] {
            let key = format!("users/{other}/a.png");
            assert_eq!(
                status(&service, &json!({"sub": sub}), &key),
                403,
                "{sub} {other}"
            );
        }
    }
}

#[test]
fn claims_may_be_numbers_nested_or_named_with_dots() {
    let service = service_of("t/{org.id}/{https://example.com/team.name}/");
    for (claims, expected) in [
        (
            json!({"org": {"id": 7}, "https://example.com/team.name": "red"}),
            302,
        ),
        (
            json!({"org.id": "7", "https://example.com/team.name": "red"}),
            302,
        ),
        (
            json!({"org.id": "8", "org": {"id": 7}, "https://example.com/team.name": "red"}),
            403,
        ),
        (
            json!({"org": 7, "https://example.com/team.name": "red"}),
            403,
        ),
        (
            json!({"org": {"id": {"id": 7}}, "https://example.com/team.name": "red"}),
            403,
        ),
        (json!({"org": {"id": 7}}), 403),
    ] {
        assert_eq!(
            status(&service, &claims, "t/7/red/a.png"),
            expected,
            "{claims}"
        );
    }
}

#[test]
fn registered_claims_are_no_segments() {
    let service = service_of("x/{iss}/");
    assert_eq!(
        status(&service, &json!({}), "x/https://login.example/a"),
        403
    );
    assert_eq!(status(&service_of("x/{aud}/"), &json!({}), "x/web/a"), 403);
}

#[test]
fn a_prefix_with_claims_is_checked_with_the_configuration() {
    for prefix in [
        "",
        "users",
        "users/",
        "{sub}/",
        "users/{sub}/",
        "a/{b}/c/{d}/e/",
        "{a}/{b}/",
    ] {
        assert!(faults(prefix, &["web", "link"]).is_empty(), "{prefix}");
    }
    for prefix in [
        "users/{sub}",
        "users/{sub}x/",
        "users/x{sub}/",
        "users/{sub}/x",
        "users/{sub/",
        "users/sub}/",
        "users/{}/",
        "users/{{sub}}/",
        "users/{sub}/}",
        "{a}{b}/",
    ] {
        assert_eq!(
            faults(prefix, &["web"]),
            ["PROFILES.p.keyPrefix"],
            "{prefix}"
        );
    }
}

#[test]
fn callers_without_claims_cannot_be_let_in_by_claims() {
    for callers in [&["app"][..], &["anyone"], &["web", "app"]] {
        let last = callers.len() - 1;
        assert_eq!(
            faults("users/{sub}/", callers),
            [format!("PROFILES.p.callers[{last}]")],
            "{callers:?}"
        );
    }
    assert!(faults("users/", &["app", "anyone", "web", "link"]).is_empty());
}

#[test]
fn a_link_stands_for_a_segment_that_a_claim_could_have_been() {
    let link = Proof::link("users", ("keyPrefix", "users/a%2Fb/"), &EVERY);
    for path in ["/o/users/users/a%252Fb/x", "/o/users/users/a/b/x"] {
        let asked = link.request(Method::GET, path, "");
        assert_eq!(
            ready(principals::service().handle(asked, &Fake::with_issuer())).status(),
            403,
            "{path}"
        );
    }
}
