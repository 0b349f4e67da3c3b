//! Obtains a session for a request: the cached one as long as it is fit, else what a renewal brings.

use std::rc::Rc;
use std::time::{Duration, SystemTime};

use super::cache::Failure;
use super::lifetime::{SessionRequest, SigningSession};
use super::reason::{RENEWAL_LIMIT, RenewalReason};
use super::renew::renew;
use super::{CredentialsError, SessionProvider};
use crate::instant::left_until;
use crate::join::boxed;
use crate::platform::{Background, Clock, HttpError};
use crate::sts::StsError;

/// How long a request may wait for sessions, of all the roles that it needs together.
pub const REQUEST_LIMIT: Duration = RENEWAL_LIMIT;

/// A renewal that takes longer than this is taken for dead.
const DEAD_AFTER: Duration = Duration::from_secs(12);

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
        .single_flight(slot, DEAD_AFTER, patience, |platform| async move {
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
    platform.single_flight_in_background(slot, DEAD_AFTER, |platform| async move {
        renew(&provider, reason, &platform).await;
    });
}

/// When a request that begins to wait for sessions at `now` waits no longer.
pub fn deadline(now: SystemTime) -> SystemTime {
    now.checked_add(REQUEST_LIMIT).unwrap_or(now)
}

/// Obtains a session that outlives a URL as in `request`, which is signed right after this returns, and waits for it
/// until `deadline`.
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
    deadline: SystemTime,
    platform: &(impl Clock + Background),
) -> Result<SigningSession, CredentialsError> {
    let now = platform.now();
    if let Some(session) = provider.cached(request, now)
        && !must_read_kv(provider, request, now)
        && !provider.cache.is_kv_read_due(now)
    {
        return session;
    }
    boxed(obtain_or_wait(provider, request, deadline, platform)).await
}

/// The same, where something has to be read or renewed.
async fn obtain_or_wait(
    provider: &Rc<SessionProvider>,
    request: SessionRequest,
    deadline: SystemTime,
    platform: &(impl Clock + Background),
) -> Result<SigningSession, CredentialsError> {
    let mut kept = None;
    for waits in 0..MAX_WAITS {
        let now = platform.now();
        let left = left_until(deadline, now);
        if let Some(session) = provider.cached(request, now) {
            if waits == 0 && must_read_kv(provider, request, now) {
                let (reason, patience) = (RenewalReason::KvRead, MAX_PATIENCE.min(left));
                renew_and_wait(provider, reason, patience, platform).await;
                continue;
            }
            if provider.cache.is_kv_read_due(now) {
                renew_in_background(provider, RenewalReason::Overdue, platform);
            }
            return session;
        }
        let reason = RenewalReason::Request(request);
        let fallback = provider.fallback(request, now).and_then(Result::ok);
        // Of an exact lifetime, the wait may have taken a part.
        let fallback = fallback.or_else(|| kept.take().map(|it| SigningSession { now, ..it }));
        let failure = provider.cache.failure().filter(Failure::persists);
        let is_served = fallback.is_some();
        let backs_off = (failure.as_ref()).is_some_and(|it| it.backs_off(is_served, now));
        let patience = match (fallback, failure) {
            (Some(shorter), failure) => {
                let patience = patience_with(&shorter).min(left);
                if failure.is_some() || waits > 0 || patience.is_zero() {
                    if !backs_off {
                        renew_in_background(provider, reason, platform);
                    }
                    return Ok(shorter);
                }
                kept = Some(shorter);
                patience
            }
            (None, Some(failure)) if backs_off => return Err(failure.error),
            (None, _) => left,
        };
        renew_and_wait(provider, reason, patience, platform).await;
    }
    result_after_waits(provider, request, platform.now())
}

/// The result when nothing more is waited for.
#[inline(never)]
fn result_after_waits(
    provider: &SessionProvider,
    request: SessionRequest,
    now: SystemTime,
) -> Result<SigningSession, CredentialsError> {
    let failure = provider.cache.failure().filter(Failure::persists);
    let timeout = CredentialsError::Sts(StsError::NoResponse(HttpError::Timeout));
    provider
        .cached(request, now)
        .or_else(|| provider.fallback(request, now).filter(Result::is_ok))
        .unwrap_or_else(|| Err(failure.map_or(timeout, |failure| failure.error)))
}

/// How long a request that could have the `shorter` lifetime at once waits for a session that lasts longer, with which
/// other isolates may sign already: long enough for KV and an STS that works, but for a part of that lifetime only.
fn patience_with(shorter: &SigningSession) -> Duration {
    let left = left_until(shorter.expires_at(), shorter.now);
    let patience = left.checked_div(4).unwrap_or_default();
    patience.min(MAX_PATIENCE)
}

/// Whether the URL has to be the same everywhere and may not be, so that it is worth waiting for KV.
fn must_read_kv(provider: &SessionProvider, request: SessionRequest, now: SystemTime) -> bool {
    !request.window.is_zero() && provider.store.is_some() && !provider.is_current(now)
}
