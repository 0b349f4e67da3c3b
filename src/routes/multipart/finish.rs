//! `POST /v1/multipart/complete` and `/abort`: the end of an upload.

use http::Response;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::super::context::Context;
use super::part::{PartChecksum, PartETag, PartNumber};
use super::{Upload, check_allowed, check_headers};
use crate::api::Error;
use crate::api::response::{json, no_content};
use crate::json::FieldError;
use crate::multipart::MAX_PARTS;
use crate::platform::Platform;
use crate::presign::{Headers, Operation};
use crate::s3::request::UploadedPart;
use crate::s3::response::Completed;
use crate::s3::{Cause, S3Error, request, response};

/// Longest body of `POST /v1/multipart/complete`, in bytes: all parts with the longest checksums, and more.
pub const MAX_COMPLETE_BYTES: usize = 2 * 1024 * 1024;

pub(super) const OBJECT_SIZE: &str = "x-amz-mp-object-size";

/// A request to assemble the object from its parts.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct CompleteUpload {
    /// The upload's handle.
    pub handle: String,
    /// The parts, in the order of their numbers.
    #[schemars(length(min = 1, max = MAX_PARTS))]
    pub parts: Vec<PartToComplete>,
    /// Headers for S3, such as `if-none-match`.
    #[serde(default)]
    pub headers: Headers,
}

/// A part that was uploaded.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct PartToComplete {
    /// Its number.
    pub part_number: PartNumber,
    /// The `ETag` in S3's response to its upload.
    pub etag: PartETag,
    /// Its checksum, such as `{"crc32": "…"}`, if it was uploaded with one.
    pub checksum: Option<PartChecksum>,
}

/// A request to abort an upload.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct AbortUpload {
    /// The upload's handle.
    pub handle: String,
    /// Headers for S3, such as `x-amz-request-payer`.
    #[serde(default)]
    pub headers: Headers,
}

/// The response with the assembled object.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct UploadCompleted<'a> {
    /// Name of the profile.
    pub profile: &'a str,
    /// The whole key in the bucket.
    pub key: &'a str,
    /// The object's `ETag`.
    pub etag: String,
    /// Its version, in a bucket with versioning.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub version_id: Option<String>,
}

impl<P: Platform> Context<'_, '_, P> {
    pub(super) async fn complete_upload(
        &self,
        completion: CompleteUpload,
    ) -> Result<Response<String>, Error> {
        let operation = Operation::CompleteMultipartUpload;
        check_headers(operation, &completion.headers)?;
        let parts: Vec<UploadedPart> = completion.parts.into_iter().map(Into::into).collect();
        check_order(&parts)?;
        let upload = self.upload(&completion.handle, operation).await?;
        let completed = self.finish_upload(&upload, &parts, completion.headers);
        let completed = completed.await?;
        json(&UploadCompleted {
            profile: &upload.permission.profile.name,
            key: &upload.handle.key,
            etag: completed.etag,
            version_id: completed.version_id,
        })
    }

    /// Has S3 assemble the object of `upload` from its `parts`, which are in order.
    pub(in crate::routes) async fn finish_upload(
        &self,
        upload: &Upload<'_>,
        parts: &[UploadedPart],
        mut headers: Headers,
    ) -> Result<Completed, Error> {
        let operation = Operation::CompleteMultipartUpload;
        let last = parts.last().map_or(0, |part| part.number);
        if let Some(plan) = upload.handle.plan
            && (parts.len(), last) != (usize::from(plan.parts()), plan.parts())
        {
            let reason = format!("must be all {} parts", plan.parts());
            return Err(Error::field("parts", reason));
        }
        match self.announce_size(upload, parts, &mut headers).await {
            Ok(()) => {}
            // It may be complete, by a request whose response was lost.
            Err(Error::S3(error)) => return self.settle(upload, parts, &headers, error, 1).await,
            Err(error) => return Err(error),
        }
        let profile = upload.permission.profile;
        let conditional = profile.add_condition(operation, &mut headers);
        conditional.map_err(|error| error.within("headers"))?;
        let now = self.platform.now();
        check_allowed(&upload.permission, operation, &headers, now)?;
        let id = &upload.handle.upload_id;
        let request = request::complete(upload.object(), id, &headers);
        let body = request::complete_body(parts);
        let called = self.call(profile, operation, &request, body).await?;
        let completed = called.response.and_then(|it| response::completed(&it));
        match completed {
            Ok(completed) => Ok(completed),
            Err(error) => {
                self.settle(upload, parts, &headers, error, called.attempts)
                    .await
            }
        }
    }

    pub(super) async fn abort_upload(&self, abort: AbortUpload) -> Result<Response<String>, Error> {
        let operation = Operation::AbortMultipartUpload;
        check_headers(operation, &abort.headers)?;
        let upload = self.upload(&abort.handle, operation).await?;
        let now = self.platform.now();
        check_allowed(&upload.permission, operation, &abort.headers, now)?;
        self.drop_upload(&upload, &abort.headers).await?;
        Ok(no_content())
    }

    /// Has S3 abort `upload` and delete its parts.
    pub(in crate::routes) async fn drop_upload(
        &self,
        upload: &Upload<'_>,
        headers: &Headers,
    ) -> Result<(), Error> {
        let request = request::abort(upload.object(), &upload.handle.upload_id, headers);
        let profile = upload.permission.profile;
        let operation = Operation::AbortMultipartUpload;
        let called = self
            .call(profile, operation, &request, String::new())
            .await?;
        match called.response {
            // An earlier attempt aborted it, and its response was lost.
            Err(S3Error::Refused(refusal))
                if refusal.cause == Cause::NoSuchUpload && called.attempts > 1 => {}
            response => drop(response?),
        }
        Ok(())
    }
}

/// Checks that `parts` are in order. S3 would find that out only at the end.
pub(in crate::routes) fn check_order(parts: &[UploadedPart]) -> Result<(), FieldError> {
    let mut last = 0;
    for (index, part) in parts.iter().enumerate() {
        if part.number <= last {
            let reason = "must be higher than that of the part before";
            return Err(FieldError::new(
                format!("parts[{index}].partNumber"),
                reason,
            ));
        }
        last = part.number;
    }
    if last == 0 {
        return Err(FieldError::new("parts", "must not be empty"));
    }
    Ok(())
}

impl From<PartToComplete> for UploadedPart {
    fn from(part: PartToComplete) -> Self {
        Self {
            number: part.part_number.get(),
            etag: part.etag.into_string(),
            checksum: part.checksum.map(PartChecksum::into_checksum),
        }
    }
}
