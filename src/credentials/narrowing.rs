//! How a session is narrowed to what one caller may do, before its credentials leave the worker.

use super::CredentialSource;
use crate::aws::Endpoint;
use crate::sts::RegionalSts;

/// How the credentials of one caller are made. Never are they those of the shared session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Narrowing {
    /// [`GetScopedCredentials`][api] with the shared session, at this endpoint.
    ///
    /// [api]: https://docs.aws.amazon.com/STS/latest/APIReference/API_GetScopedCredentials.html
    ScopedCredentials(RegionalSts),
    /// An exchange of its own, with a session policy.
    SessionPolicy,
    /// [R2's temporary credentials][r2], which its API token signs, for buckets at this host.
    ///
    /// [r2]: https://developers.cloudflare.com/r2/api/s3/temporary-credentials/
    R2Token {
        /// The host of the endpoint.
        host: String,
    },
}

impl Narrowing {
    /// The way for sessions of `source`, with STS at `sts`, and `r2_host` where the bucket is one of R2's.
    ///
    /// # Errors
    /// Why there is none, as the rest of a sentence.
    pub fn of(
        source: &CredentialSource,
        sts: &Endpoint,
        r2_host: Option<&str>,
    ) -> Result<Self, &'static str> {
        match (source, sts.region_of_sts(), r2_host) {
            (CredentialSource::StaticKeys(keys), _, Some(host)) if keys.session_token.is_none() => {
                let host = host.to_owned();
                Ok(Self::R2Token { host })
            }
            (CredentialSource::StaticKeys(_), ..) => {
                Err("needs a role: static keys cannot be narrowed, except a permanent one of R2")
            }
            (CredentialSource::Role(_), Some(region), _) => {
                Ok(Self::ScopedCredentials(RegionalSts {
                    endpoint: sts.clone(),
                    region: region.to_owned(),
                }))
            }
            // Of several session policies, each may allow what another does not.
            (CredentialSource::Role(role), None, _)
                if role.policy.is_some() || !role.policy_arns.is_empty() =>
            {
                Err(
                    "cannot be combined with policy and policyArns at this STS, which would add up the session policies",
                )
            }
            (CredentialSource::Role(_), None, _) => Ok(Self::SessionPolicy),
        }
    }

    /// Its name in the log.
    pub fn name(&self) -> &'static str {
        match self {
            Self::ScopedCredentials(_) => "GetScopedCredentials",
            Self::SessionPolicy => "AssumeRoleWithWebIdentity",
            Self::R2Token { .. } => "R2",
        }
    }
}
