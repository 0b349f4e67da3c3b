//! What a caller asks of `POST /v1/post-policy`.

mod fields;

use std::ops::RangeInclusive;

use schemars::JsonSchema;
use serde::Deserialize;

use super::key::{InvalidKey, MAX_KEY_BYTES, NORMAL, ObjectKey};
use crate::error::Error;
use crate::presign::{ContentType, FILENAME, Headers, MAX_LIFETIME_SECS, is_sendable};
use crate::profiles::{UploadLimit, is_media_type};

/// The largest file that [S3 takes][limits] in one request, in bytes.
///
/// [limits]: https://docs.aws.amazon.com/AmazonS3/latest/userguide/upload-objects.html
pub const MAX_PUT_BYTES: u64 = 5 * 1024 * 1024 * 1024;

/// One browser form that is asked for.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct PostPolicyRequest {
    /// Name of the profile.
    pub profile: String,
    /// The whole key in the bucket, or the beginning of keys with `${filename}` after it.
    pub key: FormKey,
    /// Life of the form in seconds.
    #[schemars(range(min = 1, max = MAX_LIFETIME_SECS))]
    pub expires_in: Option<u64>,
    /// Smallest file; 0.
    #[schemars(range(min = 0, max = MAX_PUT_BYTES))]
    pub min_bytes: Option<u64>,
    /// Largest file; what S3 takes.
    #[schemars(range(min = 0, max = MAX_PUT_BYTES))]
    pub max_bytes: Option<u64>,
    /// Media type of the file, or `image/*` for any that begins like this, which the form then has to
    /// give as `Content-Type`.
    #[schemars(regex(pattern = "/"))]
    pub content_type: Option<String>,
    /// Further fields, by the names that S3 gives them, in any case.
    #[serde(default)]
    pub fields: Headers,
}

/// The key of a form: exact, or with `${filename}` at its end.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(try_from = "String")]
#[schemars(extend("minLength" = 1, "pattern" = NORMAL, "anyOf" = [
    {"maxLength": MAX_KEY_BYTES},
    {"maxLength": MAX_FORM_KEY_BYTES, "pattern": r"\$\{filename\}$"},
]))]
pub struct FormKey(String);

/// The name of a file has at least one byte.
const MAX_FORM_KEY_BYTES: usize = MAX_KEY_BYTES - 1 + FILENAME.len();

impl TryFrom<String> for FormKey {
    type Error = String;

    fn try_from(key: String) -> Result<Self, String> {
        let fixed = key.strip_suffix(FILENAME);
        if fixed.unwrap_or(&key).contains(FILENAME) {
            return Err(format!("may have {FILENAME} once, at its end"));
        }
        // A file's name has at least one character.
        let shortest = fixed.map_or_else(|| key.clone(), |fixed| format!("{fixed}x"));
        ObjectKey::new(shortest)
            .map(|_| Self(key))
            .map_err(|invalid: InvalidKey| invalid.to_string())
    }
}

impl FormKey {
    /// The key as the form sends it.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether the form brings about this key and no other.
    pub fn is_fixed(&self) -> bool {
        self.fixed() == self.0
    }

    /// What every key begins with that the form can bring about.
    pub fn fixed(&self) -> &str {
        self.0.strip_suffix(FILENAME).unwrap_or(&self.0)
    }
}

impl PostPolicyRequest {
    /// The bounds of the file's size within those of `limit`, if any are asked for or set.
    ///
    /// # Errors
    /// [`Error::InvalidField`] when they are not within, or no file is.
    pub fn size_bytes(
        &self,
        limit: Option<&UploadLimit>,
    ) -> Result<Option<RangeInclusive<u64>>, Error> {
        if limit.is_none() && self.min_bytes.is_none() && self.max_bytes.is_none() {
            return Ok(None);
        }
        let (least, most) = limit.map_or((0, MAX_PUT_BYTES), |limit| {
            let (least, most) = (limit.size_bytes.start(), limit.size_bytes.end());
            (*least, MAX_PUT_BYTES.min(*most))
        });
        let (min, max) = (
            self.min_bytes.unwrap_or(least),
            self.max_bytes.unwrap_or(most),
        );
        if max > most {
            Err(Error::field("maxBytes", format!("must be at most {most}")))
        } else if min < least {
            Err(Error::field(
                "minBytes",
                format!("must be at least {least}"),
            ))
        } else if min > max {
            Err(Error::field("minBytes", format!("must be at most {max}")))
        } else {
            Ok(Some(min..=max))
        }
    }

    /// The media type, if one is asked for, as `limit` has it.
    ///
    /// # Errors
    /// [`Error::InvalidField`] when it is none, or not one of those listed.
    pub fn media_type(
        &self,
        limit: Option<&UploadLimit>,
    ) -> Result<Option<ContentType<'_>>, Error> {
        let limit = limit.filter(|limit| !limit.content_types.is_empty());
        let media_type = match &self.content_type {
            None => None,
            Some(text) => Some((
                text,
                media_range(text).ok_or_else(|| {
                    let form =
                        "must be a media type such as image/png, or image/* for all of a kind";
                    Error::field("contentType", form)
                })?,
            )),
        };
        if let Some(limit) = limit {
            let admitted = media_type.is_some_and(|(text, asked)| match asked {
                ContentType::Exact(exact) => limit.admits_type(exact),
                // All of a kind, when all of it is listed.
                ContentType::Prefix(_) => limit
                    .content_types
                    .iter()
                    .any(|listed| listed.eq_ignore_ascii_case(text)),
            });
            if !admitted {
                let types = limit.content_types.join(" or ");
                return Err(Error::field("contentType", format!("must be {types}")));
            }
        }
        Ok(media_type.map(|(_, asked)| asked))
    }
}

/// `image/png`, `image/*` or `*/*`.
fn media_range(text: &str) -> Option<ContentType<'_>> {
    if text == "*/*" {
        return Some(ContentType::Prefix(""));
    }
    let essence = text.split(';').next().unwrap_or_default().trim_end();
    if !is_media_type(essence) || !is_sendable(text) || text.contains(FILENAME) {
        return None;
    }
    match text.strip_suffix('*') {
        Some(kind) if text == essence => Some(ContentType::Prefix(kind)),
        _ => (!essence.ends_with('*')).then_some(ContentType::Exact(text)),
    }
}
