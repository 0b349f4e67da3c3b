//! Whole URLs against AWS's published example, botocore's answers and the general signer of aws-sigv4.

use std::collections::BTreeSet;
use std::time::{Duration, SystemTime};

use aws_sigv4::http_request::{
    PercentEncodingMode, SignableBody, SignableRequest, SignatureLocation, SigningSettings,
    UriPathNormalizationMode, sign,
};
use aws_sigv4::sign::v4::SigningParams;
use edge_presigner::credentials::Credentials;
use edge_presigner::instant::{from_unix_secs, parse_rfc3339};
use edge_presigner::presign::{
    AddressingStyle, Endpoint, ObjectUrl, Signer, SigningFailed, Variant,
};
use edge_presigner::secret::Secret;
use http::Method;
use percent_encoding::percent_decode_str;
use proptest::prelude::*;
use serde_json::Value;
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

const VECTORS: &str = include_str!("vectors/presigned_urls.json");
const PARTITIONS: &str = include_str!("vectors/partitions.json");

/// One row of `vectors/presigned_urls.json`.
struct Vector<'v>(&'v Value);

impl<'v> Vector<'v> {
    fn text(&self, name: &str) -> &'v str {
        self.0[name].as_str().unwrap()
    }

    fn object(&self) -> ObjectUrl {
        let endpoint = self.0["endpoint"].as_str().map_or_else(
            || regional(self.text("region")),
            |url| Endpoint::parse(url).unwrap(),
        );
        let style = match self.text("addressingStyle") {
            "auto" => AddressingStyle::Auto,
            "virtual" => AddressingStyle::Virtual,
            "path" => AddressingStyle::Path,
            other => panic!("{other}"),
        };
        ObjectUrl::new(&endpoint, style, self.text("bucket"), self.text("key"))
    }

    fn presigned(&self) -> String {
        let now = parse_rfc3339(self.text("now")).unwrap();
        let method = self.text("method").parse().unwrap();
        let lifetime = Duration::from_secs(self.0["expiresInSecs"].as_u64().unwrap());
        let credentials = credentials(
            self.text("accessKeyId"),
            self.text("secretAccessKey"),
            self.0["sessionToken"].as_str(),
        );
        Signer::new(&credentials, self.text("region"), now)
            .presign(&method, &self.object(), lifetime, now)
            .unwrap()
    }
}

fn credentials(id: &str, secret: &str, token: Option<&str>) -> Credentials {
    Credentials {
        access_key_id: id.to_owned(),
        secret_access_key: Secret::new(secret),
        session_token: token.map(Secret::new),
    }
}

/// Everything before the query, and the query's pairs in any order.
fn parts(url: &str) -> (&str, BTreeSet<&str>) {
    let (object, query) = url.split_once('?').unwrap();
    (object, query.split('&').collect())
}

#[test]
fn the_example_that_aws_publishes_gets_the_signature_that_aws_publishes() {
    // https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-query-string-auth.html
    let vectors: Value = serde_json::from_str(VECTORS).unwrap();
    let url = Vector(&vectors[0]).presigned();
    assert!(
        url.starts_with("https://examplebucket.s3.amazonaws.com/test.txt?"),
        "{url}"
    );
    assert!(
        url.ends_with(
            "&X-Amz-Signature=aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404"
        ),
        "{url}"
    );
}

#[test]
fn every_url_is_the_one_that_botocore_gives() {
    let vectors: Value = serde_json::from_str(VECTORS).unwrap();
    let vectors = vectors.as_array().unwrap();
    assert!(vectors.len() > 200);
    for vector in vectors {
        let vector = Vector(vector);
        let name = vector.text("name");
        assert_eq!(
            parts(&vector.presigned()),
            parts(vector.text("url")),
            "{name}"
        );
    }
}

#[test]
fn regional_hosts_are_the_ones_that_botocore_resolves() {
    let rows: Value = serde_json::from_str(PARTITIONS).unwrap();
    let rows = rows.as_array().unwrap();
    assert!(rows.len() > 160);
    for row in rows {
        let region = row["region"].as_str().unwrap();
        let variant = Variant {
            fips: row["fips"].as_bool().unwrap(),
            dual_stack: row["dualStack"].as_bool().unwrap(),
        };
        let s3 = Endpoint::s3(region, variant).map(|endpoint| endpoint.authority);
        assert_eq!(s3.ok().as_deref(), row["s3Host"].as_str(), "{row}");
        let sts = |legacy| Endpoint::sts(region, variant, legacy).authority;
        assert_eq!(sts(false), row["stsHost"], "{row}");
        assert_eq!(sts(true), row["stsLegacyHost"], "{row}");
    }
}

#[test]
fn a_region_of_an_unknown_partition_is_taken_for_the_common_one() {
    assert_eq!(regional("xx-new-1").authority, "s3.xx-new-1.amazonaws.com");
}

fn regional(region: &str) -> Endpoint {
    Endpoint::s3(region, Variant::default()).unwrap()
}

#[test]
fn the_path_of_awkward_keys_is_encoded_once_and_keeps_host_and_bucket() {
    let endpoint = regional("eu-central-1");
    for (key, path) in [
        ("a b.txt", "/a%20b.txt"),
        ("plus+plus.txt", "/plus%2Bplus.txt"),
        ("50%.txt", "/50%25.txt"),
        ("%2F", "/%252F"),
        ("'(1)!*.txt", "/%27%281%29%21%2A.txt"),
        ("a//b", "/a//b"),
        ("/x", "//x"),
        ("//evil.example/x", "///evil.example/x"),
        ("https://evil.example/x", "/https%3A//evil.example/x"),
        ("日本.txt", "/%E6%97%A5%E6%9C%AC.txt"),
        ("?a=b#c&d", "/%3Fa%3Db%23c%26d"),
    ] {
        let credentials = credentials("AKID", "secret", None);
        let now = parse_rfc3339("2026-03-01T12:00:00Z").unwrap();
        let object = ObjectUrl::new(&endpoint, AddressingStyle::Virtual, "bucket", key);
        let url = Signer::new(&credentials, "eu-central-1", now)
            .presign(&Method::GET, &object, Duration::from_secs(60), now)
            .unwrap();
        let expected = format!("https://bucket.s3.eu-central-1.amazonaws.com{path}");
        assert_eq!(parts(&url).0, expected);
    }
}

#[test]
fn a_lifetime_outside_of_one_second_to_seven_days_is_not_signed() {
    let now = parse_rfc3339("2026-03-01T12:00:00Z").unwrap();
    let signer = Signer::new(&credentials("AKID", "secret", None), "eu-central-1", now);
    let endpoint = regional("eu-central-1");
    let object = ObjectUrl::new(&endpoint, AddressingStyle::Auto, "bucket", "key");
    let presign = |secs| signer.presign(&Method::GET, &object, Duration::from_secs(secs), now);
    assert_eq!(presign(0), Err(SigningFailed::Lifetime));
    assert!(presign(1).is_ok());
    assert!(presign(604_800).is_ok());
    assert_eq!(presign(604_801), Err(SigningFailed::Lifetime));
}

#[test]
fn a_signer_serves_its_own_session_region_and_day_only() {
    let last_second = parse_rfc3339("2026-03-01T23:59:59Z").unwrap();
    let midnight = parse_rfc3339("2026-03-02T00:00:00Z").unwrap();
    let mine = credentials("AKID", "secret", None);
    let signer = Signer::new(&mine, "eu-central-1", last_second);
    assert!(signer.serves(&mine, "eu-central-1", last_second));
    assert!(!signer.serves(&mine, "eu-west-1", last_second));
    assert!(!signer.serves(
        &credentials("ASIA", "secret", None),
        "eu-central-1",
        last_second
    ));
    assert!(!signer.serves(&mine, "eu-central-1", midnight));
    let renewed = credentials("AKID", "secret", Some("a server may keep the key id"));
    assert!(!signer.serves(&renewed, "eu-central-1", last_second));
    let endpoint = regional("eu-central-1");
    let object = ObjectUrl::new(&endpoint, AddressingStyle::Auto, "bucket", "key");
    let late = signer.presign(&Method::GET, &object, Duration::from_secs(60), midnight);
    assert_eq!(late, Err(SigningFailed::Day));
}

/// What aws-sigv4's general signer makes of the same request, as `(name, value)` pairs.
fn reference(
    method: &Method,
    url: &str,
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
    let no_headers = std::iter::empty();
    let body = SignableBody::UnsignedPayload;
    let request = SignableRequest::new(method.as_str(), url, no_headers, body).unwrap();
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
        method in prop::sample::select(vec![Method::GET, Method::HEAD, Method::PUT, Method::DELETE]),
        style in prop::sample::select(vec![AddressingStyle::Virtual, AddressingStyle::Path]),
        region in "[a-z]{2}-[a-z]{4,9}-[1-9]",
        id in "[A-Z0-9]{16,20}",
        secret in "[A-Za-z0-9/+]{40}",
        token in prop::option::of("[A-Za-z0-9/+=]{1,200}"),
        lifetime in 1_u64..=604_800,
        now in 0_u64..=4_102_444_800,
    ) {
        let now = from_unix_secs(now).unwrap();
        let lifetime = Duration::from_secs(lifetime);
        let credentials = credentials(&id, &secret, token.as_deref());
        let object = ObjectUrl::new(&regional(&region), style, "bucket", &key);
        let url = Signer::new(&credentials, &region, now)
            .presign(&method, &object, lifetime, now)
            .unwrap();
        let expected = reference(&method, parts(&url).0, &credentials, &region, lifetime, now);
        prop_assert_eq!(decoded_query(&url), expected);
    }

    #[test]
    fn decoding_the_path_gives_the_key_back(key in "[^\0]{1,200}") {
        let endpoint = regional("eu-central-1");
        let now = from_unix_secs(1_772_366_400).unwrap();
        let object = ObjectUrl::new(&endpoint, AddressingStyle::Path, "bucket", &key);
        let url = Signer::new(&credentials("AKID", "secret", None), "eu-central-1", now)
            .presign(&Method::GET, &object, Duration::from_secs(1), now)
            .unwrap();
        let path = parts(&url).0.strip_prefix("https://s3.eu-central-1.amazonaws.com/bucket/");
        let decoded = percent_decode_str(path.unwrap()).decode_utf8().unwrap();
        prop_assert_eq!(decoded, key);
    }
}
