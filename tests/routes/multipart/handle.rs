//! Who may go on with an upload, and until when.

use super::{any, as_nobody};
use crate::support::uploads::{
    CREATED, OPERATIONS, OTHER_KEY, ask, create, detail, handle, problem, profiles, step, uploads,
    uploads_with, wish,
};
use crate::support::{CACHE_KEY, Fake, answer, json as body_of, ready, secs, with_bearer};
use http::Request;
use serde_json::json;
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

const LATER_STEPS: [&str; 4] = ["/sign", "/list", "/complete", "/abort"];

fn as_other(request: Request<String>) -> Request<String> {
    with_bearer(request, OTHER_KEY)
}

#[test]
fn a_handle_is_its_callers_alone() {
    let (service, fake) = (uploads(), Fake::new());
    let mine = handle(&service, &fake);
    let open = json!({"profile": "open", "key": "open/x"});
    fake.s3_will_answer(Ok(answer(200, CREATED)));
    let nobodys = ready(service.handle(as_nobody(step("", &open)), &fake));
    let nobodys = body_of(&nobodys)["handle"].as_str().unwrap().to_owned();
    fake.s3_will_answer(Ok(answer(200, CREATED)));
    let open_mine = body_of(&ask(&service, &fake, "", &open));
    let open_mine = open_mine["handle"].as_str().unwrap();
    let asked_before = fake.s3_requests.borrow().len();
    for name in LATER_STEPS {
        for (request, status) in [
            (as_other(step(name, &any(name, &mine))), 403),
            (as_nobody(step(name, &any(name, &mine))), 401),
            (step(name, &any(name, &nobodys)), 403),
            (as_other(step(name, &any(name, &nobodys))), 403),
            (as_nobody(step(name, &any(name, open_mine))), 401),
        ] {
            let response = ready(service.handle(request, &fake));
            assert_eq!(response.status(), status, "{name}: {}", response.body());
        }
        let response = ready(service.handle(as_nobody(step(name, &any(name, &nobodys))), &fake));
        assert!(!matches!(response.status().as_u16(), 401 | 403), "{name}");
    }
    // Only the last one of each step, which was allowed, got as far as S3: three tries, or one.
    assert_eq!(fake.s3_requests.borrow().len() - asked_before, 3 + 1 + 3);
}

#[test]
fn a_handle_ends_when_it_says_and_is_refused_when_it_is_none() {
    let (service, fake) = (uploads(), Fake::new());
    let created = create(&service, &fake, &json!({"expiresIn": 60}));
    let handle = created["handle"].as_str().unwrap();
    assert_eq!(created["expiresAt"], "2026-03-01T12:01:00Z");
    fake.pass(secs(59));
    let signed = ask(&service, &fake, "/sign", &any("/sign", handle));
    assert_eq!(signed.status(), 200);
    fake.pass(secs(1));
    for name in LATER_STEPS {
        let response = ask(&service, &fake, name, &any(name, handle));
        assert_eq!(
            problem(&response),
            (410, "handle-expired".to_owned()),
            "{name}"
        );
        assert!(detail(&response).contains("2026-03-01T12:01:00Z"));
        for none in ["", "x", "AAAA", &handle[1..], &format!("{handle}AAAA")] {
            let response = ask(&service, &fake, name, &any(name, none));
            assert_eq!(
                problem(&response),
                (400, "invalid-request".to_owned()),
                "{name}"
            );
            assert!(detail(&response).starts_with("handle:"));
        }
    }
}

#[test]
fn a_handle_is_good_for_what_the_profile_says_now() {
    let fake = Fake::new();
    let handle = handle(&uploads(), &fake);
    for (bucket, operations) in [("another", OPERATIONS), ("bucket", r#""getObject""#)] {
        let profiles = profiles(bucket, operations);
        let changed = uploads_with(&[("PROFILES", &profiles)]);
        for name in LATER_STEPS {
            let response = ask(&changed, &fake, name, &any(name, &handle));
            assert_eq!(
                problem(&response),
                (403, "not-allowed".to_owned()),
                "{name} {bucket}"
            );
        }
    }
}

#[test]
fn without_cache_key_there_are_no_uploads_and_s3_hears_nothing() {
    let fake = Fake::new();
    let handle = handle(&uploads(), &fake);
    let keyless = uploads_with(&[("CACHE_KEY", "")]);
    let mut answers = vec![ask(&keyless, &fake, "", &wish(&json!({})))];
    answers.extend(LATER_STEPS.map(|name| ask(&keyless, &fake, name, &any(name, &handle))));
    for response in answers {
        assert_eq!(problem(&response), (501, "cache-key-required".to_owned()));
    }
    assert_eq!(fake.s3_requests.borrow().len(), 1);
}

#[test]
fn a_handle_outlives_the_rotation_of_cache_key() {
    let fake = Fake::new();
    let handle = handle(&uploads(), &fake);
    let other = CACHE_KEY.replace('M', "N");
    let rotated = uploads_with(&[("CACHE_KEY", &format!("{other},{CACHE_KEY}"))]);
    assert_eq!(
        ask(&rotated, &fake, "/sign", &any("/sign", &handle)).status(),
        200
    );
    let replaced = uploads_with(&[("CACHE_KEY", &other)]);
    assert_eq!(
        ask(&replaced, &fake, "/sign", &any("/sign", &handle)).status(),
        400
    );
}
