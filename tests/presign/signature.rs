//! Any URL against the general signer of aws-sigv4.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, SystemTime};

use super::{bare, bucket, credentials, parts};
use aws_sigv4::http_request::{
    PercentEncodingMode, SignableBody, SignableRequest, SignatureLocation, SigningSettings,
    UriPathNormalizationMode, sign,
};
use aws_sigv4::sign::v4::{SigningParams, calculate_signature, generate_signing_key};
use edge_presigner::aws::Credentials;
use edge_presigner::encode;
use edge_presigner::instant::from_unix_secs;
use edge_presigner::presign::{AddressingStyle, Headers, Signer};
use http::Method;
use percent_encoding::percent_decode_str;
use proptest::prelude::*;
use sha2::{Digest, Sha256};
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

/// What aws-sigv4's general signer makes of the same request, as `(name, value)` pairs.
fn reference(
    method: &Method,
    url: &str,
    headers: &[(&str, &str)],
    credentials: &Credentials,
    region: &str,
    lifetime: Duration,
    now: SystemTime,
) -> BTreeSet<(String, String)> {
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
    settings.signature_location = SignatureLocation::QueryParams;
    settings.percent_encoding_mode = PercentEncodingMode::Single;
    settings.uri_path_normalization_mode = UriPathNormalizationMode::Disabled;
    settings.expires_in = Some(lifetime);
    let params = SigningParams::builder()
        .identity(&identity)
        .region(region)
        .name("s3")
        .time(now)
        .settings(settings)
        .build()
        .unwrap()
        .into();
    let body = SignableBody::UnsignedPayload;
    let headers = headers.iter().copied();
    let request = SignableRequest::new(method.as_str(), url, headers, body).unwrap();
    let (instructions, _) = sign(request, &params).unwrap().into_parts();
    let (_, query) = instructions.into_parts();
    query
        .into_iter()
        .map(|(name, value)| (name.to_owned(), value.into_owned()))
        .collect()
}

fn decoded_query(url: &str) -> BTreeSet<(String, String)> {
    let decode = |text: &str| percent_decode_str(text).decode_utf8().unwrap().into_owned();
    parts(url)
        .1
        .into_iter()
        .map(|pair| pair.split_once('=').unwrap())
        .map(|(name, value)| (decode(name), decode(value)))
        .collect()
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(512) })]

    #[test]
    fn every_signature_equals_that_of_the_general_signer(
        key in "[^\0]{1,80}",
        method in prop::sample::select(vec![Method::GET, Method::HEAD, Method::PUT, Method::POST, Method::DELETE]),
        style in prop::sample::select(vec![AddressingStyle::Virtual, AddressingStyle::Path]),
        region in "[a-z]{2}-[a-z]{4,9}-[1-9]",
        id in "[A-Z0-9]{16,20}",
        secret in "[A-Za-z0-9/+]{40}",
        token in prop::option::of("[A-Za-z0-9/+=]{1,200}"),
        parameters in prop::collection::btree_map(prop::sample::select(PARAMETERS), "[^\0]{0,40}", 0..4),
        headers in prop::collection::btree_map(header_names(), "[!-~]([ -~]{0,30}[!-~])?", 0..6),
        lifetime in 1_u64..=604_800,
        now in 0_u64..=4_102_444_800,
    ) {
        let now = from_unix_secs(now).unwrap();
        let lifetime = Duration::from_secs(lifetime);
        let credentials = credentials(&id, &secret, token.as_deref());
        let bucket = bucket(&region, style);
        let signed_headers = headers_of(&headers);
        let mut request = bare(method.clone(), &bucket, &key);
        request.headers = &signed_headers;
        for (name, value) in parameters.iter().rev() {
            request.query.set(name, value);
        }
        let url = Signer::new(&credentials, &region, now)
            .presign(&request, lifetime, now)
            .unwrap();
        let mut plain = request.object.to_string();
        for (place, (name, value)) in parameters.iter().enumerate() {
            let mark = if place == 0 { '?' } else { '&' };
            plain.push_str(&format!("{mark}{name}={}", encode::query(value)));
        }
        let sent: Vec<(&str, &str)> = headers.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        let added = reference(&method, &plain, &sent, &credentials, &region, lifetime, now);
        let asked = parameters.into_iter().map(|(name, value)| (name.to_owned(), value));
        prop_assert_eq!(decoded_query(&url), added.into_iter().chain(asked).collect());
    }

    #[test]
    fn what_is_emitted_is_what_was_signed_and_in_canonical_order(
        key in "[^\0]{1,40}",
        parameters in prop::collection::btree_map(prop::sample::select(PARAMETERS), "[^\0]{0,40}", 0..6),
        headers in prop::collection::btree_map(header_names(), "[!-~]([ -~]{0,30}[!-~])?", 0..6),
        token in prop::option::of("[A-Za-z0-9/+=]{1,200}"),
    ) {
        let now = from_unix_secs(1_772_366_400).unwrap();
        let credentials = credentials("AKID", "secret", token.as_deref());
        let bucket = bucket("eu-central-1", AddressingStyle::Virtual);
        let headers = headers_of(&headers);
        let mut request = bare(Method::GET, &bucket, &key);
        request.headers = &headers;
        for (name, value) in parameters.iter().rev() {
            request.query.set(name, value);
        }
        let url = Signer::new(&credentials, "eu-central-1", now)
            .presign(&request, Duration::from_secs(60), now)
            .unwrap();
        let (query, signature) = url.split_once('?').unwrap().1.split_once("&X-Amz-Signature=").unwrap();
        prop_assert!(signature.len() == 64 && signature.bytes().all(|b| b.is_ascii_hexdigit()));
        let pairs: Vec<(&str, &str)> = query.split('&').map(|pair| pair.split_once('=').unwrap()).collect();
        prop_assert!(pairs.is_sorted(), "{}", query);
        // Everything that is emitted takes part: whatever bit of it changes, so does the signature.
        let canonical = |query: &str| {
            let lines: String = headers.iter().chain([("host", "bucket.s3.eu-central-1.amazonaws.com")])
                .collect::<BTreeMap<_, _>>().into_iter()
                .map(|(name, value)| format!("{name}:{}\n", value.split_ascii_whitespace().collect::<Vec<_>>().join(" ")))
                .collect();
            let names = query.split_once("&X-Amz-SignedHeaders=").unwrap().1.split('&').next().unwrap();
            let path = url.strip_prefix("https://bucket.s3.eu-central-1.amazonaws.com").unwrap().split('?').next().unwrap();
            format!("GET\n{path}\n{query}\n{lines}\n{}\nUNSIGNED-PAYLOAD", percent_decode_str(names).decode_utf8().unwrap())
        };
        let hash = hex::encode(Sha256::digest(canonical(query)));
        let to_sign = format!("AWS4-HMAC-SHA256\n20260301T120000Z\n20260301/eu-central-1/s3/aws4_request\n{hash}");
        let key = generate_signing_key("secret", now, "eu-central-1", "s3");
        prop_assert_eq!(calculate_signature(key, to_sign.as_bytes()), signature);
    }

    #[test]
    fn decoding_the_path_gives_the_key_back(key in "[^\0]{1,200}") {
            let now = from_unix_secs(1_772_366_400).unwrap();
        let bucket = bucket("eu-central-1", AddressingStyle::Path);
        let request = bare(Method::GET, &bucket, &key);
        let url = Signer::new(&credentials("AKID", "secret", None), "eu-central-1", now)
            .presign(&request, Duration::from_secs(1), now)
            .unwrap();
        let path = parts(&url).0.strip_prefix("https://s3.eu-central-1.amazonaws.com/bucket/");
        let decoded = percent_decode_str(path.unwrap()).decode_utf8().unwrap();
        prop_assert_eq!(decoded, key);
    }
}

const PARAMETERS: &[&str] = &[
    "continuation-token",
    "delimiter",
    "list-type",
    "partNumber",
    "prefix",
    "response-cache-control",
    "response-content-disposition",
    "response-content-type",
    "start-after",
    "uploadId",
    "uploads",
    "versionId",
    "x-amz-request-payer",
];

/// Names before and after `host`, in any case.
fn header_names() -> impl Strategy<Value = String> {
    prop_oneof![
        prop::sample::select(vec![
            "Content-Type",
            "content-length",
            "Content-MD5",
            "If-Match",
            "Range",
            "x-amz-acl",
            "X-Amz-Tagging",
        ])
        .prop_map(str::to_owned),
        "x-amz-meta-[a-z0-9._!#~^-]{1,10}",
    ]
}

fn headers_of(headers: &BTreeMap<String, String>) -> Headers {
    let mut signed = Headers::default();
    for (name, value) in headers {
        signed.insert(name, value.clone()).unwrap();
    }
    signed
}
