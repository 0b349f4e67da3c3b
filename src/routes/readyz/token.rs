//! The token for the next exchange, as `/readyz` tells an admin.

use std::rc::Rc;
use std::time::SystemTime;

use schemars::JsonSchema;
use serde::Serialize;

use super::Status;
use crate::api::{Error, ProblemType};
use crate::credentials::schedule::RotationSchedule;
use crate::credentials::{CredentialsError, SessionProvider};
use crate::instant::{left_until, rfc3339};
use crate::oidc::OwnIssuer;
use crate::sts::{HeldTokens, TokenError, TokenOrigin};

/// The token for the next exchange.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Token {
    /// `amber` when the token expires within a session's duration after the next renewal; `red` when it expires
    /// before that renewal, or cannot be used at all. With an issuer of its own, the worker needs no other token, and
    /// the status is `amber` when one is bound that cannot be used.
    pub status: Status,
    /// Where it comes from: `bound`, `pushed`, or the worker's own `issuer`. Absent when there is none.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(extend("enum" = ["bound", "pushed", "issuer"]))]
    pub source: Option<&'static str>,
    /// Type of the problem with the bound token, or with the pushed one where none is bound.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<ProblemType>")]
    pub fault: Option<String>,
    /// The claim `exp` of the bound or pushed token, in RFC 3339.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(extend("format" = "date-time"))]
    pub expires_at: Option<String>,
    /// Full hours until then; `0` when there is no token.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hours_left: Option<u64>,
}

/// Checks the tokens that are `held` at `now`, for a worker with this `issuer` of its own.
pub(super) fn check(
    held: &HeldTokens,
    issuer: Option<&OwnIssuer>,
    providers: &[Rc<SessionProvider>],
    now: SystemTime,
) -> Token {
    let error = match held.latest() {
        Ok((token, origin)) => {
            let status = match issuer {
                Some(_) => Status::Ok,
                None => status(token.expires_at, providers),
            };
            return Token {
                status,
                source: Some(origin.name()),
                fault: None,
                expires_at: Some(rfc3339(token.expires_at)),
                hours_left: Some(left_until(token.expires_at, now).as_secs() / 3600),
            };
        }
        Err(error) => error,
    };
    let is_missing = matches!(error, TokenError::Missing | TokenError::NotPushed);
    let fault = Error::from(CredentialsError::Token(error));
    let fault = fault.answer().problem.urn();
    Token {
        status: match issuer {
            None => Status::Red,
            Some(_) if is_missing => Status::Ok,
            Some(_) => Status::Amber,
        },
        source: issuer.map(|_| TokenOrigin::Issuer.name()),
        fault: (issuer.is_none() || !is_missing).then_some(fault),
        expires_at: error.expired_at().map(rfc3339),
        hours_left: issuer.is_none().then_some(0),
    }
}

/// The worst that a token which expires at `expires_at` means to any role.
fn status(expires_at: SystemTime, providers: &[Rc<SessionProvider>]) -> Status {
    let statuses = providers.iter().filter_map(|provider| {
        let (role, last) = (provider.role.as_ref()?, provider.cache.last()?);
        let schedule = RotationSchedule::of(&last, provider.max_url_lifetime);
        let left_then = left_until(expires_at, schedule.renew_from());
        Some(if left_then.is_zero() {
            Status::Red
        } else if left_then < role.duration {
            Status::Amber
        } else {
            Status::Ok
        })
    });
    statuses.max().unwrap_or(Status::Ok)
}
