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

    /// What a URL can be given at most, of `session` with `left`: what a new session would give to those who ask for
    /// more, and what is left of this one to others, who would have got a new one if there were one.
    fn available_of(&self, session: &Session, left: Duration) -> Duration {
        let longest = longest_lifetime(session);
        let is_exact = matches!(self.lifetime, Lifetime::Exactly(_));
        let available = if is_exact && self.lifetime_from_signing() > longest {
            longest
        } else {
            left.min(longest)
        };
        available.saturating_sub(self.window)
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
            Lifetime::Exactly(lifetime) => match self.with_window(lifetime) {
                // A new session would not help.
                lifetime if lifetime > longest_lifetime(session) => Duration::ZERO,
                lifetime => lifetime,
            },
            Lifetime::UpTo(default) => self
                .with_window(default)
                .min(RotationSchedule::of(session, self.max_url_lifetime).max_url_lifetime()),
        };
        // At both instants, because the window may have begun long ago.
        session.is_fit_for(needed, self.signed_at(now)) && session.is_fit_for(MIN_LIFETIME, now)
    }

    /// Uses `session` for the URL, with as much of the requested lifetime as possible.
    ///
    /// # Errors
    /// [`CredentialsError::LifetimeUnavailable`] when that is less than an exact lifetime, or nothing at all.
    pub fn grant(
        &self,
        session: Rc<Session>,
        now: SystemTime,
    ) -> Result<SigningSession, CredentialsError> {
        let signed_at = self.signed_at(now);
        let left = whole_secs(session.left_at(signed_at));
        let (requested, lifetime) = match self.lifetime {
            Lifetime::Exactly(lifetime) => {
                let needed = self.with_window(lifetime);
                let possible = needed <= left && needed <= longest_lifetime(&session);
                (lifetime, possible.then_some(needed))
            }
            Lifetime::UpTo(default) => {
                let lifetime = self.with_window(default).min(left);
                (MIN_LIFETIME, Some(lifetime))
            }
        };
        match lifetime.filter(|_| session.is_fit_for(MIN_LIFETIME, now)) {
            Some(lifetime) => Ok(SigningSession {
                session,
                signed_at,
                lifetime,
                now,
            }),
            None => Err(CredentialsError::LifetimeUnavailable {
                requested,
                available: self.available_of(&session, left),
            }),
        }
    }
}

/// The shortest lifetime of a URL.
pub const MIN_LIFETIME: Duration = Duration::from_secs(1);

/// Shortest time between renewals for exact lifetimes, or an eighth of a session's lifetime where that is less.
const RENEWAL_GAP: Duration = Duration::from_secs(5);

/// The longest lifetime that can be requested of sessions like this one, in whole seconds: not quite all of theirs,
/// because that would take a new session for every request.
fn longest_lifetime(session: &Session) -> Duration {
    let granted = session.granted_lifetime();
    let gap = RENEWAL_GAP.min(granted.checked_div(8).unwrap_or_default());
    whole_secs(granted.saturating_sub(gap))
}

fn whole_secs(duration: Duration) -> Duration {
    Duration::from_secs(duration.as_secs())
}
