//! `/v1/multipart…`: uploads in parts, from the first call to the last.

mod create;
mod finish;
mod parts;

use std::time::Duration;

use http::Response;

use super::asking::Asking;
use crate::api::{Step, body};
use crate::credentials::lifetime::Lifetime;
use crate::error::Error;
use crate::multipart::Handle;
use crate::multipart::call::{Called, call};
use crate::platform::Platform;
use crate::presign::{Headers, ObjectUrl, Operation, Presign};
use crate::profiles::{self, Keys, Permit, Profile};

/// What a session has to live for a call: its retries included, and S3's clock may be ahead.
const CALL_LIFETIME: Duration = Duration::from_secs(120);

/// An upload that the caller may go on with.
struct Upload<'a> {
    handle: Handle,
    permit: Permit<'a>,
}

impl Upload<'_> {
    fn object(&self) -> ObjectUrl<'_> {
        self.permit.profile.bucket_url.object(&self.handle.key)
    }
}

impl<'s, P: Platform> Asking<'_, 's, P> {
    pub(super) async fn multipart(&self, step: Step) -> Result<Response<String>, Error> {
        // Its handle would be that of all who have such a token.
        if self.who.is_one_of_many() {
            return Err(Error::SubjectRequired);
        }
        let json = self.request.body();
        let max_bytes = step.body_limit_bytes();
        match step {
            Step::Create => self.create_upload(body::read(json, max_bytes)?).await,
            Step::Sign => self.sign_parts(body::read(json, max_bytes)?).await,
            Step::List => self.list_parts(body::read(json, max_bytes)?).await,
            Step::Complete => self.complete_upload(body::read(json, max_bytes)?).await,
            Step::Abort => self.abort_upload(body::read(json, max_bytes)?).await,
        }
    }

    /// The upload behind a handle, if it is good for the caller and `operation`.
    async fn upload(&self, handle: &str, operation: Operation) -> Result<Upload<'s>, Error> {
        let cache_keys = &self.config.cache_keys;
        if cache_keys.is_empty() {
            return Err(Error::CacheKeyRequired);
        }
        let handle = Handle::open(handle, cache_keys, self.platform)
            .await
            .ok_or_else(|| Error::field("handle", "is none that this worker gave"))?;
        let permit = self.permit(&handle.profile, operation, Keys::One(&handle.key))?;
        if handle.caller != self.who.identity() || handle.bucket != permit.profile.bucket {
            return Err(profiles::refusal(&self.who));
        }
        if handle.expires_at <= self.platform.now() {
            return Err(Error::HandleExpired {
                expired_at: handle.expires_at,
            });
        }
        Ok(Upload { handle, permit })
    }

    /// Signs a call to S3 and makes it.
    async fn call(
        &self,
        profile: &Profile,
        operation: Operation,
        request: &Presign<'_>,
        body: String,
    ) -> Result<Called, Error> {
        let lifetime = Lifetime::UpTo(CALL_LIFETIME);
        let supply = self.supply(profile)?;
        let wanted = supply.wanted(lifetime, Duration::ZERO);
        let obtained = self.obtain(supply, wanted).await?;
        let request = self
            .signer(profile, &obtained)
            .authorize(request, body, obtained.signed_at)
            .map_err(|_| Error::Internal("signed request"))?;
        let called = call(&request, operation, self.platform).await;
        self.trace.waited("s3", self.platform.now());
        Ok(called)
    }
}

/// Whether `permit` lets this be uploaded.
fn check_limit(permit: &Permit<'_>, operation: Operation, headers: &Headers) -> Result<(), Error> {
    let checked = permit.upload.as_ref();
    let checked = checked.map_or(Ok(()), |limit| limit.check(operation, headers));
    checked.map_err(|it| Error::field(format!("headers.{}", it.name), it.reason))
}
