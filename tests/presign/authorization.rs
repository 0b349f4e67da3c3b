//! Requests signed in the header: AWS's published examples, and the general signer of aws-sigv4.

use std::collections::BTreeMap;
use std::time::SystemTime;

use aws_sigv4::http_request::{
    PayloadChecksumKind, PercentEncodingMode, SignableBody, SignableRequest, SigningSettings,
    UriPathNormalizationMode, sign,
};
use aws_sigv4::sign::v4::SigningParams;
use edge_presigner::aws::{Credentials, Endpoint, EndpointVariant};
use edge_presigner::instant::{from_unix_secs, parse_rfc3339};
use edge_presigner::presign::{
    AddressingStyle, BucketUrl, Headers, Location, Query, S3Request, Signer, SigningError,
};
use edge_presigner::secret::Secret;
use http::{Method, Request};
use proptest::prelude::*;
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

fn credentials(token: Option<&str>) -> Credentials {
    Credentials {
        access_key_id: "AKIAIOSFODNN7EXAMPLE".to_owned(),
        secret_access_key: Secret::new("wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"),
        session_token: token.map(Secret::new),
    }
}

fn bucket_url(
    name: &str,
    region: &str,
    endpoint: Option<&str>,
    style: AddressingStyle,
) -> BucketUrl {
    let endpoint = endpoint.map(|url| Endpoint::parse(url).unwrap());
    let location = Location {
        bucket: name,
        region,
        style,
        endpoint: endpoint.as_ref(),
        variant: EndpointVariant::default(),
        accelerate: false,
    };
    location.resolve().unwrap().bucket_url
}

fn headers(pairs: &[(&str, &str)]) -> Headers {
    let mut headers = Headers::NONE;
    for (name, value) in pairs {
        headers.insert(name, (*value).to_owned()).unwrap();
    }
    headers
}

fn query(pairs: &[(&'static str, &'static str)]) -> Query<'static> {
    let mut query = Query::default();
    for (name, value) in pairs {
        query.set(name, *value);
    }
    query
}

fn text(request: &Request<String>, name: &str) -> String {
    request.headers()[name].to_str().unwrap().to_owned()
}

#[test]
fn the_examples_that_aws_publishes_get_the_signatures_that_aws_publishes() {
    // https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html
    let endpoint = Some("https://s3.amazonaws.com");
    let style = AddressingStyle::Virtual;
    let bucket = bucket_url("examplebucket", "us-east-1", endpoint, style);
    let now = parse_rfc3339("2013-05-24T00:00:00Z").unwrap();
    let signer = Signer::new(&credentials(None), "us-east-1", now);
    for (method, key, parameters, sent, body, names, signature) in [
        (
            Method::GET,
            "test.txt",
            &[][..],
            &[("range", "bytes=0-9")][..],
            "",
            "host;range;x-amz-content-sha256;x-amz-date",
            "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41",
        ),
        (
            Method::PUT,
            "test$file.text",
            &[],
            &[
                ("date", "Fri, 24 May 2013 00:00:00 GMT"),
                ("x-amz-storage-class", "REDUCED_REDUNDANCY"),
            ],
            "Welcome to Amazon S3.",
            "date;host;x-amz-content-sha256;x-amz-date;x-amz-storage-class",
            "98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd",
        ),
        (
            Method::GET,
            "",
            &[("lifecycle", "")],
            &[],
            "",
            "host;x-amz-content-sha256;x-amz-date",
            "fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543",
        ),
        (
            Method::GET,
            "",
            &[("prefix", "J"), ("max-keys", "2")],
            &[],
            "",
            "host;x-amz-content-sha256;x-amz-date",
            "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7",
        ),
    ] {
        let request = S3Request {
            method,
            object: bucket.object(key),
            query: query(parameters),
            headers: &headers(sent),
        };
        let request = signer.authorize(&request, body.to_owned(), now);
        assert_eq!(
            text(&request.unwrap(), "authorization"),
            format!(
                "AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request, \
                 SignedHeaders={names}, Signature={signature}"
            )
        );
    }
}

#[test]
fn a_request_is_sent_as_it_was_signed() {
    let now = parse_rfc3339("2026-03-01T12:00:00Z").unwrap();
    let bucket = bucket_url("bucket", "eu-central-1", None, AddressingStyle::Virtual);
    let signer = Signer::new(&credentials(Some("a/token+==")), "eu-central-1", now);
    let unsigned = S3Request {
        method: Method::POST,
        object: bucket.object("users/a b+c"),
        query: query(&[("uploadId", "a/b+c="), ("partNumber", "7")]),
        headers: &headers(&[("Content-Type", "image/png")]),
    };
    let body = || "a body".to_owned();
    let request = signer.authorize(&unsigned, body(), now).unwrap();
    assert_eq!(request.method(), Method::POST);
    assert_eq!(
        request.uri().to_string(),
        "https://bucket.s3.eu-central-1.amazonaws.com/users/a%20b%2Bc?partNumber=7&uploadId=a%2Fb%2Bc%3D"
    );
    assert_eq!(request.body(), "a body");
    assert_eq!(text(&request, "x-amz-date"), "20260301T120000Z");
    assert_eq!(text(&request, "x-amz-security-token"), "a/token+==");
    assert_eq!(text(&request, "content-type"), "image/png");
    // printf 'a body' | sha256sum
    assert_eq!(
        text(&request, "x-amz-content-sha256"),
        "771824de42287642fa0fbe0b568b80cc3290e29b7d3cd6efbc7b1b8eb1037b04"
    );
    let shown = format!("{:?}", request.headers());
    assert!(
        !shown.contains("a/token") && !shown.contains("Signature"),
        "{shown}"
    );

    let midnight = parse_rfc3339("2026-03-02T00:00:00Z").unwrap();
    let late = signer.authorize(&unsigned, body(), midnight);
    assert_eq!(late.unwrap_err(), SigningError::Day);
}

/// The header `Authorization` that aws-sigv4's general signer gives.
fn reference(
    request: &Request<String>,
    sent: &BTreeMap<String, String>,
    credentials: &Credentials,
    now: SystemTime,
) -> String {
    let identity = aws_credential_types::Credentials::new(
        &credentials.access_key_id,
        credentials.secret_access_key.expose(),
        credentials
            .session_token
            .as_ref()
            .map(|token| token.expose().to_owned()),
        None,
        "test",
    )
    .into();
    let mut settings = SigningSettings::default();
    settings.percent_encoding_mode = PercentEncodingMode::Single;
    settings.uri_path_normalization_mode = UriPathNormalizationMode::Disabled;
    settings.payload_checksum_kind = PayloadChecksumKind::XAmzSha256;
    let params = SigningParams::builder()
        .identity(&identity)
        .region("eu-central-1")
        .name("s3")
        .time(now)
        .settings(settings)
        .build()
        .unwrap()
        .into();
    let signable = SignableRequest::new(
        request.method().as_str(),
        request.uri().to_string(),
        sent.iter()
            .map(|(name, value)| (name.as_str(), value.as_str())),
        SignableBody::Bytes(request.body().as_bytes()),
    )
    .unwrap();
    let (instructions, _) = sign(signable, &params).unwrap().into_parts();
    let authorization = instructions
        .headers()
        .find(|(name, _)| *name == "authorization");
    authorization.unwrap().1.to_owned()
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(512) })]

    #[test]
    fn every_signature_equals_that_of_the_general_signer(
        key in "[^\0]{1,80}",
        method in prop::sample::select(vec![Method::GET, Method::POST, Method::DELETE]),
        values in prop::collection::vec("[ -~é]{0,20}", 0..4),
        sent in prop::collection::btree_map("x-amz-meta-[a-z0-9-]{1,8}", "[!-~]([ -~]{0,20}[!-~])?", 0..4),
        body in ".{0,80}",
        token in prop::option::of("[A-Za-z0-9/+=]{1,200}"),
        now in 0_u64..=4_102_444_800,
    ) {
        let now = from_unix_secs(now).unwrap();
        let credentials = credentials(token.as_deref());
        let bucket = bucket_url("bucket", "eu-central-1", None, AddressingStyle::Path);
        let mut query = Query::default();
        for (name, value) in ["uploads", "uploadId", "partNumber", "max-parts"].into_iter().zip(&values) {
            query.set(name, value);
        }
        let pairs: Vec<(&str, &str)> = sent.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
        let unsigned = S3Request { method, object: bucket.object(&key), query, headers: &headers(&pairs) };
        let signer = Signer::new(&credentials, "eu-central-1", now);
        let request = signer.authorize(&unsigned, body, now).unwrap();
        prop_assert_eq!(text(&request, "authorization"), reference(&request, &sent, &credentials, now));
    }
}
