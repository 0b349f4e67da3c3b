//! What one or more profiles sign with.

use std::time::{Duration, SystemTime};

use super::Session;
use super::lifetime::{Lifetime, Obtained, Wanted};
use super::memory::{Memory, Origin};
use super::record::kv_key;
use super::rotation::Pace;
use crate::config::{Config, Provider, Role};
use crate::error::Error;

/// A provider of credentials with all that the isolate holds of it. Providers never share a
/// session.
#[derive(Debug)]
pub struct Supply {
    /// Its place among the configuration's providers.
    pub place: usize,
    /// What the token is traded for; `None` for static keys.
    pub role: Option<Role>,
    /// Where its sessions lie in KV.
    pub kv_key: String,
    /// The longest URL that is signed with it, window included.
    pub longest: Duration,
    /// The longest window.
    pub window: Duration,
    /// What is at hand.
    pub memory: Memory,
}

impl Supply {
    /// The provider at `place`, with nothing at hand but static keys.
    pub fn new(config: &Config, place: usize, provider: &Provider) -> Self {
        let users = || {
            let profiles = config.profiles.iter();
            profiles.filter(move |profile| profile.provider == place)
        };
        let longest = users().map(|profile| profile.max_lifetime.saturating_add(profile.window));
        let window = users().map(|profile| profile.window);
        let memory = Memory::default();
        let role = match provider {
            Provider::Role(role) => Some(role.clone()),
            Provider::Keys(keys) => {
                let session = Session::unending(keys.clone());
                memory.keep([session], Origin::Keys, SystemTime::UNIX_EPOCH);
                None
            }
        };
        Self {
            place,
            kv_key: role
                .as_ref()
                .map(|role| kv_key(role, &config.sts))
                .unwrap_or_default(),
            role,
            longest: longest.max().unwrap_or_default(),
            window: window.max().unwrap_or_default(),
            memory,
        }
    }

    /// Where the session `used` was found, when `known` was the longest-lived one before: in this
    /// isolate's `memory`, unless it was just fetched from `kv` or `sts`; `static` for keys.
    pub fn source(&self, known: Option<&Session>, used: &Session) -> &'static str {
        let at_hand = known.is_some_and(|known| known.expires_at >= used.expires_at);
        match self.memory.origin() {
            Some(Origin::Keys) => "static",
            _ if at_hand => "memory",
            Some(Origin::Kv) => "kv",
            _ => "sts",
        }
    }

    /// What is wanted of it for a URL of `lifetime` in windows of `window`.
    pub fn wanted(&self, lifetime: Lifetime, window: Duration) -> Wanted {
        Wanted {
            lifetime,
            window,
            longest: self.longest,
        }
    }

    /// What is at hand for `wanted`, if no renewal could bring more.
    pub fn at_hand(&self, wanted: Wanted, now: SystemTime) -> Option<Result<Obtained, Error>> {
        let at = wanted.signed_at(now);
        let served = |session: &Session| wanted.served_by(session, now);
        let session = self.memory.pick(at, served)?;
        Some(wanted.granted_by(session, now))
    }

    /// Whether what is at hand is known to be what other isolates sign with; one that was idle may have
    /// missed the change to the next session.
    pub fn is_sure(&self, now: SystemTime) -> bool {
        let (Some(last), Some(looked_at)) = (self.memory.last(), self.memory.looked_at()) else {
            return true;
        };
        Pace::of(&last, self.longest).is_sure(looked_at, now)
    }

    /// What is at hand for `wanted` when no renewal is to be had: the life may be shorter.
    ///
    /// # Errors
    /// [`Error::LifetimeUnavailable`]; `None` when there is nothing at all.
    pub fn make_do(&self, wanted: Wanted, now: SystemTime) -> Option<Result<Obtained, Error>> {
        Some(wanted.granted_by(self.memory.last()?, now))
    }
}
