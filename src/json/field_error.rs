//! The one error for a field, parameter, header or setting with a wrong value.

use std::borrow::Cow;

/// A value that cannot be accepted.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{path}: {reason}")]
pub struct FieldError {
    /// Which value, such as `headers.content-type` or `items[3].key`; empty for a whole document.
    pub path: Cow<'static, str>,
    /// What is wrong with it, as the rest of a sentence that begins with the path. Never the value itself, which
    /// may be a secret in the wrong place.
    pub reason: Cow<'static, str>,
}

impl FieldError {
    /// The value at `path` is wrong for `reason`.
    pub fn new(path: impl Into<Cow<'static, str>>, reason: impl Into<Cow<'static, str>>) -> Self {
        Self {
            path: path.into(),
            reason: reason.into(),
        }
    }

    /// The same error as seen from the value that has this one below `parent`.
    #[must_use]
    pub fn within(self, parent: &str) -> Self {
        let separator = if self.path.is_empty() || self.path.starts_with('[') {
            ""
        } else {
            "."
        };
        Self {
            path: format!("{parent}{separator}{}", self.path).into(),
            reason: self.reason,
        }
    }
}
