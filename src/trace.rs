//! What a request leaves behind: a line in the log, and headers that say what it waited for.

use std::cell::{Cell, RefCell};
use std::fmt::Write;
use std::time::{Duration, SystemTime};

use crate::instant::left_until;
use crate::presign::Operation;

/// One request as it goes its way. Names are those of the configuration, never what a client sent.
#[derive(Debug)]
pub struct Trace<'s> {
    begun: SystemTime,
    last: Cell<SystemTime>,
    waits: RefCell<Vec<(&'static str, Duration)>>,
    /// Who asks.
    pub caller: Cell<Option<&'s str>>,
    /// The profile that gives what is asked for.
    pub profile: Cell<Option<&'s str>>,
    /// What is asked for.
    pub operation: Cell<Option<Operation>>,
    /// Where the session that signs was found: `memory`, `kv`, `sts` or `static`.
    pub session: Cell<Option<&'static str>>,
    /// Whether all profiles that gave something let the origin read the answer.
    pub readable: Cell<Option<bool>>,
}

impl<'s> Trace<'s> {
    /// A request that comes in at `now`.
    pub fn new(now: SystemTime) -> Self {
        Self {
            begun: now,
            last: Cell::new(now),
            waits: RefCell::default(),
            caller: Cell::default(),
            profile: Cell::default(),
            operation: Cell::default(),
            session: Cell::default(),
            readable: Cell::default(),
        }
    }

    /// Counts the time since the last call as a wait for `what`. Workers stop the clock but for I/O, so
    /// there is none where nothing was waited for.
    pub fn waited(&self, what: &'static str, now: SystemTime) {
        let wait = left_until(now, self.last.replace(now));
        if !wait.is_zero() {
            self.waits.borrow_mut().push((what, wait));
        }
    }

    /// All waits together.
    pub fn io(&self) -> Duration {
        left_until(self.last.get(), self.begun)
    }

    /// The value of the header [`Server-Timing`](https://www.w3.org/TR/server-timing/); `None` when nothing
    /// was waited for.
    pub fn server_timing(&self) -> Option<String> {
        let waits = self.waits.borrow();
        let mut value = String::new();
        for (what, wait) in waits.iter() {
            let comma = if value.is_empty() { "" } else { ", " };
            // Writing to a `String` does not fail.
            let _ = write!(value, "{comma}{what};dur={}", wait.as_millis());
        }
        (!value.is_empty()).then_some(value)
    }
}
