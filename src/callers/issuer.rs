//! An issuer of JWTs, and what the isolate knows of it.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::rc::Rc;
use std::time::{Duration, SystemTime};

use super::bearer::KeyHash;
use super::claims::Claims;
use super::discovery::{self, IssuerUrls};
use super::jwks::{self, Found, Key};
use super::jwt::{Jwt, JwtFault};
use crate::error::Error;
use crate::instant::left_until;
use crate::log::Event;
use crate::platform::Platform;

/// Keys older than this are fetched anew, while requests go on with them.
pub const KEYS_FRESH: Duration = Duration::from_secs(600);

/// The longest that requests go on with keys that cannot be fetched anew.
pub const KEYS_USABLE: Duration = Duration::from_secs(6 * 3600);

/// With keys in hand the issuer is asked once in this time at most, whatever tokens come.
pub const FETCH_GAP: Duration = Duration::from_secs(60);

/// Without any, it is left alone for this long after a failure.
pub const FAILURE_REST: Duration = Duration::from_secs(5);

/// How many verified tokens are remembered.
const MAX_REMEMBERED: usize = 128;

/// One issuer. Callers of the same issuer and keys share it.
#[derive(Debug)]
pub struct Issuer {
    urls: IssuerUrls,
    /// Names the fetch of its keys to [`Platform::share`].
    slot: usize,
    keys: RefCell<Option<Rc<KeySet>>>,
    /// When the last fetch ended, however it did.
    fetched_at: Cell<Option<SystemTime>>,
    remembered: RefCell<VecDeque<Remembered>>,
}

#[derive(Debug)]
struct KeySet {
    keys: Vec<Key>,
    at: SystemTime,
}

/// A token that was verified with one of the keys in hand.
#[derive(Debug)]
struct Remembered {
    token: TokenId,
    caller: usize,
    claims: Rc<Claims>,
}

/// What tells a token that was presented apart from all others: its SHA-256, and the header's place.
pub type TokenId = (KeyHash, usize);

impl Issuer {
    /// The issuer at `urls`, of which nothing is known yet.
    pub fn new(urls: IssuerUrls, slot: usize) -> Self {
        Self {
            urls,
            slot,
            keys: RefCell::default(),
            fetched_at: Cell::default(),
            remembered: RefCell::default(),
        }
    }

    /// The caller and the claims of a token that was verified before and is still good.
    pub fn remembered<P: Platform>(
        self: &Rc<Self>,
        token: &TokenId,
        platform: &P,
    ) -> Option<(usize, Rc<Claims>)> {
        let (caller, claims) = {
            let all = self.remembered.borrow();
            let known = all.iter().find(|known| known.token == *token)?;
            (known.caller, Rc::clone(&known.claims))
        };
        let now = platform.now();
        let good = !claims.expired_at(now) && self.usable(now).is_some();
        good.then(|| {
            self.keep_fresh(now, platform);
            (caller, claims)
        })
    }

    /// Verifies the signature of `jwt`, and remembers it as `token` of the caller at the place `caller`.
    ///
    /// # Errors
    /// [`JwtFault::UnknownKey`] and [`JwtFault::Signature`] as [`Error::UnknownCaller`];
    /// [`Error::IssuerUnreachable`] when there are no keys and none to be had.
    pub async fn verify<P: Platform>(
        self: &Rc<Self>,
        jwt: Jwt<'_>,
        token: TokenId,
        caller: usize,
        platform: &P,
    ) -> Result<Rc<Claims>, Error> {
        let keys = self.keys_for(&jwt, platform).await?;
        let Found::Key(key) = jwks::find(&keys.keys, &jwt) else {
            return Err(JwtFault::UnknownKey.into());
        };
        let (signed, signature) = (jwt.signed.as_bytes(), jwt.signature.as_slice());
        if !platform
            .verify_signature(jwt.algorithm, &key.jwk, signed, signature)
            .await
        {
            return Err(JwtFault::Signature.into());
        }
        let claims = Rc::new(jwt.claims);
        // The keys may have changed meanwhile.
        if self
            .keys
            .borrow()
            .as_ref()
            .is_some_and(|now| Rc::ptr_eq(now, &keys))
        {
            let mut all = self.remembered.borrow_mut();
            all.truncate(MAX_REMEMBERED.saturating_sub(1));
            all.push_front(Remembered {
                token,
                caller,
                claims: Rc::clone(&claims),
            });
        }
        Ok(claims)
    }

    /// Keys with that of `jwt` among them, as far as the issuer may be asked for it.
    async fn keys_for<P: Platform>(
        self: &Rc<Self>,
        jwt: &Jwt<'_>,
        platform: &P,
    ) -> Result<Rc<KeySet>, Error> {
        let now = platform.now();
        if let Some(keys) = self.usable(now) {
            let unknown = jwks::find(&keys.keys, jwt) == Found::Unknown;
            if !unknown || !self.may_fetch(now) {
                self.keep_fresh(now, platform);
                return Ok(keys);
            }
        }
        if self.may_fetch(now) {
            let fetch = |lasting| Rc::clone(self).fetch(lasting);
            platform.share(self.slot, discovery::LIMIT, fetch).await;
        }
        self.usable(platform.now()).ok_or(Error::IssuerUnreachable)
    }

    fn usable(&self, now: SystemTime) -> Option<Rc<KeySet>> {
        let keys = self.keys.borrow().clone();
        keys.filter(|keys| age(keys.at, now) < KEYS_USABLE)
    }

    fn keep_fresh<P: Platform>(self: &Rc<Self>, now: SystemTime, platform: &P) {
        let fresh = |keys: Rc<KeySet>| age(keys.at, now) < KEYS_FRESH;
        if !self.usable(now).is_some_and(fresh) && self.may_fetch(now) {
            let fetch = |lasting| Rc::clone(self).fetch(lasting);
            platform.begin(self.slot, fetch);
        }
    }

    fn may_fetch(&self, now: SystemTime) -> bool {
        let gap = match self.usable(now) {
            Some(_) => FETCH_GAP,
            None => FAILURE_REST,
        };
        self.fetched_at.get().is_none_or(|at| age(at, now) >= gap)
    }

    /// Fetches the keys. Tokens that others verified are not taken on trust any more once they change.
    async fn fetch<P: Platform>(self: Rc<Self>, platform: P) {
        let fetched = discovery::keys(&self.urls, &platform).await;
        let at = platform.now();
        self.fetched_at.set(Some(at));
        match fetched {
            Ok(keys) => {
                let known = self.keys.replace(None);
                if known.is_none_or(|known| known.keys != keys) {
                    self.remembered.borrow_mut().clear();
                }
                platform.log(&Event::IssuerKeys {
                    issuer: &self.urls.issuer,
                    count: keys.len(),
                });
                self.keys.replace(Some(Rc::new(KeySet { keys, at })));
            }
            Err(failed) => platform.log(&Event::IssuerFailed {
                issuer: &self.urls.issuer,
                failed,
                goes_on: self.usable(at).is_some(),
            }),
        }
    }
}

fn age(at: SystemTime, now: SystemTime) -> Duration {
    left_until(now, at)
}
