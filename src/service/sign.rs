//! URLs: `POST /v1/sign` and `/o/{profile}/{key…}`.

use std::time::{Duration, SystemTime};

use http::header::ACCEPT;
use http::{HeaderMap, Method, Response};

use super::asking::Asking;
use crate::api::{self, MAX_BODY_BYTES, ObjectPath, ObjectRequest, SignRequest, Signed};
use crate::credentials::lifetime::{Lifetime, Obtained};
use crate::error::Error;
use crate::instant::{left_until, rfc3339};
use crate::platform::Platform;
use crate::presign::{Headers, Operation, Presign, Query};
use crate::profiles::{Permit, Profile};

impl<P: Platform> Asking<'_, '_, P> {
    /// `POST /v1/sign`.
    pub(super) async fn sign(&self) -> Result<Response<String>, Error> {
        let asked: SignRequest = api::body::read(self.request.body(), MAX_BODY_BYTES)?;
        let permitted = self.permitted(&asked, Source::Json)?;
        api::json(&self.grant(permitted).await?.signed())
    }

    /// `/o/{profile}/{key…}`.
    pub(super) async fn object(&self, object: ObjectPath<'_>) -> Result<Response<String>, Error> {
        let query = self.request.uri().query().unwrap_or_default();
        let ObjectRequest { mut asked, unknown } = ObjectRequest::read(object, query)?;
        let permit = self.permit_for(&asked)?;
        let profile = permit.profile;
        let means_nothing = |name: &&String| profile.cache_buster.as_ref() != Some(*name);
        if let Some(name) = unknown.iter().find(means_nothing) {
            return Err(Error::UnknownField(name.clone()));
        }
        let headers = self.request.headers();
        if let (Some(limit), Operation::PutObject) = (&profile.upload, asked.operation) {
            copy_headers(limit.demanded(), headers, &mut asked.headers);
        }
        let granted = self.grant(permitted(permit, &asked, Source::Path)?).await?;
        if wants_json(headers) {
            return api::json(&granted.signed());
        }
        api::redirect(asked.operation, &granted.url, granted.cacheable)
    }

    async fn grant<'r>(&self, permitted: Permitted<'r>) -> Result<Granted<'r>, Error> {
        let (profile, lifetime) = (permitted.profile, permitted.lifetime);
        let obtained = self.obtain(profile, lifetime, profile.window).await?;
        self.presign(permitted, &obtained)
    }

    /// Signs what is permitted with the session that was obtained for it.
    pub(super) fn presign<'r>(
        &self,
        permitted: Permitted<'r>,
        obtained: &Obtained,
    ) -> Result<Granted<'r>, Error> {
        let Permitted {
            asked,
            profile,
            query,
            ..
        } = permitted;
        let request = Presign {
            method: asked.operation.method(),
            object: match &asked.key {
                Some(key) => profile.bucket_url.object(key.as_str()),
                None => profile.bucket_url.itself(),
            },
            query,
            headers: &asked.headers,
        };
        let signed_at = obtained.signed_at;
        let url = self
            .service
            .signer(profile, obtained)
            .presign(&request, obtained.lifetime, signed_at)
            .map_err(|_| Error::Internal("signature"))?;
        let expires_at = obtained.ends_at();
        let window_end = signed_at.checked_add(profile.window);
        let window_left = left_until(window_end.unwrap_or(signed_at), obtained.at);
        Ok(Granted {
            asked,
            url,
            method: request.method,
            expires_at,
            expires_in: obtained.expires_in(),
            cacheable: window_left.min(left_until(expires_at, obtained.at)),
        })
    }
}

/// What was asked for and is given.
pub(super) struct Permitted<'a> {
    asked: &'a SignRequest,
    pub(super) profile: &'a Profile,
    query: Query<'a>,
    pub(super) lifetime: Lifetime,
}

/// Where a request stands, which decides what its fields are called.
#[derive(Clone, Copy)]
pub(super) enum Source {
    /// In a JSON body.
    Json,
    /// In path, query and headers.
    Path,
}

impl<'s, P: Platform> Asking<'_, 's, P> {
    /// What is `asked`, if a profile gives it and S3 takes it.
    ///
    /// # Errors
    /// As [`permit`] and [`granted`].
    pub(super) fn permitted<'r>(
        &self,
        asked: &'r SignRequest,
        source: Source,
    ) -> Result<Permitted<'r>, Error>
    where
        's: 'r,
    {
        permitted(self.permit_for(asked)?, asked, source)
    }

    /// What the profile gives, as far as it is about place and operation.
    fn permit_for(&self, asked: &SignRequest) -> Result<Permit<'s>, Error> {
        self.permit(&asked.profile, asked.operation, asked.keys())
    }
}

/// Whether the profile of `permit` gives what is `asked`, and S3 takes it.
///
/// # Errors
/// As [`SignRequest::check`] and [`Permit::lifetime`]; [`Error::InvalidField`] for an upload that the
/// profile does not admit.
fn permitted<'r>(
    permit: Permit<'r>,
    asked: &'r SignRequest,
    source: Source,
) -> Result<Permitted<'r>, Error> {
    let profile = permit.profile;
    let mut query = asked.check()?;
    if let Operation::ListObjectsV2 = asked.operation
        && let Some(prefix) = permit.prefix.as_deref().filter(|it| !it.is_empty())
    {
        query.set("prefix", prefix.to_owned());
    }
    if let Operation::GetObject | Operation::HeadObject = asked.operation
        && let Some(value) = &profile.response_cache_control
        && !asked.has_cache_control()
    {
        query.set("response-cache-control", value.as_str());
    }
    if let Some(limit) = &profile.upload {
        limit
            .check(asked.operation, &asked.headers)
            .map_err(|it| match source {
                Source::Json => Error::field(format!("headers.{}", it.name), it.reason),
                Source::Path => Error::field(it.name, it.reason),
            })?;
    }
    let expires = match source {
        Source::Json => "expiresIn",
        Source::Path => "expires",
    };
    Ok(Permitted {
        asked,
        profile,
        query,
        lifetime: permit.lifetime(asked.expires_in, expires)?,
    })
}

/// Takes the headers `names` over, which whoever follows the redirect sends again.
fn copy_headers(names: &[&'static str], from: &HeaderMap, to: &mut Headers) {
    for name in names {
        let value = from.get(*name).and_then(|value| value.to_str().ok());
        if let Some(value) = value {
            // One that cannot be sent counts as missing.
            let _ = to.insert(name, value.to_owned());
        }
    }
}

/// A URL, and what can be said of it.
pub(super) struct Granted<'a> {
    asked: &'a SignRequest,
    url: String,
    method: Method,
    expires_at: SystemTime,
    expires_in: Duration,
    /// For how long a request for the same gets the same URL.
    cacheable: Duration,
}

impl Granted<'_> {
    /// The same as the answer has it.
    pub(super) fn signed(&self) -> Signed<'_> {
        let asked = self.asked;
        Signed {
            url: &self.url,
            method: self.method.as_str(),
            headers: &asked.headers,
            profile: &asked.profile,
            key: asked.key.as_ref().map(|key| key.as_str()),
            expires_at: rfc3339(self.expires_at),
            expires_in: self.expires_in.as_secs(),
        }
    }
}

/// Whether `Accept` names JSON; a browser's or curl's does not. `q=0` means not.
fn wants_json(headers: &HeaderMap) -> bool {
    let accept = headers.get(ACCEPT).and_then(|accept| accept.to_str().ok());
    accept.unwrap_or_default().split(',').any(|range| {
        let mut parts = range.split(';').map(str::trim);
        let named = parts.next().unwrap_or_default();
        named.eq_ignore_ascii_case("application/json") && !parts.any(|part| part == "q=0")
    })
}
