//! What an application wants to have in a receipt.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};

use crate::json::{Json, MAX_EXACT, Object};

/// Longest payload, in bytes of JSON without white space.
pub const MAX_PAYLOAD_BYTES: usize = 1024;

/// A JSON object of at most [`MAX_PAYLOAD_BYTES`], which the receipt repeats.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(try_from = "Json")]
pub struct Payload(Object);

impl TryFrom<Json> for Payload {
    type Error = String;

    fn try_from(json: Json) -> Result<Self, String> {
        if !is_exact(&json) {
            return Err(
                "must have whole numbers below 2^53 only: write others as texts".to_owned(),
            );
        }
        let Json::Object(object) = json else {
            return Err("must be an object".to_owned());
        };
        let length = serde_json::to_string(&object).map(|text| text.len());
        if length.is_ok_and(|bytes| bytes <= MAX_PAYLOAD_BYTES) {
            Ok(Self(object))
        } else {
            let reason = format!("must be at most {MAX_PAYLOAD_BYTES} bytes of JSON");
            Err(reason)
        }
    }
}

impl JsonSchema for Payload {
    fn schema_name() -> Cow<'static, str> {
        "Payload".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "description": "An object of at most 1,024 bytes of JSON, with whole numbers below 2^53.",
            "type": "object",
        })
    }
}

/// Whether every number in `json` is the one that was written.
fn is_exact(json: &Json) -> bool {
    match json {
        Json::Number(number) => number.abs() < MAX_EXACT,
        Json::Array(items) => items.iter().all(is_exact),
        Json::Object(object) => object.values().all(is_exact),
        Json::String(_) | Json::Bool(_) | Json::Null => true,
    }
}
