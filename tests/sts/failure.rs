//! What a refusal of STS comes down to.

use super::refused;
use crate::support::{answer, noon};
use edge_presigner::sts::{Cause, StsError, failure, response};
use http::StatusCode;
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

#[test]
fn every_refusal_has_one_cause() {
    for (status, code, message, cause) in [
        // Messages are quoted from public reports, unless AWS documents them; codes are those of botocore's model.
        (
            400,
            "ExpiredTokenException",
            "Token expired: current date/time 1624482533 must be before the expiration date/time1624482335",
            Cause::TokenExpired,
        ),
        (
            400,
            "ExpiredTokenException",
            "Token too old: 441398",
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
            "No OpenIDConnect provider found in your account for https://audience.example",
            Cause::NoSuchProvider,
        ),
        (
            400,
            "InvalidIdentityToken",
            "Issuer must be a valid URL",
            Cause::IssuerNotUrl,
        ),
        (
            400,
            "InvalidIdentityToken",
            "OpenIDConnect provider's HTTPS certificate doesn't match configured thumbprint",
            Cause::ThumbprintMismatch,
        ),
        (
            400,
            "InvalidIdentityToken",
            "Couldn't retrieve verification key from your identity provider,  please reference AssumeRoleWithWebIdentity documentation for requirements",
            Cause::IssuerUnreachable,
        ),
        (
            400,
            "InvalidIdentityToken",
            "Missing a required claim: sub",
            Cause::MissingClaim,
        ),
        (
            400,
            "InvalidIdentityToken",
            "Missing a required claim: aud",
            Cause::MissingClaim,
        ),
        (
            400,
            "InvalidIdentityToken",
            "The ID Token provided is not a valid JWT. (You may see this error if you sent an Access Token)",
            Cause::NotAJwt,
        ),
        (
            400,
            "InvalidIdentityToken",
            "Provided Token is not a Login With Amazon token",
            Cause::NotAJwt,
        ),
        (
            400,
            "InvalidIdentityToken",
            "Token issued in the future",
            Cause::TokenPremature,
        ),
        (
            400,
            "InvalidIdentityToken",
            "The web identity token has expired",
            Cause::TokenExpired,
        ),
        (
            400,
            "InvalidIdentityToken",
            "The web identity token provided could not be validated",
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
            "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining.",
            Cause::DurationTooLong,
        ),
        (
            400,
            "ValidationError",
            "1 validation error detected: Value '43201' at 'durationSeconds' failed to satisfy constraint: Member must have value less than or equal to 43200",
            Cause::DurationTooLong,
        ),
        (
            400,
            "ValidationError",
            "1 validation error detected: Value at 'webIdentityToken' failed to satisfy constraint: Member must have length less than or equal to 20000",
            Cause::TokenTooLong,
        ),
        (
            400,
            "ValidationError",
            "Request ARN is invalid",
            Cause::InvalidRequest,
        ),
        (
            400,
            "ValidationError",
            "1 validation error detected: Value '' at 'roleArn' failed to satisfy constraint: Member must have length greater than or equal to 20",
            Cause::InvalidRequest,
        ),
        (400, "MalformedPolicyDocument", "", Cause::MalformedPolicy),
        (400, "PackedPolicyTooLarge", "", Cause::PolicyTooLarge),
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
        let refused = response::read(&refused(status, code, message), noon()).unwrap_err();
        let StsError::Refused(refusal) = refused else {
            panic!("{code}")
        };
        assert_eq!((refusal.cause, refusal.code.as_str()), (cause, code));
        assert_eq!(refusal.request_id.as_deref(), Some("a1b2-c3"));
    }
}

#[test]
fn advice_names_the_claim_that_iam_compares_and_the_setting_that_is_wrong() {
    // https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_iam-condition-keys.html: `aud` maps to the claim
    // `azp`, and to `aud` only where that has no value; `oaud` maps to `aud`.
    for (code, message, expected, not) in [
        (
            "InvalidIdentityToken",
            "Incorrect token audience",
            &["`azp`", "client ids"][..],
            "trust",
        ),
        (
            "AccessDenied",
            "Not authorized",
            &["`azp`", "`oaud`", "`sub`", "trust policy"],
            "AWS_ROLE_ARN",
        ),
        (
            "InvalidIdentityToken",
            "certificate doesn't match configured thumbprint",
            &["thumbprints"],
            "JWKS",
        ),
        (
            "InvalidIdentityToken",
            "The ID Token provided is not a valid JWT.",
            &["ID token"],
            "JWKS",
        ),
        (
            "MalformedPolicyDocument",
            "",
            &["`policy`", "`policyArns`"],
            "large",
        ),
        (
            "PackedPolicyTooLarge",
            "",
            &["too large", "session tags"],
            "valid",
        ),
        (
            "ValidationError",
            "The requested DurationSeconds exceeds",
            &["`roleDurationSeconds`", "MaxSessionDuration"],
            "token",
        ),
    ] {
        let error = response::read(&refused(400, code, message), noon()).unwrap_err();
        let advice = failure::advice(&error);
        for text in expected {
            assert!(advice.contains(text), "{advice}");
        }
        assert!(!advice.contains(not), "{advice}");
    }
}

#[test]
fn an_error_is_read_by_its_place() {
    let (code, message) = ("<Code>AccessDenied</Code>", "<Message>no</Message>");
    for detail in [
        "<Detail><Code>Throttling</Code><Message>yes</Message><RequestId>z</RequestId></Detail>",
        "<Code>Throttling</Code><Message>yes</Message>",
        "<x:Code xmlns:x='urn:x'>Throttling</x:Code><x:Message xmlns:x='urn:x'>yes</x:Message>",
        "<Error><Code>Throttling</Code></Error>",
    ] {
        for error in [
            format!("<Error>{code}{message}{detail}</Error>"),
            format!(
                "<ErrorResponse xmlns='urn:a'><Error>{code}{message}{detail}</Error><RequestId>id-1</RequestId></ErrorResponse>"
            ),
            format!(
                "<s:Error xmlns:s='urn:s'><s:Code>AccessDenied</s:Code><s:Message>no</s:Message>{detail}</s:Error>"
            ),
        ] {
            let error = response::read(&answer(400, &error), noon()).unwrap_err();
            let refusal = error.refusal().unwrap_or_else(|| panic!("{error:?}"));
            assert_eq!(
                (refusal.cause, refusal.message.as_str()),
                (Cause::RoleDenied, "no"),
                "{detail}"
            );
            assert_ne!(refusal.request_id.as_deref(), Some("z"));
        }
    }
    let before =
        "<x:Code xmlns:x='urn:x'>Throttling</x:Code><Detail><Code>Throttling</Code></Detail>";
    let error = format!("<Error>{before}{code}{message}</Error>");
    let error = response::read(&answer(400, &error), noon()).unwrap_err();
    assert_eq!(error.refusal().map(|it| it.cause), Some(Cause::RoleDenied));
    for elsewhere in [
        "<html><Code>AccessDenied</Code></html>",
        "<a><Error><Code>AccessDenied</Code></Error></a>",
    ] {
        let error = response::read(&answer(400, elsewhere), noon()).unwrap_err();
        assert_eq!(error.refusal(), None, "{elsewhere}");
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
