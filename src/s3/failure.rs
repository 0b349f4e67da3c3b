//! How calls to S3 fail, as the table of [causes](super::Cause) has it.

use http::StatusCode;

use super::Cause;
use crate::aws::{self, Cause as _, Diagnosis};
use crate::log::{Level, Record};
use crate::platform::HttpError;
use crate::presign::Operation;

/// Why a call to S3 failed.
pub type S3Error = aws::ServiceError<Cause>;

/// `error` of a step on an upload. Not every server says `NoSuchUpload` when there is none: 404 means that unless it is
/// about the bucket, and so do codes for an unknown upload id.
pub(super) fn on_upload(error: S3Error) -> S3Error {
    match error {
        S3Error::Refused(mut refusal)
            if refusal.cause == Cause::Other && refusal.status == StatusCode::NOT_FOUND
                || refusal.code.eq_ignore_ascii_case("InvalidUploadId") =>
        {
            refusal.cause = Cause::NoSuchUpload;
            S3Error::Refused(refusal)
        }
        error => error,
    }
}

/// `error` of looking at an object. A response to HEAD has no body, and so no code: the status has to do, [which AWS
/// documents][head].
///
/// [head]: https://docs.aws.amazon.com/AmazonS3/latest/API/API_HeadObject.html
pub(super) fn on_head(error: S3Error) -> S3Error {
    let S3Error::InvalidResponse { status } = error else {
        return error;
    };
    let cause = match status {
        StatusCode::MOVED_PERMANENTLY | StatusCode::TEMPORARY_REDIRECT => Cause::WrongRegion,
        StatusCode::BAD_REQUEST => Cause::InvalidRequest,
        StatusCode::FORBIDDEN => Cause::AccessDenied,
        // The second is for a version that marks a deletion.
        StatusCode::NOT_FOUND | StatusCode::METHOD_NOT_ALLOWED => Cause::NoSuchObject,
        StatusCode::PRECONDITION_FAILED => Cause::PreconditionFailed,
        _ => return error,
    };
    S3Error::Unusable { status, cause }
}

/// Whether S3 says that it has done what it was asked for, but without the response that it promises.
pub fn is_odd_success(error: &S3Error) -> bool {
    matches!(error, S3Error::InvalidResponse { status } if status.is_success())
}

/// What S3 means by a [403 for a HEAD][head], which has no body to say more.
///
/// [head]: https://docs.aws.amazon.com/AmazonS3/latest/API/API_HeadObject.html
pub const WITHHELD: &str = "the object does not exist, and the role does not have s3:ListBucket, without which S3 answers 403; \
                            or the role may not read it";

/// The HTTP status of the response; `None` when there was none.
pub fn status(error: &S3Error) -> Option<StatusCode> {
    match error {
        S3Error::Refused(refusal) => Some(refusal.status),
        S3Error::Unusable { status, .. } | S3Error::InvalidResponse { status } => Some(*status),
        S3Error::NoResponse(_) => None,
    }
}

/// The explanation of `error` for clients and the log.
pub fn advice(error: &S3Error) -> &'static str {
    match error.diagnosis() {
        Diagnosis::Cause(cause) => cause.advice(),
        Diagnosis::InvalidResponse => {
            "the answer is not S3's: check the endpoint of S3 (the profile's `endpointUrl`, or \
             AWS_ENDPOINT_URL_S3)"
        }
        Diagnosis::NoResponse(HttpError::BodyTooLarge) => {
            "the answer is far larger than any of S3: check the endpoint of S3 (the profile's \
             `endpointUrl`, or AWS_ENDPOINT_URL_S3)"
        }
        Diagnosis::NoResponse(HttpError::Timeout) => {
            "no answer came within the time limit; the request may still take effect, and it is safe to \
             repeat it"
        }
        Diagnosis::NoResponse(HttpError::Connection) => {
            "the connection failed: check the profile's region, and the endpoint of S3 (the profile's \
             `endpointUrl`, or AWS_ENDPOINT_URL_S3)"
        }
    }
}

/// The line in the log for an attempt of `operation` that failed, and whether it is `retried`.
pub fn record(operation: Operation, error: &S3Error, retried: bool) -> Record {
    let level = match error.diagnosis() {
        _ if retried => Level::Warn,
        Diagnosis::Cause(cause) if cause.is_fixed_by_caller() => Level::Warn,
        Diagnosis::Cause(_) | Diagnosis::InvalidResponse | Diagnosis::NoResponse(_) => Level::Error,
    };
    let is_withheld =
        operation == Operation::HeadObject && status(error) == Some(StatusCode::FORBIDDEN);
    let (advice, cause) = if is_withheld {
        (WITHHELD, Cause::AccessDenied.name())
    } else {
        (advice(error), error.cause_name())
    };
    let detail = error.log_detail(advice);
    let detail = format!("{}: {detail}", operation.name());
    Record::new(level, "s3Failed", detail).with_cause(cause)
}
