//! Limits of what may be uploaded.

use std::ops::RangeInclusive;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::header_form::whole_number;
use super::header_rules::{CHECKSUM_ALGORITHM, SDK_CHECKSUM, is_checksum};
use super::{Headers, Operation, header_names};
use crate::json::FieldError;

/// Limits that S3 enforces, because the headers that they are about are signed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "Bounds", into = "Bounds")]
pub struct UploadLimit {
    /// Allowed sizes of the whole object.
    pub size_bytes: RangeInclusive<u64>,
    /// Allowed media types such as `image/png` or `image/*`; empty for all.
    pub content_types: Vec<String>,
    /// Whether the body must have a checksum that is signed.
    pub require_checksum: bool,
}

/// The limits in JSON.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Bounds {
    /// Size of the smallest object, in bytes. Default: 0.
    #[serde(default)]
    min_bytes: u64,
    /// Size of the largest object, in bytes.
    max_bytes: u64,
    /// Media types such as `image/png`, or `image/*` for all images. Default: all.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(inner(regex(pattern = MEDIA_TYPE)))]
    content_types: Vec<String>,
    /// Whether a checksum of the body must be signed. Default: `false`.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    require_checksum: bool,
}

/// The texts that [`is_media_type`] accepts, as a pattern of JSON Schema.
const MEDIA_TYPE: &str = r"^[A-Za-z0-9!#$&^_.+-]+/(\*|[A-Za-z0-9!#$&^_.+-]+)$";

impl TryFrom<Bounds> for UploadLimit {
    type Error = &'static str;

    fn try_from(bounds: Bounds) -> Result<Self, &'static str> {
        if bounds.max_bytes < bounds.min_bytes {
            return Err("must have maxBytes not less than minBytes");
        }
        if !bounds.content_types.iter().all(|it| is_media_type(it)) {
            return Err("must have contentTypes such as image/png, or image/* for all images");
        }
        Ok(Self {
            size_bytes: bounds.min_bytes..=bounds.max_bytes,
            content_types: bounds.content_types,
            require_checksum: bounds.require_checksum,
        })
    }
}

impl From<UploadLimit> for Bounds {
    fn from(limit: UploadLimit) -> Self {
        Self {
            min_bytes: *limit.size_bytes.start(),
            max_bytes: *limit.size_bytes.end(),
            content_types: limit.content_types,
            require_checksum: limit.require_checksum,
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

const CONTENT_LENGTH: &str = "content-length";
const CONTENT_TYPE: &str = "content-type";
const OBJECT_SIZE: &str = "x-amz-mp-object-size";

/// The headers that can have a checksum of what putObject uploads.
pub fn checksum_headers() -> impl Iterator<Item = &'static str> {
    let checksums = header_names(Operation::PutObject).filter(|name| is_checksum(name));
    checksums.chain([SDK_CHECKSUM])
}

impl UploadLimit {
    /// What both allow; `None` where that is nothing.
    pub fn and(&self, other: &Self) -> Option<Self> {
        let min = self.size_bytes.start().max(other.size_bytes.start());
        let max = self.size_bytes.end().min(other.size_bytes.end());
        let types = |these: &Self, those: &Self| {
            let narrow = these.content_types.iter();
            let narrow = narrow.filter(|listed| those.allows_type(listed));
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
            require_checksum: self.require_checksum || other.require_checksum,
        })
    }

    /// Checks that `headers`, which are all signed, keep `operation` within these limits. A part may have any size
    /// up to that of the largest object; the size of the whole object has to be given when the upload is completed.
    ///
    /// # Errors
    /// [`FieldError`] with the name of the first header that does not.
    pub fn check(&self, operation: Operation, headers: &Headers) -> Result<(), FieldError> {
        let max = *self.size_bytes.end();
        match operation {
            Operation::PutObject => {
                check_size(headers, CONTENT_LENGTH, &self.size_bytes)?;
                self.check_type(headers)?;
                self.check_checksum(headers.iter().map(|(name, _)| name))
            }
            Operation::CreateMultipartUpload => {
                self.check_type(headers)?;
                self.check_algorithm(headers)
            }
            Operation::UploadPart => {
                check_size(headers, CONTENT_LENGTH, &(0..=max))?;
                self.check_checksum(headers.iter().map(|(name, _)| name))
            }
            Operation::CompleteMultipartUpload => {
                check_size(headers, OBJECT_SIZE, &self.size_bytes)
            }
            _ => Ok(()),
        }
    }

    /// The headers that putObject needs for these limits. It needs one of the checksums.
    pub fn required_headers(&self) -> impl Iterator<Item = &'static str> {
        let media_type = (!self.content_types.is_empty()).then_some(CONTENT_TYPE);
        std::iter::once(CONTENT_LENGTH)
            .chain(media_type)
            .chain(checksum_headers().filter(|_| self.require_checksum))
    }

    /// Checks that a checksum of the body is among the headers or fields `names`, in lower case, where one is required.
    ///
    /// # Errors
    /// [`FieldError`] when there is none.
    pub fn check_checksum<'n>(
        &self,
        mut names: impl Iterator<Item = &'n str>,
    ) -> Result<(), FieldError> {
        if !self.require_checksum || names.any(is_checksum) {
            return Ok(());
        }
        let reason =
            "is missing: it, or content-md5, must be the checksum of the body, and is signed";
        Err(FieldError::new("x-amz-checksum-…", reason))
    }

    /// An upload in parts has to begin with the algorithm of their checksums, so that S3 keeps them.
    fn check_algorithm(&self, headers: &Headers) -> Result<(), FieldError> {
        if !self.require_checksum || headers.get(CHECKSUM_ALGORITHM).is_some() {
            return Ok(());
        }
        let reason = "is missing: it must be the algorithm of the checksums of the parts";
        Err(FieldError::new(CHECKSUM_ALGORITHM, reason))
    }

    fn check_type(&self, headers: &Headers) -> Result<(), FieldError> {
        if self.content_types.is_empty() {
            return Ok(());
        }
        let given = headers.get(CONTENT_TYPE);
        if given.is_some_and(|given| self.allows_type(given)) {
            return Ok(());
        }
        let types = self.content_types.join(" or ");
        Err(invalid(CONTENT_TYPE, given, &types))
    }

    /// Whether the media type of `content_type` is listed, whatever its parameters.
    ///
    /// Browsers read the header as [a list][extract] and use its last type, so every type in it has to be
    /// allowed: `image/png, text/html` would be a page with scripts.
    ///
    /// [extract]: https://fetch.spec.whatwg.org/#concept-header-extract-mime-type
    pub fn allows_type(&self, content_type: &str) -> bool {
        let mut values = content_type.split(',');
        let first = values.next().unwrap_or_default();
        let mut others = values.filter(|value| value.contains('/'));
        self.allows_one_type(first) && others.all(|value| self.allows_one_type(value))
    }

    fn allows_one_type(&self, value: &str) -> bool {
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
) -> Result<(), FieldError> {
    let given = headers.get(name);
    let size: Option<u64> = given.and_then(whole_number);
    if size.is_some_and(|size| bounds.contains(&size)) {
        return Ok(());
    }
    let (min, max) = (bounds.start(), bounds.end());
    Err(invalid(name, given, &format!("{min} to {max} bytes")))
}

/// The header `name`, which is missing or has another value than what it must have.
fn invalid(name: &'static str, given: Option<&str>, required: &str) -> FieldError {
    let missing = if given.is_some() {
        ""
    } else {
        "is missing: it "
    };
    FieldError::new(name, format!("{missing}must be {required}, and is signed"))
}
