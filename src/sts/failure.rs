//! Every way in which STS does not grant a session, each with one cause and one fix.

use http::StatusCode;

use crate::aws;

/// Why there is no session.
pub type StsFailure = aws::Failure<Cause>;

/// What a [refusal][codes] comes down to.
///
/// [codes]: https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRoleWithWebIdentity.html
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cause {
    /// The token's `exp` has passed for STS.
    TokenExpired,
    /// No identity provider is registered for the token's `iss`.
    ProviderUnknown,
    /// The token's `aud` is not among the provider's client ids.
    AudienceUnknown,
    /// Signature, issuer or form of the token is not accepted.
    TokenNotAccepted,
    /// The issuer says that the token is not, or no longer, good.
    TokenRejectedByIssuer,
    /// STS could not fetch the issuer's keys.
    IssuerUnreachable,
    /// The role does not exist or its trust policy does not admit the token.
    RoleDenied,
    /// More seconds were asked for than the role's `MaxSessionDuration`.
    DurationTooLong,
    /// Any other parameter out of bounds.
    RequestInvalid,
    /// The session policy is malformed or too large.
    PolicyInvalid,
    /// STS is switched off in this region for the account.
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
                Self::TokenNotAccepted
            }
            "ValidationError" | "InvalidParameterValue" | "MissingParameter" => {
                Self::RequestInvalid
            }
            "MalformedPolicyDocument"
            | "MalformedPolicyDocumentException"
            | "PackedPolicyTooLarge"
            | "PackedPolicyTooLargeException" => Self::PolicyInvalid,
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
            Self::ProviderUnknown => {
                "no identity provider in the AWS account has the token's `iss`: create an IAM OIDC \
                 provider whose URL is exactly that issuer"
            }
            Self::AudienceUnknown => {
                "the token's `aud` is not a client id of the IAM OIDC provider: add it there, or \
                 issue the token for an audience that is listed"
            }
            Self::TokenNotAccepted => {
                "STS does not accept the token: check that the issuer named in `iss` signed it, with \
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
                "the role does not admit the token: check that AWS_ROLE_ARN exists and that its trust \
                 policy allows sts:AssumeRoleWithWebIdentity for the token's `aud` and `sub`"
            }
            Self::DurationTooLong => {
                "AWS_ROLE_DURATION_SECONDS is out of the role's bounds: lower it, or raise the role's \
                 MaxSessionDuration"
            }
            Self::RequestInvalid => {
                "STS found a parameter out of bounds: check AWS_ROLE_ARN and AWS_ROLE_SESSION_NAME"
            }
            Self::PolicyInvalid => "the session policy is malformed or too large: shorten it",
            Self::RegionDisabled => {
                "STS is switched off in AWS_REGION for this account: activate it in the account's \
                 settings, or set AWS_ENDPOINT_URL_STS to a region where it is on"
            }
            Self::Throttled => "STS is throttling this account: try again later",
            Self::ServerFault => "STS failed on its side: try again later",
            Self::Other => "STS refused for a reason this worker does not know: see awsCode",
        }
    }
}

impl Cause {
    /// One code, four different things to mend: only the message tells them apart.
    fn of_identity_token(message: &str) -> Self {
        let message = message.to_ascii_lowercase();
        if message.contains("retrieve verification key") {
            Self::IssuerUnreachable
        } else if message.contains("no openidconnect provider") {
            Self::ProviderUnknown
        } else if message.contains("audience") {
            Self::AudienceUnknown
        } else {
            Self::TokenNotAccepted
        }
    }
}
