//! Keys of folders, for which a profile reads the index document, as the [websites of S3][website] do.
//!
//! [website]: https://docs.aws.amazon.com/AmazonS3/latest/userguide/IndexDocumentSupport.html

use super::super::context::Context;
use super::SignRequest;
use crate::api::{Error, ObjectKey};
use crate::platform::Platform;
use crate::profiles::Permission;

impl<'c, P: Platform> Context<'_, 'c, P> {
    /// Gives `request`, which `permission` allows, the key of the index document if it reads a key that ends with a slash.
    /// That key has to be allowed too.
    ///
    /// # Errors
    /// As [`Context::authorize`], and for a key that becomes too long.
    pub(super) fn resolve_index(
        &self,
        permission: Permission<'c>,
        request: &mut SignRequest,
    ) -> Result<Permission<'c>, Error> {
        let name = permission.profile.index_document.as_ref();
        let folder = request.key.as_ref().map(ObjectKey::as_str);
        let folder = folder.filter(|key| key.ends_with('/') && request.operation.reads_object());
        let (Some(name), Some(folder)) = (name, folder) else {
            return Ok(permission);
        };
        let key = ObjectKey::new(format!("{folder}{name}"));
        let key = key.map_err(|invalid| Error::field("key", invalid.to_string()))?;
        request.key = Some(key);
        self.authorize_request(request)
    }
}
