//! Renewal ahead of need, and what signs for which profile.

use crate::support::{Fake, bindings_with, json, noon, ready, secs, service_with, sign, token};
use edge_presigner::service::Service;
use http::Response;
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

/// Sessions of an hour and URLs of up to 15 minutes: the next session is due 300 s before a URL of 15
/// minutes would outlive this one.
const DUE_SECS: u64 = 3600 - 900 - 300;

const STATIC_KEYS: [(&str, &str); 2] = [
    ("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE"),
    ("AWS_SECRET_ACCESS_KEY", "static-secret"),
];

fn ask(service: &Service, fake: &Fake, profile: &str, more: &str) -> Response<String> {
    let key = if profile == "avatars" { "users/a" } else { "a" };
    let body = format!(r#"{{"profile":"{profile}","operation":"getObject","key":"{key}"{more}}}"#);
    ready(service.handle(sign(&body), fake))
}

/// The URL for `profile`, which has to be given.
fn url(service: &Service, fake: &Fake, profile: &str) -> String {
    let response = ask(service, fake, profile, "");
    let answer = json(&response);
    assert!(response.status().is_success(), "{answer}");
    answer["url"].as_str().unwrap().to_owned()
}

/// The access key id in a URL.
fn signer(url: &str) -> &str {
    let credential = url.split("X-Amz-Credential=").nth(1).unwrap();
    credential.split("%2F").next().unwrap()
}

/// Profiles `a` and `b`, each with these fields besides what it must have.
fn profiles(a: &str, b: &str) -> String {
    let profile = |name: &str, more: &str| {
        let comma = if more.is_empty() { "" } else { "," };
        format!(
            r#""{name}":{{"bucket":"bucket","keyPrefix":"","operations":["getObject"],"callers":["app"],
                "maxLifetimeSecs":900{comma}{more}}}"#
        )
    };
    format!("{{{},{}}}", profile("a", a), profile("b", b))
}

#[test]
fn the_cron_trigger_publishes_the_next_session_two_minutes_before_it_signs_everywhere() {
    let fake = Fake::new();
    let (cron, other) = (service_with(&[]), service_with(&[]));
    assert_eq!(signer(&url(&cron, &fake, "avatars")), "ASIA1");
    assert_eq!(signer(&url(&other, &fake, "avatars")), "ASIA1");

    fake.pass(secs(DUE_SECS - 1));
    ready(cron.scheduled(&fake));
    assert_eq!(fake.sts_calls(), 1, "not before it is due");
    fake.pass(secs(1));
    ready(cron.scheduled(&fake));
    assert_eq!(fake.sts_calls(), 2);
    ready(cron.scheduled(&fake));
    assert_eq!(fake.sts_calls(), 2, "and not again");

    fake.pass(secs(30));
    assert_eq!(
        signer(&url(&other, &fake, "avatars")),
        "ASIA1",
        "and looks into KV"
    );
    fake.pass(secs(89));
    let cold = service_with(&[]);
    for isolate in [&cron, &other, &cold] {
        assert_eq!(signer(&url(isolate, &fake, "avatars")), "ASIA1");
    }
    fake.pass(secs(1));
    for isolate in [&cron, &other, &cold] {
        assert_eq!(signer(&url(isolate, &fake, "avatars")), "ASIA2");
    }
    assert_eq!(fake.sts_calls(), 2);
}

#[test]
fn isolates_change_over_at_one_instant_whatever_fraction_of_a_second_the_renewal_came_at() {
    let fake = Fake::new();
    let profiles = profiles(r#""windowSecs":10"#, "");
    let changes = [("PROFILES", profiles.as_str())];
    let (cron, other) = (service_with(&changes), service_with(&changes));
    url(&cron, &fake, "a");
    url(&other, &fake, "a");
    fake.pass(secs(DUE_SECS) + std::time::Duration::from_millis(400));
    ready(cron.scheduled(&fake));
    fake.pass(secs(30));
    url(&other, &fake, "a");
    // 12:42:00, the beginning of a window, and 0.4 s.
    fake.pass(secs(90));
    let (first, second) = (url(&cron, &fake, "a"), url(&other, &fake, "a"));
    assert_eq!((signer(&first), &first), ("ASIA2", &second));
}

#[test]
fn a_cron_run_that_cannot_read_kv_replaces_nothing() {
    let fake = Fake::new();
    url(&service_with(&[]), &fake, "avatars");
    fake.kv_reads_fail.set(true);
    ready(service_with(&[]).scheduled(&fake));
    assert_eq!(fake.sts_calls(), 1);
    assert!(fake.logged("kvReadFailed"));
}

#[test]
fn a_cron_run_without_a_cache_key_could_help_nobody_and_says_so() {
    let fake = Fake::new();
    ready(service_with(&[("CACHE_KEY", "")]).scheduled(&fake));
    assert_eq!(fake.sts_calls(), 0);
    assert!(fake.logged("cacheKeyMissing"));
}

#[test]
fn an_isolate_that_was_idle_looks_into_kv_before_it_signs_for_a_window() {
    let fake = Fake::new();
    let profiles = profiles(r#""windowSecs":60"#, "");
    let changes = [("PROFILES", profiles.as_str())];
    let (idle, cron) = (service_with(&changes), service_with(&changes));
    url(&idle, &fake, "a");
    fake.pass(secs(DUE_SECS));
    ready(cron.scheduled(&fake));
    fake.pass(secs(240));
    let (first, other) = (url(&idle, &fake, "a"), url(&cron, &fake, "a"));
    assert_eq!((signer(&first), &first), ("ASIA2", &other));
}

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

#[test]
fn within_a_window_the_url_is_the_same_and_lives_at_least_as_long_as_was_asked() {
    let fake = Fake::new();
    let profiles = profiles(r#""windowSecs":300"#, "");
    let service = service_with(&[("PROFILES", &profiles)]);
    fake.pass(secs(17));
    let first = json(&ask(&service, &fake, "a", r#","expiresIn":600"#));
    let url = first["url"].as_str().unwrap();
    assert!(
        url.contains("X-Amz-Date=20260301T120000Z&X-Amz-Expires=900&"),
        "{url}"
    );
    assert_eq!(first["expiresAt"], "2026-03-01T12:15:00Z");
    assert_eq!(first["expiresIn"], 900 - 17);
    fake.now.set(noon() + secs(299));
    let last = json(&ask(&service, &fake, "a", r#","expiresIn":600"#));
    assert_eq!(last["url"], first["url"]);
    assert_eq!(last["expiresIn"], 601);
    fake.pass(secs(1));
    let next = json(&ask(&service, &fake, "a", r#","expiresIn":600"#));
    assert_ne!(next["url"], first["url"]);
}

#[test]
fn a_life_that_no_session_bears_is_shortened_where_the_profile_says_so_and_refused_elsewhere() {
    let fake = Fake::new();
    fake.grants.set(secs(600));
    let profiles = profiles(r#""shortenLifetime":true"#, "");
    let service = service_with(&[("PROFILES", &profiles)]);
    let shortened = json(&ask(&service, &fake, "a", r#","expiresIn":900"#));
    assert_eq!(shortened["expiresIn"], 600);
    assert_eq!(shortened["expiresAt"], "2026-03-01T12:10:00Z");
    assert!(
        shortened["url"]
            .as_str()
            .unwrap()
            .contains("X-Amz-Expires=600&")
    );
    let refused = ask(&service, &fake, "b", r#","expiresIn":900"#);
    assert_eq!(refused.status(), 422);
    let detail = json(&refused)["detail"].to_string();
    assert!(detail.contains("900") && detail.contains("595"), "{detail}");
}

#[test]
fn a_request_that_can_make_do_waits_once_and_no_longer_than_2_s() {
    let fake = Fake::new();
    let profiles = profiles(r#""defaultLifetimeSecs":900"#, "");
    let service = service_with(&[("PROFILES", profiles.as_str())]);
    url(&service, &fake, "a");
    // 800 s are left.
    fake.pass(secs(2800));
    fake.renewals_hang.set(true);
    let asked_at = fake.now.get();
    let answer = json(&ask(&service, &fake, "a", ""));
    let waited = fake.now.get().duration_since(asked_at).unwrap();
    assert_eq!((waited, &answer["expiresIn"]), (secs(2), &798.into()));
}

#[test]
fn a_session_that_ends_within_a_window_is_renewed_and_not_refused() {
    let fake = Fake::new();
    fake.grants.set(secs(400));
    let bindings = bindings_with(&[("PROFILES", &profiles(r#""windowSecs":300"#, ""))]);
    let service = Service::new(|name| bindings.get(name).cloned());
    url(&service, &fake, "a");
    // The window began while the session lived.
    fake.pass(secs(450));
    fake.grants.set(secs(3600));
    let answer = ask(&service, &fake, "a", r#","expiresIn":900"#);
    assert!(answer.status().is_success(), "{}", answer.body());
}
