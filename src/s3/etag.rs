//! The `ETag` of an object that was assembled from parts.

use md5::{Digest, Md5};

use super::request::UploadedPart;

/// The MD5 of the MD5s of all `parts`, and the number of parts. S3 does not document it, but uses it for objects
/// that are not encrypted with KMS or customer-provided keys. Otherwise, and when an `ETag` is not an MD5, this is
/// `None` or an `ETag` that no object has.
pub fn composite(parts: &[UploadedPart]) -> Option<String> {
    let mut digests = Md5::new();
    for part in parts {
        let mut digest = [0_u8; 16];
        hex::decode_to_slice(part.etag.trim_matches('"'), &mut digest).ok()?;
        digests.update(digest);
    }
    let digest = hex::encode(digests.finalize());
    Some(format!("\"{digest}-{}\"", parts.len()))
}
