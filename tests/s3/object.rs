//! What S3's answer to HEAD says about an object.

use crate::support::answer;
use edge_presigner::aws::Cause as _;
use edge_presigner::platform::Level;
use edge_presigner::presign::Operation;
use edge_presigner::s3::{
    Cause, Checksum, ChecksumType, ObjectMetadata, S3Error, failure, response,
};
use http::{HeaderName, HeaderValue, Response, StatusCode};
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

/// The sample in AWS's documentation of HeadObject.
const SAMPLE: [(&str, &str); 4] = [
    ("etag", "\"fba9dede5f27731c9771645a39863328\""),
    ("content-length", "434234"),
    ("content-type", "text/plain"),
    ("x-amz-version-id", "3HL4kqtJlcpXroDTDmjVBH40Nrjfkd"),
];

/// The SHA-256 of "a", and the composite one of an object of that one part: by
/// `python3 -c "h=hashlib.sha256; print(b64encode(h(b'a').digest()), b64encode(h(h(b'a').digest()).digest()))"`.
const SHA256: &str = "ypeBEsobvcr6wjGzmiPcTaeG7/gUfE5yuYB3ha/uSLs=";
const COMPOSITE: &str = "v106/7c+/S7Gw2rTES3ZM+/tY8Thy//PqI4nWcFE8tg=-1";

fn head(headers: &[(&str, &str)]) -> Response<String> {
    let mut response = answer(200, "");
    for (name, value) in headers {
        let name: HeaderName = name.parse().unwrap();
        let value = HeaderValue::from_str(value).unwrap();
        response.headers_mut().insert(name, value);
    }
    response
}

fn read(more: &[(&str, &str)]) -> ObjectMetadata {
    ObjectMetadata::read(&head(&[&SAMPLE[..], more].concat())).unwrap()
}

#[test]
fn the_sample_in_awss_documentation_is_read() {
    let object = read(&[("last-modified", "Sun, 01 Jan 2006 12:00:00 GMT")]);
    assert_eq!(object.size_bytes, 434_234);
    assert_eq!(object.etag, "\"fba9dede5f27731c9771645a39863328\"");
    assert_eq!(object.content_type.as_deref(), Some("text/plain"));
    let version = object.version_id.as_deref();
    assert_eq!(version, Some("3HL4kqtJlcpXroDTDmjVBH40Nrjfkd"));
    let stored = object.last_modified.as_deref();
    assert_eq!(stored, Some("2006-01-01T12:00:00Z"));
    assert!(object.checksums.0.is_empty() && object.checksum_type.is_none());
}

#[test]
fn an_answer_without_a_size_or_an_etag_is_not_of_an_object() {
    for (name, value) in [
        ("content-length", ""),
        ("content-length", "-1"),
        ("content-length", "1, 1"),
        ("content-length", "99999999999999999999"),
        ("etag", ""),
        ("etag", "\"\""),
    ] {
        let mut response = head(&SAMPLE);
        let value = HeaderValue::from_str(value).unwrap();
        response.headers_mut().insert(name, value);
        let status = StatusCode::OK;
        assert_eq!(
            ObjectMetadata::read(&response),
            Err(S3Error::InvalidResponse { status })
        );
        response.headers_mut().remove(name);
        assert!(ObjectMetadata::read(&response).is_err(), "{name}");
    }
}

#[test]
fn a_composite_checksum_is_never_taken_for_one_of_the_whole_object() {
    let sha256 = "x-amz-checksum-sha256";
    for (value, said, expected) in [
        (SHA256, Some("FULL_OBJECT"), Some(ChecksumType::FullObject)),
        (SHA256, Some("COMPOSITE"), Some(ChecksumType::Composite)),
        (SHA256, Some("SOMETHING_NEW"), None),
        (SHA256, None, None),
        (COMPOSITE, Some("COMPOSITE"), Some(ChecksumType::Composite)),
        (
            COMPOSITE,
            Some("FULL_OBJECT"),
            Some(ChecksumType::Composite),
        ),
        (COMPOSITE, None, Some(ChecksumType::Composite)),
    ] {
        let mut headers = vec![(sha256, value)];
        headers.extend(said.map(|said| ("x-amz-checksum-type", said)));
        let object = read(&headers);
        assert_eq!(object.checksum_type, expected, "{value} {said:?}");
        let values: Vec<&str> = object.checksums.0.iter().map(Checksum::value).collect();
        assert_eq!(values, [value]);
        let json = serde_json::to_value(&object.checksums).unwrap();
        assert_eq!(json, serde_json::json!({"sha256": value}));
    }
}

#[test]
fn what_is_no_checksum_is_left_out() {
    for value in ["", "AAAA", "not base64", &format!("{SHA256}-0x")] {
        let object = read(&[
            ("x-amz-checksum-sha256", value),
            ("x-amz-checksum-type", "COMPOSITE"),
        ]);
        assert!(object.checksums.0.is_empty(), "{value}");
        assert_eq!(object.checksum_type, None);
    }
}

/// The statuses that <https://docs.aws.amazon.com/AmazonS3/latest/API/API_HeadObject.html> names: the response has no body.
#[test]
fn a_look_that_fails_has_the_cause_of_its_status() {
    for (status, cause) in [
        (404, Cause::NoSuchObject),
        (405, Cause::NoSuchObject),
        (403, Cause::AccessDenied),
        (412, Cause::PreconditionFailed),
        (400, Cause::InvalidRequest),
        (301, Cause::WrongRegion),
        (307, Cause::WrongRegion),
        (429, Cause::Throttled),
        (503, Cause::ServerFault),
    ] {
        let error = response::check(Operation::HeadObject, &answer(status, "")).unwrap_err();
        assert_eq!(error.cause_name(), cause.name(), "{status}");
        assert_eq!(error.is_transient(), cause.is_transient(), "{status}");
        let record = failure::record(Operation::HeadObject, &error, false);
        let expected = match status {
            400 | 404 | 405 | 412 => Level::Warn,
            _ => Level::Error,
        };
        assert_eq!(record.level, expected, "{status}");
    }
    for status in [304, 418] {
        let error = response::check(Operation::HeadObject, &answer(status, "")).unwrap_err();
        assert_eq!(error.cause_name(), "foreign-answer", "{status}");
    }
}
