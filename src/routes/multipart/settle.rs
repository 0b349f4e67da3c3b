//! Whether an upload is complete although S3's response does not say so.

use super::super::context::Context;
use super::Upload;
use crate::api::Error;
use crate::platform::{HttpError, Platform};
use crate::presign::{Headers, Operation, S3Request};
use crate::s3::failure::is_odd_success;
use crate::s3::request::{self, UploadedPart};
use crate::s3::response::{self, Completed};
use crate::s3::{Cause, S3Error, etag};

impl<P: Platform> Context<'_, '_, P> {
    /// The object of an upload whose completion ended with `error` after so many `attempts`, if it is complete all the
    /// same: by a call or a request whose response was lost, or by one whose response lacks what S3 promises.
    ///
    /// It is complete if the object has the `ETag` that exactly these `parts` make. After a success, it is also complete
    /// if there is an object and the upload is gone: not every server makes an `ETag` of the parts.
    ///
    /// # Errors
    /// `error` itself, when it is not.
    pub(super) async fn settle(
        &self,
        upload: &Upload<'_>,
        parts: &[UploadedPart],
        headers: &Headers,
        error: S3Error,
        attempts: u32,
    ) -> Result<Completed, Error> {
        let succeeded = is_odd_success(&error);
        let expected = etag::composite(parts);
        if !(succeeded || expected.is_some() && may_be_completed(&error, attempts)) {
            return Err(error.into());
        }
        let headers = headers.only(request::applies_to_every_request);
        let request = request::head(upload.object(), &headers);
        let head = self.look(upload, Operation::HeadObject, &request).await?;
        let found = head.ok().and_then(|it| response::found(&it));
        let Some(found) = found else {
            return Err(error.into());
        };
        let is_expected = expected.is_some_and(|it| it.eq_ignore_ascii_case(&found.etag));
        if is_expected || succeeded && self.is_gone(upload, &headers).await? {
            Ok(found)
        } else {
            Err(error.into())
        }
    }

    /// Whether S3 has `upload` no longer.
    async fn is_gone(&self, upload: &Upload<'_>, headers: &Headers) -> Result<bool, Error> {
        let id = &upload.handle.upload_id;
        let request = request::list(upload.object(), id, 1, None, headers);
        let listed = self.look(upload, Operation::ListParts, &request).await?;
        let error = listed.err();
        let refusal = error.as_ref().and_then(S3Error::refusal);
        Ok(refusal.is_some_and(|it| it.cause == Cause::NoSuchUpload))
    }

    async fn look(
        &self,
        upload: &Upload<'_>,
        operation: Operation,
        request: &S3Request<'_>,
    ) -> Result<Result<http::Response<String>, S3Error>, Error> {
        let profile = upload.permission.profile;
        let called = self.call(profile, operation, request, String::new());
        Ok(called.await?.response)
    }
}

/// Whether `error` may mean that the upload is already complete: S3 no longer has it, or the object that an earlier one of
/// these `attempts` assembled does not meet the condition, or nobody can tell what S3 said.
fn may_be_completed(error: &S3Error, attempts: u32) -> bool {
    match error.refusal().map(|refusal| refusal.cause) {
        Some(Cause::NoSuchUpload) => true,
        Some(Cause::PreconditionFailed) => attempts > 1,
        _ => *error == S3Error::NoResponse(HttpError::BodyTooLarge),
    }
}
