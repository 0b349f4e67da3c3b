//! What `/readyz` says, to whom.

mod token;

use crate::support::jose::{self, ISSUER};
use crate::support::links::{LINK_KEY, link};
use crate::support::uploads::{OTHER_KEY, OTHER_KEY_SHA256};
use crate::support::{
    self, CACHE_KEY, Fake, KEY, KEY_SHA256, NOON_SECS, answer, json, noon, ready, request, secs,
    sign, token, with_bearer, with_key,
};
use edge_presigner::platform::HttpError;
use edge_presigner::service::Service;
use http::{Method, Request, Response};
use serde_json::{Value, json as value};
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

/// A worker where `app` is an admin, and `other` is not.
fn service_with(changes: &[(&str, &str)]) -> Service {
    let callers = value!({
        "app": {"bearerSha256": [KEY_SHA256], "admin": true},
        "other": {"bearerSha256": [OTHER_KEY_SHA256]},
    });
    let callers = callers.to_string();
    let mut all = vec![("CALLERS", callers.as_str())];
    all.extend(changes);
    support::service_with(&all)
}

fn unsigned() -> Request<String> {
    request(Method::GET, "/readyz", "")
}

/// What the admin is told.
fn get(service: &Service, fake: &Fake) -> Response<String> {
    ready(service.handle(with_key(unsigned()), fake))
}

/// The answer of a worker that is ready.
fn readiness(service: &Service, fake: &Fake) -> Value {
    let response = get(service, fake);
    assert_eq!(response.status(), 200, "{}", response.body());
    assert_eq!(response.headers()["cache-control"], "no-store");
    json(&response)
}

#[test]
fn it_says_where_the_session_came_from_and_how_long_it_and_the_token_live() {
    let (service, fake) = (service_with(&[]), Fake::new());
    let fetched = readiness(&service, &fake);
    assert_eq!(fetched["status"], "ok");
    assert_eq!(fetched["kv"], "sealed");
    assert_eq!(fetched["token"]["status"], "ok");
    assert_eq!(fetched["token"]["hoursLeft"], 24);
    assert_eq!(fetched["token"]["expiresAt"], "2026-03-02T12:00:00Z");
    let role = &fetched["roles"][0];
    assert_eq!(role["role"], "presigner");
    assert_eq!(
        (&role["ready"], &role["source"]),
        (&Value::Bool(true), &"sts".into())
    );
    assert_eq!(role["expiresAt"], "2026-03-01T13:00:00Z");
    assert_eq!(role["secondsLeft"], 3600);
    assert_eq!(
        (&role["next"], &role["lastFailure"]),
        (&Value::Null, &Value::Null)
    );

    fake.pass(secs(60));
    let held = readiness(&service, &fake);
    assert_eq!(held["roles"][0]["source"], "memory");
    assert_eq!(held["roles"][0]["secondsLeft"], 3540);
    let elsewhere = readiness(&service_with(&[]), &fake);
    assert_eq!(elsewhere["roles"][0]["source"], "kv");
}

#[test]
fn it_names_the_next_session_before_that_signs() {
    let (service, fake) = (service_with(&[]), Fake::new());
    readiness(&service, &fake);
    fake.pass(secs(2400));
    ready(service.scheduled(&fake));
    let next = &readiness(&service, &fake)["roles"][0]["next"];
    assert_eq!(next["activeFrom"], "2026-03-01T12:42:00Z");
    assert_eq!(next["expiresAt"], "2026-03-01T13:40:00Z");
    fake.pass(secs(120));
    assert_eq!(readiness(&service, &fake)["roles"][0]["next"], Value::Null);
}

#[test]
fn a_worker_that_cannot_sign_is_not_ready_and_says_why() {
    let (service, fake) = (service_with(&[]), Fake::new());
    fake.will_answer(Ok(answer(
        403,
        "<Error><Code>AccessDenied</Code><Message>no</Message></Error>",
    )));
    let response = get(&service, &fake);
    assert_eq!(response.status(), 503);
    let red = json(&response);
    assert_eq!(red["status"], "red");
    let role = &red["roles"][0];
    assert_eq!(
        (&role["ready"], &role["source"]),
        (&Value::Bool(false), &Value::Null)
    );
    let failure = &role["lastFailure"];
    assert_eq!(
        failure["type"],
        "urn:problem-type:edge-presigner:sts-refused"
    );
    assert_eq!(failure["awsCode"], "AccessDenied");
    assert_eq!(failure["at"], "2026-03-01T12:00:00Z");
    assert_eq!(failure["over"], false);
    assert!(failure["detail"].as_str().unwrap().contains("trust"));

    fake.pass(secs(5));
    let mended = readiness(&service, &fake);
    assert_eq!(mended["status"], "ok");
    assert_eq!(mended["roles"][0]["lastFailure"]["over"], true);
}

#[test]
fn a_renewal_that_fails_while_the_session_serves_is_amber() {
    let (service, fake) = (service_with(&[]), Fake::new());
    readiness(&service, &fake);
    fake.pass(secs(2400));
    for _ in 0..3 {
        fake.will_answer(Err(HttpError::Connection));
    }
    ready(service.scheduled(&fake));
    assert_eq!(readiness(&service, &fake)["status"], "amber");
}

#[test]
fn a_token_that_is_about_to_run_out_turns_amber_and_then_red() {
    // The session is renewed after 2,400 s, and the next one lasts an hour.
    for (hours, minutes, status, left) in [
        (1, 50, "ok", 1),
        (1, 39, "amber", 1),
        (0, 41, "amber", 0),
        (0, 39, "red", 0),
    ] {
        let fake = Fake::new();
        fake.token
            .replace(Some(token(secs(hours * 3600 + minutes * 60))));
        let answer = readiness(&service_with(&[]), &fake);
        assert_eq!(answer["token"]["status"], status, "{hours} h {minutes} min");
        assert_eq!(answer["token"]["hoursLeft"], left);
        assert_eq!(answer["status"], status);
    }
}

#[test]
fn after_the_token_has_run_out_the_session_in_hand_is_used_to_its_end() {
    let (service, fake) = (service_with(&[]), Fake::new());
    fake.token.replace(Some(token(secs(600))));
    readiness(&service, &fake);
    fake.pass(secs(3599));
    let expired = readiness(&service, &fake);
    assert_eq!(expired["status"], "red");
    assert_eq!(expired["token"]["expiresAt"], "2026-03-01T12:10:00Z");
    assert_eq!(
        expired["token"]["fault"],
        "urn:problem-type:edge-presigner:token-expired"
    );
    let body = r#"{"profile":"avatars","operation":"getObject","key":"users/a"}"#;
    assert_eq!(
        json(&ready(service.handle(sign(body), &fake)))["expiresIn"],
        1
    );
    fake.pass(secs(1));
    assert_eq!(get(&service, &fake).status(), 503);
    assert_eq!(ready(service.handle(sign(body), &fake)).status(), 503);
}

#[test]
fn static_keys_need_neither_token_nor_sts() {
    let fake = Fake::new();
    fake.token.replace(None);
    let keys = [
        ("AWS_ACCESS_KEY_ID", "AKID"),
        ("AWS_SECRET_ACCESS_KEY", "s3cret"),
    ];
    let answer = readiness(&service_with(&keys), &fake);
    assert_eq!(answer["token"], Value::Null);
    let role = &answer["roles"][0];
    assert_eq!(role["source"], "static");
    assert_eq!(
        (&role["role"], &role["expiresAt"]),
        (&Value::Null, &Value::Null)
    );
}

#[test]
fn without_a_cache_key_it_says_that_nothing_is_kept_in_kv() {
    let fake = Fake::new();
    assert_eq!(
        readiness(&service_with(&[("CACHE_KEY", "")]), &fake)["kv"],
        "off"
    );
}

#[test]
fn it_holds_no_secret_and_no_account() {
    let (service, fake) = (service_with(&[]), Fake::new());
    let bound = token(secs(86_400));
    fake.token.replace(Some(bound.clone()));
    let text = get(&service, &fake).into_body();
    for secret in [
        "ASIA1",
        "secret1",
        "session/token",
        CACHE_KEY,
        KEY,
        &bound,
        "123456789012",
    ] {
        assert!(!text.contains(secret), "{secret} in {text}");
    }
    assert!(fake.now.get() == noon());
}

#[test]
fn strangers_are_told_the_status_and_nothing_else() {
    let (service, fake) = (service_with(&[]), Fake::new());
    let strangers = || [unsigned(), with_bearer(unsigned(), OTHER_KEY)];
    for stranger in strangers() {
        let response = ready(service.handle(stranger, &fake));
        assert_eq!(response.status(), 200);
        assert_eq!(response.headers()["cache-control"], "no-store");
        assert_eq!(*response.body(), r#"{"status":"ok"}"#);
    }
    fake.token.replace(Some(token(secs(600))));
    for stranger in strangers() {
        let response = ready(service.handle(stranger, &fake));
        assert_eq!(response.status(), 200);
        assert_eq!(*response.body(), r#"{"status":"red"}"#);
    }
    assert_eq!(fake.sts_calls(), 1);

    let (service, fake) = (service_with(&[]), Fake::new());
    let refused = "<Error><Code>AccessDenied</Code><Message>no</Message></Error>";
    fake.will_answer(Ok(answer(403, refused)));
    for stranger in strangers() {
        let response = ready(service.handle(stranger, &fake));
        assert_eq!(response.status(), 503);
        assert_eq!(*response.body(), r#"{"status":"red"}"#);
    }
}

#[test]
fn a_credential_that_is_none_is_rejected_as_elsewhere() {
    let (service, fake) = (service_with(&[]), Fake::new());
    for (request, status, slug) in [
        (with_bearer(unsigned(), "wrong"), 401, "unknown-caller"),
        (
            request(Method::GET, "/c/1.x.y/readyz", ""),
            403,
            "link-refused",
        ),
        (
            with_key(request(Method::GET, "/c/1.x.y/readyz", "")),
            400,
            "ambiguous-proof",
        ),
    ] {
        let response = ready(service.handle(request, &fake));
        let problem = support::answers::problem(&response);
        assert_eq!(problem, (status, slug.to_owned()));
    }
    assert_eq!(fake.sts_calls(), 0, "nothing is done for them");
}

#[test]
fn an_admin_may_have_a_token_and_is_named_in_the_log() {
    let jwt = value!({"issuer": ISSUER, "audience": "web"});
    let jwt_of = |audience: &str| {
        let claims = value!({"iss": ISSUER, "aud": audience, "sub": "a", "exp": NOON_SECS + 600});
        jose::ed25519(1).token(&value!({"alg": "EdDSA", "kid": "k1"}), &claims)
    };
    let callers = value!({
        "web": {"jwt": jwt, "admin": true},
        "shop": {"jwt": {"issuer": ISSUER, "audience": "shop"}, "admin": false},
        "app": {"bearerSha256": []}, "other": {"bearerSha256": []},
    });
    let service = service_with(&[("CALLERS", &callers.to_string())]);
    let fake = Fake::with_issuer();
    for (audience, name, told) in [("web", "web", true), ("shop", "shop", false)] {
        let asked = with_bearer(unsigned(), &jwt_of(audience));
        let response = ready(service.handle(asked, &fake));
        assert_eq!(response.status(), 200, "{}", response.body());
        assert_eq!(json(&response)["roles"].is_array(), told);
        let log = fake.log.borrow().join("\n");
        assert!(log.contains(&format!(r#""caller":"{name}""#)), "{log}");
    }
}

#[test]
fn a_signed_link_is_no_admin_whoever_signed_it() {
    let service = service_with(&[("LINK_KEY", LINK_KEY)]);
    let grant = value!({"profile": "avatars", "key": "users/a", "operations": ["getObject"], "exp": NOON_SECS + 60});
    let path = format!("{}/readyz", link(&grant));
    let response = ready(service.handle(request(Method::GET, &path, ""), &Fake::new()));
    assert_eq!(response.status(), 200);
    assert_eq!(*response.body(), r#"{"status":"ok"}"#);
}

#[test]
fn probes_are_not_counted_but_guesses_are() {
    let limited = [
        ("RATE_LIMIT", r#"{"limit":2,"period":60}"#),
        ("RATE_LIMITER", "{}"),
    ];
    let (service, fake) = (service_with(&limited), Fake::new());
    fake.lets_through.set(Some(2));
    for _ in 0..5 {
        for probe in [unsigned(), with_key(unsigned())] {
            assert_eq!(ready(service.handle(probe, &fake)).status(), 200);
        }
    }
    let guess = || ready(service.handle(with_bearer(unsigned(), "wrong"), &fake)).status();
    assert_eq!(
        [guess(), guess(), guess()].map(|it| it.as_u16()),
        [401, 401, 429]
    );
}
