//! A marker in every secret: no `Debug`, log line or answer contains one, except where a secret
//! belongs, which is the session token and the signature inside a presigned URL.

use crate::support::{
    self, Fake, SIGN, answer, bindings_with, granted, jwt, noon, ready, request, secs, session,
    sign, with_key,
};
use edge_presigner::config::Config;
use edge_presigner::presign::Signer;
use edge_presigner::secret::Secret;
use edge_presigner::service::Service;
use http::{HeaderValue, Method, header};
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

fn assert_hidden(text: &str, secrets: &[&str]) {
    for secret in secrets {
        assert!(!text.contains(secret), "{secret} in {text}");
    }
}

#[test]
fn debug_shows_no_secret() {
    let session = session(1, noon(), secs(3600));
    let signer = Signer::new(&session.credentials, "eu-central-1", noon());
    // "fedcba9876543210…".
    let link_key = "ZmVkY2JhOTg3NjU0MzIxMGZlZGNiYTk4NzY1NDMyMTA=";
    let bindings = bindings_with(&[("LINK_KEY", link_key)]);
    let config = Config::read(|name| bindings.get(name).cloned()).unwrap();
    let service = Service::new(|name| bindings.get(name).cloned());
    let fake = Fake::new();
    ready(service.handle(sign(SIGN), &fake));
    let shown = format!(
        "{session:?} {signer:?} {config:?} {service:?} {:?}",
        Secret::new("MARKER")
    );
    assert!(
        shown.contains("ASIA1"),
        "the access key id names the session"
    );
    // "0123456789abcdef…" is CACHE_KEY, as bytes and as text.
    let secrets = [
        "secret1",
        "session/token",
        "MARKER",
        "MDEy",
        "0123456789abcdef",
        "48, 49, 50",
        "ZmVkY2Jh",
        "fedcba98",
        "102, 101, 100",
    ];
    assert_hidden(&shown, &secrets);
}

#[test]
fn log_and_problems_show_no_secret_whatever_fails() {
    let token = jwt(
        r#"{"exp":1800000000,"iss":"https://i.example","sub":"s","aud":"a","marker":"MARKERMARKERMARKERMARKERMARKERMARKER"}"#,
    );
    let quoted = format!(
        "<ErrorResponse><Error><Code>InvalidIdentityToken</Code><Message>bad token {token} (part: {})\
         </Message></Error></ErrorResponse>",
        &token[30..90]
    );
    let leaking = granted(1, noon()).into_body();
    for scripted in [
        Some(answer(400, &quoted)),
        Some(answer(200, &leaking)),
        Some(answer(400, &leaking)),
        Some(answer(403, &format!("<Error><Code>{token}</Code></Error>"))),
        Some(answer(500, &quoted)),
        None,
    ] {
        let (service, fake) = (support::service(), Fake::new());
        fake.kv_reads_fail.set(true);
        fake.kv_writes_fail.set(true);
        fake.token.replace(Some(token.clone()));
        let fails = scripted.is_some();
        for _ in 0..3 {
            if let Some(answer) = scripted.clone() {
                fake.will_answer(Ok(answer));
            }
        }
        let response = ready(service.handle(sign(SIGN), &fake));
        let log = fake.log.borrow().join("\n");
        let secrets = [
            token.as_str(),
            &token[30..90],
            "secret1",
            "session/token",
            support::KEY,
        ];
        assert!(!log.is_empty());
        assert_hidden(&log, &secrets);
        if fails {
            assert!(response.status().is_server_error());
            assert_hidden(&format!("{response:?}"), &secrets);
        }
    }
}

#[test]
fn what_sts_repeats_of_the_token_is_in_no_log_however_short_the_piece() {
    let token = jwt(
        r#"{"exp":1800000000,"iss":"https://i.example","sub":"s","aud":"a","marker":"MARKERMARKERMARKERMARKERMARKERMARKER"}"#,
    );
    for piece in [&token[..12], &token[40..48]] {
        let body = format!(
            "<ErrorResponse><Error><Code>InvalidIdentityToken</Code><Message>token {piece}... is \
             malformed</Message></Error><RequestId>{piece}</RequestId></ErrorResponse>"
        );
        let fake = Fake::new();
        fake.token.replace(Some(token.clone()));
        fake.will_answer(Ok(answer(400, &body)));
        let response = ready(support::service().handle(sign(SIGN), &fake));
        let log = fake.log.borrow().join("\n");
        assert!(log.contains("AWS said: [withheld]"), "{log}");
        assert_hidden(&format!("{log} {response:?}"), &[piece]);
    }
}

#[test]
fn a_message_of_aws_is_kept_where_it_cannot_be_a_token() {
    let body = "<Error><Code>AccessDenied</Code><Message>Not authorized to perform \
        sts:AssumeRoleWithWebIdentity</Message></Error>";
    let fake = Fake::new();
    fake.will_answer(Ok(answer(403, body)));
    ready(support::service().handle(sign(SIGN), &fake));
    let log = fake.log.borrow().join("");
    assert!(
        log.contains("Not authorized to perform sts:AssumeRoleWithWebIdentity"),
        "{log}"
    );
}

#[test]
fn an_answer_repeats_no_key_that_was_presented() {
    let service = support::service();
    let mut wrong = request(Method::GET, "/o/avatars/users/x", "");
    let value = HeaderValue::from_static("Bearer MARKER-wrong-key");
    wrong.headers_mut().insert(header::AUTHORIZATION, value);
    let forbidden = with_key(request(Method::GET, "/o/nothing/x", ""));
    for request in [wrong, forbidden] {
        let response = ready(service.handle(request, &Fake::new()));
        assert_hidden(
            &format!("{response:?}"),
            &["MARKER", support::KEY, support::KEY_SHA256],
        );
    }
}

#[test]
fn a_record_in_kv_shows_nothing_of_its_session() {
    let fake = Fake::new();
    ready(support::service().handle(sign(SIGN), &fake));
    let kv = fake.kv.borrow();
    assert_eq!(kv.len(), 1);
    for (key, (record, _)) in kv.iter() {
        let shown = format!("{key} {}", String::from_utf8_lossy(record));
        assert_hidden(
            &shown,
            &["ASIA1", "secret1", "session/token", "accessKeyId"],
        );
    }
}
