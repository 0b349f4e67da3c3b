//! Every operation with every option: the signatures are botocore's, and the tables are its model of S3.

use std::collections::BTreeSet;

use crate::support::{Fake, ready, request};
use edge_presigner::api::body;
use edge_presigner::api::{MAX_BODY_BYTES, SignRequest};
use edge_presigner::error::Error;
use edge_presigner::instant::parse_rfc3339;
use edge_presigner::service::Service;
use http::Method;
use serde_json::{Map, Value, json};
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

const VECTORS: &str = include_str!("../vectors/operations.json");

fn vectors() -> Value {
    serde_json::from_str(VECTORS).unwrap()
}

/// Signs as `vectors` says, by static keys.
fn service(vectors: &Value) -> Service {
    Service::new(|name| match name {
        "AWS_REGION" => Some("us-east-1".to_owned()),
        "PROFILES" => Some(vectors["profiles"].to_string()),
        _ => vectors["credentials"][name].as_str().map(str::to_owned),
    })
}

#[test]
fn every_signature_is_the_one_that_botocore_gives() {
    let vectors = vectors();
    let service = service(&vectors);
    let fake = Fake::new();
    fake.now
        .set(parse_rfc3339(vectors["now"].as_str().unwrap()).unwrap());
    let rows = vectors["vectors"].as_array().unwrap();
    assert!(rows.len() > 2000);
    for row in rows {
        let asked = row[0].to_string();
        let response = ready(service.handle(request(Method::POST, "/v1/sign", &asked), &fake));
        let answer: Value = serde_json::from_str(response.body()).unwrap();
        assert_eq!(response.status(), 200, "{asked}: {answer}");
        let (_, signature) = answer["url"]
            .as_str()
            .unwrap()
            .split_once("&X-Amz-Signature=")
            .unwrap();
        assert_eq!(signature, row[1], "{asked}: {answer}");
        let headers = row[0]["headers"].as_object().cloned().unwrap_or_default();
        let lower = headers
            .into_iter()
            .map(|(name, value)| (name.to_ascii_lowercase(), value));
        assert_eq!(answer["headers"], Value::Object(lower.collect()), "{asked}");
    }
}

/// The first thing that is wrong with a request.
fn refusal(asked: &Value) -> Option<String> {
    let asked: Result<SignRequest, Error> = body::read(&asked.to_string(), MAX_BODY_BYTES);
    let checked = asked.and_then(|asked| asked.check().map(|_| ()));
    checked.err().map(|error| error.public_text().detail)
}

/// What `operation` needs, and nothing more.
fn bare(operation: &str) -> Map<String, Value> {
    let mut asked = json!({"profile": "p", "operation": operation});
    if operation != "listObjectsV2" {
        asked["key"] = "k".into();
    }
    if matches!(
        operation,
        "uploadPart" | "completeMultipartUpload" | "abortMultipartUpload" | "listParts"
    ) {
        asked["uploadId"] = "u".into();
    }
    if operation == "uploadPart" {
        asked["partNumber"] = 1.into();
    }
    match asked {
        Value::Object(asked) => asked,
        _ => unreachable!(),
    }
}

fn with(operation: &str, more: &Value) -> Value {
    let mut asked = bare(operation);
    asked.extend(more.as_object().unwrap().clone());
    Value::Object(asked)
}

#[test]
fn an_operation_takes_the_headers_that_s3_knows_for_it_and_no_others() {
    let vectors = vectors();
    let samples = vectors["samples"].as_object().unwrap();
    assert!(samples.len() > 50);
    for (operation, known) in vectors["headers"].as_object().unwrap() {
        let known: BTreeSet<&str> = known
            .as_array()
            .unwrap()
            .iter()
            .map(|name| name.as_str().unwrap())
            .collect();
        for (name, sample) in samples {
            let said = refusal(&with(operation, &json!({"headers": {name: sample}})));
            let not_its = format!("headers.{name}: is no header of {operation}");
            assert_eq!(
                said.as_ref() == Some(&not_its),
                !known.contains(name.as_str()),
                "{operation} {name}: {said:?}"
            );
        }
        let metadata = refusal(&with(operation, &json!({"headers": {"x-amz-meta-a": "b"}})));
        assert_eq!(metadata.is_none(), known.contains("x-amz-meta-"));
    }
}

#[test]
fn an_operation_takes_the_parameters_that_s3_knows_for_it_and_no_others() {
    let vectors = vectors();
    let parameters = [
        ("continuationToken", "continuation-token", json!("t")),
        ("delimiter", "delimiter", json!("/")),
        ("encodingType", "encoding-type", json!("url")),
        ("fetchOwner", "fetch-owner", json!(true)),
        ("maxKeys", "max-keys", json!(1)),
        ("maxParts", "max-parts", json!(1)),
        ("partNumber", "partNumber", json!(1)),
        ("partNumberMarker", "part-number-marker", json!(1)),
        ("prefix", "prefix", json!("p")),
        ("startAfter", "start-after", json!("s")),
        ("uploadId", "uploadId", json!("u")),
        ("versionId", "versionId", json!("v")),
    ];
    let response = [
        ("cacheControl", "response-cache-control"),
        ("contentDisposition", "response-content-disposition"),
        ("contentEncoding", "response-content-encoding"),
        ("contentLanguage", "response-content-language"),
        ("contentType", "response-content-type"),
        ("expires", "response-expires"),
    ];
    for (operation, known) in vectors["query"].as_object().unwrap() {
        let known = known.as_array().unwrap();
        let listed = |name| {
            parameters.iter().any(|it| it.1 == name) || response.iter().any(|it| it.1 == name)
        };
        assert!(known.iter().all(|name| listed(name.as_str().unwrap())));
        for (field, name, value) in &parameters {
            let said = refusal(&with(operation, &json!({*field: value})));
            let not_its = format!("{field}: is no parameter of {operation}");
            let expected = (!known.contains(&json!(name))).then_some(not_its);
            assert_eq!(said, expected, "{operation} {field}");
        }
        for (field, name) in response {
            let value = "Wed, 21 Oct 2026 07:28:00 GMT";
            let said = refusal(&with(operation, &json!({"response": {field: value}})));
            let not_its = format!("response.{field}: is no parameter of {operation}");
            let expected = (!known.contains(&json!(name))).then_some(not_its);
            assert_eq!(said, expected, "{operation} {field}");
        }
    }
}

#[test]
fn what_an_operation_needs_is_missed_by_name() {
    let vectors = vectors();
    for operation in vectors["headers"].as_object().unwrap().keys() {
        assert_eq!(refusal(&Value::Object(bare(operation))), None);
        for field in ["key", "uploadId", "partNumber"] {
            let mut asked = bare(operation);
            if asked.remove(field).is_some() {
                let said = refusal(&Value::Object(asked));
                assert_eq!(said, Some(format!("{field}: is missing")), "{operation}");
            }
        }
    }
    let said = refusal(&with("listObjectsV2", &json!({"key": "k"})));
    assert_eq!(said.unwrap(), "key: is no parameter of listObjectsV2");
}

#[test]
fn a_value_that_cannot_be_right_is_refused_by_name() {
    for (operation, more, named) in [
        (
            "getObject",
            json!({"versionId": ""}),
            "versionId: must not be empty",
        ),
        (
            "getObject",
            json!({"partNumber": 0}),
            "partNumber: must be 1 to 10000",
        ),
        (
            "uploadPart",
            json!({"partNumber": 10_001}),
            "partNumber: must be 1 to 10000",
        ),
        (
            "uploadPart",
            json!({"uploadId": ""}),
            "uploadId: must not be empty",
        ),
        (
            "listParts",
            json!({"maxParts": 1001}),
            "maxParts: must be 1 to 1000",
        ),
        (
            "listParts",
            json!({"partNumberMarker": 10_001}),
            "partNumberMarker: must be 0 to 10000",
        ),
        (
            "listObjectsV2",
            json!({"maxKeys": 0}),
            "maxKeys: must be 1 to 1000",
        ),
        (
            "listObjectsV2",
            json!({"encodingType": "xml"}),
            "encodingType: must be url",
        ),
        (
            "getObject",
            json!({"response": {"contentType": "text/plain\r\nx: y"}}),
            "response.contentType: must be visible",
        ),
        (
            "getObject",
            json!({"response": {"contentType": " text/plain"}}),
            "response.contentType: must be visible",
        ),
        (
            "getObject",
            json!({"response": {"contentType": ""}}),
            "response.contentType: must be visible",
        ),
        (
            "getObject",
            json!({"response": {"contentDisposition": "attachment; filename=é"}}),
            "response.contentDisposition: must be visible",
        ),
        (
            "getObject",
            json!({"response": {"expires": "tomorrow"}}),
            "response.expires: must be a date",
        ),
        (
            "getObject",
            json!({"response": {"etag": "x"}}),
            "response.etag: is not known here",
        ),
        (
            "getObject",
            json!({"response": "x"}),
            "response: must be an object",
        ),
        (
            "getObject",
            json!({"download": "a/b"}),
            "download: must be a file's name",
        ),
        (
            "getObject",
            json!({"download": "a\nb"}),
            "download: must be a file's name",
        ),
        (
            "getObject",
            json!({"download": "a\\b"}),
            "download: must be a file's name",
        ),
        (
            "getObject",
            json!({"download": ".."}),
            "download: must be a file's name",
        ),
        (
            "getObject",
            json!({"download": "photo\u{202e}gpj.exe"}),
            "download: must be a file's name",
        ),
        (
            "getObject",
            json!({"download": "a\u{85}b"}),
            "download: must be a file's name",
        ),
        (
            "getObject",
            json!({"download": ""}),
            "download: must have 1 to 255 bytes",
        ),
        (
            "putObject",
            json!({"download": "a"}),
            "download: is no parameter of putObject",
        ),
        (
            "getObject",
            json!({"download": "a", "response": {"contentDisposition": "inline"}}),
            "download: must not be given together",
        ),
        (
            "getObject",
            json!({"partNumber": 1, "headers": {"range": "bytes=0-1"}}),
            "partNumber: must not be given together",
        ),
    ] {
        let said = refusal(&with(operation, &more)).unwrap_or_default();
        assert!(said.starts_with(named), "{operation} {more}: {said}");
    }
}

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
        (json!({"": "x"}), ": is not known here"),
        (
            json!({"content type": "x"}),
            "content type: is not known here",
        ),
        (
            json!({"x-amz-meta-": "x"}),
            "x-amz-meta-: is no name of a header",
        ),
        (
            json!({"x-amz-meta-a b": "x"}),
            "x-amz-meta-a b: is no name of a header",
        ),
        (
            json!({"x-amz-meta-a\nb": "x"}),
            "x-amz-meta-a\nb: is no name of a header",
        ),
        (
            json!({"x-amz-meta-é": "x"}),
            "x-amz-meta-é: is no name of a header",
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
        (json!({"content-type": ""}), "content-type: must be a text"),
        (json!({"content-type": 7}), "content-type: must be a text"),
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
            "x-amz-sdk-checksum-algorithm: names another algorithm",
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
            "x-amz-server-side-encryption: must not be given together with a key of the customer's",
        ),
        (
            json!({"x-amz-website-redirect-location": "javascript:x"}),
            "x-amz-website-redirect-location: must be a text of up to 2048 bytes that begins with /,",
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
            "range: is no header of putObject",
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

#[test]
fn dates_of_http_are_those_that_there_are() {
    for (date, taken) in [
        ("Sun, 06 Nov 1994 08:49:37 GMT", true),
        ("Thu, 01 Jan 1970 00:00:00 GMT", true),
        ("Thu, 29 Feb 2024 23:59:60 GMT", true),
        ("Fri, 31 Dec 9999 23:59:59 GMT", true),
        ("Mon, 06 Nov 1994 08:49:37 GMT", false),
        ("Son, 06 Nov 1994 08:49:37 GMT", false),
        ("Tue, 06 Okt 2026 08:49:37 GMT", false),
        ("Sun, 29 Feb 2026 00:00:00 GMT", false),
        ("Sun, 00 Nov 1994 08:49:37 GMT", false),
        ("Sun, 06 Nov 1994 24:00:00 GMT", false),
        ("Sun, 06 Nov 1994 08:60:00 GMT", false),
        ("Sunday, 06-Nov-94 08:49:37 GMT", false),
        ("Sun Nov  6 08:49:37 1994", false),
        ("Sun, 06 Nov 1994 08:49:37 UTC", false),
        ("Sun, 6 Nov 1994 08:49:37 GMT", false),
    ] {
        let header = json!({"headers": {"if-modified-since": date}});
        let response = json!({"response": {"expires": date}});
        for more in [header, response] {
            let said = refusal(&with("getObject", &more));
            assert_eq!(said.is_none(), taken, "{more}: {said:?}");
        }
    }
}

#[test]
fn a_download_has_its_name_in_both_forms_where_one_is_not_enough() {
    for (name, plain, extended) in [
        ("report.pdf", "report.pdf", None),
        ("it's (1).txt", "it's (1).txt", None),
        ("a;b=c,d.txt", "a;b=c,d.txt", None),
        (
            "Übersicht 2026.pdf",
            "_bersicht 2026.pdf",
            Some("%C3%9Cbersicht%202026.pdf"),
        ),
        ("日本.txt", "__.txt", Some("%E6%97%A5%E6%9C%AC.txt")),
        ("say \"hi\".txt", "say _hi_.txt", Some("say%20%22hi%22.txt")),
        ("100%.txt", "100_.txt", Some("100%25.txt")),
        ("🦀", "_", Some("%F0%9F%A6%80")),
        (".htaccess", ".htaccess", None),
        ("...", "...", None),
        ("a'*()!~.txt", "a'*()!~.txt", None),
        ("é'*()!~", "_'*()!~", Some("%C3%A9%27%2A%28%29%21~")),
    ] {
        let asked = with("getObject", &json!({"download": name})).to_string();
        let asked: SignRequest = body::read(&asked, MAX_BODY_BYTES).unwrap();
        let mut expected = format!("attachment; filename=\"{plain}\"");
        if let Some(extended) = extended {
            expected.push_str(&format!("; filename*=UTF-8''{extended}"));
        }
        let query = asked.check().unwrap();
        let all: Vec<(&str, &str)> = query.iter().collect();
        assert_eq!(all, [("response-content-disposition", expected.as_str())]);
    }
}
