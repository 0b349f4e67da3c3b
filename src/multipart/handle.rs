//! What the client holds of an upload: a sealed text that only the caller who created it can use, for
//! its own key and until its end.

use std::time::SystemTime;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Serialize;

use super::Plan;
use crate::instant::{from_unix_secs, unix_secs};
use crate::json::Object;
use crate::platform::Platform;
use crate::sealed::{self, CacheKey};

/// Names the key that seals handles, and what is sealed under it.
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
    /// S3's name of the upload.
    pub upload_id: String,
    /// Who created it; `None` when nobody in particular did.
    pub caller: Option<String>,
    /// How the object is cut into parts, where its size was announced.
    pub plan: Option<Plan>,
    /// From this instant on no further step can be taken.
    pub expires_at: SystemTime,
}

/// The plain form, which exists only between the cipher and [`Handle`].
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Plain<'a> {
    profile: &'a str,
    bucket: &'a str,
    key: &'a str,
    upload_id: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    caller: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    size_bytes: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    part_size_bytes: Option<u64>,
    expires_at_secs: u64,
}

impl Handle {
    /// The text for the client, sealed under `key`; `None` when the platform's cipher fails.
    pub async fn seal<P: Platform>(&self, key: &CacheKey, platform: &P) -> Option<String> {
        let plain = Plain {
            profile: &self.profile,
            bucket: &self.bucket,
            key: &self.key,
            upload_id: &self.upload_id,
            caller: self.caller.as_deref(),
            size_bytes: self.plan.map(|plan| plan.size_bytes()),
            part_size_bytes: self.plan.map(|plan| plan.part_size_bytes()),
            expires_at_secs: unix_secs(self.expires_at),
        };
        let plain = serde_json::to_string(&plain).ok()?;
        let key = key.derived(PURPOSE);
        let sealed = sealed::seal(plain.as_bytes(), &key, PURPOSE, platform).await?;
        Some(URL_SAFE_NO_PAD.encode(sealed))
    }

    /// The handle in `text`, if it was sealed under one of `keys`.
    pub async fn open<P: Platform>(text: &str, keys: &[CacheKey], platform: &P) -> Option<Self> {
        let sealed = URL_SAFE_NO_PAD.decode(text).ok()?;
        for key in keys {
            let key = key.derived(PURPOSE);
            if let Some(plain) = sealed::open(&sealed, &key, PURPOSE, platform).await {
                return Self::read(std::str::from_utf8(&plain).ok()?);
            }
        }
        None
    }

    fn read(plain: &str) -> Option<Self> {
        let mut plain = Object::parse(plain).ok()?;
        let plan = match (plain.take("sizeBytes"), plain.take("partSizeBytes")) {
            (Ok(size_bytes), Ok(part_size_bytes)) => Some(Plan::new(size_bytes, part_size_bytes)?),
            _ => None,
        };
        Some(Self {
            profile: plain.take("profile").ok()?,
            bucket: plain.take("bucket").ok()?,
            key: plain.take("key").ok()?,
            upload_id: plain.take("uploadId").ok()?,
            caller: plain.take("caller").ok(),
            plan,
            expires_at: from_unix_secs(plain.take("expiresAtSecs").ok()?)?,
        })
    }
}
