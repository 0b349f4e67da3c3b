//! Answers: which scripts may read them.

use super::{APP, SHOP, cors, from, handle, header, preflight, profiles, service};
use crate::support::jose::ISSUER;
use crate::support::{self, Fake, KEY, ready, request, service_with, with_bearer, with_key};
use edge_presigner::api::RequestError;
use http::Method;
use serde_json::json;
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

#[test]
fn an_answer_is_readable_for_the_origins_of_its_profile_only() {
    for (origin, path, readable) in [
        (APP, "/o/avatars/users/a", true),
        (SHOP, "/o/avatars/users/a", false),
        (SHOP, "/o/public/public/a", true),
        (APP, "/o/public/public/a", false),
    ] {
        let response = handle(from(origin, with_key(request(Method::GET, path, ""))));
        assert_eq!(response.status(), 302);
        let allowed = header(&response, "access-control-allow-origin");
        assert_eq!(allowed, readable.then_some(origin), "{origin} {path}");
        assert_eq!(header(&response, "vary"), Some("Origin"));
        if readable {
            let exposed = header(&response, "access-control-expose-headers").unwrap();
            for name in [
                "X-Request-Id",
                "Retry-After",
                "RateLimit-Policy",
                "Server-Timing",
            ] {
                assert!(exposed.contains(name), "{name}");
            }
        }
    }
}

#[test]
fn a_refusal_is_readable_and_looks_the_same_for_profiles_that_do_not_exist() {
    let asked = |path, bearer: Option<&str>| {
        let mut request = from(SHOP, request(Method::GET, path, ""));
        if let Some(bearer) = bearer {
            request = with_bearer(request, bearer);
        }
        handle(request)
    };
    for bearer in [None, Some("wrong"), Some(KEY)] {
        let existing = asked("/o/others/x", bearer);
        assert!(existing.status().is_client_error());
        assert_eq!(header(&existing, "access-control-allow-origin"), Some(SHOP));
        let missing = asked("/o/no-such-profile/x", bearer);
        assert_eq!(cors(&existing), cors(&missing));
        assert_eq!(existing.body(), missing.body());
    }
}

#[test]
fn without_an_origin_nothing_is_allowed_but_what_is_kept_varies() {
    let response = handle(with_key(request(Method::GET, "/o/avatars/users/a", "")));
    assert_eq!(cors(&response), [("vary".to_owned(), "Origin".to_owned())]);
}

#[test]
fn every_answer_varies_by_origin() {
    let put = from(
        APP,
        with_key(request(Method::PUT, "/o/avatars/users/a", "")),
    );
    for (request, status) in [
        (request(Method::GET, "/healthz", ""), 200),
        (request(Method::GET, "/readyz", ""), 200),
        (
            with_key(request(Method::GET, "/o/avatars/users/a", "")),
            302,
        ),
        (put, 307),
        (request(Method::GET, "/o/avatars/users/a", ""), 401),
        (with_key(request(Method::GET, "/o/no-such/a", "")), 403),
        (request(Method::GET, "/c/x/o/avatars/users/a", ""), 403),
        (request(Method::GET, "/nowhere", ""), 404),
        (request(Method::GET, "/v1/sign", ""), 405),
        (request(Method::OPTIONS, "/v1/sign", ""), 405),
        (preflight(APP, "POST", "/v1/sign"), 204),
        (preflight("https://evil.example", "POST", "/v1/sign"), 204),
        (with_key(request(Method::POST, "/v1/sign", "{")), 400),
    ] {
        let what = format!("{} {}", request.method(), request.uri());
        let fake = Fake::new();
        let service = service();
        // So that /readyz has something to tell.
        ready(service.handle(
            with_key(self::request(Method::GET, "/o/avatars/users/a", "")),
            &fake,
        ));
        let response = ready(service.handle(request, &fake));
        assert_eq!(response.status(), status, "{what}");
        assert_eq!(header(&response, "vary"), Some("Origin"), "{what}");
    }
}

#[test]
fn the_refusal_of_a_request_that_could_not_be_read_is_for_the_same_scripts() {
    for (origin, allowed) in [(APP, Some(APP)), ("https://evil.example", None)] {
        let asked = from(origin, request(Method::POST, "/v1/sign", ""));
        let refused = service().refuse(
            RequestError::InvalidUrl.into(),
            asked.headers(),
            &Fake::new(),
        );
        assert_eq!(header(&refused, "access-control-allow-origin"), allowed);
        assert_eq!(header(&refused, "vary"), Some("Origin"));
    }
}

#[test]
fn a_redirect_that_browsers_keep_varies_by_all_that_decides_it() {
    let mut profiles = profiles();
    profiles["avatars"]["windowSecs"] = json!(60);
    let service = service_with(&[("PROFILES", &profiles.to_string())]);
    let asked = from(
        APP,
        with_key(request(Method::GET, "/o/avatars/users/a", "")),
    );
    let response = ready(service.handle(asked, &Fake::new()));
    assert!(
        header(&response, "cache-control")
            .unwrap()
            .starts_with("private, max-age=")
    );
    assert_eq!(
        header(&response, "vary"),
        Some("accept, authorization, Origin")
    );
    let callers = json!({"app": {"bearerSha256": [support::KEY_SHA256]}, "other": {"bearerSha256": []},
        "web": {"jwt": {"issuer": ISSUER, "audience": "web", "header": "Cf-Access-Jwt-Assertion"}}});
    let service = service_with(&[
        ("PROFILES", &profiles.to_string()),
        ("CALLERS", &callers.to_string()),
    ]);
    let asked = with_key(request(Method::GET, "/o/avatars/users/a", ""));
    let response = ready(service.handle(asked, &Fake::new()));
    assert_eq!(
        header(&response, "vary"),
        Some("accept, authorization, cf-access-jwt-assertion, cookie, Origin"),
        "Cloudflare Access knows browsers by a cookie"
    );
}

#[test]
fn a_wildcard_lets_every_origin_read_and_none_with_credentials() {
    let mut profiles = profiles();
    profiles["public"]["corsOrigins"] = json!(["*"]);
    let callers = json!({"app": {"bearerSha256": [support::KEY_SHA256]},
        "web": {"jwt": {"issuer": ISSUER, "audience": "web", "header": "Cf-Access-Jwt-Assertion"}},
        "other": {"bearerSha256": []}});
    let service = service_with(&[
        ("PROFILES", &profiles.to_string()),
        ("CALLERS", &callers.to_string()),
    ]);
    let asked = |origin, path| {
        ready(service.handle(from(origin, request(Method::GET, path, "")), &Fake::new()))
    };
    // `null` is what sandboxed pages and files say, whoever made them.
    for origin in ["https://any.example", "null"] {
        let response = asked(origin, "/o/public/public/a");
        assert_eq!(header(&response, "access-control-allow-origin"), Some("*"));
        assert_eq!(header(&response, "access-control-allow-credentials"), None);
    }
    // A proxy may prove who asks from a cookie: origins that are named may rely on that.
    let response = ready(service.handle(preflight(APP, "POST", "/v1/sign"), &Fake::new()));
    assert_eq!(header(&response, "access-control-allow-origin"), Some(APP));
    assert_eq!(
        header(&response, "access-control-allow-credentials"),
        Some("true")
    );
    let allowed = header(&response, "access-control-allow-headers").unwrap();
    assert!(allowed.ends_with("cf-access-jwt-assertion"), "{allowed}");
}
