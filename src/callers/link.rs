//! Signed links: `/c/{capability}` in front of a route stands for a grant that was signed with
//! `LINK_KEY`, by this worker or by the application itself.
//!
//! A capability is `1.{grant}.{mac}`, where `1` is the version of this format, `grant` is JSON and `mac` is
//! HMAC-SHA256 over `1.{grant}`, both in base64url without padding:
//!
//! | member | | what |
//! |---|---|---|
//! | `profile` | required | the one profile |
//! | `key`, `keyPrefix` | one of them | the one key, or how keys begin; a prefix ends with a slash |
//! | `operations` | required | at least one |
//! | `exp` | required | until when it is good, in seconds since the Unix epoch |
//! | `maxLifetimeSecs` | optional | the longest life of a URL |
//! | `upload` | optional | what can be uploaded, as in a profile |
//! | `countedAs` | optional | whom the rate limit counts it as, together with all other links that have the same here |
//!
//! A grant with any other member is refused: it may be a limit that this version does not know.

use std::fmt;
use std::time::{Duration, SystemTime};

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use hmac::{Hmac, KeyInit, Mac};
use serde::{Deserialize, Serialize};
use sha2::Sha256;

use crate::api::body;
use crate::error::Error;
use crate::instant::{from_unix_secs, left_until};
use crate::json::{Json, Object};
use crate::presign::Operation;
use crate::profiles::UploadLimit;

/// Longer capabilities are refused unread, in bytes: a key of 1,024 bytes, each written as `\u0000`,
/// does not fit, but any that is written by hand does.
pub const MAX_CAPABILITY_BYTES: usize = 4096;

/// What stands in front of the grant, and is signed with it.
const VERSION: &str = "1.";

/// A key that signs links: HMAC-SHA256.
#[derive(Clone)]
pub struct LinkKey(Hmac<Sha256>);

/// Bytes of such a key.
const LINK_KEY_BYTES: usize = 32;

/// What a link may be used for; the profile decides on top of that.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Grant {
    /// Name of the one profile.
    pub profile: String,
    /// The one key,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
    /// or how keys begin.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub key_prefix: Option<String>,
    /// Which operations.
    pub operations: Vec<Operation>,
    /// Until when it is good, in seconds since the Unix epoch.
    pub exp: u64,
    /// The longest life of a URL, in seconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_lifetime_secs: Option<u64>,
    /// What can be uploaded.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub upload: Option<UploadLimit>,
    /// Whom the rate limit counts it as.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub counted_as: Option<String>,
}

/// A link that is good.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Link {
    /// What was signed.
    pub grant: Grant,
    /// For how long it is still good as of its opening: a second at least.
    pub left: Duration,
    /// When it ends.
    pub expires_at: SystemTime,
    /// Tells it from all others: the beginning of its MAC, which is not enough to use it.
    pub id: String,
}

/// Why a capability is worth nothing. Whether it was signed is told to the log, not to the client.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LinkFault {
    /// No capability, or not signed with a key of ours.
    Forged,
    /// Signed with a key of ours, but no grant.
    Malformed,
    /// Its time is over.
    Expired,
}

impl fmt::Display for LinkFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Forged => "the link is not signed with a key of LINK_KEY",
            Self::Malformed => "the link is signed, but what it holds is no grant",
            Self::Expired => "the link has ended",
        })
    }
}

impl LinkKey {
    /// Reads 32 bytes in base64.
    pub fn from_base64(text: &str) -> Option<Self> {
        let bytes = STANDARD.decode(text.trim()).ok()?;
        if bytes.len() != LINK_KEY_BYTES {
            return None;
        }
        Hmac::new_from_slice(&bytes).ok().map(Self)
    }

    /// A name for whoever the rate limit counts as `counted`, which tells nobody else who that is.
    pub fn pseudonym(&self, counted: &str) -> String {
        let mac = self.mac(&format!("countedAs {counted}"));
        id(&mac.finalize().into_bytes())
    }

    /// Over all of `signed`.
    fn mac(&self, signed: &str) -> Hmac<Sha256> {
        self.0.clone().chain_update(signed)
    }
}

impl fmt::Debug for LinkKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[secret]")
    }
}

impl Grant {
    /// The capability for it.
    ///
    /// # Errors
    /// [`Error::Internal`] when it cannot be written, which no value of ours brings about.
    pub fn sign(&self, key: &LinkKey) -> Result<String, Error> {
        let json = serde_json::to_string(self).map_err(|_| Error::Internal("grant"))?;
        let signed = format!("{VERSION}{}", URL_SAFE_NO_PAD.encode(json));
        let mac = key.mac(&signed).finalize().into_bytes();
        Ok(format!("{signed}.{}", URL_SAFE_NO_PAD.encode(mac)))
    }

    fn read(encoded: &str) -> Option<Self> {
        let json = URL_SAFE_NO_PAD.decode(encoded).ok()?;
        let object = Object::parse(std::str::from_utf8(&json).ok()?).ok()?;
        let grant: Self = body::from_json(Json::Object(object)).ok()?;
        let scoped = match (&grant.key, &grant.key_prefix) {
            (Some(_), None) => true,
            (None, Some(prefix)) => is_prefix(prefix),
            _ => false,
        };
        let lasting = grant.max_lifetime_secs != Some(0);
        (scoped && lasting && !grant.operations.is_empty()).then_some(grant)
    }

    /// Whether it is for this: for the one key `begin`, when that is `exact`, or else for all keys that
    /// begin so.
    pub fn admits(&self, profile: &str, operation: Operation, begin: &str, exact: bool) -> bool {
        let scoped = match (&self.key, &self.key_prefix) {
            (Some(only), None) => exact && begin == only,
            (None, Some(prefix)) => begin.starts_with(prefix.as_str()),
            _ => false,
        };
        scoped && self.profile == profile && self.operations.contains(&operation)
    }
}

impl Link {
    /// Opens `capability`, which any of `keys` may have signed.
    ///
    /// # Errors
    /// [`LinkFault`].
    pub fn open(capability: &str, keys: &[LinkKey], now: SystemTime) -> Result<Self, LinkFault> {
        let short = capability.len() <= MAX_CAPABILITY_BYTES;
        let parts = capability.rsplit_once('.').filter(|_| short);
        let (signed, mac) = parts.ok_or(LinkFault::Forged)?;
        let mac = URL_SAFE_NO_PAD.decode(mac).map_err(|_| LinkFault::Forged)?;
        // Compares in constant time.
        let signs = |key: &LinkKey| key.mac(signed).verify_slice(&mac).is_ok();
        if !keys.iter().any(signs) {
            return Err(LinkFault::Forged);
        }
        let grant = signed.strip_prefix(VERSION).and_then(Grant::read);
        let grant = grant.ok_or(LinkFault::Malformed)?;
        let expires_at = from_unix_secs(grant.exp).ok_or(LinkFault::Malformed)?;
        let left = left_until(expires_at, now);
        // No URL can live for less than a second.
        if left < Duration::from_secs(1) {
            return Err(LinkFault::Expired);
        }
        Ok(Self {
            grant,
            left,
            expires_at,
            id: id(&mac),
        })
    }

    /// The longest life of a URL, in whole seconds: none outlives the link.
    pub fn longest(&self) -> Duration {
        let left_secs = self.left.as_secs();
        let max_secs = self.grant.max_lifetime_secs.unwrap_or(left_secs);
        Duration::from_secs(max_secs.min(left_secs))
    }
}

/// The beginning of a MAC: it tells whom it is of, and is not enough to use it.
fn id(mac: &[u8]) -> String {
    mac.first_chunk::<8>().map(hex::encode).unwrap_or_default()
}

/// Whether `prefix` ends a segment: `users/1` would admit `users/10`.
pub fn is_prefix(prefix: &str) -> bool {
    prefix.ends_with('/')
}
