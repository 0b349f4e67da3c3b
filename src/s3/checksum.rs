//! [Checksums][spec] of parts and objects.
//!
//! [spec]: https://docs.aws.amazon.com/AmazonS3/latest/userguide/checking-object-integrity.html

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Serialize, Serializer};
use serde_json::json;

use crate::presign::{self, Headers, Operation};

/// What the names of the headers with checksums begin with.
pub(super) const PREFIX: &str = "x-amz-checksum-";

/// The checksum of a part or of an object, as in `x-amz-checksum-…`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checksum {
    algorithm: String,
    value: String,
}

impl Checksum {
    /// The checksum of `algorithm`, the end of the header's name, with `value` in base64; `None` when S3 does not
    /// support the algorithm or the value has another length than its checksums.
    pub fn new(algorithm: &str, value: &str) -> Option<Self> {
        Self::of(Operation::UploadPart, algorithm, value)
    }

    /// The same of an object: that of one with parts may be [composite](Self::is_composite).
    pub(super) fn of_object(algorithm: &str, value: &str) -> Option<Self> {
        Self::of(Operation::CompleteMultipartUpload, algorithm, value)
    }

    /// Whether it is the checksum of the checksums of an object's parts, and ends in [`-` and their number][composite].
    ///
    /// [composite]: https://docs.aws.amazon.com/AmazonS3/latest/userguide/checking-object-integrity-upload.html
    pub fn is_composite(&self) -> bool {
        self.value.contains('-')
    }

    fn of(operation: Operation, algorithm: &str, value: &str) -> Option<Self> {
        let algorithm = algorithm.to_ascii_lowercase();
        let mut header = Headers::NONE;
        let name = format!("{PREFIX}{algorithm}");
        header.insert(&name, value.to_owned()).ok()?;
        presign::check(operation, &header).ok()?;
        Some(Self {
            algorithm,
            value: value.to_owned(),
        })
    }

    /// The checksum in the XML element `name`.
    pub(super) fn from_element(name: &str, value: &str) -> Option<Self> {
        Self::new(name.strip_prefix("Checksum")?, value)
    }

    /// The name of the XML element that holds it.
    pub(super) fn element(&self) -> String {
        format!("Checksum{}", self.algorithm.to_ascii_uppercase())
    }

    /// The value in base64.
    pub fn value(&self) -> &str {
        &self.value
    }
}

/// The checksums of an object.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Checksums(pub Vec<Checksum>);

/// An object with each value under its algorithm's name.
impl Serialize for Checksums {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|it| (&it.algorithm, &it.value)))
    }
}

/// Of what the checksum of an object with parts is, as S3 [names it][types].
///
/// [types]: https://docs.aws.amazon.com/AmazonS3/latest/userguide/checking-object-integrity-upload.html
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum ChecksumType {
    /// Of the whole object.
    FullObject,
    /// Of the checksums of its parts.
    Composite,
}

/// The names of all algorithms in small letters.
pub(super) fn algorithms() -> impl Iterator<Item = &'static str> {
    headers().filter_map(|name| name.strip_prefix(PREFIX))
}

/// The names of the headers with checksums.
pub(super) fn headers() -> impl Iterator<Item = &'static str> {
    let names = presign::header_names(Operation::UploadPart);
    names.filter(|name| name.starts_with(PREFIX))
}

impl JsonSchema for Checksum {
    fn schema_name() -> Cow<'static, str> {
        "Checksum".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        let base64 = json!({"type": "string", "pattern": "^[A-Za-z0-9+/]+={0,2}$"});
        let named = algorithms().map(|it| (it.to_owned(), base64.clone()));
        json_schema!({
            "description": "One checksum, under the name of its algorithm.",
            "type": "object",
            "properties": named.collect::<serde_json::Map<_, _>>(),
            "additionalProperties": false,
            "minProperties": 1,
            "maxProperties": 1,
        })
    }
}

/// An object with the value under the algorithm's name.
impl Serialize for Checksum {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map([(&self.algorithm, &self.value)])
    }
}
