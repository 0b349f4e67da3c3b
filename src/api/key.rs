//! Object keys: raw in JSON, percent-encoded once in a path.

use percent_encoding::percent_decode_str;
use schemars::JsonSchema;
use serde::Deserialize;

/// S3's limit for a [key], in bytes of UTF-8.
///
/// [key]: https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-keys.html
pub const MAX_KEY_BYTES: usize = 1024;

/// Neither NUL nor a segment `.` or `..`, as a pattern of JSON Schema.
pub const KEY_PATTERN: &str = r"^(?!([^\x00]*/)?\.\.?(/|$))[^\x00]*$";

/// A key that S3 accepts and that browsers can fetch. Nothing in it is normalised.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(try_from = "String")]
#[schemars(extend("minLength" = 1, "maxLength" = MAX_KEY_BYTES, "pattern" = KEY_PATTERN))]
pub struct ObjectKey(String);

/// Why a text is not a valid key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidKey {
    /// It is empty.
    #[error("must not be empty")]
    Empty,
    /// It is longer than [`MAX_KEY_BYTES`].
    #[error("must be at most {MAX_KEY_BYTES} bytes of UTF-8")]
    TooLong,
    /// A segment is `.` or `..`.
    #[error("must not have a segment `.` or `..`: browsers remove it from the URL")]
    DotSegment,
    /// It contains U+0000.
    #[error("must not contain NUL")]
    Nul,
    /// A `%` in the path is not followed by two hexadecimal digits.
    #[error("has a `%` that is not followed by two hexadecimal digits")]
    Escape,
    /// The decoded path is not UTF-8.
    #[error("does not decode to UTF-8")]
    Utf8,
}

impl ObjectKey {
    /// Takes `key` unchanged.
    ///
    /// # Errors
    /// [`InvalidKey`] for a key that S3 or a browser would not accept.
    pub fn new(key: String) -> Result<Self, InvalidKey> {
        if key.is_empty() {
            Err(InvalidKey::Empty)
        } else if key.len() > MAX_KEY_BYTES {
            Err(InvalidKey::TooLong)
        } else if key.contains('\0') {
            Err(InvalidKey::Nul)
        } else if key.split('/').any(|segment| matches!(segment, "." | "..")) {
            Err(InvalidKey::DotSegment)
        } else {
            Ok(Self(key))
        }
    }

    /// Decodes the rest of a URL's path, exactly once; a plus sign stays a plus sign.
    ///
    /// # Errors
    /// As [`ObjectKey::new`], and for escapes that do not decode.
    pub fn from_path(path: &str) -> Result<Self, InvalidKey> {
        let escapes = path.split('%').skip(1);
        if !escapes.map(str::as_bytes).all(|rest| {
            matches!(rest, [high, low, ..] if high.is_ascii_hexdigit() && low.is_ascii_hexdigit())
        }) {
            return Err(InvalidKey::Escape);
        }
        let key = percent_decode_str(path)
            .decode_utf8()
            .map_err(|_| InvalidKey::Utf8)?;
        Self::new(key.into_owned())
    }

    /// The raw key.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for ObjectKey {
    type Error = InvalidKey;

    fn try_from(key: String) -> Result<Self, InvalidKey> {
        Self::new(key)
    }
}
