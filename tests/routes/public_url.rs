//! URLs for clients begin with `publicUrl`, and are signed for S3's own host: the example of AWS's "Authenticating requests:
//! using query parameters" keeps its published signature, and each route's URL that of the URL without a proxy, which
//! other tests hold to botocore's.

use crate::support::uploads::CREATED;
use crate::support::{
    self, Fake, answer, bindings, json as body_of, ready, request, service_with, with_key,
};
use edge_presigner::aws::{Credentials, Endpoint, EndpointVariant};
use edge_presigner::config::Config;
use edge_presigner::instant::parse_rfc3339;
use edge_presigner::presign::{AddressingStyle, Headers, Location, Query, S3Request, Signer};
use edge_presigner::secret::Secret;
use http::{Method, Request};
use serde_json::{Value, json};
use std::time::Duration;
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

const PUBLIC: &str = "https://files.example.com:8443";
const VIRTUAL: &str = "https://bucket.s3.eu-central-1.amazonaws.com";
const PATH: &str = "https://s3.eu-central-1.amazonaws.com";

fn profiles(more: &Value) -> String {
    let mut profiles: Value = serde_json::from_str(&bindings()["PROFILES"]).unwrap();
    let avatars = profiles["avatars"].as_object_mut().unwrap();
    avatars.extend(more.as_object().unwrap().clone());
    avatars["operations"] = json!([
        "getObject",
        "putObject",
        "listObjectsV2",
        "createMultipartUpload",
        "uploadPart",
        "listParts",
        "completeMultipartUpload",
        "abortMultipartUpload",
    ]);
    profiles.to_string()
}

/// Every URL that clients are given, and those that the worker itself sends requests to.
fn urls(more: &Value) -> (Vec<String>, Vec<String>) {
    let service = service_with(&[("PROFILES", &profiles(more))]);
    let fake = Fake::new();
    let post = |path: &str, body: &Value| -> Request<String> {
        with_key(request(Method::POST, path, &body.to_string()))
    };
    let call = |asked| {
        let response = ready(service.handle(asked, &fake));
        assert!(response.status().as_u16() < 400, "{}", response.body());
        response
    };
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let get = json!({"profile": "avatars", "operation": "getObject", "key": "users/a b"});
    let signed = body_of(&call(post("/v1/sign", &get)));
    let list = json!({"profile": "avatars", "operation": "listObjectsV2"});
    let listed = body_of(&call(post("/v1/sign", &list)));
    let batch = body_of(&call(post("/v1/sign/batch", &json!({"items": [get]}))));
    let redirect = call(with_key(request(Method::GET, "/o/avatars/users/a%20b", "")));
    let form = json!({"profile": "avatars", "key": "users/a b"});
    let form = body_of(&call(post("/v1/post-policy", &form)));
    fake.s3_will_answer(Ok(answer(200, CREATED)));
    let upload = json!({"profile": "avatars", "key": "users/a b"});
    let upload = body_of(&call(post("/v1/multipart", &upload)));
    let parts = json!({"handle": upload["handle"], "parts": [{"partNumber": 1}]});
    let parts = body_of(&call(post("/v1/multipart/sign", &parts)));
    let given = vec![
        text(&signed["url"]),
        text(&listed["url"]),
        text(&batch["items"][0]["url"]),
        redirect.headers()["location"].to_str().unwrap().to_owned(),
        text(&form["url"]),
        text(&parts["parts"][0]["url"]),
    ];
    let sent = fake.s3_requests.borrow();
    let sent = sent
        .iter()
        .map(|request| request.uri().to_string())
        .collect();
    (given, sent)
}

#[test]
fn every_url_for_clients_begins_with_the_public_origin_and_no_request_of_the_worker_does() {
    for (style, host, paths) in [
        ("virtual", VIRTUAL, ["/users/a%20b?", "/?"]),
        ("path", PATH, ["/bucket/users/a%20b?", "/bucket?"]),
    ] {
        let (direct, direct_sent) = urls(&json!({"addressingStyle": style}));
        let (public, sent) = urls(&json!({"addressingStyle": style, "publicUrl": PUBLIC}));
        assert_eq!(direct.len(), 6);
        for (direct, public) in direct.iter().zip(&public) {
            let rest = direct.strip_prefix(host).unwrap();
            assert_eq!(*public, format!("{PUBLIC}{rest}"));
        }
        assert!(public[0].starts_with(&format!("{PUBLIC}{}", paths[0])));
        assert!(public[1].starts_with(&format!("{PUBLIC}{}", paths[1])));
        assert_eq!(
            public[4],
            format!("{PUBLIC}{}", paths[1].trim_end_matches('?'))
        );
        assert_eq!(sent, direct_sent);
        assert!(!sent.is_empty() && sent.iter().all(|url| url.starts_with(host)));
    }
}

#[test]
fn the_example_of_aws_has_its_signature_behind_a_proxy_too() {
    let endpoint = Endpoint::parse("https://s3.amazonaws.com").unwrap();
    let location = Location {
        bucket: "examplebucket",
        region: "us-east-1",
        style: AddressingStyle::Virtual,
        endpoint: Some(&endpoint),
        variant: EndpointVariant::default(),
        accelerate: false,
    };
    let bucket = location.resolve().unwrap().bucket_url;
    let bucket = bucket.behind(Endpoint::parse("https://files.example.com/").unwrap());
    let credentials = Credentials {
        access_key_id: "AKIAIOSFODNN7EXAMPLE".to_owned(),
        secret_access_key: Secret::new("wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"),
        session_token: None,
    };
    let now = parse_rfc3339("2013-05-24T00:00:00Z").unwrap();
    let request = S3Request {
        method: Method::GET,
        object: bucket.object("test.txt"),
        query: Query::default(),
        headers: &Headers::NONE,
    };
    let signer = Signer::new(&credentials, "us-east-1", now);
    let url = signer
        .presign(&request, Duration::from_secs(86_400), now)
        .unwrap();
    assert!(
        url.starts_with("https://files.example.com/test.txt?X-Amz-Algorithm="),
        "{url}"
    );
    let signature = "aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404";
    assert!(
        url.ends_with(&format!("&X-Amz-Signature={signature}")),
        "{url}"
    );
}

#[test]
fn the_public_url_is_an_origin_that_nobody_listens_to() {
    let error = |url: &str| {
        let bindings =
            support::bindings_with(&[("PROFILES", &profiles(&json!({"publicUrl": url})))]);
        let errors = Config::read(|name| bindings.get(name).cloned()).err()?;
        Some(errors.texts().join("; "))
    };
    for url in [
        "https://files.example.com",
        "https://files.example.com/",
        "https://files.example.com:8443",
        "http://127.0.0.1:9000",
        "http://localhost:9000",
    ] {
        assert_eq!(error(url), None, "{url}");
    }
    for url in [
        "",
        "files.example.com",
        "http://files.example.com",
        "https://files.example.com/cdn",
        "https://files.example.com?x=1",
        "https://files.example.com/#x",
        "https://user@files.example.com",
        "ftp://files.example.com",
        "https://",
        "//files.example.com",
    ] {
        let error = error(url).unwrap_or_default();
        assert!(
            error.starts_with("PROFILES.avatars.publicUrl must be an origin"),
            "{url}: {error}"
        );
    }
}
