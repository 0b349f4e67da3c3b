//! JSON as types that derive [`serde::Deserialize`], with errors that name the field.
//!
//! A text is parsed into a [`Json`] tree first, and types are read from that. One reader of trees for all types
//! is far smaller in wasm than a parser for each of them.

mod de;
mod error;
mod field_error;
mod fields;
mod members;

use std::cell::Cell;
use std::fmt;

use serde::de::{
    Deserialize, DeserializeOwned, DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess,
    Visitor,
};
use serde::ser::{Serialize, Serializer};

pub use field_error::FieldError;
pub use fields::read_fields;

use crate::names::{in_order, repeated};

/// Any JSON value.
#[derive(Clone, Debug, PartialEq)]
pub enum Json {
    /// A string.
    String(String),
    /// A number; above 2^53 it is not exact.
    Number(f64),
    /// An array.
    Array(Vec<Json>),
    /// An object in which every name is unique.
    Object(Object),
    /// `true` or `false`.
    Bool(bool),
    /// `null`.
    Null,
}

/// The members of an object.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Object(Vec<(String, Json)>);

/// Reads `text`, which must be a JSON object, as a `T`.
///
/// # Errors
/// [`FieldError`] with an empty path when it is not a JSON object, else with the path of the first field that is
/// wrong.
pub fn read<T: DeserializeOwned>(text: &str) -> Result<T, FieldError> {
    from_json(Json::Object(Object::parse(text)?))
}

/// Reads a value that has been parsed already as a `T`.
///
/// # Errors
/// As [`read`].
pub fn from_json<T: DeserializeOwned>(json: Json) -> Result<T, FieldError> {
    T::deserialize(json).map_err(FieldError::from)
}

impl Object {
    /// Parses `text`.
    ///
    /// # Errors
    /// What is wrong and where. The text itself is not repeated, because it may be a secret in the wrong place.
    pub fn parse(text: &str) -> Result<Self, FieldError> {
        let mut parser = serde_json::Deserializer::from_str(text);
        let values = Cell::new(0);
        let json = Tree(&values).deserialize(&mut parser);
        match json.and_then(|json| parser.end().map(|()| json)) {
            Ok(Json::Object(object)) => Ok(object),
            Ok(_) => Err(FieldError::new("", "must be a JSON object")),
            Err(error) => Err(FieldError::new(
                "",
                format!("must be a JSON object: {error}"),
            )),
        }
    }

    /// The member `name`.
    pub fn get(&self, name: &str) -> Option<&Json> {
        let member = self.0.iter().find(|(member, _)| member == name)?;
        Some(&member.1)
    }

    /// The values of all members.
    pub fn values(&self) -> impl Iterator<Item = &Json> {
        self.0.iter().map(|(_, value)| value)
    }

    /// Removes the member `name` and returns it.
    pub fn remove(&mut self, name: &str) -> Option<Json> {
        let index = self.0.iter().position(|(member, _)| member == name)?;
        Some(self.0.swap_remove(index).1)
    }
}

impl IntoIterator for Object {
    type Item = (String, Json);
    type IntoIter = std::vec::IntoIter<(String, Json)>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}

/// Most values in one text: 10,000 parts of an upload with their checksums have 60,000. A tree takes more memory than its
/// text, so a text of nothing but brackets must not become one.
const MAX_VALUES: u32 = 100_000;

/// Most members of one object.
const MAX_MEMBERS: usize = 2_000;

/// A value that was parsed before.
impl<'de> Deserialize<'de> for Json {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Tree(&Cell::new(0)).deserialize(deserializer)
    }
}

/// Reads a tree, and counts its values.
#[derive(Clone, Copy)]
struct Tree<'t>(&'t Cell<u32>);

impl<'de> DeserializeSeed<'de> for Tree<'_> {
    type Value = Json;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Json, D::Error> {
        let values = self.0.get().saturating_add(1);
        self.0.set(values);
        if values > MAX_VALUES {
            return Err(D::Error::custom("there are too many values"));
        }
        deserializer.deserialize_any(self)
    }
}

// Numbers below 2^53 are exact as f64, and none of ours is above.
#[allow(clippy::cast_precision_loss)]
impl<'de> Visitor<'de> for Tree<'_> {
    type Value = Json;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_unit<E>(self) -> Result<Json, E> {
        Ok(Json::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Json, E> {
        Ok(Json::Bool(value))
    }

    fn visit_i64<E>(self, number: i64) -> Result<Json, E> {
        Ok(Json::Number(number as f64))
    }

    fn visit_u64<E>(self, number: u64) -> Result<Json, E> {
        Ok(Json::Number(number as f64))
    }

    fn visit_f64<E>(self, number: f64) -> Result<Json, E> {
        Ok(Json::Number(number))
    }

    fn visit_str<E>(self, text: &str) -> Result<Json, E> {
        Ok(Json::String(text.to_owned()))
    }

    fn visit_string<E>(self, text: String) -> Result<Json, E> {
        Ok(Json::String(text))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut sequence: A) -> Result<Json, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = sequence.next_element_seed(self)? {
            items.push(item);
        }
        Ok(Json::Array(items))
    }

    /// The [standard](https://www.rfc-editor.org/rfc/rfc8259#section-4) leaves open which of two members with
    /// the same name counts, so such objects are rejected.
    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Json, A::Error> {
        let mut members: Vec<(String, Json)> = Vec::new();
        while let Some(name) = entries.next_key()? {
            if members.len() >= MAX_MEMBERS {
                return Err(A::Error::custom("an object has too many members"));
            }
            members.push((name, entries.next_value_seed(self)?));
        }
        if has_duplicates(&members) {
            return Err(A::Error::custom("a member stands twice"));
        }
        Ok(Json::Object(Object(members)))
    }
}

/// From here on whole numbers are not exact: 2^53.
pub const MAX_EXACT: f64 = 9_007_199_254_740_992.0;

impl Serialize for Json {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::String(text) => serializer.serialize_str(text),
            // Without this, 7 would become 7.0.
            #[allow(clippy::cast_possible_truncation)]
            Self::Number(number) if number.fract() == 0.0 && number.abs() < MAX_EXACT => {
                serializer.serialize_i64(*number as i64)
            }
            Self::Number(number) => serializer.serialize_f64(*number),
            Self::Array(items) => serializer.collect_seq(items),
            Self::Object(object) => object.serialize(serializer),
            Self::Bool(value) => serializer.serialize_bool(*value),
            Self::Null => serializer.serialize_unit(),
        }
    }
}

/// With its members in their order.
impl Serialize for Object {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(name, value)| (name, value)))
    }
}

/// By sorting, because the time must not grow with the square of what a client may send.
fn has_duplicates(members: &[(String, Json)]) -> bool {
    let names = in_order(members.iter().map(|(name, _)| name.as_str()));
    repeated(&names).next().is_some()
}
