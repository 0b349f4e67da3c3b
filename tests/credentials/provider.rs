//! Whose credentials sign for which profile.

use super::{profiles, signer, url};
use crate::support::{Fake, secs, service_with, token};
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

const STATIC_KEYS: [(&str, &str); 2] = [
    ("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE"),
    ("AWS_SECRET_ACCESS_KEY", "static-secret"),
];

#[test]
fn roles_that_differ_in_anything_share_no_session_in_memory_or_kv() {
    for difference in [
        r#""roleArn":"arn:aws:iam::123456789012:role/other""#,
        r#""roleSessionName":"other""#,
        r#""roleDurationSeconds":7200"#,
        r#""policy":"{\"Statement\":[]}""#,
        r#""policyArns":["arn:aws:iam::aws:policy/ReadOnlyAccess"]"#,
    ] {
        let fake = Fake::new();
        let profiles = profiles("", difference);
        let changes = [("PROFILES", profiles.as_str())];
        for _ in 0..2 {
            let isolate = service_with(&changes);
            for _ in 0..2 {
                assert_eq!(signer(&url(&isolate, &fake, "a")), "ASIA1", "{difference}");
                assert_eq!(signer(&url(&isolate, &fake, "b")), "ASIA2", "{difference}");
            }
        }
        assert_eq!(fake.sts_calls(), 2);
        assert_eq!(fake.kv.borrow().len(), 2);
    }
}

#[test]
fn profiles_with_the_same_role_share_their_session() {
    let fake = Fake::new();
    let same = r#""roleArn":"arn:aws:iam::123456789012:role/presigner""#;
    let service = service_with(&[("PROFILES", &profiles("", same))]);
    assert_eq!(signer(&url(&service, &fake, "a")), "ASIA1");
    assert_eq!(signer(&url(&service, &fake, "b")), "ASIA1");
    assert_eq!(fake.sts_calls(), 1);
}

#[test]
fn a_session_policy_is_sent_to_sts_as_it_was_configured() {
    let fake = Fake::new();
    let own = r#""policy":"{\"Statement\": [\"é+\"]}","policyArns":["arn:aws:iam::aws:policy/A","arn:aws:iam::aws:policy/B"]"#;
    url(
        &service_with(&[("PROFILES", &profiles(own, own))]),
        &fake,
        "a",
    );
    let requests = fake.requests.borrow();
    let form: Vec<(String, String)> = form_urlencoded::parse(requests[0].body().as_bytes())
        .into_owned()
        .collect();
    let value = |name: &str| &form.iter().find(|(known, _)| known == name).unwrap().1;
    assert_eq!(value("Policy"), r#"{"Statement": ["é+"]}"#);
    assert_eq!(
        value("PolicyArns.member.1.arn"),
        "arn:aws:iam::aws:policy/A"
    );
    assert_eq!(
        value("PolicyArns.member.2.arn"),
        "arn:aws:iam::aws:policy/B"
    );
}

#[test]
fn static_keys_come_before_the_token_and_are_warned_of_once() {
    let fake = Fake::new();
    let service = service_with(&STATIC_KEYS);
    for _ in 0..2 {
        let url = url(&service, &fake, "avatars");
        assert_eq!(signer(&url), "AKIDEXAMPLE");
        assert!(!url.contains("X-Amz-Security-Token"));
    }
    assert_eq!((fake.sts_calls(), fake.kv_reads.get()), (0, 0));
    let log = fake.log.borrow();
    let warnings = log
        .iter()
        .filter(|line| line.contains(r#""event":"staticKeys""#));
    assert_eq!(warnings.count(), 1);
    assert!(!log.concat().contains("static-secret"));
}

#[test]
fn a_session_token_of_static_keys_is_part_of_their_urls() {
    let mut changes = STATIC_KEYS.to_vec();
    changes.push(("AWS_SESSION_TOKEN", " a+token/= \n"));
    let url = url(&service_with(&changes), &Fake::new(), "avatars");
    assert!(
        url.contains("&X-Amz-Security-Token=a%2Btoken%2F%3D&"),
        "{url}"
    );
}

#[test]
fn a_profile_that_names_a_role_uses_the_token_in_spite_of_static_keys() {
    let fake = Fake::new();
    let own = r#""roleArn":"arn:aws:iam::123456789012:role/other""#;
    let profiles = profiles("", own);
    let mut changes = STATIC_KEYS.to_vec();
    changes.push(("PROFILES", &profiles));
    let service = service_with(&changes);
    assert_eq!(signer(&url(&service, &fake, "a")), "AKIDEXAMPLE");
    assert_eq!(signer(&url(&service, &fake, "b")), "ASIA1");
}

#[test]
fn static_keys_need_no_role() {
    let mut changes = STATIC_KEYS.to_vec();
    changes.push(("AWS_ROLE_ARN", ""));
    url(&service_with(&changes), &Fake::new(), "avatars");
}

#[test]
fn of_several_tokens_the_one_that_lives_longest_is_traded() {
    let fake = Fake::new();
    let [short, long, expired] = [secs(60), secs(7200), secs(0)].map(token);
    for listed in [
        format!("{short}\n{long}\n"),
        format!(" {long},{short}, not.a.jwt,{expired}"),
    ] {
        fake.token.replace(Some(listed));
        url(&service_with(&[("CACHE_KEY", "")]), &fake, "avatars");
        let requests = fake.requests.borrow();
        let body = requests.last().unwrap().body();
        assert!(body.ends_with(&format!("&WebIdentityToken={long}")));
    }
}
