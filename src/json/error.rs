//! Errors of what is read from a tree. `serde_json`'s own errors repeat values, which may be secrets in the wrong place, and
//! do not say which field has them; these name the field and never repeat a value.

use std::borrow::Cow;
use std::fmt::{self, Display};

use serde::de::{Expected, Unexpected};

use super::FieldError;

/// Names of members are repeated up to this length.
const MAX_NAME_CHARS: usize = 64;

/// A [`FieldError`] for derived code, which moves it in many places: therefore in a box.
#[derive(Debug)]
pub struct Error(pub(super) Box<FieldError>);

impl From<FieldError> for Error {
    fn from(error: FieldError) -> Self {
        Self(Box::new(error))
    }
}

impl From<Error> for FieldError {
    fn from(error: Error) -> Self {
        *error.0
    }
}

impl Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl std::error::Error for Error {}

#[inline(never)]
pub(super) fn error(reason: impl Into<Cow<'static, str>>) -> Error {
    FieldError::new("", reason).into()
}

pub(super) fn in_member(error: FieldError, name: &str) -> FieldError {
    let mut parent: String = name.chars().take(MAX_NAME_CHARS).collect();
    if name.chars().nth(MAX_NAME_CHARS).is_some() {
        parent.push('…');
    }
    error.within(&parent)
}

// Each is called in many places of derived code, and must not be repeated there.
impl serde::de::Error for Error {
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
        in_member(FieldError::new("", "is not known here"), name).into()
    }

    #[inline(never)]
    fn missing_field(name: &'static str) -> Self {
        in_member(FieldError::new("", "is missing"), name).into()
    }

    /// No tree has an object with duplicates. It does not name the field, so that derived code makes it in one place for all.
    fn duplicate_field(_: &'static str) -> Self {
        given_twice()
    }
}

#[cold]
#[inline(never)]
fn given_twice() -> Error {
    error("has a member twice")
}

pub(super) fn one_of(names: &[&str]) -> String {
    match names.split_last() {
        Some((last, others)) if !others.is_empty() => {
            format!("must be one of {} and {last}", others.join(", "))
        }
        _ => format!("must be {}", names.concat()),
    }
}
