//! What a request leaves behind: a line in the log, and a header with the times that it waited.

use std::cell::{Cell, OnceCell, RefCell};
use std::fmt::Write;
use std::rc::Rc;
use std::time::{Duration, SystemTime};

use super::error::ErrorFormat;
use crate::instant::left_until;

/// One request on its way. All names in it are those of the configuration `'c`, never what a client sent.
#[derive(Debug)]
pub struct Trace<'c> {
    begun: SystemTime,
    last: Cell<SystemTime>,
    waits: RefCell<Vec<(&'static str, Duration)>>,
    /// Name of the principal.
    pub caller: OnceCell<Rc<str>>,
    /// Pseudonym of the person or service that the token is about.
    pub subject: OnceCell<String>,
    /// The profile that allowed the request.
    pub profile: Cell<Option<&'c str>>,
    /// Name of the requested operation.
    pub operation: Cell<Option<&'static str>>,
    /// Where the session was found: `memory`, `kv`, `object`, `sts` or `static`.
    pub session: Cell<Option<&'static str>>,
    /// The form of the response, if the request fails.
    pub error_format: Cell<ErrorFormat>,
    /// Whether all profiles that allowed something let the origin read the response.
    pub readable: Cell<Option<bool>>,
}

impl Trace<'_> {
    /// A request that arrives at `now`.
    pub fn new(now: SystemTime) -> Self {
        Self {
            begun: now,
            last: Cell::new(now),
            waits: RefCell::default(),
            caller: OnceCell::default(),
            subject: OnceCell::default(),
            profile: Cell::default(),
            operation: Cell::default(),
            session: Cell::default(),
            error_format: Cell::default(),
            readable: Cell::default(),
        }
    }

    /// Counts the time since the last call as a wait for `what`. Workers stop the clock except for I/O, so it is zero
    /// where nothing was waited for.
    pub fn record_wait(&self, what: &'static str, now: SystemTime) {
        let wait = left_until(now, self.last.replace(now));
        if !wait.is_zero() {
            self.waits.borrow_mut().push((what, wait));
        }
    }

    /// The sum of all waits.
    pub fn total_wait(&self) -> Duration {
        left_until(self.last.get(), self.begun)
    }

    /// The value of the header [`Server-Timing`](https://www.w3.org/TR/server-timing/); `None` when nothing was waited
    /// for.
    pub fn server_timing(&self) -> Option<String> {
        let waits = self.waits.borrow();
        let mut value = String::new();
        for (what, wait) in waits.iter() {
            let comma = if value.is_empty() { "" } else { ", " };
            // Writing to a `String` does not fail.
            let millis = u64::try_from(wait.as_millis()).unwrap_or(u64::MAX);
            let _ = write!(value, "{comma}{what};dur={millis}");
        }
        (!value.is_empty()).then_some(value)
    }
}
