//! What a client learns of a service that failed.

use http::StatusCode;

use super::PublicText;
use crate::aws::{Cause as _, Finding};
use crate::multipart::{self, S3Failure};
use crate::platform::Unreachable;
use crate::sts::{Cause, StsFailure};

/// STS grants no session.
pub(super) fn sts_text(failure: &StsFailure) -> PublicText {
    let (status, slug, title, detail) = match failure.finding() {
        Finding::Cause(cause) if cause.is_transient() => (
            StatusCode::SERVICE_UNAVAILABLE,
            match cause {
                Cause::Throttled => "sts-throttled",
                _ => "sts-unavailable",
            },
            "STS grants no session just now",
            cause.advice(),
        ),
        Finding::Cause(cause) => (
            StatusCode::BAD_GATEWAY,
            "sts-refused",
            "STS refused the exchange",
            cause.advice(),
        ),
        Finding::Garbled => (
            StatusCode::BAD_GATEWAY,
            "sts-garbled",
            "STS gave an answer that is not one",
            "the answer is neither a session nor an error: check AWS_ENDPOINT_URL_STS",
        ),
        Finding::Unreachable(Unreachable::AnswerTooLarge) => (
            StatusCode::BAD_GATEWAY,
            "sts-garbled",
            "STS gave an answer that is not one",
            "the answer is far larger than any of STS: check AWS_ENDPOINT_URL_STS",
        ),
        Finding::Unreachable(Unreachable::TimedOut) => (
            StatusCode::SERVICE_UNAVAILABLE,
            "sts-unreachable",
            "STS does not answer",
            "no answer came within the time limit",
        ),
        Finding::Unreachable(Unreachable::Network) => (
            StatusCode::SERVICE_UNAVAILABLE,
            "sts-unreachable",
            "STS does not answer",
            "the connection failed: check AWS_REGION and AWS_ENDPOINT_URL_STS",
        ),
    };
    PublicText {
        status,
        slug,
        title,
        detail: detail.to_owned(),
    }
}

/// S3 did not do its part.
pub(super) fn s3_text(failure: &S3Failure) -> PublicText {
    let (status, slug, title, detail) = match failure.finding() {
        Finding::Cause(cause) => {
            let (status, slug, title) = s3_refusal(cause);
            (status, slug, title, cause.advice())
        }
        Finding::Garbled => (
            StatusCode::BAD_GATEWAY,
            "s3-garbled",
            "S3 gave an answer that is not one",
            "the answer is none of S3: check AWS_ENDPOINT_URL_S3",
        ),
        Finding::Unreachable(Unreachable::AnswerTooLarge) => (
            StatusCode::BAD_GATEWAY,
            "s3-garbled",
            "S3 gave an answer that is not one",
            "the answer is far larger than any of S3: check AWS_ENDPOINT_URL_S3",
        ),
        Finding::Unreachable(Unreachable::TimedOut) => (
            StatusCode::SERVICE_UNAVAILABLE,
            "s3-unreachable",
            "S3 does not answer",
            "no answer came within the time limit; what was asked may still be done, and asking again does \
             no harm",
        ),
        Finding::Unreachable(Unreachable::Network) => (
            StatusCode::SERVICE_UNAVAILABLE,
            "s3-unreachable",
            "S3 does not answer",
            "the connection failed: check the profile's region and AWS_ENDPOINT_URL_S3",
        ),
    };
    PublicText {
        status,
        slug,
        title,
        detail: detail.to_owned(),
    }
}

fn s3_refusal(cause: multipart::Cause) -> (StatusCode, &'static str, &'static str) {
    use multipart::Cause;
    match cause {
        Cause::UploadUnknown => (
            StatusCode::NOT_FOUND,
            "no-such-upload",
            "S3 knows no such upload",
        ),
        Cause::PreconditionFailed => (
            StatusCode::PRECONDITION_FAILED,
            "precondition-failed",
            "A condition does not hold",
        ),
        Cause::Conflict => (
            StatusCode::CONFLICT,
            "conflict",
            "Something else happened to the object",
        ),
        Cause::PartInvalid
        | Cause::PartTooSmall
        | Cause::TooLarge
        | Cause::ChecksumMismatch
        | Cause::RequestInvalid
        | Cause::NotImplemented => (
            StatusCode::UNPROCESSABLE_ENTITY,
            "upload-refused",
            "S3 does not take the upload like that",
        ),
        Cause::KmsKey
        | Cause::Denied
        | Cause::BucketUnknown
        | Cause::WrongRegion
        | Cause::SessionNotAccepted
        | Cause::SignatureNotAccepted
        | Cause::Other => (StatusCode::BAD_GATEWAY, "s3-refused", "S3 refused"),
        Cause::Throttled => (
            StatusCode::SERVICE_UNAVAILABLE,
            "s3-throttled",
            "S3 does nothing just now",
        ),
        Cause::ServerFault => (
            StatusCode::SERVICE_UNAVAILABLE,
            "s3-unavailable",
            "S3 does nothing just now",
        ),
    }
}
