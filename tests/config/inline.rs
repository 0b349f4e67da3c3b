//! Which objects a profile may answer with.

use super::{error, faults, profile, read};
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

#[test]
fn nothing_is_answered_with_unless_a_profile_names_it() {
    for fields in ["", r#""maxInlineBytes":4096"#, r#""inline":[]"#] {
        let config = read(&[("PROFILES", &profile(fields))]).unwrap();
        let rule = &config.profiles[0].inline;
        assert!(!rule.has_patterns() && !rule.matches("a.m3u8"), "{fields}");
    }
    let config = read(&[("PROFILES", &profile(r#""inline":["*.m3u8"]"#))]).unwrap();
    let rule = &config.profiles[0].inline;
    assert!(rule.matches("a.m3u8") && !rule.matches("a.mpd"));
    assert_eq!(rule.max_bytes, 262_144);
}

#[test]
fn the_size_is_within_bounds() {
    for (bytes, fits) in [
        (0, false),
        (4095, false),
        (4096, true),
        (1_048_576, true),
        (1_048_577, false),
        (u64::MAX, false),
    ] {
        let fields = format!(r#""inline":["*.m3u8"],"maxInlineBytes":{bytes}"#);
        let expected: &[&str] = if fits {
            &[]
        } else {
            &["PROFILES.p.maxInlineBytes"]
        };
        assert_eq!(
            faults(&[("PROFILES", &profile(&fields))]),
            expected,
            "{bytes}"
        );
    }
}

#[test]
fn a_pattern_that_is_wrong_is_named_by_its_index() {
    let profiles = profile(r#""inline":["*.m3u8","a*b"]"#);
    assert_eq!(
        error(&[("PROFILES", &profiles)]).unwrap(),
        "PROFILES.p.inline[1] must have one * at its beginning or its end, such as *.m3u8, or none"
    );
    let profiles = profile(r#""inline":["*"]"#);
    assert_eq!(faults(&[("PROFILES", &profiles)]), ["PROFILES.p.inline[0]"]);
}

#[test]
fn a_profile_that_reads_nothing_answers_with_nothing() {
    let profiles = profile(r#""inline":["*.m3u8"]"#).replace("getObject", "putObject");
    assert_eq!(faults(&[("PROFILES", &profiles)]), ["PROFILES.p.inline"]);
}

#[test]
fn an_index_document_is_one_segment() {
    for (name, fits) in [
        ("index.html", true),
        ("index", true),
        ("", false),
        ("a/index.html", false),
        ("/", false),
        (".", false),
        ("..", false),
    ] {
        let fields = format!(r#""indexDocument":"{name}""#);
        let expected: &[&str] = if fits {
            &[]
        } else {
            &["PROFILES.p.indexDocument"]
        };
        assert_eq!(
            faults(&[("PROFILES", &profile(&fields))]),
            expected,
            "{name}"
        );
    }
}
