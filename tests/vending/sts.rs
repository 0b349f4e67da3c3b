//! `POST /sts`: which forms are read, and what an unproven client costs.

use super::route::{form, service};
use crate::support::jose::{ed25519, web_token};
use crate::support::{Fake, KEY, NOON_SECS, ready, request, secs};
use edge_presigner::service::Service;
use http::{Method, Response};
use serde_json::json;
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

const OTHER_STS: (&str, &str) = ("AWS_ENDPOINT_URL_STS", "https://sts.example.com");

/// A form as [the API's page](https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRoleWithWebIdentity.html) has one.
fn asked(token: &str, more: &str) -> String {
    format!(
        "Action=AssumeRoleWithWebIdentity&Version=2011-06-15&RoleArn=arn%3Aaws%3Aiam%3A%3A000000000000%3Arole%2Fown\
         &RoleSessionName=app1&WebIdentityToken={token}{more}"
    )
}

fn token() -> String {
    web_token(&json!("ada"), NOON_SECS + 3600)
}

fn post(service: &Service, fake: &Fake, body: &str) -> Response<String> {
    ready(service.handle(request(Method::POST, "/sts", body), fake))
}

/// The text of the element `name`.
fn element<'x>(xml: &'x str, name: &str) -> &'x str {
    let rest = xml
        .split_once(&format!("<{name}>"))
        .unwrap_or_else(|| panic!("no {name} in {xml}"))
        .1;
    rest.split_once(&format!("</{name}>")).unwrap().0
}

#[test]
fn a_token_gets_credentials_in_the_elements_that_the_api_has() {
    let (service, fake) = (service(&[OTHER_STS]), Fake::with_issuer());
    let response = post(&service, &fake, &asked(&token(), "&DurationSeconds=900"));
    assert_eq!(response.status(), 200, "{}", response.body());
    assert_eq!(response.headers()["content-type"], "text/xml");
    assert_eq!(response.headers()["cache-control"], "no-store");
    let xml = response.body();
    assert!(xml.starts_with(
        r#"<AssumeRoleWithWebIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/">"#
    ));
    assert_eq!(element(xml, "SubjectFromWebIdentityToken"), "ada");
    assert_eq!(element(xml, "Audience"), "web");
    assert_eq!(
        element(xml, "Arn"),
        "arn:aws:sts::000000000000:assumed-role/own/app1"
    );
    assert_eq!(element(xml, "RequestId"), "request-1");
    for name in [
        "AccessKeyId",
        "SecretAccessKey",
        "SessionToken",
        "Expiration",
    ] {
        assert!(!element(xml, name).is_empty());
    }
    let sent = form(fake.requests.borrow()[0].body());
    assert_eq!(sent["DurationSeconds"], "900");
    // What the client calls its session is not taken for who it is.
    assert!(sent["RoleSessionName"].starts_with("web@"));
}

#[test]
fn a_duration_beyond_that_of_the_role_is_that_of_the_role() {
    let (service, fake) = (service(&[OTHER_STS]), Fake::with_issuer());
    post(&service, &fake, &asked(&token(), "&DurationSeconds=43200"));
    let sent = form(fake.requests.borrow()[0].body());
    assert_eq!(sent["DurationSeconds"], "3600");
}

#[test]
fn durations_that_differ_by_less_than_a_quarter_of_an_hour_share_credentials() {
    let (service, fake) = (service(&[OTHER_STS]), Fake::with_issuer());
    for secs in [900, 901, 1799] {
        let asked = asked(&token(), &format!("&DurationSeconds={secs}"));
        assert_eq!(post(&service, &fake, &asked).status(), 200);
    }
    let sent: Vec<_> = fake
        .requests
        .borrow()
        .iter()
        .map(|it| form(it.body()))
        .collect();
    let durations: Vec<&str> = sent
        .iter()
        .map(|it| it["DurationSeconds"].as_str())
        .collect();
    assert_eq!(durations, ["900"]);
}

#[test]
fn what_no_token_proves_costs_no_call_and_at_most_one_verification() {
    let (service, fake) = (service(&[]), Fake::with_issuer());
    let claims = json!({"iss": "https://login.example", "aud": "web", "sub": "ada", "exp": NOON_SECS + 3600});
    let forged = ed25519(2).token(&json!({"alg": "EdDSA", "kid": "k1"}), &claims);
    let expired = web_token(&json!("ada"), NOON_SECS - 60);
    let valid = token();
    for (body, status, code) in [
        (String::new(), 400, "ValidationError"),
        ("Action".to_owned(), 400, "InvalidAction"),
        ("%".to_owned(), 400, "ValidationError"),
        ("%ff=%ff".to_owned(), 400, "ValidationError"),
        ("Action=GetCallerIdentity".to_owned(), 400, "InvalidAction"),
        ("Action=AssumeRole".to_owned(), 400, "InvalidAction"),
        (asked(&forged, ""), 400, "InvalidIdentityToken"),
        (asked(&expired, ""), 400, "ExpiredTokenException"),
        (
            asked(KEY.replace(' ', "+").as_str(), ""),
            400,
            "InvalidIdentityToken",
        ),
        (asked("a.b.c", ""), 400, "InvalidIdentityToken"),
        (asked(&valid, "&Policy=%7B%7D"), 400, "ValidationError"),
        (
            asked(&valid, "&PolicyArns.member.1.arn=arn"),
            400,
            "ValidationError",
        ),
        (
            asked(&valid, "&DurationSeconds=1e3"),
            400,
            "ValidationError",
        ),
        (
            asked(&valid, "&DurationSeconds=900&DurationSeconds=3600"),
            400,
            "ValidationError",
        ),
        (asked(&valid, "&WebIdentityToken=x"), 400, "ValidationError"),
        (
            asked(&valid, "").replace("%2Fown", "%2Fplain"),
            403,
            "AccessDenied",
        ),
        (
            asked(&valid, "").replace("role%2Fown", "user%2Fown"),
            400,
            "ValidationError",
        ),
        (
            asked(&valid, "").replace("000000000000", "1"),
            400,
            "ValidationError",
        ),
        (
            asked(&valid, &format!("&x={}", "y".repeat(16 * 1024))),
            413,
            "ValidationError",
        ),
    ] {
        let before = fake.verifications.get();
        let response = post(&service, &fake, &body);
        assert_eq!(response.status(), status, "{body}: {}", response.body());
        assert_eq!(element(response.body(), "Code"), code, "{body}");
        assert_eq!(element(response.body(), "Type"), "Sender");
        assert!(fake.verifications.get() <= before + 1);
    }
    assert_eq!(fake.sts_calls(), 0);
    assert!(fake.s3_requests.borrow().is_empty());
}

#[test]
fn requests_count_by_address_and_once_proven_by_caller() {
    let limit = [
        ("RATE_LIMITER", "{}"),
        ("RATE_LIMIT", r#"{"limit":2,"period":60}"#),
    ];
    let service = service(&[&[OTHER_STS], &limit[..]].concat());
    let fake = Fake::with_issuer();
    fake.lets_through.set(Some(0));
    let response = post(&service, &fake, &asked(&token(), ""));
    assert_eq!(response.status(), 429);
    assert_eq!(element(response.body(), "Code"), "Throttling");
    assert_eq!(fake.verifications.get(), 0);
    fake.lets_through.set(Some(usize::MAX));
    assert_eq!(post(&service, &fake, &asked(&token(), "")).status(), 200);
    let counted = fake.counted.borrow();
    assert_eq!(counted.len(), 3);
    assert_eq!(counted[0], counted[1]);
    assert_ne!(counted[1], counted[2]);
}

#[test]
fn texts_of_tokens_are_escaped() {
    let (service, fake) = (service(&[OTHER_STS]), Fake::with_issuer());
    let token = web_token(&json!("<a>&\"b"), NOON_SECS + 3600);
    let response = post(&service, &fake, &asked(&token, ""));
    assert_eq!(response.status(), 200, "{}", response.body());
    let subject = element(response.body(), "SubjectFromWebIdentityToken");
    assert_eq!(subject, "&lt;a&gt;&amp;&quot;b");
}

#[test]
fn without_a_profile_that_vends_there_is_no_such_path() {
    let (service, fake) = (crate::support::service(), Fake::with_issuer());
    let response = post(&service, &fake, &asked(&token(), ""));
    assert_eq!(response.status(), 404);
    fake.pass(secs(1));
    assert_eq!(fake.verifications.get(), 0);
}

/// [RFC 9110](https://www.rfc-editor.org/rfc/rfc9110#section-15.5.6) requires `Allow` with 405, whatever form the body has.
#[test]
fn another_method_is_refused_with_the_one_that_there_is() {
    let (service, fake) = (service(&[OTHER_STS]), Fake::with_issuer());
    let response = ready(service.handle(request(Method::GET, "/sts", ""), &fake));
    assert_eq!(response.status(), 405);
    assert_eq!(response.headers()["allow"], "POST");
    assert_eq!(element(response.body(), "Code"), "InvalidAction");
}
