//! A session: credentials and when they begin and end.

use std::time::{Duration, SystemTime};

use crate::aws::Credentials;
use crate::instant::{floor_to, last_instant, left_until};
use crate::sts::TemporaryCredentials;

/// Temporary credentials of a role, or static keys, which do not expire.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Session {
    /// What signs.
    pub credentials: Credentials,
    /// When this worker obtained it.
    pub issued_at: SystemTime,
    /// From this instant on all isolates sign with it; before, only those that have no other fit session.
    pub active_from: SystemTime,
    /// From this instant on AWS rejects the session and every URL that was signed with it.
    pub expires_at: SystemTime,
}

impl Session {
    /// The session that STS `granted` at `now`, active at once.
    pub fn granted(granted: TemporaryCredentials, now: SystemTime) -> Self {
        let issued_at = floor_to(Duration::ZERO, now);
        Self {
            credentials: granted.credentials,
            issued_at,
            active_from: issued_at,
            expires_at: granted.expires_at,
        }
    }

    /// Static keys as a session that does not expire.
    pub fn unending(credentials: Credentials) -> Self {
        Self {
            credentials,
            issued_at: SystemTime::UNIX_EPOCH,
            active_from: SystemTime::UNIX_EPOCH,
            expires_at: last_instant(),
        }
    }

    /// The whole lifetime that STS granted, which can be shorter than what was requested.
    pub fn granted_lifetime(&self) -> Duration {
        left_until(self.expires_at, self.issued_at)
    }

    /// The time left at `now`; zero when it has expired.
    pub fn left_at(&self, now: SystemTime) -> Duration {
        left_until(self.expires_at, now)
    }

    /// Whether the session outlives a URL that is signed at `signed_at` for `lifetime`. A URL dies with the session
    /// that signed it.
    pub fn is_fit_for(&self, lifetime: Duration, signed_at: SystemTime) -> bool {
        self.left_at(signed_at) >= lifetime
    }
}
