//! What Uppy gets.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Serialize;

use crate::presign::{Form, Headers};
use crate::s3::response::ListedPart;

/// How Uppy sends a whole file, or another request, to S3.
#[derive(Serialize, JsonSchema)]
pub struct UppyUpload<'a> {
    /// The method: `POST` for a form.
    pub method: &'a str,
    /// The presigned URL, or that to which the form is posted.
    #[schemars(url)]
    pub url: &'a str,
    /// The whole key in the bucket.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub key: Option<&'a str>,
    /// Headers that must be sent exactly like this, of a request that is not a form.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub headers: Option<&'a Headers>,
    /// Fields that must be sent exactly like this, of a form.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<BTreeMap<String, String>>")]
    pub fields: Option<&'a Form<'a>>,
    /// Seconds until S3 stops accepting it.
    pub expires: u64,
}

/// An upload in parts that was created.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct UppyCreated<'a> {
    /// The whole key in the bucket.
    pub key: &'a str,
    /// The upload's handle, by which Uppy names it.
    pub upload_id: String,
    /// The bucket.
    pub bucket: &'a str,
}

/// The URL of a part.
#[derive(Serialize, JsonSchema)]
pub struct UppyPartUrl<'a> {
    /// The presigned URL.
    #[schemars(url)]
    pub url: &'a str,
    /// Seconds until it expires.
    pub expires: u64,
}

/// An uploaded part.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "PascalCase")]
pub struct UppyListedPart {
    part_number: u16,
    size: u64,
    #[serde(rename = "ETag")]
    etag: String,
}

/// The assembled object.
#[derive(Serialize, JsonSchema)]
pub struct UppyCompleted<'a> {
    /// URL of the object, which is not signed.
    #[schemars(url)]
    pub location: String,
    /// The whole key in the bucket.
    pub key: &'a str,
    /// The bucket.
    pub bucket: &'a str,
}

/// S3 has aborted the upload. Uppy reads an object, and expects nothing in it.
#[derive(Serialize, JsonSchema)]
pub struct UppyAborted {}

/// What Uppy's `getCredentials` returns.
#[derive(Serialize, JsonSchema)]
pub struct UppyCredentials<'a> {
    /// The credentials.
    pub credentials: UppyKeys<'a>,
    /// The bucket's region.
    pub region: &'a str,
}

/// Temporary credentials.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct UppyKeys<'a> {
    /// The access key's id.
    pub access_key_id: &'a str,
    /// The secret access key.
    pub secret_access_key: &'a str,
    /// The session token.
    pub session_token: &'a str,
    /// When they expire, in RFC 3339.
    #[schemars(extend("format" = "date-time"))]
    pub expiration: String,
}

impl From<ListedPart> for UppyListedPart {
    fn from(part: ListedPart) -> Self {
        Self {
            part_number: part.number,
            size: part.size_bytes,
            etag: part.etag,
        }
    }
}
