//! Endpoints of S3 and STS, by URL and by the names of the SDKs.

use super::read;
use edge_presigner::aws::Endpoint;
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

#[test]
fn an_endpoint_is_an_absolute_url_without_user_query_or_fragment() {
    for (url, expected) in [
        (
            "https://minio.example.com:9000",
            Some("https://minio.example.com:9000/"),
        ),
        ("https://Example.COM:443/", Some("https://example.com/")),
        ("http://127.0.0.1:80", Some("http://127.0.0.1/")),
        ("http://[::1]:9000", Some("http://[::1]:9000/")),
        (
            "https://example.com/storage/v1/s3/",
            Some("https://example.com/storage/v1/s3/"),
        ),
        ("example.com", None),
        ("ftp://example.com", None),
        ("https://user:password@example.com", None),
        ("https://example.com?x=y", None),
        ("https://example.com/#x", None),
        ("https://example.com:0443", Some("https://example.com/")),
        (
            "https://example.com:09000",
            Some("https://example.com:9000/"),
        ),
        ("https://example.com:", None),
        ("https://example.com:99999", None),
        ("https://:9000", None),
        ("https://exam_ple.com", None),
        ("https://example.com/a/../b", None),
        ("https://example.com/a%2Fb", None),
        ("https://example.com/ä", None),
        ("https://", None),
        ("", None),
    ] {
        let read = Endpoint::parse(url).ok().map(|endpoint| endpoint.url());
        assert_eq!(read.as_deref(), expected, "{url}");
    }
}

#[test]
fn fips_dual_stack_and_legacy_endpoints_are_chosen_by_the_names_of_the_sdks() {
    let hosts = |changes: &[(&str, &str)]| {
        let config = read(changes).unwrap();
        let s3 = config
            .profiles
            .iter()
            .find(|profile| profile.name == "avatars");
        let s3 = s3.unwrap().bucket_url.bucket().to_string();
        let s3 = s3.strip_prefix("https://bucket.").unwrap_or(&s3);
        (
            config.providers[0].sts.authority.clone(),
            s3.trim_end_matches('/').to_owned(),
        )
    };
    let hosts_are = |changes: &[(&str, &str)], sts: &str, s3: &str| {
        assert_eq!(
            hosts(changes),
            (sts.to_owned(), s3.to_owned()),
            "{changes:?}"
        );
    };
    let s3 = "s3.eu-central-1.amazonaws.com";
    hosts_are(
        &[("AWS_STS_REGIONAL_ENDPOINTS", "legacy")],
        "sts.amazonaws.com",
        s3,
    );
    hosts_are(
        &[("AWS_STS_REGIONAL_ENDPOINTS", "regional")],
        "sts.eu-central-1.amazonaws.com",
        s3,
    );
    hosts_are(
        &[("AWS_USE_FIPS_ENDPOINT", "True")],
        "sts-fips.eu-central-1.amazonaws.com",
        "s3-fips.eu-central-1.amazonaws.com",
    );
    hosts_are(
        &[
            ("AWS_USE_DUALSTACK_ENDPOINT", "true"),
            ("AWS_USE_FIPS_ENDPOINT", "false"),
        ],
        "sts.eu-central-1.api.aws",
        "s3.dualstack.eu-central-1.amazonaws.com",
    );
    hosts_are(
        &[
            ("AWS_USE_FIPS_ENDPOINT", "true"),
            ("AWS_ENDPOINT_URL_STS", "https://sts.example.com"),
        ],
        "sts.example.com",
        "s3-fips.eu-central-1.amazonaws.com",
    );
}

#[test]
fn endpoints_that_aws_does_not_have_are_refused() {
    for (changes, field) in [
        (
            vec![("AWS_STS_REGIONAL_ENDPOINTS", "global")],
            "AWS_STS_REGIONAL_ENDPOINTS",
        ),
        (
            vec![("AWS_USE_FIPS_ENDPOINT", "yes")],
            "AWS_USE_FIPS_ENDPOINT",
        ),
        (
            vec![
                ("AWS_USE_DUALSTACK_ENDPOINT", "true"),
                ("AWS_ENDPOINT_URL", "https://minio.example.com"),
            ],
            "AWS_USE_DUALSTACK_ENDPOINT",
        ),
        (
            vec![
                ("AWS_USE_FIPS_ENDPOINT", "true"),
                ("AWS_REGION", "cn-north-1"),
            ],
            "PROFILES.avatars.region",
        ),
    ] {
        let faults = read(&changes).unwrap_err();
        assert!(faults.iter().any(|fault| fault.path == field), "{faults:?}");
    }
}
