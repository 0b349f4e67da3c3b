//! [Temporary credentials of R2][r2], which nobody has to be asked for: a JWT that the API token's secret signs.
//!
//! [r2]: https://developers.cloudflare.com/r2/api/s3/temporary-credentials/

use std::time::{Duration, SystemTime};

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use hmac::{Hmac, KeyInit, Mac};
use serde::Serialize;
use sha2::{Digest, Sha256};

use crate::aws::Credentials;
use crate::credentials::Session;
use crate::encode;
use crate::instant::{floor_to, unix_secs};
use crate::presign::Operation;
use crate::secret::Secret;

/// What the credentials are for.
#[derive(Clone, Copy, Debug)]
pub struct Scope<'a> {
    /// The host of the bucket's endpoint, which begins with the id of the account.
    pub host: &'a str,
    /// The bucket.
    pub bucket: &'a str,
    /// What the keys begin with; empty for all keys.
    pub prefix: &'a str,
    /// What may be done.
    pub operations: &'a [Operation],
}

#[derive(Serialize)]
struct Claims<'a> {
    sub: &'a str,
    iss: &'a str,
    aud: &'a str,
    iat: u64,
    exp: u64,
    bucket: &'a str,
    scope: &'static str,
    actions: Vec<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    paths: Option<Paths<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Paths<'a> {
    prefix_paths: [&'a str; 1],
    object_paths: [&'a str; 0],
}

/// Credentials for `scope` that are made from those of the API token, for `lifetime` from `now` on. `None` when they
/// cannot be signed, which no secret causes.
pub fn temporary_credentials(
    token: &Credentials,
    scope: Scope<'_>,
    lifetime: Duration,
    now: SystemTime,
) -> Option<Session> {
    let issued_at = floor_to(Duration::ZERO, now);
    let expires_at = issued_at.checked_add(lifetime)?;
    let (account, _) = scope.host.split_once('.')?;
    let reads = |operation: &Operation| operation.method().is_safe();
    let claims = Claims {
        sub: account,
        iss: &token.access_key_id,
        aud: scope.host,
        iat: unix_secs(issued_at),
        exp: unix_secs(expires_at),
        bucket: scope.bucket,
        scope: if scope.operations.iter().all(reads) {
            "object-read-only"
        } else {
            "object-read-write"
        },
        actions: scope.operations.iter().map(|it| action(*it)).collect(),
        paths: (!scope.prefix.is_empty()).then_some(Paths {
            prefix_paths: [scope.prefix],
            object_paths: [],
        }),
    };
    let header = URL_SAFE_NO_PAD.encode(r#"{"alg":"HS256","typ":"JWT"}"#);
    let claims = URL_SAFE_NO_PAD.encode(serde_json::to_string(&claims).ok()?);
    let signed = format!("{header}.{claims}");
    let secret = token.secret_access_key.expose();
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).ok()?;
    mac.update(signed.as_bytes());
    let signature = URL_SAFE_NO_PAD.encode(mac.finalize().into_bytes());
    let jwt = format!("{signed}.{signature}");
    Some(Session {
        credentials: Credentials {
            access_key_id: token.access_key_id.clone(),
            secret_access_key: Secret::new(encode::hash(Sha256::digest(&jwt))),
            session_token: Some(Secret::new(STANDARD.encode(format!("jwt/{jwt}")))),
        },
        issued_at,
        active_from: issued_at,
        expires_at,
    })
}

/// R2's name of an operation is S3's own.
fn action(operation: Operation) -> &'static str {
    match operation {
        Operation::GetObject => "GetObject",
        Operation::HeadObject => "HeadObject",
        Operation::PutObject => "PutObject",
        Operation::DeleteObject => "DeleteObject",
        Operation::CreateMultipartUpload => "CreateMultipartUpload",
        Operation::UploadPart => "UploadPart",
        Operation::CompleteMultipartUpload => "CompleteMultipartUpload",
        Operation::AbortMultipartUpload => "AbortMultipartUpload",
        Operation::ListParts => "ListParts",
        Operation::ListObjectsV2 => "ListObjectsV2",
    }
}
