//! Every fault is listed, by the name of its field, and with no secret.

use super::{faults, profile, read};
use crate::support::bindings;
use edge_presigner::config::{Config, SECRETS_STORE};
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

#[test]
fn every_fault_is_listed_at_once() {
    let faults = faults(&[
        ("AWS_REGION", "Frankfurt!"),
        ("AWS_ROLE_ARN", "presigner"),
        ("AWS_ROLE_SESSION_NAME", "a name"),
        ("AWS_ROLE_DURATION_SECONDS", "60"),
        ("AWS_ENDPOINT_URL_STS", "sts.example.com"),
        ("AWS_ENDPOINT_URL_S3", "ftp://example.com"),
        (
            "CACHE_KEY",
            "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=,c2hvcnQ=",
        ),
        (
            "CALLERS",
            r#"{"app":{"bearerSha256":["plain-text-key"],"colour":"red"},"anyone":{"bearerSha256":[]}}"#,
        ),
        (
            "PROFILES",
            r#"{"p":{"bucket":"-x","keyPrefix":7,"operations":["getObject","fly"],"callers":["ghost"],
                "maxLifetimeSecs":0,"addressingStyle":"sideways","colour":"red"},"a b":3}"#,
        ),
    ]);
    let expected = [
        "AWS_REGION",
        "AWS_ROLE_ARN",
        "AWS_ROLE_SESSION_NAME",
        "AWS_ROLE_DURATION_SECONDS",
        "AWS_ENDPOINT_URL_STS",
        "AWS_ENDPOINT_URL_S3",
        "CACHE_KEY",
        "CALLERS.app.colour",
        "CALLERS.app.bearerSha256",
        "CALLERS.anyone",
        "PROFILES.p.keyPrefix",
        "PROFILES.p.colour",
        "PROFILES.p.addressingStyle",
        "PROFILES.p.operations[1]",
        "PROFILES.p.bucket",
        "PROFILES.p.callers[0]",
        "PROFILES.p.maxLifetimeSecs",
        "PROFILES.a b",
        "PROFILES.a b",
    ];
    let mut faults = faults[..expected.len()].to_vec();
    let mut expected = expected.map(str::to_owned);
    // In which order is of no interest.
    faults.sort();
    expected.sort();
    assert_eq!(faults, expected);
}

#[test]
fn fields_that_are_wrong_are_listed_as_they_stand_and_the_others_are_read() {
    let profiles =
        profile(r#""versions":1,"colour.of":"red","overwrite":true,"windowSecs":"","uppy":{}"#);
    let expected = ["versions", "colour.of", "windowSecs", "uppy"];
    let expected = expected.map(|field| format!("PROFILES.p.{field}"));
    assert_eq!(faults(&[("PROFILES", &profiles)]), expected);
}

#[test]
fn nothing_is_assumed_where_something_is_missing() {
    let none = Config::read(|_| None).unwrap_err().0;
    let fields: Vec<_> = none.iter().map(|fault| &*fault.path).collect();
    assert_eq!(fields, ["AWS_REGION", "PROFILES", "AWS_ROLE_ARN"]);
    assert_eq!(
        faults(&[("PROFILES", r#"{"p":{}}"#)]),
        [
            "PROFILES.p.bucket",
            "PROFILES.p.keyPrefix",
            "PROFILES.p.operations",
            "PROFILES.p.callers",
            "PROFILES.p.maxLifetimeSecs"
        ]
    );
}

#[test]
fn numbers_that_are_not_whole_are_no_seconds() {
    for number in ["1.5", "-1", "\"60\"", "null", "1e99"] {
        let profiles = profile("").replace("60", number);
        assert_eq!(
            faults(&[("PROFILES", &profiles)]),
            ["PROFILES.p.maxLifetimeSecs"],
            "{number}"
        );
    }
}

#[test]
fn json_that_is_none_or_names_a_member_twice_is_refused() {
    for (profiles, callers) in [
        ("[]", "{}"),
        ("{", "{}"),
        ("{}", "nonsense"),
        (r#"{"a":{},"a":{}}"#, "{}"),
        ("{}", r#"{"a":{"bearerSha256":[],"bearerSha256":[]}}"#),
    ] {
        assert!(
            !faults(&[("PROFILES", profiles), ("CALLERS", callers)]).is_empty(),
            "{profiles} {callers}"
        );
    }
}

#[test]
fn a_fault_never_repeats_what_could_be_a_key() {
    let callers = r#"{"app":{"bearerSha256":["MARKER-a-plain-key"]}}"#;
    let broken = r#"{"app":{"bearerSha256":["MARKER-a-plain-key]}}"#;
    for changes in [
        [("CALLERS", callers), ("CACHE_KEY", "MARKER-not-base64")],
        [("CALLERS", broken), ("CACHE_KEY", "MARKER==")],
        [("CALLERS", r#"{"app":"MARKER"}"#), ("CACHE_KEY", "")],
        [
            ("PROFILES", &profile("").replace("app", "MARKER")),
            ("CACHE_KEY", ""),
        ],
    ] {
        let faults = read(&changes).unwrap_err();
        assert!(!format!("{faults:?}").contains("MARKER"), "{faults:?}");
    }
}

#[test]
fn the_example_configuration_of_these_tests_is_whole() {
    assert!(bindings().len() >= 5);
    assert!(faults(&[]).is_empty());
}

#[test]
fn secrets_that_are_read_once_cannot_be_in_the_secrets_store() {
    for name in [
        "CACHE_KEY",
        "LINK_KEY",
        "AWS_ACCESS_KEY_ID",
        "AWS_SECRET_ACCESS_KEY",
        "AWS_SESSION_TOKEN",
    ] {
        let faults = faults(&[(name, SECRETS_STORE)]);
        assert_eq!(faults, [name]);
        let error = Config::read(|it| match it {
            _ if it == name => Some(SECRETS_STORE.to_owned()),
            _ => bindings().get(it).cloned(),
        });
        let text = error.unwrap_err().texts().join("\n");
        assert!(text.contains("AWS_WEB_IDENTITY_TOKEN can be"), "{text}");
    }
}

#[test]
fn a_duration_is_a_whole_number_and_written_in_no_other_way() {
    for duration in [
        "+3600", "03600", "3600.0", "3.6e3", "3600s", "-3600", "3 600",
    ] {
        let faults = faults(&[("AWS_ROLE_DURATION_SECONDS", duration)]);
        assert_eq!(faults, ["AWS_ROLE_DURATION_SECONDS"], "{duration}");
    }
}
