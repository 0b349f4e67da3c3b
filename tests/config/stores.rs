//! Regions and roles as other stores write them: Ceph's "STS in Ceph" and "Multi-tenancy", MinIO's "OpenID Connect Access
//! Management", SeaweedFS's wiki on OIDC, Dell ECS's and OVH's guides; AWS's rules where the endpoint is AWS's.

use super::{error, faults, profile, read};
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

const OWN: (&str, &str) = ("AWS_ENDPOINT_URL", "https://store.example.com");
const OWN_S3: (&str, &str) = ("AWS_ENDPOINT_URL_S3", "https://store.example.com");
const OWN_STS: (&str, &str) = ("AWS_ENDPOINT_URL_STS", "https://sts.example.com");

#[test]
fn a_region_of_another_store_is_any_word_that_fits_the_scope_of_a_signature() {
    for region in [
        "RegionOne",
        "default",
        "us_east",
        "gra",
        "GRA",
        "fr-par",
        "auto",
        "garage",
        "eu.1",
        "a:b",
        "aws-global",
    ] {
        assert_eq!(faults(&[("AWS_REGION", region), OWN]), [""; 0], "{region}");
        let own = profile(&format!(
            r#""endpointUrl":"https://store.example.com","region":"{region}""#
        ));
        let config = read(&[("PROFILES", &own)]).unwrap();
        assert_eq!(config.profiles[0].region, region);
        assert_eq!(
            config.profiles[0].bucket_url.bucket().to_string(),
            "https://store.example.com/bucket"
        );
        let is_aws = matches!(region, "default" | "gra" | "fr-par" | "auto" | "garage");
        let expected: &[&str] = if is_aws { &[] } else { &["PROFILES.p.region"] };
        let aws = profile(&format!(r#""region":"{region}""#));
        assert_eq!(faults(&[("PROFILES", &aws)]), expected, "{region}");
        // STS has AWS's endpoint, whose host has the region in it.
        assert_eq!(
            faults(&[("AWS_REGION", region), OWN_S3]).is_empty(),
            is_aws,
            "{region}"
        );
    }
    let long = "a".repeat(65);
    for region in [
        "a/b",
        "/",
        "a b",
        " ",
        "a\\tb",
        "a\\nb",
        "a\\u0000b",
        "a,b",
        "a=b",
        "a%2Fb",
        "a?b",
        "a#b",
        "a@b",
        "a\\\\b",
        "région",
        &long,
    ] {
        let own = profile(&format!(
            r#""endpointUrl":"https://store.example.com","region":"{region}""#
        ));
        assert_eq!(
            faults(&[("PROFILES", &own)]),
            ["PROFILES.p.region"],
            "{region}"
        );
    }
    for region in ["a/b", "a b", "a\tb", "a\u{0}b", "a,b", &long] {
        assert_eq!(
            faults(&[("AWS_REGION", region), OWN]),
            ["AWS_REGION"],
            "{region}"
        );
    }
}

#[test]
fn a_region_of_aws_is_part_of_a_host_name() {
    for region in ["eu-central-1", "us-gov-west-1", "eusc-de-east-1"] {
        assert_eq!(faults(&[("AWS_REGION", region)]), [""; 0], "{region}");
    }
    for region in [
        "EU-CENTRAL-1",
        "eu_central_1",
        "-eu",
        "eu-",
        "eu.central",
        "eu-central-1.evil.example",
        "aws-global",
    ] {
        assert_eq!(
            faults(&[("AWS_REGION", region)]),
            ["AWS_REGION"],
            "{region}"
        );
        let vpc = format!(
            r#""endpointUrl":"https://bucket.vpce-1a2b-5e6f.s3.us-east-1.vpce.amazonaws.com","region":"{region}""#
        );
        assert_eq!(
            faults(&[("PROFILES", &profile(&vpc))]),
            ["PROFILES.p.region"]
        );
    }
    // The default of a profile at AWS's endpoint, though STS is another server's.
    let error = error(&[("AWS_REGION", "RegionOne"), OWN_STS]).unwrap_or_default();
    assert!(
        error.starts_with("PROFILES.") && error.contains(".region must"),
        "{error}"
    );
}

#[test]
fn a_region_is_needed_only_where_aws_is() {
    assert_eq!(faults(&[("AWS_REGION", ""), OWN]), [""; 0]);
    let config = read(&[("AWS_REGION", ""), ("PROFILES", &profile("")), OWN]).unwrap();
    assert_eq!(
        config.profiles[0].region, "us-east-1",
        "what servers take by default"
    );
    for one in [OWN_S3, OWN_STS] {
        assert_eq!(faults(&[("AWS_REGION", ""), one]), ["AWS_REGION"]);
    }
    // Not set, like an empty variable.
    let config = read(&[("PROFILES", &profile(r#""region":"""#))]).unwrap();
    assert_eq!(config.profiles[0].region, "eu-central-1");
}

#[test]
fn a_role_of_another_store_is_written_as_the_store_does() {
    for arn in [
        "arn:aws:iam::123456789012:role/presigner",
        "arn:aws:iam:::role/S3Access",
        "arn:aws:iam:::role/application_abc/component_xyz/S3Access",
        "arn:aws:iam::testx:role/S3Access",
        "arn:aws:iam::my_Tenant-1:role/S3Access",
        "arn:aws:iam::RGW33567154695143645:role/S3Access",
        "arn:minio:iam:::role/nOybJqMNzNmroqEKq5D0EUsRZw0",
        "arn:minio:iam:::role/idp_ldap",
        "arn:aws:iam::role/S3AccessRole",
        "arn:aws:iam::role/a",
        "urn:ecs:iam::ns1:role/presigner",
    ] {
        let own = [("AWS_ROLE_ARN", arn), OWN_STS];
        assert_eq!(faults(&own), [""; 0], "{arn}");
        let of_profile = profile(&format!(r#""roleArn":"{arn}""#));
        assert_eq!(
            faults(&[("PROFILES", &of_profile), OWN_STS]),
            [""; 0],
            "{arn}"
        );
        let config = read(&own).unwrap();
        let name = config.providers[0].role.as_ref().unwrap().name().to_owned();
        assert!(arn.ends_with(&format!(":role/{name}")), "{name}");
    }
    for arn in [
        "S3Access",
        "arn:aws:iam:::role/",
        "arn:aws:iam:::role/a/",
        "arn:aws:iam:::user/a",
        "arn:aws:sts:::role/a",
        "arn::iam:::role/a",
        "arn:aws:iam::ten ant:role/a",
        "arn:aws:iam::a\nb:role/a",
        "arn:aws:iam::ä:role/a",
        "xrn:aws:iam:::role/a",
    ] {
        assert_eq!(
            faults(&[("AWS_ROLE_ARN", arn), OWN_STS]),
            ["AWS_ROLE_ARN"],
            "{arn}"
        );
    }
}

#[test]
fn a_role_at_the_sts_of_aws_is_one_of_aws() {
    let vpc = (
        "AWS_ENDPOINT_URL_STS",
        "https://vpce-1a2b-5e6f.sts.us-east-1.vpce.amazonaws.com",
    );
    for arn in [
        "arn:aws:iam::testx:role/S3Access",
        "arn:aws:iam::RGW33567154695143645:role/S3Access",
        "arn:aws:iam::role/S3AccessRole",
        "urn:ecs:iam::ns1:role/presigner",
    ] {
        for at_aws in [OWN_S3, vpc] {
            assert_eq!(
                faults(&[("AWS_ROLE_ARN", arn), at_aws]),
                ["AWS_ROLE_ARN"],
                "{arn}"
            );
        }
    }
}

#[test]
fn a_server_in_aws_is_no_endpoint_of_s3() {
    for endpoint in [
        "http://ec2-203-0-113-25.eu-central-1.compute.amazonaws.com:9000",
        "https://minio-1234.elb.eu-central-1.amazonaws.com",
        "https://id.execute-api.eu-central-1.amazonaws.com/prod",
    ] {
        let own = profile(&format!(
            r#""endpointUrl":"{endpoint}","region":"RegionOne""#
        ));
        assert_eq!(faults(&[("PROFILES", &own)]), [""; 0], "{endpoint}");
    }
}
