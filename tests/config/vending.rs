//! `credentials` among the operations of a profile: what it cannot be combined with, and how they are made.

use super::{error, faults, read};
use edge_presigner::credentials::Narrowing;
use serde_json::{Value, json};
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

const OTHER_STS: (&str, &str) = ("AWS_ENDPOINT_URL_STS", "https://sts.example.com");
const R2: (&str, &str) = (
    "AWS_ENDPOINT_URL_S3",
    "https://account.eu.r2.cloudflarestorage.com",
);
const KEYS: [(&str, &str); 2] = [
    ("AWS_ACCESS_KEY_ID", "AKIAIOSFODNN7EXAMPLE"),
    (
        "AWS_SECRET_ACCESS_KEY",
        "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
    ),
];

/// `PROFILES` with one that vends, with changes.
fn profiles(changes: &Value) -> String {
    let mut profile = json!({"bucket": "bucket", "keyPrefix": "a/", "callers": ["app"], "maxLifetimeSecs": 60,
        "operations": ["getObject", "putObject", "credentials"]});
    profile
        .as_object_mut()
        .unwrap()
        .extend(changes.as_object().unwrap().clone());
    json!({"p": profile}).to_string()
}

fn faults_of(changes: &Value, more: &[(&str, &str)]) -> Vec<String> {
    let profiles = profiles(changes);
    faults(&[&[("PROFILES", profiles.as_str())], more].concat())
}

fn narrowing(more: &[(&str, &str)]) -> Narrowing {
    let profiles = profiles(&json!({}));
    let config = read(&[&[("PROFILES", profiles.as_str())], more].concat()).unwrap();
    config.profiles[0].vends.clone().unwrap()
}

#[test]
fn no_profile_has_it_by_default() {
    let config = read(&[]).unwrap();
    assert!(config.profiles.iter().all(|it| it.vends.is_none()));
}

#[test]
fn what_it_would_not_bind_is_an_error_beside_it() {
    assert!(faults_of(&json!({}), &[]).is_empty());
    for (changes, field) in [
        (json!({"upload": {"maxBytes": 9}}), "upload"),
        (json!({"keyTemplate": "a/{uuid}"}), "keyTemplate"),
        (json!({"overwrite": false}), "overwrite"),
        (json!({"callers": ["app", "anyone"]}), "callers[1]"),
        (json!({"operations": ["credentials"]}), "operations[0]"),
        (json!({"keyPrefix": "a*/"}), "keyPrefix"),
        (json!({"keyPrefix": "?"}), "keyPrefix"),
        (json!({"keyPrefix": "${aws:username}"}), "keyPrefix"),
        (json!({"keyPrefix": "фото/"}), "keyPrefix"),
        (
            json!({"bucket": "point-hrzrlukc5m36ft7okagglf3gmwluquse1b-s3alias"}),
            "operations[2]",
        ),
    ] {
        assert!(
            faults_of(&changes, &[]).contains(&format!("PROFILES.p.{field}")),
            "{changes}"
        );
        // It is no error where nothing is vended.
        if field != "operations[0]" && field != "keyPrefix" {
            let mut without = changes;
            without["operations"] = json!(["getObject", "putObject"]);
            assert!(faults_of(&without, &[]).is_empty(), "{without}");
        }
    }
}

#[test]
fn the_error_says_what_to_do() {
    let profiles = profiles(&json!({"callers": ["anyone"]}));
    assert_eq!(
        error(&[("PROFILES", &profiles)]).unwrap(),
        "PROFILES.p.callers[0] is anyone, who cannot have credentials: take away the operation credentials"
    );
    let unknown = self::profiles(&json!({"operations": ["getObject", "credential"]}));
    assert!(
        error(&[("PROFILES", &unknown)])
            .unwrap()
            .starts_with("PROFILES.p.operations[1] ")
    );
}

#[test]
fn the_way_follows_from_the_endpoints() {
    let Narrowing::ScopedCredentials(sts) = narrowing(&[]) else {
        panic!("{:?}", narrowing(&[]));
    };
    assert_eq!(sts.region, "eu-central-1");
    assert_eq!(
        sts.endpoint.url(),
        "https://sts.eu-central-1.amazonaws.com/"
    );
    assert_eq!(narrowing(&[OTHER_STS]), Narrowing::SessionPolicy);
    let global = [("AWS_STS_REGIONAL_ENDPOINTS", "legacy")];
    assert_eq!(narrowing(&global), Narrowing::SessionPolicy);
    let r2 = narrowing(&[&KEYS[..], &[R2]].concat());
    let host = "account.eu.r2.cloudflarestorage.com".to_owned();
    assert_eq!(r2, Narrowing::R2Token { host });
}

#[test]
fn static_keys_are_never_given_away_whole() {
    assert_eq!(faults_of(&json!({}), &KEYS), ["PROFILES.p.operations[2]"]);
    let temporary = [&KEYS[..], &[R2, ("AWS_SESSION_TOKEN", "token")]].concat();
    assert_eq!(
        faults_of(&json!({}), &temporary),
        ["PROFILES.p.operations[2]"]
    );
}

/// The session's policies are evaluated together, so that what one of them allows is allowed:
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies.html#policies_session>.
#[test]
fn session_policies_of_the_profile_are_refused_where_they_would_add_up() {
    for changes in [
        json!({"policy": "{}"}),
        json!({"policyArns": ["arn:aws:iam::aws:policy/AdministratorAccess"]}),
    ] {
        assert_eq!(
            faults_of(&changes, &[OTHER_STS]),
            ["PROFILES.p.operations[2]"]
        );
        assert!(faults_of(&changes, &[]).is_empty(), "{changes}");
    }
}

#[test]
fn a_shared_session_that_is_narrowed_lasts_for_25_minutes_where_it_can() {
    let longest = |more: &[(&str, &str)]| {
        let profiles = profiles(&json!({}));
        let config = read(&[&[("PROFILES", profiles.as_str())], more].concat()).unwrap();
        config.providers[0].max_url_lifetime.as_secs()
    };
    assert_eq!(longest(&[]), 1500);
    assert_eq!(longest(&[("AWS_ROLE_DURATION_SECONDS", "900")]), 600);
    assert_eq!(longest(&[OTHER_STS]), 60);
}
