//! The exchange, and the clock of STS.

use super::*;
use http::header::DATE;
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

/// What the doctor says when STS grants a session until so many seconds from now, with this `Date`.
fn granting(secs_left: u64, date: Option<&'static str>) -> Value {
    let (service, fake) = (service(), world());
    ready(service.scheduled(&fake));
    let mut response = granted(2, noon() + secs(secs_left));
    if let Some(date) = date {
        response
            .headers_mut()
            .insert(DATE, HeaderValue::from_static(date));
    }
    fake.will_answer(Ok(response));
    examine_now(&service, &fake)
}

#[test]
fn what_was_granted_is_compared_with_what_was_asked_and_what_urls_need() {
    let report = granting(3600, None);
    assert_eq!(
        seen(step(&report, "sts")),
        "a session of 3600 s was granted, and 3600 s asked; its token has 17 bytes"
    );
    // URLs of 900 s, and a margin of 300 s: docs/sessions-and-operations.md.
    assert_eq!(granting(1200, None)["status"], "ok");
    let report = granting(1199, None);
    let step = only(&report, "sts", "warning");
    assert!(
        seen(&step).contains("1199 s was granted") && fix(&step).contains("900 s"),
        "{step}"
    );
}

/// https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html: `RequestTimeTooSkewed` from 15 minutes on.
#[test]
fn the_clock_of_sts_is_compared_with_the_workers() {
    for (date, status, says) in [
        ("Sun, 01 Mar 2026 12:00:00 GMT", "ok", "0 s"),
        ("Sun, 01 Mar 2026 11:59:01 GMT", "ok", "59 s ahead of"),
        ("Sun, 01 Mar 2026 12:01:00 GMT", "warning", "60 s behind"),
        ("Sun, 01 Mar 2026 11:45:00 GMT", "failure", "900 s ahead of"),
        ("Mon, 02 Mar 2026 12:00:00 GMT", "failure", "86400 s behind"),
    ] {
        let report = granting(3600, Some(date));
        assert_eq!(report["status"], status, "{date}");
        let step = step(&report, "clock");
        assert_eq!(
            (&step["status"], &step["of"]),
            (&json!(status), &json!("presigner"))
        );
        assert!(seen(step).contains(says), "{step}");
    }
    for date in [
        "",
        "yesterday",
        "Sun, 01 Foo 2026 12:00:00 GMT",
        "Sun, 01 arF 2026 12:00:00 GMT",
    ] {
        assert!(
            steps(&granting(3600, Some(date)), "clock").is_empty(),
            "{date}"
        );
    }
}

#[test]
fn a_refusal_leaves_s3_unasked() {
    let (service, fake) = (service(), world());
    ready(service.scheduled(&fake));
    fake.s3_answers.borrow_mut().drain(..3);
    fake.will_answer(Ok(denied(
        "Not authorized to perform sts:AssumeRoleWithWebIdentity",
    )));
    let report = examine_now(&service, &fake);
    let step = only(&report, "sts", "failure");
    assert_eq!(
        seen(&step),
        "403 AccessDenied: Not authorized to perform sts:AssumeRoleWithWebIdentity"
    );
    assert_eq!(
        (&step["cause"], &step["of"]),
        (&json!("role-denied"), &json!("presigner"))
    );
    for name in ["read", "list", "write"] {
        assert_eq!(super::step(&report, name)["status"], "skipped");
    }
    assert_eq!(
        fake.sts_calls(),
        2,
        "one for the Cron Trigger, and one without retries"
    );
}

#[test]
fn each_role_is_asked_for() {
    let profiles = PROFILES.replacen(
        '{',
        r#"{"more": {"bucket": "bucket", "keyPrefix": "more/", "callers": ["app"], "operations": ["deleteObject"],
            "maxLifetimeSecs": 60, "roleArn": "arn:aws:iam::123456789012:role/more"}, "#,
        1,
    );
    let fake = world();
    let report = examine_now(&service_with(&[("PROFILES", &profiles)]), &fake);
    let roles = steps(&report, "sts");
    let roles: Vec<&str> = roles
        .iter()
        .map(|step| step["of"].as_str().unwrap())
        .collect();
    assert_eq!((roles, fake.sts_calls()), (vec!["more", "presigner"], 2));
    let expiry = rfc3339(noon() + secs(3600));
    assert!(!report.to_string().contains(&expiry));
}
