//! STS's response: credentials, or a refusal with AWS's own code.

use std::time::SystemTime;

use http::Response;

use super::failure::StsError;
use crate::aws::{Credentials, xml};
use crate::instant::parse_rfc3339;
use crate::secret::Secret;

/// [Credentials][api] that STS granted.
///
/// [api]: https://docs.aws.amazon.com/STS/latest/APIReference/API_Credentials.html
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TemporaryCredentials {
    /// What signs.
    pub credentials: Credentials,
    /// `Expiration`. It is read, never computed, because STS may grant less than was requested.
    pub expires_at: SystemTime,
}

/// Reads STS's response, received at `now`.
///
/// # Errors
/// [`StsError::Refused`] for an error response; [`StsError::InvalidResponse`] for any other without all four fields
/// and an expiry in the future.
pub fn read(
    response: &Response<String>,
    now: SystemTime,
) -> Result<TemporaryCredentials, StsError> {
    if !response.status().is_success() {
        return Err(StsError::read(response));
    }
    credentials(response.body(), now).ok_or(StsError::InvalidResponse {
        status: response.status(),
    })
}

fn credentials(body: &str, now: SystemTime) -> Option<TemporaryCredentials> {
    let [mut id, mut secret, mut token, mut expiration] = [const { String::new() }; 4];
    xml::read(body, &mut |path, text| {
        let field = match path.last().map(String::as_str) {
            Some("AccessKeyId") => &mut id,
            Some("SecretAccessKey") => &mut secret,
            Some("SessionToken") => &mut token,
            Some("Expiration") => &mut expiration,
            _ => return,
        };
        text.clone_into(field);
    })?;
    let complete = !id.is_empty() && !secret.is_empty() && !token.is_empty();
    let expires_at = parse_rfc3339(&expiration).filter(|at| *at > now)?;
    complete.then(|| TemporaryCredentials {
        credentials: Credentials {
            access_key_id: id,
            secret_access_key: Secret::new(secret),
            session_token: Some(Secret::new(token)),
        },
        expires_at,
    })
}
