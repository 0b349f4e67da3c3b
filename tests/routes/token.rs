//! `PUT /v1/token`: which tokens are accepted, and what everybody else learns.

use crate::support::answers::{header, problem};
use crate::support::jose::{self, ISSUER, Pair, b64};
use crate::support::{
    self, Fake, NOON_SECS, SIGN, json as body_of, ready, request, secs, service_with, with,
};
use edge_presigner::routes::token::MAX_TOKEN_BYTES;
use edge_presigner::service::Service;
use http::{Method, Response};
use serde_json::{Value, json};
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

const PATH: &str = "/v1/token";
const SUBJECT: &str = "system:serviceaccount:edge-presigner:edge-presigner";
const PUSH: [(&str, &str); 2] = [
    ("PUSHED_TOKEN_ISSUER", ISSUER),
    ("PUSHED_TOKEN_SUBJECT", SUBJECT),
];

fn service() -> Service {
    service_with(&PUSH)
}

/// A platform with the issuer of [`jose`], and no bound token.
fn unbound() -> Fake {
    let fake = Fake::with_issuer();
    fake.token.replace(None);
    fake
}

/// The claims that kubelet's tokens have, with changes; they expire `lifetime_secs` after noon.
fn claims(lifetime_secs: u64, changes: Value) -> Value {
    let claims = json!({
        "aud": ["sts.amazonaws.com"], "exp": NOON_SECS + lifetime_secs, "iat": NOON_SECS, "iss": ISSUER,
        "jti": "e3b9", "nbf": NOON_SECS, "sub": SUBJECT,
    });
    with(claims, changes)
}

fn signed(pair: &Pair, kid: &str, claims: &Value) -> String {
    pair.token(&json!({"alg": "EdDSA", "kid": kid}), claims)
}

fn token(lifetime_secs: u64) -> String {
    token_with(lifetime_secs, json!({}))
}

fn token_with(lifetime_secs: u64, changes: Value) -> String {
    signed(&jose::ed25519(1), "k1", &claims(lifetime_secs, changes))
}

fn push(service: &Service, body: &str, fake: &Fake) -> Response<String> {
    ready(service.handle(request(Method::PUT, PATH, body), fake))
}

/// The token with which a worker without a session asks STS.
fn exchanged(fake: &Fake) -> String {
    let response = ready(service().handle(support::sign(SIGN), fake));
    assert_eq!(response.status(), 200, "{}", response.body());
    let sent = fake.requests.borrow().last().unwrap().body().clone();
    let (_, token) = sent.split_once("&WebIdentityToken=").unwrap();
    token.split('&').next().unwrap().to_owned()
}

fn accepts(service: &Service, body: &str, fake: &Fake) {
    let response = push(service, body, fake);
    assert_eq!(response.status(), 204, "{}", response.body());
    assert_eq!(response.body(), "");
}

/// Checks that the token is refused for `reason`, which only the log says, and that nothing was written.
fn refuses(service: &Service, body: &str, reason: &str, fake: &Fake) {
    let writes = fake.kv_writes.borrow().len();
    fake.log.borrow_mut().clear();
    let response = push(service, body, fake);
    assert_eq!(
        problem(&response),
        (403, "token-refused".to_owned()),
        "{reason}"
    );
    // The same for every reason.
    assert_eq!(
        body_of(&response)["detail"],
        "the token is not one that is accepted here, or no newer than the one that is used"
    );
    assert!(header(&response, "server-timing").is_none());
    assert_eq!(fake.kv_writes.borrow().len(), writes, "{reason}");
    let log = fake.log.borrow();
    let line = format!(
        r#"{{"level":"warn","event":"tokenRefused","requestId":"request-1","detail":"{reason}"}}"#
    );
    assert!(log.contains(&line), "{reason}: {log:?}");
}

#[test]
fn a_token_that_proves_itself_is_used_by_the_next_exchange_anywhere() {
    let fake = unbound();
    let token = token(43_200);
    accepts(&service(), &token, &fake);
    let expected = r#""event":"tokenPushed","requestId":"request-1","detail":"a token was pushed that expires at 2026-03-02T00:00:00Z; kid: k1""#;
    assert!(fake.log.borrow().iter().any(|line| line.contains(expected)));
    // By a worker that has nothing but KV, and cannot reach the issuer.
    fake.sites.borrow_mut().clear();
    assert_eq!(exchanged(&fake), token);
    let log = fake.log.borrow();
    assert!(log.iter().any(|line| line.contains("token: pushed")));
}

#[test]
fn it_lies_in_kv_sealed_for_its_key_until_it_expires() {
    let fake = unbound();
    let token = token(43_200);
    accepts(&service(), &token, &fake);
    let kv = fake.kv.borrow();
    let (key, (record, expiration_secs)) = kv.first_key_value().unwrap();
    assert_eq!(kv.len(), 1);
    // printf 'https://login.example\nsts.amazonaws.com\nsystem:serviceaccount:edge-presigner:edge-presigner' | sha256sum
    assert_eq!(
        key,
        "token/v1/0b2406c9ee4f84cf711eb05755cf81e98c22181f6f431a720b0d7bd02c6fc879"
    );
    assert_eq!(*expiration_secs, NOON_SECS + 43_200);
    let text = String::from_utf8_lossy(record);
    assert!(token.split('.').all(|part| !text.contains(&part[..16])));
    let elsewhere = (
        "token/v1/another".to_owned(),
        (record.clone(), *expiration_secs),
    );
    drop(kv);
    let key = fake.kv.borrow().keys().next().unwrap().clone();
    *fake.kv.borrow_mut() = [elsewhere].into();
    let moved = fake.kv.borrow_mut().pop_first().unwrap().1;
    let other = || service_with(&[PUSH[0], ("PUSHED_TOKEN_SUBJECT", "somebody-else")]);
    let other_key = {
        let fresh = unbound();
        let body = token_with(600, json!({"sub": "somebody-else"}));
        accepts(&other(), &body, &fresh);
        let kv = fresh.kv.borrow();
        kv.keys().next().unwrap().clone()
    };
    assert_ne!(other_key, key);
    fake.kv.borrow_mut().insert(other_key, moved);
    let response = ready(other().handle(support::sign(SIGN), &fake));
    assert_eq!(problem(&response), (503, "token-missing".to_owned()));
    assert!(fake.logged("kvRecordForeign"));
}

#[test]
fn what_tools_put_around_a_token_is_taken_off() {
    for around in ["{}\n", "\u{feff}{}\r\n", "Bearer {}", "{\"token\":\"{}\"}"] {
        let (fake, token) = (unbound(), token(3600));
        accepts(&service(), &around.replace("{}", &token), &fake);
        assert_eq!(exchanged(&fake), token, "{around}");
    }
}

#[test]
fn of_the_bound_and_the_pushed_token_the_one_that_expires_last_is_used() {
    let fake = Fake::with_issuer();
    let bound = token(3600);
    fake.token.replace(Some(bound.clone()));
    assert_eq!(exchanged(&fake), bound);
    let later = token(3601);
    accepts(&service(), &later, &fake);
    fake.kv
        .borrow_mut()
        .retain(|key, _| key.starts_with("token/"));
    assert_eq!(exchanged(&fake), later);
    fake.kv
        .borrow_mut()
        .retain(|key, _| key.starts_with("token/"));
    let last = token(3602);
    fake.token.replace(Some(last.clone()));
    assert_eq!(exchanged(&fake), last);
}

#[test]
fn a_token_that_is_no_newer_than_the_one_in_hand_changes_nothing() {
    let fake = Fake::with_issuer();
    fake.token.replace(Some(token(3600)));
    let service = service();
    refuses(&service, &token_with(3599, json!({})), "older", &fake);
    refuses(
        &service,
        &token_with(3600, json!({"jti": "2"})),
        "older",
        &fake,
    );
    fake.token.replace(None);
    accepts(&service, &token(7200), &fake);
    refuses(&service, &token(7199), "older", &fake);
    refuses(
        &service,
        &token_with(7200, json!({"jti": "2"})),
        "older",
        &fake,
    );
    assert_eq!(exchanged(&fake), token(7200));
}

#[test]
fn a_replay_of_the_token_in_hand_is_answered_like_the_first_and_writes_nothing() {
    let fake = unbound();
    let service = service();
    for _ in 0..3 {
        accepts(&service, &token(3600), &fake);
    }
    let bound = Fake::with_issuer();
    bound.token.replace(Some(token(3600)));
    accepts(&service, &token(3600), &bound);
    // A newer one is bound, but a pod that starts again has nothing else to push.
    fake.token.replace(Some(token(7200)));
    accepts(&service, &token(3600), &fake);
    assert_eq!(fake.kv_writes.borrow().len(), 1);
    assert!(bound.kv_writes.borrow().is_empty());
}

#[test]
fn a_token_of_others_is_refused_before_its_signature_is_looked_at() {
    let (service, fake) = (service(), unbound());
    for (changes, reason) in [
        (json!({"iss": "https://login.example.org"}), "issuer"),
        (json!({"iss": "https://login.example/"}), "issuer"),
        (json!({"aud": ["kubernetes"]}), "audience"),
        (json!({"aud": "sts.amazonaws.com.example"}), "audience"),
        // Where a token has `azp`, that is what STS compares.
        (json!({"azp": "another-client"}), "audience"),
        (json!({"azp": 7}), "audience"),
        (
            json!({"sub": "system:serviceaccount:default:default"}),
            "subject",
        ),
        (json!({"sub": format!("{SUBJECT}x")}), "subject"),
        (json!({"nbf": NOON_SECS + 60}), "premature"),
        (json!({"exp": NOON_SECS}), "expired"),
        // KV keeps nothing for less than a minute.
        (json!({"exp": NOON_SECS + 59}), "expired"),
        (json!({"exp": "tomorrow"}), "malformed"),
        (json!({"sub": null}), "malformed"),
        (json!({"aud": null}), "malformed"),
    ] {
        refuses(&service, &token_with(3600, changes), reason, &fake);
    }
    assert!(fake.fetched.borrow().is_empty(), "the issuer is not asked");
    assert_eq!((fake.verifications.get(), fake.kv_reads.get()), (0, 0));
    accepts(&service, &token(60), &fake);
    accepts(
        &service,
        &token_with(61, json!({"azp": "sts.amazonaws.com", "aud": "x"})),
        &fake,
    );
}

#[test]
fn what_is_no_token_is_refused() {
    let (service, fake) = (service(), unbound());
    let good = token(3600);
    let (signed, _) = good.rsplit_once('.').unwrap();
    for body in [
        "",
        " \n",
        "not-a-token",
        "{}",
        signed,
        &format!("{signed}."),
        &format!("{good}.x"),
    ] {
        refuses(&service, body, "malformed", &fake);
    }
    assert_eq!(fake.verifications.get(), 0);
}

#[test]
fn attack_a_forged_signature() {
    let (service, fake) = (service(), unbound());
    let claims = claims(3600, json!({}));
    let public = jose::ed25519(1).jwk("k1")["x"].as_str().unwrap().to_owned();
    let with_header = |header: Value, signature: &str| {
        format!(
            "{}.{}.{signature}",
            b64(header.to_string()),
            b64(claims.to_string())
        )
    };
    refuses(
        &service,
        &signed(&jose::ed25519(2), "k1", &claims),
        "signature",
        &fake,
    );
    assert_eq!(fake.verifications.get(), 1);
    for (header, signature, reason) in [
        (json!({"alg": "none"}), "", "malformed"),
        (json!({"alg": "none", "kid": "k1"}), "AAAA", "malformed"),
        (json!({"alg": "NonE", "kid": "k1"}), "AAAA", "malformed"),
        // Signed with the public key as a secret, as RFC 8725, section 2.1 describes it.
        (json!({"alg": "HS256", "kid": "k1"}), &*public, "algorithm"),
        (json!({"alg": "RS256", "kid": "k1"}), "AAAA", "key"),
        (
            json!({"alg": "EdDSA", "kid": "k1", "crit": ["exp"], "exp": 1}),
            "AAAA",
            "malformed",
        ),
        (
            json!({"alg": "EdDSA", "kid": "k1", "typ": "logout+jwt"}),
            "AAAA",
            "malformed",
        ),
    ] {
        refuses(&service, &with_header(header, signature), reason, &fake);
    }
    // Of a good token, other claims.
    let good = signed(&jose::ed25519(1), "k1", &claims);
    let later = b64(self::claims(7200, json!({})).to_string());
    let parts: Vec<&str> = good.split('.').collect();
    refuses(
        &service,
        &format!("{}.{later}.{}", parts[0], parts[2]),
        "signature",
        &fake,
    );
    assert_eq!(
        fake.verifications.get(),
        2,
        "one for each that could be right"
    );
    assert!(fake.kv.borrow().is_empty());
}

#[test]
fn attack_an_oversized_body_is_not_read() {
    let (service, fake) = (service(), unbound());
    let mut token = token(3600);
    token.push_str(&" ".repeat(MAX_TOKEN_BYTES - token.len()));
    let mut announced = request(Method::PUT, PATH, &token);
    announced
        .headers_mut()
        .insert("content-length", 20_001.into());
    let response = ready(service.handle(announced, &fake));
    assert_eq!(problem(&response), (403, "token-refused".to_owned()));
    // https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRoleWithWebIdentity.html: at most 20,000 characters.
    assert_eq!(token.len(), 20_000);
    refuses(&service, &format!("{token} "), "oversized", &fake);
    accepts(&service, &token, &fake);
}

#[test]
fn a_new_key_of_the_issuer_is_fetched_for_a_token_at_most_once_a_minute() {
    let (service, fake) = (service(), unbound());
    accepts(&service, &token(3600), &fake);
    fake.publishes(&[jose::ed25519(1).jwk("k1"), jose::ed25519(2).jwk("k2")]);
    let rotated = signed(&jose::ed25519(2), "k2", &claims(7200, json!({})));
    // Nobody can tell yet whether there is such a key: it is worth another try.
    fake.pass(secs(59));
    let early = push(&service, &rotated, &fake);
    assert_eq!(problem(&early), (503, "issuer-unreachable".to_owned()));
    assert!(header(&early, "retry-after").is_some());
    assert_eq!(fake.fetched.borrow().len(), 2);
    fake.pass(secs(1));
    accepts(&service, &rotated, &fake);
    assert_eq!(fake.fetched.borrow().len(), 4);
    let made_up = signed(&jose::ed25519(3), "k3", &claims(9000, json!({})));
    fake.pass(secs(60));
    refuses(&service, &made_up, "key", &fake);
    for _ in 0..100 {
        fake.pass(secs(0));
        push(&service, &made_up, &fake);
    }
    assert_eq!(fake.fetched.borrow().len(), 6);
}

#[test]
fn an_issuer_that_cannot_be_reached_is_worth_another_try() {
    let fake = unbound();
    fake.sites.borrow_mut().clear();
    let response = push(&service(), &token(3600), &fake);
    assert_eq!(problem(&response), (503, "issuer-unreachable".to_owned()));
    assert!(fake.kv.borrow().is_empty());
}

#[test]
fn a_failing_kv_is_worth_another_try_and_never_taken_for_success() {
    let (reads, writes) = (unbound(), unbound());
    reads.kv_reads_fail.set(true);
    writes.kv_writes_fail.set(true);
    for (fake, event) in [(reads, "kvReadFailed"), (writes, "kvWriteFailed")] {
        let response = push(&service(), &token(3600), &fake);
        assert_eq!(problem(&response), (503, "token-not-stored".to_owned()));
        assert!(header(&response, "retry-after").is_some());
        assert!(fake.logged(event) && !fake.logged("tokenPushed"));
        assert!(fake.kv.borrow().is_empty());
    }
}

#[test]
fn pushes_are_counted_by_the_network_they_come_from() {
    let limit = [
        PUSH[0],
        PUSH[1],
        ("RATE_LIMIT", r#"{"limit":2,"period":60}"#),
        ("RATE_LIMITER", "[object]"),
    ];
    let (service, fake) = (service_with(&limit), unbound());
    fake.lets_through.set(Some(2));
    let send = |address: &str| {
        let mut request = request(Method::PUT, PATH, "junk");
        let address = address.parse().unwrap();
        request.headers_mut().insert("cf-connecting-ip", address);
        ready(service.handle(request, &fake)).status().as_u16()
    };
    assert_eq!(["192.0.2.1"; 3].map(send), [403, 403, 429]);
    assert_eq!(
        ["2001:db8::1", "2001:db8::2", "2001:db8::3"].map(send),
        [403, 403, 429]
    );
}

#[test]
fn there_is_no_such_route_unless_it_is_configured() {
    for method in [Method::PUT, Method::GET, Method::POST, Method::OPTIONS] {
        let response = support::answers::handle(request(method, PATH, &token(3600)));
        assert_eq!(problem(&response), (404, "no-such-route".to_owned()));
    }
    let broken = service_with(&[("AWS_REGION", "Frankfurt!")]);
    let response = push(&broken, "", &Fake::new());
    assert_eq!(problem(&response), (500, "misconfigured".to_owned()));
}

#[test]
fn it_has_no_other_method_and_no_script_of_another_origin_may_use_it() {
    let profiles = json!({"p": {"bucket": "bucket", "keyPrefix": "", "callers": ["app"], "operations": ["getObject"],
        "maxLifetimeSecs": 60, "corsOrigins": ["https://app.example"]}});
    let service = service_with(&[PUSH[0], PUSH[1], ("PROFILES", &profiles.to_string())]);
    for method in [
        Method::GET,
        Method::HEAD,
        Method::POST,
        Method::DELETE,
        Method::OPTIONS,
    ] {
        let mut asked = request(method, PATH, "");
        let origin = "https://app.example".parse().unwrap();
        asked.headers_mut().insert("origin", origin);
        let put = "PUT".parse().unwrap();
        asked
            .headers_mut()
            .insert("access-control-request-method", put);
        let response = ready(service.handle(asked, &Fake::new()));
        assert_eq!(problem(&response), (405, "method-not-allowed".to_owned()));
        assert_eq!(header(&response, "allow"), Some("PUT"));
        assert!(header(&response, "access-control-allow-methods").is_none());
    }
}

#[test]
fn nothing_of_a_pushed_token_is_in_the_log_or_an_answer() {
    let fake = unbound();
    let service = service();
    let forged = signed(&jose::ed25519(2), "k1", &claims(9000, json!({})));
    for token in [token(3600), token(3600), token(3599), forged] {
        let response = push(&service, &token, &fake);
        let texts = [vec![response.into_body()], fake.log.borrow().clone()].concat();
        for part in token.split('.') {
            assert!(
                texts.iter().all(|text| !text.contains(&part[..16])),
                "{texts:?}"
            );
        }
    }
}

#[test]
fn an_isolate_knows_the_token_that_it_wrote_before_kv_tells_of_it() {
    let (service, fake) = (service(), unbound());
    let response = ready(service.handle(support::sign(SIGN), &fake));
    assert_eq!(response.status(), 503, "none is pushed");
    accepts(&service, &token(3600), &fake);
    // KV remembers that there was none.
    fake.kv.borrow_mut().clear();
    fake.pass(secs(5));
    let response = ready(service.handle(support::sign(SIGN), &fake));
    assert_eq!(response.status(), 200, "{}", response.body());
    refuses(&service, &token(1800), "older", &fake);
}

#[test]
fn an_azp_without_a_value_is_none() {
    for azp in [json!(""), Value::Null] {
        let (service, fake) = (service(), unbound());
        accepts(&service, &token_with(3600, json!({"azp": azp})), &fake);
    }
}
