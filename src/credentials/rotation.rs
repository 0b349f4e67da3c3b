//! When a session is replaced by the next.
//!
//! What counts is the longest URL that any profile may sign with the session: once less than that is
//! left, requests would have to wait for a new one. So the next session is obtained a margin earlier and
//! published before it becomes active, for longer than Workers KV takes to reach every edge. Then all
//! of them change over at the same instant:
//!
//! ```text
//! issued ─────────── renew_from ───────────────────── takeover at the latest ─────────── expires
//!                    |<------------ margin ------------>|<------ longest URL ------>|
//!                    the Cron Trigger renews
//!                                    more and more requests renew, in the background
//!                                                       requests wait for a renewal
//! ```

use std::time::{Duration, SystemTime};

use super::Session;
use crate::instant::left_until;

/// How much longer than the longest URL a session has to be: time for two runs of the Cron Trigger,
/// two minutes apart, and for the next session to reach every edge, of which KV may take a minute.
pub const SESSION_MARGIN: Duration = Duration::from_secs(300);

/// The pace of one session. Everything shrinks with a session that is short in itself.
#[derive(Clone, Copy, Debug)]
pub struct Pace {
    issued_at: SystemTime,
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
            issued_at: session.issued_at,
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

    /// Whether an isolate that looked in vain for the next session at `now` obtains it itself, because the
    /// Cron Trigger evidently does not: at first one in 64 by chance, in the end every one, so that
    /// the session of the first can reach the others before they ask for more.
    pub fn is_turn(&self, now: SystemTime, [random]: [u8; 1]) -> bool {
        let left = left_until(self.before_end(self.longest), now);
        let polls_left = left.as_millis().checked_div(self.poll().as_millis());
        let chance = match polls_left {
            None | Some(0) => u8::MAX,
            Some(1) => u8::MAX >> 3,
            Some(2) => u8::MAX >> 6,
            Some(_) => return false,
        };
        random <= chance
    }

    /// When the session that was granted at `now` takes over from this one: two minutes ahead, or
    /// as late as this one can bear the longest URL.
    pub fn takeover(&self, now: SystemTime) -> SystemTime {
        let ahead = now.checked_add(self.lead()).unwrap_or(now);
        ahead.min(self.before_end(self.longest)).max(now)
    }

    /// The longest pause between two looks into KV for the next session, when it is due.
    pub fn poll(&self) -> Duration {
        part(self.margin, 1, 10)
    }

    /// The longest pause before the look into KV that finds out whether other isolates obtained
    /// sessions at the same time, and which of them everybody uses; half of it is the shortest. One that
    /// did not hear of this session can have done so for as long as KV takes, and has to be heard of.
    pub fn settle(&self) -> Duration {
        self.lead().saturating_mul(2)
    }

    /// Whether an isolate that looked into KV at `looked_at`, and found no session after this one, knows
    /// at `now` what other edges sign with: a session after this one, or one that was obtained at the
    /// same time in its stead, may have been on its way through KV, for up to half the lead.
    pub fn is_sure(&self, looked_at: SystemTime, now: SystemTime) -> bool {
        let lead = self.lead();
        let published = self.renew_from().checked_add(lead);
        let no_next = published.max(looked_at.checked_add(part(lead, 1, 2)));
        let settled = self.issued_at.checked_add(self.settle());
        let no_other =
            settled.is_some_and(|at| now < at) || left_until(looked_at, self.issued_at) >= lead;
        no_other && no_next.is_some_and(|at| now < at)
    }

    /// How long before it becomes active a session is published: twice as long as KV takes.
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
