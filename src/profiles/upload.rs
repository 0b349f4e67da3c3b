//! What a profile lets be uploaded.

use std::ops::RangeInclusive;

use http::{HeaderName, header};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::presign::{Headers, Operation};

/// Bounds that S3 enforces, because what they are about is signed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "Bounds", into = "Bounds")]
pub struct UploadLimit {
    /// Of the whole object.
    pub size_bytes: RangeInclusive<u64>,
    /// Such as `image/png` or `image/*`; empty for all.
    pub content_types: Vec<String>,
}

/// The same as JSON has it.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Bounds {
    /// The smallest object, in bytes.
    #[serde(default)]
    min_bytes: u64,
    /// The largest object, in bytes.
    max_bytes: u64,
    /// Media types such as `image/png`, or `image/*` for all of that kind; empty for all.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(inner(regex(pattern = MEDIA_TYPE)))]
    content_types: Vec<String>,
}

/// What [`is_media_type`] takes, as JSON Schema writes it.
const MEDIA_TYPE: &str = r"^[A-Za-z0-9!#$&^_.+-]+/(\*|[A-Za-z0-9!#$&^_.+-]+)$";

impl TryFrom<Bounds> for UploadLimit {
    type Error = &'static str;

    fn try_from(bounds: Bounds) -> Result<Self, &'static str> {
        if bounds.max_bytes < bounds.min_bytes {
            return Err("must have maxBytes not less than minBytes");
        }
        if !bounds.content_types.iter().all(|it| is_media_type(it)) {
            return Err(
                "must have contentTypes such as image/png, or image/* for all of that kind",
            );
        }
        Ok(Self {
            size_bytes: bounds.min_bytes..=bounds.max_bytes,
            content_types: bounds.content_types,
        })
    }
}

impl From<UploadLimit> for Bounds {
    fn from(limit: UploadLimit) -> Self {
        Self {
            min_bytes: *limit.size_bytes.start(),
            max_bytes: *limit.size_bytes.end(),
            content_types: limit.content_types,
        }
    }
}

/// Type and subtype without parameters; the subtype may be `*`.
pub fn is_media_type(text: &str) -> bool {
    let is_part = |part: &str| {
        !part.is_empty()
            && part
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || b"!#$&^_.+-".contains(&b))
    };
    matches!(text.split_once('/'), Some((kind, subtype)) if is_part(kind) && (subtype == "*" || is_part(subtype)))
}

/// A header that keeps an upload from being signed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OutOfBounds {
    /// Its name.
    pub name: &'static str,
    /// What is wrong with it.
    pub reason: String,
}

const CONTENT_LENGTH: &str = "content-length";
const CONTENT_TYPE: &str = "content-type";
const OBJECT_SIZE: &str = "x-amz-mp-object-size";

impl UploadLimit {
    /// What both admit; `None` where that is nothing.
    pub fn and(&self, other: &Self) -> Option<Self> {
        let min = self.size_bytes.start().max(other.size_bytes.start());
        let max = self.size_bytes.end().min(other.size_bytes.end());
        let types = |these: &Self, those: &Self| {
            let narrow = these.content_types.iter();
            let narrow = narrow.filter(|listed| those.admits_type(listed));
            narrow.cloned().collect::<Vec<_>>()
        };
        let content_types = match (
            self.content_types.as_slice(),
            other.content_types.as_slice(),
        ) {
            ([], all) | (all, []) => all.to_vec(),
            _ => {
                let mut both = types(self, other);
                both.extend(types(other, self));
                both.dedup();
                // Empty would mean all.
                (!both.is_empty()).then_some(both)?
            }
        };
        (min <= max).then_some(Self {
            size_bytes: *min..=*max,
            content_types,
        })
    }

    /// Whether `headers`, all of which are signed, keep `operation` within these bounds. The last part
    /// of an upload can be of any size, but no part can be larger than the object; how large that is has
    /// to be said when the upload is completed.
    ///
    /// # Errors
    /// [`OutOfBounds`], for the first header that is.
    pub fn check(&self, operation: Operation, headers: &Headers) -> Result<(), OutOfBounds> {
        let max = *self.size_bytes.end();
        match operation {
            Operation::PutObject => {
                check_size(headers, CONTENT_LENGTH, &self.size_bytes)?;
                self.check_type(headers)
            }
            Operation::CreateMultipartUpload => self.check_type(headers),
            Operation::UploadPart => check_size(headers, CONTENT_LENGTH, &(0..=max)),
            Operation::CompleteMultipartUpload => {
                check_size(headers, OBJECT_SIZE, &self.size_bytes)
            }
            _ => Ok(()),
        }
    }

    /// The headers that putObject needs for this.
    pub fn demanded(&self) -> impl Iterator<Item = HeaderName> {
        let media_type = (!self.content_types.is_empty()).then_some(header::CONTENT_TYPE);
        std::iter::once(header::CONTENT_LENGTH).chain(media_type)
    }

    fn check_type(&self, headers: &Headers) -> Result<(), OutOfBounds> {
        if self.content_types.is_empty() {
            return Ok(());
        }
        let given = headers.get(CONTENT_TYPE);
        if given.is_some_and(|given| self.admits_type(given)) {
            return Ok(());
        }
        let types = self.content_types.join(" or ");
        Err(OutOfBounds::of(CONTENT_TYPE, given, &types))
    }

    /// Whether `content_type` is of a media type that is listed, whatever its parameters.
    ///
    /// Browsers take it for [a list][extract] and go by the last type in it, so all that could be one has
    /// to be listed: `image/png, text/html` is a page with scripts.
    ///
    /// [extract]: https://fetch.spec.whatwg.org/#concept-header-extract-mime-type
    pub fn admits_type(&self, content_type: &str) -> bool {
        let mut values = content_type.split(',');
        let first = values.next().unwrap_or_default();
        let mut others = values.filter(|value| value.contains('/'));
        self.admits_one_type(first) && others.all(|value| self.admits_one_type(value))
    }

    fn admits_one_type(&self, value: &str) -> bool {
        let essence = value.split(';').next().unwrap_or_default().trim();
        let kind = essence.split('/').next().unwrap_or_default();
        is_media_type(essence)
            && self
                .content_types
                .iter()
                .any(|listed| match listed.strip_suffix("/*") {
                    Some(listed) => kind.eq_ignore_ascii_case(listed),
                    None => essence.eq_ignore_ascii_case(listed),
                })
    }
}

fn check_size(
    headers: &Headers,
    name: &'static str,
    bounds: &RangeInclusive<u64>,
) -> Result<(), OutOfBounds> {
    let given = headers.get(name);
    let size: Option<u64> = given.and_then(|given| given.parse().ok());
    if size.is_some_and(|size| bounds.contains(&size)) {
        return Ok(());
    }
    let (min, max) = (bounds.start(), bounds.end());
    Err(OutOfBounds::of(
        name,
        given,
        &format!("{min} to {max} bytes"),
    ))
}

impl OutOfBounds {
    fn of(name: &'static str, given: Option<&str>, form: &str) -> Self {
        let missing = if given.is_some() {
            ""
        } else {
            "is missing: it "
        };
        Self {
            name,
            reason: format!("{missing}must be {form}, and is signed"),
        }
    }
}
