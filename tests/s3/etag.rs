//! The ETag of an object that was uploaded in parts.

use edge_presigner::s3::etag;
use edge_presigner::s3::request::UploadedPart;
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

#[test]
fn the_etag_of_parts_is_the_md5_of_their_md5s() {
    let part = |number, etag: &str| UploadedPart {
        number,
        etag: etag.to_owned(),
        checksum: None,
    };
    // md5sum of "a" and of "b"; (printf a | md5sum; printf b | md5sum) | cut -c1-32 | xxd -r -p | md5sum
    let a = "\"0cc175b9c0f1b6a831c399e269772661\"";
    let b = "92eb5ffee6ae2fec3ad71c777531578f";
    let composed = etag::composite(&[part(1, a), part(7, b)]);
    assert_eq!(
        composed.as_deref(),
        Some("\"96e024ba2074fe77e8e965ba43a704be-2\"")
    );
    assert_eq!(etag::composite(&[part(1, a), part(2, "\"no md5\"")]), None);
}
