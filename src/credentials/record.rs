//! What Workers KV holds of a role's sessions: their JSON, [`sealed`] for the KV key, which
//! names the exchange. A record that does not open counts as absent.

use std::rc::Rc;
use std::time::{Duration, SystemTime};

use serde::Serialize;
use sha2::{Digest, Sha256};

use super::{Credentials, Session};
use crate::config::Role;
use crate::instant::{from_unix_secs, left_until, unix_secs};
use crate::json::Object;
use crate::platform::Platform;
use crate::presign::Endpoint;
use crate::sealed::{self, CacheKey};
use crate::secret::Secret;

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

/// The record of `sessions` for `kv_key`; `None` when the platform's cipher fails.
pub async fn seal<P: Platform>(
    sessions: &[Rc<Session>],
    key: &CacheKey,
    kv_key: &str,
    platform: &P,
) -> Option<Vec<u8>> {
    let plain = to_json(sessions)?;
    sealed::seal(plain.as_bytes(), key, kv_key, platform).await
}

/// The sessions in `record`, if it was sealed under `key` for `kv_key`.
pub async fn open<P: Platform>(
    record: &[u8],
    key: &CacheKey,
    kv_key: &str,
    platform: &P,
) -> Option<Vec<Session>> {
    let plain = sealed::open(record, key, kv_key, platform).await?;
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
