//! How long a URL can live by the session that signs it, within its window.

use super::{Isolate, ask, profiles, url};
use crate::support::{Fake, bindings_with, json, noon, secs, service_with};
use edge_presigner::credentials::CredentialsError;
use edge_presigner::credentials::lifetime::Lifetime;
use edge_presigner::instant::{amz_date, parse_rfc3339};
use edge_presigner::platform::HttpError;
use edge_presigner::service::Service;
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

#[test]
fn sessions_shorter_than_every_url_are_used_for_half_their_life() {
    let (isolate, fake) = (Isolate::new(), Fake::new());
    fake.grants.set(secs(8));
    let wanted = Lifetime::UpTo(secs(300));
    let mut lifetimes = Vec::new();
    for _ in 0..12 {
        let obtained = isolate.obtain(wanted, &fake).unwrap();
        assert!(obtained.now + obtained.lifetime <= obtained.session.expires_at);
        lifetimes.push(obtained.lifetime.as_secs());
        fake.pass(secs(1));
    }
    assert_eq!(lifetimes, [8, 7, 6, 5, 4, 7, 6, 5, 4, 7, 6, 5]);
    assert_eq!(fake.sts_calls(), 3);
    let failed = isolate
        .obtain(Lifetime::Exactly(secs(60)), &fake)
        .unwrap_err();
    assert!(
        matches!(failed, CredentialsError::LifetimeUnavailable { requested, available }
            if requested == secs(60) && available <= secs(8)),
        "{failed:?}"
    );
}

#[test]
fn a_life_that_a_new_session_can_bear_is_always_given_in_full() {
    let (isolate, fake) = (Isolate::new(), Fake::new());
    fake.grants.set(secs(900));
    for _ in 0..300 {
        isolate.ask(secs(895), &fake);
        fake.pass(secs(1));
    }
    assert!(
        fake.sts_calls() <= 51,
        "a renewal every 6 s: {}",
        fake.sts_calls()
    );
}

#[test]
fn all_the_life_that_sts_grants_cannot_be_asked_for() {
    let (isolate, fake) = (Isolate::new(), Fake::new());
    fake.grants.set(secs(900));
    for _ in 0..300 {
        let failed = isolate
            .obtain(Lifetime::Exactly(secs(896)), &fake)
            .unwrap_err();
        let CredentialsError::LifetimeUnavailable { available, .. } = failed else {
            panic!("{failed:?}")
        };
        assert_eq!(available, secs(895));
        fake.pass(secs(1));
    }
    assert_eq!(fake.sts_calls(), 1, "never at the price of a call each");
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

#[test]
fn the_lifetimes_in_an_error_are_those_of_the_request_and_contradict_nothing() {
    // A session of 900 s with 60 s left, after which STS grants no more than 20 s: nobody can have 100 s.
    let (isolate, fake) = (Isolate::new(), Fake::new());
    fake.grants.set(secs(900));
    isolate.ask(secs(60), &fake);
    fake.pass(secs(840));
    fake.grants.set(secs(20));
    for wanted in [100, 99, 300, 61, 895] {
        let failed = isolate
            .obtain(Lifetime::Exactly(secs(wanted)), &fake)
            .unwrap_err();
        let CredentialsError::LifetimeUnavailable {
            requested,
            available,
        } = failed
        else {
            panic!("{failed:?}")
        };
        assert_eq!((requested, available), (secs(wanted), secs(60)));
    }
    assert_eq!(fake.sts_calls(), 2, "the first of them asks STS");
    assert!(isolate.obtain(Lifetime::Exactly(secs(60)), &fake).is_ok());
}

#[test]
fn who_requested_no_lifetime_is_not_told_one() {
    // As the steps of a multipart upload do, whose caller cannot know the number.
    let (isolate, fake) = (Isolate::new(), Fake::new());
    fake.grants.set(secs(8));
    isolate.ask(secs(1), &fake);
    let session = isolate.provider.cache.last().unwrap();
    let request = isolate.provider.request(Lifetime::UpTo(secs(34)), secs(0));
    let error = request.grant(session, noon() + secs(8)).unwrap_err();
    assert_eq!(
        error.to_string(),
        "a lifetime of 1 s is needed, and at most 0 s can be given"
    );
}

#[test]
fn with_sts_down_a_window_takes_nothing_from_a_request_that_the_session_can_still_bear() {
    let fake = Fake::new();
    fake.grants.set(secs(60));
    let profiles = profiles(r#""windowSecs":20"#, "");
    let service = service_with(&[("PROFILES", &profiles)]);
    url(&service, &fake, "a");
    for _ in 0..200 {
        fake.will_answer(Err(HttpError::Connection));
    }
    let ends = noon() + secs(60);
    // 5 s are asked for, and the session has 5 s until its second 55.
    for second in 1..=55 {
        fake.pass(secs(1));
        let response = ask(&service, &fake, "a", r#","expiresIn":5"#);
        assert!(
            response.status().is_success(),
            "{second}: {}",
            response.body()
        );
        let answer = json(&response);
        let expires_at = parse_rfc3339(answer["expiresAt"].as_str().unwrap()).unwrap();
        assert!(expires_at >= fake.now.get() + secs(5) && expires_at <= ends);
        let url = answer["url"].as_str().unwrap();
        let signed_at = noon() + secs(second / 20 * 20);
        let expires = expires_at.duration_since(signed_at).unwrap().as_secs();
        let signed = format!(
            "X-Amz-Date={}&X-Amz-Expires={expires}&",
            amz_date(signed_at)
        );
        assert!(url.contains(&signed), "{url}");
    }
    fake.pass(secs(1));
    let response = ask(&service, &fake, "a", r#","expiresIn":5"#);
    assert_eq!(response.status(), 503, "{}", response.body());
}
