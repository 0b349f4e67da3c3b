//! How many requests there may be, and of whom they are counted.

use crate::support::answers::{header, lines};
use crate::support::{
    Fake, KEY, SIGN, bindings_with, ready, request, service, service_with, sign, with_bearer,
};
use edge_presigner::config::Config;
use http::{HeaderValue, Method, Request};
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

const LIMIT: (&str, &str) = ("RATE_LIMIT", r#"{"limit":2,"period":60}"#);
const LIMITER: (&str, &str) = ("RATE_LIMITER", "{}");

#[test]
fn a_caller_that_asks_too_often_is_told_the_policy() {
    let service = service_with(&[LIMIT, LIMITER]);
    let fake = Fake::new();
    fake.lets_through.set(Some(2));
    for _ in 0..2 {
        assert_eq!(ready(service.handle(sign(SIGN), &fake)).status(), 200);
    }
    let response = ready(service.handle(sign(SIGN), &fake));
    assert_eq!(response.status(), 429);
    assert_eq!(header(&response, "retry-after"), Some("60"));
    assert_eq!(
        header(&response, "ratelimit-policy"),
        Some(r#""caller";q=2;w=60"#)
    );
    assert_eq!(lines(&fake)[2]["outcome"], "rate-limited");
    let health = ready(service.handle(request(Method::GET, "/healthz", ""), &fake));
    assert_eq!(health.status(), 200, "health is not counted");
}

#[test]
fn refusals_count_too() {
    let (service, fake) = (service_with(&[LIMIT, LIMITER]), Fake::new());
    fake.lets_through.set(Some(2));
    let statuses = [0; 3].map(|_| {
        let body = SIGN.replace("avatars", "nothing");
        ready(service.handle(sign(&body), &fake)).status().as_u16()
    });
    assert_eq!(statuses, [403, 403, 429]);
}

#[test]
fn callers_are_counted_one_by_one_and_strangers_by_their_network() {
    let service = service_with(&[LIMIT, LIMITER]);
    let key = |bearer: Option<&str>, address: &'static str| {
        let fake = Fake::new();
        let mut request: Request<String> = request(Method::GET, "/o/public/public/x", "");
        let headers = request.headers_mut();
        headers.insert("cf-connecting-ip", HeaderValue::from_static(address));
        if let Some(bearer) = bearer {
            request = with_bearer(request, bearer);
        }
        assert_eq!(ready(service.handle(request, &fake)).status(), 302);
        let counted = fake.counted.borrow();
        assert_eq!(counted.len(), 1);
        counted[0].clone()
    };
    assert_eq!(key(Some(KEY), "192.0.2.1"), key(Some(KEY), "198.51.100.7"));
    assert_ne!(key(Some(KEY), "192.0.2.1"), key(None, "192.0.2.1"));
    assert_ne!(key(None, "192.0.2.1"), key(None, "192.0.2.2"));
    assert_eq!(
        key(None, "2001:db8:1:2::1"),
        key(None, "2001:db8:1:2:ffff::")
    );
    assert_ne!(key(None, "2001:db8:1:2::1"), key(None, "2001:db8:1:3::1"));
    // IPv4 in the clothes of IPv6.
    assert_eq!(key(None, "::ffff:192.0.2.1"), key(None, "192.0.2.1"));
    assert_ne!(key(None, "::ffff:192.0.2.1"), key(None, "::ffff:192.0.2.2"));
}

#[test]
fn invalid_credentials_are_counted_by_network_apart_from_those_who_send_none() {
    let service = service_with(&[LIMIT, LIMITER]);
    let fake = Fake::new();
    fake.lets_through.set(Some(2));
    let from = |address: &'static str, bearer: Option<&str>| {
        let mut request: Request<String> = request(Method::GET, "/o/public/public/x", "");
        let headers = request.headers_mut();
        headers.insert("cf-connecting-ip", HeaderValue::from_static(address));
        if let Some(bearer) = bearer {
            request = with_bearer(request, bearer);
        }
        ready(service.handle(request, &fake)).status().as_u16()
    };
    // Each with another key, as somebody does who guesses.
    let guesses = ["a", "b", "c"].map(|guess| from("192.0.2.1", Some(guess)));
    assert_eq!(guesses, [401, 401, 429]);
    assert_eq!(from("192.0.2.2", Some("d")), 401);
    assert_eq!(from("192.0.2.1", None), 302, "others behind this address");
    assert_eq!(from("192.0.2.1", Some(KEY)), 302);
}

#[test]
fn a_limiter_that_fails_lets_requests_through_and_says_so() {
    let (service, fake) = (service_with(&[LIMIT, LIMITER]), Fake::new());
    fake.lets_through.set(None);
    assert_eq!(ready(service.handle(sign(SIGN), &fake)).status(), 200);
    assert!(fake.logged("rateLimiterFailed"));
}

#[test]
fn without_a_limiter_nothing_is_counted() {
    let fake = Fake::new();
    assert_eq!(ready(service().handle(sign(SIGN), &fake)).status(), 200);
    assert!(fake.counted.borrow().is_empty());
}

#[test]
fn the_limiter_and_what_it_counts_by_belong_together() {
    for (changes, field) in [
        (vec![LIMIT], "RATE_LIMITER"),
        (vec![LIMITER], "RATE_LIMIT"),
        (vec![LIMITER, ("RATE_LIMIT", "{}")], "RATE_LIMIT.limit"),
        (
            vec![LIMITER, ("RATE_LIMIT", r#"{"limit":1,"period":30}"#)],
            "RATE_LIMIT.period",
        ),
        (
            vec![
                LIMITER,
                ("RATE_LIMIT", r#"{"limit":1,"period":10,"burst":2}"#),
            ],
            "RATE_LIMIT.burst",
        ),
    ] {
        let bindings = bindings_with(&changes);
        let faults = Config::read(|name| bindings.get(name).cloned())
            .unwrap_err()
            .0;
        assert_eq!(faults[0].path, field);
    }
}

#[test]
fn the_headers_that_are_looked_at_are_those_that_are_needed() {
    let names = |changes: &[(&str, &str)]| {
        let names = service_with(changes).read_headers();
        names.iter().map(ToString::to_string).collect::<Vec<_>>()
    };
    let always = ["cf-ray", "accept", "content-type", "authorization"];
    assert_eq!(names(&[]), always);
    assert_eq!(names(&[LIMIT, LIMITER]).last().unwrap(), "cf-connecting-ip");
}
