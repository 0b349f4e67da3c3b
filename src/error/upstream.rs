//! What a client learns of a service that failed.

use super::{ProblemType, PublicText};
use crate::aws::{Cause as _, Finding};
use crate::multipart::{self, S3Failure};
use crate::platform::Unreachable;
use crate::sts::{Cause, StsFailure};

/// STS grants no session.
pub(super) fn sts_text(failure: &StsFailure) -> PublicText {
    let (problem, detail) = match failure.finding() {
        Finding::Cause(cause) if cause.is_transient() => (
            match cause {
                Cause::Throttled => ProblemType::StsThrottled,
                _ => ProblemType::StsUnavailable,
            },
            cause.advice(),
        ),
        Finding::Cause(cause) => (ProblemType::StsRefused, cause.advice()),
        Finding::Garbled => (
            ProblemType::StsGarbled,
            "the answer is neither a session nor an error: check AWS_ENDPOINT_URL_STS",
        ),
        Finding::Unreachable(Unreachable::AnswerTooLarge) => (
            ProblemType::StsGarbled,
            "the answer is far larger than any of STS: check AWS_ENDPOINT_URL_STS",
        ),
        Finding::Unreachable(Unreachable::TimedOut) => (
            ProblemType::StsUnreachable,
            "no answer came within the time limit",
        ),
        Finding::Unreachable(Unreachable::Network) => (
            ProblemType::StsUnreachable,
            "the connection failed: check AWS_REGION and AWS_ENDPOINT_URL_STS",
        ),
    };
    PublicText {
        problem,
        detail: detail.to_owned(),
    }
}

/// S3 did not do its part.
pub(super) fn s3_text(failure: &S3Failure) -> PublicText {
    let (problem, detail) = match failure.finding() {
        Finding::Cause(cause) => (s3_refusal(cause), cause.advice()),
        Finding::Garbled => (
            ProblemType::S3Garbled,
            "the answer is none of S3: check AWS_ENDPOINT_URL_S3",
        ),
        Finding::Unreachable(Unreachable::AnswerTooLarge) => (
            ProblemType::S3Garbled,
            "the answer is far larger than any of S3: check AWS_ENDPOINT_URL_S3",
        ),
        Finding::Unreachable(Unreachable::TimedOut) => (
            ProblemType::S3Unreachable,
            "no answer came within the time limit; what was asked may still be done, and asking again does \
             no harm",
        ),
        Finding::Unreachable(Unreachable::Network) => (
            ProblemType::S3Unreachable,
            "the connection failed: check the profile's region and AWS_ENDPOINT_URL_S3",
        ),
    };
    PublicText {
        problem,
        detail: detail.to_owned(),
    }
}

fn s3_refusal(cause: multipart::Cause) -> ProblemType {
    use multipart::Cause;
    match cause {
        Cause::UploadUnknown => ProblemType::NoSuchUpload,
        Cause::PreconditionFailed => ProblemType::PreconditionFailed,
        Cause::Conflict => ProblemType::Conflict,
        Cause::PartInvalid
        | Cause::PartTooSmall
        | Cause::TooLarge
        | Cause::ChecksumMismatch
        | Cause::RequestInvalid
        | Cause::NotImplemented => ProblemType::UploadRefused,
        Cause::KmsKey
        | Cause::Denied
        | Cause::BucketUnknown
        | Cause::WrongRegion
        | Cause::SessionNotAccepted
        | Cause::SignatureNotAccepted
        | Cause::Other => ProblemType::S3Refused,
        Cause::Throttled => ProblemType::S3Throttled,
        Cause::ServerFault => ProblemType::S3Unavailable,
    }
}
