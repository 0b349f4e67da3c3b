//! JSON bodies as types that derive [`serde::Deserialize`], with faults that name the member.
//!
//! `serde_json`'s own errors repeat values, which may be secrets in the wrong place, and do not say
//! which member has them; a [`Fault`] does not repeat and always says.

use std::borrow::Cow;
use std::fmt::{self, Display};

use serde::de::value::StrDeserializer;
use serde::de::{
    DeserializeOwned, DeserializeSeed, Deserializer, Expected, IntoDeserializer, MapAccess,
    SeqAccess, Unexpected, Visitor,
};

use crate::error::Error;
use crate::json::{Json, Object};

/// Names of members are repeated up to this length.
const MAX_NAME_CHARS: usize = 64;

/// Why a text is not what it should be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// The member, such as `headers.content-type` or `items[3].key`; empty for the whole text.
    pub path: String,
    /// What is wrong with it. Never the value itself.
    pub reason: Cow<'static, str>,
}

/// Reads `body`, one JSON object of at most `max_bytes`, as a `T`.
///
/// # Errors
/// [`Error::BodyTooLarge`]; [`Error::InvalidBody`] when it is no object or a member stands twice;
/// [`Error::InvalidField`] for the first member that a `T` does not have like that.
pub fn read<T: DeserializeOwned>(body: &str, max_bytes: usize) -> Result<T, Error> {
    if body.len() > max_bytes {
        return Err(Error::BodyTooLarge { max_bytes });
    }
    let object = Object::parse(body).map_err(Error::InvalidBody)?;
    Ok(from_json(Json::Object(object))?)
}

/// Takes a value that has been read already as a `T`.
///
/// # Errors
/// As [`read`].
pub fn from_json<T: DeserializeOwned>(json: Json) -> Result<T, Fault> {
    T::deserialize(json)
}

impl Fault {
    fn of(reason: impl Into<Cow<'static, str>>) -> Self {
        Self {
            path: String::new(),
            reason: reason.into(),
        }
    }

    /// The same fault, seen from the object that has the value as its member `name`.
    fn in_member(mut self, name: &str) -> Self {
        let inner = std::mem::take(&mut self.path);
        self.path.extend(name.chars().take(MAX_NAME_CHARS));
        if name.chars().nth(MAX_NAME_CHARS).is_some() {
            self.path.push('…');
        }
        if !inner.is_empty() && !inner.starts_with('[') {
            self.path.push('.');
        }
        self.path.push_str(&inner);
        self
    }

    /// The same fault, seen from the list that has the value at `place`.
    fn in_list(mut self, place: usize) -> Self {
        let dot = if self.path.is_empty() || self.path.starts_with('[') {
            ""
        } else {
            "."
        };
        self.path = format!("[{place}]{dot}{}", self.path);
        self
    }
}

impl From<Fault> for Error {
    fn from(fault: Fault) -> Self {
        if fault.path.is_empty() {
            return Self::InvalidBody(fault.reason.into_owned());
        }
        Self::field(fault.path, fault.reason)
    }
}

impl Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.path, self.reason)
    }
}

impl std::error::Error for Fault {}

impl serde::de::Error for Fault {
    fn custom<T: Display>(reason: T) -> Self {
        Self::of(reason.to_string())
    }

    fn invalid_type(_: Unexpected<'_>, expected: &dyn Expected) -> Self {
        Self::of(format!("must be {expected}"))
    }

    fn invalid_value(_: Unexpected<'_>, expected: &dyn Expected) -> Self {
        Self::of(format!("must be {expected}"))
    }

    fn unknown_variant(_: &str, expected: &'static [&'static str]) -> Self {
        Self::of(one_of(expected))
    }

    fn unknown_field(name: &str, _: &'static [&'static str]) -> Self {
        Self::of("is not known here").in_member(name)
    }

    fn missing_field(name: &'static str) -> Self {
        Self::of("is missing").in_member(name)
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

/// The hints of types decide what is asked of a value, so that each refusal can say so.
impl<'de> Deserializer<'de> for Json {
    type Error = Fault;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        match self {
            Self::Text(text) => visitor.visit_string(text),
            Self::Number(number) => visitor.visit_f64(number),
            Self::List(items) => visitor.visit_seq(Items(items.into_iter().enumerate())),
            Self::Object(object) => visitor.visit_map(Members(object.into_iter(), None)),
            Self::Bool(value) => visitor.visit_bool(value),
            Self::Null => visitor.visit_unit(),
        }
    }

    fn deserialize_bool<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        match self {
            Self::Bool(value) => visitor.visit_bool(value),
            _ => Err(Fault::of("must be true or false")),
        }
    }

    fn deserialize_u64<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        match self {
            // Saturating the cast is fine: no bound of ours is near it.
            #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
            Self::Number(number) if number >= 0.0 && number.fract() == 0.0 => {
                visitor.visit_u64(number as u64)
            }
            _ => Err(Fault::of("must be a whole number")),
        }
    }

    fn deserialize_u16<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        self.deserialize_u64(visitor)
    }

    fn deserialize_u32<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        self.deserialize_u64(visitor)
    }

    fn deserialize_string<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        match self {
            Self::Text(text) => visitor.visit_string(text),
            _ => Err(Fault::of("must be a text")),
        }
    }

    fn deserialize_str<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        self.deserialize_string(visitor)
    }

    /// A member that is not needed is left out: `null` is a value as any other.
    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        visitor.visit_some(self)
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        match self {
            Self::List(items) => visitor.visit_seq(Items(items.into_iter().enumerate())),
            _ => Err(Fault::of("must be a list")),
        }
    }

    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        match self {
            Self::Object(object) => visitor.visit_map(Members(object.into_iter(), None)),
            _ => Err(Fault::of("must be an object")),
        }
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Fault> {
        self.deserialize_map(visitor)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Fault> {
        match self {
            Self::Text(text) => {
                let text: StrDeserializer<'_, Fault> = text.as_str().into_deserializer();
                visitor.visit_enum(text)
            }
            _ => Err(Fault::of(one_of(variants))),
        }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, Fault> {
        visitor.visit_newtype_struct(self)
    }

    serde::forward_to_deserialize_any! {
        i8 i16 i32 i64 i128 u8 u128 f32 f64 char bytes byte_buf unit unit_struct tuple tuple_struct
        identifier ignored_any
    }
}

struct Items(std::iter::Enumerate<std::vec::IntoIter<Json>>);

impl<'de> SeqAccess<'de> for Items {
    type Error = Fault;

    fn next_element_seed<T: DeserializeSeed<'de>>(
        &mut self,
        seed: T,
    ) -> Result<Option<T::Value>, Fault> {
        let item = self.0.next();
        item.map(|(place, json)| seed.deserialize(json).map_err(|fault| fault.in_list(place)))
            .transpose()
    }
}

/// What is left of an object, and the member whose name was given last.
struct Members(std::vec::IntoIter<(String, Json)>, Option<(String, Json)>);

impl<'de> MapAccess<'de> for Members {
    type Error = Fault;

    fn next_key_seed<K: DeserializeSeed<'de>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, Fault> {
        self.1 = self.0.next();
        let name = self.1.as_ref().map(|(name, _)| name.as_str());
        let name: Option<StrDeserializer<'_, Fault>> =
            name.map(IntoDeserializer::into_deserializer);
        name.map(|name| seed.deserialize(name)).transpose()
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, Fault> {
        let (name, json) = self.1.take().unwrap_or((String::new(), Json::Null));
        seed.deserialize(json)
            .map_err(|fault| fault.in_member(&name))
    }
}
