//! `POST /v1/multipart`: S3 begins an upload, and the client gets its handle.

use std::time::{Duration, SystemTime};

use http::Response;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::super::context::Context;
use super::super::new_key::{both_given, check_own_key};
use super::{check_allowed, check_headers};
use crate::api::response::json;
use crate::api::{Error, ObjectKey};
use crate::instant::{floor_to, rfc3339};
use crate::json::FieldError;
use crate::multipart::plan::{MAX_OBJECT_BYTES, MAX_PART_BYTES, MIN_PART_BYTES};
use crate::multipart::{Handle, HandleError, MAX_PARTS, Plan};
use crate::platform::Platform;
use crate::presign::{Headers, Operation, UploadLimit};
use crate::profiles::{KeyScope, Permission};
use crate::s3::{request, response};

/// Longest lifetime of a handle, in seconds: seven days.
pub const MAX_UPLOAD_LIFETIME_SECS: u64 = 7 * 24 * 3600;

/// Lifetime of a handle when none is requested, in seconds.
pub(in crate::routes) const DEFAULT_LIFETIME_SECS: u64 = 24 * 3600;

/// A request to create an upload.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schemars(extend(
    "dependentRequired" = {"partSizeBytes": ["sizeBytes"]},
    "oneOf" = [{"required": ["key"]}, {"required": ["filename"]}],
))]
pub struct CreateUpload {
    /// Name of the profile.
    pub profile: String,
    /// The whole key in the bucket.
    pub key: Option<ObjectKey>,
    /// Or the name of the file, of which the profile's `keyTemplate` makes the key.
    #[schemars(length(min = 1))]
    pub filename: Option<String>,
    /// Size of the whole object, in bytes. With it the length of every part is signed, and the upload completes with
    /// all parts or not at all.
    #[schemars(range(min = 0, max = MAX_OBJECT_BYTES))]
    pub size_bytes: Option<u64>,
    /// Size of all parts except the last, in bytes. Default: a size that suits `sizeBytes`.
    #[schemars(range(min = MIN_PART_BYTES, max = MAX_PART_BYTES))]
    pub part_size_bytes: Option<u64>,
    /// Lifetime of the handle, in seconds. Default: one day.
    #[schemars(range(min = 1, max = MAX_UPLOAD_LIFETIME_SECS))]
    pub expires_in: Option<u64>,
    /// Headers for S3, which set the object's properties.
    #[serde(default)]
    pub headers: Headers,
}

/// An upload that was created.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct UploadCreated<'a> {
    /// The upload's handle, which all further steps need.
    pub handle: String,
    /// Name of the profile.
    pub profile: &'a str,
    /// The whole key in the bucket.
    pub key: &'a str,
    /// When the handle expires, in RFC 3339.
    #[schemars(extend("format" = "date-time"))]
    pub expires_at: String,
    /// Seconds from now to that instant.
    pub expires_in: u64,
    /// Size of all parts except the last, in bytes, if `sizeBytes` was given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub part_size_bytes: Option<u64>,
    /// Number of parts, if `sizeBytes` was given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub parts: Option<u16>,
}

impl<P: Platform> Context<'_, '_, P> {
    pub(super) async fn create_upload(
        &self,
        upload: CreateUpload,
    ) -> Result<Response<String>, Error> {
        let operation = Operation::CreateMultipartUpload;
        let plan = plan_of(&upload)?;
        let lifetime = handle_lifetime(upload.expires_in)?;
        check_headers(operation, &upload.headers)?;
        let (permission, key) = self.authorize_upload(&upload)?;
        if self.config.cache_keys.is_empty() {
            return Err(HandleError::CacheKeyMissing.into());
        }
        if let Some(limit) = &permission.upload {
            check_size(limit, plan)?;
        }
        check_allowed(&permission, operation, &upload.headers, self.platform.now())?;
        let begun = self.begin_upload(&permission, &key, plan, lifetime, &upload.headers);
        let (handle, expires_at) = begun.await?;
        json(&UploadCreated {
            handle,
            profile: &permission.profile.name,
            key: key.as_str(),
            expires_at: rfc3339(expires_at),
            expires_in: lifetime.as_secs(),
            part_size_bytes: plan.map(|plan| plan.part_size_bytes()),
            parts: plan.map(|plan| plan.parts()),
        })
    }

    /// Has S3 begin an upload that `permission` allows. Returns its handle, and when that expires.
    pub(in crate::routes) async fn begin_upload(
        &self,
        permission: &Permission<'_>,
        key: &ObjectKey,
        plan: Option<Plan>,
        lifetime: Duration,
        headers: &Headers,
    ) -> Result<(String, SystemTime), Error> {
        let (profile, key) = (permission.profile, key.as_str());
        let cache_key = self.config.cache_keys.first();
        let cache_key = cache_key.ok_or(HandleError::CacheKeyMissing)?;
        let operation = Operation::CreateMultipartUpload;
        let request = request::create(profile.bucket_url.object(key), headers);
        let called = self
            .call(profile, operation, &request, String::new())
            .await?;
        let upload_id = response::upload_id(&called.response?)?;
        let now = floor_to(Duration::ZERO, self.platform.now());
        let expires_at = now.checked_add(lifetime).unwrap_or(now);
        let handle = Handle {
            profile: profile.name.clone(),
            bucket: profile.bucket.clone(),
            key: key.to_owned(),
            upload_id,
            caller: self.principal.id(),
            plan,
            expires_at,
        };
        let sealed = handle.seal(cache_key, self.platform).await;
        Ok((sealed.ok_or(Error::Internal("seal"))?, expires_at))
    }
}

impl<'c, P: Platform> Context<'_, 'c, P> {
    /// Authorizes the creation of `upload`. Returns its key.
    fn authorize_upload(
        &self,
        upload: &CreateUpload,
    ) -> Result<(Permission<'c>, ObjectKey), Error> {
        let (profile, operation) = (&upload.profile, Operation::CreateMultipartUpload);
        match (&upload.key, &upload.filename) {
            (Some(key), None) => {
                let permission = self.authorize(profile, operation, KeyScope::Key(key.as_str()))?;
                check_own_key(&permission, operation)?;
                Ok((permission, key.clone()))
            }
            (None, Some(filename)) => self.authorize_new(profile, operation, filename),
            (Some(_), Some(_)) => Err(both_given()),
            (None, None) => Err(Error::field("key", "or `filename` must be present")),
        }
    }
}

fn plan_of(upload: &CreateUpload) -> Result<Option<Plan>, FieldError> {
    match (upload.size_bytes, upload.part_size_bytes) {
        (None, None) => Ok(None),
        (None, Some(_)) => Err(FieldError::new("partSizeBytes", "needs sizeBytes")),
        (Some(size), None) => Plan::with_default_parts(size).map(Some).ok_or_else(|| {
            let reason = format!("must be at most {MAX_OBJECT_BYTES}");
            FieldError::new("sizeBytes", reason)
        }),
        (Some(size), Some(part_size)) => Plan::new(size, part_size).map(Some).ok_or_else(|| {
            let reason = format!(
                "must be {MIN_PART_BYTES} to {MAX_PART_BYTES}, and sizeBytes at most {MAX_PARTS} times \
                 that"
            );
            FieldError::new("partSizeBytes", reason)
        }),
    }
}

/// With a limit the size must be given, because only a plan bounds the parts.
fn check_size(limit: &UploadLimit, plan: Option<Plan>) -> Result<(), FieldError> {
    let within = plan.is_some_and(|plan| limit.size_bytes.contains(&plan.size_bytes()));
    within.then_some(()).ok_or_else(|| {
        let (min, max) = (limit.size_bytes.start(), limit.size_bytes.end());
        let missing = if plan.is_none() {
            "is missing: it "
        } else {
            ""
        };
        FieldError::new("sizeBytes", format!("{missing}must be {min} to {max}"))
    })
}

fn handle_lifetime(requested_secs: Option<u64>) -> Result<Duration, FieldError> {
    let secs = requested_secs.unwrap_or(DEFAULT_LIFETIME_SECS);
    let within = (1..=MAX_UPLOAD_LIFETIME_SECS).contains(&secs);
    within.then(|| Duration::from_secs(secs)).ok_or_else(|| {
        let reason = format!("must be 1 to {MAX_UPLOAD_LIFETIME_SECS} seconds");
        FieldError::new("expiresIn", reason)
    })
}
