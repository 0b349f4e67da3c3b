//! Endpoints that already name a bucket. What each store's endpoint looks like is said in its own documentation: AWS's
//! "Amazon S3 endpoints" and "AWS PrivateLink for Amazon S3", R2's "S3 API", Supabase's "S3 authentication".

use super::{error, profile};
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

const ACCOUNT: &str = "0123456789abcdef0123456789abcdef";

/// What is wrong with `bucket` at `endpoint`, which the profile names.
fn error_at(bucket: &str, endpoint: &str, style: &str) -> Option<String> {
    let endpoint = endpoint.replace("ACCOUNT", ACCOUNT);
    let fields = format!(r#""endpointUrl":"{endpoint}","addressingStyle":"{style}""#);
    let profiles =
        profile(&fields).replace(r#""bucket":"bucket""#, &format!(r#""bucket":"{bucket}""#));
    error(&[("PROFILES", &profiles)])
}

#[test]
fn an_endpoint_that_names_the_bucket_is_a_fault_that_says_what_to_write() {
    for (bucket, endpoint, write) in [
        (
            "my-bucket",
            "https://my-bucket.s3.eu-west-1.amazonaws.com",
            "https://s3.REGION.amazonaws.com",
        ),
        (
            "other",
            "https://my-bucket.s3.eu-west-1.amazonaws.com",
            "https://s3.REGION.amazonaws.com",
        ),
        (
            "my-bucket",
            "https://my-bucket.s3.amazonaws.com",
            "https://s3.REGION.amazonaws.com",
        ),
        (
            "my-bucket",
            "https://my-bucket.s3-eu-west-1.amazonaws.com",
            "https://s3.REGION.amazonaws.com",
        ),
        (
            "my-bucket",
            "https://my-bucket.s3.dualstack.eu-west-1.amazonaws.com",
            "https://s3.REGION.amazonaws.com",
        ),
        (
            "my-bucket",
            "https://my-bucket.s3-fips.us-east-1.amazonaws.com",
            "https://s3.REGION.amazonaws.com",
        ),
        (
            "my-bucket",
            "https://my-bucket.s3-accelerate.amazonaws.com",
            "https://s3.REGION.amazonaws.com",
        ),
        (
            "my-bucket",
            "https://my-bucket.s3.cn-north-1.amazonaws.com.cn",
            "https://s3.REGION.amazonaws.com",
        ),
        (
            "my-bucket",
            "https://my-bucket.s3-website-us-east-1.amazonaws.com",
            "https://s3.REGION.amazonaws.com",
        ),
        (
            "my.bucket",
            "https://my.bucket.s3.eu-west-1.amazonaws.com",
            "https://s3.REGION.amazonaws.com",
        ),
        (
            "s3-files",
            "https://s3-files.s3.eu-west-1.amazonaws.com",
            "https://s3.REGION.amazonaws.com",
        ),
        (
            "my-bucket",
            "https://ap-123456789012.s3-accesspoint.us-west-2.amazonaws.com",
            "access point",
        ),
        (
            "my-bucket",
            "https://my-bucket.bucket.vpce-1a2b-5e6f.s3.us-east-1.vpce.amazonaws.com",
            "https://s3.REGION",
        ),
        (
            "my-bucket",
            "https://s3.eu-west-1.amazonaws.com/my-bucket",
            "https://s3.REGION.amazonaws.com",
        ),
        (
            "other",
            "https://s3.eu-west-1.amazonaws.com/my-bucket",
            "https://s3.REGION.amazonaws.com",
        ),
        (
            "my-bucket",
            "https://my-bucket.ACCOUNT.r2.cloudflarestorage.com",
            "https://ACCOUNT.r2.cloudflarestorage.com",
        ),
        (
            "other",
            "https://my-bucket.ACCOUNT.r2.cloudflarestorage.com",
            "https://ACCOUNT.r2.cloudflarestorage.com",
        ),
        (
            "my-bucket",
            "https://my-bucket.ACCOUNT.eu.r2.cloudflarestorage.com",
            "https://ACCOUNT.r2.cloudflarestorage.com",
        ),
        (
            "bucket",
            "https://bucket.account.r2.cloudflarestorage.com",
            "https://ACCOUNT.r2.cloudflarestorage.com",
        ),
        (
            "my-bucket",
            "https://ACCOUNT.r2.cloudflarestorage.com/my-bucket",
            "https://ACCOUNT.r2.cloudflarestorage.com",
        ),
        (
            "other",
            "https://ACCOUNT.r2.cloudflarestorage.com/my-bucket",
            "https://ACCOUNT.r2.cloudflarestorage.com",
        ),
        (
            "my-bucket",
            "https://my-bucket.s3.gra.io.cloud.ovh.net",
            "https://minio.example.com",
        ),
        (
            "my-bucket",
            "https://my-bucket.s3.eu-central-003.backblazeb2.com",
            "https://minio.example.com",
        ),
        (
            "my-bucket",
            "https://my-bucket.minio.example",
            "https://minio.example.com",
        ),
        (
            "my-bucket",
            "https://my-bucket.minio.example:9000",
            "https://minio.example.com",
        ),
        (
            "my-bucket",
            "http://my-bucket.localhost:9000",
            "https://minio.example.com",
        ),
        (
            "My-Bucket",
            "https://my-bucket.minio.example",
            "https://minio.example.com",
        ),
        (
            "my.bucket",
            "https://my.bucket.minio.example",
            "https://minio.example.com",
        ),
        (
            "my-bucket",
            "https://my-bucket.nyc3.digitaloceanspaces.com",
            "https://minio.example.com",
        ),
        (
            "my-bucket",
            "https://minio.example/my-bucket",
            "https://minio.example.com",
        ),
        (
            "my-bucket",
            "https://minio.example/my-bucket/",
            "https://minio.example.com",
        ),
        (
            "my-bucket",
            "https://minio.example/my-bucket/folder",
            "https://minio.example.com",
        ),
        (
            "my-bucket",
            "https://gateway.example/s3/my-bucket",
            "https://minio.example.com",
        ),
        (
            "tenant:my-bucket",
            "https://rgw.example/my-bucket",
            "https://minio.example.com",
        ),
        (
            "My_Bucket",
            "http://127.0.0.1:9000/My_Bucket",
            "https://minio.example.com",
        ),
    ] {
        for style in ["auto", "virtual"] {
            if style == "virtual" && bucket != "my-bucket" {
                continue;
            }
            let error = error_at(bucket, endpoint, style).unwrap_or_default();
            assert!(
                error.starts_with("PROFILES.p.endpointUrl "),
                "{endpoint}: {error}"
            );
            assert!(error.contains(write), "{endpoint}: {error}");
            assert!(!error.contains(ACCOUNT), "no value is repeated");
        }
    }
}

#[test]
fn an_endpoint_of_a_whole_store_is_not_taken_for_one_that_names_a_bucket() {
    for (bucket, endpoint, style) in [
        ("my-bucket", "https://s3.eu-west-1.amazonaws.com", "auto"),
        ("my-bucket", "https://s3.amazonaws.com", "auto"),
        ("my-bucket", "https://s3-eu-west-1.amazonaws.com", "auto"),
        (
            "my-bucket",
            "https://s3.dualstack.eu-west-1.amazonaws.com",
            "virtual",
        ),
        (
            "bucket",
            "https://bucket.vpce-1a2b3c4d-5e6f.s3.us-east-1.vpce.amazonaws.com",
            "auto",
        ),
        (
            "bucket",
            "https://bucket.vpce-1a2b3c4d-5e6f.s3.us-east-1.vpce.amazonaws.com",
            "virtual",
        ),
        (
            "my-bucket",
            "https://ACCOUNT.r2.cloudflarestorage.com",
            "auto",
        ),
        (
            "my-bucket",
            "https://ACCOUNT.eu.r2.cloudflarestorage.com",
            "virtual",
        ),
        (
            "my-bucket",
            "https://ACCOUNT.fedramp.r2.cloudflarestorage.com",
            "auto",
        ),
        ("my-bucket", "https://minio.example", "auto"),
        ("bucket", "https://buckets.example.com", "auto"),
        ("bucket", "https://my-bucket.example.com", "auto"),
        ("bucket", "https://storage.bucket.example.com", "auto"),
        ("minio", "http://minio:9000", "auto"),
        ("my-bucket", "https://ceph.example.com:8443/s3", "auto"),
        (
            "my-bucket",
            "https://project.supabase.co/storage/v1/s3",
            "auto",
        ),
        (
            "storage",
            "https://project.supabase.co/storage/v1/s3",
            "auto",
        ),
        ("my-bucket", "https://gateway.example/my-bucket-2", "auto"),
        ("my-bucket", "https://gateway.example/My-Bucket", "auto"),
        // Only the operator knows that these are the server's own.
        ("media", "https://media.example.com", "path"),
        ("minio", "https://minio.default.svc.cluster.local", "path"),
        ("files", "https://gateway.example/files/api", "path"),
    ] {
        assert_eq!(
            error_at(bucket, endpoint, style),
            None,
            "{bucket} {endpoint}"
        );
    }
    for (bucket, endpoint) in [
        ("media", "https://media.example.com"),
        ("files", "https://gateway.example/files/api"),
    ] {
        let error = error_at(bucket, endpoint, "auto").unwrap_or_default();
        assert!(error.contains("set addressingStyle to path"), "{error}");
    }
    // No server is known by such a name.
    for endpoint in [
        "https://bucket.s3.example.com",
        "https://bucket.ACCOUNT.r2.cloudflarestorage.com",
        "https://bucket.s3.eu-west-1.amazonaws.com",
        "https://minio.example/bucket",
    ] {
        assert!(error_at("bucket", endpoint, "path").is_some(), "{endpoint}");
    }
}

#[test]
fn a_variable_that_names_a_bucket_is_at_fault_itself() {
    for variable in ["AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL"] {
        for url in [
            "https://bucket.s3.eu-west-1.amazonaws.com",
            "https://bucket.minio.example",
            "https://minio.example/bucket",
        ] {
            let error = error(&[(variable, url)]).unwrap_or_default();
            assert!(
                error.starts_with(&format!("{variable} must not name")),
                "{error}"
            );
        }
    }
}
