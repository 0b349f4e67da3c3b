//! Memory, then Workers KV, then STS: the one place that decides which session signs.

use std::rc::Rc;
use std::time::{Duration, SystemTime};

use super::Session;
use super::memory::Memory;
use super::record::{self, CacheKey, kv_expiration_secs, kv_key};
use crate::config::{Config, SESSION_MARGIN};
use crate::error::Error;
use crate::log::Event;
use crate::platform::{Platform, Unreachable};
use crate::sts::{self, StsFailure};

/// How long a request waits for a renewal: somewhat longer than KV, the token's store and all calls to
/// STS may take. One that takes longer is dead.
const RENEWAL_LIMIT: Duration = Duration::from_secs(16);

/// How many renewals a request may wait for: one that another request began may have been satisfied
/// with a session that is too short for this one.
const MAX_RENEWALS: u32 = 2;

/// The life a URL shall have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lifetime {
    /// The caller asked for this: all of it or a refusal.
    Asked(Duration),
    /// The profile's default: less is fine where the session cannot bear it.
    Default(Duration),
}

/// A session, and the life it can give the URL that was asked for.
#[derive(Clone, Debug)]
pub struct Obtained {
    /// What signs.
    pub session: Rc<Session>,
    /// Whole seconds, at most what was wanted, never past the end of the session.
    pub lifetime: Duration,
    /// The instant that all of this holds at: sign as of it.
    pub at: SystemTime,
}

/// Finds a session that outlives a URL of `wanted`, signed right after this returns.
///
/// Requests of one isolate that find none in memory share one look into KV and one exchange. After a
/// failure all of them go on with what is in hand, or fail likewise, until STS has had its rest.
///
/// # Errors
/// [`Error::LifetimeUnavailable`] when STS grants sessions shorter than what was asked for;
/// [`Error::Token`] and [`Error::Sts`] when there is no session to be had.
pub async fn obtain<P: Platform>(
    config: &Rc<Config>,
    memory: &Rc<Memory>,
    wanted: Lifetime,
    platform: &P,
) -> Result<Obtained, Error> {
    for _ in 0..MAX_RENEWALS {
        let now = platform.now();
        if let Some(session) = memory.session().filter(|held| serves(held, wanted, now)) {
            return grant(session, wanted, now);
        }
        if let Some(error) = memory.failure(now) {
            return in_hand(memory, wanted, now, error);
        }
        let (config, memory) = (Rc::clone(config), Rc::clone(memory));
        let renewal = |lasting| async move { renew(&config, &memory, wanted, &lasting).await };
        platform.share(RENEWAL_LIMIT, renewal).await;
    }
    let now = platform.now();
    let error = memory.failure(now);
    let silence = Error::Sts(StsFailure::Unreachable(Unreachable::TimedOut));
    in_hand(memory, wanted, now, error.unwrap_or(silence))
}

/// Renewal failed with `error`, or its session is not all that was wanted; the one in hand may still
/// bear it, if only a shorter life.
fn in_hand(
    memory: &Memory,
    wanted: Lifetime,
    now: SystemTime,
    error: Error,
) -> Result<Obtained, Error> {
    let held = memory.session();
    let renewed = memory.failure(now).is_none();
    match held.map(|held| grant(held, wanted, now)) {
        Some(Err(refusal)) if renewed => Err(refusal),
        Some(granted) => granted.map_err(|_| error),
        None => Err(error),
    }
}

/// Puts a session that serves `wanted` into memory, from KV or else from STS, or the reason why there
/// is none.
async fn renew<P: Platform>(config: &Config, memory: &Memory, wanted: Lifetime, platform: &P) {
    let key = kv_key(&config.role, &config.sts);
    if let Some(session) = load(&config.cache_keys, &key, platform).await {
        let serves = serves(&session, wanted, platform.now());
        memory.keep(session);
        if serves {
            return;
        }
    }
    match sts::exchange(config, platform).await {
        Ok(session) => {
            memory.succeed();
            memory.keep(session.clone());
            save(config.cache_keys.first(), &key, &session, platform).await;
        }
        Err(error) => {
            let random = platform.random().unwrap_or_default();
            memory.fail(error, platform.now(), random);
        }
    }
}

/// Whether `session` is used as it is, rather than renewed first.
///
/// A life that was asked for is renewed for whenever a new session could bear it. A default that
/// comes close to all that STS grants, or exceeds it, is not worth a session each time: the one in
/// hand serves for most of its life.
fn serves(session: &Session, wanted: Lifetime, now: SystemTime) -> bool {
    let needed = match wanted {
        // No new session helps: the refusal needs none.
        Lifetime::Asked(asked) if asked > bearable(session) => Duration::from_secs(1),
        Lifetime::Asked(asked) => asked,
        Lifetime::Default(default) => {
            let granted = session.granted_lifetime();
            let margin = SESSION_MARGIN.min(granted.checked_div(2).unwrap_or_default());
            default.min(granted.saturating_sub(margin))
        }
    };
    session.fit_for(needed, now)
}

/// Renewals for lives that were asked for lie at least this far apart, or an eighth of a session
/// where that is less.
const RENEWAL_GAP: Duration = Duration::from_secs(5);

/// The longest life that can be asked of sessions like this one, in whole seconds: not quite all
/// of theirs, for that would take a new one for every request.
fn bearable(session: &Session) -> Duration {
    let granted = session.granted_lifetime();
    let gap = RENEWAL_GAP.min(granted.checked_div(8).unwrap_or_default());
    Duration::from_secs(granted.saturating_sub(gap).as_secs())
}

/// Takes `session` for the URL, with as much life as `wanted` allows.
fn grant(session: Rc<Session>, wanted: Lifetime, now: SystemTime) -> Result<Obtained, Error> {
    let left = Duration::from_secs(session.left_at(now).as_secs());
    let (wanted, lifetime) = match wanted {
        Lifetime::Asked(asked) => (
            asked,
            Some(asked).filter(|asked| *asked <= left.min(bearable(&session))),
        ),
        Lifetime::Default(default) => (default, Some(default.min(left))),
    };
    match lifetime.filter(|lifetime| !lifetime.is_zero()) {
        Some(lifetime) => Ok(Obtained {
            session,
            lifetime,
            at: now,
        }),
        None => Err(Error::LifetimeUnavailable {
            asked: wanted,
            available: bearable(&session),
        }),
    }
}

/// The session kept in KV. Whatever goes wrong here is logged and counts as absent.
async fn load<P: Platform>(cache_keys: &[CacheKey], key: &str, platform: &P) -> Option<Session> {
    if cache_keys.is_empty() {
        return None;
    }
    let record = match platform.load_record(key).await {
        Ok(record) => record?,
        Err(failed) => {
            platform.log(&Event::KvReadFailed(&failed));
            return None;
        }
    };
    for cache_key in cache_keys {
        if let Some(session) = record::open(&record, cache_key, key, platform).await {
            return Some(session);
        }
    }
    platform.log(&Event::KvRecordForeign);
    None
}

/// Keeps a session in KV, where it lives long enough for that.
async fn save<P: Platform>(
    cache_key: Option<&CacheKey>,
    key: &str,
    session: &Session,
    platform: &P,
) {
    let Some(cache_key) = cache_key else {
        platform.log(&Event::CacheKeyMissing);
        return;
    };
    let Some(expiration_secs) = kv_expiration_secs(session, platform.now()) else {
        return;
    };
    let Some(record) = record::seal(session, cache_key, key, platform).await else {
        platform.log(&Event::SealFailed);
        return;
    };
    platform.save_record(key, &record, expiration_secs);
}
