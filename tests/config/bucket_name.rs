//! Names of buckets: AWS's rules are those of the S3 user guide, "General purpose bucket naming rules", and the examples
//! its own; those of other stores Ceph's "Bucket Operations" with relaxed names, and its "Multi-tenancy".

use super::{error, faults, profile, read};
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

const OWN: &[(&str, &str)] = &[("AWS_ENDPOINT_URL_S3", "https://rgw.example.com")];

fn named(bucket: &str, more: &str, variables: &[(&str, &str)]) -> Vec<(String, String)> {
    let profiles =
        profile(more).replace(r#""bucket":"bucket""#, &format!(r#""bucket":"{bucket}""#));
    let variables = [&[("PROFILES", profiles.as_str())], variables].concat();
    let own = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
    variables.iter().map(own).collect()
}

/// What is wrong with a profile of `bucket`.
fn error_of(bucket: &str, more: &str, variables: &[(&str, &str)]) -> Option<String> {
    let changes = named(bucket, more, variables);
    let changes: Vec<(&str, &str)> = changes.iter().map(|(n, v)| (&**n, &**v)).collect();
    error(&changes)
}

/// URL of the bucket of a profile.
fn url_of(bucket: &str, variables: &[(&str, &str)]) -> String {
    let changes = named(bucket, "", variables);
    let changes: Vec<(&str, &str)> = changes.iter().map(|(n, v)| (&**n, &**v)).collect();
    let config = read(&changes).unwrap();
    config.profiles[0].bucket_url.bucket().to_string()
}

#[test]
fn a_name_that_aws_has_reserved_is_told_by_what_it_is() {
    for (bucket, what) in [
        ("xn--bucket", "xn--"),
        ("sthree-bucket", "sthree-"),
        ("sthree-configurator", "sthree-"),
        ("amzn-s3-demo-bucket", "AWS's examples"),
        (
            "amzn-s3-demo-bucket1-a1b2c3d4-5678-90ab-cdef-example11111",
            "AWS's examples",
        ),
        (
            "amzn-s3-demo-bucket-111122223333-us-west-2-an",
            "AWS's examples",
        ),
        (
            "my-object-lambda-acc-1a4n8yjrb3kda96f67zwrwiiuse1a--ol-s3",
            "Object Lambda",
        ),
        ("mfzwi23gnjvgw.mrap", "multi-region access point"),
        ("bucket--usw2-az1--x-s3", "S3 Express"),
        ("ap--usw2-az1--xa-s3", "S3 Express"),
        ("ap-1234567890--op-s3", "Outposts"),
        ("bucket--table-s3", "S3 Tables"),
        ("bucket-an", "account regional"),
        ("bucket-us-west-2-an", "account regional"),
        ("bucket-111122223333-an", "account regional"),
        ("bucket-11112222333-us-west-2-an", "account regional"),
        ("111122223333-us-west-2-an", "account regional"),
    ] {
        let vpc = (
            "AWS_ENDPOINT_URL_S3",
            "https://bucket.vpce-1a2b3c4d-5e6f.s3.us-east-1.vpce.amazonaws.com",
        );
        for variables in [&[][..], &[vpc][..]] {
            let error = error_of(bucket, "", variables).unwrap_or_default();
            assert!(error.starts_with("PROFILES.p.bucket "), "{bucket}: {error}");
            assert!(error.contains(what), "{bucket}: {error}");
        }
        assert_eq!(error_of(bucket, "", OWN), None, "{bucket}");
    }
}

#[test]
fn a_name_of_aws_follows_its_rules_or_those_of_older_buckets() {
    for bucket in [
        "abc",
        "example.com",
        "my.example.s3.bucket",
        "bucket-an-x",
        "an",
        "xn-bucket",
        "a.sthree-b",
        "my-bucket-111122223333-us-west-2-an",
        "my-bucket-012345678910-ap-southeast-2-an",
        "my-bucket-012345678910-us-gov-west-1-an",
        "my-ap-abcdefghijklmnopqrstuvwxyz1234567890abcd-s3alias",
        "Legacy_Bucket",
        "1.2.3",
        "1.2.3.4.5",
        "1.2.3.x",
    ] {
        let expected = bucket == "an";
        assert_eq!(error_of(bucket, "", &[]).is_some(), expected, "{bucket}");
    }
    let long = "a".repeat(63);
    for (bucket, region, good) in [
        (&*long, "eu-central-1", true),
        (&*"a".repeat(64), "eu-central-1", false),
        (&*"A_".repeat(127), "us-east-1", false),
        (&*"A_a".repeat(85), "us-east-1", true),
        (&*"A_a".repeat(85), "us-west-2", false),
        (&*format!("{}x", "A_a".repeat(85)), "us-east-1", false),
        ("example..com", "eu-central-1", false),
        ("192.168.5.4", "eu-central-1", false),
        ("999.1.1.1", "eu-central-1", false),
        ("bucket-", "eu-central-1", false),
        ("-bucket", "eu-central-1", false),
        (".bucket", "eu-central-1", false),
        ("bucket.", "eu-central-1", false),
        ("tenant:bucket", "us-east-1", false),
        ("a b", "us-east-1", false),
        ("a/b", "us-east-1", false),
        ("ab", "us-east-1", false),
        ("bückets", "us-east-1", false),
    ] {
        let region = format!(r#""region":"{region}""#);
        let error = error_of(bucket, &region, &[]);
        assert_eq!(error.is_none(), good, "{bucket}: {error:?}");
    }
}

#[test]
fn a_name_of_another_store_follows_the_rules_of_the_store() {
    for (bucket, path) in [
        ("under_score", "under_score"),
        ("UPPER", "UPPER"),
        ("_a.-", "_a.-"),
        ("a..b", "a..b"),
        ("sthree-x", "sthree-x"),
        (&"A_".repeat(127), &"A_".repeat(127)),
        // In the path, since no host name has a colon; escaped, as RGW decodes it and escapes it for the signature.
        ("tenant:bucket", "tenant%3Abucket"),
        (":bucket", "%3Abucket"),
        (
            "6b6e8bd6fbdb4bc3a8ae3d1d9fc5ff52:my_Bucket",
            "6b6e8bd6fbdb4bc3a8ae3d1d9fc5ff52%3Amy_Bucket",
        ),
    ] {
        let url = format!("https://rgw.example.com/{path}");
        assert_eq!(url_of(bucket, OWN), url);
    }
    for bucket in [
        "",
        "ab",
        "a b",
        "a/b",
        "a\\\\b",
        "a\\nb",
        "a\\tb",
        "a%2Fb",
        "a?b",
        "a#b",
        "a@b",
        "a&b",
        "tenant:ab",
        "tenant:",
        "a:b:bucket",
        "tenant/bucket",
        "..",
        "../..",
        "bücket",
        "tenant$user:b/c",
        &"a".repeat(256),
    ] {
        let error = error_of(bucket, "", OWN).unwrap_or_default();
        assert!(error.starts_with("PROFILES.p.bucket "), "{bucket}: {error}");
    }
    let tenant = error_of("tenant:bucket", r#""addressingStyle":"virtual""#, OWN);
    assert!(tenant.unwrap_or_default().contains("no DNS label"));
    assert!(faults(OWN).is_empty());
}

#[test]
fn a_form_names_the_bucket_of_a_tenant_as_the_store_compares_it() {
    // `RGWPostObj_ObjStore_S3` compares with the bucket's name alone.
    let bucket_of = |bucket: &str, variables: &[(&str, &str)]| {
        let changes = named(bucket, "", variables);
        let changes: Vec<(&str, &str)> = changes.iter().map(|(n, v)| (&**n, &**v)).collect();
        let config = read(&changes).unwrap();
        config.profiles[0].bucket_of_policies().to_owned()
    };
    assert_eq!(bucket_of("tenant:bucket", OWN), "bucket");
    assert_eq!(bucket_of("bucket", OWN), "bucket");
    let arn = "arn:aws:s3:us-west-2:123456789012:accesspoint/mine";
    assert_eq!(bucket_of(arn, &[]), arn);
}
