//! Recorded answers of STS, whole and in pieces.

use crate::support::{answer, granted, noon, secs};
use edge_presigner::sts::{Cause, StsError, failure, response};
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
    let body = "<?xml version='1.0'?><s:AssumeRoleWithWebIdentityResponse xmlns:s='x'>\
        <s:AssumeRoleWithWebIdentityResult><s:Credentials><s:AccessKeyId>A</s:AccessKeyId>\
        <s:SecretAccessKey>b&amp;&#x63;</s:SecretAccessKey><s:SessionToken><![CDATA[d<e]]></s:SessionToken>\
        <s:Expiration>2026-03-01T13:00:00.123+00:00</s:Expiration></s:Credentials>\
        </s:AssumeRoleWithWebIdentityResult></s:AssumeRoleWithWebIdentityResponse>";
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

#[test]
fn a_session_that_has_ended_or_whose_end_cannot_be_read_is_told_as_that() {
    let of = |expiration: &str| {
        let body = granted(1, noon() + secs(60)).into_body();
        let body = body.replace("2026-03-01T12:01:00Z", expiration);
        response::read(&answer(200, &body), noon())
    };
    assert!(of("2026-03-01T12:01:00Z").is_ok());
    for (expiration, cause, told) in [
        ("2026-03-01T12:00:00Z", Cause::SessionEnded, "clock"),
        ("2014-10-24T23:00:23Z", Cause::SessionEnded, "clock"),
        ("1772366460", Cause::UnreadableExpiration, "RFC 3339"),
        (
            "Sun, 01 Mar 2026 12:01:00 GMT",
            Cause::UnreadableExpiration,
            "RFC 3339",
        ),
        ("", Cause::UnreadableExpiration, "RFC 3339"),
    ] {
        let error = of(expiration).unwrap_err();
        let status = StatusCode::OK;
        assert_eq!(error, StsError::Unusable { status, cause }, "{expiration}");
        let advice = failure::advice(&error);
        assert!(advice.contains(told), "{advice}");
        assert!(
            error
                .log_detail(advice)
                .starts_with("HTTP status 200: the session")
        );
    }
}

#[test]
fn a_session_is_read_from_its_one_place() {
    let whole = granted(1, noon() + secs(3600)).into_body();
    let read = |body: &str| response::read(&answer(200, body), noon());
    let other = "<AccessKeyId>ASIA2</AccessKeyId><SecretAccessKey>x</SecretAccessKey><SessionToken>x</SessionToken>\
        <Expiration>2099-01-01T00:00:00Z</Expiration>";
    for (before, after) in [
        (
            "<Credentials>",
            format!("<Credentials><Other>{other}</Other>"),
        ),
        (
            "</Credentials>",
            format!("<Other>{other}</Other></Credentials>"),
        ),
        ("<Credentials>", format!("{other}<Credentials>")),
        (
            "</Credentials>",
            format!("</Credentials>{other}<Other><Credentials>{other}</Credentials></Other>"),
        ),
        (
            "</Credentials>",
            "<x:AccessKeyId xmlns:x='urn:x'>ASIA2</x:AccessKeyId></Credentials>".to_owned(),
        ),
    ] {
        let session = read(&whole.replace(before, &after)).unwrap();
        assert_eq!(session.credentials.access_key_id, "ASIA1", "{after}");
        assert_eq!(session.expires_at, noon() + secs(3600), "{after}");
    }
    // Which of two is meant is not to be guessed.
    for body in [
        whole.replace(
            "</Credentials>",
            "<AccessKeyId>ASIA2</AccessKeyId></Credentials>",
        ),
        whole.replace(
            "</Credentials>",
            &format!("</Credentials><Credentials>{other}</Credentials>"),
        ),
        whole.replace("AssumeRoleWithWebIdentityResponse", "AssumeRoleResponse"),
        whole.replace("AssumeRoleWithWebIdentityResult", "AssumeRoleResult"),
        format!("<html>{whole}</html>"),
        format!("<Credentials>{other}</Credentials>"),
    ] {
        let status = StatusCode::OK;
        assert_eq!(
            read(&body),
            Err(StsError::InvalidResponse { status }),
            "{body}"
        );
    }
}
