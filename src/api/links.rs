//! `POST /v1/links`: signed links for others.

use serde::{Deserialize, Serialize};

use super::ObjectKey;
use crate::presign::Operation;
use crate::profiles::UploadLimit;

/// A link that is asked for.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct LinkRequest {
    /// Name of the profile.
    pub profile: String,
    /// The one key that the link is for.
    pub key: Option<ObjectKey>,
    /// Or how the keys begin that it is for; it ends with a slash.
    pub key_prefix: Option<ObjectKey>,
    /// What it may be used for.
    pub operations: Vec<Operation>,
    /// Life of the link in seconds.
    pub expires_in: Option<u64>,
    /// Longest life of the URLs that it gives, in seconds.
    pub max_lifetime_secs: Option<u64>,
    /// What can be uploaded with it.
    pub upload: Option<UploadLimit>,
}

/// The answer.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct LinkCreated<'a> {
    /// What stands in front of any route: `https://…/c/{capability}`.
    pub link: &'a str,
    /// The link to the key, or to which the rest of a key is added.
    pub url: String,
    /// Name of the profile.
    pub profile: &'a str,
    /// When the link ends, in RFC 3339.
    pub expires_at: String,
    /// Seconds from now to that instant.
    pub expires_in: u64,
}
