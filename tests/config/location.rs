//! Where a profile's bucket is.

use super::{faults, profile, read};
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

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
                format!("{} {}", profile.bucket_url.bucket(), profile.region)
            }
            Err(found) => {
                let fields: Vec<String> = found
                    .into_iter()
                    .map(|fault| fault.path.into_owned())
                    .collect();
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
