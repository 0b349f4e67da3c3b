//! The answer: a session, or a refusal with AWS's own code.
//!
//! The expiry is read, never computed: a server may grant less than it was asked for.

use std::time::SystemTime;

use http::Response;

use super::failure::StsFailure;
use crate::aws::xml;
use crate::credentials::{Credentials, Session};
use crate::instant::parse_rfc3339;
use crate::secret::Secret;

/// Reads STS's answer, received at `now`.
///
/// # Errors
/// [`StsFailure::Refused`] for an error answer, [`StsFailure::Garbled`] for anything that is neither
/// that nor four filled-in fields with an expiry to come.
pub fn read(response: &Response<String>, now: SystemTime) -> Result<Session, StsFailure> {
    if !response.status().is_success() {
        return Err(StsFailure::read(response));
    }
    session(response.body(), now).ok_or(StsFailure::Garbled {
        status: response.status(),
    })
}

fn session(body: &str, now: SystemTime) -> Option<Session> {
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
    complete.then(|| Session {
        credentials: Credentials {
            access_key_id: id,
            secret_access_key: Secret::new(secret),
            session_token: Some(Secret::new(token)),
        },
        issued_at: now,
        active_from: now,
        expires_at,
    })
}
