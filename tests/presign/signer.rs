//! Whole URLs against AWS's published example, botocore's answers and the general signer of aws-sigv4.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;
use std::time::{Duration, SystemTime};

use aws_sigv4::http_request::{
    PercentEncodingMode, SignableBody, SignableRequest, SignatureLocation, SigningSettings,
    UriPathNormalizationMode, sign,
};
use aws_sigv4::sign::v4::{SigningParams, calculate_signature, generate_signing_key};
use edge_presigner::credentials::Credentials;
use edge_presigner::encode;
use edge_presigner::instant::{from_unix_secs, parse_rfc3339};
use edge_presigner::presign::{
    AddressingStyle, BucketUrl, Endpoint, Headers, Location, Presign, Query, Signer, Signers,
    SigningFailed, Variant,
};
use edge_presigner::secret::Secret;
use http::Method;
use percent_encoding::percent_decode_str;
use proptest::prelude::*;
use serde_json::Value;
use sha2::{Digest, Sha256};
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

const VECTORS: &str = include_str!("../vectors/presigned_urls.json");
const PARTITIONS: &str = include_str!("../vectors/partitions.json");
const ENDPOINTS: &str = include_str!("../vectors/endpoints.json");

/// One row of `vectors/presigned_urls.json`.
struct Vector<'v>(&'v Value);

impl<'v> Vector<'v> {
    fn text(&self, name: &str) -> &'v str {
        self.0[name].as_str().unwrap()
    }

    fn bucket(&self) -> BucketUrl {
        let endpoint = self.0["endpoint"].as_str();
        let endpoint = endpoint.map(|url| Endpoint::parse(url).unwrap());
        let location = Location {
            endpoint: endpoint.as_ref(),
            style: style(self.text("addressingStyle")),
            ..plain(self.text("bucket"), self.text("region"))
        };
        location.resolve().unwrap().bucket_url
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
        let bucket = self.bucket();
        Signer::new(&credentials, self.text("region"), now)
            .presign(&bare(method, &bucket, self.text("key")), lifetime, now)
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

fn style(name: &str) -> AddressingStyle {
    match name {
        "auto" => AddressingStyle::Auto,
        "virtual" => AddressingStyle::Virtual,
        "path" => AddressingStyle::Path,
        other => panic!("{other}"),
    }
}

/// A bucket where AWS has it, with no wishes.
fn plain<'a>(bucket: &'a str, region: &'a str) -> Location<'a> {
    Location {
        bucket,
        region,
        style: AddressingStyle::Auto,
        endpoint: None,
        variant: Variant::default(),
        accelerate: false,
    }
}

/// The bucket `bucket` of `region`.
fn bucket(region: &str, style: AddressingStyle) -> BucketUrl {
    let location = Location {
        style,
        ..plain("bucket", region)
    };
    location.resolve().unwrap().bucket_url
}

static NO_HEADERS: Headers = Headers::NONE;

/// `method` on `key` with no parameter and no header.
fn bare<'a>(method: Method, bucket: &'a BucketUrl, key: &str) -> Presign<'a> {
    Presign {
        method,
        object: bucket.object(key),
        query: Query::default(),
        headers: &NO_HEADERS,
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
        let s3 = Endpoint::s3("s3", region, variant).map(|endpoint| endpoint.authority);
        assert_eq!(s3.ok().as_deref(), row["s3Host"].as_str(), "{row}");
        let sts = |legacy| Endpoint::sts(region, variant, legacy).authority;
        assert_eq!(sts(false), row["stsHost"], "{row}");
        assert_eq!(sts(true), row["stsLegacyHost"], "{row}");
    }
}

#[test]
fn a_region_of_an_unknown_partition_is_taken_for_the_common_one() {
    let endpoint = Endpoint::s3("s3", "xx-new-1", Variant::default()).unwrap();
    assert_eq!(endpoint.authority, "s3.xx-new-1.amazonaws.com");
}

#[test]
fn a_bucket_is_where_the_endpoint_rules_of_botocore_put_it() {
    let rows: Value = serde_json::from_str(ENDPOINTS).unwrap();
    let rows = rows.as_array().unwrap();
    assert!(rows.len() > 2000);
    for row in rows {
        let flag = |place: usize| row[place].as_bool().unwrap();
        let endpoint = row[3].as_str().map(|url| Endpoint::parse(url).unwrap());
        let location = Location {
            bucket: row[0].as_str().unwrap(),
            region: row[1].as_str().unwrap(),
            style: style(row[2].as_str().unwrap()),
            endpoint: endpoint.as_ref(),
            variant: Variant {
                fips: flag(4),
                dual_stack: flag(5),
            },
            accelerate: flag(6),
        };
        let place = location.resolve().ok().map(|place| {
            let url = place.bucket_url.itself().to_string();
            serde_json::json!([url.trim_end_matches('/'), place.region])
        });
        assert_eq!(place.unwrap_or_default(), row[7], "{row}");
    }
}

#[test]
fn what_cannot_be_signed_for_is_refused_with_the_reason() {
    let arn = |text: &str| format!("arn:aws:{}", text.replace("ACCOUNT", "123456789012"));
    for (bucket, reason) in [
        (
            arn("s3::ACCOUNT:accesspoint/a.mrap"),
            "Signature Version 4A",
        ),
        (
            arn("s3-object-lambda:eu-central-1:ACCOUNT:accesspoint/a"),
            "Object Lambda",
        ),
        (
            arn("s3-outposts:eu-central-1:ACCOUNT:outpost/op-1/accesspoint/a"),
            "Outposts",
        ),
        (
            arn("s3:::bucket"),
            "the name of a bucket, or the ARN of an access point",
        ),
        ("name--usw2-az1--x-s3".to_owned(), "S3 Express"),
        ("name--usw2-az1--xa-s3".to_owned(), "S3 Express"),
        ("name-1234567890--op-s3".to_owned(), "Outposts"),
    ] {
        let misplaced = plain(&bucket, "eu-central-1").resolve().unwrap_err();
        assert_eq!(misplaced.field, "bucket");
        assert!(
            misplaced.reason.contains(reason),
            "{bucket}: {}",
            misplaced.reason
        );
    }
}

#[test]
fn the_path_of_awkward_keys_is_encoded_once_and_keeps_host_and_bucket() {
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
        let bucket = bucket("eu-central-1", AddressingStyle::Virtual);
        let request = bare(Method::GET, &bucket, key);
        let url = Signer::new(&credentials, "eu-central-1", now)
            .presign(&request, Duration::from_secs(60), now)
            .unwrap();
        let expected = format!("https://bucket.s3.eu-central-1.amazonaws.com{path}");
        assert_eq!(parts(&url).0, expected);
    }
}

#[test]
fn a_lifetime_outside_of_one_second_to_seven_days_is_not_signed() {
    let now = parse_rfc3339("2026-03-01T12:00:00Z").unwrap();
    let signer = Signer::new(&credentials("AKID", "secret", None), "eu-central-1", now);
    let bucket = bucket("eu-central-1", AddressingStyle::Auto);
    let request = bare(Method::GET, &bucket, "key");
    let presign = |secs| signer.presign(&request, Duration::from_secs(secs), now);
    assert_eq!(presign(0), Err(SigningFailed::Lifetime));
    assert!(presign(1).is_ok());
    assert!(presign(604_800).is_ok());
    assert_eq!(presign(604_801), Err(SigningFailed::Lifetime));
}

#[test]
fn a_signer_serves_its_own_session_and_day_only() {
    let last_second = parse_rfc3339("2026-03-01T23:59:59Z").unwrap();
    let midnight = parse_rfc3339("2026-03-02T00:00:00Z").unwrap();
    let mine = credentials("AKID", "secret", None);
    let signer = Signer::new(&mine, "eu-central-1", last_second);
    assert!(signer.serves(&mine, last_second));
    assert!(!signer.serves(&credentials("ASIA", "secret", None), last_second));
    assert!(!signer.serves(&mine, midnight));
    let renewed = credentials("AKID", "secret", Some("a server may keep the key id"));
    assert!(!signer.serves(&renewed, last_second));
    let bucket = bucket("eu-central-1", AddressingStyle::Auto);
    let request = bare(Method::GET, &bucket, "key");
    let late = signer.presign(&request, Duration::from_secs(60), midnight);
    assert_eq!(late, Err(SigningFailed::Day));
}

#[test]
fn a_signer_is_kept_for_each_source_of_credentials_and_region() {
    let now = parse_rfc3339("2026-03-01T12:00:00Z").unwrap();
    let tomorrow = parse_rfc3339("2026-03-02T12:00:00Z").unwrap();
    let (mine, other) = (
        credentials("AKID", "secret", None),
        credentials("ASIA", "secret", None),
    );
    let signers = Signers::default();
    let places = [
        (0, &mine, "eu-central-1"),
        (0, &mine, "us-east-1"),
        (1, &other, "us-east-1"),
        (2, &mine, "us-east-1"),
    ];
    let get = |(provider, credentials, region)| signers.get(provider, credentials, region, now);
    let kept = places.map(get);
    for (place, signer) in places.into_iter().zip(&kept) {
        assert!(Rc::ptr_eq(&get(place), signer), "{place:?}");
    }
    let renewed = signers.get(0, &other, "us-east-1", now);
    assert!(renewed.serves(&other, now));
    assert!(Rc::ptr_eq(&get(places[0]), &kept[0]));
    assert!(
        signers
            .get(0, &mine, "eu-central-1", tomorrow)
            .serves(&mine, tomorrow)
    );
}

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
