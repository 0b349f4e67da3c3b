//! How much one run may cost.

use std::cell::Cell;
use std::time::{Duration, SystemTime};

use crate::platform::{Clock, Limits};

/// Most calls to other servers. The free plan allows [50][limits], of which the admin's own credential may take four.
///
/// [limits]: https://developers.cloudflare.com/workers/platform/limits/#subrequests
const MAX_CALLS: u32 = 44;

/// After this no further call begins.
const MAX_TIME: Duration = Duration::from_secs(15);

/// Bounds of one call.
pub(super) const LIMITS: Limits = Limits {
    timeout: Duration::from_secs(4),
    body_bytes: 256 * 1024,
};

/// Why a step was left out.
pub(super) const LEFT_OUT: &str =
    "left out: one run makes at most 44 calls, and begins none after 15 seconds";

/// What is left of it.
pub(super) struct Budget {
    calls_left: Cell<u32>,
    until: SystemTime,
}

impl Budget {
    pub(super) fn new(now: SystemTime) -> Self {
        Self {
            calls_left: Cell::new(MAX_CALLS),
            until: now.checked_add(MAX_TIME).unwrap_or(now),
        }
    }

    /// Whether one more call may be made.
    pub(super) fn allows_call(&self, clock: &impl Clock) -> bool {
        let left = self.calls_left.get();
        self.calls_left.set(left.saturating_sub(1));
        left > 0 && clock.now() < self.until
    }
}
