//! The CORS rules of a bucket, in the form of `PutBucketCors`
//! (<https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketCors.html>). That S3 allows with them what pages send is
//! shown end to end, in `tests/e2e/deploy.test.mjs`.

use super::setup;
use serde_json::{Value, json};
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

fn rules(profiles: Value) -> Value {
    setup(profiles)["buckets"][0]["cors"]["CORSRules"].take()
}

#[test]
fn a_bucket_without_origins_has_no_rules() {
    assert_eq!(
        rules(json!({"p": {"operations": ["getObject"]}})),
        json!([])
    );
}

#[test]
fn a_rule_has_the_methods_of_the_operations_and_the_headers_that_the_profile_allows() {
    let origins = ["https://b.example.com", "https://a.example.com"];
    assert_eq!(
        rules(json!({"p": {"operations": ["getObject", "headObject"], "corsOrigins": origins}})),
        json!([{
            "AllowedOrigins": ["https://a.example.com", "https://b.example.com"],
            "AllowedMethods": ["GET", "HEAD"],
            "AllowedHeaders": ["if-match", "if-modified-since", "if-none-match", "if-unmodified-since", "range",
                "x-amz-checksum-mode", "x-amz-expected-bucket-owner"],
            "ExposeHeaders": ["Accept-Ranges", "Content-Disposition", "Content-Range", "ETag"],
            "MaxAgeSeconds": 7200,
        }])
    );
    let uploads = rules(json!({"p": {
        "operations": ["putObject"], "corsOrigins": origins, "headers": ["x-amz-tagging"], "versions": true,
    }}));
    assert_eq!(uploads[0]["AllowedMethods"], json!(["POST", "PUT"]));
    assert_eq!(
        uploads[0]["ExposeHeaders"],
        json!(["ETag", "Location", "x-amz-version-id"])
    );
    let headers = uploads[0]["AllowedHeaders"].as_array().unwrap();
    for allowed in [
        "content-type",
        "x-amz-meta-*",
        "x-amz-tagging",
        "x-amz-checksum-sha256",
        "if-none-match",
    ] {
        assert!(headers.contains(&allowed.into()), "{allowed}");
    }
    // Browsers set the length themselves, and the profile does not open ACLs.
    for not_allowed in ["content-length", "x-amz-acl", "range"] {
        assert!(!headers.contains(&not_allowed.into()), "{not_allowed}");
    }
}

#[test]
fn profiles_with_the_same_origins_share_a_rule_and_others_do_not() {
    let profiles = json!({
        "a": {"operations": ["getObject"], "corsOrigins": ["https://a.example.com"]},
        "b": {"operations": ["deleteObject"], "corsOrigins": ["https://a.example.com"]},
        "c": {"operations": ["getObject"], "corsOrigins": ["https://c.example.com"]},
    });
    let rules = rules(profiles);
    let of = |index: usize| {
        (
            &rules[index]["AllowedOrigins"],
            &rules[index]["AllowedMethods"],
        )
    };
    assert_eq!(rules.as_array().unwrap().len(), 2);
    assert_eq!(
        of(0),
        (&json!(["https://a.example.com"]), &json!(["DELETE", "GET"]))
    );
    assert_eq!(of(1), (&json!(["https://c.example.com"]), &json!(["GET"])));
}
