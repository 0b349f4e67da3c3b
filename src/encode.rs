//! `UriEncode` and `Hex` as [Signature Version 4][spec] defines them.
//!
//! [spec]: https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, PercentEncode, utf8_percent_encode};

/// Everything but the unreserved characters of RFC 3986.
const QUERY: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

/// The same, but a slash stays: it parts the segments of an object key.
const PATH: &AsciiSet = &QUERY.remove(b'/');

/// A name or a value of the query.
pub fn query(text: &str) -> PercentEncode<'_> {
    utf8_percent_encode(text, QUERY)
}

/// A SHA-256, or an HMAC made of it, in hexadecimal. `hex::encode` would put characters together one by one.
pub fn hash(hash: impl Into<[u8; 32]>) -> String {
    let mut digits = [0; 64];
    // There are two for each byte.
    let _ = hex::encode_to_slice(hash.into(), &mut digits);
    str::from_utf8(&digits).unwrap_or_default().to_owned()
}

/// An object key as a path.
pub fn path(key: &str) -> PercentEncode<'_> {
    utf8_percent_encode(key, PATH)
}

/// An object key at the end of a URL of the worker itself. A slash at the beginning or behind another one is escaped,
/// because [Cloudflare merges slashes][normalization] before the worker sees them; escaped ones it keeps.
///
/// S3 does not merge any, and its signatures need [`path`].
///
/// [normalization]: https://developers.cloudflare.com/rules/normalization/
pub fn own_path(key: &str) -> String {
    let mut encoded = String::with_capacity(key.len());
    for piece in key.split_inclusive('/') {
        match piece {
            "/" => encoded.push_str("%2F"),
            piece => encoded.extend(path(piece)),
        }
    }
    encoded
}
