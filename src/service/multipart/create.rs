//! `POST /v1/multipart`: S3 begins an upload, and the client gets a handle on it.

use std::time::Duration;

use http::Response;

use super::super::asking::Asking;
use super::check_limit;
use crate::api;
use crate::api::multipart::{CreateUpload, MAX_UPLOAD_LIFETIME_SECS, UploadCreated};
use crate::error::Error;
use crate::instant::{floor_to, rfc3339};
use crate::multipart::plan::{MAX_OBJECT_BYTES, MAX_PART_BYTES, MIN_PART_BYTES};
use crate::multipart::{Handle, MAX_PARTS, Plan, request, response};
use crate::platform::Platform;
use crate::presign::{self, Operation};
use crate::profiles::{Keys, UploadLimit};

/// For how long steps can be taken when nothing is asked.
const DEFAULT_LIFETIME_SECS: u64 = 24 * 3600;

impl<P: Platform> Asking<'_, '_, P> {
    pub(super) async fn create_upload(
        &self,
        wish: CreateUpload,
    ) -> Result<Response<String>, Error> {
        let operation = Operation::CreateMultipartUpload;
        let plan = plan_of(&wish)?;
        let lifetime = handle_lifetime(wish.expires_in)?;
        presign::check(operation, &wish.headers)?;
        let key = wish.key.as_str();
        let permit = self.permit(&wish.profile, operation, Keys::One(key))?;
        let profile = permit.profile;
        let cache_key = self.config.cache_keys.first();
        let cache_key = cache_key.ok_or(Error::CacheKeyRequired)?;
        if let Some(limit) = &permit.upload {
            check_size(limit, plan)?;
        }
        check_limit(&permit, operation, &wish.headers)?;
        let object = profile.bucket_url.object(key);
        let request = request::create(object, &wish.headers);
        let called = self
            .call(profile, operation, &request, String::new())
            .await?;
        let answer = called.answer.map_err(Error::S3)?;
        let upload_id = response::upload_id(&answer).map_err(Error::S3)?;
        let now = floor_to(Duration::ZERO, self.platform.now());
        let expires_at = now.checked_add(lifetime).unwrap_or(now);
        let handle = Handle {
            profile: profile.name.clone(),
            bucket: profile.bucket.clone(),
            key: key.to_owned(),
            upload_id,
            caller: self.who.identity(),
            plan,
            expires_at,
        };
        let sealed = handle.seal(cache_key, self.platform).await;
        api::json(&UploadCreated {
            handle: sealed.ok_or(Error::Internal("seal"))?,
            profile: &profile.name,
            key,
            expires_at: rfc3339(expires_at),
            expires_in: lifetime.as_secs(),
            part_size_bytes: plan.map(|plan| plan.part_size_bytes()),
            parts: plan.map(|plan| plan.parts()),
        })
    }
}

fn plan_of(wish: &CreateUpload) -> Result<Option<Plan>, Error> {
    match (wish.size_bytes, wish.part_size_bytes) {
        (None, None) => Ok(None),
        (None, Some(_)) => Err(Error::field("partSizeBytes", "needs sizeBytes")),
        (Some(size), None) => Plan::of(size).map(Some).ok_or_else(|| {
            let reason = format!("must be at most {MAX_OBJECT_BYTES}");
            Error::field("sizeBytes", reason)
        }),
        (Some(size), Some(part_size)) => Plan::new(size, part_size).map(Some).ok_or_else(|| {
            let reason = format!(
                "must be {MIN_PART_BYTES} to {MAX_PART_BYTES}, and sizeBytes at most {MAX_PARTS} times \
                 that"
            );
            Error::field("partSizeBytes", reason)
        }),
    }
}

/// With a limit the size has to be announced, because it follows from the plan that no part goes beyond it.
fn check_size(limit: &UploadLimit, plan: Option<Plan>) -> Result<(), Error> {
    let within = plan.is_some_and(|plan| limit.size_bytes.contains(&plan.size_bytes()));
    within.then_some(()).ok_or_else(|| {
        let (min, max) = (limit.size_bytes.start(), limit.size_bytes.end());
        let missing = if plan.is_none() {
            "is missing: it "
        } else {
            ""
        };
        Error::field("sizeBytes", format!("{missing}must be {min} to {max}"))
    })
}

fn handle_lifetime(asked_secs: Option<u64>) -> Result<Duration, Error> {
    let secs = asked_secs.unwrap_or(DEFAULT_LIFETIME_SECS);
    let within = (1..=MAX_UPLOAD_LIFETIME_SECS).contains(&secs);
    within.then(|| Duration::from_secs(secs)).ok_or_else(|| {
        let reason = format!("must be 1 to {MAX_UPLOAD_LIFETIME_SECS} seconds");
        Error::field("expiresIn", reason)
    })
}
