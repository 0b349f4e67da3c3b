//! What a profile's `operations` can have: S3's operations, and `credentials`.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::de::IntoDeserializer;
use serde::{Deserialize, Deserializer};

use crate::presign::Operation;

const CREDENTIALS: &str = "credentials";

/// An operation that a profile can allow.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ProfileOperation {
    /// One of S3.
    S3(Operation),
    /// Having credentials with which all others can be done.
    Credentials,
}

impl<'de> Deserialize<'de> for ProfileOperation {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let name = String::deserialize(deserializer)?;
        if name == CREDENTIALS {
            return Ok(Self::Credentials);
        }
        Operation::deserialize(name.into_deserializer()).map(Self::S3)
    }
}

impl JsonSchema for ProfileOperation {
    fn schema_name() -> Cow<'static, str> {
        Operation::schema_name()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        Operation::json_schema(generator)
    }
}

/// Those of `operations` that are S3's.
pub(super) fn of_s3(operations: &[ProfileOperation]) -> Vec<Operation> {
    let operations = operations.iter();
    let of_s3 = operations.filter_map(|it| match it {
        ProfileOperation::S3(operation) => Some(*operation),
        ProfileOperation::Credentials => None,
    });
    of_s3.collect()
}
