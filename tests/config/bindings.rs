//! A wrong configuration is refused as a whole, with every fault listed.

use std::time::Duration;

use crate::support;
use crate::support::{bindings, bindings_with};
use edge_presigner::config::{Config, Fault, Provider};
use edge_presigner::presign::Endpoint;
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

fn read(changes: &[(&str, &str)]) -> Result<Config, Vec<Fault>> {
    let bindings = bindings_with(changes);
    Config::read(|name| bindings.get(name).cloned()).map_err(|misconfigured| misconfigured.0)
}

/// The fields that are at fault, in order.
fn faults(changes: &[(&str, &str)]) -> Vec<String> {
    let faults = read(changes).err().unwrap_or_default();
    faults.into_iter().map(|fault| fault.field).collect()
}

fn profile(fields: &str) -> String {
    format!(
        r#"{{"p":{{"bucket":"bucket","keyPrefix":"","operations":["getObject"],"callers":["app"],"maxLifetimeSecs":60,{fields}}}}}"#
    )
    .replace(",}", "}")
}

#[test]
fn defaults_are_those_of_aws() {
    let config = read(&[]).unwrap();
    let [Provider::Role(role)] = config.providers.as_slice() else {
        panic!("{config:?}")
    };
    assert_eq!(role.session_name, "edge-presigner");
    assert_eq!(role.duration, Duration::from_secs(3600));
    assert_eq!(config.sts.url(), "https://sts.eu-central-1.amazonaws.com/");
    let avatars = config
        .profiles
        .iter()
        .find(|profile| profile.name == "avatars")
        .unwrap();
    assert_eq!(avatars.default_lifetime, Duration::from_secs(300));
    assert_eq!(
        avatars.bucket_url.itself().to_string(),
        "https://bucket.s3.eu-central-1.amazonaws.com/"
    );
    assert_eq!(avatars.region, "eu-central-1");
    let public = config
        .profiles
        .iter()
        .find(|profile| profile.name == "public")
        .unwrap();
    assert_eq!(public.region, "us-east-1");
    assert_eq!(
        public.bucket_url.itself().to_string(),
        "https://bucket.s3.us-east-1.amazonaws.com/"
    );
    assert_eq!(
        public.default_lifetime,
        Duration::from_secs(60),
        "never above the longest"
    );
}

#[test]
fn the_region_falls_back_to_aws_default_region() {
    let changes = [("AWS_REGION", ""), ("AWS_DEFAULT_REGION", "ap-southeast-2")];
    assert_eq!(read(&changes).unwrap().profiles[0].region, "ap-southeast-2");
}

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
        "CALLERS.app.bearerSha256",
        "CALLERS.app.colour",
        "CALLERS.anyone",
        "PROFILES.p.bucket",
        "PROFILES.p.addressingStyle",
        "PROFILES.p.keyPrefix",
        "PROFILES.p.operations",
        "PROFILES.p.callers",
        "PROFILES.p.maxLifetimeSecs",
        "PROFILES.p.colour",
        "PROFILES.a b",
        "PROFILES.a b",
    ];
    assert_eq!(faults[..expected.len()], expected);
}

#[test]
fn nothing_is_assumed_where_something_is_missing() {
    let none = Config::read(|_| None).unwrap_err().0;
    let fields: Vec<_> = none.iter().map(|fault| fault.field.as_str()).collect();
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
fn a_url_longer_than_its_session_is_refused_with_the_numbers() {
    for (duration, secs, fits) in [
        ("3600", 3300, true),
        ("3600", 3301, false),
        ("43200", 42_900, true),
        ("43200", 42_901, false),
        ("900", 600, true),
        ("900", 601, false),
    ] {
        let profiles = profile("").replace("60", &secs.to_string());
        let changes = [
            ("AWS_ROLE_DURATION_SECONDS", duration),
            ("PROFILES", &profiles),
        ];
        match read(&changes) {
            Ok(_) => assert!(fits, "{duration} {secs}"),
            Err(faults) => {
                assert!(!fits, "{duration} {secs}: {faults:?}");
                assert!(
                    faults[0]
                        .reason
                        .contains(&format!("is {secs} and must be 1 to"))
                );
            }
        }
    }
}

#[test]
fn a_default_lifetime_lies_within_the_longest() {
    for (secs, fits) in [(0, false), (1, true), (60, true), (61, false)] {
        let profiles = profile(&format!(r#""defaultLifetimeSecs":{secs}"#));
        assert_eq!(read(&[("PROFILES", &profiles)]).is_ok(), fits, "{secs}");
    }
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
fn an_endpoint_is_an_absolute_url_without_user_query_or_fragment() {
    for (url, expected) in [
        (
            "https://minio.example.com:9000",
            Some("https://minio.example.com:9000/"),
        ),
        ("https://Example.COM:443/", Some("https://example.com/")),
        ("http://127.0.0.1:80", Some("http://127.0.0.1/")),
        ("http://[::1]:9000", Some("http://[::1]:9000/")),
        (
            "https://example.com/storage/v1/s3/",
            Some("https://example.com/storage/v1/s3/"),
        ),
        ("example.com", None),
        ("ftp://example.com", None),
        ("https://user:password@example.com", None),
        ("https://example.com?x=y", None),
        ("https://example.com/#x", None),
        ("https://example.com:0443", Some("https://example.com/")),
        (
            "https://example.com:09000",
            Some("https://example.com:9000/"),
        ),
        ("https://example.com:", None),
        ("https://example.com:99999", None),
        ("https://:9000", None),
        ("https://exam_ple.com", None),
        ("https://example.com/a/../b", None),
        ("https://example.com/a%2Fb", None),
        ("https://example.com/ä", None),
        ("https://", None),
        ("", None),
    ] {
        let read = Endpoint::parse(url).ok().map(|endpoint| endpoint.url());
        assert_eq!(read.as_deref(), expected, "{url}");
    }
}

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
fn two_callers_cannot_share_a_key() {
    let callers = format!(
        r#"{{"app":{{"bearerSha256":["{0}"]}},"other":{{"bearerSha256":["{0}"]}}}}"#,
        support::KEY_SHA256
    );
    assert_eq!(
        faults(&[("CALLERS", &callers)]),
        ["CALLERS.other.bearerSha256"]
    );
}

#[test]
fn virtual_hosted_style_needs_a_bucket_and_an_endpoint_that_can_bear_it() {
    for (bucket, endpoint, fits) in [
        ("bucket", "", true),
        ("bucket", "https://minio.example.com", true),
        ("my.bucket", "", false),
        ("My_Bucket", "", false),
        ("bucket", "http://127.0.0.1:9000", false),
        ("bucket", "http://[::1]:9000", false),
    ] {
        let profiles = profile(r#""addressingStyle":"virtual""#)
            .replace(r#""bucket":"bucket""#, &format!(r#""bucket":"{bucket}""#));
        let found = faults(&[("PROFILES", &profiles), ("AWS_ENDPOINT_URL_S3", endpoint)]);
        assert_eq!(found.is_empty(), fits, "{bucket} {endpoint}: {found:?}");
    }
}

#[test]
fn the_example_configuration_of_these_tests_is_whole() {
    assert!(bindings().len() >= 5);
    assert!(faults(&[]).is_empty());
}

#[test]
fn fips_dual_stack_and_legacy_endpoints_are_chosen_by_the_names_of_the_sdks() {
    let hosts = |changes: &[(&str, &str)]| {
        let config = read(changes).unwrap();
        let s3 = config
            .profiles
            .iter()
            .find(|profile| profile.name == "avatars");
        let s3 = s3.unwrap().bucket_url.itself().to_string();
        let s3 = s3.strip_prefix("https://bucket.").unwrap_or(&s3);
        (config.sts.authority, s3.trim_end_matches('/').to_owned())
    };
    let hosts_are = |changes: &[(&str, &str)], sts: &str, s3: &str| {
        assert_eq!(
            hosts(changes),
            (sts.to_owned(), s3.to_owned()),
            "{changes:?}"
        );
    };
    let s3 = "s3.eu-central-1.amazonaws.com";
    hosts_are(
        &[("AWS_STS_REGIONAL_ENDPOINTS", "legacy")],
        "sts.amazonaws.com",
        s3,
    );
    hosts_are(
        &[("AWS_STS_REGIONAL_ENDPOINTS", "regional")],
        "sts.eu-central-1.amazonaws.com",
        s3,
    );
    hosts_are(
        &[("AWS_USE_FIPS_ENDPOINT", "True")],
        "sts-fips.eu-central-1.amazonaws.com",
        "s3-fips.eu-central-1.amazonaws.com",
    );
    hosts_are(
        &[
            ("AWS_USE_DUALSTACK_ENDPOINT", "true"),
            ("AWS_USE_FIPS_ENDPOINT", "false"),
        ],
        "sts.eu-central-1.api.aws",
        "s3.dualstack.eu-central-1.amazonaws.com",
    );
    hosts_are(
        &[
            ("AWS_USE_FIPS_ENDPOINT", "true"),
            ("AWS_ENDPOINT_URL_STS", "https://sts.example.com"),
        ],
        "sts.example.com",
        "s3-fips.eu-central-1.amazonaws.com",
    );
}

#[test]
fn endpoints_that_aws_does_not_have_are_refused() {
    for (changes, field) in [
        (
            vec![("AWS_STS_REGIONAL_ENDPOINTS", "global")],
            "AWS_STS_REGIONAL_ENDPOINTS",
        ),
        (
            vec![("AWS_USE_FIPS_ENDPOINT", "yes")],
            "AWS_USE_FIPS_ENDPOINT",
        ),
        (
            vec![
                ("AWS_USE_DUALSTACK_ENDPOINT", "true"),
                ("AWS_ENDPOINT_URL", "https://minio.example.com"),
            ],
            "AWS_USE_DUALSTACK_ENDPOINT",
        ),
        (
            vec![
                ("AWS_USE_FIPS_ENDPOINT", "true"),
                ("AWS_REGION", "cn-north-1"),
            ],
            "PROFILES.avatars.region",
        ),
    ] {
        let faults = read(&changes).unwrap_err();
        assert!(
            faults.iter().any(|fault| fault.field == field),
            "{faults:?}"
        );
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
fn the_longest_url_and_its_window_have_to_fit_the_profiles_own_sessions() {
    for (fields, fits) in [
        (r#""roleDurationSeconds":900,"windowSecs":540"#, true),
        (r#""roleDurationSeconds":900,"windowSecs":541"#, false),
        (r#""windowSecs":3240"#, true),
        (r#""windowSecs":3241"#, false),
    ] {
        let faults = faults(&[("PROFILES", &profile(fields))]);
        let expected: &[&str] = if fits {
            &[]
        } else {
            &["PROFILES.p.maxLifetimeSecs"]
        };
        assert_eq!(faults, expected, "{fields}");
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

#[test]
fn what_a_profile_says_of_objects_is_checked_field_by_field() {
    let found = |more: &str| {
        let profiles = format!(
            r#"{{"p":{{"bucket":"bucket","keyPrefix":"","operations":["putObject"],"callers":["app"],
            "maxLifetimeSecs":900,{more}}}}}"#
        );
        faults(&[("PROFILES", &profiles)])
    };
    for more in [
        r#""upload":{"maxBytes":1}"#,
        r#""upload":{"minBytes":0,"maxBytes":5000000000,"contentTypes":[]}"#,
        r#""upload":{"minBytes":1,"maxBytes":1,"contentTypes":["image/*","application/vnd.a+json"]}"#,
        r#""responseCacheControl":"private, max-age=1","cacheBuster":"v""#,
        r#""responseOverrides":[]"#,
        r#""responseOverrides":["contentType","download"]"#,
    ] {
        assert_eq!(found(more), Vec::<String>::new(), "{more}");
    }
    for (more, field) in [
        (r#""upload":1"#, "upload"),
        (r#""upload":{}"#, "upload.maxBytes"),
        (r#""upload":{"maxBytes":"1"}"#, "upload.maxBytes"),
        (r#""upload":{"minBytes":2,"maxBytes":1}"#, "upload.maxBytes"),
        (r#""upload":{"maxBytes":1,"minbytes":1}"#, "upload.minbytes"),
        (
            r#""upload":{"maxBytes":1,"contentTypes":["image"]}"#,
            "upload.contentTypes",
        ),
        (
            r#""upload":{"maxBytes":1,"contentTypes":["*/*"]}"#,
            "upload.contentTypes",
        ),
        (
            r#""upload":{"maxBytes":1,"contentTypes":["a/b; c=d"]}"#,
            "upload.contentTypes",
        ),
        (r#""responseCacheControl":"""#, "responseCacheControl"),
        (r#""responseCacheControl":"a\nb""#, "responseCacheControl"),
        (r#""responseOverrides":"expires""#, "responseOverrides"),
        (
            r#""responseOverrides":["content-type"]"#,
            "responseOverrides",
        ),
        (r#""cacheBuster":"""#, "cacheBuster"),
        (r#""cacheBuster":"expires""#, "cacheBuster"),
        (r#""cacheBuster":"download""#, "cacheBuster"),
        (r#""cacheBuster":"versionId""#, "cacheBuster"),
        (r#""cacheBuster":"versionid""#, "cacheBuster"),
        (r#""cacheBuster":"Expires""#, "cacheBuster"),
        (r#""cacheBuster":"a=b""#, "cacheBuster"),
    ] {
        assert_eq!(found(more), [format!("PROFILES.p.{field}")], "{more}");
    }
}

#[test]
fn a_profile_says_where_its_bucket_is() {
    let url = |bucket: &str, more: &str, variables: &[(&str, &str)]| {
        let profiles = format!(
            r#"{{"p":{{"bucket":"{bucket}","keyPrefix":"","operations":["getObject"],"callers":["app"],
            "maxLifetimeSecs":900{more}}}}}"#
        );
        let changes = [&[("PROFILES", profiles.as_str())], variables].concat();
        match read(&changes) {
            Ok(config) => {
                let profile = &config.profiles[0];
                format!("{} {}", profile.bucket_url.itself(), profile.region)
            }
            Err(found) => {
                let fields: Vec<String> = found.into_iter().map(|fault| fault.field).collect();
                fields.join(" ")
            }
        }
    };
    let arn = "arn:aws:s3:us-west-2:123456789012:accesspoint/mine";
    let none: &[(&str, &str)] = &[];
    let fips: &[(&str, &str)] = &[("AWS_USE_FIPS_ENDPOINT", "true")];
    let local: &[(&str, &str)] = &[("AWS_ENDPOINT_URL_S3", "http://127.0.0.1:9000")];
    for (bucket, more, variables, expected) in [
        (
            "bucket",
            "",
            none,
            "https://bucket.s3.eu-central-1.amazonaws.com/ eu-central-1",
        ),
        (
            "my.bucket",
            r#","region":"cn-north-1""#,
            none,
            "https://s3.cn-north-1.amazonaws.com.cn/my.bucket cn-north-1",
        ),
        (
            "bucket",
            r#","endpointUrl":"https://r2.example.com","region":"auto""#,
            none,
            "https://r2.example.com/bucket auto",
        ),
        (
            "bucket",
            r#","endpointUrl":"https://r2.example.com","addressingStyle":"virtual""#,
            none,
            "https://bucket.r2.example.com/ eu-central-1",
        ),
        (
            "bucket",
            r#","endpointUrl":"https://r2.example.com""#,
            local,
            "https://r2.example.com/bucket eu-central-1",
        ),
        (
            "bucket",
            r#","endpointUrl":"https://r2.example.com""#,
            fips,
            "https://r2.example.com/bucket eu-central-1",
        ),
        (
            "bucket",
            "",
            local,
            "http://127.0.0.1:9000/bucket eu-central-1",
        ),
        (
            "bucket",
            "",
            fips,
            "https://bucket.s3-fips.eu-central-1.amazonaws.com/ eu-central-1",
        ),
        (
            "bucket",
            r#","useFipsEndpoint":false"#,
            fips,
            "https://bucket.s3.eu-central-1.amazonaws.com/ eu-central-1",
        ),
        (
            "bucket",
            r#","useDualstackEndpoint":true"#,
            fips,
            "https://bucket.s3-fips.dualstack.eu-central-1.amazonaws.com/ eu-central-1",
        ),
        (
            "bucket",
            r#","useAccelerateEndpoint":true"#,
            none,
            "https://bucket.s3-accelerate.amazonaws.com/ eu-central-1",
        ),
        (
            arn,
            "",
            none,
            "https://mine-123456789012.s3-accesspoint.us-west-2.amazonaws.com/ us-west-2",
        ),
        (
            arn,
            r#","region":"us-west-2""#,
            none,
            "https://mine-123456789012.s3-accesspoint.us-west-2.amazonaws.com/ us-west-2",
        ),
        (arn, r#","region":"us-east-1""#, none, "PROFILES.p.region"),
        (arn, r#","region":"cn-north-1""#, none, "PROFILES.p.bucket"),
        (
            arn,
            r#","addressingStyle":"path""#,
            none,
            "PROFILES.p.addressingStyle",
        ),
        ("arn:aws:s3:::bucket", "", none, "PROFILES.p.bucket"),
        ("b--usw2-az1--x-s3", "", none, "PROFILES.p.bucket"),
        (
            "my.bucket",
            r#","useAccelerateEndpoint":true"#,
            none,
            "PROFILES.p.useAccelerateEndpoint",
        ),
        (
            "bucket",
            r#","useAccelerateEndpoint":true"#,
            local,
            "PROFILES.p.useAccelerateEndpoint",
        ),
        (
            "bucket",
            r#","useAccelerateEndpoint":"yes""#,
            none,
            "PROFILES.p.useAccelerateEndpoint",
        ),
        (
            "bucket",
            r#","useFipsEndpoint":true"#,
            local,
            "PROFILES.p.useFipsEndpoint",
        ),
        (
            "bucket",
            r#","endpointUrl":"r2.example.com""#,
            none,
            "PROFILES.p.endpointUrl",
        ),
        (
            "bucket",
            r#","region":"aws-global""#,
            none,
            "PROFILES.p.region",
        ),
        (
            "bucket",
            r#","region":"cn-north-1","useFipsEndpoint":true"#,
            none,
            "PROFILES.p.region",
        ),
    ] {
        assert_eq!(url(bucket, more, variables), expected, "{bucket} {more}");
    }
}
