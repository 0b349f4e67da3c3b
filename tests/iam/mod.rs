//! What has to be set up in AWS for a configuration. Expected policies are written down from AWS's
//! service authorization reference and its pages on each element, never taken from the code.

mod cors;
mod guardrails;
mod permissions;
mod session_policy;
mod trust;

use crate::support::bindings_with;
use edge_presigner::config::Config;
use edge_presigner::iam::{AwsSetup, NoArn};
use serde_json::{Value, json};
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

/// The profiles of a configuration, each with these fields beside those that every profile must have.
fn config(profiles: Value) -> Config {
    let base =
        json!({"bucket": "bucket", "keyPrefix": "", "callers": ["app"], "maxLifetimeSecs": 900});
    let with_base = |fields: &Value| {
        let mut profile = base.as_object().unwrap().clone();
        profile.extend(fields.as_object().unwrap().clone());
        profile
    };
    let profiles = profiles.as_object().unwrap().iter();
    let profiles: serde_json::Map<_, _> = profiles
        .map(|(name, fields)| (name.clone(), with_base(fields).into()))
        .collect();
    let callers = json!({
        "app": {"bearerSha256": [crate::support::KEY_SHA256]},
        "web": {"jwt": {"issuer": "https://issuer.example.com", "audience": "web"}},
    });
    let bindings = bindings_with(&[
        ("PROFILES", &Value::from(profiles).to_string()),
        ("CALLERS", &callers.to_string()),
    ]);
    Config::read(|name| bindings.get(name).cloned()).unwrap()
}

/// Everything for these profiles, as JSON.
fn setup(profiles: Value) -> Value {
    serde_json::to_value(AwsSetup::of(&config(profiles).profiles, None, None, &[]).unwrap())
        .unwrap()
}

/// The statements of the permission policy of the only role.
fn statements(profiles: Value) -> Value {
    let mut setup = setup(profiles);
    assert_eq!(setup["roles"].as_array().unwrap().len(), 1);
    setup["roles"][0]["permissionPolicy"]["Statement"].take()
}

#[test]
fn an_alias_of_an_access_point_has_no_policy_because_policies_cannot_name_it() {
    let alias = json!({"p": {"bucket": "point-hrzrlukc5m36ft7okagglf3gmwluquse1b-s3alias", "operations": ["getObject"]}});
    let error = AwsSetup::of(&config(alias).profiles, None, None, &[]).unwrap_err();
    assert_eq!(
        error,
        NoArn {
            profile: "p".to_owned()
        }
    );
}

#[test]
fn the_order_of_profiles_and_operations_changes_nothing() {
    let one = json!({
        "a": {"keyPrefix": "a/", "operations": ["getObject", "putObject"]},
        "b": {"keyPrefix": "b/", "operations": ["listObjectsV2", "getObject"], "corsOrigins": ["https://b.example.com"]},
        "c": {"bucket": "other-bucket", "operations": ["deleteObject"]},
    });
    let other = json!({
        "z": {"bucket": "other-bucket", "operations": ["deleteObject"]},
        "y": {"keyPrefix": "b/", "operations": ["getObject", "listObjectsV2"], "corsOrigins": ["https://b.example.com"]},
        "x": {"keyPrefix": "a/", "operations": ["putObject", "getObject", "getObject"]},
    });
    assert_eq!(setup(one), setup(other));
}

#[test]
fn each_role_and_each_bucket_is_set_up_on_its_own() {
    let other_role = "arn:aws:iam::123456789012:role/other";
    let setup = setup(json!({
        "a": {"operations": ["getObject"]},
        "b": {"operations": ["putObject"], "roleArn": other_role, "roleDurationSeconds": 7200},
        "c": {"bucket": "other-bucket", "operations": ["getObject"]},
    }));
    let roles = setup["roles"].as_array().unwrap();
    assert_eq!(roles[0]["roleArn"], other_role);
    assert_eq!(roles[0]["maxSessionSecs"], 7200);
    assert_eq!(
        roles[0]["permissionPolicy"]["Statement"],
        json!([
            {"Effect": "Allow", "Action": ["s3:PutObject"], "Resource": ["arn:aws:s3:::bucket/*"]},
        ])
    );
    assert_eq!(
        roles[1]["roleArn"],
        "arn:aws:iam::123456789012:role/presigner"
    );
    assert_eq!(roles[1]["maxSessionSecs"], 3600);
    assert_eq!(
        roles[1]["permissionPolicy"]["Statement"],
        json!([
            {"Effect": "Allow", "Action": ["s3:GetObject"], "Resource": ["arn:aws:s3:::bucket/*", "arn:aws:s3:::other-bucket/*"]},
        ])
    );
    let buckets = setup["buckets"].as_array().unwrap();
    let names: Vec<&Value> = buckets.iter().map(|it| &it["bucket"]).collect();
    assert_eq!(names, ["bucket", "other-bucket"]);
}
