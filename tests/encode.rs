//! Keys in URLs of the worker itself, behind proxies that normalise them.

use crate::support::normalization::{Normalization, normalized};
use edge_presigner::api::ObjectKey;
use edge_presigner::encode::own_path;
use proptest::prelude::*;
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

const BOTH: [Normalization; 2] = [Normalization::Rfc3986, Normalization::Cloudflare];

/// <https://developers.cloudflare.com/rules/normalization/examples/>, and the sentences of `how-it-works` beside it.
#[test]
fn the_normalisation_of_these_tests_is_the_one_that_cloudflare_documents() {
    for (path, rfc3986, cloudflare) in [
        ("/hello", "/hello", "/hello"),
        ("/%68ello", "/hello", "/hello"),
        (r"/%68ello//pa\th", "/hello//pa%5Cth", "/hello/pa/th"),
        ("/hello//../path", "/hello/path", "/path"),
        (r"/hello/\../path", "/hello/%5C../path", "/path"),
        ("/%2d%2E%5f%7e", "/-._~", "/-._~"),
        (
            "/:?#[]@!$&'()*+,;=",
            "/:?#[]@!$&'()*+,;=",
            "/:?#[]@!$&'()*+,;=",
        ),
        ("/%3a%2f%5c%20", "/%3A%2F%5C%20", "/%3A%2F%5C%20"),
        ("/\u{e9} ", "/%C3%A9%20", "/%C3%A9%20"),
        ("/a/./b/../c", "/a/c", "/a/c"),
    ] {
        assert_eq!(normalized(path, BOTH[0]), rfc3986, "{path}");
        assert_eq!(normalized(path, BOTH[1]), cloudflare, "{path}");
    }
}

#[test]
fn slashes_that_would_be_merged_are_escaped_and_nothing_else_changes() {
    for (key, path) in [
        ("users/ada.png", "users/ada.png"),
        ("users/", "users/"),
        ("/users", "%2Fusers"),
        ("//", "%2F%2F"),
        ("a//b", "a/%2Fb"),
        ("a///b//", "a/%2F%2Fb/%2F"),
        (r"\\a\b", "%5C%5Ca%5Cb"),
        ("a%2Fb", "a%252Fb"),
        ("a;b+c d ", "a%3Bb%2Bc%20d%20"),
    ] {
        assert_eq!(own_path(key), path);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(512) })]

    #[test]
    fn every_key_survives_normalisation(key in r"([/\\%;+ .?#~]|%2[eEfF]|%5[cC]|[^\x00]){1,60}") {
        prop_assume!(ObjectKey::new(key.clone()).is_ok());
        for normalization in BOTH {
            let path = normalized(&format!("/o/avatars/{}", own_path(&key)), normalization);
            let read = ObjectKey::from_path(path.strip_prefix("/o/avatars/").unwrap()).unwrap();
            prop_assert_eq!(read.as_str(), &key);
        }
    }
}
