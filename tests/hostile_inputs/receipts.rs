//! Receipts: whatever S3 and the caller say, a receipt has its own claims and no others.

use std::collections::BTreeSet;

use super::strategies::sign_body;
use super::{check, config};
use crate::support::jose::RFC7515_P256;
use crate::support::{
    Fake, KEY_SHA256, answer, json as body, ready, request, service_with, with_key,
};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use edge_presigner::service::Service;
use http::{HeaderName, HeaderValue, Method};
use proptest::prelude::*;
use serde_json::{Value, json};
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

const CLAIMS: [&str; 17] = [
    "iss",
    "aud",
    "iat",
    "exp",
    "jti",
    "profile",
    "bucket",
    "key",
    "sizeBytes",
    "etag",
    "contentType",
    "checksums",
    "checksumType",
    "versionId",
    "lastModified",
    "caller",
    "payload",
];

thread_local! {
    static WARM: (Service, Fake) = {
        let callers = json!({"app": {"bearerSha256": [KEY_SHA256]}});
        let profiles = json!({"all": {"bucket": "bucket", "keyPrefix": "", "operations": ["headObject"], "callers": ["app"],
            "maxLifetimeSecs": 60, "versions": true, "receiptAudience": "https://api.example.com"}});
        let service = service_with(&[
            ("CALLERS", &callers.to_string()),
            ("PROFILES", &profiles.to_string()),
            ("OIDC_ISSUER", "https://sign.example.com"),
            ("OIDC_SIGNING_KEYS", RFC7515_P256),
        ]);
        (service, Fake::new())
    };
}

/// A header of an object, and a value that does or does not fit.
fn header() -> impl Strategy<Value = (&'static str, String)> {
    let name = prop::sample::select(vec![
        "etag",
        "content-length",
        "content-type",
        "last-modified",
        "x-amz-version-id",
        "x-amz-checksum-type",
        "x-amz-checksum-sha256",
        "x-amz-checksum-crc32",
    ]);
    let value = prop_oneof![
        "[ -~]{0,40}",
        "[0-9]{0,22}",
        Just("COMPOSITE".to_owned()),
        Just("AAAAAA==-2".to_owned()),
        Just("Sun, 06 Nov 1994 08:49:37 GMT".to_owned()),
        Just("\",\"sub\":\"edge-presigner".to_owned()),
    ];
    (name, value)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: config().cases / 8, ..config() })]

    #[test]
    fn whatever_is_said_of_an_object_a_receipt_has_its_own_claims_and_no_others(
        headers in prop::collection::vec(header(), 0..8),
        key in "\\PC{1,40}",
        payload in sign_body(),
        version in prop::option::of("\\PC{0,20}"),
    ) {
        let mut found = answer(200, "");
        found.headers_mut().insert("etag", HeaderValue::from_static("\"e\""));
        found.headers_mut().insert("content-length", HeaderValue::from_static("1"));
        for (name, value) in headers {
            let value = HeaderValue::from_str(&value).unwrap();
            found.headers_mut().insert(HeaderName::from_static(name), value);
        }
        let mut asked = json!({"profile": "all", "key": key, "payload": payload});
        if let Some(version) = version {
            asked["versionId"] = json!(version);
        }
        let asked = with_key(request(Method::POST, "/v1/uploads/confirm", &asked.to_string()));
        let response = WARM.with(|(service, fake)| {
            fake.s3_answers.borrow_mut().clear();
            for _ in 0..3 {
                fake.s3_will_answer(Ok(found.clone()));
            }
            ready(service.handle(asked, fake))
        });
        check(&response, &[200, 400, 502])?;
        if response.status() == 200 {
            let receipt = body(&response)["receipt"].as_str().unwrap().to_owned();
            let claims = URL_SAFE_NO_PAD.decode(receipt.split('.').nth(1).unwrap()).unwrap();
            let claims: Value = serde_json::from_slice(&claims).unwrap();
            prop_assert_eq!(&claims["aud"], "https://api.example.com");
            prop_assert_eq!(&claims["key"], &key);
            let own = BTreeSet::from(CLAIMS);
            for name in claims.as_object().unwrap().keys() {
                prop_assert!(own.contains(name.as_str()), "{name}");
            }
        }
    }
}
