//! The response with a URL.

use schemars::JsonSchema;
use serde::Serialize;

use crate::presign::Headers;

/// The response of `POST /v1/sign`.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Signed<'a> {
    /// The presigned URL.
    #[schemars(url)]
    pub url: &'a str,
    /// The method that it is signed for.
    pub method: &'a str,
    /// Headers that the client must send exactly like this.
    pub headers: &'a Headers,
    /// Name of the profile.
    pub profile: &'a str,
    /// The whole key in the bucket; absent for listObjectsV2.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub key: Option<&'a str>,
    /// When the URL expires, in RFC 3339.
    #[schemars(extend("format" = "date-time"))]
    pub expires_at: String,
    /// Seconds from now to that instant.
    pub expires_in: u64,
}
