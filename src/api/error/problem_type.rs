//! The types of problems: their HTTP status, their name in the public contract, and their title.

use http::StatusCode;

macro_rules! problem_types {
    ($($name:ident $status:ident $slug:literal $title:literal)*) => {
        /// The type of a problem.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum ProblemType {
            $(#[doc = $title] $name,)*
        }

        impl ProblemType {
            /// All types, by status.
            pub const ALL: &[Self] = &[$(Self::$name),*];

            /// HTTP status.
            pub fn status(self) -> StatusCode {
                match self {
                    $(Self::$name => StatusCode::$status,)*
                }
            }

            /// Last part of the problem's `type`; it never changes.
            pub fn slug(self) -> &'static str {
                match self {
                    $(Self::$name => $slug,)*
                }
            }

            /// The same for all problems of the type.
            pub fn title(self) -> &'static str {
                match self {
                    $(Self::$name => $title,)*
                }
            }
        }
    };
}

problem_types! {
    InvalidRequest BAD_REQUEST "invalid-request" "The request is not valid"
    AmbiguousProof BAD_REQUEST "ambiguous-proof" "The request has more than one credential"
    KeyRequired UNAUTHORIZED "key-required" "A key or token is required"
    UnknownCaller UNAUTHORIZED "unknown-caller" "The key or token is not valid"
    NotAllowed FORBIDDEN "not-allowed" "The caller is not allowed to do this"
    NoLinks FORBIDDEN "no-links" "Links cannot be made for this profile"
    NoReceipts FORBIDDEN "no-receipts" "Receipts are not given for this profile"
    SubjectRequired FORBIDDEN "subject-required" "The token has no subject"
    LinkExpired FORBIDDEN "link-expired" "The link has expired"
    LinkRefused FORBIDDEN "link-refused" "The link is not valid"
    TokenRefused FORBIDDEN "token-refused" "The token is not accepted"
    NoSuchRoute NOT_FOUND "no-such-route" "There is nothing at this path"
    NoSuchUpload NOT_FOUND "no-such-upload" "S3 has no such upload"
    NoSuchObject NOT_FOUND "no-such-object" "S3 has no such object"
    MethodNotAllowed METHOD_NOT_ALLOWED "method-not-allowed" "The path does not support this method"
    Conflict CONFLICT "conflict" "Another request changed the object"
    HandleExpired GONE "handle-expired" "The upload's handle has expired"
    PreconditionFailed PRECONDITION_FAILED "precondition-failed" "A condition is not met"
    BodyTooLarge PAYLOAD_TOO_LARGE "body-too-large" "The body is too large"
    UrlTooLong URI_TOO_LONG "url-too-long" "The URL is too long"
    UploadRefused UNPROCESSABLE_ENTITY "upload-refused" "S3 rejected the upload"
    LifetimeUnavailable UNPROCESSABLE_ENTITY "lifetime-unavailable" "No session lasts that long"
    RateLimited TOO_MANY_REQUESTS "rate-limited" "Too many requests"
    HeaderTooLong REQUEST_HEADER_FIELDS_TOO_LARGE "header-too-long" "A header is too long"
    Misconfigured INTERNAL_SERVER_ERROR "misconfigured" "The worker's configuration is invalid"
    Internal INTERNAL_SERVER_ERROR "internal" "The worker failed"
    CacheKeyRequired NOT_IMPLEMENTED "cache-key-required" "Multipart uploads are switched off"
    StsRefused BAD_GATEWAY "sts-refused" "STS refused the exchange"
    StsGarbled BAD_GATEWAY "sts-garbled" "STS gave an invalid response"
    S3Refused BAD_GATEWAY "s3-refused" "S3 refused the request"
    S3Garbled BAD_GATEWAY "s3-garbled" "S3 gave an invalid response"
    StsThrottled SERVICE_UNAVAILABLE "sts-throttled" "STS is throttling"
    StsUnavailable SERVICE_UNAVAILABLE "sts-unavailable" "STS is unavailable"
    StsUnreachable SERVICE_UNAVAILABLE "sts-unreachable" "STS does not answer"
    S3Throttled SERVICE_UNAVAILABLE "s3-throttled" "S3 is throttling"
    S3Unavailable SERVICE_UNAVAILABLE "s3-unavailable" "S3 is unavailable"
    S3Unreachable SERVICE_UNAVAILABLE "s3-unreachable" "S3 does not answer"
    TokenMissing SERVICE_UNAVAILABLE "token-missing" "There is no OIDC token"
    TokenUnreadable SERVICE_UNAVAILABLE "token-unreadable" "The OIDC token cannot be read"
    TokenMalformed SERVICE_UNAVAILABLE "token-malformed" "The OIDC token is malformed"
    TokenExpired SERVICE_UNAVAILABLE "token-expired" "The OIDC token has expired"
    TokenNotStored SERVICE_UNAVAILABLE "token-not-stored" "The token could not be kept"
    IssuerUnreachable SERVICE_UNAVAILABLE "issuer-unreachable" "The token cannot be verified"
}
