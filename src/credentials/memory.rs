//! What an isolate remembers: its session, and the last failure to get one.

use std::cell::RefCell;
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

/// The isolate's own slots. They hold values; nothing ever waits on them, because a request
/// that waits on another's lock or waker is killed by the runtime as hung.
#[derive(Debug, Default)]
pub struct Memory {
    session: RefCell<Option<Rc<Session>>>,
    failure: RefCell<Option<Failure>>,
}

#[derive(Debug)]
struct Failure {
    error: Error,
    /// The rest before its shortening at random.
    rest: Duration,
    until: SystemTime,
}

impl Memory {
    /// The session held, valid or not.
    pub fn session(&self) -> Option<Rc<Session>> {
        self.session.borrow().clone()
    }

    /// Holds `session` from now on, unless the one held lives longer.
    pub fn keep(&self, session: Session) {
        let mut held = self.session.borrow_mut();
        if held
            .as_ref()
            .is_none_or(|held| held.expires_at <= session.expires_at)
        {
            *held = Some(Rc::new(session));
        }
    }

    /// The failure for which STS is left alone at `now`.
    pub fn failure(&self, now: SystemTime) -> Option<Error> {
        let failure = self.failure.borrow();
        let resting = failure.as_ref().filter(|failure| now < failure.until);
        resting.map(|failure| failure.error.clone())
    }

    /// Remembers that STS granted nothing at `now`. `random` shortens the rest to no less than half,
    /// so that isolates do not come back in step.
    pub fn fail(&self, error: Error, now: SystemTime, random: [u8; 1]) {
        let mut failure = self.failure.borrow_mut();
        let rest = failure.as_ref().map_or(FIRST_REST, |last| {
            last.rest.saturating_mul(2).min(LONGEST_REST)
        });
        let until = now.checked_add(jittered(rest, random));
        *failure = Some(Failure {
            error,
            rest,
            until: until.unwrap_or(now),
        });
    }

    /// Forgets the last failure.
    pub fn succeed(&self) {
        self.failure.replace(None);
    }
}
