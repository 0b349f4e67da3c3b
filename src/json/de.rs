//! Reads types from a [`Json`] tree.

use serde::de::value::StrDeserializer;
use serde::de::{DeserializeSeed, Deserializer, IntoDeserializer, SeqAccess, Visitor};

use super::error::{Error, error, one_of};
use super::members::Members;
use super::{Json, Object};

impl Json {
    #[inline(never)]
    pub(super) fn object(self) -> Result<Object, Error> {
        match self {
            Self::Object(object) => Ok(object),
            _ => Err(error("must be an object")),
        }
    }
}

/// The type that is read decides what a value must be, so that each error can say so.
impl<'de> Deserializer<'de> for Json {
    type Error = Error;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        match self {
            Self::String(text) => visitor.visit_string(text),
            Self::Number(number) => visitor.visit_f64(number),
            Self::Array(items) => visitor.visit_seq(Items::new(items)),
            Self::Object(object) => visitor.visit_map(Members::new(object, &[])),
            Self::Bool(value) => visitor.visit_bool(value),
            Self::Null => visitor.visit_unit(),
        }
    }

    fn deserialize_bool<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        match self {
            Self::Bool(value) => visitor.visit_bool(value),
            _ => Err(error("must be true or false")),
        }
    }

    fn deserialize_u64<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        match self {
            // Saturating the cast is fine: no bound of ours is near it.
            #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
            Self::Number(number) if number >= 0.0 && number.fract() == 0.0 => {
                visitor.visit_u64(number as u64)
            }
            _ => Err(error("must be a whole number")),
        }
    }

    fn deserialize_u16<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        self.deserialize_u64(visitor)
    }

    fn deserialize_u32<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        self.deserialize_u64(visitor)
    }

    fn deserialize_string<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        match self {
            Self::String(text) => visitor.visit_string(text),
            _ => Err(error("must be a string")),
        }
    }

    fn deserialize_str<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        self.deserialize_string(visitor)
    }

    /// An optional member is left out; `null` is a value like any other.
    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_some(self)
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        match self {
            Self::Array(items) => visitor.visit_seq(Items::new(items)),
            _ => Err(error("must be a list")),
        }
    }

    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_map(Members::new(self.object()?, &[]))
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        visitor.visit_map(Members::new(self.object()?, fields))
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        match self {
            Self::String(text) => {
                let text: StrDeserializer<'_, Error> = text.as_str().into_deserializer();
                visitor.visit_enum(text)
            }
            _ => Err(error(one_of(variants))),
        }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, Error> {
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
    fn locate(&self, Error(error): Error) -> Error {
        error.within(&format!("[{}]", self.index)).into()
    }
}

impl<'de> SeqAccess<'de> for Items {
    type Error = Error;

    #[inline(never)]
    fn next_element_seed<T: DeserializeSeed<'de>>(
        &mut self,
        seed: T,
    ) -> Result<Option<T::Value>, Error> {
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
