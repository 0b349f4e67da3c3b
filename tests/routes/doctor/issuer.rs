//! The issuer as the worker sees it.

use super::*;
use edge_presigner::platform::HttpError;
use http::header::{CONTENT_TYPE, LOCATION};
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

type Answer = Result<Response<String>, HttpError>;

/// What the doctor says when `url` gives this answer.
fn with_answer(url: &str, answer: Answer) -> Value {
    let fake = world();
    fake.sites.borrow_mut().insert(url.to_owned(), answer);
    examine(&service(), &fake)
}

fn with_header(status: u16, name: http::HeaderName, value: &'static str) -> Response<String> {
    let mut response = answer(status, "{}");
    response
        .headers_mut()
        .insert(name, HeaderValue::from_static(value));
    response
}

/// What can stand between AWS and any document: the answer, what is seen of it, and what the fix names.
fn obstacles() -> Vec<(Answer, &'static str, &'static str)> {
    let mitigated = http::HeaderName::from_static("cf-mitigated");
    let login = "https://team.cloudflareaccess.com/cdn-cgi/access/login/app?kid=1&meta=secret";
    vec![
        (
            Err(HttpError::Connection),
            "the connection failed",
            "public",
        ),
        (Err(HttpError::Timeout), "time limit", "public"),
        (Ok(answer(404, "")), "HTTP status 404", "publish"),
        (Ok(answer(500, "")), "HTTP status 500", "publish"),
        (
            Ok(with_header(301, LOCATION, "https://www.issuer.example/")),
            "redirects to https://www.issuer.example/",
            "this URL itself",
        ),
        (
            Ok(with_header(302, LOCATION, login)),
            "Cloudflare Access",
            "Bypass",
        ),
        (
            Ok(with_header(403, mitigated, "challenge")),
            "HTTP status 403 with a page",
            "Bot Fight Mode",
        ),
        (
            Ok(with_header(200, CONTENT_TYPE, "text/html; charset=UTF-8")),
            "a page in place of JSON",
            "Bot Fight Mode",
        ),
    ]
}

#[test]
fn whatever_stands_before_the_discovery_document_is_told() {
    for (answer, says, fixes) in obstacles() {
        let report = with_answer(DISCOVERY, answer);
        let step = only(&report, "discovery", "failure");
        assert!(
            seen(&step).contains(DISCOVERY) && seen(&step).contains(says),
            "{step}"
        );
        assert!(
            fix(&step).contains(fixes) && !seen(&step).contains("secret"),
            "{step}"
        );
        assert_eq!(super::step(&report, "keys")["status"], "skipped");
    }
}

#[test]
fn whatever_stands_before_the_keys_is_told() {
    for (answer, says, fixes) in obstacles() {
        let step = only(&with_answer(JWKS, answer), "keys", "failure");
        assert!(
            seen(&step).contains(JWKS) && seen(&step).contains(says),
            "{step}"
        );
        assert!(fix(&step).contains(fixes), "{step}");
    }
}

#[test]
fn the_issuer_has_to_be_the_same_to_the_letter() {
    for issuer in [
        "https://issuer.example/",
        "http://issuer.example",
        "https://Issuer.example",
    ] {
        let document = json!({"issuer": issuer, "jwks_uri": JWKS}).to_string();
        let step = only(
            &with_answer(DISCOVERY, Ok(answer(200, &document))),
            "discovery",
            "failure",
        );
        assert!(seen(&step).contains(&format!(
            "`issuer` {issuer}, and the token's `iss` is {ISSUER}"
        )));
        assert!(fix(&step).contains("to the letter"));
    }
    for document in ["", "[]", r#"{"issuer": "https://issuer.example"}"#] {
        only(
            &with_answer(DISCOVERY, Ok(answer(200, document))),
            "discovery",
            "failure",
        );
    }
    // A byte order mark is no fault.
    let document = format!("\u{feff}{}", json!({"issuer": ISSUER, "jwks_uri": JWKS}));
    assert_eq!(
        with_answer(DISCOVERY, Ok(answer(200, &document)))["status"],
        "ok"
    );
}

#[test]
fn the_key_of_the_token_has_to_be_published() {
    for keys in [r#"{"keys": []}"#, r#"{"keys": [{"kid": "k2"}, {}, 1]}"#] {
        let step = only(&with_answer(JWKS, Ok(answer(200, keys))), "keys", "failure");
        assert!(seen(&step).contains("without the token's k1"), "{step}");
    }
    only(&with_answer(JWKS, Ok(answer(200, "{}"))), "keys", "failure");
    let plain = json!({"issuer": ISSUER, "jwks_uri": "http://keys.example/jwks"}).to_string();
    let step = only(
        &with_answer(DISCOVERY, Ok(answer(200, &plain))),
        "keys",
        "failure",
    );
    assert!(seen(&step).contains("not an https URL"));
}
