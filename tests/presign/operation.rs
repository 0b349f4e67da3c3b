//! Every operation with every option: the signatures are botocore's, and the tables are its model of S3.

use std::collections::BTreeSet;

use crate::support::{Fake, ready, request};
use edge_presigner::api::Error;
use edge_presigner::api::body;
use edge_presigner::instant::parse_rfc3339;
use edge_presigner::routes::sign::SignRequest;
use edge_presigner::service::Service;
use http::Method;
use serde_json::{Map, Value, json};
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

pub(super) const VECTORS: &str = include_str!("../vectors/operations.json");

pub(super) fn vectors() -> Value {
    serde_json::from_str(VECTORS).unwrap()
}

/// The first thing that is wrong with a request.
pub(super) fn refusal(asked: &Value) -> Option<String> {
    let asked: Result<SignRequest, Error> = body::read(&asked.to_string());
    let checked = asked.and_then(|asked| asked.check().map(|_| ()).map_err(Error::from));
    checked.err().map(|error| error.to_string())
}

/// What `operation` needs, and nothing more.
pub(super) fn bare(operation: &str) -> Map<String, Value> {
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

pub(super) fn with(operation: &str, more: &Value) -> Value {
    let mut asked = bare(operation);
    asked.extend(more.as_object().unwrap().clone());
    Value::Object(asked)
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
            let not_its = format!("headers.{name}: is not a header of {operation}");
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
            let not_its = format!("{field}: is not a parameter of {operation}");
            let expected = (!known.contains(&json!(name))).then_some(not_its);
            assert_eq!(said, expected, "{operation} {field}");
        }
        for (field, name) in response {
            let value = "Wed, 21 Oct 2026 07:28:00 GMT";
            let said = refusal(&with(operation, &json!({"response": {field: value}})));
            let not_its = format!("response.{field}: is not a parameter of {operation}");
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
    assert_eq!(said.unwrap(), "key: is not a parameter of listObjectsV2");
}
