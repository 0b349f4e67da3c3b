//! STS's response: credentials, or a refusal with AWS's own code.

use std::time::SystemTime;

use http::Response;

use super::{Cause, StsError, request};
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

/// Reads STS's response to `AssumeRoleWithWebIdentity`, received at `now`.
///
/// # Errors
/// As [`read_of`].
pub fn read(
    response: &Response<String>,
    now: SystemTime,
) -> Result<TemporaryCredentials, StsError> {
    read_of(request::ACTION, response, now)
}

/// Reads STS's response to `action`, received at `now`.
///
/// # Errors
/// [`StsError::Refused`] for an error response; [`StsError::Unusable`] for a session that has ended, or whose end cannot
/// be read; [`StsError::InvalidResponse`] for anything else.
pub fn read_of(
    action: &str,
    response: &Response<String>,
    now: SystemTime,
) -> Result<TemporaryCredentials, StsError> {
    if !response.status().is_success() {
        return Err(StsError::read(response));
    }
    let status = response.status();
    let granted = granted(action, response.body()).ok_or(StsError::InvalidResponse { status })?;
    let expires_at = parse_rfc3339(&granted.expiration);
    let unusable = |cause| StsError::Unusable { status, cause };
    let expires_at = expires_at.ok_or_else(|| unusable(Cause::UnreadableExpiration))?;
    if expires_at <= now {
        return Err(unusable(Cause::SessionEnded));
    }
    Ok(TemporaryCredentials {
        credentials: granted.credentials,
        expires_at,
    })
}

/// What an answer grants, with `Expiration` as it stands there.
struct Granted {
    credentials: Credentials,
    expiration: String,
}

/// `None` unless the four elements stand in the one place that the API gives them, each of them once.
fn granted(action: &str, body: &str) -> Option<Granted> {
    let mut texts = [const { None }; 4];
    let mut repeated = false;
    xml::read(body, &mut |path, text| {
        let [root, result, "Credentials", name] = *path else {
            return;
        };
        if root.strip_prefix(action) != Some("Response")
            || result.strip_prefix(action) != Some("Result")
        {
            return;
        }
        if let Some((_, field)) = FIELDS.iter().zip(&mut texts).find(|(it, _)| **it == name) {
            repeated |= field.replace(text.to_owned()).is_some();
        }
    })?;
    let [id, secret, token, expiration] = texts.map(Option::unwrap_or_default);
    let complete = !id.is_empty() && !secret.is_empty() && !token.is_empty();
    (complete && !repeated).then(|| Granted {
        credentials: Credentials {
            access_key_id: id,
            secret_access_key: Secret::new(secret),
            session_token: Some(Secret::new(token)),
        },
        expiration,
    })
}

/// The elements of `Credentials`.
const FIELDS: [&str; 4] = [
    "AccessKeyId",
    "SecretAccessKey",
    "SessionToken",
    "Expiration",
];
