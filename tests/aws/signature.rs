//! Signed forms, against those of botocore.

use crate::support::{noon, secs};
use edge_presigner::aws::{Credentials, Endpoint, signed_post};
use edge_presigner::secret::Secret;
use serde_json::Value;
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

const VECTORS: &str = include_str!("../vectors/sts.json");

#[test]
fn forms_are_signed_as_botocore_signs_them() {
    let vectors: Value = serde_json::from_str(VECTORS).unwrap();
    let text = |it: &Value| it.as_str().unwrap().to_owned();
    let credentials = Credentials {
        access_key_id: text(&vectors["accessKeyId"]),
        secret_access_key: Secret::new(text(&vectors["secretAccessKey"])),
        session_token: Some(Secret::new(text(&vectors["sessionToken"]))),
    };
    let calls = vectors["calls"].as_array().unwrap();
    assert_eq!(calls.len(), 6);
    for call in calls {
        let endpoint = Endpoint::parse(&text(&call["url"])).unwrap();
        let region = text(&call["region"]);
        assert_eq!(endpoint.region_of_sts(), Some(region.as_str()));
        let sign = |now| {
            let form = text(&call["body"]);
            signed_post(&endpoint, ("sts", &region), form, &credentials, now).unwrap()
        };
        let request = sign(noon());
        assert_eq!(request.uri(), call["url"].as_str().unwrap());
        assert_eq!(request.method(), "POST");
        assert_eq!(
            request.headers()["authorization"],
            call["authorization"].as_str().unwrap()
        );
        assert_eq!(request.headers()["x-amz-date"], "20260301T120000Z");
        let token = text(&vectors["sessionToken"]);
        assert_eq!(request.headers()["x-amz-security-token"], token);
        let later = sign(noon() + secs(1));
        assert_ne!(
            later.headers()["authorization"],
            request.headers()["authorization"]
        );
    }
}

/// Names of endpoints are those of <https://docs.aws.amazon.com/general/latest/gr/sts.html> and of
/// <https://docs.aws.amazon.com/vpc/latest/privatelink/create-interface-endpoint.html>.
#[test]
fn only_regional_endpoints_of_awss_sts_have_a_region() {
    for (url, region) in [
        (
            "https://sts.eu-central-1.amazonaws.com",
            Some("eu-central-1"),
        ),
        (
            "https://sts-fips.us-east-1.amazonaws.com",
            Some("us-east-1"),
        ),
        (
            "https://sts.cn-north-1.amazonaws.com.cn",
            Some("cn-north-1"),
        ),
        ("https://sts.eu-central-1.api.aws", Some("eu-central-1")),
        (
            "https://vpce-0a1b.sts.eu-west-1.vpce.amazonaws.com",
            Some("eu-west-1"),
        ),
        ("https://sts.amazonaws.com", None),
        ("https://sts.eu-central-1.example.com", None),
        ("https://sts.eu-central-1.amazonaws.com.example.com", None),
        ("https://s3.eu-central-1.amazonaws.com", None),
        ("http://127.0.0.1:9000", None),
    ] {
        let endpoint = Endpoint::parse(url).unwrap();
        assert_eq!(endpoint.region_of_sts(), region, "{url}");
    }
}
