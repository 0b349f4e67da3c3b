//! [Checksums][spec] of parts.
//!
//! [spec]: https://docs.aws.amazon.com/AmazonS3/latest/userguide/checking-object-integrity.html

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Serialize, Serializer};
use serde_json::json;

use crate::presign::{self, Headers, Operation};

/// The checksum of a part, as in `x-amz-checksum-…`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checksum {
    algorithm: String,
    value: String,
}

impl Checksum {
    /// The checksum of `algorithm`, the end of the header's name, with `value` in base64; `None` when S3 does not
    /// support the algorithm or the value has another length than its checksums.
    pub fn new(algorithm: &str, value: &str) -> Option<Self> {
        let algorithm = algorithm.to_ascii_lowercase();
        let mut header = Headers::NONE;
        let name = format!("x-amz-checksum-{algorithm}");
        header.insert(&name, value.to_owned()).ok()?;
        presign::check(Operation::UploadPart, &header).ok()?;
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

impl JsonSchema for Checksum {
    fn schema_name() -> Cow<'static, str> {
        "Checksum".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        let base64 = json!({"type": "string", "pattern": "^[A-Za-z0-9+/]+={0,2}$"});
        let headers = presign::header_names(Operation::UploadPart);
        let algorithms = headers.filter_map(|name| name.strip_prefix("x-amz-checksum-"));
        let named = algorithms.map(|it| (it.to_owned(), base64.clone()));
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
