//! Uploads under a key that the worker makes, which a profile can require.

use super::context::Context;
use crate::api::{Error, ObjectKey};
use crate::json::FieldError;
use crate::platform::Platform;
use crate::presign::Operation;
use crate::profiles::{KeyScope, Permission};

/// The operations whose requests can have `filename` in place of `key`.
const CREATING: [Operation; 2] = [Operation::PutObject, Operation::CreateMultipartUpload];

impl<'c, P: Platform> Context<'_, 'c, P> {
    /// Authorizes an upload of a file called `filename`, under a key that the profile's template makes.
    ///
    /// # Errors
    /// As [`Context::authorize`], and for a profile without a template.
    pub(super) fn authorize_new(
        &self,
        profile: &str,
        operation: Operation,
        filename: &str,
    ) -> Result<(Permission<'c>, ObjectKey), Error> {
        if !CREATING.contains(&operation) {
            let reason = format!("is not a parameter of {}", operation.name());
            return Err(Error::field("filename", reason));
        }
        let permission = self.authorize(profile, operation, KeyScope::All)?;
        let template = permission.profile.key_template.as_ref();
        let template = template
            .ok_or_else(|| Error::field("filename", "is not allowed by this profile: give key"))?;
        let random = self.platform.random().ok_or(Error::Internal("random"))?;
        let prefix = permission.prefix.as_deref().unwrap_or_default();
        let key = template.key(prefix, random, filename);
        let key = key.map_err(|reason| Error::field("filename", reason))?;
        let key =
            ObjectKey::new(key).map_err(|reason| Error::field("filename", reason.to_string()))?;
        let scope = KeyScope::Key(key.as_str());
        let permission = self.authorize(profile, operation, scope)?;
        Ok((permission, key))
    }
}

/// Checks that `permission` allows a request to choose the key of an upload.
///
/// # Errors
/// [`FieldError`] when the profile has a template.
pub(super) fn check_own_key(
    permission: &Permission<'_>,
    operation: Operation,
) -> Result<(), FieldError> {
    if CREATING.contains(&operation) && permission.profile.key_template.is_some() {
        let reason = "is not allowed by this profile, which makes the keys itself: give filename";
        return Err(FieldError::new("key", reason));
    }
    Ok(())
}

/// The error for a request with both `key` and `filename`.
pub(super) fn both_given() -> Error {
    Error::field("filename", "must not be given together with key")
}
