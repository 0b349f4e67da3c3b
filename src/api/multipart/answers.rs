//! The answers of `/v1/multipart…`.

use schemars::JsonSchema;
use serde::Serialize;

use crate::multipart::Checksum;
use crate::multipart::response::ListedPart;
use crate::presign::Headers;

/// An upload that was created.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct UploadCreated<'a> {
    /// What all further steps need.
    pub handle: String,
    /// Name of the profile.
    pub profile: &'a str,
    /// The whole key in the bucket.
    pub key: &'a str,
    /// Until when steps can be taken, in RFC 3339.
    #[schemars(extend("format" = "date-time"))]
    pub expires_at: String,
    /// Seconds from now to that instant.
    pub expires_in: u64,
    /// Size of all parts but the last, where the size of the object was given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub part_size_bytes: Option<u64>,
    /// How many parts there are then.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub parts: Option<u16>,
}

/// URLs for parts.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct PartsSigned<'a> {
    /// Name of the profile.
    pub profile: &'a str,
    /// The whole key in the bucket.
    pub key: &'a str,
    /// When the URLs end, in RFC 3339.
    #[schemars(extend("format" = "date-time"))]
    pub expires_at: String,
    /// Seconds from now to that instant.
    pub expires_in: u64,
    /// In the order in which they were asked for.
    pub parts: Vec<SignedPart>,
}

/// The URL for a part.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct SignedPart {
    /// Its number.
    pub part_number: u16,
    /// The presigned URL.
    #[schemars(url)]
    pub url: String,
    /// The method it is signed for.
    pub method: &'static str,
    /// Headers that the client must send, exactly as they are here.
    pub headers: Headers,
}

/// A page of the parts that S3 has.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct PartsListed<'a> {
    /// Name of the profile.
    pub profile: &'a str,
    /// The whole key in the bucket.
    pub key: &'a str,
    /// In the order of their numbers.
    pub parts: Vec<PartListed>,
    /// The `partNumberMarker` of the next page, if there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_part_number_marker: Option<u16>,
}

/// A part that S3 has.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct PartListed {
    part_number: u16,
    etag: String,
    size_bytes: u64,
    #[schemars(extend("format" = "date-time"))]
    last_modified: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    checksum: Option<Checksum>,
}

impl From<ListedPart> for PartListed {
    fn from(part: ListedPart) -> Self {
        Self {
            part_number: part.number,
            etag: part.etag,
            size_bytes: part.size_bytes,
            last_modified: part.last_modified,
            checksum: part.checksum,
        }
    }
}

/// The object that was made.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct UploadCompleted<'a> {
    /// Name of the profile.
    pub profile: &'a str,
    /// The whole key in the bucket.
    pub key: &'a str,
    /// The object's `ETag`.
    pub etag: String,
    /// Its version, in a bucket that has versions.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub version_id: Option<String>,
}
