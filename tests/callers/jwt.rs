//! Callers that prove themselves by a JWT of their own issuer.

use crate::support;
use crate::support::jose::{self, DISCOVERY, ISSUER, JWKS, b64};
use crate::support::{Fake, NOON_SECS, answer, bindings, ready, request, secs, service_with, with};
use edge_presigner::callers::{FAILURE_REST, FETCH_GAP, KEYS_FRESH, KEYS_USABLE, MAX_JWT_BYTES};
use edge_presigner::platform::Unreachable;
use edge_presigner::service::Service;
use hmac::{Hmac, KeyInit, Mac};
use http::{HeaderValue, Method, Request, Response};
use serde_json::{Value, json};
use sha2::Sha256;
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

const AUDIENCE: &str = "presigner";

/// The caller `web` with the settings `jwt`, and the profile `avatars` open to it alone.
fn service_of(jwt: &Value) -> Service {
    service_with_callers(&json!({"web": {"jwt": jwt}}))
}

fn service_with_callers(callers: &Value) -> Service {
    let names: Vec<&String> = callers.as_object().unwrap().keys().collect();
    let mut profiles: Value = serde_json::from_str(&bindings()["PROFILES"]).unwrap();
    profiles["avatars"]["callers"] = json!(names);
    profiles.as_object_mut().unwrap().remove("others");
    let (callers, profiles) = (callers.to_string(), profiles.to_string());
    service_with(&[("CALLERS", &callers), ("PROFILES", &profiles)])
}

fn rule() -> Value {
    json!({"issuer": ISSUER, "audience": AUDIENCE})
}

fn claims() -> Value {
    json!({"iss": ISSUER, "aud": AUDIENCE, "sub": "ada", "iat": NOON_SECS, "exp": NOON_SECS + 600})
}

fn claims_with(changes: Value) -> Value {
    with(claims(), changes)
}

fn header(algorithm: &str) -> Value {
    json!({"alg": algorithm, "kid": "k1", "typ": "JWT"})
}

/// A good token of the pair that [`issuer`] publishes.
fn good() -> String {
    jose::ed25519(1).token(&header("EdDSA"), &claims())
}

/// A platform with an issuer whose one key is `k1`.
fn issuer() -> Fake {
    let fake = Fake::new();
    fake.publishes(&[jose::ed25519(1).jwk("k1")]);
    fake
}

fn bearing(token: &str) -> Request<String> {
    bearing_in("authorization", &format!("Bearer {token}"))
}

fn bearing_in(header: &'static str, value: &str) -> Request<String> {
    let mut request = request(Method::GET, "/o/avatars/users/ada.png", "");
    let value = HeaderValue::from_str(value).unwrap();
    request.headers_mut().insert(header, value);
    request
}

/// The status that `token` gets.
fn status(service: &Service, token: &str, fake: &Fake) -> u16 {
    ready(service.handle(bearing(token), fake))
        .status()
        .as_u16()
}

fn refused(token: &str) {
    let fake = issuer();
    let response = ready(service_of(&rule()).handle(bearing(token), &fake));
    is_unknown_caller(&response);
    assert_eq!(fake.sts_calls(), 0);
}

fn is_unknown_caller(response: &Response<String>) {
    assert_eq!(response.status(), 401, "{}", response.body());
    let problem = support::json(response);
    assert_eq!(
        problem["type"],
        "urn:problem-type:edge-presigner:unknown-caller"
    );
    assert_eq!(
        response.headers()["www-authenticate"],
        r#"Bearer realm="edge-presigner", error="invalid_token""#
    );
}

#[test]
fn each_algorithm_is_verified_with_its_own_kind_of_key() {
    let algorithms = [
        "RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "EdDSA", "Ed25519",
    ];
    for algorithm in algorithms {
        let pair = jose::pair_for(algorithm);
        let fake = Fake::new();
        fake.publishes(&[pair.jwk("k1")]);
        let token = pair.token(&header(algorithm), &claims());
        assert_eq!(
            status(&service_of(&rule()), &token, &fake),
            302,
            "{algorithm}"
        );

        let altered = pair.token(&header(algorithm), &claims_with(json!({"sub": "eve"})));
        let (_, signature) = token.rsplit_once('.').unwrap();
        let (signed, _) = altered.rsplit_once('.').unwrap();
        let altered = format!("{signed}.{signature}");
        assert_eq!(
            status(&service_of(&rule()), &altered, &fake),
            401,
            "{algorithm}"
        );
    }
}

#[test]
fn keys_are_found_by_discovery_and_fetched_once() {
    let (service, fake) = (service_of(&rule()), issuer());
    for sub in ["ada", "bob", "eve"] {
        let token = jose::ed25519(1).token(&header("EdDSA"), &claims_with(json!({"sub": sub})));
        assert_eq!(status(&service, &token, &fake), 302);
    }
    assert_eq!(*fake.fetched.borrow(), [DISCOVERY, JWKS]);
}

#[test]
fn keys_at_a_url_that_is_configured_need_no_discovery() {
    let fake = issuer();
    fake.sites.borrow_mut().remove(DISCOVERY);
    let service = service_of(&with(rule(), json!({"jwksUri": JWKS})));
    assert_eq!(status(&service, &good(), &fake), 302);
    assert_eq!(*fake.fetched.borrow(), [JWKS]);
}

#[test]
fn a_token_that_comes_again_is_verified_once() {
    let (service, fake) = (service_of(&rule()), issuer());
    for _ in 0..3 {
        assert_eq!(status(&service, &good(), &fake), 302);
    }
    assert_eq!(fake.verifications.get(), 1);
    fake.pass(secs(629));
    assert_eq!(status(&service, &good(), &fake), 302);
    fake.pass(secs(1));
    assert_eq!(status(&service, &good(), &fake), 401, "until it runs out");
}

#[test]
fn a_token_whose_key_was_taken_back_is_not_remembered() {
    let (service, fake) = (service_of(&rule()), issuer());
    let lasting = claims_with(json!({"exp": NOON_SECS + 9000}));
    let token = jose::ed25519(1).token(&header("EdDSA"), &lasting);
    assert_eq!(status(&service, &token, &fake), 302);
    fake.publishes(&[jose::ed25519(2).jwk("k2")]);
    fake.pass(KEYS_FRESH);
    // This one goes on with the keys in hand, and has new ones fetched.
    assert_eq!(status(&service, &token, &fake), 302);
    assert_eq!(status(&service, &token, &fake), 401);
}

#[test]
fn several_audiences_of_rule_and_token_need_one_in_common() {
    let rule = json!({"issuer": ISSUER, "audience": ["a", "b"]});
    for (aud, expected) in [
        (json!("a"), 302),
        (json!(["x", "b"]), 302),
        (json!(["x", "y"]), 401),
        (json!("ab"), 401),
        (json!([]), 401),
        (json!(["a", 7]), 401),
        (json!({"a": "a"}), 401),
    ] {
        let token = jose::ed25519(1).token(&header("EdDSA"), &claims_with(json!({"aud": aud})));
        assert_eq!(
            status(&service_of(&rule), &token, &issuer()),
            expected,
            "{aud}"
        );
    }
}

#[test]
fn attack_alg_none() {
    for algorithm in ["none", "None", "NONE", "nOnE", ""] {
        let signed = format!(
            "{}.{}",
            b64(header(algorithm).to_string()),
            b64(claims().to_string())
        );
        let (_, signature) = good()
            .rsplit_once('.')
            .map(|(a, b)| (a.to_owned(), b.to_owned()))
            .unwrap();
        for signature in ["", "AA", &signature] {
            refused(&format!("{signed}.{signature}"));
        }
    }
    refused(&jose::ed25519(1).token(&json!({"kid": "k1"}), &claims()));
    refused(&jose::ed25519(1).token(&json!({"kid": "k1", "alg": ["EdDSA"]}), &claims()));
}

#[test]
fn attack_a_public_key_as_secret_of_hmac() {
    let pair = jose::rsa();
    let fake = Fake::new();
    fake.publishes(&[pair.jwk("k1")]);
    let service = service_of(&rule());
    let pem = include_str!("../fixtures/keys/rsa_2048.pub.pem");
    let jwk = pair.jwk("k1").to_string();
    let modulus = pair.jwk("k1")["n"].as_str().unwrap().to_owned();
    for secret in [pem, pem.trim(), &jwk, &modulus] {
        for algorithm in ["HS256", "RS256"] {
            let signed = format!(
                "{}.{}",
                b64(header(algorithm).to_string()),
                b64(claims().to_string())
            );
            let mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).unwrap();
            let mac = mac.chain_update(&signed).finalize().into_bytes();
            assert_eq!(
                status(&service, &format!("{signed}.{}", b64(mac)), &fake),
                401
            );
        }
    }
}

#[test]
fn attack_an_algorithm_that_does_not_fit_the_key() {
    for (pair, algorithms) in [
        (jose::rsa(), ["ES256", "EdDSA"]),
        (jose::pair_for("ES256"), ["ES384", "RS256"]),
        (jose::ed25519(1), ["ES256", "PS256"]),
    ] {
        let fake = Fake::new();
        fake.publishes(&[pair.jwk("k1")]);
        for algorithm in algorithms {
            let token = pair.token(&header(algorithm), &claims());
            assert_eq!(status(&service_of(&rule()), &token, &fake), 401);
        }
        assert_eq!(fake.verifications.get(), 0);
    }
}

#[test]
fn a_key_is_for_the_algorithm_and_the_use_that_it_names() {
    for (member, value, expected) in [
        ("alg", json!("RS256"), 302),
        ("alg", json!("RS384"), 401),
        ("alg", json!("RSA-OAEP"), 503),
        ("alg", json!("ES256"), 503),
        ("alg", json!(7), 503),
        ("use", json!("sig"), 302),
        ("use", json!("enc"), 503),
        ("key_ops", json!(["verify"]), 302),
        ("key_ops", json!(["encrypt"]), 503),
        ("kty", json!("oct"), 503),
        ("n", json!("AAAA"), 503),
        ("n", json!("not base64!"), 503),
        ("e", json!(null), 503),
    ] {
        let pair = jose::rsa();
        let fake = Fake::new();
        fake.publishes(&[with(pair.jwk("k1"), json!({member: value}))]);
        let token = pair.token(&header("RS256"), &claims());
        // A set without any key that can be used is no set.
        assert_eq!(
            status(&service_of(&rule()), &token, &fake),
            expected,
            "{member} {value}"
        );
    }
}

#[test]
fn an_algorithm_that_the_rule_does_not_list_is_refused() {
    let rule = with(rule(), json!({"algorithms": ["RS256", "ES256"]}));
    let fake = issuer();
    assert_eq!(status(&service_of(&rule), &good(), &fake), 401);
    assert!(fake.fetched.borrow().is_empty());
}

#[test]
fn attack_wrong_audience_or_issuer() {
    for changes in [
        json!({"aud": "another"}),
        json!({"aud": null}),
        json!({"aud": "presigner "}),
        json!({"aud": "Presigner"}),
        json!({"iss": "https://evil.example"}),
        json!({"iss": "https://login.example/"}),
        json!({"iss": null}),
        json!({"iss": [ISSUER]}),
    ] {
        refused(&jose::ed25519(1).token(&header("EdDSA"), &claims_with(changes)));
    }
}

#[test]
fn attack_expired_and_not_yet_valid() {
    let later = NOON_SECS + 600;
    for (changes, expected) in [
        (json!({"exp": NOON_SECS - 29}), 302),
        (json!({"exp": NOON_SECS - 30}), 401),
        (json!({"exp": NOON_SECS as f64 + 0.5}), 302),
        (json!({"exp": null}), 401),
        (json!({"exp": "2999-01-01"}), 401),
        (json!({"exp": -1}), 401),
        (json!({"exp": 1e300}), 401),
        (json!({"nbf": NOON_SECS + 30}), 302),
        (json!({"nbf": NOON_SECS + 31}), 401),
        (json!({"nbf": "now"}), 401),
        (json!({"iat": NOON_SECS + 30}), 302),
        (json!({"iat": NOON_SECS + 31, "nbf": NOON_SECS}), 401),
        (json!({"iat": null, "nbf": null, "exp": later}), 302),
    ] {
        let token = jose::ed25519(1).token(&header("EdDSA"), &claims_with(changes.clone()));
        assert_eq!(
            status(&service_of(&rule()), &token, &issuer()),
            expected,
            "{changes}"
        );
    }
}

#[test]
fn attack_a_storm_of_unknown_kids() {
    let (service, fake) = (service_of(&rule()), issuer());
    assert_eq!(status(&service, &good(), &fake), 302);
    for n in 0..100 {
        let header = json!({"alg": "EdDSA", "kid": format!("made up {n}")});
        let token = jose::ed25519(1).token(&header, &claims());
        assert_eq!(status(&service, &token, &fake), 401);
        fake.pass(secs(1));
    }
    // The first fetch, and one more after a minute.
    assert_eq!(fake.fetched.borrow().len(), 4);
    assert_eq!(fake.verifications.get(), 1);
    assert_eq!(status(&service, &good(), &fake), 302);
}

#[test]
fn a_new_key_is_found_a_minute_after_the_last_fetch() {
    let (service, fake) = (service_of(&rule()), issuer());
    assert_eq!(status(&service, &good(), &fake), 302);
    let pair = jose::ed25519(2);
    fake.publishes(&[jose::ed25519(1).jwk("k1"), pair.jwk("k2")]);
    let token = pair.token(&json!({"alg": "EdDSA", "kid": "k2"}), &claims());
    fake.pass(FETCH_GAP - secs(1));
    assert_eq!(status(&service, &token, &fake), 401);
    fake.pass(secs(1));
    assert_eq!(status(&service, &token, &fake), 302);
}

#[test]
fn a_token_without_kid_needs_the_one_key_that_fits() {
    let header = json!({"alg": "EdDSA"});
    let token = jose::ed25519(1).token(&header, &claims());
    let (one, other, rsa) = (jose::ed25519(1), jose::ed25519(2), jose::rsa());
    for (keys, expected) in [
        (vec![one.jwk("k1")], 302),
        (vec![rsa.jwk("k0"), one.jwk("k1")], 302),
        (vec![one.jwk("k1"), other.jwk("k2")], 401),
        (vec![other.jwk("k2")], 401),
    ] {
        let fake = Fake::new();
        fake.publishes(&keys);
        assert_eq!(
            status(&service_of(&rule()), &token, &fake),
            expected,
            "{keys:?}"
        );
    }
}

#[test]
fn a_header_that_says_more_than_is_known_here_is_refused() {
    for (changes, expected) in [
        (json!({"typ": null}), 302),
        (json!({"typ": "at+jwt"}), 302),
        (json!({"typ": "application/AT+JWT"}), 302),
        (json!({"typ": "dpop+jwt"}), 401),
        (json!({"typ": "logout+jwt"}), 401),
        (json!({"typ": 7}), 401),
        (json!({"crit": ["b64"], "b64": false}), 401),
        (json!({"crit": []}), 401),
        (json!({"kid": 1}), 401),
        (
            json!({"jwk": jose::ed25519(9).jwk("k1"), "jku": "https://evil.example"}),
            302,
        ),
    ] {
        let token = jose::ed25519(1).token(&with(header("EdDSA"), changes.clone()), &claims());
        assert_eq!(
            status(&service_of(&rule()), &token, &issuer()),
            expected,
            "{changes}"
        );
    }
    // Signed by the key that the header brings along.
    let own = jose::ed25519(9);
    let brought = with(header("EdDSA"), json!({"jwk": own.jwk("k1")}));
    refused(&own.token(&brought, &claims()));
}

#[test]
fn attack_duplicate_json_members() {
    let pair = jose::ed25519(1);
    let claims = claims().to_string();
    for (header, claims) in [
        (
            r#"{"alg":"EdDSA","kid":"k1"}"#,
            claims.replacen('{', r#"{"aud":"x","#, 1),
        ),
        (
            r#"{"alg":"EdDSA","kid":"k1"}"#,
            claims.replacen('{', r#"{"sub":"eve","#, 1),
        ),
        (r#"{"alg":"none","alg":"EdDSA","kid":"k1"}"#, claims.clone()),
    ] {
        refused(&pair.token_of(header, &claims));
    }
}

#[test]
fn what_is_no_jwt_in_compact_form_is_refused() {
    let good = good();
    let parts: Vec<&str> = good.split('.').collect();
    let (header, payload, signature) = (parts[0], parts[1], parts[2]);
    for token in [
        format!("{header}.{payload}"),
        format!("{good}."),
        format!("{good}.{signature}"),
        format!(".{payload}.{signature}"),
        format!("{header}..{signature}"),
        format!("{header}.{payload}.{signature}=="),
        format!("{header}.{payload}.{signature}\u{7e}"),
        format!("{header}=.{payload}.{signature}"),
        format!("{header}.{payload}.{}", &signature[1..]),
        format!("{}.{payload}.{signature}", b64("[]")),
        format!("{header}.{}.{signature}", b64("7")),
        format!("{header}.{}.{signature}", b64([0xff, 0xfe])),
        format!("{good}, Bearer {good}"),
        format!("{good} {good}"),
    ] {
        refused(&token);
    }
}

#[test]
fn attack_oversize_tokens() {
    let claims = claims_with(json!({"padding": "x".repeat(MAX_JWT_BYTES)}));
    let token = jose::ed25519(1).token(&header("EdDSA"), &claims);
    let (service, fake) = (service_of(&rule()), issuer());
    let response = ready(service.handle(bearing(&token), &fake));
    assert_eq!(response.status(), 431);
    let problem = support::json(&response);
    assert!(
        problem["type"]
            .as_str()
            .unwrap()
            .ends_with(":header-too-long")
    );
    assert!(
        problem["detail"]
            .as_str()
            .unwrap()
            .starts_with("authorization:")
    );
    // As deep as it is long.
    let deep = format!("{}{}", "[".repeat(2900), "]".repeat(2900));
    let claims = claims_with(json!({"deep": 0})).to_string();
    let claims = claims.replace(r#""deep":0"#, &format!(r#""deep":{deep}"#));
    let token = jose::ed25519(1).token_of(&header("EdDSA").to_string(), &claims);
    assert_eq!(status(&service, &token, &fake), 401);
    assert!(fake.fetched.borrow().is_empty());
}

#[test]
fn an_issuer_that_is_down_lets_a_cold_isolate_rest_before_it_asks_again() {
    let (service, fake) = (service_of(&rule()), Fake::new());
    let response = ready(service.handle(bearing(&good()), &fake));
    assert_eq!(response.status(), 503);
    assert_eq!(response.headers()["retry-after"], "5");
    let problem = support::json(&response);
    assert!(
        problem["type"]
            .as_str()
            .unwrap()
            .ends_with(":issuer-unreachable")
    );
    assert!(fake.logged("issuerFailed"));
    // Tried twice.
    assert_eq!(*fake.fetched.borrow(), [DISCOVERY, DISCOVERY]);
    fake.publishes(&[jose::ed25519(1).jwk("k1")]);
    fake.pass(FAILURE_REST - secs(1));
    assert_eq!(status(&service, &good(), &fake), 503);
    assert_eq!(fake.fetched.borrow().len(), 2);
    fake.pass(secs(1));
    assert_eq!(status(&service, &good(), &fake), 302);
}

#[test]
fn an_issuer_that_goes_down_is_served_on_from_its_keys_for_a_bounded_time() {
    let (service, fake) = (service_of(&rule()), issuer());
    let lasting = |n: u32| {
        let changes = json!({"exp": NOON_SECS + 99_999, "jti": n});
        jose::ed25519(1).token(&header("EdDSA"), &claims_with(changes))
    };
    assert_eq!(status(&service, &lasting(0), &fake), 302);
    fake.sites.borrow_mut().clear();
    fake.pass(KEYS_USABLE - secs(1));
    assert_eq!(status(&service, &lasting(1), &fake), 302);
    assert_eq!(status(&service, &lasting(0), &fake), 302, "remembered");
    fake.pass(secs(1));
    assert_eq!(status(&service, &lasting(2), &fake), 503);
    assert_eq!(
        status(&service, &lasting(0), &fake),
        503,
        "remembered no longer"
    );
}

#[test]
fn keys_are_fetched_anew_in_the_background() {
    let (service, fake) = (service_of(&rule()), issuer());
    let token = jose::ed25519(1).token(
        &header("EdDSA"),
        &claims_with(json!({"exp": NOON_SECS + 9000})),
    );
    assert_eq!(status(&service, &token, &fake), 302);
    fake.pass(KEYS_FRESH - secs(1));
    assert_eq!(status(&service, &token, &fake), 302);
    assert_eq!(fake.fetched.borrow().len(), 2);
    fake.pass(secs(1));
    assert_eq!(status(&service, &token, &fake), 302);
    assert_eq!(fake.fetched.borrow().len(), 4);
    assert_eq!(status(&service, &token, &fake), 302);
    assert_eq!(fake.fetched.borrow().len(), 4);
}

#[test]
fn a_discovery_document_that_is_not_the_issuers_own_is_not_believed() {
    let document =
        |issuer: &str, jwks: &str| json!({"issuer": issuer, "jwks_uri": jwks}).to_string();
    for (status_code, text) in [
        (200, document("https://evil.example", JWKS)),
        (200, document("https://login.example/", JWKS)),
        (200, document(ISSUER, "http://keys.example/jwks?v=1")),
        (200, document(ISSUER, "https://user@keys.example/jwks?v=1")),
        (200, document(ISSUER, "file:///etc/passwd")),
        (200, json!({"issuer": ISSUER}).to_string()),
        (200, "<html>".to_owned()),
        (301, document(ISSUER, JWKS)),
        (404, document(ISSUER, JWKS)),
    ] {
        let fake = issuer();
        let site = Ok(answer(status_code, &text));
        fake.sites.borrow_mut().insert(DISCOVERY.to_owned(), site);
        assert_eq!(status(&service_of(&rule()), &good(), &fake), 503, "{text}");
        assert_eq!(*fake.fetched.borrow(), [DISCOVERY]);
    }
}

#[test]
fn keys_that_are_no_set_of_keys_are_not_taken() {
    for site in [
        Ok(answer(200, "{}")),
        Ok(answer(200, r#"{"keys":[]}"#)),
        Ok(answer(200, r#"{"keys":[1]}"#)),
        Ok(answer(200, r#"{"keys":[],"keys":[]}"#)),
        Ok(answer(200, "")),
        Err(Unreachable::AnswerTooLarge),
    ] {
        let fake = issuer();
        fake.sites
            .borrow_mut()
            .insert(JWKS.to_owned(), site.clone());
        assert_eq!(
            status(&service_of(&rule()), &good(), &fake),
            503,
            "{site:?}"
        );
    }
}

#[test]
fn a_token_may_come_in_a_header_of_its_own() {
    let rule = with(rule(), json!({"header": "Cf-Access-Jwt-Assertion"}));
    let service = service_of(&rule);
    let status = |request| ready(service.handle(request, &issuer())).status();
    assert_eq!(status(bearing_in("cf-access-jwt-assertion", &good())), 302);
    assert_eq!(status(bearing(&good())), 401, "and in no other");
    let twice = format!("{0}, {0}", good());
    assert_eq!(status(bearing_in("cf-access-jwt-assertion", &twice)), 401);
    assert_eq!(status(bearing_in("cf-access-jwt-assertion", "")), 401);
}

#[test]
fn the_header_tells_apart_callers_whose_tokens_are_alike() {
    let access = with(rule(), json!({"header": "Cf-Access-Jwt-Assertion"}));
    let callers = json!({"web": {"jwt": rule()}, "staff": {"jwt": access}});
    let (service, fake) = (service_with_callers(&callers), issuer());
    let mut callers = Vec::new();
    for request in [
        bearing(&good()),
        bearing_in("cf-access-jwt-assertion", &good()),
    ] {
        assert_eq!(ready(service.handle(request, &fake)).status(), 302);
        let line = fake.log.borrow().last().unwrap().clone();
        let line: Value = serde_json::from_str(&line).unwrap();
        callers.push(line["caller"].clone());
    }
    assert_eq!(callers, ["web", "staff"]);
}

#[test]
fn a_header_that_no_caller_uses_proves_nothing() {
    let request = bearing_in("cf-access-jwt-assertion", &good());
    let response = ready(service_of(&rule()).handle(request, &issuer()));
    assert_eq!(response.status(), 401);
    let problem = support::json(&response);
    assert!(problem["type"].as_str().unwrap().ends_with(":key-required"));
}

#[test]
fn two_proofs_are_ambiguous_whatever_they_are_worth() {
    let callers = json!({
        "app": {"bearerSha256": [support::KEY_SHA256]},
        "web": {"jwt": with(rule(), json!({"header": "Cf-Access-Jwt-Assertion"}))},
    });
    let service = service_with_callers(&callers);
    for (key, token) in [
        (support::KEY, good()),
        ("wrong", good()),
        (support::KEY, "wrong".to_owned()),
    ] {
        let mut request = bearing(key);
        let value = HeaderValue::from_str(&token).unwrap();
        request
            .headers_mut()
            .insert("cf-access-jwt-assertion", value);
        let response = ready(service.handle(request, &issuer()));
        assert_eq!(response.status(), 400);
        let problem = support::json(&response);
        assert!(
            problem["type"]
                .as_str()
                .unwrap()
                .ends_with(":ambiguous-proof")
        );
    }
    let mut request = bearing(support::KEY);
    let value = HeaderValue::from_str(&format!("Bearer {}", support::KEY)).unwrap();
    request.headers_mut().append("authorization", value);
    assert_eq!(ready(service.handle(request, &issuer())).status(), 400);
}

#[test]
fn one_issuer_can_serve_several_callers_by_audience() {
    let callers = json!({
        "web": {"jwt": {"issuer": ISSUER, "audience": "web"}},
        "app": {"jwt": {"issuer": ISSUER, "audience": "app"}},
    });
    let (service, fake) = (service_with_callers(&callers), issuer());
    for (aud, expected) in [
        (json!("web"), 302),
        (json!("app"), 302),
        (json!(["app", "other"]), 302),
        (json!(["app", "web"]), 401),
    ] {
        let token = jose::ed25519(1).token(&header("EdDSA"), &claims_with(json!({"aud": aud})));
        assert_eq!(status(&service, &token, &fake), expected, "{aud}");
    }
    assert_eq!(fake.fetched.borrow().len(), 2, "fetched once for both");
}

#[test]
fn a_bearer_key_with_dots_is_a_key_beside_tokens_too() {
    let key = "a.b.c";
    let sha256 = "845e30448809e2bc8958eb025bfc795235d13b077a53d0c3abbd2385170dc9b8";
    let callers = json!({"app": {"bearerSha256": [sha256]}, "web": {"jwt": rule()}});
    let service = service_with_callers(&callers);
    assert_eq!(status(&service, key, &issuer()), 302);
    assert_eq!(status(&service, &good(), &issuer()), 302);
    assert_eq!(status(&service, "a.b.d", &issuer()), 401);
}
