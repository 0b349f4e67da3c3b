//! What a profile opens to Uppy.

use crate::json::FieldError;
use crate::presign::{Headers, InvalidHeader};

/// The rule of a profile with `uppy`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct UppyRule(Vec<String>);

/// Longest name, in bytes; S3 has 2 KB for all names and values together.
const MAX_NAME_BYTES: usize = 64;

impl UppyRule {
    /// A rule by which objects keep the metadata with these `names`.
    ///
    /// # Errors
    /// The index of the first name that is not one of a header, or that stands there twice, and why, as the rest of a
    /// sentence.
    pub fn keeping(names: Vec<String>) -> Result<Self, (usize, &'static str)> {
        for (index, name) in names.iter().enumerate() {
            let in_name = |b: u8| b.is_ascii_alphanumeric() || b == b'-' || b == b'_' || b == b'.';
            if !(1..=MAX_NAME_BYTES).contains(&name.len()) || !name.bytes().all(in_name) {
                let form =
                    "must be a name of 1 to 64 letters, digits, hyphens, underscores and dots";
                return Err((index, form));
            }
            let mut before = names.iter().take(index);
            if before.any(|other| other.eq_ignore_ascii_case(name)) {
                return Err((
                    index,
                    "stands there twice: S3 does not tell upper from lower case",
                ));
            }
        }
        Ok(Self(names))
    }

    /// Whether objects keep the metadata `name`.
    pub fn keeps(&self, name: &str) -> bool {
        self.0.iter().any(|kept| kept == name)
    }

    /// Adds to `headers` those of `metadata` that objects keep, as headers `x-amz-meta-…` with values in ASCII. The
    /// rest is ignored, because Uppy sends all that it has.
    ///
    /// # Errors
    /// [`FieldError`] for a name that stands there twice.
    pub fn add_metadata(
        &self,
        metadata: Vec<(String, String)>,
        headers: &mut Headers,
    ) -> Result<(), FieldError> {
        for (name, value) in metadata {
            if self.keeps(&name) {
                let value = crate::encode::encoded_words(&value).into_owned();
                let inserted = headers.insert(&format!("x-amz-meta-{name}"), value);
                inserted.map_err(|error: InvalidHeader| {
                    FieldError::new(format!("metadata.{name}"), error.to_string())
                })?;
            }
        }
        Ok(())
    }
}
