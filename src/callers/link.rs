//! Signed links: `/c/{capability}` before a route's path carries a grant that was signed with `LINK_KEY`, by this
//! worker or by the application itself.
//!
//! A capability is `1.{grant}.{mac}`, where `1` is the version of this format, `grant` is JSON and `mac` is
//! HMAC-SHA256 over `1.{grant}`, both in base64url without padding:
//!
//! | member | | meaning |
//! |---|---|---|
//! | `profile` | required | the profile |
//! | `key`, `keyPrefix` | one of them | the only key, or the prefix of the keys, which ends with a slash |
//! | `operations` | required | the allowed operations, at least one |
//! | `exp` | required | when it expires, in seconds since the Unix epoch |
//! | `maxLifetimeSecs` | optional | longest lifetime of a URL, in seconds |
//! | `upload` | optional | upload limits, as in a profile |
//! | `countedAs` | optional | the rate limit counts all links with the same value together |
//!
//! A grant with any other member is rejected, because it may be a limit that this version does not know.

use std::cell::RefCell;
use std::fmt;
use std::time::{Duration, SystemTime};

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use hmac::{Hmac, KeyInit, Mac};
use serde::{Deserialize, Serialize};
use sha2::Sha256;

use crate::instant::{from_unix_secs, left_until};
use crate::json;
use crate::presign::{Operation, UploadLimit};

/// Longest capability, in bytes. A key of 1,024 bytes of which each is written as `\u0000` does not fit, but any
/// realistic one does.
pub const MAX_CAPABILITY_BYTES: usize = 4096;

/// Version of the format, which precedes the grant and is signed with it.
const VERSION: &str = "1.";

/// A key that signs links: HMAC-SHA256.
#[derive(Clone)]
pub struct LinkKey(Hmac<Sha256>);

/// Bytes of a link key.
const LINK_KEY_BYTES: usize = 32;

/// What a link grants. The profile limits it further.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Grant {
    /// Name of the one profile.
    pub profile: String,
    /// The only key,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
    /// or the prefix of the keys.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub key_prefix: Option<String>,
    /// The allowed operations.
    pub operations: Vec<Operation>,
    /// When it expires, in seconds since the Unix epoch.
    pub exp: u64,
    /// Longest lifetime of a URL, in seconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_lifetime_secs: Option<u64>,
    /// Upload limits.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub upload: Option<UploadLimit>,
    /// The name under which the rate limit counts it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub counted_as: Option<String>,
}

/// A valid link.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Link {
    /// What it grants.
    pub grant: Grant,
    /// Time until it expires, as of its opening: at least a second.
    pub left: Duration,
    /// When it expires.
    pub expires_at: SystemTime,
    /// Identifies it: the beginning of its MAC, which is not enough to use it.
    pub id: String,
}

/// Why a link is rejected. The reason is for the log; clients learn only whether it has expired.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LinkError {
    /// Not a capability, or not signed with one of our keys.
    #[error("the link is not signed with a key of LINK_KEY")]
    Forged,
    /// Signed with one of our keys, but not a valid grant.
    #[error("the link is signed, but does not hold a valid grant")]
    Malformed,
    /// It has expired.
    #[error("the link's `exp` has passed")]
    Expired,
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

    /// A pseudonym for the rate limit's key `counted`, from which nobody can tell who that is.
    pub fn pseudonym(&self, counted: &str) -> String {
        let mac = self.mac(&format!("countedAs {counted}"));
        id(&mac.finalize().into_bytes())
    }

    /// The MAC of `signed`.
    fn mac(&self, signed: &str) -> Hmac<Sha256> {
        self.0.clone().chain_update(signed)
    }
}

/// `LINK_KEY`: the first signs links, and all verify them. What a good link costs does not grow with their number: those that
/// have verified a link lately are tried first. For a false one all are tried.
#[derive(Debug, Default)]
pub struct LinkKeys {
    keys: Vec<LinkKey>,
    /// Their places, the one that has verified a link last first.
    latest: RefCell<Vec<usize>>,
}

impl LinkKeys {
    /// Takes `keys`.
    pub fn new(keys: Vec<LinkKey>) -> Self {
        let latest = RefCell::new((0..keys.len()).collect());
        Self { keys, latest }
    }

    /// Whether there are none, and so no links.
    pub fn is_empty(&self) -> bool {
        self.keys.is_empty()
    }

    /// The key that signs.
    pub fn signing(&self) -> Option<&LinkKey> {
        self.keys.first()
    }

    /// Whether `mac` is the MAC of `signed` with one of them.
    fn verify(&self, signed: &str, mac: &[u8]) -> bool {
        let mut latest = self.latest.borrow_mut();
        let verifies = |place: &usize| {
            let key = self.keys.get(*place);
            // Compares in constant time.
            key.is_some_and(|key| key.mac(signed).verify_slice(mac).is_ok())
        };
        let Some(found) = latest.iter().position(verifies) else {
            return false;
        };
        if let Some(until_found) = latest.get_mut(..=found) {
            until_found.rotate_right(1);
        }
        true
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
    /// It cannot be serialized, which no value of this type causes.
    pub fn sign(&self, key: &LinkKey) -> Result<String, serde_json::Error> {
        let json = serde_json::to_string(self)?;
        let signed = format!("{VERSION}{}", URL_SAFE_NO_PAD.encode(json));
        let mac = key.mac(&signed).finalize().into_bytes();
        Ok(format!("{signed}.{}", URL_SAFE_NO_PAD.encode(mac)))
    }

    fn read(encoded: &str) -> Option<Self> {
        let json = URL_SAFE_NO_PAD.decode(encoded).ok()?;
        let grant: Self = json::read(std::str::from_utf8(&json).ok()?).ok()?;
        let has_scope = match (&grant.key, &grant.key_prefix) {
            (Some(_), None) => true,
            (None, Some(prefix)) => is_prefix(prefix),
            _ => false,
        };
        let has_lifetime = grant.max_lifetime_secs != Some(0);
        (has_scope && has_lifetime && !grant.operations.is_empty()).then_some(grant)
    }

    /// Whether it allows `operation` in `profile`: on the key `prefix` alone when `exact`, else on all keys that begin
    /// with `prefix`.
    pub fn allows(&self, profile: &str, operation: Operation, prefix: &str, exact: bool) -> bool {
        let in_scope = match (&self.key, &self.key_prefix) {
            (Some(only), None) => exact && prefix == only,
            (None, Some(granted)) => prefix.starts_with(granted.as_str()),
            _ => false,
        };
        in_scope && self.profile == profile && self.operations.contains(&operation)
    }
}

impl Link {
    /// Verifies `capability`, which any of `keys` may have signed.
    ///
    /// # Errors
    /// [`LinkError`].
    pub fn open(capability: &str, keys: &LinkKeys, now: SystemTime) -> Result<Self, LinkError> {
        let short = capability.len() <= MAX_CAPABILITY_BYTES;
        let parts = capability.rsplit_once('.').filter(|_| short);
        let (signed, mac) = parts.ok_or(LinkError::Forged)?;
        let mac = URL_SAFE_NO_PAD.decode(mac).map_err(|_| LinkError::Forged)?;
        if !keys.verify(signed, &mac) {
            return Err(LinkError::Forged);
        }
        let grant = signed.strip_prefix(VERSION).and_then(Grant::read);
        let grant = grant.ok_or(LinkError::Malformed)?;
        let expires_at = from_unix_secs(grant.exp).ok_or(LinkError::Malformed)?;
        let left = left_until(expires_at, now);
        // The shortest lifetime of a URL is a second.
        if left < Duration::from_secs(1) {
            return Err(LinkError::Expired);
        }
        Ok(Self {
            grant,
            left,
            expires_at,
            id: id(&mac),
        })
    }

    /// Longest lifetime of a URL, in whole seconds: none outlives the link.
    pub fn max_lifetime(&self) -> Duration {
        let left_secs = self.left.as_secs();
        let max_secs = self.grant.max_lifetime_secs.unwrap_or(left_secs);
        Duration::from_secs(max_secs.min(left_secs))
    }
}

/// The beginning of a MAC: it identifies a link, and is not enough to use it.
fn id(mac: &[u8]) -> String {
    mac.first_chunk::<8>().map(hex::encode).unwrap_or_default()
}

/// Whether `prefix` ends a segment. `users/1` does not: it would also match `users/10`.
pub fn is_prefix(prefix: &str) -> bool {
    prefix.ends_with('/')
}
