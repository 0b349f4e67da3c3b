//! `POST /v1/multipart/sign` and `/list`: URLs for parts, and the parts that are there.

use http::Response;

use super::super::asking::Asking;
use super::{Upload, check_limit};
use crate::api;
use crate::api::multipart::{
    ListParts, MAX_PARTS_LISTED, MAX_PARTS_SIGNED, PartToSign, PartsListed, PartsSigned, SignParts,
    SignedPart,
};
use crate::error::Error;
use crate::instant::rfc3339;
use crate::multipart::{request, response};
use crate::platform::Platform;
use crate::presign::{self, Operation};

const CONTENT_LENGTH: &str = "content-length";

impl<P: Platform> Asking<'_, '_, P> {
    pub(super) async fn sign_parts(&self, wish: SignParts) -> Result<Response<String>, Error> {
        if !(1..=MAX_PARTS_SIGNED).contains(&wish.parts.len()) {
            let reason = format!("must be 1 to {MAX_PARTS_SIGNED} parts");
            return Err(Error::field("parts", reason));
        }
        let upload = self.upload(&wish.handle, Operation::UploadPart).await?;
        let profile = upload.permit.profile;
        let lifetime = upload.permit.lifetime(wish.expires_in, "expiresIn")?;
        let mut parts = wish.parts;
        for (place, part) in parts.iter_mut().enumerate() {
            check_part(part, &upload).map_err(|it| it.within(&format!("parts[{place}].")))?;
        }
        let obtained = self.obtain_for(profile, lifetime).await?;
        let signer = self.signer(profile, &obtained);
        let parts = parts.into_iter().map(|part| {
            let (id, number) = (&upload.handle.upload_id, part.part_number.get());
            let request = request::part(upload.object(), id, number, &part.headers);
            let url = signer.presign(&request, obtained.lifetime, obtained.signed_at);
            Ok(SignedPart {
                part_number: number,
                url: url.map_err(|_| Error::Internal("signature"))?,
                method: "PUT",
                headers: part.headers,
            })
        });
        api::json(&PartsSigned {
            profile: &profile.name,
            key: &upload.handle.key,
            expires_at: rfc3339(obtained.ends_at()),
            expires_in: obtained.expires_in().as_secs(),
            parts: parts.collect::<Result<_, Error>>()?,
        })
    }

    pub(super) async fn list_parts(&self, wish: ListParts) -> Result<Response<String>, Error> {
        let max_parts = wish.max_parts.unwrap_or(MAX_PARTS_LISTED);
        if !(1..=MAX_PARTS_LISTED).contains(&max_parts) {
            let reason = format!("must be 1 to {MAX_PARTS_LISTED}");
            return Err(Error::field("maxParts", reason));
        }
        let operation = Operation::ListParts;
        presign::check(operation, &wish.headers)?;
        let upload = self.upload(&wish.handle, operation).await?;
        let after = wish.part_number_marker.map(|number| number.get());
        let id = &upload.handle.upload_id;
        let request = request::list(upload.object(), id, max_parts, after, &wish.headers);
        let called = self
            .call(upload.permit.profile, operation, &request, String::new())
            .await?;
        let answer = called.answer.map_err(Error::S3)?;
        let page = response::parts(&answer).map_err(Error::S3)?;
        api::json(&PartsListed {
            profile: &upload.permit.profile.name,
            key: &upload.handle.key,
            parts: page.parts.into_iter().map(Into::into).collect(),
            next_part_number_marker: page.next_after,
        })
    }
}

/// Checks `part`, and has the length signed that it must have by the plan.
fn check_part(part: &mut PartToSign, upload: &Upload<'_>) -> Result<(), Error> {
    if let Some(plan) = upload.handle.plan {
        let length = plan.length_bytes(part.part_number.get()).ok_or_else(|| {
            let reason = format!("must be at most {}", plan.parts());
            Error::field("partNumber", reason)
        })?;
        let length = length.to_string();
        match part.headers.get(CONTENT_LENGTH) {
            Some(given) if given == length => {}
            Some(_) => {
                let reason = format!("must be {length} for this part");
                return Err(Error::field("headers.content-length", reason));
            }
            None => part
                .headers
                .insert(CONTENT_LENGTH, length)
                .map_err(|_| Error::Internal(CONTENT_LENGTH))?,
        }
    }
    let operation = Operation::UploadPart;
    presign::check(operation, &part.headers)?;
    check_limit(&upload.permit, operation, &part.headers)
}
