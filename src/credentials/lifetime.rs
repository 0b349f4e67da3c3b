//! What URLs a session can bear.

use std::rc::Rc;
use std::time::{Duration, SystemTime};

use super::Session;
use super::rotation::Pace;
use crate::error::Error;
use crate::instant::{floor_to, left_until};

/// The life a URL shall have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lifetime {
    /// All of it or a refusal: what a caller asks for.
    Exactly(Duration),
    /// Less is fine where the session cannot bear it: a profile's default.
    UpTo(Duration),
}

/// What is wanted of a session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Wanted {
    /// The life from the instant of the request on.
    pub lifetime: Lifetime,
    /// The span to which signing times are rounded down, in whole seconds. A URL is signed as of the
    /// beginning of its window and lives longer by a window, so it lives at least as long as it shall.
    pub window: Duration,
    /// The longest URL of anybody who uses the session, window included.
    pub longest: Duration,
}

/// A session, and the life it can give the URL that was asked for.
#[derive(Clone, Debug)]
pub struct Obtained {
    /// What signs.
    pub session: Rc<Session>,
    /// The signing time, in full seconds.
    pub signed_at: SystemTime,
    /// Life from the signing time on: whole seconds, never past the end of the session.
    pub lifetime: Duration,
    /// The instant that all of this holds at.
    pub at: SystemTime,
}

impl Obtained {
    /// When the URL ends.
    pub fn ends_at(&self) -> SystemTime {
        // A session that ends at a later instant bears it.
        self.signed_at
            .checked_add(self.lifetime)
            .unwrap_or(self.signed_at)
    }

    /// The same with a life that ends at `end` at the latest; `None` when that has come.
    pub fn ending_by(self, end: SystemTime) -> Option<Self> {
        let lifetime = whole_secs(left_until(end, self.signed_at)).min(self.lifetime);
        let left = left_until(end, self.at);
        (left >= SHORTEST).then_some(Self { lifetime, ..self })
    }

    /// The life that is left, in whole seconds, as clients are told.
    pub fn expires_in(&self) -> Duration {
        left_until(self.ends_at(), floor_to(Duration::ZERO, self.at))
    }
}

impl Wanted {
    /// The signing time of a URL that is asked for at `now`.
    pub fn signed_at(&self, now: SystemTime) -> SystemTime {
        floor_to(self.window, now)
    }

    /// The whole life that the URL shall have, from its signing time on.
    pub fn needed(&self) -> Duration {
        let (Lifetime::Exactly(lifetime) | Lifetime::UpTo(lifetime)) = self.lifetime;
        self.with_window(lifetime)
    }

    fn with_window(&self, lifetime: Duration) -> Duration {
        lifetime.saturating_add(self.window)
    }

    /// Whether `session` is used as it is at `now`, rather than renewed first.
    ///
    /// A life that was asked for is renewed for whenever a new session could bear it. A default that
    /// comes close to all that STS grants, or exceeds it, is not worth a session each time: the one in
    /// hand serves for most of its life.
    pub fn served_by(&self, session: &Session, now: SystemTime) -> bool {
        let needed = match self.lifetime {
            Lifetime::Exactly(asked) => match self.with_window(asked) {
                // No new session helps: the refusal needs none.
                asked if asked > bearable(session) => Duration::ZERO,
                asked => asked,
            },
            Lifetime::UpTo(default) => self
                .with_window(default)
                .min(Pace::of(session, self.longest).longest()),
        };
        // Two instants: a window may have begun long ago.
        session.fit_for(needed, self.signed_at(now)) && session.fit_for(SHORTEST, now)
    }

    /// Takes `session` for the URL, with as much life as is wanted and possible.
    ///
    /// # Errors
    /// [`Error::LifetimeUnavailable`], when that is less than was asked for or nothing at all.
    pub fn granted_by(&self, session: Rc<Session>, now: SystemTime) -> Result<Obtained, Error> {
        let signed_at = self.signed_at(now);
        let left = whole_secs(session.left_at(signed_at));
        let (wanted, lifetime) = match self.lifetime {
            Lifetime::Exactly(asked) => {
                let needed = self.with_window(asked);
                let bears = needed <= left && needed <= bearable(&session);
                (asked, bears.then_some(needed))
            }
            Lifetime::UpTo(default) => (default, Some(self.with_window(default).min(left))),
        };
        match lifetime.filter(|_| session.fit_for(SHORTEST, now)) {
            Some(lifetime) => Ok(Obtained {
                session,
                signed_at,
                lifetime,
                at: now,
            }),
            None => Err(Error::LifetimeUnavailable {
                asked: wanted,
                available: bearable(&session).saturating_sub(self.window),
            }),
        }
    }
}

/// The shortest life of a URL.
pub const SHORTEST: Duration = Duration::from_secs(1);

/// Renewals for lives that were asked for lie at least this far apart, or an eighth of a session
/// where that is less.
const RENEWAL_GAP: Duration = Duration::from_secs(5);

/// The longest life that can be asked of sessions like this one, in whole seconds: not quite all
/// of theirs, for that would take a new one for every request.
fn bearable(session: &Session) -> Duration {
    let granted = session.granted_lifetime();
    let gap = RENEWAL_GAP.min(granted.checked_div(8).unwrap_or_default());
    whole_secs(granted.saturating_sub(gap))
}

fn whole_secs(duration: Duration) -> Duration {
    Duration::from_secs(duration.as_secs())
}
