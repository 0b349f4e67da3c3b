//! When a session is replaced by the next.
//!
//! What counts is the longest URL that any profile may sign with the session: once less than that is
//! left, requests would have to wait for a new one. So the next session is obtained a margin earlier and
//! published before it becomes active, for longer than Workers KV takes to reach every edge. Then all
//! of them change over at the same instant:
//!
//! ```text
//! issued ─────────── renew_from ─── overdue_from ─── takeover at the latest ─────────── expires
//!                    |<------------ margin ------------>|<------ longest URL ------>|
//!                    the Cron Trigger renews
//!                                   requests renew, in the background
//!                                                       requests wait for a renewal
//! ```

use std::time::{Duration, SystemTime};

use super::Session;

/// How much longer than the longest URL a session has to be: time for two runs of the Cron Trigger,
/// two minutes apart, and for the next session to reach every edge, of which KV may take a minute.
pub const SESSION_MARGIN: Duration = Duration::from_secs(300);

/// The pace of one session. Everything shrinks with a session that is short in itself.
#[derive(Clone, Copy, Debug)]
pub struct Pace {
    expires_at: SystemTime,
    margin: Duration,
    longest: Duration,
}

impl Pace {
    /// The pace of `session`, with which URLs of up to `longest` are signed; of half its life, where STS
    /// granted too little for that and the margin.
    pub fn of(session: &Session, longest: Duration) -> Self {
        let granted = session.granted_lifetime();
        let margin = SESSION_MARGIN.min(part(granted, 1, 4));
        let longest = match longest.checked_add(margin) {
            Some(needed) if needed <= granted => longest,
            _ => longest.min(part(granted, 1, 2)),
        };
        Self {
            expires_at: session.expires_at,
            margin,
            longest,
        }
    }

    /// The longest URL that the session is kept fit for.
    pub fn longest(&self) -> Duration {
        self.longest
    }

    /// From here on the next session is obtained.
    pub fn renew_from(&self) -> SystemTime {
        self.before_end(self.longest.saturating_add(self.margin))
    }

    /// From here on requests obtain it, because the Cron Trigger evidently does not.
    pub fn overdue_from(&self) -> SystemTime {
        self.before_end(self.longest.saturating_add(part(self.margin, 3, 10)))
    }

    /// When the session that was granted at `now` takes over from this one: two minutes ahead, or
    /// as late as this one can bear the longest URL.
    pub fn takeover(&self, now: SystemTime) -> SystemTime {
        let ahead = now.checked_add(part(self.margin, 2, 5)).unwrap_or(now);
        ahead.min(self.before_end(self.longest)).max(now)
    }

    /// The longest pause between two looks into KV for the next session, when it is due.
    pub fn poll(&self) -> Duration {
        part(self.margin, 1, 10)
    }

    /// The longest pause before the look into KV that finds out which of several isolates' sessions
    /// everybody uses: longer than KV takes.
    pub fn settle(&self) -> Duration {
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
