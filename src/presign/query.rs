//! The query of a presigned URL, without what the signature adds.

use std::borrow::Cow;

/// S3's parameters of one URL: unique names, sorted.
///
/// Their names need no encoding and begin in lower case, so all of them come after `X-Amz-…` in the
/// [canonical query][spec].
///
/// [spec]: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Query<'a>(Vec<(&'static str, Cow<'a, str>)>);

impl<'a> Query<'a> {
    /// Sets the parameter `name`, one of S3's, to `value`, which is not encoded; empty where S3 expects
    /// only the name.
    pub fn set(&mut self, name: &'static str, value: impl Into<Cow<'a, str>>) {
        debug_assert!(
            name.starts_with(|first: char| first.is_ascii_lowercase())
                && name.bytes().all(|b| b.is_ascii_alphabetic() || b == b'-')
        );
        let value = value.into();
        match self.0.binary_search_by_key(&name, |(known, _)| known) {
            Ok(index) => {
                if let Some(known) = self.0.get_mut(index) {
                    known.1 = value;
                }
            }
            Err(index) => self.0.insert(index, (name, value)),
        }
    }

    /// Names and values in canonical order.
    pub fn iter(&self) -> impl Iterator<Item = (&'static str, &str)> {
        self.0.iter().map(|(name, value)| (*name, value.as_ref()))
    }
}
