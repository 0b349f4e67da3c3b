//! JSON objects read member by member, so that whoever wrote one is told every member that is
//! wrong, by name.
//!
//! Derived `Deserialize` implementations would stop at the first fault without naming it, and
//! their error texts alone are a tenth of the bundle.

use std::fmt;

use serde::de::{Deserialize, Deserializer, Error, MapAccess, SeqAccess, Visitor};

/// Any JSON value, as far as anything here asks for it.
#[derive(Clone, Debug, PartialEq)]
pub enum Json {
    /// A string.
    Text(String),
    /// A number; above 2^53 it is not exact.
    Number(f64),
    /// An array.
    List(Vec<Json>),
    /// An object in which no member stands twice.
    Object(Object),
    /// `true` or `false`.
    Bool(bool),
    /// `null`.
    Null,
}

/// The members of an object that have not been taken yet.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Object(Vec<(String, Json)>);

/// What a member has to be.
pub trait Member: Sized {
    /// The same in words, to follow "must be".
    const FORM: &'static str;

    /// The value, if it is one.
    fn from_json(json: Json) -> Option<Self>;
}

/// Why a member cannot be had.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotRead {
    /// It is not there.
    Missing,
    /// It is something else.
    WrongForm,
}

impl Object {
    /// Reads `text`.
    ///
    /// # Errors
    /// What is wrong and where; the text itself is not repeated, for it may be a secret in the
    /// wrong place.
    pub fn parse(text: &str) -> Result<Self, String> {
        match serde_json::from_str(text) {
            Ok(Json::Object(object)) => Ok(object),
            Ok(_) => Err("must be a JSON object".to_owned()),
            Err(error) => Err(format!("must be a JSON object: {error}")),
        }
    }

    /// Takes the member `name`.
    ///
    /// # Errors
    /// [`NotRead`], when it is not there or not a `T`.
    pub fn take<T: Member>(&mut self, name: &str) -> Result<T, NotRead> {
        let place = self.0.iter().position(|(member, _)| member == name);
        let (_, json) = self.0.swap_remove(place.ok_or(NotRead::Missing)?);
        T::from_json(json).ok_or(NotRead::WrongForm)
    }

    /// The same for a member that may be missing.
    ///
    /// # Errors
    /// [`NotRead::WrongForm`], when it is there and not a `T`.
    pub fn optional<T: Member>(&mut self, name: &str) -> Result<Option<T>, NotRead> {
        match self.take(name) {
            Ok(value) => Ok(Some(value)),
            Err(NotRead::Missing) => Ok(None),
            Err(wrong) => Err(wrong),
        }
    }

    /// The member `name`, which stays.
    pub fn get(&self, name: &str) -> Option<&Json> {
        let member = self.0.iter().find(|(member, _)| member == name)?;
        Some(&member.1)
    }

    /// The names of the members that nobody took.
    pub fn left_over(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(|(name, _)| name.as_str())
    }
}

impl IntoIterator for Object {
    type Item = (String, Json);
    type IntoIter = std::vec::IntoIter<(String, Json)>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}

impl Member for Object {
    const FORM: &'static str = "an object";

    fn from_json(json: Json) -> Option<Self> {
        match json {
            Json::Object(object) => Some(object),
            _ => None,
        }
    }
}

impl Member for String {
    const FORM: &'static str = "a text";

    fn from_json(json: Json) -> Option<Self> {
        match json {
            Json::Text(text) => Some(text),
            _ => None,
        }
    }
}

impl Member for u64 {
    const FORM: &'static str = "a whole number";

    fn from_json(json: Json) -> Option<Self> {
        match json {
            // Saturating the cast is fine: no bound of ours is near it.
            Json::Number(number) if number >= 0.0 && number.fract() == 0.0 => Some(number as Self),
            _ => None,
        }
    }
}

impl Member for bool {
    const FORM: &'static str = "true or false";

    fn from_json(json: Json) -> Option<Self> {
        match json {
            Json::Bool(value) => Some(value),
            _ => None,
        }
    }
}

impl Member for Vec<String> {
    const FORM: &'static str = "a list of texts";

    fn from_json(json: Json) -> Option<Self> {
        list(json)
    }
}

impl Member for Vec<Object> {
    const FORM: &'static str = "a list of objects";

    fn from_json(json: Json) -> Option<Self> {
        list(json)
    }
}

/// The items of an array, if every one of them is a `T`.
pub fn list<T: Member>(json: Json) -> Option<Vec<T>> {
    match json {
        Json::List(items) => items.into_iter().map(T::from_json).collect(),
        _ => None,
    }
}

impl<'de> Deserialize<'de> for Json {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(JsonVisitor)
    }
}

struct JsonVisitor;

// Numbers below 2^53 are exact as f64, and none of ours is above.
#[allow(clippy::cast_precision_loss)]
impl<'de> Visitor<'de> for JsonVisitor {
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
        Ok(Json::Text(text.to_owned()))
    }

    fn visit_string<E>(self, text: String) -> Result<Json, E> {
        Ok(Json::Text(text))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut sequence: A) -> Result<Json, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = sequence.next_element()? {
            items.push(item);
        }
        Ok(Json::List(items))
    }

    /// Which of two members of one name counts is left open by the
    /// [standard](https://www.rfc-editor.org/rfc/rfc8259#section-4), so neither does.
    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Json, A::Error> {
        let mut members: Vec<(String, Json)> = Vec::new();
        while let Some(member) = entries.next_entry()? {
            members.push(member);
        }
        if has_twins(&members) {
            return Err(A::Error::custom("a member stands twice"));
        }
        Ok(Json::Object(Object(members)))
    }
}

/// By sorting, because the time taken must not grow with the square of what anybody may send.
fn has_twins(members: &[(String, Json)]) -> bool {
    let mut names: Vec<&str> = members.iter().map(|(name, _)| name.as_str()).collect();
    names.sort_unstable();
    !names.is_sorted_by(|a, b| a < b)
}
