//! `POST /v1/multipart/complete` and `/abort`: the end of an upload, one way or the other.

use http::{Response, StatusCode};

use super::super::asking::Asking;
use super::{Upload, check_limit};
use crate::api;
use crate::api::multipart::{AbortUpload, CompleteUpload, UploadCompleted};
use crate::error::Error;
use crate::multipart::request::UploadedPart;
use crate::multipart::response::{self, Completed};
use crate::multipart::{Cause, S3Failure, etag, request};
use crate::platform::Platform;
use crate::presign::{self, Headers, Operation};

const OBJECT_SIZE: &str = "x-amz-mp-object-size";

impl<P: Platform> Asking<'_, '_, P> {
    pub(super) async fn complete_upload(
        &self,
        mut wish: CompleteUpload,
    ) -> Result<Response<String>, Error> {
        let operation = Operation::CompleteMultipartUpload;
        presign::check(operation, &wish.headers)?;
        let parts: Vec<UploadedPart> = wish.parts.into_iter().map(Into::into).collect();
        let last = last_in_order(&parts)?;
        let upload = self.upload(&wish.handle, operation).await?;
        if let Some(plan) = upload.handle.plan
            && (parts.len(), last) != (usize::from(plan.parts()), plan.parts())
        {
            let reason = format!("must be all {} parts", plan.parts());
            return Err(Error::field("parts", reason));
        }
        announce_size(&upload, &mut wish.headers)?;
        check_limit(&upload.permit, operation, &wish.headers)?;
        let id = &upload.handle.upload_id;
        let request = request::complete(upload.object(), id, &wish.headers);
        let body = request::complete_body(&parts);
        let called = self
            .call(upload.permit.profile, operation, &request, body)
            .await?;
        let completed = match called.answer {
            Ok(answer) => response::completed(&answer).map_err(Error::S3)?,
            Err(failure) if may_have_been_done(&failure, called.attempts) => self
                .completed_before(&upload, &parts, &wish.headers)
                .await?
                .ok_or(Error::S3(failure))?,
            Err(failure) => return Err(Error::S3(failure)),
        };
        api::json(&UploadCompleted {
            profile: &upload.permit.profile.name,
            key: &upload.handle.key,
            etag: completed.etag,
            version_id: completed.version_id,
        })
    }

    /// The object, when the upload was completed with just these `parts`: by a request whose answer was
    /// lost, on the way to here or from here.
    async fn completed_before(
        &self,
        upload: &Upload<'_>,
        parts: &[UploadedPart],
        headers: &Headers,
    ) -> Result<Option<Completed>, Error> {
        let Some(expected) = etag::composite(parts) else {
            return Ok(None);
        };
        let headers = headers.only(is_for_every_request);
        let operation = Operation::HeadObject;
        let request = request::head(upload.object(), &headers);
        let called = self
            .call(upload.permit.profile, operation, &request, String::new())
            .await?;
        let found = called.answer.ok().map(|answer| response::found(&answer));
        Ok(found.filter(|found| found.etag == expected))
    }

    pub(super) async fn abort_upload(&self, wish: AbortUpload) -> Result<Response<String>, Error> {
        let operation = Operation::AbortMultipartUpload;
        presign::check(operation, &wish.headers)?;
        let upload = self.upload(&wish.handle, operation).await?;
        let id = &upload.handle.upload_id;
        let request = request::abort(upload.object(), id, &wish.headers);
        let called = self
            .call(upload.permit.profile, operation, &request, String::new())
            .await?;
        match called.answer {
            // The call before this one did it, and its answer was lost.
            Err(S3Failure::Refused(refusal))
                if refusal.cause == Cause::UploadUnknown && called.attempts > 1 => {}
            answer => drop(answer.map_err(Error::S3)?),
        }
        let mut response = Response::new(String::new());
        *response.status_mut() = StatusCode::NO_CONTENT;
        Ok(response)
    }
}

/// Whether `failure` may come of an upload that is complete already: it is known no longer, or the object
/// that an earlier one of these `attempts` has made does not meet the condition any more.
fn may_have_been_done(failure: &S3Failure, attempts: u32) -> bool {
    match failure.refusal().map(|refusal| refusal.cause) {
        Some(Cause::UploadUnknown) => true,
        Some(Cause::PreconditionFailed) => attempts > 1,
        _ => false,
    }
}

/// Who pays, whose bucket it must be, and the customer's own key: S3 wants these for the object as well.
fn is_for_every_request(name: &str) -> bool {
    matches!(name, "x-amz-expected-bucket-owner" | "x-amz-request-payer")
        || name.starts_with("x-amz-server-side-encryption-customer-")
}

/// Where the profile has a limit, S3 is told how large the object must be: the parts of the plan are, but
/// whoever may sign parts by `/v1/sign` too could have put a larger one in the place of one of them.
fn announce_size(upload: &Upload<'_>, headers: &mut Headers) -> Result<(), Error> {
    match (&upload.permit.upload, upload.handle.plan) {
        (Some(_), Some(plan)) if headers.get(OBJECT_SIZE).is_none() => headers
            .insert(OBJECT_SIZE, plan.size_bytes().to_string())
            .map_err(|_| Error::Internal(OBJECT_SIZE)),
        _ => Ok(()),
    }
}

/// The last number of `parts`. S3 wants them in order, but would find out only after all of this.
fn last_in_order(parts: &[UploadedPart]) -> Result<u16, Error> {
    let mut last = 0;
    for (place, part) in parts.iter().enumerate() {
        if part.number <= last {
            let reason = "must be higher than that of the part before";
            return Err(Error::field(format!("parts[{place}].partNumber"), reason));
        }
        last = part.number;
    }
    if last == 0 {
        return Err(Error::field("parts", "must not be empty"));
    }
    Ok(last)
}
