//! What Workers KV holds of a role's sessions: a sealed record under a key that names the exchange.
//!
//! | part | bytes | what |
//! |---|---|---|
//! | version | 1 | `1` |
//! | nonce | 12 | random, new with every write |
//! | sealed | rest | JSON of the sessions under AES-256-GCM, with the KV key as associated data |
//!
//! A record that is copied to another key, altered, cut short or sealed under another
//! `CACHE_KEY` does not open and counts as absent.

use std::fmt;
use std::rc::Rc;
use std::time::{Duration, SystemTime};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::Serialize;
use sha2::{Digest, Sha256};

use super::{Credentials, Session};
use crate::config::Role;
use crate::instant::{from_unix_secs, left_until, unix_secs};
use crate::json::Object;
use crate::platform::Platform;
use crate::presign::Endpoint;
use crate::secret::Secret;

const VERSION: u8 = 1;

/// Bytes of an AES-GCM nonce.
pub const NONCE_BYTES: usize = 12;

/// How long before the end of its last session a record disappears from KV.
pub const KV_MARGIN: Duration = Duration::from_secs(60);

/// Workers KV [refuses an expiry][kv] nearer than this.
///
/// [kv]: https://developers.cloudflare.com/kv/api/write-key-value-pairs/#expiring-keys
pub const KV_MIN_TTL: Duration = Duration::from_secs(60);

/// When KV shall drop a record whose last session is this, in seconds since the Unix epoch; `None` when
/// the session ends too soon to be kept.
pub fn kv_expiration_secs(session: &Session, now: SystemTime) -> Option<u64> {
    let expiration = session.expires_at.checked_sub(KV_MARGIN)?;
    let ttl = left_until(expiration, now);
    (ttl >= KV_MIN_TTL).then(|| unix_secs(expiration))
}

/// The KV key of `role`'s sessions at the STS endpoint `sts`: `session/v1/` and the SHA-256 (hex)
/// over role ARN, session name, duration, endpoint, policy ARNs and policy. A change of any of them
/// finds no record of the old one.
pub fn kv_key(role: &Role, sts: &Endpoint) -> String {
    // Only the last part can have a line end in it.
    let named = format!(
        "{}\n{}\n{}\n{}\n{}\n{}",
        role.arn,
        role.session_name,
        role.duration.as_secs(),
        sts.url(),
        role.policy_arns.join(" "),
        role.policy.as_deref().unwrap_or_default(),
    );
    format!("session/v1/{}", hex::encode(Sha256::digest(named)))
}

/// The secret `CACHE_KEY`: a key for AES-256-GCM.
#[derive(Clone)]
pub struct CacheKey([u8; 32]);

impl CacheKey {
    /// Reads base64 of 32 bytes; `None` for anything else.
    pub fn from_base64(text: &str) -> Option<Self> {
        let bytes = STANDARD.decode(text.trim()).ok()?;
        bytes.try_into().ok().map(Self)
    }

    /// The key itself, for the cipher only.
    pub fn expose(&self) -> &[u8; 32] {
        &self.0
    }
}

impl fmt::Debug for CacheKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[secret]")
    }
}

/// The record of `sessions` for `kv_key`; `None` when the platform's cipher fails.
pub async fn seal<P: Platform>(
    sessions: &[Rc<Session>],
    key: &CacheKey,
    kv_key: &str,
    platform: &P,
) -> Option<Vec<u8>> {
    let plain = to_json(sessions)?;
    let nonce = platform.random()?;
    let sealed = platform
        .aes_gcm_seal(key, &nonce, kv_key.as_bytes(), plain.as_bytes())
        .await?;
    Some([&[VERSION], nonce.as_slice(), &sealed].concat())
}

/// The sessions in `record`, if it was sealed under `key` for `kv_key`.
pub async fn open<P: Platform>(
    record: &[u8],
    key: &CacheKey,
    kv_key: &str,
    platform: &P,
) -> Option<Vec<Session>> {
    let (&VERSION, rest) = record.split_first()? else {
        return None;
    };
    let (nonce, sealed) = rest.split_first_chunk::<NONCE_BYTES>()?;
    let plain = platform
        .aes_gcm_open(key, nonce, kv_key.as_bytes(), sealed)
        .await?;
    from_json(std::str::from_utf8(&plain).ok()?)
}

/// Sessions as JSON; it exists only between the cipher and [`Session`].
#[derive(Serialize)]
struct Stored<'a> {
    sessions: Vec<StoredSession<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct StoredSession<'a> {
    access_key_id: &'a str,
    secret_access_key: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    session_token: Option<&'a str>,
    issued_at_secs: u64,
    active_from_secs: u64,
    expires_at_secs: u64,
}

fn to_json(sessions: &[Rc<Session>]) -> Option<String> {
    let sessions = sessions.iter().map(|session| StoredSession {
        access_key_id: &session.credentials.access_key_id,
        secret_access_key: session.credentials.secret_access_key.expose(),
        session_token: session
            .credentials
            .session_token
            .as_ref()
            .map(Secret::expose),
        issued_at_secs: unix_secs(session.issued_at),
        active_from_secs: unix_secs(session.active_from),
        expires_at_secs: unix_secs(session.expires_at),
    });
    let sessions = sessions.collect();
    serde_json::to_string(&Stored { sessions }).ok()
}

fn from_json(json: &str) -> Option<Vec<Session>> {
    let sessions: Vec<Object> = Object::parse(json).ok()?.take("sessions").ok()?;
    sessions.into_iter().map(session).collect()
}

fn session(mut stored: Object) -> Option<Session> {
    Some(Session {
        credentials: Credentials {
            access_key_id: stored.take("accessKeyId").ok()?,
            secret_access_key: Secret::new(stored.take::<String>("secretAccessKey").ok()?),
            session_token: stored.take::<String>("sessionToken").ok().map(Secret::new),
        },
        issued_at: from_unix_secs(stored.take("issuedAtSecs").ok()?)?,
        active_from: from_unix_secs(stored.take("activeFromSecs").ok()?)?,
        expires_at: from_unix_secs(stored.take("expiresAtSecs").ok()?)?,
    })
}
