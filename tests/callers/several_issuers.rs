//! More than one issuer: none can speak for another, and each is asked where it is.

use crate::support::jose::{self, ISSUER, Pair};
use crate::support::{Fake, NOON_SECS, answer, ready, request, secs, service_with, with_bearer};
use edge_presigner::service::Service;
use http::{HeaderValue, Method, Response};
use serde_json::{Value, json};
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

/// Another one, which ends with a slash, as those of Auth0 do.
const OTHER: &str = "https://other.example/";
const OTHER_JWKS: &str = "https://other.example/jwks";

/// The callers `web` and `shop` with tokens of these two, for the same audience; each has a profile.
fn service() -> Service {
    let profile = |caller: &str| {
        json!({"bucket": "bucket", "keyPrefix": "users/{sub}/", "callers": [caller],
            "operations": ["getObject"], "maxLifetimeSecs": 60})
    };
    let profiles = json!({"web": profile("web"), "shop": profile("shop")});
    let callers = json!({
        "web": {"jwt": {"issuer": ISSUER, "audience": "presigner"}},
        "shop": {"jwt": {"issuer": OTHER, "audience": "presigner"}},
    });
    service_with(&[
        ("CALLERS", &callers.to_string()),
        ("PROFILES", &profiles.to_string()),
    ])
}

/// Both issuers publish a key, and call it the same.
fn platform() -> Fake {
    let fake = Fake::with_issuer();
    let document = json!({"issuer": OTHER, "jwks_uri": OTHER_JWKS});
    let keys = json!({"keys": [jose::ed25519(2).jwk("k1")]});
    let mut sites = fake.sites.borrow_mut();
    let discovery = format!("{OTHER}.well-known/openid-configuration");
    sites.insert(discovery, Ok(answer(200, &document.to_string())));
    sites.insert(OTHER_JWKS.to_owned(), Ok(answer(200, &keys.to_string())));
    drop(sites);
    fake
}

fn token(pair: &Pair, issuer: &str) -> String {
    let claims = json!({"iss": issuer, "aud": "presigner", "sub": "ada", "exp": NOON_SECS + 600});
    pair.token(&json!({"alg": "EdDSA", "kid": "k1"}), &claims)
}

fn asked(service: &Service, fake: &Fake, token: &str, profile: &str) -> Response<String> {
    let path = format!("/o/{profile}/users/ada/a");
    let request = with_bearer(request(Method::GET, &path, ""), token);
    ready(service.handle(request, fake))
}

#[test]
fn attack_an_issuer_that_speaks_for_another() {
    let (service, fake) = (service(), platform());
    let (one, other) = (jose::ed25519(1), jose::ed25519(2));
    for (pair, issuer, profile, expected) in [
        (&one, ISSUER, "web", 302),
        (&other, OTHER, "shop", 302),
        (&one, ISSUER, "shop", 403),
        (&other, OTHER, "web", 403),
        (&other, ISSUER, "web", 401),
        (&one, OTHER, "shop", 401),
        (&one, "https://login.example/", "web", 401),
        (&other, "https://other.example", "shop", 401),
    ] {
        let response = asked(&service, &fake, &token(pair, issuer), profile);
        assert_eq!(response.status(), expected, "{issuer} for {profile}");
    }
}

#[test]
fn the_same_sub_of_two_issuers_is_not_the_same_caller() {
    let limits = [
        ("RATE_LIMIT", r#"{"limit":9,"period":60}"#),
        ("RATE_LIMITER", "bound"),
    ];
    let callers = json!({
        "web": {"jwt": {"issuer": ISSUER, "audience": "presigner"}},
        "shop": {"jwt": {"issuer": OTHER, "audience": "presigner"}},
    });
    let profiles = json!({"web": {"bucket": "bucket", "keyPrefix": "", "callers": ["web", "shop"],
        "operations": ["getObject"], "maxLifetimeSecs": 60}});
    let (callers, profiles) = (callers.to_string(), profiles.to_string());
    let own = [
        ("CALLERS", callers.as_str()),
        ("PROFILES", profiles.as_str()),
    ];
    let (service, fake) = (service_with(&[own, limits].concat()), platform());
    for (seed, issuer) in [(1, ISSUER), (2, OTHER)] {
        let token = token(&jose::ed25519(seed), issuer);
        assert_eq!(asked(&service, &fake, &token, "web").status(), 302);
    }
    let counted = fake.counted.borrow();
    assert_eq!(counted.len(), 2);
    assert_ne!(counted[0], counted[1]);
}

#[test]
fn an_issuer_that_ends_with_a_slash_is_asked_without_a_second_one() {
    let (service, fake) = (service(), platform());
    let token = token(&jose::ed25519(2), OTHER);
    assert_eq!(asked(&service, &fake, &token, "shop").status(), 302);
    let expected = [
        "https://other.example/.well-known/openid-configuration",
        OTHER_JWKS,
    ];
    assert_eq!(*fake.fetched.borrow(), expected);
}

#[test]
fn attack_keys_that_are_somewhere_else() {
    let elsewhere = |status: u16| {
        let keys = json!({"keys": [jose::ed25519(9).jwk("k1")]});
        let mut answer = answer(status, &keys.to_string());
        let location = HeaderValue::from_static("https://evil.example/jwks");
        answer.headers_mut().insert("location", location);
        Ok(answer)
    };
    for status in [204, 301, 302, 303, 307, 308, 404] {
        let fake = platform();
        let mut sites = fake.sites.borrow_mut();
        sites.insert(OTHER_JWKS.to_owned(), elsewhere(status));
        sites.insert("https://evil.example/jwks".to_owned(), elsewhere(200));
        drop(sites);
        let token = token(&jose::ed25519(9), OTHER);
        assert_eq!(asked(&service(), &fake, &token, "shop").status(), 503);
        let fetched = fake.fetched.borrow();
        assert!(!fetched.iter().any(|url| url.contains("evil")), "{status}");
    }
}

#[test]
fn attack_an_answer_in_place_of_keys_takes_none_away() {
    let bad: [Value; 3] = [json!({}), json!({"keys": {}}), json!([])];
    for document in bad {
        let (service, fake) = (service(), platform());
        let good = token(&jose::ed25519(2), OTHER);
        assert_eq!(asked(&service, &fake, &good, "shop").status(), 302);
        let site = Ok(answer(200, &document.to_string()));
        fake.sites.borrow_mut().insert(OTHER_JWKS.to_owned(), site);
        fake.pass(secs(61));
        // A `kid` that is not known makes it fetch.
        let claims =
            json!({"iss": OTHER, "aud": "presigner", "sub": "ada", "exp": NOON_SECS + 600});
        let unknown = jose::ed25519(2).token(&json!({"alg": "EdDSA", "kid": "k2"}), &claims);
        assert_eq!(asked(&service, &fake, &unknown, "shop").status(), 401);
        assert_eq!(fake.fetched.borrow().len(), 4);
        assert_eq!(asked(&service, &fake, &good, "shop").status(), 302);
    }
}

#[test]
fn an_issuer_can_withdraw_all_of_its_keys() {
    for keys in [json!([]), json!([{"kty": "oct", "k": "AAAA", "kid": "k1"}])] {
        let (service, fake) = (service(), platform());
        let good = token(&jose::ed25519(2), OTHER);
        assert_eq!(asked(&service, &fake, &good, "shop").status(), 302);
        let site = Ok(answer(200, &json!({"keys": keys}).to_string()));
        fake.sites.borrow_mut().insert(OTHER_JWKS.to_owned(), site);
        fake.pass(secs(601));
        assert_eq!(asked(&service, &fake, &good, "shop").status(), 401);
    }
}
