//! The table of [refusals][codes]: what STS says, the one cause of it, and the fix.
//!
//! [codes]: https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRoleWithWebIdentity.html

use http::StatusCode;

use crate::aws;

aws::causes! {
    /// STS could not fetch the issuer's keys.
    IssuerUnreachable "issuer-unreachable"
    ["IDPCommunicationError" "IDPCommunicationErrorException"] ["retrieve verification key"] ""
    "STS could not fetch the issuer's discovery document or keys: check that both are public and answer within a few \
     seconds"

    /// The certificate of the issuer's server is not one that the provider names.
    ThumbprintMismatch "thumbprint-mismatch" [] ["thumbprint"] ""
    "the certificate of the issuer's server does not match a thumbprint of the IAM OIDC provider: update its \
     thumbprints, with `aws iam update-open-id-connect-provider-thumbprint`"

    /// No identity provider is registered for the token's `iss`.
    NoSuchProvider "no-such-provider" [] ["no openidconnect provider"] ""
    "no identity provider in the AWS account has the token's `iss`: create an IAM OIDC provider whose URL is exactly \
     that issuer"

    /// The token's `iss` is not a URL.
    IssuerNotUrl "issuer-not-url" [] ["valid url"] ""
    "the token's `iss` is not a URL that STS accepts: configure the issuer with its https URL, and register exactly \
     that in IAM"

    /// The token's `azp`, or its `aud` without one, is not among the provider's client ids.
    AudienceNotRegistered "audience-not-registered" [] ["audience"] ""
    "the token's audience, which is its `azp` or, without one, its `aud`, is not among the client ids of the IAM OIDC \
     provider: add it there, or issue the token for one that is"

    /// The token lacks a claim.
    MissingClaim "missing-claim" [] ["missing a required claim"] ""
    "the token lacks a claim that STS requires, such as `sub` or `aud`: have the issuer add it; the log has what STS \
     said"

    /// The token is not a JWT of an OIDC issuer.
    NotAJwt "not-a-jwt" [] ["not a valid jwt" "not a login with amazon token"] ""
    "STS does not accept this kind of token: bind an ID token of the issuer, or an access token that is a signed JWT"

    /// The token's `iat` or `nbf` is in the future for STS.
    TokenPremature "token-premature" [] ["in the future" "not yet valid"] ""
    "the token's `iat` or `nbf` is in the future for STS: correct the clock of the issuer"

    /// The token's `exp` has passed for STS.
    TokenExpired "token-expired"
    ["ExpiredTokenException" "ExpiredToken"] ["too old" "token expired" "token has expired"] ""
    "STS says that the token has expired or is too old: bind a fresh one as AWS_WEB_IDENTITY_TOKEN"

    /// STS rejects the token for another reason, such as its signature.
    TokenRejected "token-rejected"
    [] [] "`InvalidIdentityToken` with another message; `ValidationError` about the token"
    "STS rejects the token: check that the issuer named in `iss` signed it, by an RS or ES algorithm, with a key that \
     its JWKS publishes"

    /// The issuer says that the token is not valid, or no longer.
    TokenRejectedByIssuer "token-rejected-by-issuer" ["IDPRejectedClaim" "IDPRejectedClaimException"] [] ""
    "the issuer rejected the token's claims, or the token was revoked: issue a new one"

    /// The role does not exist or its trust policy does not allow the token.
    RoleDenied "role-denied" ["AccessDenied" "AccessDeniedException"] [] ""
    "the role does not allow the token: check that it exists, and that its trust policy allows \
     sts:AssumeRoleWithWebIdentity for the token's `sub` and audience; the condition key `aud` is compared with the \
     token's `azp` where it has one, and the key `oaud` with its `aud`"

    /// The role may not narrow its sessions.
    ScopingDenied "scoping-denied" [] [] "`AccessDenied` with a message about `GetScopedCredentials`"
    "the role may not narrow its sessions: allow it sts:GetScopedCredentials, as `npm run check -- --iam` prints it"

    /// The session would last longer than the one that it is made from.
    SessionTooShort "session-too-short" ["InsufficientSessionLifetime"] [] ""
    "the session ends sooner than the narrowed one was to: try again"

    /// The session that is narrowed is not valid.
    SessionRevoked "session-revoked" ["InvalidSubjectCredentials" "InvalidClientTokenId"] [] ""
    "STS does not accept the session that is to be narrowed: see whether the role's sessions were revoked"

    /// The requested duration exceeds the role's `MaxSessionDuration`.
    DurationTooLong "duration-too-long" [] [] "`ValidationError` about `DurationSeconds`"
    "the session would last longer than the role allows: lower AWS_ROLE_DURATION_SECONDS, or the profile's \
     `roleDurationSeconds`, or raise the role's MaxSessionDuration"

    /// The token is longer than STS accepts.
    TokenTooLong "token-too-long" [] [] "`ValidationError` about the length of `webIdentityToken`"
    "the token is longer than STS accepts: have the issuer leave out claims, such as groups"

    /// Another parameter is invalid.
    InvalidRequest "invalid-request" ["MissingParameter"] [] "`ValidationError` about anything else"
    "STS rejects a parameter: check the role's ARN, its session name and the profile's policies; the log has what STS \
     said"

    /// The session policy is not a policy.
    MalformedPolicy "malformed-policy" ["MalformedPolicyDocument" "MalformedPolicyDocumentException"] [] ""
    "the profile's `policy` or an ARN in its `policyArns` is not a valid policy: correct it; the log has what STS said"

    /// Session policies and session tags are too large together.
    PolicyTooLarge "policy-too-large" ["PackedPolicyTooLarge" "PackedPolicyTooLargeException"] [] ""
    "the profile's `policy` and `policyArns`, and the token's session tags, are too large together: shorten them"

    /// The session that STS granted had ended when it arrived.
    SessionEnded "session-ended" [] [] "A session whose `Expiration` has passed"
    "the session had ended when it arrived: check the clock of what answers as STS, and that it does not repeat old \
     answers"

    /// The session that STS granted has no `Expiration` that can be read.
    UnreadableExpiration "unreadable-expiration" [] [] "A session whose `Expiration` is no instant"
    "the session's `Expiration` is not an instant in RFC 3339: check what answers as STS"

    /// STS is not activated in this region for the account.
    RegionDisabled "region-disabled" ["RegionDisabledException"] [] ""
    "STS is not activated in AWS_REGION for this account: activate it in the account's settings, or set \
     AWS_ENDPOINT_URL_STS to a region where it is activated"

    /// Too many calls.
    Throttled "throttled"
    ["Throttling" "ThrottlingException" "RequestLimitExceeded" "TooManyRequestsException" "RequestThrottled"]
    [] "HTTP status 429"
    "STS is throttling this account: try again later"

    /// STS itself failed.
    ServerFault "server-fault" [] [] "HTTP status 5xx with any other code, or without one"
    "STS failed on its side: try again later"

    /// A code that this table does not know.
    Other "other" [] [] "Any other code"
    "STS refused for a reason this worker does not know: see awsCode"
}

impl aws::Cause for Cause {
    const THROTTLED: Self = Self::Throttled;
    const SERVER_FAULT: Self = Self::ServerFault;

    fn of(status: StatusCode, code: &str, message: &str) -> Self {
        match code {
            "InvalidIdentityToken" | "InvalidIdentityTokenException" => {
                Self::of_identity_token(message)
            }
            "AccessDenied" | "AccessDeniedException"
                if message.contains("GetScopedCredentials") =>
            {
                Self::ScopingDenied
            }
            "ValidationError" | "InvalidParameterValue" => Self::of_parameter(message),
            code => Self::of_code(code).unwrap_or(match status {
                StatusCode::TOO_MANY_REQUESTS => Self::Throttled,
                status if status.is_server_error() => Self::ServerFault,
                _ => Self::Other,
            }),
        }
    }

    fn is_transient(self) -> bool {
        matches!(
            self,
            Self::IssuerUnreachable
                | Self::SessionTooShort
                | Self::SessionEnded
                | Self::UnreadableExpiration
                | Self::Throttled
                | Self::ServerFault
        )
    }

    fn name(self) -> &'static str {
        self.row().0
    }

    fn advice(self) -> &'static str {
        self.row().1
    }
}

impl Cause {
    /// Only the messages of `InvalidIdentityToken` tell its causes apart.
    fn of_identity_token(message: &str) -> Self {
        let message = message.to_ascii_lowercase();
        let mut known = Self::MESSAGES.iter();
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
