//! `/v1/multipart…`: multipart uploads from the first step to the last.

mod create;
mod finish;
mod part;
mod parts;
mod settle;
mod sizes;

use std::time::SystemTime;

use http::Response;

pub(super) use create::DEFAULT_LIFETIME_SECS;
pub use create::{CreateUpload, MAX_UPLOAD_LIFETIME_SECS, UploadCreated};
pub(super) use finish::check_order;
pub use finish::{
    AbortUpload, CompleteUpload, MAX_COMPLETE_BYTES, PartToComplete, UploadCompleted,
};
pub use part::{PartChecksum, PartETag, PartNumber};
pub use parts::{
    ListParts, MAX_PARTS_LISTED, MAX_PARTS_SIGNED, MAX_SIGN_PARTS_BYTES, PartListed, PartToSign,
    PartsListed, PartsSigned, SignParts, SignedPart,
};

use super::context::Context;
use super::table::Step;
use crate::api::{Error, MAX_BODY_BYTES, body};
use crate::json::FieldError;
use crate::multipart::Handle;
use crate::platform::Platform;
use crate::presign::{self, Headers, ObjectUrl, Operation};
use crate::profiles::{self, KeyScope, Permission};

/// An upload that the principal may continue.
pub(super) struct Upload<'a> {
    pub(super) handle: Handle,
    pub(super) permission: Permission<'a>,
}

impl Upload<'_> {
    pub(super) fn object(&self) -> ObjectUrl<'_> {
        let profile = self.permission.profile;
        profile.bucket_url.object(&self.handle.key)
    }
}

impl<'c, P: Platform> Context<'_, 'c, P> {
    pub(super) async fn multipart(&self, step: Step) -> Result<Response<String>, Error> {
        self.check_subject()?;
        let json = &self.body;
        match step {
            Step::Create => self.create_upload(body::read(json)?).await,
            Step::Sign => self.sign_parts(body::read(json)?).await,
            Step::List => self.list_parts(body::read(json)?).await,
            Step::Complete => self.complete_upload(body::read(json)?).await,
            Step::Abort => self.abort_upload(body::read(json)?).await,
        }
    }

    /// Checks that the principal is somebody to whom an upload can belong.
    pub(super) fn check_subject(&self) -> Result<(), Error> {
        // Its handle would be that of all principals with such a token.
        if self.principal.lacks_subject() {
            return Err(Error::SubjectRequired);
        }
        Ok(())
    }

    /// The upload of `handle`, if the principal may use it for `operation`.
    pub(super) async fn upload(
        &self,
        handle: &str,
        operation: Operation,
    ) -> Result<Upload<'c>, Error> {
        let cache_keys = &self.config.cache_keys;
        let handle = Handle::open(handle, cache_keys, self.platform).await?;
        let scope = KeyScope::Key(&handle.key);
        let permission = self.authorize(&handle.profile, operation, scope)?;
        let same_bucket = handle.bucket == permission.profile.bucket;
        if handle.caller != self.principal.id() || !same_bucket {
            return Err(profiles::denial(&self.principal).into());
        }
        handle.check_expiry(self.platform.now())?;
        Ok(Upload { handle, permission })
    }
}

/// The operation of `step`.
pub fn operation(step: Step) -> Operation {
    match step {
        Step::Create => Operation::CreateMultipartUpload,
        Step::Sign => Operation::UploadPart,
        Step::List => Operation::ListParts,
        Step::Complete => Operation::CompleteMultipartUpload,
        Step::Abort => Operation::AbortMultipartUpload,
    }
}

/// Longest body of a request for `step`, in bytes.
pub fn body_limit_bytes(step: Step) -> usize {
    match step {
        Step::Complete => MAX_COMPLETE_BYTES,
        Step::Sign => MAX_SIGN_PARTS_BYTES,
        Step::Create | Step::List | Step::Abort => MAX_BODY_BYTES,
    }
}

/// Checks that S3 accepts `headers`.
pub(super) fn check_headers(operation: Operation, headers: &Headers) -> Result<(), FieldError> {
    presign::check(operation, headers).map_err(|error| error.within("headers"))
}

/// Checks that `permission` allows `headers`: that its profile opens them, that they are within the upload limits, and that
/// its store accepts them at `now`.
pub(super) fn check_allowed(
    permission: &Permission<'_>,
    operation: Operation,
    headers: &Headers,
    now: SystemTime,
) -> Result<(), FieldError> {
    let limit = permission.upload.as_deref();
    let opened = permission.profile.headers.check(headers);
    opened
        .and_then(|()| limit.map_or(Ok(()), |limit| limit.check(operation, headers)))
        .and_then(|()| permission.profile.store(now).check(operation, headers))
        .map_err(|error| error.within("headers"))
}
