//! Roles, their sessions, and static keys.

use super::{faults, profile, read};
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

#[test]
fn a_role_of_any_server_is_taken() {
    for (arn, fits) in [
        ("arn:aws:iam::123456789012:role/presigner", true),
        ("arn:aws-cn:iam::123456789012:role/path/presigner", true),
        ("arn:minio:iam:::role/nOybJqMNzNmroqEKq5D0EUsRZw0", true),
        ("arn:aws:iam:::role/presigner", true),
        ("arn:aws:iam::123456789012:role/", false),
        ("arn:aws:iam::123456789012:role/path/", false),
        ("arn:aws:iam::abc:role/presigner", false),
        ("arn:aws:iam::123456789012:user/presigner", false),
        ("arn:aws:sts::123456789012:role/presigner", false),
    ] {
        assert_eq!(faults(&[("AWS_ROLE_ARN", arn)]).is_empty(), fits, "{arn}");
    }
}

#[test]
fn a_profiles_own_role_is_checked_field_by_field() {
    let long_policy = format!(r#"{{\"a\":\"{}\"}}"#, "x".repeat(2048));
    let many = format!("[{}]", [r#""arn:aws:iam::aws:policy/Read""#; 11].join(","));
    for (field, value, right) in [
        (
            "roleArn",
            r#""arn:aws:iam::123456789012:role/team/x""#,
            true,
        ),
        ("roleArn", r#""arn:aws-cn:iam::123456789012:role/x""#, true),
        ("roleArn", r#""arn:aws:iam::123456789012:user/x""#, false),
        ("roleArn", r#""arn:aws:iam::123456789012:role/""#, false),
        ("roleSessionName", r#""x.y@z""#, true),
        ("roleSessionName", r#""a b""#, false),
        ("roleDurationSeconds", "900", true),
        ("roleDurationSeconds", "899", false),
        ("roleDurationSeconds", "43201", false),
        ("policy", r#""{\"Version\":\"2012-10-17\"}""#, true),
        ("policy", r#""not JSON""#, false),
        ("policy", &format!(r#""{long_policy}""#), false),
        (
            "policyArns",
            r#"["arn:aws:iam::aws:policy/ReadOnlyAccess"]"#,
            true,
        ),
        (
            "policyArns",
            r#"["arn:aws:iam::123456789012:role/x"]"#,
            false,
        ),
        ("policyArns", &many, false),
    ] {
        let faults = faults(&[("PROFILES", &profile(&format!(r#""{field}":{value}"#)))]);
        let expected: &[String] = if right {
            &[]
        } else {
            &[format!("PROFILES.p.{field}")]
        };
        assert_eq!(faults, expected, "{value}");
    }
}

#[test]
fn a_role_is_needed_where_a_profile_uses_the_default_one() {
    let own = profile(r#""roleArn":"arn:aws:iam::123456789012:role/x""#);
    assert!(read(&[("AWS_ROLE_ARN", ""), ("PROFILES", &own)]).is_ok());
    let named = profile(r#""roleSessionName":"xy""#);
    assert_eq!(
        faults(&[("AWS_ROLE_ARN", ""), ("PROFILES", &named)]),
        ["AWS_ROLE_ARN"]
    );
}

#[test]
fn static_keys_come_in_pairs_and_urls_of_them_may_live_as_long_as_s3_allows() {
    let id = ("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE");
    let secret = ("AWS_SECRET_ACCESS_KEY", "secret");
    let token = ("AWS_SESSION_TOKEN", "token");
    assert_eq!(faults(&[id]), ["AWS_SECRET_ACCESS_KEY"]);
    assert_eq!(faults(&[secret]), ["AWS_ACCESS_KEY_ID"]);
    assert_eq!(
        faults(&[token]),
        ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"]
    );
    assert_eq!(
        faults(&[("AWS_ACCESS_KEY_ID", "a b"), secret]),
        ["AWS_ACCESS_KEY_ID"]
    );
    let week = profile("").replace("60", "604800");
    assert!(read(&[id, secret, ("PROFILES", &week)]).is_ok());
    let more = profile("").replace("60", "604801");
    assert_eq!(
        faults(&[id, secret, ("PROFILES", &more)]),
        ["PROFILES.p.maxLifetimeSecs"]
    );
}
