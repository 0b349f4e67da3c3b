//! A renewal: reads Workers KV, and if that does not help, calls STS and publishes the new session in KV for all
//! other isolates.

use std::time::{Duration, SystemTime};

use super::cache::{Failure, Origin};
use super::kv_record::kv_expiration_secs;
use super::reason::{RENEWAL_LIMIT, RenewalReason, insert, is_satisfied, record_failure};
use super::schedule::RotationSchedule;
use super::{Session, SessionProvider, session_object};
use crate::instant::{floor_to, jittered};
use crate::join::boxed;
use crate::log::{Level, Record};
use crate::platform::{Clock, Entropy, Platform};
use crate::retry::MAX_ATTEMPTS;
use crate::sts::{self, Effort, Role};

/// The line in the log when `CACHE_KEY` is missing.
pub fn cache_key_missing() -> Record {
    let detail = "CACHE_KEY is not set: the session is kept in this isolate only";
    Record::new(Level::Warn, "cacheKeyMissing", detail)
}

/// Brings the session that `reason` asks for into the cache, from KV, or else from the session's Durable Object, where one is
/// bound, or else from STS; or the error.
pub async fn renew(provider: &SessionProvider, reason: RenewalReason, platform: &impl Platform) {
    let Some(role) = &provider.role else {
        return;
    };
    let begun = platform.now();
    recall(provider, platform).await;
    let published = match &provider.store {
        Some(store) => store.load(platform).await,
        None => None,
    };
    let now = platform.now();
    let before = provider.cache.last();
    provider.cache.record_kv_read(now);
    let unread = published.is_none();
    let in_kv = published.as_ref().map(|sessions| last_expiry(sessions));
    insert(provider, published.unwrap_or_default(), Origin::Kv, now);
    // An isolate that cannot read what is published must not replace it ahead of need. An object knows it by itself.
    let is_ahead = matches!(reason, RenewalReason::Scheduled);
    let must_not_replace = unread && is_ahead && !platform.is_in_object();
    if must_not_replace || is_satisfied(provider, reason, now, platform) {
        if let Some(in_kv) = in_kv {
            boxed(keep_in_kv(provider, in_kv, platform)).await;
        }
    } else if !session_object::ask(provider, reason, begun, platform).await {
        call_sts(provider, role, begun, platform).await;
    }
    schedule_kv_read(provider, before.as_deref(), platform);
}

/// Brings what this object keeps into the cache, if this code runs in one.
async fn recall(provider: &SessionProvider, platform: &impl Platform) {
    if let Some(store) = &provider.store
        && let Some(record) = platform.object_record().await
    {
        let sessions = boxed(store.open(&record, platform)).await;
        let now = platform.now();
        insert(provider, sessions.unwrap_or_default(), Origin::Object, now);
    }
}

/// Obtains a session from STS for a renewal that `begun` then, or remembers the error.
async fn call_sts(
    provider: &SessionProvider,
    role: &Role,
    begun: SystemTime,
    platform: &impl Platform,
) {
    // After a failure, one call is enough to learn whether STS is back.
    let failure = provider.cache.failure().filter(Failure::persists);
    let effort = Effort {
        max_attempts: failure.map_or(MAX_ATTEMPTS, |_| 1),
        deadline: begun.checked_add(RENEWAL_LIMIT).unwrap_or(begun),
    };
    match sts::exchange(&provider.sts, role, &provider.tokens, effort, platform).await {
        Ok(granted) => {
            let session = Session::granted(granted, platform.now());
            add(provider, session, platform).await;
        }
        Err(error) => record_failure(provider, error.into(), platform),
    }
}

/// Writes the cached sessions to KV once more where it has lost them: its last session ends at `in_kv`.
async fn keep_in_kv(
    provider: &SessionProvider,
    in_kv: Option<SystemTime>,
    platform: &impl Platform,
) {
    let cached = provider.cache.last().map(|last| last.expires_at);
    if in_kv >= cached {
        provider.cache.record_kv_kept();
    } else if provider.cache.may_rewrite_kv(platform.now())
        && expiration_in_kv(provider, platform.now()).is_some()
    {
        provider.cache.record_kv_rewrite();
        publish(provider, true, platform).await;
    }
}

/// Adds the `session` that STS granted to the cache, and publishes it.
async fn add(provider: &SessionProvider, mut session: Session, platform: &impl Platform) {
    let now = platform.now();
    let held = provider.cache.last().filter(|held| held.expires_at > now);
    let takeover = held.map_or(now, |held| {
        RotationSchedule::of(&held, provider.max_url_lifetime).takeover(now)
    });
    // In full seconds, as in KV: all isolates have to change over at the very same instant.
    session.active_from = floor_to(Duration::ZERO, takeover);
    let granted = session.granted_lifetime();
    provider.cache.record_granted(granted, now);
    provider.cache.record_success();
    insert(provider, vec![session], Origin::Sts, now);
    publish(provider, provider.cache.may_write_kv(now), platform).await;
}

/// Sets when the isolate reads KV again: as soon as the next session can be there; or, when the session is another
/// than `before`, when KV has settled which of several isolates' sessions all use.
fn schedule_kv_read(
    provider: &SessionProvider,
    before: Option<&Session>,
    platform: &(impl Clock + Entropy),
) {
    let now = platform.now();
    let random = platform.random().unwrap_or_default();
    let next = provider.cache.last().and_then(|last| {
        let schedule = RotationSchedule::of(&last, provider.max_url_lifetime);
        if before == Some(&*last) {
            let due = schedule.renew_from().max(now);
            due.checked_add(jittered(schedule.poll_interval(), random))
        } else {
            now.checked_add(jittered(schedule.settle_interval(), random))
        }
    });
    provider.cache.schedule_kv_read(next);
}

/// Publishes the cached sessions, if they last long enough: in KV where that `to_kv` says so, and in this object, if this code
/// runs in one.
async fn publish(provider: &SessionProvider, to_kv: bool, platform: &impl Platform) {
    let Some(store) = &provider.store else {
        cache_key_missing().write(platform);
        return;
    };
    if !to_kv && !platform.is_in_object() {
        return;
    }
    let now = platform.now();
    let Some(expiration_secs) = expiration_in_kv(provider, now) else {
        return;
    };
    let sessions = provider.cache.sessions();
    let Some(record) = store.seal(&sessions, platform).await else {
        return;
    };
    platform.keep_in_object(&record, expiration_secs);
    if to_kv {
        platform.kv_put(store.kv_key(), &record, expiration_secs);
        let random = platform.random().unwrap_or_default();
        provider.cache.record_kv_write(now, random);
    }
}

/// When KV deletes the cached sessions, in seconds since the epoch; `None` where they do not last long enough.
fn expiration_in_kv(provider: &SessionProvider, now: SystemTime) -> Option<u64> {
    let sessions = provider.cache.sessions();
    kv_expiration_secs(sessions.first()?, now)
}

fn last_expiry(sessions: &[Session]) -> Option<SystemTime> {
    sessions.iter().map(|session| session.expires_at).max()
}
