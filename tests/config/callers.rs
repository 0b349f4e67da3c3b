//! `CALLERS` and `LINK_KEY` are checked with the configuration.

use std::rc::Rc;

use crate::support::{KEY_SHA256, bindings_with};
use edge_presigner::callers::Authenticator;
use edge_presigner::config::Config;
use edge_presigner::platform::SignatureAlgorithm;
use serde_json::{Value, json};
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

const PROFILES: &str = r#"{"p":{"bucket":"bucket","keyPrefix":"","operations":["getObject"],
    "callers":["anyone"],"maxLifetimeSecs":60}}"#;

fn read(callers: &Value) -> Result<Config, Vec<String>> {
    let bindings = bindings_with(&[("CALLERS", &callers.to_string()), ("PROFILES", PROFILES)]);
    let config = Config::read(|name| bindings.get(name).cloned());
    config.map_err(|refused| {
        refused
            .0
            .into_iter()
            .map(|fault| fault.path.into_owned())
            .collect()
    })
}

fn faults(callers: &Value) -> Vec<String> {
    read(callers).err().unwrap_or_default()
}

fn jwt() -> Value {
    json!({"issuer": "https://login.example", "audience": "web"})
}

fn jwt_with(member: &str, value: Value) -> Value {
    let mut jwt = jwt();
    jwt[member] = value;
    json!({"web": {"jwt": jwt}})
}

#[test]
fn a_rule_for_tokens_takes_every_algorithm_and_authorization_unless_it_says_otherwise() {
    let config = read(&json!({"web": {"jwt": jwt()}})).unwrap();
    let Authenticator::Jwt(rule) = &config.callers.callers[0].authenticator else {
        panic!("{config:?}")
    };
    assert_eq!(rule.algorithms, SignatureAlgorithm::ALL);
    assert_eq!(rule.audiences, ["web"]);
    assert_eq!(rule.header, "authorization");
    assert_eq!(rule.issuer.urls().issuer, "https://login.example");
}

#[test]
fn a_caller_has_keys_or_a_rule_for_tokens() {
    for callers in [
        json!({"a": {}}),
        json!({"a": {"bearerSha256": [KEY_SHA256], "jwt": jwt()}}),
    ] {
        assert_eq!(faults(&callers), ["CALLERS.a.bearerSha256"], "{callers}");
    }
}

#[test]
fn a_caller_is_an_admin_only_where_that_is_said() {
    let config = read(&json!({
        "a": {"bearerSha256": []},
        "b": {"bearerSha256": [], "admin": true},
        "c": {"jwt": jwt(), "admin": true},
        "d": {"bearerSha256": [], "admin": false},
    }));
    let callers = config.unwrap().callers.callers;
    let admins = callers.iter().filter(|it| it.admin);
    let admins: Vec<&str> = admins.map(|it| &*it.name).collect();
    assert_eq!(admins, ["b", "c"]);
    for wrong in [json!("yes"), json!(1), json!(null)] {
        let callers = json!({"a": {"bearerSha256": [], "admin": wrong}});
        assert_eq!(faults(&callers), ["CALLERS.a.admin"]);
    }
}

#[test]
fn two_callers_cannot_share_a_key() {
    let callers = format!(
        r#"{{"app":{{"bearerSha256":["{KEY_SHA256}"]}},"other":{{"bearerSha256":["{KEY_SHA256}"]}}}}"#
    );
    assert_eq!(
        super::faults(&[("CALLERS", &callers)]),
        ["CALLERS.app.bearerSha256", "CALLERS.other.bearerSha256"]
    );
}

#[test]
fn names_that_profiles_use_for_others_are_no_callers() {
    for name in ["anyone", "link"] {
        let callers = json!({name: {"bearerSha256": []}});
        assert_eq!(faults(&callers)[0], format!("CALLERS.{name}"));
    }
}

#[test]
fn keys_of_issuers_come_by_https_or_from_this_machine() {
    for (url, good) in [
        ("https://login.example", true),
        ("https://login.example:8443/realms/a?b=c", true),
        ("http://127.0.0.1:9000", true),
        ("http://localhost", true),
        ("http://[::1]:9000/x", true),
        ("http://login.example", false),
        ("http://localhost.evil.example", false),
        ("http://127.0.0.1.evil.example", false),
        ("https://user@login.example", false),
        ("https://login.example/#x", false),
        ("ftp://login.example", false),
        ("login.example", false),
        ("/jwks", false),
        ("", false),
    ] {
        for member in ["issuer", "jwksUri"] {
            let expected = if good {
                vec![]
            } else {
                vec![format!("CALLERS.web.jwt.{member}")]
            };
            assert_eq!(
                faults(&jwt_with(member, json!(url))),
                expected,
                "{member} {url}"
            );
        }
    }
}

#[test]
fn every_other_member_of_a_rule_is_checked_too() {
    for (member, value) in [
        ("audience", json!("")),
        ("audience", json!([])),
        ("audience", json!(["web", ""])),
        ("audience", json!([7])),
        ("algorithms", json!([])),
        ("algorithms", json!(["none"])),
        ("algorithms", json!(["HS256"])),
        ("algorithms", json!(["RS256", "rs512"])),
        ("algorithms", json!("RS256")),
        ("header", json!("")),
        ("header", json!("X Token")),
        ("header", json!("X-Token\r\nX-Other")),
        ("header", json!("Cookie")),
        ("header", json!("accept")),
        ("header", json!("Host")),
        ("header", json!("Origin")),
        ("header", json!("Content-Length")),
        ("header", json!("content-type")),
        ("header", json!("Access-Control-Request-Method")),
        ("header", json!("CF-Connecting-IP")),
        ("header", json!("CF-Ray")),
        ("keys", json!([])),
    ] {
        let callers = jwt_with(member, value.clone());
        let faults = faults(&callers);
        let [fault] = faults.as_slice() else {
            panic!("{value}: {faults:?}")
        };
        // An item of a list has its index.
        let field = fault.split('[').next().unwrap();
        assert_eq!(field, format!("CALLERS.web.jwt.{member}"), "{value}");
    }
    let missing = json!({"web": {"jwt": {}}});
    assert_eq!(
        faults(&missing),
        ["CALLERS.web.jwt.issuer", "CALLERS.web.jwt.audience"]
    );
}

#[test]
fn no_token_can_be_meant_for_two_callers() {
    for (other, good) in [
        (
            json!({"issuer": "https://login.example", "audience": ["x", "web"]}),
            false,
        ),
        (
            json!({"issuer": "https://login.example", "audience": "web", "jwksUri": "https://x.example"}),
            false,
        ),
        (
            json!({"issuer": "https://login.example", "audience": "app"}),
            true,
        ),
        (
            json!({"issuer": "https://other.example", "audience": "web"}),
            true,
        ),
        (
            json!({"issuer": "https://login.example", "audience": "web", "header": "X-Token"}),
            true,
        ),
    ] {
        let faults = faults(&json!({"a": {"jwt": jwt()}, "b": {"jwt": other}}));
        assert_eq!(faults.is_empty(), good, "{other}");
        let both = ["CALLERS.b.jwt.audience", "CALLERS.a.jwt.audience"];
        assert!(good || faults == both, "{faults:?}");
    }
}

#[test]
fn callers_of_one_issuer_share_its_keys() {
    let app = json!({"issuer": "https://login.example", "audience": "app"});
    let config = read(&json!({"web": {"jwt": jwt()}, "app": {"jwt": app}})).unwrap();
    let rules = config.callers.callers.iter();
    let issuers: Vec<_> = rules
        .map(|caller| match &caller.authenticator {
            Authenticator::Jwt(rule) => &rule.issuer,
            Authenticator::BearerKeys(_) => panic!("{caller:?}"),
        })
        .collect();
    assert!(Rc::ptr_eq(issuers[0], issuers[1]));
    assert_eq!(config.callers.headers.len(), 1);
}

#[test]
fn the_link_key_is_32_bytes_in_base64_or_several() {
    let key = "bmV3bmV3bmV3bmV3bmV3bmV3bmV3bmV3bmV3bmV3bmU=";
    for (text, good) in [
        (key.to_owned(), true),
        (format!(" {key}\n"), true),
        (format!("{key},{key}"), true),
        (format!("{key},"), false),
        ("c2hvcnQ=".to_owned(), false),
        (format!("{key}AAAA"), false),
        ("MARKER".to_owned(), false),
    ] {
        let bindings = bindings_with(&[("LINK_KEY", &text)]);
        let config = Config::read(|name| bindings.get(name).cloned());
        let faults = config.err().map(|refused| refused.0).unwrap_or_default();
        assert_eq!(faults.is_empty(), good, "{text}");
        assert!(good || faults[0].path == "LINK_KEY");
        assert!(!format!("{faults:?}").contains("MARKER"));
    }
}

#[test]
fn a_profile_names_links_only_where_there_is_a_key_for_them() {
    let profiles = PROFILES.replace("anyone", "link");
    let bindings = bindings_with(&[("PROFILES", &profiles)]);
    let faults = Config::read(|name| bindings.get(name).cloned())
        .unwrap_err()
        .0;
    assert_eq!(faults[0].path, "PROFILES.p.callers[0]");
    assert!(faults[0].reason.contains("LINK_KEY"));
}
