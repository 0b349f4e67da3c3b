//! The `ETag` that an object has when it was put together of parts.

use md5::{Digest, Md5};

use super::request::UploadedPart;

/// The MD5 over the MD5s of all `parts`, and their number. S3 does not promise it, but has it so for objects that
/// are not encrypted with keys of KMS or of the customer; then, and when an `ETag` is no MD5, `None` or an `ETag`
/// that no object has.
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
