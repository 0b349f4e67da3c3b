//! Percent-encoding as [Signature Version 4][spec] defines `UriEncode`.
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

/// An object key as a path.
pub fn path(key: &str) -> PercentEncode<'_> {
    utf8_percent_encode(key, PATH)
}
