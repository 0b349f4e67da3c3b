//! The size of an object that is assembled from parts, where a limit is set.

use super::super::context::Context;
use super::finish::OBJECT_SIZE;
use super::{MAX_PARTS_LISTED, Upload};
use crate::api::Error;
use crate::platform::Platform;
use crate::presign::{Headers, Operation, UploadLimit};
use crate::profiles::{self, KeyScope};
use crate::s3::S3Error;
use crate::s3::request::UploadedPart;
use crate::s3::response::ListedPart;

impl<P: Platform> Context<'_, '_, P> {
    /// Where there is a limit, tells S3 in `headers` how large the object must be.
    ///
    /// A plan says how large that is. It bounds the parts, but a caller who may also sign parts with `/v1/sign` could have
    /// replaced one of them by a larger one. Without a plan the sizes of the `parts` are added up, and an upload beyond
    /// the limit is aborted. A part that is replaced in the meantime has another `ETag`, with which S3 does not complete
    /// the upload.
    pub(super) async fn announce_size(
        &self,
        upload: &Upload<'_>,
        parts: &[UploadedPart],
        headers: &mut Headers,
    ) -> Result<(), Error> {
        let Some(limit) = &upload.permission.upload else {
            return Ok(());
        };
        let size_bytes = match upload.handle.plan {
            Some(plan) => plan.size_bytes(),
            None => self.sum_within(limit, upload, parts).await?,
        };
        if headers.get(OBJECT_SIZE).is_none() {
            let inserted = headers.insert(OBJECT_SIZE, size_bytes.to_string());
            inserted.map_err(|_| Error::Internal(OBJECT_SIZE))?;
        }
        Ok(())
    }

    /// The size of `parts` together, by S3's list of them. An upload beyond `limit` is aborted.
    async fn sum_within(
        &self,
        limit: &UploadLimit,
        upload: &Upload<'_>,
        parts: &[UploadedPart],
    ) -> Result<u64, Error> {
        self.authorize_too(upload, Operation::ListParts)?;
        let listed = self.all_parts(upload).await?;
        let sizes = parts.iter().map(|part| {
            let index = listed.binary_search_by_key(&part.number, |it| it.number);
            let found = index.ok().and_then(|index| listed.get(index));
            let found = found.filter(|it| it.etag == part.etag);
            found.map(|it| it.size_bytes).ok_or_else(|| {
                let reason = format!("has a part {} that S3 does not have", part.number);
                Error::field("parts", reason)
            })
        });
        let size_bytes = sizes.sum::<Result<u64, Error>>()?;
        if limit.size_bytes.contains(&size_bytes) {
            return Ok(size_bytes);
        }
        self.abort_if_allowed(upload).await;
        let (min, max) = (limit.size_bytes.start(), limit.size_bytes.end());
        let reason = format!("have {size_bytes} bytes together, and must have {min} to {max}");
        Err(Error::field("parts", reason))
    }

    /// All parts that S3 has of `upload`, in the order of their numbers.
    pub(in crate::routes) async fn all_parts(
        &self,
        upload: &Upload<'_>,
    ) -> Result<Vec<ListedPart>, Error> {
        let mut all: Vec<ListedPart> = Vec::new();
        let mut after = None;
        loop {
            let page = self
                .parts_page(upload, MAX_PARTS_LISTED, after, &Headers::NONE)
                .await?;
            all.extend(page.parts);
            match page.next_part_number_marker {
                None => return Ok(all),
                // There is no end otherwise.
                next if next <= after => {
                    let status = http::StatusCode::OK;
                    return Err(S3Error::InvalidResponse { status }.into());
                }
                next => after = next,
            }
        }
    }

    /// Aborts an upload that can no longer be completed. Whether that succeeds changes nothing.
    async fn abort_if_allowed(&self, upload: &Upload<'_>) {
        if self
            .authorize_too(upload, Operation::AbortMultipartUpload)
            .is_ok()
        {
            let _ = self.drop_upload(upload, &Headers::NONE).await;
        }
    }

    /// Checks that the principal may also do `operation` on `upload`. The request keeps its own operation in the log.
    fn authorize_too(&self, upload: &Upload<'_>, operation: Operation) -> Result<(), Error> {
        let (profiles, name) = (&self.config.profiles, &upload.handle.profile);
        let scope = KeyScope::Key(&upload.handle.key);
        profiles::authorize(profiles, name, operation, scope, &self.principal)?;
        Ok(())
    }
}
