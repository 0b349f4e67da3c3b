//! Handles: what stands for an upload, sealed.

use crate::support::{CACHE_KEY, Fake, noon, ready, secs};
use edge_presigner::multipart::{Handle, HandleError, Plan};
use edge_presigner::sealed::CacheKey;
use proptest::prelude::*;
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

fn handle() -> Handle {
    Handle {
        profile: "avatars".to_owned(),
        bucket: "bucket".to_owned(),
        key: "users/\u{e9}".to_owned(),
        upload_id: "id".to_owned(),
        caller: Some("app".to_owned()),
        plan: Plan::with_default_parts(30_000_000),
        expires_at: noon() + secs(60),
    }
}

const INVALID: Result<Handle, HandleError> = Err(HandleError::Invalid);

fn key() -> CacheKey {
    CacheKey::from_base64(CACHE_KEY).unwrap()
}

#[test]
fn a_handle_opens_to_what_was_sealed() {
    let fake = Fake::new();
    let bare = Handle {
        caller: None,
        plan: None,
        ..handle()
    };
    for handle in [handle(), bare] {
        let text = ready(handle.clone().seal(&key(), &fake)).unwrap();
        let opened = ready(Handle::open(&text, &[key()], &fake));
        assert_eq!(opened, Ok(handle));
    }
}

#[test]
fn a_handle_opens_under_any_key_that_is_listed_and_no_other() {
    let fake = Fake::new();
    let other = CacheKey::from_base64(&CACHE_KEY.replace('M', "N")).unwrap();
    let text = ready(handle().seal(&key(), &fake)).unwrap();
    let both = [other.clone(), key()];
    assert!(ready(Handle::open(&text, &both, &fake)).is_ok());
    assert!(ready(Handle::open(&text, &[other], &fake)) == INVALID);
    assert_eq!(
        ready(Handle::open(&text, &[], &fake)),
        Err(HandleError::CacheKeyMissing)
    );
}

#[test]
fn a_handle_of_which_one_character_is_another_does_not_open() {
    let fake = Fake::new();
    let text = ready(handle().seal(&key(), &fake)).unwrap();
    for place in 0..text.len() {
        let mut altered = text.clone().into_bytes();
        altered[place] = if altered[place] == b'A' { b'B' } else { b'A' };
        let altered = String::from_utf8(altered).unwrap();
        // The last character has bits that mean nothing, and base64 wants them to be zero.
        assert!(
            ready(Handle::open(&altered, &[key()], &fake)) == INVALID,
            "{place}"
        );
        assert!(
            ready(Handle::open(&text[..place], &[key()], &fake)) == INVALID,
            "{place}"
        );
    }
}

#[test]
fn a_record_of_kv_is_no_handle_and_no_other_keys_text() {
    // Sealed under CACHE_KEY itself, and under the derived key for another purpose.
    let fake = Fake::new();
    let plain =
        br#"{"profile":"p","bucket":"b","key":"k","uploadId":"u","expiresAtSecs":1800000000}"#;
    for (key, purpose) in [
        (key(), "multipart/v1"),
        (key().derived("multipart/v1"), "session/v2/x"),
        (key().derived("session/v2"), "multipart/v1"),
    ] {
        let sealed = ready(edge_presigner::sealed::seal(plain, &key, purpose, &fake)).unwrap();
        let text = base64_url(&sealed);
        assert!(
            ready(Handle::open(&text, &[self::key()], &fake)) == INVALID,
            "{purpose}"
        );
    }
    let key = key().derived("multipart/v1");
    let sealed = ready(edge_presigner::sealed::seal(
        plain,
        &key,
        "multipart/v1",
        &fake,
    ))
    .unwrap();
    assert!(ready(Handle::open(&base64_url(&sealed), &[self::key()], &fake)).is_ok());
}

fn base64_url(bytes: &[u8]) -> String {
    use base64::Engine;
    base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(bytes)
}

#[test]
fn a_derived_key_is_the_hmac_of_its_purpose() {
    // printf multipart/v1 | openssl dgst -sha256 -mac HMAC -macopt key:0123456789abcdef0123456789abcdef
    let derived = hex::encode(key().derived("multipart/v1").expose());
    let expected = "5614b73784b1f1b757968e2458061b9d15ce0f8eaca2ffff739035856cfa19d7";
    assert_eq!(derived, expected);
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(512) })]

    #[test]
    fn no_text_brings_the_opening_of_a_handle_down(text in ".{0,200}", sealed in "[A-Za-z0-9_-]{0,300}") {
        let fake = Fake::new();
        for text in [text, sealed] {
            prop_assert!(ready(Handle::open(&text, &[key()], &fake)) == INVALID);
        }
    }
}
