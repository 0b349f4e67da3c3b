//! `POST /v1/multipart/sign` and `/list`: URLs of parts, and the parts that were uploaded.

use std::time::SystemTime;

use http::Response;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::super::context::{Context, signer};
use super::part::PartNumber;
use super::{Upload, check_allowed, check_headers};
use crate::api::Error;
use crate::api::response::json;
use crate::credentials::lifetime::{Lifetime, SigningSession};
use crate::instant::rfc3339;
use crate::json::FieldError;
use crate::platform::Platform;
use crate::presign::{Headers, MAX_LIFETIME_SECS, Operation};
use crate::s3::response::{ListedPart, PartsPage};
use crate::s3::{Checksum, request, response};

/// Most parts that are signed at once.
pub const MAX_PARTS_SIGNED: usize = 100;

/// Longest body of `POST /v1/multipart/sign`, in bytes: 1 KiB a part, for a checksum and a customer-provided key.
pub const MAX_SIGN_PARTS_BYTES: usize = MAX_PARTS_SIGNED * 1024;

/// Most parts that are listed at once, as in S3.
pub const MAX_PARTS_LISTED: u16 = 1000;

const CONTENT_LENGTH: &str = "content-length";

/// A request for URLs of parts.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SignParts {
    /// The upload's handle.
    pub handle: String,
    /// The parts, in any order.
    #[schemars(length(min = 1, max = MAX_PARTS_SIGNED))]
    pub parts: Vec<PartToSign>,
    /// Lifetime of the URLs, in seconds. Default: the profile's.
    #[schemars(range(min = 1, max = MAX_LIFETIME_SECS))]
    pub expires_in: Option<u64>,
}

/// A part that is to be uploaded.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct PartToSign {
    /// Its number.
    pub part_number: PartNumber,
    /// Headers that the client will send, such as `content-length` or a checksum.
    #[serde(default)]
    pub headers: Headers,
}

/// The response with URLs of parts.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct PartsSigned<'a> {
    /// Name of the profile.
    pub profile: &'a str,
    /// The whole key in the bucket.
    pub key: &'a str,
    /// When the URLs expire, in RFC 3339.
    #[schemars(extend("format" = "date-time"))]
    pub expires_at: String,
    /// Seconds from now to that instant.
    pub expires_in: u64,
    /// The parts, in the order of the request.
    pub parts: Vec<SignedPart>,
}

/// The URL of a part.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct SignedPart {
    /// Its number.
    pub part_number: u16,
    /// The presigned URL.
    #[schemars(url)]
    pub url: String,
    /// The method that it is signed for.
    pub method: &'static str,
    /// Headers that the client must send exactly like this.
    pub headers: Headers,
}

/// A request for a page of the uploaded parts.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ListParts {
    /// The upload's handle.
    pub handle: String,
    /// Most parts to return, 1 to 1,000. Default: 1,000.
    #[schemars(range(min = 1, max = MAX_PARTS_LISTED))]
    pub max_parts: Option<u16>,
    /// Return the parts after this one.
    pub part_number_marker: Option<PartNumber>,
    /// Headers for S3, such as `x-amz-request-payer`.
    #[serde(default)]
    pub headers: Headers,
}

/// A page of the uploaded parts.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct PartsListed<'a> {
    /// Name of the profile.
    pub profile: &'a str,
    /// The whole key in the bucket.
    pub key: &'a str,
    /// The parts, in the order of their numbers.
    pub parts: Vec<PartListed>,
    /// `partNumberMarker` for the next page, if there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_part_number_marker: Option<u16>,
}

/// An uploaded part.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct PartListed {
    part_number: u16,
    etag: String,
    size_bytes: u64,
    #[schemars(extend("format" = "date-time"))]
    last_modified: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    checksum: Option<Checksum>,
}

impl From<ListedPart> for PartListed {
    fn from(part: ListedPart) -> Self {
        Self {
            part_number: part.number,
            etag: part.etag,
            size_bytes: part.size_bytes,
            last_modified: part.last_modified,
            checksum: part.checksum,
        }
    }
}

impl<P: Platform> Context<'_, '_, P> {
    pub(super) async fn sign_parts(&self, request: SignParts) -> Result<Response<String>, Error> {
        if !(1..=MAX_PARTS_SIGNED).contains(&request.parts.len()) {
            let reason = format!("must be 1 to {MAX_PARTS_SIGNED} parts");
            return Err(Error::field("parts", reason));
        }
        let upload = self.upload(&request.handle, Operation::UploadPart).await?;
        let profile = upload.permission.profile;
        let lifetime = upload
            .permission
            .lifetime(request.expires_in, "expiresIn")?;
        let mut parts = request.parts;
        let now = self.platform.now();
        for (index, part) in parts.iter_mut().enumerate() {
            check_part(part, &upload, now).map_err(|it| it.within(&format!("parts[{index}]")))?;
        }
        let (session, parts) = self.presign_parts(&upload, parts, lifetime).await?;
        json(&PartsSigned {
            profile: &profile.name,
            key: &upload.handle.key,
            expires_at: rfc3339(session.expires_at()),
            expires_in: session.expires_in().as_secs(),
            parts,
        })
    }

    /// The URLs of `parts` of `upload`, which have been checked, and the session that signed them.
    pub(in crate::routes) async fn presign_parts(
        &self,
        upload: &Upload<'_>,
        parts: Vec<PartToSign>,
        lifetime: Lifetime,
    ) -> Result<(SigningSession, Vec<SignedPart>), Error> {
        let profile = upload.permission.profile;
        let session = self.obtain_for_url(profile, lifetime).await?;
        let signer = signer(profile, &session);
        let parts = parts.into_iter().map(|part| {
            let (id, number) = (&upload.handle.upload_id, part.part_number.get());
            let request = request::part(upload.object(), id, number, &part.headers);
            let url = signer.presign(&request, session.lifetime, session.signed_at);
            Ok(SignedPart {
                part_number: number,
                url: url.map_err(|_| Error::Internal("signature"))?,
                method: "PUT",
                headers: part.headers,
            })
        });
        let parts = parts.collect::<Result<_, Error>>()?;
        Ok((session, parts))
    }

    pub(super) async fn list_parts(&self, list: ListParts) -> Result<Response<String>, Error> {
        let max_parts = list.max_parts.unwrap_or(MAX_PARTS_LISTED);
        if !(1..=MAX_PARTS_LISTED).contains(&max_parts) {
            let reason = format!("must be 1 to {MAX_PARTS_LISTED}");
            return Err(Error::field("maxParts", reason));
        }
        let operation = Operation::ListParts;
        check_headers(operation, &list.headers)?;
        let upload = self.upload(&list.handle, operation).await?;
        let now = self.platform.now();
        check_allowed(&upload.permission, operation, &list.headers, now)?;
        let after = list.part_number_marker.map(PartNumber::get);
        let page = self.parts_page(&upload, max_parts, after, &list.headers);
        let page = page.await?;
        json(&PartsListed {
            profile: &upload.permission.profile.name,
            key: &upload.handle.key,
            parts: page.parts.into_iter().map(Into::into).collect(),
            next_part_number_marker: page.next_part_number_marker,
        })
    }
}

impl<P: Platform> Context<'_, '_, P> {
    /// Up to `max_parts` uploaded parts of `upload` after part `after`.
    pub(in crate::routes) async fn parts_page(
        &self,
        upload: &Upload<'_>,
        max_parts: u16,
        after: Option<u16>,
        headers: &Headers,
    ) -> Result<PartsPage, Error> {
        let id = &upload.handle.upload_id;
        let request = request::list(upload.object(), id, max_parts, after, headers);
        let profile = upload.permission.profile;
        let called = self.call(profile, Operation::ListParts, &request, String::new());
        Ok(response::parts(&called.await?.response?)?)
    }
}

/// Checks `part`, and adds the length that the plan requires to its signed headers.
fn check_part(
    part: &mut PartToSign,
    upload: &Upload<'_>,
    now: SystemTime,
) -> Result<(), FieldError> {
    if let Some(plan) = upload.handle.plan {
        let length = plan.length_bytes(part.part_number.get()).ok_or_else(|| {
            let reason = format!("must be at most {}", plan.parts());
            FieldError::new("partNumber", reason)
        })?;
        let length = length.to_string();
        match part.headers.get(CONTENT_LENGTH) {
            Some(given) if given == length => {}
            Some(_) => {
                let reason = format!("must be {length} for this part");
                return Err(FieldError::new("headers.content-length", reason));
            }
            None => part
                .headers
                .insert(CONTENT_LENGTH, length)
                .map_err(|error| FieldError::new(CONTENT_LENGTH, error.to_string()))?,
        }
    }
    let operation = Operation::UploadPart;
    check_headers(operation, &part.headers)?;
    check_allowed(&upload.permission, operation, &part.headers, now)
}
