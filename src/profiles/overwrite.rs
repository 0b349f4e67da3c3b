//! Whether uploads may replace objects.

use super::{NOT_ALLOWED, Profile};
use crate::json::FieldError;
use crate::presign::{Headers, Operation};

/// The header of the condition that S3 creates an object only where there is none.
pub const IF_NONE_MATCH: &str = "if-none-match";

const IF_MATCH: &str = "if-match";

/// The one value that S3 knows of it for uploads.
const ANY: &str = "*";

impl Profile {
    /// Whether `operation` must be signed with [`IF_NONE_MATCH`], because it could otherwise replace an object.
    pub fn creates_only(&self, operation: Operation) -> bool {
        let creates = matches!(
            operation,
            Operation::PutObject | Operation::CompleteMultipartUpload
        );
        creates && !self.overwrite
    }

    /// Adds [`IF_NONE_MATCH`] to `headers` where the profile requires it.
    ///
    /// # Errors
    /// [`FieldError`] for headers that replace an object.
    pub fn add_condition(
        &self,
        operation: Operation,
        headers: &mut Headers,
    ) -> Result<(), FieldError> {
        if !self.creates_only(operation) {
            return Ok(());
        }
        if headers.get(IF_MATCH).is_some() {
            return Err(FieldError::new(IF_MATCH, NOT_ALLOWED));
        }
        match headers.get(IF_NONE_MATCH) {
            Some(_) => Ok(()),
            None => headers
                .insert(IF_NONE_MATCH, ANY.to_owned())
                .map_err(|invalid| FieldError::new(IF_NONE_MATCH, invalid.to_string())),
        }
    }

    /// Checks that `headers` have [`IF_NONE_MATCH`] where the profile requires it.
    ///
    /// # Errors
    /// [`FieldError`] when they do not.
    pub fn check_condition(
        &self,
        operation: Operation,
        headers: &Headers,
    ) -> Result<(), FieldError> {
        if self.creates_only(operation) && headers.get(IF_NONE_MATCH) != Some(ANY) {
            let reason = "must be *, and is signed: this profile does not replace objects";
            return Err(FieldError::new(IF_NONE_MATCH, reason));
        }
        Ok(())
    }
}
