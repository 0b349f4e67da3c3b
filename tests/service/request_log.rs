//! What is told of a request, to its client, to the log and to Analytics Engine.

use crate::support::answers::{header, lines};
use crate::support::principals::{self, proof};
use crate::support::{
    Fake, SIGN, answer, bindings_with, ready, request, secs, service, service_with, sign, with_key,
};
use edge_presigner::api::RequestError;
use edge_presigner::config::Config;
use http::{HeaderMap, HeaderValue, Method};
use serde_json::json;
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

#[test]
fn every_answer_names_its_request() {
    let fake = Fake::new();
    for request in [
        sign(SIGN),
        sign("{"),
        request(Method::GET, "/healthz", ""),
        request(Method::GET, "/readyz", ""),
        request(Method::GET, "/nowhere", ""),
        request(Method::PATCH, "/v1/sign", ""),
        request(Method::GET, "/o/avatars/users/x", ""),
        with_key(request(Method::GET, "/o/avatars/users/x", "")),
    ] {
        let response = ready(service().handle(request, &fake));
        assert_eq!(header(&response, "x-request-id"), Some("request-1"));
    }
    let refused = service().refuse(RequestError::InvalidUrl.into(), &HeaderMap::new(), &fake);
    assert_eq!(header(&refused, "x-request-id"), Some("request-1"));
    let misconfigured = service_with(&[("AWS_REGION", "")]);
    let response = ready(misconfigured.handle(sign(SIGN), &fake));
    assert_eq!(response.status(), 500);
    assert_eq!(header(&response, "x-request-id"), Some("request-1"));
}

#[test]
fn an_answer_that_waited_says_for_what() {
    let (service, fake) = (service(), Fake::new());
    fake.send_takes.set(secs(2));
    let response = ready(service.handle(sign(SIGN), &fake));
    assert_eq!(header(&response, "server-timing"), Some("session;dur=2000"));
    assert_eq!(lines(&fake)[0]["ioMs"], 2000);
    let response = ready(service.handle(sign(SIGN), &fake));
    assert_eq!(
        header(&response, "server-timing"),
        None,
        "the session is at hand"
    );
    assert_eq!(lines(&fake)[1]["ioMs"], 0);
}

#[test]
fn a_failure_says_what_it_waited_for_as_well() {
    let fake = Fake::new();
    fake.send_takes.set(secs(1));
    fake.will_answer(Ok(answer(403, "<Error><Code>AccessDenied</Code></Error>")));
    let response = ready(service().handle(sign(SIGN), &fake));
    assert_eq!(response.status(), 502);
    assert_eq!(header(&response, "server-timing"), Some("session;dur=1000"));
}

#[test]
fn the_log_has_one_line_a_request() {
    let (service, fake) = (service(), Fake::new());
    ready(service.handle(sign(SIGN), &fake));
    ready(service.handle(sign(SIGN), &fake));
    ready(service.handle(request(Method::GET, "/o/public/public/x", ""), &fake));
    ready(service.handle(sign(&SIGN.replace("users", "other")), &fake));
    ready(service.handle(request(Method::GET, "/healthz", ""), &fake));
    let mut wrong = request(Method::GET, "/o/avatars/users/x", "");
    wrong
        .headers_mut()
        .insert("authorization", HeaderValue::from_static("Bearer wrong"));
    ready(service.handle(wrong, &fake));
    let expected = [
        json!({"level": "info", "event": "request", "requestId": "request-1", "caller": "app",
            "profile": "avatars", "operation": "getObject", "status": 200, "outcome": "ok",
            "session": "sts", "ioMs": 0}),
        json!({"level": "info", "event": "request", "requestId": "request-1", "caller": "app",
            "profile": "avatars", "operation": "getObject", "status": 200, "outcome": "ok",
            "session": "memory", "ioMs": 0}),
        json!({"level": "info", "event": "request", "requestId": "request-1", "caller": "anyone",
            "profile": "public", "operation": "getObject", "status": 302, "outcome": "ok",
            "session": "memory", "ioMs": 0}),
        json!({"level": "warn", "event": "request", "requestId": "request-1", "caller": "app",
            "operation": "getObject", "status": 403, "outcome": "not-allowed", "ioMs": 0}),
        json!({"level": "info", "event": "request", "requestId": "request-1", "status": 200,
            "outcome": "ok", "ioMs": 0}),
        json!({"level": "warn", "event": "request", "requestId": "request-1", "status": 401,
            "outcome": "unknown-caller", "detail": "the key is not configured", "ioMs": 0}),
    ];
    assert_eq!(lines(&fake), expected);
}

#[test]
fn the_line_has_a_pseudonym_of_the_token_s_subject_and_never_the_subject() {
    let fake = Fake::with_issuer();
    let service = principals::service();
    for who in ["ada", "ada", "bob", "no sub", "app"] {
        let request = proof(who).request(Method::GET, "/o/shared/a", "");
        ready(service.handle(request, &fake));
    }
    let lines = lines(&fake);
    let requests = lines.iter().filter(|line| line["event"] == "request");
    let subjects: Vec<_> = requests.map(|line| line["subject"].as_str()).collect();
    // openssl dgst -sha256 -mac HMAC, with the bytes of CACHE_KEY, of `subject web/ada` and `subject web/bob`.
    let (ada, bob) = (Some("f7d9a3b4716d3594"), Some("2de6905878a0b88f"));
    assert_eq!(subjects, [ada, ada, bob, None, None]);
    let log = fake.log.borrow().join("\n");
    assert!(!log.contains("ada"), "{log}");
}

#[test]
fn the_line_tells_where_the_session_came_from() {
    let first = Fake::new();
    ready(service().handle(sign(SIGN), &first));
    // Another isolate.
    let second = Fake::new();
    second.kv.replace(first.kv.borrow().clone());
    ready(service().handle(sign(SIGN), &second));
    assert_eq!(lines(&second)[0]["session"], "kv");
    let keys = service_with(&[
        ("AWS_ACCESS_KEY_ID", "AKIAIOSFODNN7EXAMPLE"),
        ("AWS_SECRET_ACCESS_KEY", "secret"),
    ]);
    let third = Fake::new();
    ready(keys.handle(sign(SIGN), &third));
    assert_eq!(lines(&third)[0]["session"], "static");
}

#[test]
fn what_a_client_sent_is_in_no_line() {
    let (service, fake) = (service(), Fake::new());
    for request in [
        sign(&SIGN.replace("ada", "MARKER")),
        sign(&SIGN.replace("avatars", "MARKER")),
        sign(&SIGN.replace("getObject", "MARKER")),
        sign(&SIGN.replace("profile", "MARKER")),
        sign("MARKER"),
        request(Method::GET, "/o/public/public/MARKER?expires=MARKER", ""),
        request(Method::GET, "/o/MARKER/MARKER?MARKER=MARKER", ""),
        request(Method::GET, "/c/MARKER/o/public/public/MARKER", ""),
        request(Method::from_bytes(b"MARKER").unwrap(), "/MARKER", ""),
    ] {
        ready(service.handle(request, &fake));
    }
    assert_eq!(lines(&fake).len(), 9);
    let log = fake.log.borrow().join("\n");
    assert!(!log.contains("MARKER"), "{log}");
}

#[test]
fn the_log_can_be_kept_to_failures_or_to_none() {
    for (value, expected) in [("all", 3), ("failures", 2), ("none", 0)] {
        let (service, fake) = (service_with(&[("LOG_REQUESTS", value)]), Fake::new());
        ready(service.handle(sign(SIGN), &fake));
        ready(service.handle(sign("{"), &fake));
        ready(service.handle(request(Method::GET, "/nowhere", ""), &fake));
        assert_eq!(lines(&fake).len(), expected, "{value}");
        assert!(
            fake.logged("sessionGranted"),
            "other events are logged all the same"
        );
    }
    for wrong in ["loud", "1/0", "1/", "2/100", "1/-1", "1/4294967296", "0.01"] {
        let bindings = bindings_with(&[("LOG_REQUESTS", wrong)]);
        let faults = Config::read(|name| bindings.get(name).cloned())
            .unwrap_err()
            .0;
        assert_eq!(faults[0].path, "LOG_REQUESTS", "{wrong}");
    }
}

#[test]
fn of_many_successes_one_has_a_line_that_says_how_many_it_stands_for_and_each_failure_has_one() {
    let (service, fake) = (service_with(&[("LOG_REQUESTS", "1/10")]), Fake::new());
    for _ in 0..100 {
        ready(service.handle(sign(SIGN), &fake));
        ready(service.handle(sign("{"), &fake));
    }
    let lines = lines(&fake);
    let (successes, failures): (Vec<_>, Vec<_>) =
        lines.iter().partition(|line| line["outcome"] == "ok");
    assert_eq!((successes.len(), failures.len()), (10, 100));
    assert!(successes.iter().all(|line| line["sampleInterval"] == 10));
    assert!(
        failures
            .iter()
            .all(|line| line.get("sampleInterval").is_none())
    );
}

/// Otherwise isolates that live for a few requests would log all or none.
#[test]
fn isolates_do_not_all_begin_with_a_line() {
    let first = |fake: &Fake| {
        let service = service_with(&[("LOG_REQUESTS", "1/4")]);
        ready(service.handle(sign(SIGN), fake));
    };
    let fake = Fake::new();
    for _ in 0..40 {
        first(&fake);
    }
    let logged = lines(&fake).len();
    assert!((1..40).contains(&logged), "{logged}");
}
