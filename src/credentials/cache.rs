//! The isolate's cache: its sessions, and the last failure to obtain one.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::time::{Duration, SystemTime};

use super::{CredentialsError, Session};
use crate::instant::{jittered, left_until};

/// After a failure STS is not called for up to this, and for up to twice as long after each further failure.
const INITIAL_BACKOFF: Duration = Duration::from_secs(1);

/// The longest time for which STS is not called while there is a session that serves.
pub const MAX_BACKOFF: Duration = Duration::from_secs(60);

/// The longest time for which STS is not called when a request fails for want of a session: with a call of 3 s, requests
/// succeed 30 s after STS is back at the latest.
pub const MAX_BACKOFF_UNSERVED: Duration = Duration::from_secs(27);

/// For this long it is taken for granted that STS grants what it granted last.
const GRANT_MEMORY: Duration = Duration::from_secs(300);

/// For this long a record that was written to KV may still be read as absent, and is not written again.
const KV_PROPAGATION: Duration = Duration::from_secs(60);

/// The longest pause between writes to a KV that keeps none of them.
const MAX_KV_BACKOFF: Duration = Duration::from_secs(3600);

/// Where the isolate's last session came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// The configuration.
    StaticKeys,
    /// Workers KV.
    Kv,
    /// The session's Durable Object.
    Object,
    /// STS, called by this isolate.
    Sts,
}

/// The isolate's cache of one provider. It holds values that no request waits on: the runtime kills a request that
/// waits on another request's lock or waker.
#[derive(Debug, Default)]
pub struct SessionCache {
    /// The one that expires last first; each further one becomes active earlier. The last one is active, if any is.
    sessions: RefCell<Vec<Rc<Session>>>,
    origin: Cell<Option<Origin>>,
    failure: RefCell<Option<Failure>>,
    /// When KV was last read.
    kv_read_at: Cell<Option<SystemTime>>,
    /// When KV is to be read again, in the background.
    next_kv_read: Cell<Option<SystemTime>>,
    /// When the record may be written to KV again, should KV lose it.
    kv_rewrite_from: Cell<Option<SystemTime>>,
    /// How often the record was written again because KV had lost it.
    kv_rewrites: Cell<u32>,
    /// The lifetime that STS granted last, and when.
    granted: Cell<Option<(Duration, SystemTime)>>,
}

/// A renewal that failed.
#[derive(Clone, Debug)]
pub struct Failure {
    /// The error.
    pub error: CredentialsError,
    /// When it happened.
    pub at: SystemTime,
    /// For how long STS is not called then.
    pause: Duration,
    /// The pause before it is shortened at random; `None` once a renewal has succeeded.
    backoff: Option<Duration>,
}

impl Failure {
    /// Whether no renewal has succeeded since.
    pub fn persists(&self) -> bool {
        self.backoff.is_some()
    }

    /// Whether STS is not called at `now`. A request that no session serves, unlike one that `is_served`, does not wait
    /// for longer than [`MAX_BACKOFF_UNSERVED`].
    pub fn backs_off(&self, is_served: bool, now: SystemTime) -> bool {
        !self.backoff_left(is_served, now).is_zero()
    }

    /// For how long that is so.
    pub fn backoff_left(&self, is_served: bool, now: SystemTime) -> Duration {
        let limit = if is_served {
            MAX_BACKOFF
        } else {
            MAX_BACKOFF_UNSERVED
        };
        if !self.persists() {
            return Duration::ZERO;
        }
        let passed = left_until(now, self.at);
        self.pause.min(limit).saturating_sub(passed)
    }
}

impl SessionCache {
    /// All sessions: the one that expires last first. The last one signs, except where it signed only earlier in the
    /// current window.
    pub fn sessions(&self) -> Vec<Rc<Session>> {
        self.sessions.borrow().clone()
    }

    /// The session that expires last.
    pub fn last(&self) -> Option<Rc<Session>> {
        self.sessions.borrow().first().cloned()
    }

    /// The session for a URL that is signed at `signed_at`: of the active ones the one that expires last, if it `fits`;
    /// else, of those that fit, the first to become active.
    pub fn select(
        &self,
        signed_at: SystemTime,
        fits: impl Fn(&Session) -> bool,
    ) -> Option<Rc<Session>> {
        let sessions = self.sessions.borrow();
        let active = sessions
            .iter()
            .find(|session| session.active_from <= signed_at);
        let fit = active.filter(|session| fits(session));
        fit.or_else(|| sessions.iter().rev().find(|session| fits(session)))
            .cloned()
    }

    /// Adds `sessions`, and keeps those that sign at `since` or later. Of two active sessions the one that expires
    /// later signs, whoever obtained it, so that all isolates make the same choice.
    pub fn insert(&self, sessions: Vec<Session>, origin: Origin, since: SystemTime) {
        let mut all = self.sessions.take();
        let before = all.first().map(|session| session.expires_at);
        for session in sessions {
            let index = all.partition_point(|held| rank(held) > rank(&session));
            all.insert(index, Rc::new(session));
        }
        all.retain(|session| session.expires_at > since);
        let mut earliest: Option<SystemTime> = None;
        all.retain(|session| {
            let signs = earliest.is_none_or(|earliest| session.active_from < earliest)
                && earliest.is_none_or(|earliest| earliest > since);
            if signs {
                earliest = Some(session.active_from);
            }
            signs
        });
        if all.first().map(|session| session.expires_at) > before {
            self.origin.set(Some(origin));
        }
        self.sessions.replace(all);
    }

    /// Where the session that expires last came from.
    pub fn origin(&self) -> Option<Origin> {
        self.origin.get()
    }

    /// The last failure, whether it persists or not.
    pub fn failure(&self) -> Option<Failure> {
        self.failure.borrow().clone()
    }

    /// Remembers that a renewal failed at `now`. `random` shortens the backoff to no less than half, so that isolates do
    /// not retry in step.
    pub fn record_failure(&self, error: CredentialsError, now: SystemTime, random: [u8; 1]) {
        let mut failure = self.failure.borrow_mut();
        let last = failure.as_ref().and_then(|last| last.backoff);
        let backoff = last.map_or(INITIAL_BACKOFF, |backoff| {
            backoff.saturating_mul(2).min(MAX_BACKOFF)
        });
        *failure = Some(Failure {
            error,
            at: now,
            pause: jittered(backoff, random),
            backoff: Some(backoff),
        });
    }

    /// Remembers at `now` that STS failed somewhere else, where it is not called for another `pause`; nor is it asked for that
    /// here.
    pub fn record_reported_failure(
        &self,
        error: CredentialsError,
        now: SystemTime,
        pause: Duration,
    ) {
        self.failure.replace(Some(Failure {
            error,
            at: now,
            pause,
            backoff: Some(pause),
        }));
    }

    /// Remembers that a renewal has succeeded.
    pub fn record_success(&self) {
        if let Some(failure) = self.failure.borrow_mut().as_mut() {
            failure.backoff = None;
        }
    }

    /// Remembers that STS granted a session of `granted` at the instant `at`.
    pub fn record_granted(&self, granted: Duration, at: SystemTime) {
        self.granted.set(Some((granted, at)));
    }

    /// The lifetime that STS granted last, and when, as long as that is expected of it.
    pub fn last_granted(&self, now: SystemTime) -> Option<(Duration, SystemTime)> {
        let granted = self.granted.get();
        granted.filter(|(_, at)| left_until(now, *at) < GRANT_MEMORY)
    }

    /// When KV was last read, whatever the result.
    pub fn kv_read_at(&self) -> Option<SystemTime> {
        self.kv_read_at.get()
    }

    /// Remembers that KV was read at `now`.
    pub fn record_kv_read(&self, now: SystemTime) {
        self.kv_read_at.set(Some(now));
    }

    /// Whether KV is to be read now, in the background.
    pub fn is_kv_read_due(&self, now: SystemTime) -> bool {
        self.next_kv_read.get().is_some_and(|at| at <= now)
    }

    /// Sets when KV is to be read next.
    pub fn schedule_kv_read(&self, at: Option<SystemTime>) {
        self.next_kv_read.set(at);
    }

    /// Whether a new record may be written at `now`. To a KV that has lost records it is written as a lost one is.
    pub fn may_write_kv(&self, now: SystemTime) -> bool {
        self.kv_rewrites.get() == 0 || self.may_rewrite_kv(now)
    }

    /// Whether a record that KV has lost is written again at `now`.
    pub fn may_rewrite_kv(&self, now: SystemTime) -> bool {
        let from = self.kv_rewrite_from.get();
        from.is_none_or(|from| from <= now)
    }

    /// Counts a time that KV had lost the record and it was written again.
    pub fn record_kv_rewrite(&self) {
        self.kv_rewrites
            .set(self.kv_rewrites.get().saturating_add(1));
    }

    /// Remembers that KV has the record.
    pub fn record_kv_kept(&self) {
        self.kv_rewrites.set(0);
    }

    /// Remembers that KV was written at `now`. Should it lose the record, it is written again the more rarely, the more
    /// often it was lost, and at a random time, because other isolates have lost it too.
    pub fn record_kv_write(&self, now: SystemTime, random: [u8; 1]) {
        let doublings = 1_u32.checked_shl(self.kv_rewrites.get());
        // At least half of it is left by chance.
        let pause = KV_PROPAGATION.saturating_mul(2);
        let pause = pause.saturating_mul(doublings.unwrap_or(u32::MAX));
        let pause = jittered(pause.min(MAX_KV_BACKOFF), random);
        self.kv_rewrite_from.set(now.checked_add(pause));
    }
}

/// Of two active sessions the greater one signs; the key id only breaks ties.
fn rank(session: &Session) -> (SystemTime, &str) {
    (session.expires_at, &session.credentials.access_key_id)
}
