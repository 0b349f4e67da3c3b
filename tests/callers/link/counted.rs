//! Whom the rate limit counts a link as.

use super::{ask_for_link, grant, minted, post, service, text, with_token};
use crate::support::links::link;
use crate::support::{self, Fake, NOON_SECS, ready, request, with_key};
use base64::Engine;
use edge_presigner::service::Service;
use http::{HeaderValue, Method, Response};
use serde_json::{Value, json};
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

const LIMIT: (&str, &str) = ("RATE_LIMIT", r#"{"limit":9,"period":60}"#);
const LIMITER: (&str, &str) = ("RATE_LIMITER", "bound");

/// The path of the link in an answer.
fn path_of(response: &Response<String>) -> String {
    let link = text(&support::json(response)["link"]);
    link.replace("https://presign.example", "")
}

/// What the limiter counts a request for an object by `link` as.
fn counted(service: &Service, link: &str) -> String {
    let fake = Fake::with_issuer();
    let path = format!("{link}/o/in/in/1/a");
    ready(service.handle(request(Method::GET, &path, ""), &fake));
    fake.counted.borrow().last().unwrap().clone()
}

#[test]
fn attack_a_link_for_each_request_to_get_around_the_rate_limit() {
    let (service, fake) = (service(&[LIMIT, LIMITER]), Fake::with_issuer());
    let by_token = |sub: &str, expires_in: u64| {
        let asked = with_token(NOON_SECS + 600, sub, ask_for_link());
        path_of(&minted(
            &service,
            &fake,
            asked,
            &json!({"expiresIn": expires_in}),
        ))
    };
    let by_link = |link: &str, expires_in: u64| {
        let asked = post(&format!("{link}/v1/links"), &json!({}));
        path_of(&minted(
            &service,
            &fake,
            asked,
            &json!({"expiresIn": expires_in}),
        ))
    };
    let ada = by_token("ada", 60);
    assert_ne!(ada, by_token("ada", 61));
    assert_eq!(
        counted(&service, &ada),
        counted(&service, &by_token("ada", 61))
    );
    assert_ne!(
        counted(&service, &ada),
        counted(&service, &by_token("bob", 60))
    );
    // Nor with links made of links.
    let inner = by_link(&by_link(&ada, 50), 40);
    assert_eq!(counted(&service, &ada), counted(&service, &inner));
    let signed = link(&grant(NOON_SECS + 100));
    let (one, other) = (by_link(&signed, 50), by_link(&signed, 40));
    assert_eq!(counted(&service, &one), counted(&service, &other));
    // Nor by nobody in particular.
    let by_nobody = |address: &'static str, expires_in: u64| {
        let mut asked = ask_for_link();
        let address = HeaderValue::from_static(address);
        asked.headers_mut().insert("cf-connecting-ip", address);
        let changes = json!({"profile": "open", "expiresIn": expires_in});
        path_of(&minted(&service, &fake, asked, &changes))
    };
    let stranger = counted(&service, &by_nobody("192.0.2.1", 60));
    assert_eq!(stranger, counted(&service, &by_nobody("192.0.2.1", 61)));
    assert_ne!(stranger, counted(&service, &by_nobody("192.0.2.2", 60)));
    // Nor with a bearer key.
    let by_key = |expires_in: u64| {
        let asked = with_key(ask_for_link());
        path_of(&minted(
            &service,
            &fake,
            asked,
            &json!({"expiresIn": expires_in}),
        ))
    };
    assert_eq!(
        counted(&service, &by_key(60)),
        counted(&service, &by_key(61))
    );
}

/// The grant of a link that ada makes.
fn grant_of_ada(service: &Service) -> Value {
    let asked = with_token(NOON_SECS + 600, "ada", ask_for_link());
    let link = path_of(&minted(service, &Fake::with_issuer(), asked, &json!({})));
    let grant = link.split('.').nth(1).unwrap();
    let grant = base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(grant);
    serde_json::from_slice(&grant.unwrap()).unwrap()
}

#[test]
fn a_link_does_not_tell_whom_it_is_counted_as() {
    let grant = grant_of_ada(&service(&[LIMIT, LIMITER]));
    assert_eq!(text(&grant["countedAs"]).len(), 16);
    assert!(!grant.to_string().contains("ada"), "{grant}");
    let grant = grant_of_ada(&service(&[]));
    assert_eq!(grant["countedAs"], Value::Null, "where nothing is counted");
}

#[test]
fn links_of_an_application_are_counted_together_where_it_says_so() {
    let service = service(&[LIMIT, LIMITER]);
    let of = |exp: u64, user: &str| {
        let mut grant = grant(exp);
        grant["countedAs"] = json!(user);
        counted(&service, &link(&grant))
    };
    assert_eq!(of(NOON_SECS + 60, "ada"), of(NOON_SECS + 61, "ada"));
    assert_ne!(of(NOON_SECS + 60, "ada"), of(NOON_SECS + 60, "bob"));
}
