//! What AWS refuses, and servers of one's own do not.

use crate::support::uploads::{CREATED, OPERATIONS, handle, uploads_with};
use crate::support::{Fake, answer, json as body, ready, request, service_with, with_key};
use edge_presigner::presign::Operation;
use edge_presigner::service::Service;
use http::Method;
use serde_json::{Value, json};
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

/// Every header that these tests are about, open, in buckets in eu-central-1: of AWS, of AWS by its name, and of another
/// server. It is 2026-03-01T12:00:00Z.
fn service() -> Service {
    let opened = json!([
        "x-amz-grant-full-control",
        "x-amz-grant-read",
        "x-amz-grant-read-acp",
        "x-amz-grant-write-acp",
        "x-amz-mfa",
        "x-amz-object-lock-event-hold-duration-days",
        "x-amz-object-lock-event-hold-duration-years",
        "x-amz-object-lock-legal-hold",
        "x-amz-object-lock-mode",
        "x-amz-object-lock-retain-until-date",
        "x-amz-server-side-encryption",
        "x-amz-server-side-encryption-aws-kms-key-id",
        "x-amz-server-side-encryption-context",
        "x-amz-storage-class",
        "x-amz-tagging",
    ]);
    let of = |endpoint: Option<&str>| {
        let mut profile = json!({"bucket": "bucket", "keyPrefix": "", "callers": ["app"], "maxLifetimeSecs": 900,
            "operations": Operation::ALL.map(Operation::name), "headers": opened});
        if let Some(endpoint) = endpoint {
            profile["endpointUrl"] = json!(endpoint);
        }
        profile
    };
    let profiles = json!({
        "aws": of(None),
        "named": of(Some("https://s3.dualstack.eu-central-1.amazonaws.com")),
        "own": of(Some("https://minio.example.com")),
    });
    service_with(&[("PROFILES", &profiles.to_string())])
}

/// What is wrong with a request for `profile`; nothing where it is signed.
fn refusal(service: &Service, profile: &str, operation: &str, headers: &Value) -> Option<String> {
    let mut asked = super::operation::bare(operation);
    asked.insert("profile".to_owned(), json!(profile));
    asked.insert("headers".to_owned(), headers.clone());
    let asked = Value::Object(asked).to_string();
    let sent = with_key(request(Method::POST, "/v1/sign", &asked));
    let response = ready(service.handle(sent, &Fake::new()));
    let detail = body(&response)["detail"].as_str().map(str::to_owned);
    assert_eq!(response.status() == 200, detail.is_none(), "{asked}");
    detail
}

const MD5: &str = "1B2M2Y8AsgTpgAmY7PhCfg==";
const CONTEXT: &str = "x-amz-server-side-encryption-context";

fn lock(more: &Value) -> Value {
    let mut headers = json!({
        "x-amz-object-lock-mode": "GOVERNANCE", "x-amz-object-lock-retain-until-date": "2026-03-01T12:00:01Z",
    });
    let more = more.as_object().unwrap().clone();
    headers.as_object_mut().unwrap().extend(more);
    headers
}

fn key(id: &str) -> Value {
    json!({"x-amz-server-side-encryption": "aws:kms", "x-amz-server-side-encryption-aws-kms-key-id": id})
}

/// By AWS's API reference and user guide, whose pages `src/presign/store_rules.rs` names; `Content-MD5 OR x-amz-checksum-
/// HTTP header is required for Put Object requests with Object Lock parameters` is S3's own refusal.
#[test]
fn what_aws_refuses_is_refused_for_aws_alone() {
    let service = service();
    for (operation, headers, named) in [
        ("putObject", lock(&json!({})), "content-md5: is missing"),
        (
            "putObject",
            json!({"x-amz-object-lock-legal-hold": "ON"}),
            "content-md5: is missing",
        ),
        (
            "putObject",
            json!({"content-length": "5368709121"}),
            "content-length: must be at most 5368709120",
        ),
        (
            "uploadPart",
            json!({"content-length": "5368709121"}),
            "content-length: must be at most 5368709120",
        ),
        (
            "completeMultipartUpload",
            json!({"x-amz-mp-object-size": "53687091200001"}),
            "x-amz-mp-object-size: must be at most 53687091200000",
        ),
        (
            "getObject",
            json!({"range": "bytes=0-1, 5-6"}),
            "range: must be one range",
        ),
        (
            "putObject",
            json!({"x-amz-storage-class": "COLD"}),
            "x-amz-storage-class: must be a storage class of AWS",
        ),
        (
            "putObject",
            json!({"x-amz-storage-class": "standard"}),
            "x-amz-storage-class: must be a storage class of AWS",
        ),
        (
            "putObject",
            json!({"x-amz-tagging": "a=b%26c"}),
            "x-amz-tagging: must have only",
        ),
        (
            "putObject",
            json!({"x-amz-tagging": "a%2A=b"}),
            "x-amz-tagging: must have only",
        ),
        (
            "putObject",
            json!({"x-amz-tagging": "aws:a=b"}),
            "x-amz-tagging: must have only",
        ),
        (
            "putObject",
            json!({"x-amz-tagging": "a=%F0%9F%A6%80"}),
            "x-amz-tagging: must have only",
        ),
        (
            "createMultipartUpload",
            json!({"x-amz-grant-read": "emailAddress=\"a@b.example\""}),
            "x-amz-grant-read: must have the id",
        ),
        (
            "putObject",
            json!({"x-amz-grant-read-acp": "uri=\"http://groups.example/all\""}),
            "x-amz-grant-read-acp: must have the id",
        ),
        (
            "putObject",
            json!({"x-amz-grant-write-acp": "id=a, id=\"zoe\""}),
            "x-amz-grant-write-acp: must have the id",
        ),
        (
            "deleteObject",
            json!({"x-amz-mfa": "serial 12345"}),
            "x-amz-mfa: must be a serial",
        ),
        (
            "deleteObject",
            json!({"x-amz-mfa": "123456"}),
            "x-amz-mfa: must be a serial",
        ),
        (
            "deleteObject",
            json!({"x-amz-mfa": "serial 12345a"}),
            "x-amz-mfa: must be a serial",
        ),
    ] {
        let expected = format!("headers.{named}");
        for profile in ["aws", "named"] {
            let said = refusal(&service, profile, operation, &headers).unwrap_or_default();
            assert!(said.starts_with(&expected), "{profile} {headers}: {said}");
        }
        assert_eq!(
            refusal(&service, "own", operation, &headers),
            None,
            "{headers}"
        );
    }
}

/// S3 uses only [keys of the bucket's own region][region], and an ARN has the partition of its region.
///
/// [region]: https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingKMSEncryption.html
#[test]
fn a_kms_key_is_one_of_the_region_of_the_bucket() {
    let service = service();
    let uuid = "0f1e2d3c-4b5a-6978-8796-a5b4c3d2e1f0";
    for (id, taken) in [
        (uuid.to_owned(), true),
        ("mrk-0f1e2d3c4b5a69788796a5b4c3d2e1f0".to_owned(), true),
        ("alias/mine".to_owned(), true),
        ("alias/aws/s3".to_owned(), true),
        (
            format!("arn:aws:kms:eu-central-1:123456789012:key/{uuid}"),
            true,
        ),
        (
            "arn:aws:kms:eu-central-1:123456789012:alias/mine".to_owned(),
            true,
        ),
        (
            format!("arn:aws:kms:us-east-1:123456789012:key/{uuid}"),
            false,
        ),
        (
            format!("arn:aws-cn:kms:eu-central-1:123456789012:key/{uuid}"),
            false,
        ),
        (
            format!("arn:aws:kms:eu-central-1:12345678901:key/{uuid}"),
            false,
        ),
        (
            format!("arn:aws:s3:eu-central-1:123456789012:key/{uuid}"),
            false,
        ),
        (
            format!("arn:aws:kms:eu-central-1:123456789012:{uuid}"),
            false,
        ),
        (
            "arn:aws:kms:eu-central-1:123456789012:key/".to_owned(),
            false,
        ),
        (format!("arn:aws:kms::123456789012:key/{uuid}"), false),
        ("arn:".to_owned(), false),
        ("alias/".to_owned(), false),
        ("a key".to_owned(), false),
        ("a:b".to_owned(), false),
    ] {
        let said = refusal(&service, "aws", "putObject", &key(&id));
        let named = "headers.x-amz-server-side-encryption-aws-kms-key-id: must be the id";
        assert_eq!(said.is_none(), taken, "{id}: {said:?}");
        assert!(said.is_none_or(|said| said.starts_with(named)), "{id}");
        // MinIO's keys have names of their own.
        assert_eq!(
            refusal(&service, "own", "putObject", &key(&id)),
            None,
            "{id}"
        );
    }
}

#[test]
fn what_aws_takes_is_signed_for_it() {
    let service = service();
    for (operation, headers) in [
        ("putObject", lock(&json!({"content-md5": MD5}))),
        (
            "putObject",
            lock(&json!({"x-amz-checksum-crc32": "AAAAAA=="})),
        ),
        ("putObject", json!({"x-amz-object-lock-legal-hold": "OFF"})),
        // It has no body.
        ("createMultipartUpload", lock(&json!({}))),
        ("putObject", json!({"content-length": "5368709120"})),
        ("uploadPart", json!({"content-length": "0"})),
        (
            "completeMultipartUpload",
            json!({"x-amz-mp-object-size": "53687091200000"}),
        ),
        ("putObject", json!({"x-amz-storage-class": "GLACIER_IR"})),
        (
            "putObject",
            json!({"x-amz-tagging": "a=b&c=%E6%97%A5%20%2B-%3D._:/@1"}),
        ),
        ("putObject", json!({"x-amz-tagging": ""})),
        (
            "putObject",
            json!({"x-amz-grant-read": "uri=\"http://acs.amazonaws.com/groups/global/AllUsers\", id=0a1b"}),
        ),
        (
            "deleteObject",
            json!({"x-amz-mfa": "arn:aws:iam::123456789012:mfa/user 123456"}),
        ),
    ] {
        let said = refusal(&service, "aws", operation, &headers);
        assert_eq!(said, None, "{operation} {headers}");
    }
}

/// `The retain until date must be in the future!` is S3's refusal; other servers have the same.
#[test]
fn an_object_is_locked_until_a_date_that_lies_ahead() {
    let service = service();
    for profile in ["aws", "own"] {
        for operation in ["putObject", "createMultipartUpload"] {
            for (date, taken) in [
                ("2026-03-01T12:00:01Z", true),
                ("2026-03-01T13:00:01+01:00", true),
                ("2026-03-01T12:00:00Z", false),
                ("2026-03-01T12:59:59+01:00", false),
                ("1999-12-31T23:59:59Z", false),
            ] {
                let mut headers = lock(&json!({"x-amz-object-lock-retain-until-date": date}));
                if operation == "putObject" {
                    headers["content-md5"] = json!(MD5);
                }
                let said = refusal(&service, profile, operation, &headers);
                let named = "headers.x-amz-object-lock-retain-until-date: must be in the future";
                let expected = (!taken).then(|| named.to_owned());
                assert_eq!(said, expected, "{profile} {operation} {date}");
            }
        }
    }
}

/// The refusals of S3: `shall be Base64-encoded UTF-8 string holding JSON which represents a string-string map`, and
/// `shall be encoded as UTF-8 then URLEncoded URL query parameters without tag name duplicates`.
#[test]
fn what_is_s3s_protocol_is_refused_for_every_server() {
    let service = service();
    let tagging = |text: &str| {
        (
            "putObject",
            json!({"x-amz-tagging": text}),
            "x-amz-tagging: must be up to 10 tags",
        )
    };
    let range = |text: &str| {
        (
            "getObject",
            json!({"range": text}),
            "range: must be a range such as",
        )
    };
    let grant = |text: &str| {
        (
            "putObject",
            json!({"x-amz-grant-full-control": text}),
            "x-amz-grant-full-control: must be grantees",
        )
    };
    let context = |text: &str| {
        let headers = json!({"x-amz-server-side-encryption": "aws:kms", CONTEXT: text});
        (
            "putObject",
            headers,
            "x-amz-server-side-encryption-context: must be a JSON object",
        )
    };
    let complete = |checksum: &str, value: &str, named| {
        (
            "completeMultipartUpload",
            json!({checksum: value, "x-amz-checksum-type": "FULL_OBJECT"}),
            named,
        )
    };
    let many: Vec<String> = (0..11).map(|n| format!("{n}=")).collect();
    // 65 characters that are two units of UTF-16 each.
    let long_key = "%F0%90%90%80".repeat(65);
    for (operation, headers, named) in [
        tagging("a=1&a=2"),
        tagging("a=1&%61=2"),
        tagging("=b"),
        tagging("a=%zz"),
        tagging("a=%4"),
        tagging("a=%FF"),
        tagging(&many.join("&")),
        tagging(&format!("{}=b", "a".repeat(129))),
        tagging(&format!("a={}", "b".repeat(257))),
        tagging(&long_key),
        range("0-1"),
        range("bytes"),
        range("bytes="),
        range("bytes=-"),
        range("bytes=-0"),
        range("bytes=5-4"),
        range("bytes=a-b"),
        range("bytes=+1-2"),
        range("bytes=1-2-3"),
        range("bytes=1-x"),
        range("bytes=x-1"),
        range("bytes=1-2,"),
        range("bytes= 1 - 2"),
        range("items=0-1"),
        grant("ada"),
        grant("id="),
        grant("name=\"ada\""),
        grant("id=\"a\",,id=\"b\""),
        grant("id=\"a"),
        context("{}"),
        context("W10="),             // []
        context("eyJhIjoxfQ=="),     // {"a":1}
        context("eyJhIjp7fX0="),     // {"a":{}}
        context("eyJhIjoiYiJ9eA=="), // {"a":"b"}x
        complete(
            "x-amz-checksum-crc32",
            "AAAAAA==-2",
            "x-amz-checksum-crc32: must not end in a number",
        ),
        complete(
            "x-amz-checksum-crc64nvme",
            "AAAAAAAAAAA=-2",
            "x-amz-checksum-crc64nvme: must not end",
        ),
        complete(
            "x-amz-checksum-crc32",
            "AAAAAA==-0",
            "x-amz-checksum-crc32: must be 4 bytes",
        ),
        complete(
            "x-amz-checksum-crc32",
            "AAAAAA==-01",
            "x-amz-checksum-crc32: must be 4 bytes",
        ),
        complete(
            "x-amz-checksum-crc32",
            "AAAAAA==-+1",
            "x-amz-checksum-crc32: must be 4 bytes",
        ),
        complete(
            "x-amz-checksum-crc32",
            "AAAAAA==-10001",
            "x-amz-checksum-crc32: must be 4 bytes",
        ),
        (
            "putObject",
            json!({
                "x-amz-object-lock-event-hold-duration-days": "1", "x-amz-object-lock-event-hold-duration-years": "1",
            }),
            "x-amz-object-lock-event-hold-duration-years: must not be given together",
        ),
    ] {
        for profile in ["aws", "own"] {
            let said = refusal(&service, profile, operation, &headers).unwrap_or_default();
            assert!(
                said.starts_with(&format!("headers.{named}")),
                "{profile} {headers}: {said}"
            );
        }
    }
    for (operation, headers) in [
        ("putObject", json!({"x-amz-tagging": "key"})),
        ("putObject", json!({"x-amz-tagging": "&a=&&b=c=d&"})),
        (
            "putObject",
            json!({"x-amz-tagging": format!("{}={}", "a".repeat(128), "b".repeat(256))}),
        ),
        ("getObject", json!({"range": "bytes=0-0"})),
        ("getObject", json!({"range": "bytes=-1"})),
        ("getObject", json!({"range": "bytes=7-"})),
        ("getObject", json!({"range": "bytes=007-0008"})),
        ("getObject", json!({"range": "bytes=00-"})),
        ("putObject", json!({"x-amz-grant-read": "id=\"0a\", id=0b"})),
        (
            "putObject",
            json!({"x-amz-server-side-encryption": "aws:kms", CONTEXT: "eyJhIjoiYiJ9"}),
        ),
        (
            "completeMultipartUpload",
            json!({"x-amz-checksum-crc32": "AAAAAA==-10000"}),
        ),
        (
            "completeMultipartUpload",
            json!({"x-amz-checksum-crc64nvme": "AAAAAAAAAAA="}),
        ),
    ] {
        for profile in ["aws", "own"] {
            assert_eq!(
                refusal(&service, profile, operation, &headers),
                None,
                "{headers}"
            );
        }
    }
}

/// Every route that signs or sends headers asks the store's rules, with the profile's endpoint.
#[test]
fn every_route_follows_the_rules_of_the_store() {
    for (endpoint, refused) in [
        ("", true),
        (r#", "endpointUrl": "https://minio.example.com""#, false),
    ] {
        let profiles = format!(
            r#"{{"films": {{"bucket": "bucket", "keyPrefix": "users/", "callers": ["app"], "maxLifetimeSecs": 900,
                "headers": ["x-amz-storage-class"],
                "operations": ["putObject", {OPERATIONS}]{endpoint}}}}}"#
        );
        let (service, fake) = (uploads_with(&[("PROFILES", &profiles)]), Fake::new());
        let send = |path: &str, asked: &Value| {
            let sent = with_key(request(Method::POST, path, &asked.to_string()));
            let response = ready(service.handle(sent, &fake));
            let answer = body(&response);
            let problem = answer["items"][0].get("problem").unwrap_or(&answer);
            problem["detail"].as_str().unwrap_or_default().to_owned()
        };
        let handle = handle(&service, &fake);
        let cold = json!({"x-amz-storage-class": "COLD"});
        let long = json!({"content-length": "5368709121"});
        let put = json!({"profile": "films", "operation": "putObject", "key": "users/a", "headers": cold});
        for (path, asked, named) in [
            (
                "/v1/sign",
                put.clone(),
                "headers.x-amz-storage-class: must be a",
            ),
            (
                "/v1/sign/batch",
                json!({"items": [put]}),
                "headers.x-amz-storage-class: must be a",
            ),
            (
                "/v1/post-policy",
                json!({"profile": "films", "key": "users/a", "fields": cold}),
                "fields.x-amz-storage-class: must be a",
            ),
            (
                "/v1/multipart",
                json!({"profile": "films", "key": "users/a", "headers": cold}),
                "headers.x-amz-storage-class: must be a",
            ),
            (
                "/v1/multipart/sign",
                json!({"handle": handle, "parts": [{"partNumber": 1, "headers": long}]}),
                "parts[0].headers.content-length: must be at most",
            ),
            (
                "/v1/multipart/complete",
                json!({"handle": handle, "parts": [{"partNumber": 1, "etag": "x"}],
                    "headers": {"x-amz-mp-object-size": "53687091200001"}}),
                "headers.x-amz-mp-object-size: must be at most",
            ),
        ] {
            if !refused {
                fake.s3_will_answer(Ok(answer(200, CREATED)));
            }
            let said = send(path, &asked);
            assert_eq!(said.starts_with(named), refused, "{path}: {said}");
        }
    }
}
