//! Recorded answers of STS, whole and in pieces.

use crate::support::{answer, granted, noon, secs};
use edge_presigner::sts::{StsError, response};
use http::StatusCode;
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

/// The sample answer in AWS's documentation of AssumeRoleWithWebIdentity.
const GRANTED: &str = include_str!("../fixtures/sts/granted.xml");

#[test]
fn the_answer_in_aws_documentation_is_read() {
    let now = noon();
    let session = response::read(&answer(200, GRANTED), now - secs(15 * 365 * 86_400)).unwrap();
    assert_eq!(session.credentials.access_key_id, "ASgeIAIOSFODNN7EXAMPLE");
    assert_eq!(
        session.credentials.secret_access_key.expose(),
        "wJalrXUtnFEMI/K7MDENG/bPxRfiCYzEXAMPLEKEY"
    );
    let token = session.credentials.session_token.unwrap();
    assert_eq!(
        token.expose(),
        "AQoDYXdzEE0a8ANXXXXXXXXNO1ewxE5TijQyp+IEXAMPLE"
    );
    // date -u -d 2014-10-24T23:00:23Z +%s
    let expires_at = std::time::UNIX_EPOCH + secs(1_414_191_623);
    assert_eq!(session.expires_at, expires_at);
}

#[test]
fn elements_are_found_whatever_the_namespace_and_entities_are_resolved() {
    let body = "<?xml version='1.0'?><s:R xmlns:s='x'><s:Credentials><s:AccessKeyId>A</s:AccessKeyId>\
        <s:SecretAccessKey>b&amp;&#x63;</s:SecretAccessKey><s:SessionToken><![CDATA[d<e]]></s:SessionToken>\
        <s:Expiration>2026-03-01T13:00:00.123+00:00</s:Expiration></s:Credentials></s:R>";
    let session = response::read(&answer(200, body), noon()).unwrap();
    assert_eq!(session.credentials.secret_access_key.expose(), "b&c");
    assert_eq!(session.credentials.session_token.unwrap().expose(), "d<e");
    assert_eq!(session.expires_at, noon() + secs(3600));
}

#[test]
fn an_answer_that_is_not_whole_is_no_session() {
    let whole = granted(1, noon() + secs(3600)).into_body();
    assert!(response::read(&answer(200, &whole), noon()).is_ok());
    for cut in 1..whole.len() {
        let part = answer(200, &whole[..cut]);
        assert!(response::read(&part, noon()).is_err(), "cut at {cut}");
    }
    for gone in ["ASIA1", "secret1", "session/token+1=="] {
        let part = answer(200, &whole.replace(gone, ""));
        assert!(response::read(&part, noon()).is_err(), "without {gone}");
    }
    let over = granted(1, noon());
    assert!(response::read(&over, noon()).is_err(), "already expired");
    for garbage in [
        "",
        "{}",
        "<html><body>hello</body></html>",
        "<a><b></a></b>",
        "\u{0}",
    ] {
        let failure = response::read(&answer(200, garbage), noon()).unwrap_err();
        assert_eq!(
            failure,
            StsError::InvalidResponse {
                status: StatusCode::OK
            }
        );
    }
}
