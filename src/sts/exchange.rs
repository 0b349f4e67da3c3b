//! The call with its bounded retries.

use std::time::Duration;

use super::failure::{Cause, StsFailure};
use super::{request, response};
use crate::aws::retry::{MAX_ATTEMPTS, pause_after};
use crate::config::{Config, Role};
use crate::credentials::Session;
use crate::credentials::token::WebIdentityToken;
use crate::error::Error;
use crate::log::Event;
use crate::platform::{Limits, Platform, Unreachable};

/// What one call may take; an answer of STS is about 2 KB.
pub const ATTEMPT_LIMITS: Limits = Limits {
    time: Duration::from_secs(3),
    answer_bytes: 64 * 1024,
};

/// Trades the bound token for a session of `role`.
///
/// Retried, with a random pause between: no answer, 5xx, throttling, an issuer that STS could not
/// reach, and an answer that is none, unless its status is 4xx. A refusal is final, except that a
/// token which STS calls expired is read once more, because it may have been replaced meanwhile.
///
/// # Errors
/// [`Error::Token`] before STS is asked, [`Error::Sts`] with the last failure after that.
pub async fn exchange<P: Platform>(
    config: &Config,
    role: &Role,
    platform: &P,
) -> Result<Session, Error> {
    let mut token = read_token(platform).await?;
    let mut reread = false;
    let mut attempts: u32 = 1;
    loop {
        let failure = match attempt(config, role, &token, platform).await {
            Ok(session) => {
                platform.log(&Event::SessionGranted {
                    lifetime: session.granted_lifetime(),
                    attempts,
                });
                return Ok(session);
            }
            Err(failure) => failure,
        };
        let last = attempts >= MAX_ATTEMPTS;
        let fresh = if is_expired_token(&failure) && !reread && !last {
            reread = true;
            let fresh = read_token(platform).await?;
            (fresh.jwt != token.jwt).then_some(fresh)
        } else {
            None
        };
        let retried = !last && (fresh.is_some() || failure.is_transient());
        platform.log(&Event::StsFailed {
            failure: &failure,
            retried,
        });
        if !retried {
            return Err(Error::Sts(failure));
        }
        match fresh {
            Some(fresh) => token = fresh,
            None => {
                let random = platform.random().unwrap_or_default();
                platform.pause(pause_after(attempts, random)).await;
            }
        }
        attempts = attempts.saturating_add(1);
    }
}

async fn read_token<P: Platform>(platform: &P) -> Result<WebIdentityToken, Error> {
    let text = platform.web_identity_token().await;
    WebIdentityToken::read(text.as_deref(), platform.now()).map_err(|fault| {
        platform.log(&Event::TokenUnfit(fault));
        Error::Token(fault)
    })
}

async fn attempt<P: Platform>(
    config: &Config,
    role: &Role,
    token: &WebIdentityToken,
    platform: &P,
) -> Result<Session, StsFailure> {
    let request = request::assume_role_with_web_identity(&config.sts, role, token)
        .map_err(|_| StsFailure::Unreachable(Unreachable::Network))?;
    let answer = platform
        .send(request, ATTEMPT_LIMITS)
        .await
        .map_err(StsFailure::Unreachable)?;
    response::read(&answer, platform.now())
}

fn is_expired_token(failure: &StsFailure) -> bool {
    matches!(failure, StsFailure::Refused(refusal) if refusal.cause == Cause::TokenExpired)
}
