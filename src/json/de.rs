//! Reads types from a [`Json`] tree. `serde_json`'s own errors repeat values, which may be secrets in the wrong
//! place, and do not say which field has them; these name the field and never repeat a value.

use std::fmt::Display;

use serde::de::value::StrDeserializer;
use serde::de::{
    DeserializeSeed, Deserializer, Expected, IntoDeserializer, MapAccess, SeqAccess, Unexpected,
    Visitor,
};

use super::{FieldError, Json, Object};

/// Names of members are repeated up to this length.
const MAX_NAME_CHARS: usize = 64;

fn error(reason: impl Into<std::borrow::Cow<'static, str>>) -> FieldError {
    FieldError::new("", reason)
}

fn in_member(error: FieldError, name: &str) -> FieldError {
    let mut parent: String = name.chars().take(MAX_NAME_CHARS).collect();
    if name.chars().nth(MAX_NAME_CHARS).is_some() {
        parent.push('…');
    }
    error.within(&parent)
}

// Each is called in many places of derived code, and must not be repeated there.
impl serde::de::Error for FieldError {
    #[inline(never)]
    fn custom<T: Display>(reason: T) -> Self {
        error(reason.to_string())
    }

    #[inline(never)]
    fn invalid_type(_: Unexpected<'_>, expected: &dyn Expected) -> Self {
        error(format!("must be {expected}"))
    }

    #[inline(never)]
    fn invalid_value(_: Unexpected<'_>, expected: &dyn Expected) -> Self {
        error(format!("must be {expected}"))
    }

    #[inline(never)]
    fn unknown_variant(_: &str, expected: &'static [&'static str]) -> Self {
        error(one_of(expected))
    }

    #[inline(never)]
    fn unknown_field(name: &str, _: &'static [&'static str]) -> Self {
        in_member(error("is not known here"), name)
    }

    #[inline(never)]
    fn missing_field(name: &'static str) -> Self {
        in_member(error("is missing"), name)
    }

    /// No tree has an object with duplicates.
    #[inline(never)]
    fn duplicate_field(name: &'static str) -> Self {
        in_member(error("is given twice"), name)
    }
}

fn one_of(names: &[&str]) -> String {
    match names.split_last() {
        Some((last, others)) if !others.is_empty() => {
            format!("must be one of {} and {last}", others.join(", "))
        }
        _ => format!("must be {}", names.concat()),
    }
}

/// The type that is read decides what a value must be, so that each error can say so.
impl<'de> Deserializer<'de> for Json {
    type Error = FieldError;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, FieldError> {
        match self {
            Self::String(text) => visitor.visit_string(text),
            Self::Number(number) => visitor.visit_f64(number),
            Self::Array(items) => visitor.visit_seq(Items::new(items)),
            Self::Object(object) => visitor.visit_map(Members::new(object)),
            Self::Bool(value) => visitor.visit_bool(value),
            Self::Null => visitor.visit_unit(),
        }
    }

    fn deserialize_bool<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, FieldError> {
        match self {
            Self::Bool(value) => visitor.visit_bool(value),
            _ => Err(error("must be true or false")),
        }
    }

    fn deserialize_u64<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, FieldError> {
        match self {
            // Saturating the cast is fine: no bound of ours is near it.
            #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
            Self::Number(number) if number >= 0.0 && number.fract() == 0.0 => {
                visitor.visit_u64(number as u64)
            }
            _ => Err(error("must be a whole number")),
        }
    }

    fn deserialize_u16<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, FieldError> {
        self.deserialize_u64(visitor)
    }

    fn deserialize_u32<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, FieldError> {
        self.deserialize_u64(visitor)
    }

    fn deserialize_string<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, FieldError> {
        match self {
            Self::String(text) => visitor.visit_string(text),
            _ => Err(error("must be a string")),
        }
    }

    fn deserialize_str<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, FieldError> {
        self.deserialize_string(visitor)
    }

    /// An optional member is left out; `null` is a value like any other.
    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, FieldError> {
        visitor.visit_some(self)
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, FieldError> {
        match self {
            Self::Array(items) => visitor.visit_seq(Items::new(items)),
            _ => Err(error("must be a list")),
        }
    }

    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, FieldError> {
        match self {
            Self::Object(object) => visitor.visit_map(Members::new(object)),
            _ => Err(error("must be an object")),
        }
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, FieldError> {
        self.deserialize_map(visitor)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, FieldError> {
        match self {
            Self::String(text) => {
                let text: StrDeserializer<'_, FieldError> = text.as_str().into_deserializer();
                visitor.visit_enum(text)
            }
            _ => Err(error(one_of(variants))),
        }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, FieldError> {
        visitor.visit_newtype_struct(self)
    }

    serde::forward_to_deserialize_any! {
        i8 i16 i32 i64 i128 u8 u128 f32 f64 char bytes byte_buf unit unit_struct tuple tuple_struct
        identifier ignored_any
    }
}

struct Items {
    rest: std::vec::IntoIter<Json>,
    index: usize,
}

impl Items {
    fn new(items: Vec<Json>) -> Self {
        Self {
            rest: items.into_iter(),
            index: 0,
        }
    }

    #[inline(never)]
    fn locate(&self, error: FieldError) -> FieldError {
        error.within(&format!("[{}]", self.index))
    }
}

impl<'de> SeqAccess<'de> for Items {
    type Error = FieldError;

    #[inline(never)]
    fn next_element_seed<T: DeserializeSeed<'de>>(
        &mut self,
        seed: T,
    ) -> Result<Option<T::Value>, FieldError> {
        let Some(json) = self.rest.next() else {
            return Ok(None);
        };
        match seed.deserialize(json) {
            Ok(value) => {
                self.index = self.index.saturating_add(1);
                Ok(Some(value))
            }
            Err(error) => Err(self.locate(error)),
        }
    }
}

/// The members that are left, and the one whose name was read last.
struct Members {
    rest: std::vec::IntoIter<(String, Json)>,
    name: String,
    value: Json,
}

impl Members {
    fn new(object: Object) -> Self {
        Self {
            rest: object.into_iter(),
            name: String::new(),
            value: Json::Null,
        }
    }

    /// Whether there is another member.
    #[inline(never)]
    fn advance(&mut self) -> bool {
        let Some((name, value)) = self.rest.next() else {
            return false;
        };
        (self.name, self.value) = (name, value);
        true
    }

    #[inline(never)]
    fn take_value(&mut self) -> Json {
        std::mem::replace(&mut self.value, Json::Null)
    }

    #[inline(never)]
    fn locate(&self, error: FieldError) -> FieldError {
        in_member(error, &self.name)
    }
}

impl<'de> MapAccess<'de> for Members {
    type Error = FieldError;

    fn next_key_seed<K: DeserializeSeed<'de>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, FieldError> {
        if !self.advance() {
            return Ok(None);
        }
        let name: StrDeserializer<'_, FieldError> = self.name.as_str().into_deserializer();
        seed.deserialize(name).map(Some)
    }

    // One for each type of value rather than for each field is far smaller in wasm.
    #[inline(never)]
    fn next_value_seed<V: DeserializeSeed<'de>>(
        &mut self,
        seed: V,
    ) -> Result<V::Value, FieldError> {
        let json = self.take_value();
        seed.deserialize(json).map_err(|error| self.locate(error))
    }
}
