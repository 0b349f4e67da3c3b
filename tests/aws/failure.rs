//! What is taken out of an error of AWS before anybody sees it.

use crate::support::answer;
use edge_presigner::aws::ServiceError;
use edge_presigner::sts::StsError;
use http::{HeaderValue, StatusCode};
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

const SECRET: &str = "eyJhbGciOiJSUzI1NiJ9.eyJleHAiOjE3NzJ9.c2lnbmF0dXJl";

/// What becomes of an error of STS with these texts when `SECRET` and `others` are known.
fn withheld(code: &str, message: &str, id: &str, others: &[&str]) -> StsError {
    let body = format!("<Error><Code>{code}</Code><Message>{message}</Message></Error>");
    let mut response = answer(403, &body);
    let id = HeaderValue::from_str(id).unwrap();
    response.headers_mut().insert("x-amzn-requestid", id);
    ServiceError::read(&response).withhold(&[&[SECRET], others].concat())
}

fn message(text: &str) -> String {
    let error = withheld("AccessDenied", text, "id-1", &[]);
    error.refusal().unwrap().message.clone()
}

#[test]
fn a_message_with_eight_characters_of_a_secret_is_withheld() {
    for place in 0..=SECRET.len() - 8 {
        let piece = &SECRET[place..place + 8];
        for text in [
            piece.to_owned(),
            format!("no {piece}"),
            format!("\u{e9}{piece}\u{e9}"),
            format!("the token '{piece}...' is invalid"),
        ] {
            assert_eq!(message(&text), "[withheld]", "{text}");
        }
    }
}

#[test]
fn seven_characters_of_a_secret_are_not_enough_to_withhold_a_message() {
    for place in 0..=SECRET.len() - 7 {
        let text = format!("not {}!", &SECRET[place..place + 7]);
        assert_eq!(message(&text), text);
    }
    for text in ["", "no", "Not authorized to perform sts:AssumeRole"] {
        assert_eq!(message(text), text);
    }
}

#[test]
fn any_of_several_secrets_withholds_a_message_and_an_absent_one_none() {
    let text = "the key FwoGZXIvYXdz is none";
    for (others, expected) in [
        (&["", "FwoGZXIvYXdzEBYaD"][..], "[withheld]"),
        (&["", "short"], text),
        (&[], text),
    ] {
        let error = withheld("AccessDenied", text, "id-1", others);
        assert_eq!(error.refusal().unwrap().message, expected, "{others:?}");
    }
}

#[test]
fn a_request_id_with_a_piece_of_a_secret_is_dropped() {
    for (id, expected) in [
        ("eyJhbGciOi", None),
        ("1-NiJ9-eyJleHAi-2", None),
        ("a1b2-c3", Some("a1b2-c3")),
        ("eyJhbGc", Some("eyJhbGc")),
    ] {
        let error = withheld("AccessDenied", "no", id, &[]);
        let refusal = error.refusal().unwrap();
        assert_eq!(refusal.request_id.as_deref(), expected, "{id}");
        assert_eq!(
            (refusal.code.as_str(), refusal.message.as_str()),
            ("AccessDenied", "no")
        );
    }
}

#[test]
fn a_piece_of_a_secret_is_no_code() {
    // Both could be codes of AWS by their form.
    for (code, is_code) in [("Marker.Marker.Marker", false), ("Marker.", true)] {
        let error = withheld(code, "no", "id-1", &["xMarker.Marker.Markerx"]);
        let invalid = StsError::InvalidResponse {
            status: StatusCode::FORBIDDEN,
        };
        assert_eq!(error != invalid, is_code, "{error:?}");
    }
}
