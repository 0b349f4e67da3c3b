//! Memory, then Workers KV, then STS: the one place that decides which session signs.

use std::cell::RefCell;
use std::rc::Rc;
use std::time::{Duration, SystemTime};

use super::Session;
use super::record::{self, CacheKey, kv_expiration_secs, kv_key};
use crate::config::{Config, SESSION_MARGIN};
use crate::error::Error;
use crate::log::Event;
use crate::platform::Platform;
use crate::sts;

/// The isolate's own slot. It holds a value; nothing ever waits on it, because a request
/// that waits on another's lock or waker is killed by the runtime as hung.
#[derive(Debug, Default)]
pub struct Memory(RefCell<Option<Rc<Session>>>);

impl Memory {
    /// The session held, valid or not.
    pub fn get(&self) -> Option<Rc<Session>> {
        self.0.borrow().clone()
    }

    /// Holds `session` from now on, unless the one held lives longer: two requests may have
    /// asked STS at the same time.
    fn keep(&self, session: &Rc<Session>) {
        let mut held = self.0.borrow_mut();
        if held
            .as_ref()
            .is_none_or(|held| held.expires_at <= session.expires_at)
        {
            *held = Some(Rc::clone(session));
        }
    }
}

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
/// # Errors
/// [`Error::LifetimeUnavailable`] when STS grants sessions shorter than what was asked for;
/// [`Error::Token`] and [`Error::Sts`] when there is no session to be had.
pub async fn obtain<P: Platform>(
    config: &Config,
    memory: &Memory,
    wanted: Lifetime,
    platform: &P,
) -> Result<Obtained, Error> {
    let now = platform.now();
    if let Some(session) = memory.get().filter(|held| serves(held, wanted, now)) {
        return grant(session, wanted, now);
    }
    let key = kv_key(&config.role, &config.sts);
    if let Some(session) = load(config.cache_key.as_ref(), &key, platform).await {
        let session = Rc::new(session);
        memory.keep(&session);
        let now = platform.now();
        if serves(&session, wanted, now) {
            return grant(session, wanted, now);
        }
    }
    match sts::exchange(config, platform).await {
        Ok(session) => {
            let session = Rc::new(session);
            memory.keep(&session);
            save(config.cache_key.as_ref(), &key, &session, platform).await;
            grant(session, wanted, platform.now())
        }
        // Renewal failed; a session in hand may still bear what was wanted, if only a
        // shorter life.
        Err(error) => match memory.get() {
            Some(held) => grant(held, wanted, platform.now()).map_err(|_| error),
            None => Err(error),
        },
    }
}

/// Whether `session` is used as it is, rather than renewed first.
///
/// Where `wanted` comes close to all that STS grants, or exceeds it, a session is good for it only
/// while it is young, or never: it is used for most of its life all the same, so that STS is not
/// asked every time.
fn serves(session: &Session, wanted: Lifetime, now: SystemTime) -> bool {
    let (Lifetime::Asked(wanted) | Lifetime::Default(wanted)) = wanted;
    let granted = session.granted_lifetime();
    let margin = SESSION_MARGIN.min(granted.checked_div(2).unwrap_or_default());
    session.fit_for(wanted.min(granted.saturating_sub(margin)), now)
}

/// Takes `session` for the URL, with as much life as `wanted` allows.
fn grant(session: Rc<Session>, wanted: Lifetime, now: SystemTime) -> Result<Obtained, Error> {
    let left = Duration::from_secs(session.left_at(now).as_secs());
    let lifetime = match wanted {
        Lifetime::Asked(asked) if asked <= left => asked,
        Lifetime::Default(default) if !left.is_zero() => default.min(left),
        Lifetime::Asked(asked) => {
            return Err(Error::LifetimeUnavailable {
                asked,
                available: left,
            });
        }
        Lifetime::Default(default) => {
            return Err(Error::LifetimeUnavailable {
                asked: default,
                available: left,
            });
        }
    };
    Ok(Obtained {
        session,
        lifetime,
        at: now,
    })
}

/// The session kept in KV. Whatever goes wrong here is logged and counts as absent.
async fn load<P: Platform>(
    cache_key: Option<&CacheKey>,
    key: &str,
    platform: &P,
) -> Option<Session> {
    let cache_key = cache_key?;
    match platform.load_record(key).await {
        Ok(record) => {
            let record = record?;
            let session = record::open(&record, cache_key, key, platform).await;
            if session.is_none() {
                platform.log(&Event::KvRecordForeign);
            }
            session
        }
        Err(failed) => {
            platform.log(&Event::KvReadFailed(&failed));
            None
        }
    }
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
