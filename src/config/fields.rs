//! A JSON object read field by field into typed values and faults.

use super::Faults;
use crate::json::{Json, Member, NotRead, Object};

/// The fields of the object at `path`.
pub(super) struct Fields<'a> {
    path: String,
    object: Object,
    faults: &'a mut Faults,
}

impl<'a> Fields<'a> {
    /// Takes `json` apart; anything but an object is a fault and has no fields.
    pub(super) fn of(path: String, json: Json, faults: &'a mut Faults) -> Self {
        let object = Object::from_json(json).unwrap_or_else(|| {
            faults.add(&path, "must be an object");
            Object::default()
        });
        Self {
            path,
            object,
            faults,
        }
    }

    /// The field `name`, which may be missing.
    pub(super) fn optional<T: Member>(&mut self, name: &str) -> Option<T> {
        match self.object.take(name) {
            Ok(value) => Some(value),
            Err(NotRead::Missing) => None,
            Err(NotRead::WrongForm) => {
                self.fault(name, &format!("must be {}", T::FORM));
                None
            }
        }
    }

    /// The same for a field that must be there.
    pub(super) fn required<T: Member>(&mut self, name: &str) -> Option<T> {
        let value = self.object.take(name);
        if let Err(not_read) = &value {
            let missing = match not_read {
                NotRead::Missing => "is missing: it ",
                NotRead::WrongForm => "",
            };
            self.fault(name, &format!("{missing}must be {}", T::FORM));
        }
        value.ok()
    }

    /// The fields of the object in the field `name`, which may be missing.
    pub(super) fn nested(&mut self, name: &str) -> Option<Fields<'_>> {
        let object = self.optional(name)?;
        Some(Fields {
            path: format!("{}.{name}", self.path),
            object,
            faults: self.faults,
        })
    }

    /// Reports a fault of the field `name`.
    pub(super) fn fault(&mut self, name: &str, reason: &str) {
        self.faults.add(format!("{}.{name}", self.path), reason);
    }

    /// Every field that nobody took is a fault.
    pub(super) fn finish(self) {
        for name in self.object.left_over() {
            self.faults
                .add(format!("{}.{name}", self.path), "is not a known field");
        }
    }
}

/// The object in the variable `name`; empty, with a fault, when it is none.
pub(super) fn object(name: &str, text: &str, faults: &mut Faults) -> Object {
    Object::parse(text).unwrap_or_else(|reason| {
        faults.add(name, reason);
        Object::default()
    })
}

/// Whether `name` can name a caller or a profile: it stands in paths and in the log.
pub(super) fn is_name(name: &str) -> bool {
    (1..=64).contains(&name.len())
        && name
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
}

/// What [`is_name`] wants, in words.
pub(super) const NAME_FORM: &str =
    "is not a name: 1 to 64 letters, digits, hyphens and underscores";
