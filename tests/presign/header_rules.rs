//! Values of headers: what cannot be right is refused by name.

use super::operation::{refusal, vectors, with};
use serde_json::json;
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

#[test]
fn a_header_that_cannot_be_right_is_refused_by_name() {
    let sse = "x-amz-server-side-encryption";
    let key = "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=";
    let md5 = "1B2M2Y8AsgTpgAmY7PhCfg==";
    for (headers, named) in [
        (json!({"host": "x"}), "host: is not known here"),
        (
            json!({"authorization": "x"}),
            "authorization: is not known here",
        ),
        (json!({"x-amz-date": "x"}), "x-amz-date: is not known here"),
        (
            json!({"x-amz-copy-source": "/b/k"}),
            "x-amz-copy-source: is not known here",
        ),
        (
            json!({"x-amz-content-sha256": "x"}),
            "x-amz-content-sha256: is not known here",
        ),
        (json!({"": "x"}), "headers: is not known here"),
        (
            json!({"content type": "x"}),
            "content type: is not known here",
        ),
        (
            json!({"x-amz-meta-": "x"}),
            "x-amz-meta-: is not the name of a header",
        ),
        (
            json!({"x-amz-meta-a b": "x"}),
            "x-amz-meta-a b: is not the name of a header",
        ),
        (
            json!({"x-amz-meta-a\nb": "x"}),
            "x-amz-meta-a\nb: is not the name of a header",
        ),
        (
            json!({"x-amz-meta-é": "x"}),
            "x-amz-meta-é: is not the name of a header",
        ),
        (
            json!({"x-amz-meta-a": "x".repeat(2048)}),
            "x-amz-meta-…: must have at most 2048 bytes",
        ),
        (
            json!({"Content-Type": "a/b", "content-type": "a/b"}),
            "content-type: is given twice",
        ),
        (
            json!({"content-type": "a/b\n"}),
            "content-type: must be visible ASCII",
        ),
        (
            json!({"content-type": "a/b\u{0}"}),
            "content-type: must be visible ASCII",
        ),
        (
            json!({"content-type": "a/b; x=é"}),
            "content-type: must be visible ASCII",
        ),
        (
            json!({"content-type": " a/b"}),
            "content-type: must be visible ASCII",
        ),
        (
            json!({"content-type": "a/b "}),
            "content-type: must be visible ASCII",
        ),
        (
            json!({"content-type": "a\tb"}),
            "content-type: must be visible ASCII",
        ),
        (
            json!({"content-type": ""}),
            "content-type: must be a non-empty string",
        ),
        (json!({"content-type": 7}), "content-type: must be a string"),
        (
            json!({"content-length": "many"}),
            "content-length: must be a whole number",
        ),
        (
            json!({"content-length": "-1"}),
            "content-length: must be a whole number",
        ),
        (
            json!({"content-length": "007"}),
            "content-length: must be a whole number",
        ),
        (
            json!({"content-length": "99999999999999999999"}),
            "content-length: must be a whole number",
        ),
        (
            json!({"content-md5": "no"}),
            "content-md5: must be 16 bytes in base64",
        ),
        (
            json!({"content-md5": key}),
            "content-md5: must be 16 bytes in base64",
        ),
        (json!({"x-amz-checksum-crc32": "AAAAAA=="}), ""),
        (
            json!({"x-amz-checksum-crc32": "AAAAAAA="}),
            "x-amz-checksum-crc32: must be 4 bytes in base64",
        ),
        (
            json!({"x-amz-checksum-crc32": "AAAAAA==-2"}),
            "x-amz-checksum-crc32: must be 4 bytes in base64",
        ),
        (
            json!({"x-amz-checksum-crc32": "AAAAAA==", "x-amz-checksum-md5": md5}),
            "x-amz-checksum-md5: must not be given together",
        ),
        (
            json!({"x-amz-checksum-crc32": "AAAAAA==", "x-amz-sdk-checksum-algorithm": "CRC32C"}),
            "x-amz-sdk-checksum-algorithm: must name the algorithm",
        ),
        (
            json!({"x-amz-sdk-checksum-algorithm": "CRC32"}),
            "x-amz-sdk-checksum-algorithm: needs the checksum itself",
        ),
        (
            json!({"x-amz-acl": "public"}),
            "x-amz-acl: must be one of private,",
        ),
        (
            json!({"x-amz-acl": "private", "x-amz-grant-read": "id=1"}),
            "x-amz-acl: must not be given together",
        ),
        (
            json!({"x-amz-request-payer": "me"}),
            "x-amz-request-payer: must be requester",
        ),
        (
            json!({"x-amz-expected-bucket-owner": "12345"}),
            "x-amz-expected-bucket-owner: must be the 12 digits",
        ),
        (
            json!({"expires": "2026-10-21T07:28:00Z"}),
            "expires: must be a date such as",
        ),
        (
            json!({"x-amz-object-lock-mode": "GOVERNANCE"}),
            "x-amz-object-lock-retain-until-date: is missing",
        ),
        (
            json!({"x-amz-object-lock-mode": "GOVERNANCE", "x-amz-object-lock-retain-until-date": "2027"}),
            "x-amz-object-lock-retain-until-date: must be an instant",
        ),
        (
            json!({sse: "AES"}),
            "x-amz-server-side-encryption: must be one of AES256,",
        ),
        (
            json!({format!("{sse}-aws-kms-key-id"): "k"}),
            "x-amz-server-side-encryption-aws-kms-key-id: needs",
        ),
        (
            json!({sse: "AES256", format!("{sse}-aws-kms-key-id"): "k"}),
            "x-amz-server-side-encryption-aws-kms-key-id: needs",
        ),
        (
            json!({sse: "AES256", format!("{sse}-context"): "e30="}),
            "x-amz-server-side-encryption-context: needs",
        ),
        (
            json!({sse: "aws:kms:dsse", format!("{sse}-bucket-key-enabled"): "true"}),
            "x-amz-server-side-encryption-bucket-key-enabled: needs",
        ),
        (
            json!({sse: "aws:kms", format!("{sse}-bucket-key-enabled"): "yes"}),
            "x-amz-server-side-encryption-bucket-key-enabled: must be true or false",
        ),
        (
            json!({format!("{sse}-customer-key"): key}),
            "x-amz-server-side-encryption-customer-algorithm: is missing",
        ),
        (
            json!({format!("{sse}-customer-algorithm"): "AES256", format!("{sse}-customer-key"): key}),
            "x-amz-server-side-encryption-customer-key-md5: is missing",
        ),
        (
            json!({format!("{sse}-customer-algorithm"): "AES256", format!("{sse}-customer-key"): "short", format!("{sse}-customer-key-md5"): md5}),
            "x-amz-server-side-encryption-customer-key: must be 32 bytes in base64",
        ),
        (
            json!({format!("{sse}-customer-algorithm"): "AES256", format!("{sse}-customer-key"): key, format!("{sse}-customer-key-md5"): md5}),
            "x-amz-server-side-encryption-customer-key-md5: is not the MD5 of the key",
        ),
        (
            json!({sse: "aws:kms", format!("{sse}-customer-algorithm"): "AES256", format!("{sse}-customer-key"): key, format!("{sse}-customer-key-md5"): md5}),
            "x-amz-server-side-encryption: must not be given together with a customer-provided key",
        ),
        (
            json!({"x-amz-website-redirect-location": "javascript:x"}),
            "x-amz-website-redirect-location: must be at most 2048 bytes that begin with /,",
        ),
        (
            json!({"x-amz-website-redirect-location": "/".repeat(2049)}),
            "x-amz-website-redirect-location: must be",
        ),
        (
            json!({"if-none-match": "\"etag\""}),
            "if-none-match: must be *",
        ),
        (
            json!({"if-none-match": "*", "if-match": "\"etag\""}),
            "if-none-match: must not be given together",
        ),
        (
            json!({"range": "bytes=0-1"}),
            "range: is not a header of putObject",
        ),
    ] {
        let said = refusal(&with("putObject", &json!({"headers": headers}))).unwrap_or_default();
        let said = said.strip_prefix("headers.").unwrap_or(&said);
        let fits = if named.is_empty() {
            said.is_empty()
        } else {
            said.starts_with(named)
        };
        assert!(fits, "{headers}: {said}");
    }
}

/// By [AWS's table](https://docs.aws.amazon.com/AmazonS3/latest/userguide/checking-object-integrity-upload.html)
/// of what multipart uploads can have.
#[test]
fn a_checksum_is_of_a_type_that_its_algorithm_can_have() {
    let vectors = vectors();
    let known = vectors["samples"].as_object().unwrap().iter();
    let known = known.filter_map(|(name, sample)| {
        let algorithm = name.strip_prefix("x-amz-checksum-")?;
        (sample.as_str()?.ends_with('=')).then_some((algorithm, sample))
    });
    let mut count = 0;
    for (algorithm, sample) in known {
        let upper = algorithm.to_ascii_uppercase();
        for (kind, possible) in [
            ("FULL_OBJECT", algorithm.starts_with("crc")),
            ("COMPOSITE", algorithm != "crc64nvme"),
        ] {
            let value = format!("x-amz-checksum-{algorithm}");
            for (operation, headers) in [
                (
                    "createMultipartUpload",
                    json!({"x-amz-checksum-algorithm": upper, "x-amz-checksum-type": kind}),
                ),
                (
                    "completeMultipartUpload",
                    json!({value: sample, "x-amz-checksum-type": kind}),
                ),
            ] {
                let said = refusal(&with(operation, &json!({"headers": headers})));
                let named = "headers.x-amz-checksum-type: must be ";
                let refused = said.as_ref().is_some_and(|said| said.starts_with(named));
                assert_eq!(refused, !possible, "{headers}: {said:?}");
                assert!(refused || said.is_none(), "{headers}: {said:?}");
                count += 1;
            }
        }
    }
    assert_eq!(count, 40);
    let alone = json!({"headers": {"x-amz-checksum-type": "FULL_OBJECT"}});
    assert_eq!(
        refusal(&with("createMultipartUpload", &alone)).as_deref(),
        Some("headers.x-amz-checksum-type: needs x-amz-checksum-algorithm")
    );
    assert_eq!(refusal(&with("completeMultipartUpload", &alone)), None);
}
