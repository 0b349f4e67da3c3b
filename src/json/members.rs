//! The members of an object, as what is read from a [`Json`] tree visits them.

use serde::de::{DeserializeSeed, Deserializer, Error as _, MapAccess, Visitor};

use super::error::{Error, in_member};
use super::{Json, Object};

/// The members that are left, and the one whose name was read last.
pub(super) struct Members {
    /// The names of the fields, where a struct is read.
    fields: &'static [&'static str],
    rest: std::vec::IntoIter<(String, Json)>,
    name: String,
    value: Json,
}

impl Members {
    pub(super) fn new(object: Object, fields: &'static [&'static str]) -> Self {
        Self {
            fields,
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
    fn locate(&self, Error(error): Error) -> Error {
        in_member(*error, &self.name).into()
    }
}

impl<'de> MapAccess<'de> for Members {
    type Error = Error;

    fn next_key_seed<K: DeserializeSeed<'de>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, Error> {
        if !self.advance() {
            return Ok(None);
        }
        seed.deserialize(Name(self)).map(Some)
    }

    // One for each type of value rather than for each field is far smaller in wasm.
    #[inline(never)]
    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, Error> {
        let json = self.take_value();
        seed.deserialize(json).map_err(|error| self.locate(error))
    }
}

/// The name that was read last.
struct Name<'m>(&'m Members);

impl Name<'_> {
    /// The place of the field that has it; `u64::MAX` if none has.
    #[inline(never)]
    fn place(&self) -> u64 {
        let mut fields = self.0.fields.iter();
        let place = fields.position(|field| *field == self.0.name);
        place.map_or(u64::MAX, |place| place as u64)
    }

    #[inline(never)]
    fn unknown(&self) -> Error {
        Error::unknown_field(&self.0.name, self.0.fields)
    }
}

impl<'de> Deserializer<'de> for Name<'_> {
    type Error = Error;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_str(&self.0.name)
    }

    /// The place of the field of a struct that has it, which derived code takes as well as its name, and refuses where no field
    /// has that. Comparing names here, for all structs, is far smaller in wasm than derived code for each of them. Fields must
    /// have one name: with an alias in their list, the places would be others.
    fn deserialize_identifier<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        let field = visitor.visit_u64(self.place());
        field.map_err(|_: Error| self.unknown())
    }

    serde::forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option unit unit_struct
        newtype_struct seq tuple tuple_struct map struct enum ignored_any
    }
}
