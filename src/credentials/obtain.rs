//! Obtains a session for a request: the cached one as long as it is fit, else what a renewal brings.

use std::rc::Rc;
use std::time::{Duration, SystemTime};

use super::cache::Failure;
use super::lifetime::{MIN_LIFETIME, SessionRequest, SigningSession};
use super::renew::{RenewalReason, renew};
use super::{CredentialsError, SessionProvider};
use crate::instant::left_until;
use crate::platform::{Background, Clock, HttpError};
use crate::sts::StsError;

/// How long a renewal may take: somewhat longer than KV, the stores of the tokens and all calls to STS together. One that
/// takes longer is taken for dead.
pub const RENEWAL_LIMIT: Duration = Duration::from_secs(20);

/// The longest that a request waits for a renewal when a cached session would do.
const MAX_PATIENCE: Duration = Duration::from_secs(2);

/// How often a request may wait: a renewal that another request began may bring less than this one needs.
const MAX_WAITS: u32 = 2;

/// Renews the session of `provider` for the whole isolate, and waits for it for at most `patience`.
pub async fn renew_and_wait(
    provider: &Rc<SessionProvider>,
    reason: RenewalReason,
    patience: Duration,
    platform: &impl Background,
) {
    let (slot, provider) = (provider.slot, Rc::clone(provider));
    platform
        .single_flight(slot, RENEWAL_LIMIT, patience, |platform| async move {
            renew(&provider, reason, &platform).await;
        })
        .await;
}

fn renew_in_background(
    provider: &Rc<SessionProvider>,
    reason: RenewalReason,
    platform: &impl Background,
) {
    let (slot, provider) = (provider.slot, Rc::clone(provider));
    platform.single_flight_in_background(slot, RENEWAL_LIMIT, |platform| async move {
        renew(&provider, reason, &platform).await;
    });
}

/// Obtains a session that outlives a URL as in `request`, which is signed right after this returns.
///
/// Requests of one isolate that find no fit session share one read of KV and one exchange. After a failure they use the
/// cached session as a fallback, or fail likewise, until the backoff is over. Then STS is tried again, in the background
/// where there is a fallback.
///
/// # Errors
/// [`CredentialsError::LifetimeUnavailable`] when STS grants sessions shorter than requested; [`CredentialsError::Token`]
/// and [`CredentialsError::Sts`] when there is no session.
pub async fn obtain(
    provider: &Rc<SessionProvider>,
    request: SessionRequest,
    platform: &(impl Clock + Background),
) -> Result<SigningSession, CredentialsError> {
    for waits in 0..MAX_WAITS {
        let now = platform.now();
        if let Some(session) = provider.cached(request, now) {
            if waits == 0 && must_read_kv(provider, request, now) {
                let reason = RenewalReason::KvRead;
                renew_and_wait(provider, reason, MAX_PATIENCE, platform).await;
                continue;
            }
            if provider.cache.is_kv_read_due(now) {
                renew_in_background(provider, RenewalReason::Overdue, platform);
            }
            return session;
        }
        let failure = provider.cache.failure().filter(Failure::persists);
        let backs_off = failure.as_ref().is_some_and(|it| now < it.retry_at);
        let reason = RenewalReason::Request(request);
        let patience = match (provider.fallback(request, now), failure) {
            (Some(Ok(shorter)), failure) => {
                if failure.is_some() || waits > 0 {
                    if !backs_off {
                        renew_in_background(provider, reason, platform);
                    }
                    return Ok(shorter);
                }
                patience_with(&shorter)
            }
            (own, Some(failure)) if backs_off => return Err(of_request(failure, own)),
            _ => RENEWAL_LIMIT,
        };
        renew_and_wait(provider, reason, patience, platform).await;
    }
    let now = platform.now();
    let failure = provider.cache.failure().filter(Failure::persists);
    let timeout = CredentialsError::Sts(StsError::NoResponse(HttpError::Timeout));
    if let Some(session) = provider.cached(request, now) {
        return session;
    }
    match provider.fallback(request, now) {
        Some(Ok(shorter)) => Ok(shorter),
        own => Err(failure.map_or(timeout, |failure| of_request(failure, own))),
    }
}

/// The error of a request after a `failure` that may be another's: the lifetimes in it must be its `own`.
fn of_request(
    failure: Failure,
    own: Option<Result<SigningSession, CredentialsError>>,
) -> CredentialsError {
    match (failure.error, own) {
        (CredentialsError::LifetimeUnavailable { .. }, Some(Err(own))) => own,
        (error, _) => error,
    }
}

/// How long a request that could have the `shorter` lifetime at once waits for a session that lasts longer: long enough
/// for KV and an STS that works, but not so long that nothing is left.
fn patience_with(shorter: &SigningSession) -> Duration {
    let left = left_until(shorter.expires_at(), shorter.now);
    let spare = left.saturating_sub(MIN_LIFETIME);
    let patience = spare.checked_div(4).unwrap_or_default();
    patience.min(MAX_PATIENCE)
}

/// Whether the URL has to be the same everywhere and may not be, so that it is worth waiting for KV.
fn must_read_kv(provider: &SessionProvider, request: SessionRequest, now: SystemTime) -> bool {
    !request.window.is_zero() && provider.store.is_some() && !provider.is_current(now)
}
