//! What one or more profiles sign with.

use std::time::{Duration, SystemTime};

use super::cache::{Origin, SessionCache};
use super::kv_record::SealedStore;
use super::lifetime::{Lifetime, SessionRequest, SigningSession};
use super::schedule::RotationSchedule;
use super::{CredentialSource, CredentialsError, Session};
use crate::aws::Endpoint;
use crate::platform::Slot;
use crate::sts::{Role, TokenSource};

/// A source of credentials and everything that the isolate knows of its sessions. Providers never share a session.
#[derive(Debug)]
pub struct SessionProvider {
    /// The role; `None` for static keys.
    pub role: Option<Role>,
    /// The endpoint of STS.
    pub sts: Endpoint,
    /// Where the tokens for STS come from.
    pub tokens: TokenSource,
    /// Where its sessions are kept in KV; `None` without a `CACHE_KEY`.
    pub store: Option<SealedStore>,
    /// The longest lifetime of any URL that is signed with it, including the window.
    pub max_url_lifetime: Duration,
    /// The longest window.
    pub window: Duration,
    /// The isolate's sessions.
    pub cache: SessionCache,
    /// Names its renewal.
    pub slot: Slot,
}

impl SessionProvider {
    /// The provider of `source`, whose cache holds nothing but static keys. `max_url_lifetime` and `window` are the
    /// longest of all profiles that use it.
    pub fn new(
        source: CredentialSource,
        sts: Endpoint,
        tokens: TokenSource,
        store: Option<SealedStore>,
        max_url_lifetime: Duration,
        window: Duration,
        slot: Slot,
    ) -> Self {
        let cache = SessionCache::default();
        let role = match source {
            CredentialSource::Role(role) => Some(role),
            CredentialSource::StaticKeys(keys) => {
                let session = Session::unending(keys);
                cache.insert(vec![session], Origin::StaticKeys, SystemTime::UNIX_EPOCH);
                None
            }
        };
        Self {
            role,
            sts,
            tokens,
            store,
            max_url_lifetime,
            window,
            cache,
            slot,
        }
    }

    /// Where the session `used` was found, when `known` was the one that expires last before: in this isolate's
    /// `memory`, unless it was just fetched from `kv`, from its Durable Object (`object`) or from `sts`; `static` for static
    /// keys.
    pub fn origin_of(&self, used: &Session, known: Option<&Session>) -> &'static str {
        let was_cached = known.is_some_and(|known| known.expires_at >= used.expires_at);
        match self.cache.origin() {
            Some(Origin::StaticKeys) => "static",
            _ if was_cached => "memory",
            Some(Origin::Kv) => "kv",
            Some(Origin::Object) => "object",
            _ => "sts",
        }
    }

    /// The request for a session that can sign a URL of `lifetime` in windows of `window`.
    pub fn request(&self, lifetime: Lifetime, window: Duration) -> SessionRequest {
        SessionRequest {
            lifetime,
            window,
            max_url_lifetime: self.max_url_lifetime,
        }
    }

    /// What a cached session gives for `request`; `None` when a renewal could give more.
    pub fn cached(
        &self,
        request: SessionRequest,
        now: SystemTime,
    ) -> Option<Result<SigningSession, CredentialsError>> {
        let signed_at = request.signed_at(now);
        let satisfies = |session: &Session| request.is_satisfied_by(session, now);
        if let Some(session) = self.cache.select(signed_at, satisfies) {
            return Some(request.grant(session, now));
        }
        let (granted, _) = self.cache.last_granted(now)?;
        let is_futile = self.outlasts(granted, now) || !request.is_possible_in(granted);
        let last = self.cache.last().filter(|_| is_futile)?;
        let available = request
            .left_of(&last, now)
            .max(request.available_in(granted));
        let result = request.grant(last, now);
        Some(result.map_err(|_| request.unavailable(available)))
    }

    /// Whether the cached session lasts longer than one of `granted` would that is obtained at `now`.
    pub fn outlasts(&self, granted: Duration, now: SystemTime) -> bool {
        let last = self.cache.last();
        last.is_some_and(|last| last.left_at(now) >= granted)
    }

    /// What the cached session that expires last gives for `request` when no renewal is to be had: the lifetime may
    /// be shorter. `None` when there is no session.
    pub fn fallback(
        &self,
        request: SessionRequest,
        now: SystemTime,
    ) -> Option<Result<SigningSession, CredentialsError>> {
        Some(request.grant(self.cache.last()?, now))
    }

    /// Whether the cached session is known to be the one that other isolates sign with. An isolate that was idle may
    /// have missed the change to the next session.
    pub fn is_current(&self, now: SystemTime) -> bool {
        let (Some(last), Some(kv_read_at)) = (self.cache.last(), self.cache.kv_read_at()) else {
            return true;
        };
        RotationSchedule::of(&last, self.max_url_lifetime).is_current(kv_read_at, now)
    }
}
