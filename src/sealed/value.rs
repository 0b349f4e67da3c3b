//! A value in Workers KV, sealed for its KV key under a key that is for values of its kind only.

use super::{CacheKey, open, seal};
use crate::join::boxed;
use crate::log::{Level, Record};
use crate::platform::{Crypto, Entropy, Kv, KvError, Telemetry};

/// Where a sealed value is kept in KV.
#[derive(Debug)]
pub struct SealedValue {
    seal_key: CacheKey,
    open_keys: Vec<CacheKey>,
    kv_key: String,
}

impl SealedValue {
    /// The value under `kv_key`, sealed with a key for `kind` made from the first of `cache_keys`; all of them open it.
    /// `None` without any.
    pub fn new(cache_keys: &[CacheKey], kind: &str, kv_key: String) -> Option<Self> {
        let open_keys: Vec<CacheKey> = cache_keys.iter().map(|key| key.derived(kind)).collect();
        Some(Self {
            seal_key: open_keys.first()?.clone(),
            open_keys,
            kv_key,
        })
    }

    /// Its KV key.
    pub fn kv_key(&self) -> &str {
        &self.kv_key
    }

    /// The value; `None` when there is none. One that does not open is logged and counts as none.
    ///
    /// # Errors
    /// [`KvError`], which is in the log then.
    pub async fn load(
        &self,
        platform: &(impl Kv + Crypto + Telemetry),
    ) -> Result<Option<Vec<u8>>, KvError> {
        let record = platform.kv_get(&self.kv_key).await;
        let record = record.inspect_err(|error| {
            Record::new(Level::Warn, "kvReadFailed", error.0.clone()).write(platform);
        });
        match record? {
            Some(record) => Ok(boxed(self.open(&record, platform)).await),
            None => Ok(None),
        }
    }

    /// Opens a `record` that was sealed for [`kv_key`](Self::kv_key); `None` for any other, which is in the log then.
    pub async fn open(
        &self,
        record: &[u8],
        platform: &(impl Crypto + Telemetry),
    ) -> Option<Vec<u8>> {
        for key in &self.open_keys {
            let plain = open(record, key, &self.kv_key, platform).await;
            if plain.is_some() {
                return plain;
            }
        }
        foreign_record().write(platform);
        None
    }

    /// Seals `plain` for [`kv_key`](Self::kv_key); `None` when the platform's cipher fails.
    pub async fn seal(&self, plain: &[u8], platform: &(impl Crypto + Entropy)) -> Option<Vec<u8>> {
        seal(plain, &self.seal_key, &self.kv_key, platform).await
    }
}

/// The line in the log for a record that cannot be read.
pub fn foreign_record() -> Record {
    let detail = "the record does not open: CACHE_KEY was changed, or it is damaged";
    Record::new(Level::Warn, "kvRecordForeign", detail)
}
