//! Every way in which S3 does not do what it was asked, each with one cause and one fix.

use http::StatusCode;

use crate::aws;

/// Why a call to S3 did not succeed.
pub type S3Failure = aws::Failure<Cause>;

/// What a [refusal][codes] comes down to.
///
/// [codes]: https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cause {
    /// There is no such upload, or no longer.
    UploadUnknown,
    /// A part is missing, out of order, or not what its `ETag` says.
    PartInvalid,
    /// A part other than the last is below 5 MiB.
    PartTooSmall,
    /// The object or a part is larger than S3 takes.
    TooLarge,
    /// Checksums do not match.
    ChecksumMismatch,
    /// A condition on the object that is there, or is not, does not hold.
    PreconditionFailed,
    /// Something else is happening to the same object.
    Conflict,
    /// A header or a field is out of bounds.
    RequestInvalid,
    /// The server does not know what is asked of it.
    NotImplemented,
    /// The key of KMS cannot be used.
    KmsKey,
    /// The role may not do that.
    Denied,
    /// There is no such bucket.
    BucketUnknown,
    /// The bucket is in another region.
    WrongRegion,
    /// The session is not accepted.
    SessionNotAccepted,
    /// The signature is not accepted.
    SignatureNotAccepted,
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
            "NoSuchUpload" => Self::UploadUnknown,
            "InvalidPart" | "InvalidPartOrder" | "InvalidPartNumber" => Self::PartInvalid,
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
            | "UnsupportedArgument" => Self::RequestInvalid,
            "NotImplemented" | "MethodNotAllowed" => Self::NotImplemented,
            "AccessDenied"
            | "AccountProblem"
            | "AllAccessDisabled"
            | "InvalidPayer"
            | "NotSignedUp"
            | "UnauthorizedAccessError" => Self::Denied,
            "InvalidAccessPoint"
            | "InvalidAccessPointAliasError"
            | "InvalidBucketName"
            | "NoSuchAccessPoint"
            | "NoSuchBucket" => Self::BucketUnknown,
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
            | "UnsupportedSignature" => Self::SessionNotAccepted,
            "InvalidSignature"
            | "MissingAuthenticationToken"
            | "MissingSecurityHeader"
            | "RequestTimeTooSkewed"
            | "SignatureDoesNotMatch"
            | "XAmzContentSHA256Mismatch" => Self::SignatureNotAccepted,
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
            Self::UploadUnknown => {
                "S3 knows no such upload: it was completed or aborted, or a lifecycle rule removed it; \
                 look whether the object is there, or create a new upload"
            }
            Self::PartInvalid => {
                "a part was not uploaded or has another ETag or checksum: list the parts, upload what is \
                 missing, and complete with the ETags that S3 gave, in the order of their numbers"
            }
            Self::PartTooSmall => "a part other than the last is below 5 MiB: upload larger parts",
            Self::TooLarge => "the object or a part is larger than S3 takes: upload smaller parts",
            Self::ChecksumMismatch => {
                "a checksum does not match what was uploaded: upload the part again, and complete with \
                 the checksums that S3 gave"
            }
            Self::PreconditionFailed => {
                "the condition in if-match or if-none-match does not hold: another object is there"
            }
            Self::Conflict => {
                "another request changed the object meanwhile: create a new upload and try again"
            }
            Self::RequestInvalid => {
                "S3 does not take a header or field like that: see awsCode, and AWS's documentation of \
                 it"
            }
            Self::NotImplemented => {
                "the server behind AWS_ENDPOINT_URL_S3 does not support what was asked: leave out the \
                 headers that it may not know"
            }
            Self::KmsKey => {
                "the KMS key cannot be used: check that it exists, is enabled, and that the role may use \
                 kms:GenerateDataKey and kms:Decrypt with it"
            }
            Self::Denied => {
                "the role's permissions do not allow it: creating, uploading and completing need \
                 s3:PutObject, aborting needs s3:AbortMultipartUpload, and listing needs \
                 s3:ListMultipartUploadParts"
            }
            Self::BucketUnknown => "the bucket of the profile does not exist: correct its name",
            Self::WrongRegion => {
                "the bucket is in another region: set `region` in the profile to it"
            }
            Self::SessionNotAccepted => {
                "S3 does not accept the session: check that AWS_ENDPOINT_URL_S3 trusts the STS that \
                 granted it, and whether the role's sessions were revoked"
            }
            Self::SignatureNotAccepted => {
                "S3 does not accept the signature: check that nothing between the worker and \
                 AWS_ENDPOINT_URL_S3 changes host, path, headers or body"
            }
            Self::Throttled => "S3 is throttling: try again later",
            Self::ServerFault => "S3 failed on its side: try again later",
            Self::Other => "S3 refused for a reason this worker does not know: see awsCode",
        }
    }
}

impl Cause {
    /// Whether the caller can do something about it.
    pub fn is_callers(self) -> bool {
        match self {
            Self::UploadUnknown
            | Self::PartInvalid
            | Self::PartTooSmall
            | Self::TooLarge
            | Self::ChecksumMismatch
            | Self::PreconditionFailed
            | Self::Conflict
            | Self::RequestInvalid
            | Self::NotImplemented => true,
            Self::KmsKey
            | Self::Denied
            | Self::BucketUnknown
            | Self::WrongRegion
            | Self::SessionNotAccepted
            | Self::SignatureNotAccepted
            | Self::Throttled
            | Self::ServerFault
            | Self::Other => false,
        }
    }
}
