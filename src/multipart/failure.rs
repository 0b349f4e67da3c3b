//! How calls to S3 fail: a table from S3's error codes to one cause and one fix each.

use http::StatusCode;

use crate::aws::{self, Cause as _, Diagnosis};
use crate::log::{Level, Record};
use crate::platform::HttpError;
use crate::presign::Operation;

/// Why a call to S3 failed.
pub type S3Error = aws::ServiceError<Cause>;

/// The cause of a [refusal][codes].
///
/// [codes]: https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cause {
    /// There is no such upload, or it has ended.
    NoSuchUpload,
    /// A part is missing, out of order, or not what its `ETag` says.
    InvalidPart,
    /// A part other than the last is below 5 MiB.
    PartTooSmall,
    /// The object or a part is larger than S3 accepts.
    TooLarge,
    /// Checksums do not match.
    ChecksumMismatch,
    /// A condition on the existing object is not met.
    PreconditionFailed,
    /// Another request is changing the same object.
    Conflict,
    /// A header or a field is invalid.
    InvalidRequest,
    /// The server does not support the request.
    NotImplemented,
    /// The KMS key cannot be used.
    KmsKey,
    /// The role is not allowed to do that.
    AccessDenied,
    /// There is no such bucket.
    NoSuchBucket,
    /// The bucket is in another region.
    WrongRegion,
    /// S3 rejects the session.
    SessionRejected,
    /// S3 rejects the signature.
    SignatureRejected,
    /// Too many calls.
    Throttled,
    /// S3 itself failed.
    ServerFault,
    /// A code that this table does not know.
    Other,
}

impl aws::Cause for Cause {
    const THROTTLED: Self = Self::Throttled;
    const SERVER_FAULT: Self = Self::ServerFault;

    fn of(status: StatusCode, code: &str, _: &str) -> Self {
        match code {
            "NoSuchUpload" => Self::NoSuchUpload,
            "InvalidPart" | "InvalidPartOrder" | "InvalidPartNumber" => Self::InvalidPart,
            "EntityTooSmall" => Self::PartTooSmall,
            "EntityTooLarge" => Self::TooLarge,
            "BadDigest" | "InvalidDigest" => Self::ChecksumMismatch,
            "PreconditionFailed" => Self::PreconditionFailed,
            "ConditionalRequestConflict" | "OperationAborted" => Self::Conflict,
            "AccessControlListNotSupported"
            | "AmbiguousGrantByEmailAddress"
            | "InvalidArgument"
            | "InvalidEncryptionAlgorithmError"
            | "InvalidRedirectLocation"
            | "InvalidRequest"
            | "InvalidStorageClass"
            | "InvalidTag"
            | "KeyTooLongError"
            | "MalformedACLError"
            | "MalformedXML"
            | "MaxMessageLengthExceeded"
            | "MetadataTooLarge"
            | "RequestHeaderSectionTooLarge"
            | "UnexpectedContent"
            | "UnresolvableGrantByEmailAddress"
            | "UnsupportedArgument" => Self::InvalidRequest,
            "NotImplemented" | "MethodNotAllowed" => Self::NotImplemented,
            "AccessDenied"
            | "AccountProblem"
            | "AllAccessDisabled"
            | "InvalidPayer"
            | "NotSignedUp"
            | "UnauthorizedAccessError" => Self::AccessDenied,
            "InvalidAccessPoint"
            | "InvalidAccessPointAliasError"
            | "InvalidBucketName"
            | "NoSuchAccessPoint"
            | "NoSuchBucket" => Self::NoSuchBucket,
            "AuthorizationHeaderMalformed"
            | "EndpointNotFound"
            | "IllegalLocationConstraintException"
            | "IncorrectEndpoint"
            | "PermanentRedirect"
            | "Redirect"
            | "TemporaryRedirect" => Self::WrongRegion,
            "ExpiredToken"
            | "InvalidAccessKeyId"
            | "InvalidSecurity"
            | "InvalidToken"
            | "TokenRefreshRequired"
            | "UnsupportedSignature" => Self::SessionRejected,
            "InvalidSignature"
            | "MissingAuthenticationToken"
            | "MissingSecurityHeader"
            | "RequestTimeTooSkewed"
            | "SignatureDoesNotMatch"
            | "XAmzContentSHA256Mismatch" => Self::SignatureRejected,
            "BandwidthLimitExceeded"
            | "RequestLimitExceeded"
            | "ServiceUnavailable"
            | "SlowDown"
            | "Throttling"
            | "ThrottlingException"
            | "TooManyRequests" => Self::Throttled,
            "InternalError" | "InternalFailure" | "RequestTimeout" => Self::ServerFault,
            _ if code.starts_with("KMS.") => Self::KmsKey,
            _ if status == StatusCode::TOO_MANY_REQUESTS => Self::Throttled,
            _ if status.is_server_error() => Self::ServerFault,
            _ => Self::Other,
        }
    }

    fn is_transient(self) -> bool {
        matches!(self, Self::Throttled | Self::ServerFault)
    }

    fn advice(self) -> &'static str {
        match self {
            Self::NoSuchUpload => {
                "S3 has no such upload: it was completed or aborted, or a lifecycle rule removed it; \
                 check whether the object exists, or create a new upload"
            }
            Self::InvalidPart => {
                "a part was not uploaded or has another ETag or checksum: list the parts, upload what is \
                 missing, and complete with the ETags that S3 gave, in the order of their numbers"
            }
            Self::PartTooSmall => "a part other than the last is below 5 MiB: upload larger parts",
            Self::TooLarge => {
                "the object or a part is larger than S3 accepts: upload smaller parts"
            }
            Self::ChecksumMismatch => {
                "a checksum does not match what was uploaded: upload the part again, and complete with \
                 the checksums that S3 gave"
            }
            Self::PreconditionFailed => {
                "the condition in if-match or if-none-match is not met: another object exists"
            }
            Self::Conflict => {
                "another request changed the object in the meantime: create a new upload and try again"
            }
            Self::InvalidRequest => {
                "S3 rejects a header or field: see awsCode and AWS's documentation of that code"
            }
            Self::NotImplemented => {
                "the server at the endpoint of S3 does not support the request: leave out \
                 headers that it may not support"
            }
            Self::KmsKey => {
                "the KMS key cannot be used: check that it exists, is enabled, and that the role may use \
                 kms:GenerateDataKey and kms:Decrypt with it"
            }
            Self::AccessDenied => {
                "the role's permissions do not allow this: creating, uploading and completing need \
                 s3:PutObject, aborting needs s3:AbortMultipartUpload, and listing needs \
                 s3:ListMultipartUploadParts"
            }
            Self::NoSuchBucket => "the bucket of the profile does not exist: correct its name",
            Self::WrongRegion => {
                "the bucket is in another region: set `region` in the profile to it"
            }
            Self::SessionRejected => {
                "S3 rejects the session: check that the endpoint of S3 trusts the STS that \
                 granted it, and whether the role's sessions were revoked"
            }
            Self::SignatureRejected => {
                "S3 rejects the signature: check that nothing between the worker and \
                 the endpoint of S3 changes host, path, headers or body"
            }
            Self::Throttled => "S3 is throttling: try again later",
            Self::ServerFault => "S3 failed on its side: try again later",
            Self::Other => "S3 refused for a reason this worker does not know: see awsCode",
        }
    }
}

impl Cause {
    /// Whether the caller, rather than the operator, can fix it.
    pub fn is_fixed_by_caller(self) -> bool {
        match self {
            Self::NoSuchUpload
            | Self::InvalidPart
            | Self::PartTooSmall
            | Self::TooLarge
            | Self::ChecksumMismatch
            | Self::PreconditionFailed
            | Self::Conflict
            | Self::InvalidRequest
            | Self::NotImplemented => true,
            Self::KmsKey
            | Self::AccessDenied
            | Self::NoSuchBucket
            | Self::WrongRegion
            | Self::SessionRejected
            | Self::SignatureRejected
            | Self::Throttled
            | Self::ServerFault
            | Self::Other => false,
        }
    }
}

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

/// Whether S3 says that it has done what it was asked for, but without the response that it promises.
pub fn is_odd_success(error: &S3Error) -> bool {
    matches!(error, S3Error::InvalidResponse { status } if status.is_success())
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
    let refusal = error.refusal();
    let level = if retried || refusal.is_some_and(|it| it.cause.is_fixed_by_caller()) {
        Level::Warn
    } else {
        Level::Error
    };
    let detail = error.log_detail(advice(error));
    Record::new(level, "s3Failed", format!("{}: {detail}", operation.name()))
}
