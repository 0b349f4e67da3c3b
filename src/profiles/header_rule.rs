//! Which headers requests may sign.

use super::NOT_ALLOWED;
use crate::json::FieldError;
use crate::presign::{Headers, Operation, is_closed, is_header_of};

/// The rule of a profile: `headers`, the closed headers that it opens. All others that S3 knows are always open.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HeaderRule(Vec<String>);

impl HeaderRule {
    /// Opens the header `name` for requests for `operations`.
    ///
    /// # Errors
    /// Why it cannot be opened, as the rest of a sentence.
    pub fn open(&mut self, name: &str, operations: &[Operation]) -> Result<(), &'static str> {
        let name = name.to_ascii_lowercase();
        if !is_closed(&name) {
            return Err("is a header that every profile allows");
        }
        if !is_header_of(&name, &Operation::ALL) {
            return Err("is not a header that can be signed");
        }
        if !is_header_of(&name, operations) {
            return Err("is not a header of any operation of the profile");
        }
        self.0.push(name);
        Ok(())
    }

    /// Whether requests may sign the header `name`, in lower case.
    pub fn allows(&self, name: &str) -> bool {
        !is_closed(name) || self.0.iter().any(|open| open == name)
    }

    /// Checks that requests may sign all of `headers`.
    ///
    /// # Errors
    /// [`FieldError`] with the name of the first that they may not.
    pub fn check(&self, headers: &Headers) -> Result<(), FieldError> {
        match headers.iter().find(|(name, _)| !self.allows(name)) {
            Some((name, _)) => Err(FieldError::new(name.to_owned(), NOT_ALLOWED)),
            None => Ok(()),
        }
    }
}
