//! `UriEncode` and `Hex` as [Signature Version 4][spec] defines them, text in ASCII, and texts put together.
//!
//! [spec]: https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html

use std::borrow::Cow;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
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

/// Most bytes of text in one encoded word, which has at most [75 characters][rfc2047].
///
/// [rfc2047]: https://www.rfc-editor.org/rfc/rfc2047#section-2
const WORD_BYTES: usize = 45;

/// `text` as the value of a header: unchanged where it is visible ASCII with spaces only inside, else in the
/// [encoded words](https://www.rfc-editor.org/rfc/rfc2047) that [S3 decodes and encodes][s3] in an object's metadata.
/// Text that looks like an encoded word is encoded too, so that it comes back as it was.
///
/// [s3]: https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingMetadata.html#UserMetadata
pub fn encoded_words(text: &str) -> Cow<'_, str> {
    let is_plain = text.bytes().all(|b| matches!(b, b' '..=b'~'));
    if is_plain && text.trim_matches(' ').len() == text.len() && !text.contains("=?") {
        return text.into();
    }
    let mut words = String::new();
    let mut rest = text;
    while !rest.is_empty() {
        // No character is parted.
        let (word, more) = rest.split_at(rest.floor_char_boundary(WORD_BYTES));
        rest = more;
        if !words.is_empty() {
            words.push(' ');
        }
        words.push_str("=?UTF-8?B?");
        STANDARD.encode_string(word, &mut words);
        words.push_str("?=");
    }
    words.into()
}

/// Appends `parts` to `text`.
// Not inlined: `String::extend` would be compiled for each number of parts.
#[inline(never)]
pub fn append(text: &mut String, parts: &[&str]) {
    for part in parts {
        text.push_str(part);
    }
}
