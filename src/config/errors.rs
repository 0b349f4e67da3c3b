//! Collects every error of a configuration, so that all can be fixed at once.

use std::borrow::Cow;

use serde::de::DeserializeOwned;

use super::bindings::Bindings;
use crate::json::{FieldError, Json, Object, read_fields};
use crate::names::{in_order, repeated};

/// The errors found so far.
#[derive(Debug, Default)]
pub(super) struct Errors(pub(super) Vec<FieldError>);

impl Errors {
    // Called in a hundred places that most configurations do not reach.
    #[cold]
    #[inline(never)]
    pub(super) fn add(
        &mut self,
        path: impl Into<Cow<'static, str>>,
        reason: impl Into<Cow<'static, str>>,
    ) {
        self.0.push(FieldError::new(path, reason));
    }

    /// Adds errors of values below `path`.
    #[inline(never)]
    pub(super) fn add_below(&mut self, path: &str, errors: Vec<FieldError>) {
        let errors = errors.into_iter().map(|error| error.within(path));
        self.0.extend(errors);
    }

    /// Whether there is an error of the value at `path` or of a value below it.
    pub(super) fn has(&self, path: &str) -> bool {
        self.0.iter().any(|error| {
            let below = error.path.strip_prefix(path);
            below.is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '[']))
        })
    }

    /// Adds an error of the value at `path`, unless it has one already.
    pub(super) fn add_once(&mut self, path: String, reason: &'static str) {
        if !self.has(&path) {
            self.add(path, reason);
        }
    }

    /// Whether an error is not one of a single profile or caller.
    pub(super) fn are_of_all(&self) -> bool {
        let mut paths = self.0.iter().map(|error| &error.path);
        paths.any(|path| !path.starts_with("PROFILES.") && !path.starts_with("CALLERS."))
    }

    /// The object in the variable `name`; empty, with an error, when it is not one.
    pub(super) fn object(&mut self, name: &str, text: &str) -> Object {
        Object::parse(text).unwrap_or_else(|error| {
            self.0.push(error.within(name));
            Object::default()
        })
    }

    /// The members of the objects in the variables `name` and, because a variable has at most 5 KB, `name_1`, `name_2`
    /// and so on; `None` without any of these variables. A member of two of them is an error.
    pub(super) fn members(
        &mut self,
        name: &str,
        bindings: Bindings<'_>,
    ) -> Option<Vec<(String, Json)>> {
        let others = (1..=MAX_PARTS).map(|part| format!("{name}_{part}"));
        let variables = [name.to_owned()].into_iter().chain(others);
        let texts = variables.filter_map(|variable| Some((bindings.text(&variable)?, variable)));
        let mut all: Option<Vec<(String, Json)>> = None;
        for (text, variable) in texts {
            let object = self.object(&variable, &text);
            all.get_or_insert_default().extend(object);
        }
        let all = all?;
        let mut is_first = vec![true; all.len()];
        for place in repeated(&in_order(all.iter().map(|(member, _)| member.as_str()))) {
            if let Some(is_first) = is_first.get_mut(place) {
                *is_first = false;
            }
        }
        let members = all.into_iter().zip(is_first);
        let members = members.filter_map(|(member, is_first)| {
            if !is_first {
                self.add(format!("{name}.{}", member.0), "stands in two variables");
            }
            is_first.then_some(member)
        });
        Some(members.collect())
    }
}

/// Most variables `PROFILES_1`, `PROFILES_2` and so on.
const MAX_PARTS: u8 = 32;

/// The errors of the object at one path.
pub(super) struct Fields<'e> {
    path: String,
    errors: &'e mut Errors,
}

impl<'e> Fields<'e> {
    /// Reads `json` at `path` as a `T` whose fields are all optional. Each field that is wrong is an error, and is
    /// then left out, so that the errors of all fields are found.
    pub(super) fn read<T: DeserializeOwned + Default>(
        path: String,
        json: Json,
        errors: &'e mut Errors,
    ) -> (T, Self) {
        let (value, found) = read_fields(json);
        errors.add_below(&path, found);
        (value, Self { path, errors })
    }

    /// The value of the field `name`, which must be present.
    pub(super) fn required<T>(&mut self, name: &str, value: Option<T>) -> Option<T> {
        if value.is_none() {
            self.add_missing(name);
        }
        value
    }

    #[cold]
    #[inline(never)]
    fn add_missing(&mut self, name: &str) {
        let path = format!("{}.{name}", self.path);
        self.errors.add_once(path, "is missing");
    }

    /// Adds an error of the field `name`.
    #[cold]
    #[inline(never)]
    pub(super) fn error(&mut self, name: &str, reason: impl Into<Cow<'static, str>>) {
        self.errors.add(format!("{}.{name}", self.path), reason);
    }

    /// Adds an error of the item at `index` in the field `name`.
    #[cold]
    #[inline(never)]
    pub(super) fn error_at(
        &mut self,
        name: &str,
        index: usize,
        reason: impl Into<Cow<'static, str>>,
    ) {
        self.error(&format!("{name}[{index}]"), reason);
    }

    /// Adds an error of the value at `path`, which is that of another object, unless it has one already.
    pub(super) fn error_elsewhere(&mut self, path: String, reason: &'static str) {
        self.errors.add_once(path, reason);
    }

    /// Adds an error whose path begins with a field's name.
    pub(super) fn add(&mut self, error: FieldError) {
        self.errors.0.push(error.within(&self.path));
    }

    /// Whether an error of the field `name` was found.
    pub(super) fn has_error(&self, name: &str) -> bool {
        self.errors.has(&format!("{}.{name}", self.path))
    }

    /// The errors of the object `json` in the field `name`.
    pub(super) fn nested<T: DeserializeOwned + Default>(
        &mut self,
        name: &str,
        json: Json,
    ) -> (T, Fields<'_>) {
        Fields::read(format!("{}.{name}", self.path), json, self.errors)
    }
}

/// Whether `name` can be the name of a caller or a profile, which stands in paths and in the log.
pub(super) fn is_name(name: &str) -> bool {
    (1..=64).contains(&name.len())
        && name
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
}

/// What [`is_name`] requires, in words.
pub(super) const NAME_FORM: &str =
    "is not a name: 1 to 64 letters, digits, hyphens and underscores";
