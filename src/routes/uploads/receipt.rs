//! The content of a receipt.

use serde::Serialize;

use crate::callers::Principal;
use crate::s3::{ChecksumType, Checksums};

use super::Payload;

/// The claims of a receipt.
///
/// There is no `sub` and no `azp`, and there must never be: STS requires the first and takes the second for the audience, and
/// it has the key that signs this.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Receipt<'a> {
    /// The worker: `OIDC_ISSUER`.
    pub(super) iss: &'a str,
    /// For whom it is: `receiptAudience`.
    pub(super) aud: &'a str,
    /// When it was signed, in seconds since the Unix epoch.
    pub(super) iat: u64,
    /// From when on it is not accepted.
    pub(super) exp: u64,
    /// Its own id.
    pub(super) jti: String,
    /// Name of the profile.
    pub(super) profile: &'a str,
    /// Name of the bucket.
    pub(super) bucket: &'a str,
    /// The whole key in the bucket.
    pub(super) key: &'a str,
    /// Size of the object.
    pub(super) size_bytes: u64,
    /// The object's `ETag`, in quotes.
    pub(super) etag: String,
    /// Its media type.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) content_type: Option<String>,
    /// Its checksums, by algorithm.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) checksums: Option<Checksums>,
    /// Of what the checksums are.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) checksum_type: Option<ChecksumType>,
    /// Its version.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) version_id: Option<String>,
    /// When it was stored, in RFC 3339.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) last_modified: Option<String>,
    /// Who asked for the receipt.
    pub(super) caller: ReceiptCaller<'a>,
    /// What they wanted to have in it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) payload: Option<Payload>,
}

/// Who asked for a receipt.
#[derive(Serialize)]
pub(super) struct ReceiptCaller<'a> {
    /// Name of the caller, `link` or `anyone`.
    name: &'a str,
    /// The claim `sub` of its token.
    #[serde(skip_serializing_if = "Option::is_none")]
    subject: Option<&'a str>,
}

impl<'a> ReceiptCaller<'a> {
    pub(super) fn of(principal: &'a Principal) -> Self {
        let claims = match principal {
            Principal::Caller { claims, .. } => claims.as_deref(),
            Principal::Link(_) | Principal::Anonymous => None,
        };
        Self {
            name: principal.name(),
            subject: claims.and_then(|claims| claims.subject()),
        }
    }
}
