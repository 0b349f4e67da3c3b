//! An issuer of JWTs, with its keys and the tokens that were verified with them.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::rc::Rc;
use std::time::{Duration, SystemTime};

use http::HeaderName;

use super::AuthError;
use super::bearer::KeyHash;
use super::claims::Claims;
use super::discovery::{FETCH_LIMIT, FetchError, IssuerUrls, fetch_keys};
use super::jwks::{self, Found, Key};
use super::jwt::{Jwt, JwtError};
use crate::instant::left_until;
use crate::log::{Level, Record};
use crate::platform::{Background, Clock, Crypto, Platform, Slot};

/// Keys older than this are fetched again in the background.
pub const KEYS_FRESH: Duration = Duration::from_secs(600);

/// The longest that keys are used when they cannot be fetched again.
pub const KEYS_USABLE: Duration = Duration::from_secs(6 * 3600);

/// Shortest time between two fetches while there are keys, whatever tokens arrive.
pub const FETCH_GAP: Duration = Duration::from_secs(60);

/// Shortest time between two fetches while there are none.
pub const FETCH_BACKOFF: Duration = Duration::from_secs(5);

/// How many verified tokens are remembered.
const MAX_VERIFIED: usize = 128;

/// One issuer, shared by all callers with the same URLs.
#[derive(Debug)]
pub struct Issuer {
    urls: IssuerUrls,
    slot: Slot,
    keys: RefCell<Option<Rc<KeySet>>>,
    /// When the last fetch ended, whatever its result.
    fetched_at: Cell<Option<SystemTime>>,
    verified: RefCell<VecDeque<VerifiedToken>>,
}

#[derive(Debug)]
struct KeySet {
    keys: Vec<Key>,
    fetched_at: SystemTime,
}

/// A token that was verified with one of the current keys.
#[derive(Debug)]
struct VerifiedToken {
    id: TokenId,
    caller: Rc<str>,
    claims: Rc<Claims>,
}

/// Identifies a token that was presented: its SHA-256, and the header it came in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TokenId {
    /// SHA-256 of the token.
    pub hash: KeyHash,
    /// The header.
    pub header: HeaderName,
}

impl Issuer {
    /// The issuer at `urls`, without keys yet. `slot` names the fetch of its keys.
    pub fn new(urls: IssuerUrls, slot: Slot) -> Self {
        Self {
            urls,
            slot,
            keys: RefCell::default(),
            fetched_at: Cell::default(),
            verified: RefCell::default(),
        }
    }

    /// Where it is.
    pub fn urls(&self) -> &IssuerUrls {
        &self.urls
    }

    /// The caller and the claims of a token that was verified before and is still valid.
    pub fn verified(
        self: &Rc<Self>,
        token: &TokenId,
        platform: &(impl Clock + Background),
    ) -> Option<(Rc<str>, Rc<Claims>)> {
        let (caller, claims) = {
            let all = self.verified.borrow();
            let known = all.iter().find(|known| known.id == *token)?;
            (Rc::clone(&known.caller), Rc::clone(&known.claims))
        };
        let now = platform.now();
        let valid = !claims.is_expired_at(now) && self.usable_keys(now).is_some();
        valid.then(|| {
            self.keep_fresh(now, platform);
            (caller, claims)
        })
    }

    /// Verifies the signature of `jwt`, and remembers it as the `token` of `caller`.
    ///
    /// # Errors
    /// [`JwtError::UnknownKey`] and [`JwtError::Signature`] as [`AuthError::Jwt`];
    /// [`AuthError::IssuerUnreachable`] when there are no keys and none can be fetched.
    pub async fn verify(
        self: &Rc<Self>,
        jwt: Jwt<'_>,
        token: TokenId,
        caller: &Rc<str>,
        platform: &(impl Clock + Crypto + Background),
    ) -> Result<Rc<Claims>, AuthError> {
        let keys = self.keys_for(&jwt, platform).await?;
        let Found::Key(key) = jwks::find(&keys.keys, &jwt) else {
            return Err(JwtError::UnknownKey.into());
        };
        let (signed, signature) = (jwt.signed.as_bytes(), jwt.signature.as_slice());
        if !platform
            .verify_signature(jwt.algorithm, &key.jwk, signed, signature)
            .await
        {
            return Err(JwtError::Signature.into());
        }
        let claims = Rc::new(jwt.claims);
        let current = self.keys.borrow();
        // The keys may have changed while the signature was verified.
        if current.as_ref().is_some_and(|it| Rc::ptr_eq(it, &keys)) {
            let mut all = self.verified.borrow_mut();
            all.truncate(MAX_VERIFIED.saturating_sub(1));
            all.push_front(VerifiedToken {
                id: token,
                caller: Rc::clone(caller),
                claims: Rc::clone(&claims),
            });
        }
        Ok(claims)
    }

    /// A key set with the key of `jwt` in it, as far as the issuer may be asked for it.
    async fn keys_for(
        self: &Rc<Self>,
        jwt: &Jwt<'_>,
        platform: &(impl Clock + Background),
    ) -> Result<Rc<KeySet>, AuthError> {
        let now = platform.now();
        if let Some(keys) = self.usable_keys(now) {
            let unknown = jwks::find(&keys.keys, jwt) == Found::Unknown;
            if !unknown || !self.may_fetch(now) {
                self.keep_fresh(now, platform);
                return Ok(keys);
            }
        }
        if self.may_fetch(now) {
            let issuer = Rc::clone(self);
            platform
                .single_flight(self.slot, FETCH_LIMIT, FETCH_LIMIT, |platform| {
                    issuer.fetch(platform)
                })
                .await;
        }
        self.usable_keys(platform.now())
            .ok_or(AuthError::IssuerUnreachable)
    }

    fn usable_keys(&self, now: SystemTime) -> Option<Rc<KeySet>> {
        let keys = self.keys.borrow().clone();
        keys.filter(|keys| age(keys.fetched_at, now) < KEYS_USABLE)
    }

    fn keep_fresh(self: &Rc<Self>, now: SystemTime, platform: &impl Background) {
        let is_fresh = |keys: Rc<KeySet>| age(keys.fetched_at, now) < KEYS_FRESH;
        if !self.usable_keys(now).is_some_and(is_fresh) && self.may_fetch(now) {
            let issuer = Rc::clone(self);
            platform.single_flight_in_background(self.slot, FETCH_LIMIT, |platform| {
                issuer.fetch(platform)
            });
        }
    }

    fn may_fetch(&self, now: SystemTime) -> bool {
        let gap = match self.usable_keys(now) {
            Some(_) => FETCH_GAP,
            None => FETCH_BACKOFF,
        };
        self.fetched_at.get().is_none_or(|at| age(at, now) >= gap)
    }

    /// Fetches the keys. When they change, tokens that older keys verified are verified again.
    async fn fetch<P: Platform>(self: Rc<Self>, platform: P) {
        let fetched = fetch_keys(&self.urls, &platform).await;
        let now = platform.now();
        self.fetched_at.set(Some(now));
        match fetched {
            Ok(keys) => {
                let before = self.keys.replace(None);
                if before.is_none_or(|before| before.keys != keys) {
                    self.verified.borrow_mut().clear();
                }
                let detail = format!("{} has {} keys", self.urls.issuer, keys.len());
                Record::new(Level::Info, "issuerKeys", detail).write(&platform);
                let fetched_at = now;
                self.keys
                    .replace(Some(Rc::new(KeySet { keys, fetched_at })));
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
