//! How long a profile's URLs may live.

use super::{faults, profile, read};
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

#[test]
fn a_url_longer_than_its_session_is_refused_with_the_numbers() {
    for (duration, secs, fits) in [
        ("3600", 3300, true),
        ("3600", 3301, false),
        ("43200", 42_900, true),
        ("43200", 42_901, false),
        ("900", 600, true),
        ("900", 601, false),
    ] {
        let profiles = profile("").replace("60", &secs.to_string());
        let changes = [
            ("AWS_ROLE_DURATION_SECONDS", duration),
            ("PROFILES", &profiles),
        ];
        match read(&changes) {
            Ok(_) => assert!(fits, "{duration} {secs}"),
            Err(faults) => {
                assert!(!fits, "{duration} {secs}: {faults:?}");
                assert!(
                    faults[0]
                        .reason
                        .contains(&format!("is {secs} and must be 1 to"))
                );
            }
        }
    }
}

#[test]
fn a_default_lifetime_lies_within_the_longest() {
    for (secs, fits) in [(0, false), (1, true), (60, true), (61, false)] {
        let profiles = profile(&format!(r#""defaultLifetimeSecs":{secs}"#));
        assert_eq!(read(&[("PROFILES", &profiles)]).is_ok(), fits, "{secs}");
    }
}

#[test]
fn the_longest_url_and_its_window_have_to_fit_the_profiles_own_sessions() {
    for (fields, fits) in [
        (r#""roleDurationSeconds":900,"windowSecs":540"#, true),
        (r#""roleDurationSeconds":900,"windowSecs":541"#, false),
        (r#""windowSecs":3240"#, true),
        (r#""windowSecs":3241"#, false),
    ] {
        let faults = faults(&[("PROFILES", &profile(fields))]);
        let expected: &[&str] = if fits {
            &[]
        } else {
            &["PROFILES.p.maxLifetimeSecs"]
        };
        assert_eq!(faults, expected, "{fields}");
    }
}

#[test]
fn the_longest_url_and_its_window_have_to_fit_the_signature_age_of_a_policy() {
    for (fields, longest) in [
        (r#""maxSignatureAgeSecs":60"#, None),
        (r#""maxSignatureAgeSecs":59"#, Some((59, 60))),
        (r#""maxSignatureAgeSecs":0"#, Some((0, 60))),
        (r#""maxSignatureAgeSecs":90,"windowSecs":30"#, None),
        (
            r#""maxSignatureAgeSecs":90,"windowSecs":31"#,
            Some((90, 91)),
        ),
    ] {
        let found = read(&[("PROFILES", &profile(fields))]).err();
        let found = found.map(|faults| faults.iter().map(ToString::to_string).collect());
        let expected = longest.map(|(age, secs)| {
            vec![format!(
                "PROFILES.p.maxSignatureAgeSecs: is {age}, but a URL can live for {secs}: maxLifetimeSecs and \
                 windowSecs together"
            )]
        });
        assert_eq!(found, expected, "{fields}");
    }
}
