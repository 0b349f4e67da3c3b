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
    /// The token's `iss` is not a URL.
    IssuerNotUrl,
    /// The token's `azp`, or its `aud` without one, is not among the provider's client ids.
    AudienceNotRegistered,
    /// The certificate of the issuer's server is not one that the provider names.
    ThumbprintMismatch,
    /// The token lacks a claim.
    MissingClaim,
    /// The token is not a JWT of an OIDC issuer.
    NotAJwt,
    /// The token is longer than STS accepts.
    TokenTooLong,
    /// The token's `iat` or `nbf` is in the future for STS.
    TokenPremature,
    /// STS rejects the token for another reason, such as its signature.
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
    /// The session policy is not a policy.
    MalformedPolicy,
    /// Session policies and session tags are too large together.
    PolicyTooLarge,
    /// The session that STS granted had ended when it arrived.
    SessionEnded,
    /// The session that STS granted has no `Expiration` that can be read.
    UnreadableExpiration,
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
            "ValidationError" | "InvalidParameterValue" => Self::of_parameter(message),
            "MissingParameter" => Self::InvalidRequest,
            "MalformedPolicyDocument" | "MalformedPolicyDocumentException" => Self::MalformedPolicy,
            "PackedPolicyTooLarge" | "PackedPolicyTooLargeException" => Self::PolicyTooLarge,
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
            Self::IssuerUnreachable
                | Self::SessionEnded
                | Self::UnreadableExpiration
                | Self::Throttled
                | Self::ServerFault
        )
    }

    fn advice(self) -> &'static str {
        match self {
            Self::TokenExpired => {
                "STS says that the token has expired or is too old: bind a fresh one as \
                 AWS_WEB_IDENTITY_TOKEN"
            }
            Self::NoSuchProvider => {
                "no identity provider in the AWS account has the token's `iss`: create an IAM OIDC \
                 provider whose URL is exactly that issuer"
            }
            Self::AudienceNotRegistered => {
                "the token's audience, which is its `azp` or, without one, its `aud`, is not among the \
                 client ids of the IAM OIDC provider: add it there, or issue the token for one that is"
            }
            Self::IssuerNotUrl => {
                "the token's `iss` is not a URL that STS accepts: configure the issuer with its \
                 https URL, and register exactly that in IAM"
            }
            Self::ThumbprintMismatch => {
                "the certificate of the issuer's server does not match a thumbprint of the IAM OIDC \
                 provider: update its thumbprints, with `aws iam \
                 update-open-id-connect-provider-thumbprint`"
            }
            Self::MissingClaim => {
                "the token lacks a claim that STS requires, such as `sub` or `aud`: have the issuer \
                 add it; the log has what STS said"
            }
            Self::NotAJwt => {
                "STS does not accept this kind of token: bind an ID token of the issuer, or an access \
                 token that is a signed JWT"
            }
            Self::TokenTooLong => {
                "the token is longer than STS accepts: have the issuer leave out claims, such as groups"
            }
            Self::TokenPremature => {
                "the token's `iat` or `nbf` is in the future for STS: correct the clock of the issuer"
            }
            Self::TokenRejected => {
                "STS rejects the token: check that the issuer named in `iss` signed it, by an RS or ES \
                 algorithm, with a key that its JWKS publishes"
            }
            Self::TokenRejectedByIssuer => {
                "the issuer rejected the token's claims, or the token was revoked: issue a new one"
            }
            Self::IssuerUnreachable => {
                "STS could not fetch the issuer's discovery document or keys: check that both are \
                 public and answer within a few seconds"
            }
            Self::RoleDenied => {
                "the role does not allow the token: check that it exists, and that its trust policy \
                 allows sts:AssumeRoleWithWebIdentity for the token's `sub` and audience; the condition \
                 key `aud` is compared with the token's `azp` where it has one, and the key `oaud` \
                 with its `aud`"
            }
            Self::DurationTooLong => {
                "the session would last longer than the role allows: lower AWS_ROLE_DURATION_SECONDS, or \
                 the profile's `roleDurationSeconds`, or raise the role's MaxSessionDuration"
            }
            Self::InvalidRequest => {
                "STS rejects a parameter: check the role's ARN, its session name and the profile's \
                 policies; the log has what STS said"
            }
            Self::MalformedPolicy => {
                "the profile's `policy` or an ARN in its `policyArns` is not a valid policy: correct it; the log \
                 has what STS said"
            }
            Self::PolicyTooLarge => {
                "the profile's `policy` and `policyArns`, and the token's session tags, are too large \
                 together: shorten them"
            }
            Self::SessionEnded => {
                "the session had ended when it arrived: check the clock of what answers as STS, and that \
                 it does not repeat old answers"
            }
            Self::UnreadableExpiration => {
                "the session's `Expiration` is not an instant in RFC 3339: check what answers as STS"
            }
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

/// What STS's messages for `InvalidIdentityToken` have, in small letters. Only they tell its causes apart; the first that
/// matches counts.
const IDENTITY_TOKEN_MESSAGES: [(&str, Cause); 13] = [
    ("retrieve verification key", Cause::IssuerUnreachable),
    ("thumbprint", Cause::ThumbprintMismatch),
    ("no openidconnect provider", Cause::NoSuchProvider),
    ("valid url", Cause::IssuerNotUrl),
    ("audience", Cause::AudienceNotRegistered),
    ("missing a required claim", Cause::MissingClaim),
    ("not a valid jwt", Cause::NotAJwt),
    ("not a login with amazon token", Cause::NotAJwt),
    ("in the future", Cause::TokenPremature),
    ("not yet valid", Cause::TokenPremature),
    ("too old", Cause::TokenExpired),
    ("token expired", Cause::TokenExpired),
    ("token has expired", Cause::TokenExpired),
];

impl Cause {
    fn of_identity_token(message: &str) -> Self {
        let message = message.to_ascii_lowercase();
        let mut known = IDENTITY_TOKEN_MESSAGES.iter();
        known
            .find(|(text, _)| message.contains(text))
            .map_or(Self::TokenRejected, |(_, cause)| *cause)
    }

    /// Of which parameter a message is. STS's own validation names it in quotes.
    fn of_parameter(message: &str) -> Self {
        let message = message.to_ascii_lowercase();
        if message.contains("durationseconds") {
            Self::DurationTooLong
        } else if message.contains("'webidentitytoken'") && message.contains("less than or equal") {
            Self::TokenTooLong
        } else if message.contains("token") {
            Self::TokenRejected
        } else {
            Self::InvalidRequest
        }
    }
}

/// The explanation of `error` for clients and the log.
pub fn advice(error: &StsError) -> &'static str {
    match error.diagnosis() {
        Diagnosis::Cause(cause) => cause.advice(),
        Diagnosis::InvalidResponse => {
            "the answer is neither a session nor an error: check the endpoint of STS (AWS_ENDPOINT_URL_STS \
             or AWS_ENDPOINT_URL)"
        }
        Diagnosis::NoResponse(HttpError::BodyTooLarge) => {
            "the answer is far larger than any of STS: check the endpoint of STS (AWS_ENDPOINT_URL_STS or \
             AWS_ENDPOINT_URL)"
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
