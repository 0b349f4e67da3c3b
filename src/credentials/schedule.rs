//! When a session is replaced by the next one.
//!
//! Once a session has less time left than the longest URL that any profile may sign with it, requests would have to
//! wait for a new one. So the next session is obtained a margin earlier, and published before it becomes active for
//! longer than Workers KV takes to reach every edge. Then all edges change over at the same instant:
//!
//! ```text
//! issued ─────────── renew_from ───────────────────── takeover at the latest ─────────── expires
//!                    |<------------ margin ------------>|<------ longest URL ------>|
//!                    the Cron Trigger renews
//!                                    more and more isolates renew, in the background
//!                                                       requests wait for a renewal
//! ```

use std::time::{Duration, SystemTime};

use super::Session;
use crate::instant::left_until;

/// How much longer than the longest URL a session has to last: time for two runs of the Cron Trigger, two minutes
/// apart, and for the next session to reach every edge, for which KV may take a minute.
pub const SESSION_MARGIN: Duration = Duration::from_secs(300);

/// The schedule of one session. All of its times shrink with a session that is itself short.
#[derive(Clone, Copy, Debug)]
pub struct RotationSchedule {
    issued_at: SystemTime,
    expires_at: SystemTime,
    margin: Duration,
    max_url_lifetime: Duration,
}

impl RotationSchedule {
    /// The schedule of `session`, which signs URLs of up to `max_url_lifetime`; or of up to half its own lifetime,
    /// where STS granted too little for that and the margin.
    pub fn of(session: &Session, max_url_lifetime: Duration) -> Self {
        let granted = session.granted_lifetime();
        let margin = SESSION_MARGIN.min(part(granted, 1, 4));
        let max_url_lifetime = match max_url_lifetime.checked_add(margin) {
            Some(needed) if needed <= granted => max_url_lifetime,
            _ => max_url_lifetime.min(part(granted, 1, 2)),
        };
        Self {
            issued_at: session.issued_at,
            expires_at: session.expires_at,
            margin,
            max_url_lifetime,
        }
    }

    /// The longest lifetime that the session is kept fit for.
    pub fn max_url_lifetime(&self) -> Duration {
        self.max_url_lifetime
    }

    /// From this instant on the next session is obtained.
    pub fn renew_from(&self) -> SystemTime {
        self.before_end(self.max_url_lifetime.saturating_add(self.margin))
    }

    /// How long at `now` until the session gets too short for the longest URL: then requests wait for the next one.
    pub fn spare_at(&self, now: SystemTime) -> Duration {
        left_until(self.before_end(self.max_url_lifetime), now)
    }

    /// Whether an isolate that did not find the next session in KV at `now` obtains it itself, because the Cron Trigger
    /// evidently does not: at first one in 64 at random, in the end every one, so that the session of the first can
    /// reach the others before they call STS too.
    pub fn should_take_over_renewal(&self, now: SystemTime, [random]: [u8; 1]) -> bool {
        let polls_left = self
            .spare_at(now)
            .as_millis()
            .checked_div(self.poll_interval().as_millis());
        let chance = match polls_left {
            None | Some(0) => u8::MAX,
            Some(1) => u8::MAX >> 3,
            Some(2) => u8::MAX >> 6,
            Some(_) => return false,
        };
        random <= chance
    }

    /// When a session that was granted at `now` takes over from this one: two minutes ahead, but not after this one
    /// gets too short for the longest URL.
    pub fn takeover(&self, now: SystemTime) -> SystemTime {
        let ahead = now.checked_add(self.lead()).unwrap_or(now);
        ahead.min(self.before_end(self.max_url_lifetime)).max(now)
    }

    /// The longest interval between two reads of KV for the next session, when it is due.
    pub fn poll_interval(&self) -> Duration {
        part(self.margin, 1, 10)
    }

    /// The longest pause before the read of KV that finds out whether other isolates obtained sessions at the same
    /// time, and which of them all use; the shortest is half of it. KV has to reach the others and back.
    pub fn settle_interval(&self) -> Duration {
        self.lead().saturating_mul(2)
    }

    /// Whether an isolate that read KV at `kv_read_at`, and found no session after this one, knows at `now` what other
    /// edges sign with. A later session, or one that was obtained at the same time, may have been on its way through
    /// KV, for up to half the lead.
    pub fn is_current(&self, kv_read_at: SystemTime, now: SystemTime) -> bool {
        let lead = self.lead();
        let published = self.renew_from().checked_add(lead);
        let no_next = published.max(kv_read_at.checked_add(part(lead, 1, 2)));
        let settled = self.issued_at.checked_add(self.settle_interval());
        let no_other =
            settled.is_some_and(|at| now < at) || left_until(kv_read_at, self.issued_at) >= lead;
        no_other && no_next.is_some_and(|at| now < at)
    }

    /// How long before it becomes active a session is published: twice the time that KV takes.
    fn lead(&self) -> Duration {
        part(self.margin, 2, 5)
    }

    fn before_end(&self, time: Duration) -> SystemTime {
        self.expires_at.checked_sub(time).unwrap_or(self.expires_at)
    }
}

fn part(whole: Duration, numerator: u32, denominator: u32) -> Duration {
    let parts = whole.saturating_mul(numerator);
    parts.checked_div(denominator).unwrap_or_default()
}
