//! The types of problems.

use http::StatusCode;

macro_rules! problem_types {
    ($($name:ident $status:ident $slug:literal $title:literal)*) => {
        /// Which kind of failure a problem is.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum ProblemType {
            $(#[doc = $title] $name,)*
        }

        impl ProblemType {
            /// All there are, by status.
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
    AmbiguousProof BAD_REQUEST "ambiguous-proof" "There is more than one proof of who asks"
    KeyRequired UNAUTHORIZED "key-required" "A key or token is needed"
    UnknownCaller UNAUTHORIZED "unknown-caller" "The key or token is not known"
    NotAllowed FORBIDDEN "not-allowed" "The caller may not have this URL"
    NoLinks FORBIDDEN "no-links" "There are no links to this profile"
    SubjectRequired FORBIDDEN "subject-required" "The token does not say whose it is"
    LinkExpired FORBIDDEN "link-expired" "The link has expired"
    LinkRefused FORBIDDEN "link-refused" "The link is not good"
    NoSuchRoute NOT_FOUND "no-such-route" "There is nothing at this path"
    NoSuchUpload NOT_FOUND "no-such-upload" "S3 knows no such upload"
    MethodNotAllowed METHOD_NOT_ALLOWED "method-not-allowed" "This path has other methods"
    Conflict CONFLICT "conflict" "Something else happened to the object"
    HandleExpired GONE "handle-expired" "The time for this upload is up"
    PreconditionFailed PRECONDITION_FAILED "precondition-failed" "A condition does not hold"
    BodyTooLarge PAYLOAD_TOO_LARGE "body-too-large" "The body is too large"
    UrlTooLong URI_TOO_LONG "url-too-long" "The URL is too long"
    UploadRefused UNPROCESSABLE_ENTITY "upload-refused" "S3 does not take the upload like that"
    LifetimeUnavailable UNPROCESSABLE_ENTITY "lifetime-unavailable" "No session lasts that long"
    RateLimited TOO_MANY_REQUESTS "rate-limited" "There were too many requests"
    HeaderTooLong REQUEST_HEADER_FIELDS_TOO_LARGE "header-too-long" "A header is too long"
    Misconfigured INTERNAL_SERVER_ERROR "misconfigured" "The worker's configuration is refused"
    Internal INTERNAL_SERVER_ERROR "internal" "The worker failed"
    CacheKeyRequired NOT_IMPLEMENTED "cache-key-required" "Uploads in parts are switched off"
    StsRefused BAD_GATEWAY "sts-refused" "STS refused the exchange"
    StsGarbled BAD_GATEWAY "sts-garbled" "STS gave an answer that is not one"
    S3Refused BAD_GATEWAY "s3-refused" "S3 refused"
    S3Garbled BAD_GATEWAY "s3-garbled" "S3 gave an answer that is not one"
    StsThrottled SERVICE_UNAVAILABLE "sts-throttled" "STS grants no session just now"
    StsUnavailable SERVICE_UNAVAILABLE "sts-unavailable" "STS grants no session just now"
    StsUnreachable SERVICE_UNAVAILABLE "sts-unreachable" "STS does not answer"
    S3Throttled SERVICE_UNAVAILABLE "s3-throttled" "S3 does nothing just now"
    S3Unavailable SERVICE_UNAVAILABLE "s3-unavailable" "S3 does nothing just now"
    S3Unreachable SERVICE_UNAVAILABLE "s3-unreachable" "S3 does not answer"
    TokenMissing SERVICE_UNAVAILABLE "token-missing" "No OIDC token is bound"
    TokenMalformed SERVICE_UNAVAILABLE "token-malformed" "The OIDC token cannot be read"
    TokenExpired SERVICE_UNAVAILABLE "token-expired" "The OIDC token has expired"
    IssuerUnreachable SERVICE_UNAVAILABLE "issuer-unreachable" "The token cannot be verified"
}
