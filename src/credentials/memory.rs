//! What an isolate remembers: its sessions, and the last failure to get one.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::time::{Duration, SystemTime};

use super::Session;
use crate::error::Error;
use crate::instant::jittered;

/// After a failure STS is left alone for up to this, and for up to twice as long after each
/// further one.
const FIRST_REST: Duration = Duration::from_secs(1);

/// The longest that STS is left alone; clients are told to come back after as much.
pub const LONGEST_REST: Duration = Duration::from_secs(5);

/// Where the isolate's last session came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// The configuration.
    Keys,
    /// Workers KV.
    Kv,
    /// STS, called by this isolate.
    Sts,
}

/// The isolate's own slots. They hold values; nothing ever waits on them, because a request
/// that waits on another's lock or waker is killed by the runtime as hung.
#[derive(Debug, Default)]
pub struct Memory {
    /// The longest-lived first; each further one becomes active earlier. The last of them is active,
    /// if any is.
    sessions: RefCell<Vec<Rc<Session>>>,
    origin: Cell<Option<Origin>>,
    failure: RefCell<Option<Failure>>,
    /// When KV was last looked into.
    looked_at: Cell<Option<SystemTime>>,
    /// When to look into KV again, in the background.
    look_at: Cell<Option<SystemTime>>,
    written_at: Cell<Option<SystemTime>>,
}

/// A renewal that failed.
#[derive(Clone, Debug)]
pub struct Failure {
    /// Why.
    pub error: Error,
    /// When.
    pub at: SystemTime,
    /// Until when STS is left alone.
    pub until: SystemTime,
    /// The rest before its shortening at random; `None` once a renewal has succeeded.
    rest: Option<Duration>,
}

impl Failure {
    /// Whether no renewal has succeeded since.
    pub fn lasts(&self) -> bool {
        self.rest.is_some()
    }
}

impl Memory {
    /// The sessions held: the longest-lived first, the one that signs last, but for those
    /// that signed earlier in the running window.
    pub fn sessions(&self) -> Vec<Rc<Session>> {
        self.sessions.borrow().clone()
    }

    /// The session held that lives longest.
    pub fn last(&self) -> Option<Rc<Session>> {
        self.sessions.borrow().first().cloned()
    }

    /// The session for a URL as of `at`: of those active by then the one that lives longest, if `fits`
    /// says so; else, of those that fit, the first to become active.
    pub fn pick(&self, at: SystemTime, fits: impl Fn(&Session) -> bool) -> Option<Rc<Session>> {
        let sessions = self.sessions.borrow();
        let active = sessions.iter().find(|session| session.active_from <= at);
        let fit = active.filter(|session| fits(session));
        fit.or_else(|| sessions.iter().rev().find(|session| fits(session)))
            .cloned()
    }

    /// Takes `sessions` in. Held are those that sign at `since` or will later: of two that are active
    /// the longer-lived one signs, whoever obtained it, so that all isolates come to the same choice.
    pub fn keep(
        &self,
        sessions: impl IntoIterator<Item = Session>,
        origin: Origin,
        since: SystemTime,
    ) {
        let mut all = self.sessions.take();
        let before = all.first().map(|session| session.expires_at);
        all.extend(sessions.into_iter().map(Rc::new));
        all.retain(|session| session.expires_at > since);
        all.sort_by(|a, b| rank(b).cmp(&rank(a)));
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

    /// Where the longest-lived session came from.
    pub fn origin(&self) -> Option<Origin> {
        self.origin.get()
    }

    /// The last failure, be it over or not.
    pub fn failure(&self) -> Option<Failure> {
        self.failure.borrow().clone()
    }

    /// Remembers that a renewal failed at `now`. `random` shortens the rest to no less than half, so
    /// that isolates do not come back in step.
    pub fn fail(&self, error: Error, now: SystemTime, random: [u8; 1]) {
        let mut failure = self.failure.borrow_mut();
        let last = failure.as_ref().and_then(|last| last.rest);
        let rest = last.map_or(FIRST_REST, |rest| rest.saturating_mul(2).min(LONGEST_REST));
        let until = now.checked_add(jittered(rest, random));
        *failure = Some(Failure {
            error,
            at: now,
            until: until.unwrap_or(now),
            rest: Some(rest),
        });
    }

    /// A renewal has succeeded.
    pub fn succeed(&self) {
        if let Some(failure) = self.failure.borrow_mut().as_mut() {
            failure.rest = None;
            failure.until = failure.at;
        }
    }

    /// When KV was last looked into, whatever came of it.
    pub fn looked_at(&self) -> Option<SystemTime> {
        self.looked_at.get()
    }

    /// Remembers a look into KV.
    pub fn looked(&self, now: SystemTime) {
        self.looked_at.set(Some(now));
    }

    /// Whether it is time to look into KV, and with that into everything else, in the background.
    pub fn look_due(&self, now: SystemTime) -> bool {
        self.look_at.get().is_some_and(|at| at <= now)
    }

    /// Says when that is next.
    pub fn look_at(&self, at: Option<SystemTime>) {
        self.look_at.set(at);
    }

    /// Whether the last write to KV lies `gap` back at `now`.
    pub fn may_write(&self, gap: Duration, now: SystemTime) -> bool {
        let next = self.written_at.get().and_then(|at| at.checked_add(gap));
        next.is_none_or(|next| next <= now)
    }

    /// Remembers a write to KV.
    pub fn wrote(&self, now: SystemTime) {
        self.written_at.set(Some(now));
    }
}

/// Of two active sessions the greater one signs; the key id only settles ties.
fn rank(session: &Session) -> (SystemTime, &str) {
    (session.expires_at, &session.credentials.access_key_id)
}
