//! Temporary credentials: what they are, how long they serve, where they are kept.
//!
//! A profile signs with the sessions of its [`Supply`]. [`obtain`] finds one in [`memory`]; [`renew`]
//! gets one from Workers KV, else from STS; [`rotation`] says when, and [`lifetime`] what URLs a session
//! can bear. [`record`] is the sealed form that sessions have in KV; [`token`] is what STS takes in
//! exchange.

use std::time::{Duration, SystemTime};

use crate::instant::{last_instant, left_until};
use crate::secret::Secret;

pub mod lifetime;
pub mod memory;
pub mod obtain;
pub mod record;
pub mod renew;
pub mod rotation;
mod supply;
pub mod token;

pub use supply::Supply;

/// What signs a request: an AWS access key, with a session token when it is temporary.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Credentials {
    /// Names the key; it is part of every URL.
    pub access_key_id: String,
    /// Signs; never leaves the worker.
    pub secret_access_key: Secret,
    /// Part of every URL; together with the key id it names the session.
    pub session_token: Option<Secret>,
}

/// Temporary credentials that [STS granted][api] for a role; or static keys, which do not end.
///
/// [api]: https://docs.aws.amazon.com/STS/latest/APIReference/API_Credentials.html
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Session {
    /// What signs while the session lasts.
    pub credentials: Credentials,
    /// When this worker obtained it.
    pub issued_at: SystemTime,
    /// From this instant on it signs, everywhere; before that only where nothing else is fit.
    pub active_from: SystemTime,
    /// From this instant on AWS refuses the session, and every URL signed with it.
    pub expires_at: SystemTime,
}

impl Session {
    /// Static keys as a session, whose end is not known here.
    pub fn unending(credentials: Credentials) -> Self {
        Self {
            credentials,
            issued_at: SystemTime::UNIX_EPOCH,
            active_from: SystemTime::UNIX_EPOCH,
            expires_at: last_instant(),
        }
    }

    /// The whole life that STS granted, which can be shorter than what was asked of it.
    pub fn granted_lifetime(&self) -> Duration {
        left_until(self.expires_at, self.issued_at)
    }

    /// Life left at `now`; zero when it has ended.
    pub fn left_at(&self, now: SystemTime) -> Duration {
        left_until(self.expires_at, now)
    }

    /// Whether the session outlives a URL signed as of `at` for `lifetime`: a URL dies with the
    /// session that signed it.
    pub fn fit_for(&self, lifetime: Duration, at: SystemTime) -> bool {
        self.left_at(at) >= lifetime
    }
}
