//! The table of [refusals][codes]: what S3 says, the one cause of it, and the fix.
//!
//! [codes]: https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html

use http::StatusCode;

use crate::aws;

aws::causes! {
    /// There is no such upload, or it has ended.
    NoSuchUpload "no-such-upload" ["NoSuchUpload"] [] ""
    "S3 has no such upload: it was completed or aborted, or a lifecycle rule removed it; check whether the object \
     exists, or create a new upload"

    /// There is no such object.
    NoSuchObject "no-such-object" [] [] "HTTP status 404 for a look at an object, or 405 for a version that marks a deletion"
    "S3 has no such object: it was not uploaded yet, was deleted, or has another key"

    /// A part is missing, out of order, or not what its `ETag` says.
    InvalidPart "invalid-part" ["InvalidPart" "InvalidPartOrder" "InvalidPartNumber"] [] ""
    "a part was not uploaded or has another ETag or checksum: list the parts, upload what is missing, and complete \
     with the ETags that S3 gave, in the order of their numbers"

    /// A part other than the last is below 5 MiB.
    PartTooSmall "part-too-small" ["EntityTooSmall"] [] ""
    "a part other than the last is below 5 MiB: upload larger parts"

    /// The object or a part is larger than S3 accepts.
    TooLarge "too-large" ["EntityTooLarge"] [] ""
    "the object or a part is larger than S3 accepts: upload smaller parts"

    /// Checksums do not match.
    ChecksumMismatch "checksum-mismatch" ["BadDigest" "InvalidDigest"] [] ""
    "a checksum does not match what was uploaded: upload the part again, and complete with the checksums that S3 \
     gave"

    /// A condition on the existing object is not met.
    PreconditionFailed "precondition-failed" ["PreconditionFailed"] [] ""
    "the condition in if-match or if-none-match is not met: another object exists"

    /// Another request is changing the same object.
    Conflict "conflict" ["ConditionalRequestConflict" "OperationAborted"] [] ""
    "another request changed the object in the meantime: create a new upload and try again"

    /// A header or a field is invalid.
    InvalidRequest "invalid-request"
    ["AccessControlListNotSupported" "AmbiguousGrantByEmailAddress" "InvalidArgument"
     "InvalidEncryptionAlgorithmError" "InvalidRedirectLocation" "InvalidRequest" "InvalidStorageClass"
     "InvalidTag" "KeyTooLongError" "MalformedACLError" "MalformedXML" "MaxMessageLengthExceeded"
     "MetadataTooLarge" "RequestHeaderSectionTooLarge" "UnexpectedContent" "UnresolvableGrantByEmailAddress"
     "UnsupportedArgument"] [] ""
    "S3 rejects a header or field: see awsCode and AWS's documentation of that code"

    /// The server does not support the request.
    NotImplemented "not-implemented" ["NotImplemented" "MethodNotAllowed"] [] ""
    "the server at the endpoint of S3 does not support the request: leave out headers that it may not support"

    /// The KMS key cannot be used.
    KmsKey "kms-key" [] [] "A code that begins with `KMS.`"
    "the KMS key cannot be used: check that it exists, is enabled, and that the role may use kms:GenerateDataKey and \
     kms:Decrypt with it"

    /// The role is not allowed to do that.
    AccessDenied "access-denied"
    ["AccessDenied" "AccountProblem" "AllAccessDisabled" "InvalidPayer" "NotSignedUp" "UnauthorizedAccessError"] [] ""
    "the role's permissions do not allow this: creating, uploading and completing need s3:PutObject, aborting needs \
     s3:AbortMultipartUpload, listing needs s3:ListMultipartUploadParts, and looking at an object needs s3:GetObject; \
     an object that does not exist looks the same to a role without s3:ListBucket"

    /// There is no such bucket.
    NoSuchBucket "no-such-bucket"
    ["InvalidAccessPoint" "InvalidAccessPointAliasError" "InvalidBucketName" "NoSuchAccessPoint" "NoSuchBucket"] [] ""
    "the bucket of the profile does not exist: correct its name"

    /// The bucket is in another region.
    WrongRegion "wrong-region"
    ["AuthorizationHeaderMalformed" "EndpointNotFound" "IllegalLocationConstraintException" "IncorrectEndpoint"
     "PermanentRedirect" "Redirect" "TemporaryRedirect"] [] ""
    "the bucket is in another region: set `region` in the profile to it"

    /// S3 rejects the session.
    SessionRejected "session-rejected"
    ["ExpiredToken" "InvalidAccessKeyId" "InvalidSecurity" "InvalidToken" "TokenRefreshRequired"
     "UnsupportedSignature"] [] ""
    "S3 rejects the session: check that the endpoint of S3 trusts the STS that granted it, and whether the role's \
     sessions were revoked"

    /// The clocks of the worker and of S3 differ.
    ClockSkewed "clock-skewed" ["RequestTimeTooSkewed"] [] ""
    "the clocks of the worker and of S3 differ by more than 15 minutes: correct the clock of the machine that is wrong"

    /// S3 rejects the signature.
    SignatureRejected "signature-rejected"
    ["InvalidSignature" "MissingAuthenticationToken" "MissingSecurityHeader" "SignatureDoesNotMatch"
     "XAmzContentSHA256Mismatch"] [] ""
    "S3 rejects the signature: check that nothing between the worker and the endpoint of S3 changes host, path, \
     headers or body"

    /// Too many calls.
    Throttled "throttled"
    ["BandwidthLimitExceeded" "RequestLimitExceeded" "ServiceUnavailable" "SlowDown" "Throttling"
     "ThrottlingException" "TooManyRequests"] [] "HTTP status 429"
    "S3 is throttling: try again later"

    /// S3 itself failed.
    ServerFault "server-fault" ["InternalError" "InternalFailure" "RequestTimeout"] [] "HTTP status 5xx with any other code, or without one"
    "S3 failed on its side: try again later"

    /// A code that this table does not know.
    Other "other" [] [] "Any other code"
    "S3 refused for a reason this worker does not know: see awsCode"
}

impl aws::Cause for Cause {
    const THROTTLED: Self = Self::Throttled;
    const SERVER_FAULT: Self = Self::ServerFault;

    fn of(status: StatusCode, code: &str, _: &str) -> Self {
        Self::of_code(code).unwrap_or(match status {
            _ if code.starts_with("KMS.") => Self::KmsKey,
            StatusCode::TOO_MANY_REQUESTS => Self::Throttled,
            status if status.is_server_error() => Self::ServerFault,
            _ => Self::Other,
        })
    }

    fn is_transient(self) -> bool {
        matches!(self, Self::Throttled | Self::ServerFault)
    }

    fn name(self) -> &'static str {
        self.row().0
    }

    fn advice(self) -> &'static str {
        self.row().1
    }
}

impl Cause {
    /// Whether the caller, rather than the operator, can fix it.
    pub fn is_fixed_by_caller(self) -> bool {
        match self {
            Self::NoSuchUpload
            | Self::NoSuchObject
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
            | Self::ClockSkewed
            | Self::SignatureRejected
            | Self::Throttled
            | Self::ServerFault
            | Self::Other => false,
        }
    }
}
