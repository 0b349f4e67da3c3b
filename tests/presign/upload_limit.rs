//! Of two upload limits both hold.

use edge_presigner::presign::UploadLimit;
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

#[test]
fn of_two_bounds_the_narrower_holds() {
    let limit = |min: u64, max: u64, types: &[&str]| UploadLimit {
        size_bytes: min..=max,
        content_types: types.iter().map(|it| (*it).to_owned()).collect(),
        require_checksum: false,
    };
    for (one, other, both) in [
        (limit(1, 9, &[]), limit(5, 20, &[]), Some(limit(5, 9, &[]))),
        (limit(1, 5, &[]), limit(6, 9, &[]), None),
        (
            limit(0, 9, &[]),
            limit(0, 9, &["a/b"]),
            Some(limit(0, 9, &["a/b"])),
        ),
        (
            limit(0, 9, &["a/*"]),
            limit(0, 9, &["a/b", "c/d"]),
            Some(limit(0, 9, &["a/b"])),
        ),
        (
            limit(0, 9, &["a/*"]),
            limit(0, 9, &["a/*"]),
            Some(limit(0, 9, &["a/*"])),
        ),
        (limit(0, 9, &["a/b"]), limit(0, 9, &["a/c"]), None),
    ] {
        assert_eq!(one.and(&other), both);
        assert_eq!(other.and(&one), both);
    }
}

#[test]
fn a_checksum_is_required_where_either_requires_it() {
    let limit = |require_checksum: bool| UploadLimit {
        size_bytes: 0..=1,
        content_types: Vec::new(),
        require_checksum,
    };
    for (one, other) in [(true, false), (false, true), (true, true)] {
        assert_eq!(limit(one).and(&limit(other)), Some(limit(true)));
    }
    assert_eq!(limit(false).and(&limit(false)), Some(limit(false)));
    let json = |limit| serde_json::to_value(limit).unwrap();
    assert_eq!(json(limit(true))["requireChecksum"], true);
    // A link that an older version signed, or has to open, has no such member.
    assert_eq!(json(limit(false)).get("requireChecksum"), None);
}
