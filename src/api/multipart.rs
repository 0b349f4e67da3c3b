//! What callers ask of `/v1/multipart…`, and what they get.

mod answers;

use schemars::JsonSchema;
use serde::Deserialize;

pub use answers::{
    PartListed, PartsListed, PartsSigned, SignedPart, UploadCompleted, UploadCreated,
};

use super::ObjectKey;
use crate::multipart::plan::{MAX_OBJECT_BYTES, MAX_PART_BYTES, MIN_PART_BYTES};
use crate::multipart::request::UploadedPart;
use crate::multipart::{Checksum, MAX_PARTS};
use crate::presign::{Headers, MAX_LIFETIME_SECS};

/// Longest body of `POST /v1/multipart/complete`, in bytes: all parts with the longest of checksums, and
/// room to spare.
pub const MAX_COMPLETE_BYTES: usize = 2 * 1024 * 1024;

/// How many parts are signed at once.
pub const MAX_PARTS_SIGNED: usize = 100;

/// Longest body of `POST /v1/multipart/sign`, in bytes: 1 KiB a part, for its checksum and a key of the
/// customer's.
pub const MAX_SIGN_PARTS_BYTES: usize = MAX_PARTS_SIGNED * 1024;

/// How many parts are listed at once, as S3 has it.
pub const MAX_PARTS_LISTED: u16 = 1000;

/// For how long steps can be taken at most, in seconds.
pub const MAX_UPLOAD_LIFETIME_SECS: u64 = 7 * 24 * 3600;

/// `POST /v1/multipart`: an upload that is asked for.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schemars(extend("dependentRequired" = {"partSizeBytes": ["sizeBytes"]}))]
pub struct CreateUpload {
    /// Name of the profile.
    pub profile: String,
    /// The whole key in the bucket.
    pub key: ObjectKey,
    /// Size of the whole object. With it all parts get their lengths, and the upload completes with all of
    /// them or not at all.
    #[schemars(range(min = 0, max = MAX_OBJECT_BYTES))]
    pub size_bytes: Option<u64>,
    /// Size of all parts but the last; one that suits `sizeBytes`.
    #[schemars(range(min = MIN_PART_BYTES, max = MAX_PART_BYTES))]
    pub part_size_bytes: Option<u64>,
    /// For how long steps can be taken, in seconds; a day.
    #[schemars(range(min = 1, max = MAX_UPLOAD_LIFETIME_SECS))]
    pub expires_in: Option<u64>,
    /// Headers for S3, which the object then has.
    #[serde(default)]
    pub headers: Headers,
}

/// `POST /v1/multipart/sign`: URLs for some parts.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SignParts {
    /// The upload.
    pub handle: String,
    /// The parts, in any order.
    #[schemars(length(min = 1, max = MAX_PARTS_SIGNED))]
    pub parts: Vec<PartToSign>,
    /// Life of the URLs in seconds.
    #[schemars(range(min = 1, max = MAX_LIFETIME_SECS))]
    pub expires_in: Option<u64>,
}

/// One part that shall be uploaded.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct PartToSign {
    /// Its number.
    pub part_number: PartNumber,
    /// Headers that the client will send, such as `content-length` or a checksum.
    #[serde(default)]
    pub headers: Headers,
}

/// `POST /v1/multipart/list`: a page of the parts that S3 has.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ListParts {
    /// The upload.
    pub handle: String,
    /// At most so many, from 1 to 1,000; 1,000.
    #[schemars(range(min = 1, max = MAX_PARTS_LISTED))]
    pub max_parts: Option<u16>,
    /// Only those with higher numbers.
    pub part_number_marker: Option<PartNumber>,
    /// Headers for S3, such as `x-amz-request-payer`.
    #[serde(default)]
    pub headers: Headers,
}

/// `POST /v1/multipart/complete`: the object shall be made of these parts.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct CompleteUpload {
    /// The upload.
    pub handle: String,
    /// In the order of their numbers.
    #[schemars(length(min = 1, max = MAX_PARTS))]
    pub parts: Vec<PartToComplete>,
    /// Headers for S3, such as `if-none-match`.
    #[serde(default)]
    pub headers: Headers,
}

/// One part that was uploaded.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct PartToComplete {
    /// Its number.
    pub part_number: PartNumber,
    /// The `ETag` that S3 gave for it.
    pub etag: PartETag,
    /// Its checksum, such as `{"crc32": "…"}`, where it was uploaded with one.
    pub checksum: Option<PartChecksum>,
}

/// `POST /v1/multipart/abort`: the upload is given up.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct AbortUpload {
    /// The upload.
    pub handle: String,
    /// Headers for S3, such as `x-amz-request-payer`.
    #[serde(default)]
    pub headers: Headers,
}

/// From 1 to 10,000.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize, JsonSchema)]
#[serde(try_from = "u16")]
#[schemars(extend("minimum" = 1, "maximum" = MAX_PARTS))]
pub struct PartNumber(u16);

impl PartNumber {
    /// The number.
    pub fn get(self) -> u16 {
        self.0
    }
}

impl TryFrom<u16> for PartNumber {
    type Error = String;

    fn try_from(number: u16) -> Result<Self, String> {
        (1..=MAX_PARTS)
            .contains(&number)
            .then_some(Self(number))
            .ok_or_else(|| format!("must be a number from 1 to {MAX_PARTS}"))
    }
}

/// An `ETag`, with or without its quotes.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(try_from = "String")]
#[schemars(extend("pattern" = r#"^([!#-~]{1,128}|"[!#-~]{1,128}")$"#))]
pub struct PartETag(String);

impl TryFrom<String> for PartETag {
    type Error = &'static str;

    fn try_from(etag: String) -> Result<Self, &'static str> {
        let plain = etag.strip_prefix('"').and_then(|it| it.strip_suffix('"'));
        let plain = plain.unwrap_or(&etag);
        let in_etag = |b: u8| b.is_ascii_graphic() && b != b'"';
        if (1..=128).contains(&plain.len()) && plain.bytes().all(in_etag) {
            Ok(Self(format!("\"{plain}\"")))
        } else {
            Err("must be the ETag that S3 gave for the part")
        }
    }
}

/// One checksum, by the name of its algorithm.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(try_from = "Headers")]
#[schemars(with = "Checksum")]
pub struct PartChecksum(Checksum);

impl TryFrom<Headers> for PartChecksum {
    type Error = &'static str;

    fn try_from(named: Headers) -> Result<Self, &'static str> {
        let mut named = named.iter();
        let checksum = named.next().and_then(|it| Checksum::new(it.0, it.1));
        let only = checksum.filter(|_| named.next().is_none());
        only.map(Self).ok_or(
            "must have one of crc32, crc32c, crc64nvme, md5, sha1, sha256, sha512, xxhash128, xxhash3 and \
             xxhash64, whole and in base64",
        )
    }
}

impl From<PartToComplete> for UploadedPart {
    fn from(part: PartToComplete) -> Self {
        Self {
            number: part.part_number.0,
            etag: part.etag.0,
            checksum: part.checksum.map(|checksum| checksum.0),
        }
    }
}
