//! Hosts of regions and buckets, as botocore resolves them.

use super::{plain, style};
use edge_presigner::aws::{Endpoint, EndpointVariant};
use edge_presigner::presign::Location;
use serde_json::Value;
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

const PARTITIONS: &str = include_str!("../vectors/partitions.json");
const ENDPOINTS: &str = include_str!("../vectors/endpoints.json");

#[test]
fn regional_hosts_are_the_ones_that_botocore_resolves() {
    let rows: Value = serde_json::from_str(PARTITIONS).unwrap();
    let rows = rows.as_array().unwrap();
    assert!(rows.len() > 160);
    for row in rows {
        let region = row["region"].as_str().unwrap();
        let variant = EndpointVariant {
            fips: row["fips"].as_bool().unwrap(),
            dual_stack: row["dualStack"].as_bool().unwrap(),
        };
        let s3 = Endpoint::s3("s3", region, variant).map(|endpoint| endpoint.authority);
        assert_eq!(s3.ok().as_deref(), row["s3Host"].as_str(), "{row}");
        let sts = |legacy| Endpoint::sts(region, variant, legacy).authority;
        assert_eq!(sts(false), row["stsHost"], "{row}");
        assert_eq!(sts(true), row["stsLegacyHost"], "{row}");
    }
}

#[test]
fn a_region_of_an_unknown_partition_is_taken_for_the_common_one() {
    let endpoint = Endpoint::s3("s3", "xx-new-1", EndpointVariant::default()).unwrap();
    assert_eq!(endpoint.authority, "s3.xx-new-1.amazonaws.com");
}

#[test]
fn a_bucket_is_where_the_endpoint_rules_of_botocore_put_it() {
    let rows: Value = serde_json::from_str(ENDPOINTS).unwrap();
    let rows = rows.as_array().unwrap();
    assert!(rows.len() > 2000);
    for row in rows {
        let flag = |place: usize| row[place].as_bool().unwrap();
        let endpoint = row[3].as_str().map(|url| Endpoint::parse(url).unwrap());
        let location = Location {
            bucket: row[0].as_str().unwrap(),
            region: row[1].as_str().unwrap(),
            style: style(row[2].as_str().unwrap()),
            endpoint: endpoint.as_ref(),
            variant: EndpointVariant {
                fips: flag(4),
                dual_stack: flag(5),
            },
            accelerate: flag(6),
        };
        let place = location.resolve().ok().map(|place| {
            let url = place.bucket_url.bucket().to_string();
            serde_json::json!([url.trim_end_matches('/'), place.region])
        });
        assert_eq!(place.unwrap_or_default(), row[7], "{row}");
    }
}

#[test]
fn what_cannot_be_signed_for_is_refused_with_the_reason() {
    let arn = |text: &str| format!("arn:aws:{}", text.replace("ACCOUNT", "123456789012"));
    for (bucket, reason) in [
        (
            arn("s3::ACCOUNT:accesspoint/a.mrap"),
            "Signature Version 4A",
        ),
        (
            arn("s3-object-lambda:eu-central-1:ACCOUNT:accesspoint/a"),
            "Object Lambda",
        ),
        (
            arn("s3-outposts:eu-central-1:ACCOUNT:outpost/op-1/accesspoint/a"),
            "Outposts",
        ),
        (
            arn("s3:::bucket"),
            "the name of a bucket, or the ARN of an access point",
        ),
        ("name--usw2-az1--x-s3".to_owned(), "S3 Express"),
        ("name--usw2-az1--xa-s3".to_owned(), "S3 Express"),
        ("name-1234567890--op-s3".to_owned(), "Outposts"),
    ] {
        let misplaced = plain(&bucket, "eu-central-1").resolve().unwrap_err();
        assert_eq!(misplaced.path, "bucket");
        assert!(
            misplaced.reason.contains(reason),
            "{bucket}: {}",
            misplaced.reason
        );
    }
}

/// By botocore's endpoint rules, which compare the partitions of the client's region and of the ARN, and the naming rules
/// of access points.
#[test]
fn the_arn_of_an_access_point_agrees_with_itself_and_makes_one_label_of_a_host() {
    let long = "a".repeat(50);
    for (partition, region, account, name, taken) in [
        ("aws", "eu-central-1", "123456789012", "mine", true),
        ("aws", "us-west-2", "123456789012", long.as_str(), true),
        ("aws", "cn-north-1", "123456789012", "mine", false),
        ("aws", "us-gov-west-1", "123456789012", "mine", false),
        ("aws-cn", "eu-central-1", "123456789012", "mine", false),
        ("aws-nowhere", "eu-central-1", "123456789012", "mine", false),
        ("", "eu-central-1", "123456789012", "mine", false),
        ("aws", "aws-global", "123456789012", "mine", false),
        ("aws", "eu-central-", "123456789012", "mine", false),
        ("aws", "-eu-central-1", "123456789012", "mine", false),
        ("aws", "eu.central.1", "123456789012", "mine", false),
        ("aws", "EU-CENTRAL-1", "123456789012", "mine", false),
        ("aws", "eu-central-1", "12345678901", "mine", false),
        ("aws", "eu-central-1", "12345678901a", "mine", false),
        ("aws", "eu-central-1", "", "mine", false),
        ("aws", "eu-central-1", "123456789012", "-mine", false),
        ("aws", "eu-central-1", "123456789012", "mine-", false),
        ("aws", "eu-central-1", "123456789012", "my.own", false),
        ("aws", "eu-central-1", "123456789012", "Mine", false),
        ("aws", "eu-central-1", "123456789012", "", false),
        (
            "aws",
            "eu-central-1",
            "123456789012",
            &"a".repeat(51),
            false,
        ),
    ] {
        let arn = format!("arn:{partition}:s3:{region}:{account}:accesspoint/{name}");
        let place = plain(&arn, "eu-central-1").resolve();
        assert_eq!(place.is_ok(), taken, "{arn}");
        if let Ok(place) = place {
            let url = place.bucket_url.bucket().to_string();
            let host = format!("https://{name}-{account}.s3-accesspoint.{region}.amazonaws.com/");
            assert_eq!(url, host);
        }
    }
}

#[test]
fn aws_is_known_by_the_names_of_its_hosts() {
    for (endpoint, aws) in [
        ("https://s3.eu-central-1.amazonaws.com", true),
        ("https://s3.cn-north-1.amazonaws.com.cn", true),
        ("https://s3.us-iso-east-1.c2s.ic.gov", true),
        (
            "https://bucket.vpce-1.s3.us-east-1.vpce.amazonaws.com",
            true,
        ),
        ("https://s3.eusc-de-east-1.amazonaws.eu", true),
        ("https://minio.example.com", false),
        ("https://notamazonaws.com", false),
        ("https://amazonaws.com.evil.example", false),
        ("https://abc.r2.cloudflarestorage.com", false),
        ("http://127.0.0.1:9000", false),
    ] {
        let endpoint = Endpoint::parse(endpoint).unwrap();
        let location = Location {
            endpoint: Some(&endpoint),
            ..plain("bucket", "eu-central-1")
        };
        let place = location.resolve().unwrap();
        assert_eq!(place.bucket_url.is_aws(), aws, "{endpoint:?}");
    }
    let own = plain("bucket", "eu-central-1").resolve().unwrap();
    assert!(own.bucket_url.is_aws());
}
