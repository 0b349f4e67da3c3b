//! Why a session is renewed, whether that is settled, and what becomes of it.

use std::time::{Duration, SystemTime};

use super::cache::Origin;
use super::lifetime::SessionRequest;
use super::schedule::RotationSchedule;
use super::{CredentialsError, Session, SessionProvider};
use crate::platform::{Clock, Entropy};

/// How long a renewal may take: KV, the Durable Object, the token's store and all calls to STS together.
pub const RENEWAL_LIMIT: Duration = Duration::from_secs(10);

/// Why a session is renewed.
#[derive(Clone, Copy, Debug)]
pub enum RenewalReason {
    /// A request waits for a session that satisfies this.
    Request(SessionRequest),
    /// A request waits to learn from KV what other isolates sign with; STS is not called for that.
    KvRead,
    /// The Cron Trigger runs, and the next session may be due.
    Scheduled,
    /// A request, which does not wait, noticed that the next session is due: the Cron Trigger has not renewed it.
    Overdue,
}

/// Whether the cache holds what `reason` asks for.
pub(super) fn is_satisfied(
    provider: &SessionProvider,
    reason: RenewalReason,
    now: SystemTime,
    platform: &impl Entropy,
) -> bool {
    match reason {
        RenewalReason::Request(request) => provider.cached(request, now).is_some(),
        RenewalReason::KvRead => true,
        RenewalReason::Scheduled => {
            let schedule = schedule(provider);
            schedule.is_some_and(|it| now < it.renew_from()) || is_futile(provider, now)
        }
        RenewalReason::Overdue => is_not_overdue(provider, now, platform),
    }
}

#[inline(never)]
fn is_not_overdue(provider: &SessionProvider, now: SystemTime, platform: &impl Entropy) -> bool {
    schedule(provider).is_some_and(|it| {
        let random = platform.random().unwrap_or_default();
        let failure = provider.cache.failure();
        now < it.renew_from()
            || !it.should_take_over_renewal(now, random)
            || failure.is_some_and(|it| it.backs_off(true, now))
            || is_futile(provider, now)
    })
}

#[inline(never)]
fn schedule(provider: &SessionProvider) -> Option<RotationSchedule> {
    let last = provider.cache.last()?;
    Some(RotationSchedule::of(&last, provider.max_url_lifetime))
}

/// Whether the next session would end before the cached one does, by what STS granted last.
fn is_futile(provider: &SessionProvider, now: SystemTime) -> bool {
    let granted = provider.cache.last_granted(now);
    granted.is_some_and(|(granted, _)| provider.outlasts(granted, now))
}

/// Adds `sessions` to the cache, and keeps those that sign in the current window or later.
pub(super) fn insert(
    provider: &SessionProvider,
    sessions: Vec<Session>,
    origin: Origin,
    now: SystemTime,
) {
    let since = now.checked_sub(provider.window).unwrap_or(now);
    provider.cache.insert(sessions, origin, since);
}

/// Remembers that a renewal failed now.
pub(super) fn record_failure(
    provider: &SessionProvider,
    error: CredentialsError,
    platform: &(impl Clock + Entropy),
) {
    let random = platform.random().unwrap_or_default();
    provider.cache.record_failure(error, platform.now(), random);
}
