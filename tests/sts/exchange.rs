//! The exact call, recorded answers, and which failures are tried again.

use crate::support;
use crate::support::{Fake, answer, bindings_with, granted, jwt, noon, ready, secs, token};
use edge_presigner::aws::retry::MAX_ATTEMPTS;
use edge_presigner::config::{Config, Provider};
use edge_presigner::credentials::Session;
use edge_presigner::credentials::token::TokenFault;
use edge_presigner::error::Error;
use edge_presigner::platform::Unreachable;
use edge_presigner::sts::{self, Cause, StsFailure, response};
use http::{Method, Response, StatusCode};
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

/// The sample answer in AWS's documentation of AssumeRoleWithWebIdentity.
const GRANTED: &str = include_str!("../fixtures/sts/granted.xml");
const EXPIRED_TOKEN: &str = include_str!("../fixtures/sts/expired_token.xml");

fn config_with(changes: &[(&str, &str)]) -> Config {
    let bindings = bindings_with(changes);
    Config::read(|name| bindings.get(name).cloned()).unwrap()
}

/// Trades the token for a session of the first role.
async fn exchange(config: &Config, fake: &Fake) -> Result<Session, Error> {
    let Provider::Role(role) = &config.providers[0] else {
        panic!("{config:?}")
    };
    sts::exchange(config, role, fake).await
}

fn refused(status: u16, code: &str, message: &str) -> Response<String> {
    let body = format!(
        "<ErrorResponse><Error><Type>Sender</Type><Code>{code}</Code><Message>{message}</Message>\
         </Error><RequestId>a1b2-c3</RequestId></ErrorResponse>"
    );
    answer(status, &body)
}

#[test]
fn the_call_is_a_form_with_the_token_in_its_body() {
    let fake = Fake::new();
    let token = token(secs(60));
    fake.token.replace(Some(format!(" {token}\n")));
    let config = config_with(&[
        ("AWS_ROLE_SESSION_NAME", "a=b,c"),
        ("AWS_ROLE_DURATION_SECONDS", "7200"),
    ]);
    ready(exchange(&config, &fake)).unwrap();
    let requests = fake.requests.borrow();
    let [request] = requests.as_slice() else {
        panic!()
    };
    assert_eq!(request.method(), Method::POST);
    assert_eq!(request.uri(), "https://sts.eu-central-1.amazonaws.com/");
    assert_eq!(request.headers().len(), 1);
    assert_eq!(
        request.headers()["content-type"],
        "application/x-www-form-urlencoded"
    );
    assert_eq!(
        *request.body(),
        format!(
            "Action=AssumeRoleWithWebIdentity&Version=2011-06-15\
             &RoleArn=arn%3Aaws%3Aiam%3A%3A123456789012%3Arole%2Fpresigner\
             &RoleSessionName=a%3Db%2Cc&DurationSeconds=7200&WebIdentityToken={token}"
        )
    );
}

#[test]
fn the_endpoint_for_sts_comes_before_the_one_for_both_services() {
    for (changes, url) in [
        (
            vec![("AWS_ENDPOINT_URL", "http://127.0.0.1:1")],
            "http://127.0.0.1:1/",
        ),
        (
            vec![
                ("AWS_ENDPOINT_URL", "http://127.0.0.1:1"),
                ("AWS_ENDPOINT_URL_STS", "https://sts.example.com/path/"),
            ],
            "https://sts.example.com/path/",
        ),
        (
            vec![("AWS_REGION", "cn-north-1")],
            "https://sts.cn-north-1.amazonaws.com.cn/",
        ),
    ] {
        let fake = Fake::new();
        ready(exchange(&config_with(&changes), &fake)).unwrap();
        assert_eq!(fake.requests.borrow()[0].uri(), url);
    }
}

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
            StsFailure::Garbled {
                status: StatusCode::OK
            }
        );
    }
}

#[test]
fn every_refusal_has_one_cause() {
    for (status, code, message, cause) in [
        (
            400,
            "ExpiredTokenException",
            "Token expired",
            Cause::TokenExpired,
        ),
        (
            400,
            "InvalidIdentityToken",
            "Incorrect token audience",
            Cause::AudienceUnknown,
        ),
        (
            400,
            "InvalidIdentityToken",
            "No OpenIDConnect provider found in your account for https://issuer.example",
            Cause::ProviderUnknown,
        ),
        (
            400,
            "InvalidIdentityToken",
            "Couldn't retrieve verification key from your identity provider",
            Cause::IssuerUnreachable,
        ),
        (
            400,
            "InvalidIdentityToken",
            "The ID Token provided is not a valid JWT",
            Cause::TokenNotAccepted,
        ),
        (400, "IDPCommunicationError", "", Cause::IssuerUnreachable),
        (403, "IDPRejectedClaim", "", Cause::TokenRejectedByIssuer),
        (
            403,
            "AccessDenied",
            "Not authorized to perform sts:AssumeRoleWithWebIdentity",
            Cause::RoleDenied,
        ),
        (
            400,
            "ValidationError",
            "The requested DurationSeconds exceeds the MaxSessionDuration set for this role.",
            Cause::DurationTooLong,
        ),
        (
            400,
            "ValidationError",
            "1 validation error detected",
            Cause::RequestInvalid,
        ),
        (400, "MalformedPolicyDocument", "", Cause::PolicyInvalid),
        (400, "PackedPolicyTooLarge", "", Cause::PolicyInvalid),
        (
            400,
            "InvalidParameterValue",
            "invalid web identity token",
            Cause::TokenNotAccepted,
        ),
        (403, "RegionDisabledException", "", Cause::RegionDisabled),
        (400, "Throttling", "Rate exceeded", Cause::Throttled),
        (429, "SlowDown", "", Cause::Throttled),
        (500, "InternalFailure", "", Cause::ServerFault),
        (503, "ServiceUnavailable", "", Cause::ServerFault),
        (400, "SomethingNew", "", Cause::Other),
    ] {
        let failure = response::read(&refused(status, code, message), noon()).unwrap_err();
        let StsFailure::Refused(refusal) = failure else {
            panic!("{code}")
        };
        assert_eq!((refusal.cause, refusal.code.as_str()), (cause, code));
        assert_eq!(refusal.request_id.as_deref(), Some("a1b2-c3"));
    }
}

#[test]
fn a_bare_error_element_is_a_refusal_too() {
    let body = "<Error><Code>AccessDenied</Code><Message/></Error>";
    let failure = response::read(&answer(403, body), noon()).unwrap_err();
    let StsFailure::Refused(refusal) = failure else {
        panic!()
    };
    assert_eq!(
        (refusal.cause, refusal.request_id),
        (Cause::RoleDenied, None)
    );
}

#[test]
fn an_error_answer_without_a_code_of_aws_is_garbled() {
    for body in [
        "",
        "<html/>",
        "<Error><Code>a b</Code></Error>",
        "<Error><Code></Code></Error>",
        "<Error><Code>eyJhbGciOiJSUzI1NiIsImtpZCI6</Code></Error>",
        "<Error><Code>JhbGciOiJSUzI1NiIsImtpZCI6NDI</Code></Error>",
    ] {
        let failure = response::read(&answer(502, body), noon()).unwrap_err();
        assert_eq!(
            failure,
            StsFailure::Garbled {
                status: StatusCode::BAD_GATEWAY
            }
        );
    }
}

#[test]
fn passing_failures_are_tried_again_with_a_pause() {
    for passing in [
        Err(Unreachable::TimedOut),
        Err(Unreachable::Network),
        Ok(refused(500, "InternalFailure", "")),
        Ok(refused(400, "Throttling", "")),
        Ok(refused(400, "IDPCommunicationError", "")),
        Ok(answer(502, "<html>bad gateway</html>")),
    ] {
        let fake = Fake::new();
        fake.will_answer(passing.clone());
        fake.will_answer(passing);
        ready(exchange(&config_with(&[]), &fake)).unwrap();
        assert_eq!(fake.sts_calls(), 3);
        let pauses = fake.pauses.borrow();
        let log = fake.log.borrow().join("\n");
        assert!(
            !log.contains(r#""level":"error""#),
            "nothing failed for good: {log}"
        );
        let [first, second] = pauses.as_slice() else {
            panic!()
        };
        assert!((100..=200).contains(&first.as_millis()), "{first:?}");
        assert!((200..=400).contains(&second.as_millis()), "{second:?}");
    }
}

#[test]
fn the_number_of_calls_is_bounded() {
    let fake = Fake::new();
    for _ in 0..10 {
        fake.will_answer(Err(Unreachable::TimedOut));
    }
    let failed = ready(exchange(&config_with(&[]), &fake)).unwrap_err();
    assert_eq!(
        failed,
        Error::Sts(StsFailure::Unreachable(Unreachable::TimedOut))
    );
    assert_eq!(fake.sts_calls(), MAX_ATTEMPTS as usize);
}

#[test]
fn a_refusal_is_never_tried_again() {
    for final_answer in [
        refused(403, "AccessDenied", "Not authorized"),
        refused(400, "InvalidIdentityToken", "Incorrect token audience"),
        refused(400, "SomethingNew", ""),
        answer(404, "<html/>"),
    ] {
        let fake = Fake::new();
        fake.will_answer(Ok(final_answer));
        assert!(ready(exchange(&config_with(&[]), &fake)).is_err());
        assert_eq!(fake.sts_calls(), 1);
    }
}

#[test]
fn a_token_that_sts_calls_expired_is_read_once_more() {
    let fake = Fake::new();
    fake.will_answer(Ok(answer(400, EXPIRED_TOKEN)));
    assert!(
        ready(exchange(&config_with(&[]), &fake)).is_err(),
        "the same token again"
    );
    assert_eq!(fake.sts_calls(), 1);

    let fake = Fake::new();
    fake.will_answer(Ok(answer(400, EXPIRED_TOKEN)));
    fake.token_after_first_call.replace(Some(token(secs(120))));
    ready(exchange(&config_with(&[]), &fake)).unwrap();
    assert_eq!(fake.sts_calls(), 2);
    assert!(
        fake.requests.borrow()[1]
            .body()
            .ends_with(&token(secs(120)))
    );
}

#[test]
fn a_token_that_cannot_work_is_told_before_sts_is_asked() {
    for (bound, fault) in [
        (None, TokenFault::Missing),
        (Some(" \n".to_owned()), TokenFault::Missing),
        (Some("not a jwt".to_owned()), TokenFault::Malformed),
        (Some("a.b".to_owned()), TokenFault::Malformed),
        (Some("a.!!.c".to_owned()), TokenFault::Malformed),
        (Some(jwt("[]")), TokenFault::Malformed),
        (Some(jwt(r#"{"sub":"x"}"#)), TokenFault::Malformed),
        (Some(jwt(r#"{"exp":"tomorrow"}"#)), TokenFault::Malformed),
        (Some(jwt(r#"{"exp":-1}"#)), TokenFault::Malformed),
        (Some(jwt(r#"{"exp":1e300}"#)), TokenFault::Malformed),
        (
            Some(format!("{}.d", token(secs(60)))),
            TokenFault::Malformed,
        ),
        (
            Some(token(secs(0))),
            TokenFault::Expired { expired_at: noon() },
        ),
    ] {
        let fake = Fake::new();
        fake.token.replace(bound.clone());
        let failed = ready(exchange(&config_with(&[]), &fake)).unwrap_err();
        assert_eq!(failed, Error::Token(fault), "{bound:?}");
        assert_eq!(fake.sts_calls(), 0);
        assert!(fake.logged("tokenUnfit"));
    }
}

#[test]
fn an_expiry_with_fractions_is_a_numeric_date_too() {
    let fake = Fake::new();
    fake.token.replace(Some(jwt(&format!(
        r#"{{"exp":{}.5}}"#,
        support::NOON_SECS + 1
    ))));
    assert!(ready(exchange(&config_with(&[]), &fake)).is_ok());
}
