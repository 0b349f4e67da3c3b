//! How calls to STS fail: a table from STS's error codes to one cause and one fix each.

use http::StatusCode;

use crate::aws::{self, Cause as _, Diagnosis};
use crate::log::{Level, Record};
use crate::platform::HttpError;

/// Why STS granted no credentials.
pub type StsError = aws::ServiceError<Cause>;

/// The cause of a [refusal][codes].
///
/// [codes]: https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRoleWithWebIdentity.html
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cause {
    /// The token's `exp` has passed for STS.
    TokenExpired,
    /// No identity provider is registered for the token's `iss`.
    NoSuchProvider,
    /// The token's `aud` is not among the provider's client ids.
    AudienceNotRegistered,
    /// STS rejects the token's signature, issuer or format.
    TokenRejected,
    /// The issuer says that the token is not valid, or no longer.
    TokenRejectedByIssuer,
    /// STS could not fetch the issuer's keys.
    IssuerUnreachable,
    /// The role does not exist or its trust policy does not allow the token.
    RoleDenied,
    /// The requested duration exceeds the role's `MaxSessionDuration`.
    DurationTooLong,
    /// Another parameter is invalid.
    InvalidRequest,
    /// The session policy is malformed or too large.
    InvalidPolicy,
    /// STS is not activated in this region for the account.
    RegionDisabled,
    /// Too many calls.
    Throttled,
    /// STS itself failed.
    ServerFault,
    /// A code that this table does not know.
    Other,
}

impl aws::Cause for Cause {
    const THROTTLED: Self = Self::Throttled;
    const SERVER_FAULT: Self = Self::ServerFault;

    fn of(status: StatusCode, code: &str, message: &str) -> Self {
        match code {
            "ExpiredTokenException" | "ExpiredToken" => Self::TokenExpired,
            "InvalidIdentityToken" | "InvalidIdentityTokenException" => {
                Self::of_identity_token(message)
            }
            "IDPRejectedClaim" | "IDPRejectedClaimException" => Self::TokenRejectedByIssuer,
            "IDPCommunicationError" | "IDPCommunicationErrorException" => Self::IssuerUnreachable,
            "AccessDenied" | "AccessDeniedException" => Self::RoleDenied,
            "ValidationError" | "InvalidParameterValue" if message.contains("DurationSeconds") => {
                Self::DurationTooLong
            }
            "ValidationError" | "InvalidParameterValue"
                if message.to_ascii_lowercase().contains("token") =>
            {
                Self::TokenRejected
            }
            "ValidationError" | "InvalidParameterValue" | "MissingParameter" => {
                Self::InvalidRequest
            }
            "MalformedPolicyDocument"
            | "MalformedPolicyDocumentException"
            | "PackedPolicyTooLarge"
            | "PackedPolicyTooLargeException" => Self::InvalidPolicy,
            "RegionDisabledException" => Self::RegionDisabled,
            "Throttling"
            | "ThrottlingException"
            | "RequestLimitExceeded"
            | "TooManyRequestsException"
            | "RequestThrottled" => Self::Throttled,
            _ if status == StatusCode::TOO_MANY_REQUESTS => Self::Throttled,
            _ if status.is_server_error() => Self::ServerFault,
            _ => Self::Other,
        }
    }

    fn is_transient(self) -> bool {
        matches!(
            self,
            Self::IssuerUnreachable | Self::Throttled | Self::ServerFault
        )
    }

    fn advice(self) -> &'static str {
        match self {
            Self::TokenExpired => {
                "STS says that the token has expired: bind a fresh one as AWS_WEB_IDENTITY_TOKEN"
            }
            Self::NoSuchProvider => {
                "no identity provider in the AWS account has the token's `iss`: create an IAM OIDC \
                 provider whose URL is exactly that issuer"
            }
            Self::AudienceNotRegistered => {
                "the token's `aud` is not a client id of the IAM OIDC provider: add it there, or \
                 issue the token for an audience that is listed"
            }
            Self::TokenRejected => {
                "STS rejects the token: check that the issuer named in `iss` signed it, with \
                 a key that its JWKS publishes"
            }
            Self::TokenRejectedByIssuer => {
                "the issuer rejected the token's claims, or the token was revoked: issue a new one"
            }
            Self::IssuerUnreachable => {
                "STS could not fetch the issuer's discovery document or keys: check that both are \
                 public and answer within a few seconds"
            }
            Self::RoleDenied => {
                "the role does not allow the token: check that AWS_ROLE_ARN exists and that its trust \
                 policy allows sts:AssumeRoleWithWebIdentity for the token's `aud` and `sub`"
            }
            Self::DurationTooLong => {
                "AWS_ROLE_DURATION_SECONDS is out of the role's bounds: lower it, or raise the role's \
                 MaxSessionDuration"
            }
            Self::InvalidRequest => {
                "STS rejects a parameter: check AWS_ROLE_ARN and AWS_ROLE_SESSION_NAME"
            }
            Self::InvalidPolicy => "the session policy is malformed or too large: shorten it",
            Self::RegionDisabled => {
                "STS is not activated in AWS_REGION for this account: activate it in the account's \
                 settings, or set AWS_ENDPOINT_URL_STS to a region where it is activated"
            }
            Self::Throttled => "STS is throttling this account: try again later",
            Self::ServerFault => "STS failed on its side: try again later",
            Self::Other => "STS refused for a reason this worker does not know: see awsCode",
        }
    }
}

impl Cause {
    /// One code has four causes; only the message tells them apart.
    fn of_identity_token(message: &str) -> Self {
        let message = message.to_ascii_lowercase();
        if message.contains("retrieve verification key") {
            Self::IssuerUnreachable
        } else if message.contains("no openidconnect provider") {
            Self::NoSuchProvider
        } else if message.contains("audience") {
            Self::AudienceNotRegistered
        } else {
            Self::TokenRejected
        }
    }
}

/// The explanation of `error` for clients and the log.
pub fn advice(error: &StsError) -> &'static str {
    match error.diagnosis() {
        Diagnosis::Cause(cause) => cause.advice(),
        Diagnosis::InvalidResponse => {
            "the answer is neither a session nor an error: check AWS_ENDPOINT_URL_STS"
        }
        Diagnosis::NoResponse(HttpError::BodyTooLarge) => {
            "the answer is far larger than any of STS: check AWS_ENDPOINT_URL_STS"
        }
        Diagnosis::NoResponse(HttpError::Timeout) => "no answer came within the time limit",
        Diagnosis::NoResponse(HttpError::Connection) => {
            "the connection failed: check AWS_REGION and AWS_ENDPOINT_URL_STS"
        }
    }
}

/// The line in the log for an attempt that failed, and whether it is `retried`.
pub fn record(error: &StsError, retried: bool) -> Record {
    let level = if retried { Level::Warn } else { Level::Error };
    Record::new(level, "stsFailed", error.log_detail(advice(error)))
}
