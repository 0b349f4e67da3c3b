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
use crate::s3::{Cause, S3Error, request, response};

/// Longest body of `POST /v1/multipart/complete`, in bytes: all parts with the longest checksums, and more.
pub const MAX_COMPLETE_BYTES: usize = 2 * 1024 * 1024;

const OBJECT_SIZE: &str = "x-amz-mp-object-size";

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
        mut completion: CompleteUpload,
    ) -> Result<Response<String>, Error> {
        let operation = Operation::CompleteMultipartUpload;
        check_headers(operation, &completion.headers)?;
        let parts: Vec<UploadedPart> = completion.parts.into_iter().map(Into::into).collect();
        let last = last_in_order(&parts)?;
        let upload = self.upload(&completion.handle, operation).await?;
        if let Some(plan) = upload.handle.plan
            && (parts.len(), last) != (usize::from(plan.parts()), plan.parts())
        {
            let reason = format!("must be all {} parts", plan.parts());
            return Err(Error::field("parts", reason));
        }
        announce_size(&upload, &mut completion.headers)?;
        let profile = upload.permission.profile;
        let conditional = profile.add_condition(operation, &mut completion.headers);
        conditional.map_err(|error| error.within("headers"))?;
        let now = self.platform.now();
        check_allowed(&upload.permission, operation, &completion.headers, now)?;
        let id = &upload.handle.upload_id;
        let request = request::complete(upload.object(), id, &completion.headers);
        let body = request::complete_body(&parts);
        let called = self
            .call(upload.permission.profile, operation, &request, body)
            .await?;
        let completed = called.response.and_then(|it| response::completed(&it));
        let completed = match completed {
            Ok(completed) => completed,
            Err(error) => {
                let headers = &completion.headers;
                self.settle(&upload, &parts, headers, error, called.attempts)
                    .await?
            }
        };
        json(&UploadCompleted {
            profile: &upload.permission.profile.name,
            key: &upload.handle.key,
            etag: completed.etag,
            version_id: completed.version_id,
        })
    }

    pub(super) async fn abort_upload(&self, abort: AbortUpload) -> Result<Response<String>, Error> {
        let operation = Operation::AbortMultipartUpload;
        check_headers(operation, &abort.headers)?;
        let upload = self.upload(&abort.handle, operation).await?;
        let now = self.platform.now();
        check_allowed(&upload.permission, operation, &abort.headers, now)?;
        let id = &upload.handle.upload_id;
        let request = request::abort(upload.object(), id, &abort.headers);
        let called = self
            .call(
                upload.permission.profile,
                operation,
                &request,
                String::new(),
            )
            .await?;
        match called.response {
            // An earlier attempt aborted it, and its response was lost.
            Err(S3Error::Refused(refusal))
                if refusal.cause == Cause::NoSuchUpload && called.attempts > 1 => {}
            response => drop(response?),
        }
        Ok(no_content())
    }
}

/// Where the profile has a limit, tells S3 how large the object must be. The plan bounds the parts, but a caller who may
/// also sign parts with `/v1/sign` could have replaced one of them by a larger one.
fn announce_size(upload: &Upload<'_>, headers: &mut Headers) -> Result<(), Error> {
    match (&upload.permission.upload, upload.handle.plan) {
        (Some(_), Some(plan)) if headers.get(OBJECT_SIZE).is_none() => headers
            .insert(OBJECT_SIZE, plan.size_bytes().to_string())
            .map_err(|_| Error::Internal(OBJECT_SIZE)),
        _ => Ok(()),
    }
}

/// The last number of `parts`, which must be in order. S3 would find that out only at the end.
fn last_in_order(parts: &[UploadedPart]) -> Result<u16, FieldError> {
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
    Ok(last)
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
