//! `Authorization: Basic`, whose password is the key or token.

use super::{bearing_in, good, issuer, rule, service_of};
use crate::support::answers::{handle, problem};
use crate::support::{self, Fake, KEY, ready, request, service_with};
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD};
use http::{HeaderValue, Method, Request, header};
use sha2::{Digest, Sha256};
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

fn with_authorization(value: &str) -> Request<String> {
    let mut request = request(Method::GET, "/o/avatars/users/x", "");
    let value = HeaderValue::from_str(value).unwrap();
    request.headers_mut().insert(header::AUTHORIZATION, value);
    request
}

fn basic(credentials: impl AsRef<[u8]>) -> String {
    format!("Basic {}", STANDARD.encode(credentials))
}

#[test]
fn the_password_is_the_key_whoever_the_user() {
    for user in ["", "git", "ada@example.com", "Grüße"] {
        let value = basic(format!("{user}:{KEY}"));
        assert_eq!(handle(with_authorization(&value)).status(), 302, "{user}");
    }
    let encoded = STANDARD_NO_PAD.encode(format!("ab:{KEY}"));
    assert_ne!(encoded.len() % 4, 0);
    for value in [format!("Basic {encoded}"), format!("bAsIc  {encoded}=")] {
        assert_eq!(handle(with_authorization(&value)).status(), 302, "{value}");
    }
}

#[test]
fn the_first_colon_ends_the_user_and_the_password_may_have_others_and_be_of_any_script() {
    for key in ["a:b:c", ":", "schlüssel", " spaces "] {
        let sha256 = hex::encode(Sha256::digest(key));
        let callers =
            format!(r#"{{"app":{{"bearerSha256":["{sha256}"]}},"other":{{"bearerSha256":[]}}}}"#);
        let service = service_with(&[("CALLERS", &callers)]);
        let request = with_authorization(&basic(format!("user:{key}")));
        assert_eq!(
            ready(service.handle(request, &Fake::new())).status(),
            302,
            "{key}"
        );
    }
}

#[test]
fn the_password_may_be_a_token() {
    let token = bearing_in("authorization", &basic(format!("oauth2:{}", good())));
    assert_eq!(
        ready(service_of(&rule()).handle(token, &issuer())).status(),
        302
    );
}

#[test]
fn what_is_no_basic_credential_is_refused_and_both_schemes_are_offered() {
    let mut values = vec![
        "Basic".to_owned(),
        "Basic ".to_owned(),
        format!("Basic {KEY}"),
        format!("Basic user:{KEY}"),
        "Basic !!!!".to_owned(),
        "Basic dXNlcjpw*".to_owned(),
        // Without a colon, without a password, and not UTF-8.
        basic(KEY),
        basic(format!("{KEY}:")),
        basic([b"user:\xff", KEY.as_bytes()].concat()),
        format!("{}, {}", basic(format!(":{KEY}")), basic(format!(":{KEY}"))),
    ];
    let schemes = values.len();
    // Well formed, but wrong.
    values.extend(
        [
            "user:wrong",
            &format!("{KEY}:wrong"),
            &format!("user:{KEY} "),
        ]
        .map(basic),
    );
    values.push(format!("Bearer {}", STANDARD.encode(format!(":{KEY}"))));
    for (index, value) in values.iter().enumerate() {
        let fake = Fake::new();
        let response = ready(support::service().handle(with_authorization(value), &fake));
        assert_eq!(
            problem(&response),
            (401, "unknown-caller".to_owned()),
            "{value}"
        );
        assert_eq!(
            response.headers()["www-authenticate"],
            r#"Bearer realm="edge-presigner", error="invalid_token", Basic realm="edge-presigner", charset="UTF-8""#
        );
        let line = support::answers::lines(&fake).pop().unwrap();
        let detail = if index < schemes {
            "the header holds no key or token"
        } else {
            "the key is not configured"
        };
        assert_eq!(line["detail"], detail, "{value}");
    }
}

#[test]
fn a_basic_credential_beside_another_is_ambiguous() {
    let mut request = with_authorization(&basic(format!("user:{KEY}")));
    let value = HeaderValue::from_str(&format!("Bearer {KEY}")).unwrap();
    request.headers_mut().append(header::AUTHORIZATION, value);
    assert_eq!(
        problem(&handle(request)),
        (400, "ambiguous-proof".to_owned())
    );
}

#[test]
fn only_authorization_has_schemes() {
    let rule = support::with(rule(), serde_json::json!({"header": "X-Token"}));
    let token = bearing_in("x-token", &basic(format!(":{}", good())));
    assert_eq!(
        ready(service_of(&rule).handle(token, &issuer())).status(),
        401
    );
}
