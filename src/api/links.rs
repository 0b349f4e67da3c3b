//! `POST /v1/links`: signed links for others.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::ObjectKey;
use crate::presign::{MAX_LIFETIME_SECS, Operation};
use crate::profiles::UploadLimit;

/// The longest life of a link, in seconds: a week like that of a URL of S3; the application may sign
/// longer ones.
pub const MAX_LINK_LIFETIME_SECS: u64 = 604_800;

/// A link that is asked for.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schemars(extend("oneOf" = [{"required": ["key"]}, {"required": ["keyPrefix"]}]))]
pub struct LinkRequest {
    /// Name of the profile.
    pub profile: String,
    /// The one key that the link is for.
    pub key: Option<ObjectKey>,
    /// Or how the keys begin that it is for; it ends with a slash.
    #[schemars(extend("pattern" = "/$"))]
    pub key_prefix: Option<ObjectKey>,
    /// What it may be used for.
    #[schemars(length(min = 1))]
    pub operations: Vec<Operation>,
    /// Life of the link in seconds.
    #[schemars(range(min = 1, max = MAX_LINK_LIFETIME_SECS))]
    pub expires_in: Option<u64>,
    /// Longest life of the URLs that it gives, in seconds.
    #[schemars(range(min = 1, max = MAX_LIFETIME_SECS))]
    pub max_lifetime_secs: Option<u64>,
    /// What can be uploaded with it.
    pub upload: Option<UploadLimit>,
}

/// The answer.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct LinkCreated<'a> {
    /// What stands in front of any route: `https://…/c/{capability}`.
    #[schemars(url)]
    pub link: &'a str,
    /// The link to the key, or to which the rest of a key is added.
    #[schemars(url)]
    pub url: String,
    /// Name of the profile.
    pub profile: &'a str,
    /// When the link ends, in RFC 3339.
    #[schemars(extend("format" = "date-time"))]
    pub expires_at: String,
    /// Seconds from now to that instant.
    pub expires_in: u64,
}
