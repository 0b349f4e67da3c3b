//! Reads an object whose faults are all told at once, such as one that somebody configures a worker with.

use std::fmt::Display;
use std::slice::Iter;

use serde::de::value::UnitDeserializer;
use serde::de::{
    Deserialize, DeserializeOwned, DeserializeSeed, Deserializer, Error as _, SeqAccess, Visitor,
};

use super::error::{Error, in_member};
use super::{FieldError, Json};

/// Reads `json` as a `T`, a struct of which every field is an [`Option`]. A field that is wrong is left out, like one that
/// is absent. Beside the `T` are the errors of such fields, and of members that are no field of `T`, in the order of the
/// members.
pub fn read_fields<T: DeserializeOwned + Default>(json: Json) -> (T, Vec<FieldError>) {
    let mut members = members(json);
    let all = members.as_deref_mut().unwrap_or_default();
    let value = T::deserialize(Fields(all)).unwrap_or_default();
    (value, errors(members))
}

#[inline(never)]
fn members(json: Json) -> Result<Vec<Member>, Error> {
    let members = json.object()?.into_iter();
    Ok(members.map(Member::new).collect())
}

#[inline(never)]
fn errors(members: Result<Vec<Member>, Error>) -> Vec<FieldError> {
    match members {
        Ok(members) => members.into_iter().filter_map(Member::into_error).collect(),
        Err(error) => vec![error.into()],
    }
}

struct Member {
    name: String,
    state: State,
}

enum State {
    Unread(Json),
    Wrong(Error),
    Read,
}

impl Member {
    fn new((name, value): (String, Json)) -> Self {
        let state = State::Unread(value);
        Self { name, state }
    }

    fn into_error(self) -> Option<FieldError> {
        match self.state {
            State::Unread(_) => Some(Error::unknown_field(&self.name, &[]).into()),
            State::Wrong(error) => Some(in_member(error.into(), &self.name)),
            State::Read => None,
        }
    }
}

/// The error of a `T` that is not a struct of which every field is an [`Option`]. It has no content, because derived code makes
/// it in many places.
#[derive(Debug, thiserror::Error)]
#[error("a field has no value")]
struct NoValue;

impl serde::de::Error for NoValue {
    fn custom<T: Display>(_: T) -> Self {
        Self
    }
}

/// A struct is read as the sequence of its fields: what is derived for that is far smaller in wasm than what is derived for
/// members in any order.
struct Fields<'m>(&'m mut [Member]);

impl<'de> Deserializer<'de> for Fields<'_> {
    type Error = NoValue;

    fn deserialize_any<V: Visitor<'de>>(self, _: V) -> Result<V::Value, NoValue> {
        Err(NoValue)
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        names: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, NoValue> {
        visitor.visit_seq(InOrder {
            unread: self.0.len(),
            members: self.0,
            names: names.iter(),
        })
    }

    serde::forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option unit unit_struct
        newtype_struct seq tuple tuple_struct map enum identifier ignored_any
    }
}

/// The members in the order of the fields, whose names are left.
struct InOrder<'m> {
    members: &'m mut [Member],
    names: Iter<'static, &'static str>,
    /// How many members have not been read.
    unread: usize,
}

impl InOrder<'_> {
    /// The value of the next field, where it has one, and what is to become the state of its member.
    #[inline(never)]
    fn next_value(&mut self) -> Option<(&mut State, Json)> {
        let name = *self.names.next()?;
        // Most have few members.
        if self.unread == 0 {
            return None;
        }
        let state = &mut self.members.iter_mut().find(|it| it.name == name)?.state;
        self.unread = self.unread.saturating_sub(1);
        match std::mem::replace(state, State::Read) {
            State::Unread(json) => Some((state, json)),
            State::Wrong(_) | State::Read => None,
        }
    }

    // One for each type of value rather than for each field is far smaller in wasm.
    #[inline(never)]
    fn field<'de, T: Deserialize<'de>>(&mut self) -> Option<T> {
        if let Some((state, json)) = self.next_value() {
            match T::deserialize(json) {
                Ok(value) => return Some(value),
                Err(error) => *state = State::Wrong(error),
            }
        }
        // `None`, as which an `Option` is read from this.
        T::deserialize(UnitDeserializer::<NoValue>::new()).ok()
    }
}

impl<'de> SeqAccess<'de> for InOrder<'_> {
    type Error = NoValue;

    /// What is derived for a struct reads each field by [`next_element`](Self::next_element).
    fn next_element_seed<T: DeserializeSeed<'de>>(
        &mut self,
        _: T,
    ) -> Result<Option<T::Value>, NoValue> {
        Ok(None)
    }

    fn next_element<T: Deserialize<'de>>(&mut self) -> Result<Option<T>, NoValue> {
        Ok(self.field())
    }
}
