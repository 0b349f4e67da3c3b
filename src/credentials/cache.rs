//! The isolate's cache: its sessions, and the last failure to obtain one.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::time::{Duration, SystemTime};

use super::{CredentialsError, Session};
use crate::instant::jittered;

/// After a failure STS is not called for up to this, and for up to twice as long after each further failure.
const INITIAL_BACKOFF: Duration = Duration::from_secs(1);

/// The longest time for which STS is not called; it is also the `Retry-After` of responses.
pub const MAX_BACKOFF: Duration = Duration::from_secs(5);

/// Where the isolate's last session came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// The configuration.
    StaticKeys,
    /// Workers KV.
    Kv,
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
    kv_written_at: Cell<Option<SystemTime>>,
}

/// A renewal that failed.
#[derive(Clone, Debug)]
pub struct Failure {
    /// The error.
    pub error: CredentialsError,
    /// When it happened.
    pub at: SystemTime,
    /// Until when STS is not called.
    pub retry_at: SystemTime,
    /// The backoff before it is shortened at random; `None` once a renewal has succeeded.
    backoff: Option<Duration>,
}

impl Failure {
    /// Whether no renewal has succeeded since.
    pub fn persists(&self) -> bool {
        self.backoff.is_some()
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
        let retry_at = now.checked_add(jittered(backoff, random));
        *failure = Some(Failure {
            error,
            at: now,
            retry_at: retry_at.unwrap_or(now),
            backoff: Some(backoff),
        });
    }

    /// Remembers that a renewal has succeeded.
    pub fn record_success(&self) {
        if let Some(failure) = self.failure.borrow_mut().as_mut() {
            failure.backoff = None;
            failure.retry_at = failure.at;
        }
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

    /// Whether the last write to KV was at least `gap` before `now`.
    pub fn may_write_kv(&self, gap: Duration, now: SystemTime) -> bool {
        let next = self.kv_written_at.get().and_then(|at| at.checked_add(gap));
        next.is_none_or(|next| next <= now)
    }

    /// Remembers that KV was written at `now`.
    pub fn record_kv_write(&self, now: SystemTime) {
        self.kv_written_at.set(Some(now));
    }
}

/// Of two active sessions the greater one signs; the key id only breaks ties.
fn rank(session: &Session) -> (SystemTime, &str) {
    (session.expires_at, &session.credentials.access_key_id)
}
