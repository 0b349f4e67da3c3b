//! An issuer of JWTs, with its keys.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::time::{Duration, SystemTime};

use super::AuthError;
use super::discovery::{FETCH_LIMIT, FetchError, IssuerUrls, fetch_keys};
use super::jwks::{self, Found, Key};
use super::jwt::{Jwt, JwtError};
use crate::instant::left_until;
use crate::log::{Level, Record};
use crate::platform::{Background, Clock, Crypto, Platform, Slot};

/// Keys older than this are used only if they cannot be fetched again: the issuer may have withdrawn one of them.
pub const KEYS_FRESH: Duration = Duration::from_secs(600);

/// Keys older than this are fetched again in the background, so that an isolate with enough requests never waits.
pub const KEYS_REFRESH: Duration = Duration::from_secs(300);

/// The longest that keys are used when they cannot be fetched again.
pub const KEYS_USABLE: Duration = Duration::from_secs(6 * 3600);

/// Shortest time between two fetches while there are keys, whatever tokens arrive.
pub const FETCH_GAP: Duration = Duration::from_secs(60);

/// Shortest time between two fetches while there are none.
pub const FETCH_BACKOFF: Duration = Duration::from_secs(5);

/// One issuer, shared by all callers with the same URLs.
#[derive(Debug)]
pub struct Issuer {
    urls: IssuerUrls,
    slot: Slot,
    keys: RefCell<Option<Rc<KeySet>>>,
    /// When the last fetch ended, whatever its result.
    fetched_at: Cell<Option<SystemTime>>,
}

#[derive(Debug)]
struct KeySet {
    keys: Rc<[Key]>,
    /// Another one for each set that differs from the one before.
    number: u32,
    fetched_at: SystemTime,
}

impl Issuer {
    /// The issuer at `urls`, without keys yet. `slot` names the fetch of its keys.
    pub fn new(urls: IssuerUrls, slot: Slot) -> Self {
        Self {
            urls,
            slot,
            keys: RefCell::default(),
            fetched_at: Cell::default(),
        }
    }

    /// Where it is.
    pub fn urls(&self) -> &IssuerUrls {
        &self.urls
    }

    /// Whether the keys that the issuer has by now are those of `key_set`, which has verified a token before.
    pub(super) async fn still_has(
        self: &Rc<Self>,
        key_set: u32,
        platform: &(impl Clock + Background),
    ) -> bool {
        let keys = self.current_keys(platform).await;
        keys.is_some_and(|keys| keys.number == key_set)
    }

    /// Verifies the signature of `jwt`, and returns the number of the key set of which a key has verified it.
    ///
    /// # Errors
    /// [`JwtError::UnknownKey`] and [`JwtError::Signature`] as [`AuthError::Jwt`];
    /// [`AuthError::IssuerUnreachable`] when there are no keys and none can be fetched.
    pub(super) async fn check_signature(
        self: &Rc<Self>,
        jwt: &Jwt<'_>,
        platform: &(impl Clock + Crypto + Background),
    ) -> Result<u32, AuthError> {
        let keys = self.keys_for(jwt, platform).await?;
        let Found::Key(key) = jwks::find(&keys.keys, jwt) else {
            return Err(JwtError::UnknownKey.into());
        };
        let (signed, signature) = (jwt.signed.as_bytes(), jwt.signature.as_slice());
        let verifies = platform.verify_signature(jwt.algorithm, &key.public, signed, signature);
        if verifies.await {
            Ok(keys.number)
        } else {
            Err(JwtError::Signature.into())
        }
    }

    /// Whether the issuer may have a key of the name in `jwt`, because its keys were not fetched again since `asked_at`.
    pub(super) fn may_have_key_of(&self, jwt: &Jwt<'_>, asked_at: SystemTime) -> bool {
        self.keys.borrow().as_ref().is_some_and(|it| {
            jwks::find(&it.keys, jwt) == Found::Unknown && it.fetched_at < asked_at
        })
    }

    /// A key set with the key of `jwt` in it, as far as the issuer may be asked for it.
    async fn keys_for(
        self: &Rc<Self>,
        jwt: &Jwt<'_>,
        platform: &(impl Clock + Background),
    ) -> Result<Rc<KeySet>, AuthError> {
        let mut keys = self.current_keys(platform).await;
        let unknown = (keys.as_ref()).is_some_and(|it| jwks::find(&it.keys, jwt) == Found::Unknown);
        if unknown && self.may_fetch(platform.now()) {
            self.fetch_and_wait(platform).await;
            keys = self.usable_keys(platform.now());
        }
        keys.ok_or(AuthError::IssuerUnreachable)
    }

    /// The keys that the issuer has. Those that are not fresh are fetched first, and older ones are used only if that
    /// fails, or failed less than [`FETCH_GAP`] ago.
    async fn current_keys(
        self: &Rc<Self>,
        platform: &(impl Clock + Background),
    ) -> Option<Rc<KeySet>> {
        let now = platform.now();
        let fetched_at = self.usable_keys(now).map(|keys| keys.fetched_at);
        let is_younger = |limit: Duration| fetched_at.is_some_and(|at| age(at, now) < limit);
        if self.may_fetch(now) {
            if !is_younger(KEYS_FRESH) {
                self.fetch_and_wait(platform).await;
            } else if !is_younger(KEYS_REFRESH) {
                let issuer = Rc::clone(self);
                platform.single_flight_in_background(self.slot, FETCH_LIMIT, |platform| {
                    issuer.fetch(platform)
                });
            }
        }
        self.usable_keys(platform.now())
    }

    /// Fetches the keys, or waits for the fetch that runs.
    async fn fetch_and_wait(self: &Rc<Self>, platform: &(impl Clock + Background)) {
        let before = self.fetched_at.get();
        let issuer = Rc::clone(self);
        platform
            .single_flight(self.slot, FETCH_LIMIT, FETCH_LIMIT, |platform| {
                issuer.fetch(platform)
            })
            .await;
        // A fetch that the runtime has cut off never ends. It has failed, or every request would wait for it in vain.
        if self.fetched_at.get() == before {
            self.fetched_at.set(Some(platform.now()));
        }
    }

    fn usable_keys(&self, now: SystemTime) -> Option<Rc<KeySet>> {
        let keys = self.keys.borrow().clone();
        keys.filter(|keys| age(keys.fetched_at, now) < KEYS_USABLE)
    }

    fn may_fetch(&self, now: SystemTime) -> bool {
        let gap = match self.usable_keys(now) {
            Some(_) => FETCH_GAP,
            None => FETCH_BACKOFF,
        };
        self.fetched_at.get().is_none_or(|at| age(at, now) >= gap)
    }

    /// Fetches the keys. When they change, tokens that older keys verified have to be verified again.
    async fn fetch<P: Platform>(self: Rc<Self>, platform: P) {
        let fetched = fetch_keys(&self.urls, &platform).await;
        let now = platform.now();
        self.fetched_at.set(Some(now));
        // Without any key this time and before, it is more likely a mistake than a withdrawal.
        let fetched = fetched.and_then(|keys| {
            if keys.is_empty() && self.usable_keys(now).is_none() {
                Err(FetchError::Keys)
            } else {
                Ok(keys)
            }
        });
        match fetched {
            Ok(keys) => {
                let before = self.keys.replace(None);
                // The same keys stay, with what the platform has made of them.
                let (keys, number) = match before {
                    Some(before) if *before.keys == *keys => {
                        (Rc::clone(&before.keys), before.number)
                    }
                    before => {
                        let number = before.map_or(0, |before| before.number.wrapping_add(1));
                        (keys.into(), number)
                    }
                };
                let detail = format!("{} has {} keys", self.urls.issuer, keys.len());
                Record::new(Level::Info, "issuerKeys", detail).write(&platform);
                let fetched_at = now;
                self.keys.replace(Some(Rc::new(KeySet {
                    keys,
                    number,
                    fetched_at,
                })));
            }
            Err(error) => self.failure(error, now).write(&platform),
        }
    }

    fn failure(&self, error: FetchError, now: SystemTime) -> Record {
        let (level, consequence) = if self.usable_keys(now).is_some() {
            (Level::Warn, "its older keys stay in use")
        } else {
            (Level::Error, "its tokens cannot be verified")
        };
        let issuer = &self.urls.issuer;
        let detail = format!("the keys of {issuer} cannot be fetched, and {consequence}: {error}");
        Record::new(level, "issuerFailed", detail)
    }
}

fn age(at: SystemTime, now: SystemTime) -> Duration {
    left_until(now, at)
}
