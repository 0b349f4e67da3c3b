//! Keys in URLs of the worker itself, behind proxies that normalise them.

use crate::support::normalization::{Normalization, normalized};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use edge_presigner::api::ObjectKey;
use edge_presigner::encode::{encoded_words, own_path};
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

/// As Python writes them, but for the case of its letters: `Header(text, "utf-8", maxlinelen=75).encode()` of
/// `email.header`.
#[test]
fn text_beyond_ascii_is_in_encoded_words() {
    for (text, encoded) in [
        ("\u{d6}", "=?UTF-8?B?w5Y=?="),
        (
            "Übersicht 日本🦀 “2026” und noch viel mehr als in ein Wort passt.pdf",
            "=?UTF-8?B?w5xiZXJzaWNodCDml6XmnKzwn6aAIOKAnDIwMjbigJ0gdW5kIG5vY2ggdmll?= \
             =?UTF-8?B?bCBtZWhyIGFscyBpbiBlaW4gV29ydCBwYXNzdC5wZGY=?=",
        ),
    ] {
        assert_eq!(encoded_words(text), encoded);
    }
}

#[test]
fn text_that_headers_can_have_stays_unless_it_looks_encoded() {
    for text in ["", "a", "a b; c=\"d\"", "100 %?="] {
        assert_eq!(encoded_words(text), text);
    }
    for text in [" a", "a ", "a\nb", "\0", "=?UTF-8?B?w5Y=?="] {
        assert_ne!(encoded_words(text), text);
    }
}

proptest! {
    #[test]
    fn encoded_words_are_short_and_decode_to_the_text(text in "\\PC{0,80}|[a-z =?]{0,80}") {
        let encoded = encoded_words(&text);
        prop_assert!(encoded.bytes().all(|b| matches!(b, b' '..=b'~')));
        if encoded == text {
            return Ok(());
        }
        // White space between words does not count: https://www.rfc-editor.org/rfc/rfc2047#section-6.2
        let words = encoded.split(' ').map(|word| {
            assert!(word.len() <= 75, "{word}");
            let text = word.strip_prefix("=?UTF-8?B?").unwrap().strip_suffix("?=").unwrap();
            String::from_utf8(STANDARD.decode(text).unwrap()).unwrap()
        });
        prop_assert_eq!(words.collect::<String>(), text);
    }
}
