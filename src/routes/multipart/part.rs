//! What requests say about a part: its number, `ETag` and checksum.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::multipart::MAX_PARTS;
use crate::presign::Headers;
use crate::s3::Checksum;

/// A part number, from 1 to 10,000.
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

impl PartETag {
    /// The `ETag` in quotes.
    pub fn into_string(self) -> String {
        self.0
    }
}

impl TryFrom<String> for PartETag {
    type Error = &'static str;

    fn try_from(etag: String) -> Result<Self, &'static str> {
        let plain = etag.strip_prefix('"').and_then(|it| it.strip_suffix('"'));
        let plain = plain.unwrap_or(&etag);
        let in_etag = |b: u8| b.is_ascii_graphic() && b != b'"';
        if (1..=128).contains(&plain.len()) && plain.bytes().all(in_etag) {
            Ok(Self(format!("\"{plain}\"")))
        } else {
            Err("must be the ETag in S3's response to the part")
        }
    }
}

/// One checksum, under the name of its algorithm.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(try_from = "Headers")]
#[schemars(with = "Checksum")]
pub struct PartChecksum(Checksum);

impl PartChecksum {
    /// The checksum.
    pub fn into_checksum(self) -> Checksum {
        self.0
    }
}

impl TryFrom<Headers> for PartChecksum {
    type Error = &'static str;

    fn try_from(named: Headers) -> Result<Self, &'static str> {
        let mut named = named.iter();
        let checksum = named.next().and_then(|it| Checksum::new(it.0, it.1));
        let only = checksum.filter(|_| named.next().is_none());
        only.map(Self).ok_or(
            "must be one of crc32, crc32c, crc64nvme, md5, sha1, sha256, sha512, xxhash128, xxhash3 and \
             xxhash64, complete and in base64",
        )
    }
}
