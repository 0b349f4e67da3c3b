//! Which URLs a session can sign, and how long they live.

use std::rc::Rc;
use std::time::{Duration, SystemTime};

use super::schedule::RotationSchedule;
use super::{CredentialsError, Session};
use crate::instant::{floor_to, left_until};

/// The requested lifetime of a URL.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lifetime {
    /// Exactly this: what a caller requests.
    Exactly(Duration),
    /// Less where the session does not last that long: a profile's default.
    UpTo(Duration),
}

/// The request for a session that can sign a URL.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SessionRequest {
    /// The lifetime from the instant of the request on.
    pub lifetime: Lifetime,
    /// The span to which signing times are rounded down, in whole seconds. A URL is signed as of the beginning of its
    /// window and lives longer by a window, so it lives at least as long as requested.
    pub window: Duration,
    /// The longest lifetime of any URL that is signed with the session, including the window.
    pub max_url_lifetime: Duration,
}

/// A session, and the lifetime that it gives the requested URL.
#[derive(Clone, Debug)]
pub struct SigningSession {
    /// The session.
    pub session: Rc<Session>,
    /// The signing time, in full seconds.
    pub signed_at: SystemTime,
    /// The lifetime from the signing time on: whole seconds, never past the end of the session.
    pub lifetime: Duration,
    /// The instant of the request.
    pub now: SystemTime,
}

impl SigningSession {
    /// When the URL expires.
    pub fn expires_at(&self) -> SystemTime {
        self.signed_at
            .checked_add(self.lifetime)
            .unwrap_or(self.signed_at)
    }

    /// The same with a lifetime that ends at `end` at the latest; `None` when `end` has passed.
    pub fn ending_by(self, end: SystemTime) -> Option<Self> {
        let lifetime = whole_secs(left_until(end, self.signed_at)).min(self.lifetime);
        let left = left_until(end, self.now);
        (left >= MIN_LIFETIME).then_some(Self { lifetime, ..self })
    }

    /// The lifetime that is left, in whole seconds: `expiresIn` in responses.
    pub fn expires_in(&self) -> Duration {
        left_until(self.expires_at(), floor_to(Duration::ZERO, self.now))
    }
}

impl SessionRequest {
    /// The signing time of a URL that is requested at `now`.
    pub fn signed_at(&self, now: SystemTime) -> SystemTime {
        floor_to(self.window, now)
    }

    /// The requested lifetime of the URL from its signing time on.
    pub fn lifetime_from_signing(&self) -> Duration {
        let (Lifetime::Exactly(lifetime) | Lifetime::UpTo(lifetime)) = self.lifetime;
        self.with_window(lifetime)
    }

    fn with_window(&self, lifetime: Duration) -> Duration {
        lifetime.saturating_add(self.window)
    }

    /// Whether `session` is used as it is at `now`, rather than renewed first.
    ///
    /// For an exact lifetime the session is renewed whenever a new session could give it. A default that is close to
    /// all that STS grants, or exceeds it, is not worth a new session each time: the cached one is used for most of
    /// its life.
    pub fn is_satisfied_by(&self, session: &Session, now: SystemTime) -> bool {
        let needed = match self.lifetime {
            // A new session would not help.
            Lifetime::Exactly(_) if !self.is_possible_in(session.granted_lifetime()) => {
                Duration::ZERO
            }
            Lifetime::Exactly(lifetime) => self.with_window(lifetime),
            Lifetime::UpTo(default) => self
                .with_window(default)
                .min(RotationSchedule::of(session, self.max_url_lifetime).max_url_lifetime()),
        };
        // At both instants, because the window may have begun long ago.
        session.is_fit_for(needed, self.signed_at(now)) && session.is_fit_for(MIN_LIFETIME, now)
    }

    /// Whether sessions of `granted` can give the lifetime, at least when they are new.
    pub fn is_possible_in(&self, granted: Duration) -> bool {
        match self.lifetime {
            Lifetime::Exactly(lifetime) => self.with_window(lifetime) <= longest_lifetime(granted),
            Lifetime::UpTo(_) => true,
        }
    }

    /// The shortest lifetime, from the instant of the request on, with which the request is content.
    pub fn least_lifetime(&self) -> Duration {
        match self.lifetime {
            Lifetime::Exactly(lifetime) => lifetime,
            Lifetime::UpTo(_) => MIN_LIFETIME,
        }
    }

    /// Uses `session` for the URL, with as much of the requested lifetime as possible. Where the session ends early, what
    /// the window adds to the lifetime is given up first.
    ///
    /// # Errors
    /// [`CredentialsError::LifetimeUnavailable`] when that is less than an exact lifetime, or nothing at all.
    pub fn grant(
        &self,
        session: Rc<Session>,
        now: SystemTime,
    ) -> Result<SigningSession, CredentialsError> {
        let granted = session.granted_lifetime();
        if !self.is_possible_in(granted) {
            return Err(self.unavailable(self.available_in(granted)));
        }
        // A signature tells full seconds.
        let second = floor_to(Duration::ZERO, now);
        if !session.is_fit_for(self.least_lifetime(), second)
            || !session.is_fit_for(MIN_LIFETIME, now)
        {
            return Err(self.unavailable(self.left_of(&session, now)));
        }
        let signed_at = self.signed_at(now);
        let left = whole_secs(session.left_at(signed_at));
        Ok(SigningSession {
            session,
            signed_at,
            lifetime: self.lifetime_from_signing().min(left),
            now,
        })
    }

    /// The error where at most `available` can be given.
    pub fn unavailable(&self, available: Duration) -> CredentialsError {
        CredentialsError::LifetimeUnavailable {
            requested: self.least_lifetime(),
            available,
        }
    }

    /// The longest lifetime that new sessions of `granted` can give.
    pub fn available_in(&self, granted: Duration) -> Duration {
        longest_lifetime(granted).saturating_sub(self.window)
    }

    /// The longest lifetime that is left of `session` at `now`.
    pub fn left_of(&self, session: &Session, now: SystemTime) -> Duration {
        let left = whole_secs(session.left_at(floor_to(Duration::ZERO, now)));
        left.min(self.available_in(session.granted_lifetime()))
    }
}

/// The shortest lifetime of a URL.
pub const MIN_LIFETIME: Duration = Duration::from_secs(1);

/// Shortest time between renewals for exact lifetimes, or an eighth of a session's lifetime where that is less.
const RENEWAL_GAP: Duration = Duration::from_secs(5);

/// The longest lifetime that can be requested of sessions of `granted`, in whole seconds: not quite all of theirs,
/// because that would take a new session for every request.
fn longest_lifetime(granted: Duration) -> Duration {
    let gap = RENEWAL_GAP.min(granted.checked_div(8).unwrap_or_default());
    whole_secs(granted.saturating_sub(gap))
}

fn whole_secs(duration: Duration) -> Duration {
    Duration::from_secs(duration.as_secs())
}
