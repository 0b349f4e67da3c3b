//! The key of an object, and the headers that it is transferred with.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::super::context::Context;
use super::{LfsPointer, ObjectError};
use crate::api::{Error, ObjectKey};
use crate::json::FieldError;
use crate::platform::Platform;
use crate::presign::{Headers, Operation};
use crate::profiles::{KeyScope, Permission};

/// An object that may be transferred.
pub(super) struct Object {
    /// `{keyPrefix}12/34/1234…`, as git-lfs itself arranges its objects.
    pub(super) key: ObjectKey,
    /// Its signed headers.
    pub(super) headers: Headers,
}

impl<P: Platform> Context<'_, '_, P> {
    /// The object of `pointer` below the prefix of `permission`, or what is wrong with it alone.
    ///
    /// # Errors
    /// As [`Context::authorize`], and for a prefix that leaves no room for the rest of a key.
    pub(super) fn lfs_object(
        &self,
        permission: &Permission<'_>,
        operation: Operation,
        pointer: &LfsPointer,
    ) -> Result<Result<Object, ObjectError>, Error> {
        let oid = &pointer.oid;
        let (Some(sha256), Some(first), Some(second)) =
            (pointer.sha256(), oid.get(..2), oid.get(2..4))
        else {
            let reason = "oid: must be 64 lowercase hexadecimal digits";
            return Ok(Err(ObjectError::new(422, reason)));
        };
        let prefix = permission.prefix.as_deref().unwrap_or_default();
        let key = ObjectKey::new(format!("{prefix}{first}/{second}/{oid}"));
        let key = key.map_err(|reason| Error::field("key", reason.to_string()))?;
        let scope = KeyScope::Key(key.as_str());
        let permission = self.authorize(&permission.profile.name, operation, scope)?;
        let headers = match operation {
            Operation::PutObject => self.upload_headers(&permission, pointer.size, sha256),
            _ => Ok(Headers::default()),
        };
        let headers = headers.map_err(|error| ObjectError::new(422, error.to_string()));
        Ok(headers.map(|headers| Object { key, headers }))
    }

    /// The headers with which S3 accepts these bytes and no others. The profile does not have to open them, because the
    /// protocol chooses them, and not the caller; its limits hold.
    fn upload_headers(
        &self,
        permission: &Permission<'_>,
        size_bytes: u64,
        sha256: [u8; 32],
    ) -> Result<Headers, FieldError> {
        let profile = permission.profile;
        let operation = Operation::PutObject;
        let mut headers = Headers::default();
        for (name, value) in [
            ("content-length", size_bytes.to_string()),
            ("content-type", "application/octet-stream".to_owned()),
            ("x-amz-checksum-sha256", STANDARD.encode(sha256)),
        ] {
            let inserted = headers.insert(name, value);
            inserted.map_err(|invalid| FieldError::new(name, invalid.to_string()))?;
        }
        profile.add_condition(operation, &mut headers)?;
        if let Some(limit) = &permission.upload {
            limit.check(operation, &headers)?;
        }
        profile
            .store(self.platform.now())
            .check(operation, &headers)?;
        Ok(headers)
    }
}
