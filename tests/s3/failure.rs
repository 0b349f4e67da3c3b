//! What a refusal of S3 comes down to.

use crate::support::answer;
use edge_presigner::aws::{Cause as _, S3_REQUEST_ID};
use edge_presigner::presign::Operation;
use edge_presigner::s3::Cause;
use edge_presigner::s3::response;
use http::{HeaderValue, Response};
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

fn refused(status: u16, code: &str) -> Response<String> {
    let body = format!("<Error><Code>{code}</Code><Message>m</Message></Error>");
    let mut response = answer(status, &body);
    let id = HeaderValue::from_static("S3ID");
    response.headers_mut().insert(S3_REQUEST_ID, id);
    response
}

#[test]
fn every_refusal_has_one_cause() {
    for (status, code, cause) in [
        (404, "NoSuchUpload", Cause::NoSuchUpload),
        (400, "InvalidPart", Cause::InvalidPart),
        (400, "InvalidPartOrder", Cause::InvalidPart),
        (400, "EntityTooSmall", Cause::PartTooSmall),
        (400, "EntityTooLarge", Cause::TooLarge),
        (400, "BadDigest", Cause::ChecksumMismatch),
        (412, "PreconditionFailed", Cause::PreconditionFailed),
        (409, "ConditionalRequestConflict", Cause::Conflict),
        (409, "OperationAborted", Cause::Conflict),
        (400, "InvalidArgument", Cause::InvalidRequest),
        (400, "InvalidRequest", Cause::InvalidRequest),
        (501, "NotImplemented", Cause::NotImplemented),
        (400, "KMS.DisabledException", Cause::KmsKey),
        (403, "AccessDenied", Cause::AccessDenied),
        (404, "NoSuchBucket", Cause::NoSuchBucket),
        (301, "PermanentRedirect", Cause::WrongRegion),
        (307, "TemporaryRedirect", Cause::WrongRegion),
        (400, "AuthorizationHeaderMalformed", Cause::WrongRegion),
        (403, "InvalidAccessKeyId", Cause::SessionRejected),
        (400, "ExpiredToken", Cause::SessionRejected),
        (400, "InvalidToken", Cause::SessionRejected),
        (403, "SignatureDoesNotMatch", Cause::SignatureRejected),
        (403, "RequestTimeTooSkewed", Cause::ClockSkewed),
        (400, "XAmzContentSHA256Mismatch", Cause::SignatureRejected),
        (400, "UnsupportedSignature", Cause::SessionRejected),
        (400, "IncorrectEndpoint", Cause::WrongRegion),
        (307, "Redirect", Cause::WrongRegion),
        (404, "NoSuchAccessPoint", Cause::NoSuchBucket),
        (403, "InvalidPayer", Cause::AccessDenied),
        (400, "MalformedACLError", Cause::InvalidRequest),
        (400, "InvalidRedirectLocation", Cause::InvalidRequest),
        (503, "SlowDown", Cause::Throttled),
        (503, "ServiceUnavailable", Cause::Throttled),
        (400, "RequestTimeout", Cause::ServerFault),
        (429, "SomethingNew", Cause::Throttled),
        (500, "InternalError", Cause::ServerFault),
        (200, "InternalError", Cause::ServerFault),
        (502, "SomethingNew", Cause::ServerFault),
        (400, "SomethingNew", Cause::Other),
    ] {
        let failure = response::check(Operation::ListParts, &refused(status, code)).unwrap_err();
        let refusal = failure.refusal().unwrap();
        assert_eq!((refusal.cause, refusal.code.as_str()), (cause, code));
        assert_eq!(refusal.request_id.as_deref(), Some("S3ID"));
        assert!(cause.advice().len() > 20);
        // What passes is nothing that the caller could mend.
        assert!(!(cause.is_transient() && cause.is_fixed_by_caller()));
    }
}
