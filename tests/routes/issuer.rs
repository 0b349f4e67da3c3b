//! The documents of the worker as an OIDC issuer: where they are, and what is in them.

use crate::support::answers::problem;
use crate::support::jose::{self, RFC7515_P256, RFC7515_RSA};
use crate::support::{
    self, Fake, KEY_SHA256, json as body_of, ready, request, service_with, with_bearer,
};
use edge_presigner::service::Service;
use http::{Method, Response};
use serde_json::{Value, json};
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

const METADATA: &str = "/.well-known/openid-configuration";
const KEYS: &str = "/.well-known/jwks.json";

fn service(issuer: &str) -> Service {
    let keys = format!("[{RFC7515_P256},{RFC7515_RSA}]");
    service_with(&[("OIDC_ISSUER", issuer), ("OIDC_SIGNING_KEYS", &keys)])
}

fn get(service: &Service, path: &str) -> Response<String> {
    ready(service.handle(request(Method::GET, path, ""), &Fake::new()))
}

#[test]
fn everybody_can_fetch_them_and_keep_them_for_five_minutes() {
    let service = service("https://sign.example.com");
    for path in [METADATA, KEYS] {
        let response = get(&service, path);
        assert_eq!(response.status(), 200);
        assert_eq!(response.headers()["content-type"], "application/json");
        assert_eq!(response.headers()["cache-control"], "public, max-age=300");
        let posted = ready(service.handle(request(Method::POST, path, ""), &Fake::new()));
        assert_eq!(problem(&posted), (405, "method-not-allowed".to_owned()));
        assert_eq!(posted.headers()["allow"], "GET, HEAD");
    }
    let metadata = body_of(&get(&service, METADATA));
    assert_eq!(metadata["issuer"], "https://sign.example.com");
    assert_eq!(
        metadata["jwks_uri"],
        "https://sign.example.com/.well-known/jwks.json"
    );
}

#[test]
fn they_are_below_the_path_of_the_issuer_and_nowhere_else() {
    let service = service("https://sign.example.com/team/oidc");
    for path in [METADATA, KEYS] {
        let below = get(&service, &format!("/team/oidc{path}"));
        assert_eq!(below.status(), 200);
        for elsewhere in [
            path.to_owned(),
            format!("/team{path}"),
            format!("/team/oidc/{path}"),
            format!("/team/oidc{path}/"),
            format!("/Team/oidc{path}"),
        ] {
            let response = get(&service, &elsewhere);
            assert_eq!(
                problem(&response),
                (404, "no-such-route".to_owned()),
                "{elsewhere}"
            );
        }
    }
    assert_eq!(get(&service, "/healthz").status(), 200);
    assert_eq!(get(&service, "/team/oidc/healthz").status(), 404);
}

#[test]
fn there_are_none_without_an_issuer() {
    for path in [METADATA, KEYS] {
        for method in [Method::GET, Method::HEAD, Method::POST] {
            let response = support::answers::handle(request(method, path, ""));
            assert_eq!(problem(&response), (404, "no-such-route".to_owned()));
        }
        let broken = service_with(&[("AWS_REGION", "Frankfurt!")]);
        assert_eq!(
            problem(&get(&broken, path)),
            (500, "misconfigured".to_owned())
        );
    }
}

#[test]
fn the_issuer_is_never_taken_from_the_request() {
    let service = service("https://sign.example.com");
    let mut asked = request(Method::GET, METADATA, "");
    *asked.uri_mut() = format!("https://preview.example.net{METADATA}")
        .parse()
        .unwrap();
    let host = "preview.example.net".parse().unwrap();
    asked.headers_mut().insert("host", host);
    let response = ready(service.handle(asked, &Fake::new()));
    assert!(!response.body().contains("preview"), "{}", response.body());
}

#[test]
fn no_private_member_is_in_them() {
    let service = service("https://sign.example.com");
    for path in [METADATA, KEYS] {
        let text = get(&service, path).into_body();
        for key in [RFC7515_P256, RFC7515_RSA] {
            let key: Value = serde_json::from_str(key).unwrap();
            for name in ["d", "p", "q", "dp", "dq", "qi"] {
                assert!(!text.contains(&format!("\"{name}\"")), "{name}");
                if let Some(number) = key[name].as_str() {
                    assert!(!text.contains(number), "{name}");
                }
            }
        }
    }
}

/// Neither a token of the worker's own, nor any that somebody signed with its key, makes a caller.
#[test]
fn a_token_of_the_own_issuer_is_nobodys() {
    let issuer = "https://sign.example.com";
    let callers = json!({
        "app": {"bearerSha256": [KEY_SHA256]},
        "other": {"jwt": {"issuer": issuer, "audience": "sts.amazonaws.com"}},
        "web": {"jwt": {"issuer": jose::ISSUER, "audience": "sts.amazonaws.com"}},
    });
    let service = service_with(&[
        ("OIDC_ISSUER", issuer),
        ("OIDC_SIGNING_KEYS", RFC7515_P256),
        ("CALLERS", &callers.to_string()),
    ]);
    let fake = Fake::with_issuer();
    fake.token.replace(None);
    let signed = ready(service.handle(support::sign(support::SIGN), &fake));
    assert_eq!(signed.status(), 200, "{}", signed.body());
    let sent = fake.requests.borrow()[0].body().clone();
    let (_, token) = sent.split_once("&WebIdentityToken=").unwrap();
    let token = token.split('&').next().unwrap();
    let asked = with_bearer(request(Method::GET, "/o/avatars/users/x", ""), token);
    let refused = ready(service.handle(asked, &fake));
    assert_eq!(problem(&refused), (401, "unknown-caller".to_owned()));
    assert!(fake.fetched.borrow().is_empty());
}
