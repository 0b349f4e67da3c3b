//! The request and the response of `POST /v1/post-policy`.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::api::{InvalidKey, KEY_PATTERN, MAX_KEY_BYTES, ObjectKey};
use crate::json::FieldError;
use crate::presign::{
    ContentType, FILENAME, Form, FormFields, MAX_LIFETIME_SECS, MAX_PUT_BYTES, UploadLimit,
    is_media_type, is_sendable,
};

/// A request for a browser form.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schemars(extend("oneOf" = [{"required": ["key"]}, {"required": ["filename"]}]))]
pub struct PostPolicyRequest {
    /// Name of the profile.
    pub profile: String,
    /// The whole key in the bucket, or a prefix with `${filename}` after it, which S3 replaces.
    pub key: Option<FormKey>,
    /// Or the name of the file, of which the profile's `keyTemplate` makes the key.
    #[schemars(length(min = 1))]
    pub filename: Option<String>,
    /// Lifetime of the form, in seconds. Default: the profile's.
    #[schemars(range(min = 1, max = MAX_LIFETIME_SECS))]
    pub expires_in: Option<u64>,
    /// Smallest upload accepted, in bytes. Default: 0.
    #[schemars(range(min = 0, max = MAX_PUT_BYTES))]
    pub min_bytes: Option<u64>,
    /// Largest upload accepted, in bytes. Default: S3's limit, 5 GiB.
    #[schemars(range(min = 0, max = MAX_PUT_BYTES))]
    pub max_bytes: Option<u64>,
    /// Media type of the file; or `image/*` for all images, where the form's field `Content-Type` says which.
    #[schemars(regex(pattern = "/"))]
    pub content_type: Option<String>,
    /// More fields, with S3's names, which are case-insensitive.
    #[serde(default)]
    pub fields: FormFields,
}

/// The response with a form.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct PostForm<'a> {
    /// The URL to which the form is posted, as `multipart/form-data`.
    #[schemars(url)]
    pub url: String,
    /// Its fields, which must be sent exactly like this, followed by `file`.
    #[schemars(with = "BTreeMap<String, String>")]
    pub fields: Form<'a>,
    /// Name of the profile.
    pub profile: &'a str,
    /// The whole key in the bucket, or a prefix with `${filename}` after it.
    pub key: &'a str,
    /// When S3 stops accepting the form, in RFC 3339.
    #[schemars(extend("format" = "date-time"))]
    pub expires_at: String,
    /// Seconds from now to that instant.
    pub expires_in: u64,
}

/// The key of a form: exact, or with `${filename}` at its end.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(try_from = "String")]
#[schemars(extend("minLength" = 1, "pattern" = KEY_PATTERN, "anyOf" = [
    {"maxLength": MAX_KEY_BYTES},
    {"maxLength": MAX_FORM_KEY_BYTES, "pattern": r"\$\{filename\}$"},
]))]
pub struct FormKey(String);

/// A file name has at least one byte.
const MAX_FORM_KEY_BYTES: usize = MAX_KEY_BYTES - 1 + FILENAME.len();

impl TryFrom<String> for FormKey {
    type Error = String;

    fn try_from(key: String) -> Result<Self, String> {
        let fixed = key.strip_suffix(FILENAME);
        if fixed.unwrap_or(&key).contains(FILENAME) {
            return Err(format!("may have {FILENAME} once, at its end"));
        }
        // A file name has at least one character.
        let shortest = fixed.map_or_else(|| key.clone(), |fixed| format!("{fixed}x"));
        ObjectKey::new(shortest)
            .map(|_| Self(key))
            .map_err(|invalid: InvalidKey| invalid.to_string())
    }
}

impl FormKey {
    /// The key in the form.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether the form can create only this key.
    pub fn is_fixed(&self) -> bool {
        self.prefix() == self.0
    }

    /// The prefix of all keys that the form can create.
    pub fn prefix(&self) -> &str {
        self.0.strip_suffix(FILENAME).unwrap_or(&self.0)
    }
}

impl PostPolicyRequest {
    /// The allowed sizes of the file, within `limit`; `None` when neither requests nor sets any.
    ///
    /// # Errors
    /// When they are not within `limit`, or no size is allowed.
    pub fn size_bytes(
        &self,
        limit: Option<&UploadLimit>,
    ) -> Result<Option<RangeInclusive<u64>>, FieldError> {
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
            Err(FieldError::new(
                "maxBytes",
                format!("must be at most {most}"),
            ))
        } else if min < least {
            Err(FieldError::new(
                "minBytes",
                format!("must be at least {least}"),
            ))
        } else if min > max {
            Err(FieldError::new(
                "minBytes",
                format!("must be at most {max}"),
            ))
        } else {
            Ok(Some(min..=max))
        }
    }

    /// The media type, if one is requested.
    ///
    /// # Errors
    /// When it is invalid, or `limit` does not allow it.
    pub fn media_type(
        &self,
        limit: Option<&UploadLimit>,
    ) -> Result<Option<ContentType<'_>>, FieldError> {
        let limit = limit.filter(|limit| !limit.content_types.is_empty());
        let media_type = match &self.content_type {
            None => None,
            Some(text) => Some((
                text,
                media_range(text).ok_or_else(|| {
                    let form = "must be a media type such as image/png, or image/* for all images";
                    FieldError::new("contentType", form)
                })?,
            )),
        };
        if let Some(limit) = limit {
            let allowed = media_type.is_some_and(|(text, requested)| match requested {
                ContentType::Exact(exact) => limit.allows_type(exact),
                // All types of a kind, when all of them are listed.
                ContentType::Prefix(_) => limit
                    .content_types
                    .iter()
                    .any(|listed| listed.eq_ignore_ascii_case(text)),
            });
            if !allowed {
                let types = limit.content_types.join(" or ");
                return Err(FieldError::new("contentType", format!("must be {types}")));
            }
        }
        Ok(media_type.map(|(_, requested)| requested))
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
