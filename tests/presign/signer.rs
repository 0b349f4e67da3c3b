//! Whole URLs against AWS's published example and botocore's answers.

use std::rc::Rc;
use std::time::Duration;

use super::{bare, bucket, credentials, parts, plain, style};
use edge_presigner::aws::Endpoint;
use edge_presigner::instant::parse_rfc3339;
use edge_presigner::presign::{
    AddressingStyle, BucketUrl, Location, Signer, SignerCache, SigningError,
};
use http::Method;
use serde_json::Value;
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

const VECTORS: &str = include_str!("../vectors/presigned_urls.json");

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
    assert_eq!(presign(0), Err(SigningError::Lifetime));
    assert!(presign(1).is_ok());
    assert!(presign(604_800).is_ok());
    assert_eq!(presign(604_801), Err(SigningError::Lifetime));
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
    assert_eq!(late, Err(SigningError::Day));
}

#[test]
fn a_signer_is_cached_until_the_session_or_the_day_changes() {
    let now = parse_rfc3339("2026-03-01T12:00:00Z").unwrap();
    let tomorrow = parse_rfc3339("2026-03-02T12:00:00Z").unwrap();
    let (mine, other) = (
        credentials("AKID", "secret", None),
        credentials("ASIA", "secret", None),
    );
    let cache = SignerCache::default();
    let get = |credentials, now| cache.get(credentials, "eu-central-1", now);
    let cached = get(&mine, now);
    assert!(Rc::ptr_eq(&get(&mine, now), &cached));
    let renewed = get(&other, now);
    assert!(renewed.serves(&other, now) && !renewed.serves(&mine, now));
    assert!(Rc::ptr_eq(&get(&other, now), &renewed));
    assert!(get(&other, tomorrow).serves(&other, tomorrow));
}
