//! The record of a role's sessions in Workers KV: JSON, [sealed] for its KV key, which names the exchange, under a
//! key that is for records only. A record that does not open counts as absent.

use std::rc::Rc;
use std::time::{Duration, SystemTime};

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::Session;
use crate::aws::{Credentials, Endpoint};
use crate::instant::{from_unix_secs, left_until, unix_secs};
use crate::json;
use crate::log::{Level, Record};
use crate::platform::{Crypto, Entropy, KV_MIN_TTL, Kv, Telemetry};
use crate::sealed::{self, CacheKey, SealedValue, foreign_record};
use crate::secret::Secret;
use crate::sts::Role;

/// How long before the end of its last session a record is deleted from KV.
pub const KV_MARGIN: Duration = Duration::from_secs(60);

/// Version of the format: it begins KV keys, and names the derived keys that seal records.
const VERSION: &str = "session/v2";

/// When KV is to delete a record whose last session is this one, in seconds since the Unix epoch; `None` when the
/// session ends too soon to be stored.
pub fn kv_expiration_secs(session: &Session, now: SystemTime) -> Option<u64> {
    let expiration = session.expires_at.checked_sub(KV_MARGIN)?;
    let ttl = left_until(expiration, now);
    (ttl >= KV_MIN_TTL).then(|| unix_secs(expiration))
}

/// The KV key of `role`'s sessions from the STS endpoint `sts`: `session/v2/` and the SHA-256 (hex) of role ARN, session
/// name, duration, endpoint, policy ARNs and policy. A changed configuration does not find the record of the old one.
pub fn kv_key(role: &Role, sts: &Endpoint) -> String {
    // Only the last part can contain a line feed.
    let exchange = format!(
        "{}\n{}\n{}\n{}\n{}\n{}",
        role.arn,
        role.session_name,
        role.duration.as_secs(),
        sts.url(),
        role.policy_arns.join(" "),
        role.policy.as_deref().unwrap_or_default(),
    );
    format!("{VERSION}/{}", hex::encode(Sha256::digest(exchange)))
}

/// The key made from `CACHE_KEY` for records.
pub fn record_key(cache_key: &CacheKey) -> CacheKey {
    cache_key.derived(VERSION)
}

/// Where the sessions of one role are kept in KV.
#[derive(Debug)]
pub struct SealedStore(SealedValue);

impl SealedStore {
    /// The record under `kv_key`; `None` without any of `cache_keys`, the first of which seals.
    pub fn new(cache_keys: &[CacheKey], kv_key: String) -> Option<Self> {
        SealedValue::new(cache_keys, VERSION, kv_key).map(Self)
    }

    /// The sessions in KV; `None` when KV does not answer. A record that does not open is logged and counts as empty.
    pub async fn load(&self, platform: &(impl Kv + Crypto + Telemetry)) -> Option<Vec<Session>> {
        let Some(content) = self.0.load(platform).await.ok()? else {
            return Some(Vec::new());
        };
        Some(read_logged(&content, platform).unwrap_or_default())
    }

    /// Its KV key.
    pub fn kv_key(&self) -> &str {
        self.0.kv_key()
    }

    /// The record of `sessions`; `None` when the cipher fails, which is in the log then.
    pub async fn seal(
        &self,
        sessions: &[Rc<Session>],
        platform: &(impl Crypto + Entropy + Telemetry),
    ) -> Option<Vec<u8>> {
        let record = match content(sessions) {
            Some(content) => self.0.seal(content.as_bytes(), platform).await,
            None => None,
        };
        if record.is_none() {
            let detail = "the session could not be sealed and is kept in this isolate only";
            Record::new(Level::Warn, "sealFailed", detail).write(platform);
        }
        record
    }

    /// The sessions in a record; `None` for a record that does not open, which is in the log then.
    pub async fn open(
        &self,
        record: &[u8],
        platform: &(impl Crypto + Telemetry),
    ) -> Option<Vec<Session>> {
        read_logged(&self.0.open(record, platform).await?, platform)
    }
}

fn read_logged(content: &[u8], telemetry: &impl Telemetry) -> Option<Vec<Session>> {
    let sessions = read(content);
    if sessions.is_none() {
        foreign_record().write(telemetry);
    }
    sessions
}

/// The record of `sessions` for `kv_key`, sealed with a [`record_key`]; `None` when the platform's cipher fails.
pub async fn seal(
    sessions: &[Rc<Session>],
    key: &CacheKey,
    kv_key: &str,
    platform: &(impl Crypto + Entropy),
) -> Option<Vec<u8>> {
    let content = content(sessions)?;
    sealed::seal(content.as_bytes(), key, kv_key, platform).await
}

fn content(sessions: &[Rc<Session>]) -> Option<String> {
    let sessions = sessions.iter().map(|session| Stored::of(session)).collect();
    serde_json::to_string(&Content { sessions }).ok()
}

/// The sessions in `record`, if it was sealed with this [`record_key`] for `kv_key`.
pub async fn open(
    record: &[u8],
    key: &CacheKey,
    kv_key: &str,
    platform: &impl Crypto,
) -> Option<Vec<Session>> {
    read(&sealed::open(record, key, kv_key, platform).await?)
}

fn read(content: &[u8]) -> Option<Vec<Session>> {
    let content: Content = json::read(std::str::from_utf8(content).ok()?).ok()?;
    let sessions = content.sessions.into_iter();
    sessions.map(Stored::into_session).collect()
}

/// The content in JSON, which exists only between the cipher and [`Session`].
#[derive(Serialize, Deserialize)]
struct Content {
    sessions: Vec<Stored>,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Stored {
    access_key_id: String,
    secret_access_key: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    session_token: Option<String>,
    issued_at_secs: u64,
    active_from_secs: u64,
    expires_at_secs: u64,
}

impl Stored {
    fn of(session: &Session) -> Self {
        let credentials = &session.credentials;
        let token = credentials.session_token.as_ref().map(Secret::expose);
        Self {
            access_key_id: credentials.access_key_id.clone(),
            secret_access_key: credentials.secret_access_key.expose().to_owned(),
            session_token: token.map(str::to_owned),
            issued_at_secs: unix_secs(session.issued_at),
            active_from_secs: unix_secs(session.active_from),
            expires_at_secs: unix_secs(session.expires_at),
        }
    }

    fn into_session(self) -> Option<Session> {
        Some(Session {
            credentials: Credentials {
                access_key_id: self.access_key_id,
                secret_access_key: Secret::new(self.secret_access_key),
                session_token: self.session_token.map(Secret::new),
            },
            issued_at: from_unix_secs(self.issued_at_secs)?,
            active_from: from_unix_secs(self.active_from_secs)?,
            expires_at: from_unix_secs(self.expires_at_secs)?,
        })
    }
}
