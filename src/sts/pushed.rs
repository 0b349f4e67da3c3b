//! The pushed token: kept in Workers KV, where every edge finds it, sealed under a key that is for it only.

use std::cell::RefCell;
use std::time::{Duration, SystemTime};

use sha2::{Digest, Sha256};

use super::{TokenError, WebIdentityToken};
use crate::instant::{left_until, unix_secs};
use crate::log::{Level, Record};
use crate::platform::{Clock, Crypto, Entropy, KV_MIN_TTL, Kv, KvError, Telemetry};
use crate::sealed::{CacheKey, SealedValue};

/// Version of the format: it begins KV keys, and names the derived keys that seal tokens.
const VERSION: &str = "token/v1";

/// Where the pushed token is kept in KV.
#[derive(Debug)]
pub struct PushedToken {
    value: SealedValue,
    /// What was read last, and when.
    last: RefCell<Option<(Loaded, SystemTime)>>,
    /// What this isolate wrote last.
    written: RefCell<Option<WebIdentityToken>>,
}

type Loaded = Result<WebIdentityToken, TokenError>;

impl PushedToken {
    /// The token under `token/v1/` and the SHA-256 (hex) of the claims that it has to have, so that a changed configuration
    /// does not find the token of the old one. `None` without any of `cache_keys`, the first of which seals.
    pub fn new(
        cache_keys: &[CacheKey],
        issuer: &str,
        audience: &str,
        subject: &str,
    ) -> Option<Self> {
        let claims = Sha256::digest(format!("{issuer}\n{audience}\n{subject}"));
        let kv_key = format!("{VERSION}/{}", hex::encode(claims));
        Some(Self {
            value: SealedValue::new(cache_keys, VERSION, kv_key)?,
            last: RefCell::default(),
            written: RefCell::default(),
        })
    }

    /// The token in KV, as it was no longer than `max_age` ago. One that has expired is none.
    ///
    /// # Errors
    /// [`TokenError::NotPushed`]; [`TokenError::PushedUnreadable`] when KV does not answer, which is in the log then.
    pub async fn load(
        &self,
        max_age: Duration,
        platform: &(impl Kv + Crypto + Clock + Telemetry),
    ) -> Result<WebIdentityToken, TokenError> {
        let last = self.last.borrow().clone();
        if let Some((loaded, at)) = last
            && left_until(platform.now(), at) < max_age
        {
            return loaded;
        }
        let loaded = self.value.load(platform).await;
        let now = platform.now();
        let loaded = match loaded {
            Ok(jwt) => {
                let jwt = jwt.and_then(|jwt| String::from_utf8(jwt).ok());
                WebIdentityToken::read(Ok(jwt), now).map_err(|_| TokenError::NotPushed)
            }
            Err(_) => Err(TokenError::PushedUnreadable),
        };
        // KV may take a minute to tell of a token that this isolate has written.
        let loaded = match (loaded, self.written(now)) {
            (Ok(read), Some(own)) if read.expires_at >= own.expires_at => Ok(read),
            (_, Some(own)) => Ok(own),
            (read, None) => read,
        };
        self.last.replace(Some((loaded.clone(), now)));
        loaded
    }

    /// The token that this isolate has written, while it has not expired at `now`.
    fn written(&self, now: SystemTime) -> Option<WebIdentityToken> {
        let written = self.written.borrow();
        written.clone().filter(|token| token.expires_at > now)
    }

    /// Writes `token` to KV, to be deleted when it expires.
    ///
    /// # Errors
    /// [`NotStored`], which is in the log then.
    pub async fn save(
        &self,
        token: &WebIdentityToken,
        platform: &(impl Kv + Crypto + Clock + Entropy + Telemetry),
    ) -> Result<(), NotStored> {
        let Some(sealed) = self
            .value
            .seal(token.jwt.expose().as_bytes(), platform)
            .await
        else {
            let detail = "the pushed token could not be sealed";
            Record::new(Level::Warn, "sealFailed", detail).write(platform);
            return Err(NotStored);
        };
        let expiration_secs = unix_secs(token.expires_at);
        let written = platform.kv_write(self.value.kv_key(), &sealed, expiration_secs);
        written.await.map_err(|KvError(detail)| {
            Record::new(Level::Warn, "kvWriteFailed", detail).write(platform);
            NotStored
        })?;
        self.written.replace(Some(token.clone()));
        let last = (Ok(token.clone()), platform.now());
        self.last.replace(Some(last));
        Ok(())
    }
}

/// The pushed token could not be kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "the token could not be kept, or not be compared with the one that is there: push it again"
)]
pub struct NotStored;

/// Whether KV keeps a token that expires at `expires_at`.
pub fn is_storable(expires_at: SystemTime, now: SystemTime) -> bool {
    left_until(expires_at, now) >= KV_MIN_TTL
}
