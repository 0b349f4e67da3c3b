//! What a refusal of STS comes down to.

use super::refused;
use crate::support::{answer, noon};
use edge_presigner::sts::{Cause, StsError, response};
use http::StatusCode;
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

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
            Cause::AudienceNotRegistered,
        ),
        (
            400,
            "InvalidIdentityToken",
            "No OpenIDConnect provider found in your account for https://issuer.example",
            Cause::NoSuchProvider,
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
            Cause::TokenRejected,
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
            Cause::InvalidRequest,
        ),
        (400, "MalformedPolicyDocument", "", Cause::InvalidPolicy),
        (400, "PackedPolicyTooLarge", "", Cause::InvalidPolicy),
        (
            400,
            "InvalidParameterValue",
            "invalid web identity token",
            Cause::TokenRejected,
        ),
        (403, "RegionDisabledException", "", Cause::RegionDisabled),
        (400, "Throttling", "Rate exceeded", Cause::Throttled),
        (429, "SlowDown", "", Cause::Throttled),
        (500, "InternalFailure", "", Cause::ServerFault),
        (503, "ServiceUnavailable", "", Cause::ServerFault),
        (400, "SomethingNew", "", Cause::Other),
    ] {
        let failure = response::read(&refused(status, code, message), noon()).unwrap_err();
        let StsError::Refused(refusal) = failure else {
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
    let StsError::Refused(refusal) = failure else {
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
            StsError::InvalidResponse {
                status: StatusCode::BAD_GATEWAY
            }
        );
    }
}
