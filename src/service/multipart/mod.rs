//! `/v1/multipart…`: uploads in parts, from the first call to the last.

mod create;
mod finish;
mod parts;

use std::rc::Rc;
use std::time::Duration;

use http::{Request, Response};

use super::Service;
use crate::api::{Step, body};
use crate::callers::{self, Who};
use crate::config::Config;
use crate::credentials::lifetime::Lifetime;
use crate::error::Error;
use crate::multipart::Handle;
use crate::multipart::call::{Called, call};
use crate::platform::Platform;
use crate::presign::{Headers, ObjectUrl, Operation, Presign};
use crate::profiles::{self, Profile};

/// What a session has to live for a call: its retries included, and S3's clock may be ahead.
const CALL_LIFETIME: Duration = Duration::from_secs(120);

/// One request, with all that its step needs to know.
struct Asked<'a, P> {
    service: &'a Service,
    config: &'a Rc<Config>,
    who: Who<'a>,
    platform: &'a P,
}

/// An upload that the caller may go on with.
struct Upload<'a> {
    handle: Handle,
    profile: &'a Profile,
}

impl Upload<'_> {
    fn object(&self) -> ObjectUrl<'_> {
        self.profile.bucket_url.object(&self.handle.key)
    }
}

impl Service {
    pub(super) async fn multipart<P: Platform>(
        &self,
        step: Step,
        config: &Rc<Config>,
        request: &Request<String>,
        platform: &P,
    ) -> Result<Response<String>, Error> {
        let asked = Asked {
            service: self,
            config,
            who: callers::identify(&config.callers, request.headers())?,
            platform,
        };
        let json = request.body();
        let max_bytes = step.body_limit_bytes();
        match step {
            Step::Create => asked.create(body::read(json, max_bytes)?).await,
            Step::Sign => asked.sign(body::read(json, max_bytes)?).await,
            Step::List => asked.list(body::read(json, max_bytes)?).await,
            Step::Complete => asked.complete(body::read(json, max_bytes)?).await,
            Step::Abort => asked.abort(body::read(json, max_bytes)?).await,
        }
    }
}

impl<P: Platform> Asked<'_, P> {
    /// The upload behind a handle, if it is good for the caller and `operation`.
    async fn upload(&self, handle: &str, operation: Operation) -> Result<Upload<'_>, Error> {
        let cache_keys = &self.config.cache_keys;
        if cache_keys.is_empty() {
            return Err(Error::CacheKeyRequired);
        }
        let handle = Handle::open(handle, cache_keys, self.platform)
            .await
            .ok_or_else(|| Error::field("handle", "is none that this worker gave"))?;
        let (name, key) = (&handle.profile, &handle.key);
        let profile =
            profiles::permit(&self.config.profiles, name, operation, Some(key), self.who)?;
        if handle.caller != identity(self.who) || handle.bucket != profile.bucket {
            return Err(profiles::refusal(self.who));
        }
        if handle.expires_at <= self.platform.now() {
            return Err(Error::HandleExpired {
                expired_at: handle.expires_at,
            });
        }
        Ok(Upload { handle, profile })
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
        let obtained = self
            .service
            .obtain(
                self.config,
                profile,
                lifetime,
                Duration::ZERO,
                self.platform,
            )
            .await?;
        let request = self
            .service
            .signer(profile, &obtained)
            .authorize(request, body, obtained.signed_at)
            .map_err(|_| Error::Internal("signed request"))?;
        Ok(call(&request, operation, self.platform).await)
    }
}

/// Whether the profile lets this be uploaded.
fn check_limit(profile: &Profile, operation: Operation, headers: &Headers) -> Result<(), Error> {
    let checked = profile.upload.as_ref();
    let checked = checked.map_or(Ok(()), |limit| limit.check(operation, headers));
    checked.map_err(|it| Error::field(format!("headers.{}", it.name), it.reason))
}

/// What an upload remembers of who created it.
fn identity(who: Who<'_>) -> Option<String> {
    match who {
        Who::Caller(name) => Some(name.to_owned()),
        Who::Anonymous => None,
    }
}
