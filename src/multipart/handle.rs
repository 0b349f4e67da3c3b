//! The handle of an upload: a sealed text that only the principal who created the upload can use, for its own key
//! and until it expires.

use std::time::SystemTime;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};

use super::Plan;
use crate::instant::{from_unix_secs, rfc3339, unix_secs};
use crate::json;
use crate::platform::{Crypto, Entropy};
use crate::sealed::{self, CacheKey};

/// Names the derived key that seals handles, and what is sealed with it.
const PURPOSE: &str = "multipart/v1";

/// An upload that S3 has begun.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Handle {
    /// Name of the profile.
    pub profile: String,
    /// Name of the bucket, which the profile may have changed since.
    pub bucket: String,
    /// The whole key in the bucket.
    pub key: String,
    /// S3's id of the upload.
    pub upload_id: String,
    /// Id of the principal who created it; `None` for an anonymous one.
    pub caller: Option<String>,
    /// How the object is divided into parts, where its size was announced.
    pub plan: Option<Plan>,
    /// From this instant on the handle cannot be used.
    pub expires_at: SystemTime,
}

/// Why a handle cannot be used or made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum HandleError {
    /// Handles need the secret `CACHE_KEY`, which is not set.
    #[error("set the secret CACHE_KEY, which seals the handles of uploads")]
    CacheKeyMissing,
    /// The text was not sealed by this worker.
    #[error("is not a handle of this worker")]
    Invalid,
    /// It has expired.
    #[error("the handle expired at {}: create a new upload", rfc3339(*.expired_at))]
    Expired {
        /// The instant from which on it could not be used.
        expired_at: SystemTime,
    },
}

/// The content in JSON, which exists only between the cipher and [`Handle`].
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Content {
    profile: String,
    bucket: String,
    key: String,
    upload_id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    caller: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    size_bytes: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    part_size_bytes: Option<u64>,
    expires_at_secs: u64,
}

impl Handle {
    /// Seals it for the client with `key`; `None` when the platform's cipher fails.
    pub async fn seal(self, key: &CacheKey, platform: &(impl Crypto + Entropy)) -> Option<String> {
        let content = Content {
            size_bytes: self.plan.map(|plan| plan.size_bytes()),
            part_size_bytes: self.plan.map(|plan| plan.part_size_bytes()),
            expires_at_secs: unix_secs(self.expires_at),
            profile: self.profile,
            bucket: self.bucket,
            key: self.key,
            upload_id: self.upload_id,
            caller: self.caller,
        };
        let content = serde_json::to_string(&content).ok()?;
        let key = key.derived(PURPOSE);
        let sealed = sealed::seal(content.as_bytes(), &key, PURPOSE, platform).await?;
        Some(URL_SAFE_NO_PAD.encode(sealed))
    }

    /// Opens `text`, which may have been sealed with any of `keys`.
    ///
    /// # Errors
    /// [`HandleError`]. Whether a handle has expired is for the caller to check, after it is known to be theirs.
    pub async fn open(
        text: &str,
        keys: &[CacheKey],
        platform: &impl Crypto,
    ) -> Result<Self, HandleError> {
        if keys.is_empty() {
            return Err(HandleError::CacheKeyMissing);
        }
        let sealed = URL_SAFE_NO_PAD
            .decode(text)
            .map_err(|_| HandleError::Invalid)?;
        for key in keys {
            let key = key.derived(PURPOSE);
            if let Some(content) = sealed::open(&sealed, &key, PURPOSE, platform).await {
                return Self::read(&content).ok_or(HandleError::Invalid);
            }
        }
        Err(HandleError::Invalid)
    }

    /// Checks that it can still be used at `now`.
    ///
    /// # Errors
    /// [`HandleError::Expired`].
    pub fn check_expiry(&self, now: SystemTime) -> Result<(), HandleError> {
        if self.expires_at > now {
            Ok(())
        } else {
            Err(HandleError::Expired {
                expired_at: self.expires_at,
            })
        }
    }

    fn read(content: &[u8]) -> Option<Self> {
        let content: Content = json::read(std::str::from_utf8(content).ok()?).ok()?;
        let plan = match (content.size_bytes, content.part_size_bytes) {
            (Some(size_bytes), Some(part_size_bytes)) => {
                Some(Plan::new(size_bytes, part_size_bytes)?)
            }
            _ => None,
        };
        Some(Self {
            profile: content.profile,
            bucket: content.bucket,
            key: content.key,
            upload_id: content.upload_id,
            caller: content.caller,
            plan,
            expires_at: from_unix_secs(content.expires_at_secs)?,
        })
    }
}
