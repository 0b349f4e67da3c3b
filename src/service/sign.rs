//! URLs: `POST /v1/sign` and `/o/{profile}/{key…}`.

use std::rc::Rc;
use std::time::{Duration, SystemTime};

use http::header::ACCEPT;
use http::{HeaderMap, HeaderName, Method, Request, Response};

use super::Service;
use crate::api::{self, MAX_BODY_BYTES, ObjectPath, ObjectRequest, SignRequest, Signed};
use crate::callers::{self, Who};
use crate::config::Config;
use crate::credentials::Supply;
use crate::credentials::lifetime::{Lifetime, Obtained};
use crate::error::Error;
use crate::instant::{left_until, rfc3339};
use crate::platform::Platform;
use crate::presign::{Headers, Operation, Presign, Query};
use crate::profiles::{self, Profile};

impl Service {
    /// `POST /v1/sign`.
    pub(super) async fn sign<P: Platform>(
        &self,
        config: &Rc<Config>,
        request: &Request<String>,
        platform: &P,
    ) -> Result<Response<String>, Error> {
        let asked = api::body::read(request.body(), MAX_BODY_BYTES);
        let who = callers::identify(&config.callers, request.headers())?;
        let asked: SignRequest = asked?;
        let profile = profile(config, &asked, who)?;
        let permitted = permit(profile, &asked, Source::Json)?;
        let granted = self.grant(config, permitted, platform).await?;
        api::json(&granted.signed())
    }

    /// `/o/{profile}/{key…}`.
    pub(super) async fn redirect<P: Platform>(
        &self,
        config: &Rc<Config>,
        object: ObjectPath<'_>,
        request: &Request<String>,
        platform: &P,
    ) -> Result<Response<String>, Error> {
        let query = request.uri().query().unwrap_or_default();
        let wanted = ObjectRequest::read(object, query);
        let who = callers::identify(&config.callers, request.headers())?;
        let ObjectRequest { mut asked, unknown } = wanted?;
        let profile = profile(config, &asked, who)?;
        let means_nothing = |name: &&String| profile.cache_buster.as_ref() != Some(*name);
        if let Some(name) = unknown.iter().find(means_nothing) {
            return Err(Error::UnknownField(name.clone()));
        }
        if let (Some(limit), Operation::PutObject) = (&profile.upload, asked.operation) {
            copy_headers(limit.demanded(), request.headers(), &mut asked.headers);
        }
        let permitted = permit(profile, &asked, Source::Path)?;
        let granted = self.grant(config, permitted, platform).await?;
        if wants_json(request.headers()) {
            return api::json(&granted.signed());
        }
        api::redirect(asked.operation, &granted.url, granted.cacheable)
    }

    async fn grant<'a, P: Platform>(
        &self,
        config: &Rc<Config>,
        permitted: Permitted<'a>,
        platform: &P,
    ) -> Result<Granted<'a>, Error> {
        let (profile, lifetime) = (permitted.profile, permitted.lifetime);
        let obtained = self
            .obtain(config, profile, lifetime, profile.window, platform)
            .await?;
        self.presign(permitted, &obtained)
    }

    /// What `profile` signs with.
    pub(super) fn supply(&self, profile: &Profile) -> Result<&Rc<Supply>, Error> {
        let supply = self.supplies.get(profile.provider);
        supply.ok_or(Error::Internal("provider"))
    }

    /// Signs what is permitted with the session that was obtained for it.
    pub(super) fn presign<'a>(
        &self,
        permitted: Permitted<'a>,
        obtained: &Obtained,
    ) -> Result<Granted<'a>, Error> {
        let (profile, asked) = (permitted.profile, permitted.asked);
        let request = Presign {
            method: asked.operation.method(),
            object: match &asked.key {
                Some(key) => profile.bucket_url.object(key.as_str()),
                None => profile.bucket_url.itself(),
            },
            query: permitted.query,
            headers: &asked.headers,
        };
        let signed_at = obtained.signed_at;
        let url = self
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

/// The profile that gives `who` what is `asked`, as far as it is about place and operation.
///
/// # Errors
/// As [`profiles::permit`].
pub(super) fn profile<'a>(
    config: &'a Config,
    asked: &SignRequest,
    who: Who<'_>,
) -> Result<&'a Profile, Error> {
    let (name, operation) = (&asked.profile, asked.operation);
    profiles::permit(&config.profiles, name, operation, asked.begins(), who)
}

/// Whether `profile` gives what is `asked`, and S3 takes it.
///
/// # Errors
/// As [`SignRequest::check`] and [`Profile::lifetime`]; [`Error::InvalidField`] for an upload that the
/// profile does not admit.
pub(super) fn permit<'a>(
    profile: &'a Profile,
    asked: &'a SignRequest,
    source: Source,
) -> Result<Permitted<'a>, Error> {
    let mut query = asked.check()?;
    match (asked.operation, &profile.response_cache_control) {
        (Operation::ListObjectsV2, _)
            if asked.prefix.is_none() && !profile.key_prefix.is_empty() =>
        {
            query.set("prefix", profile.key_prefix.as_str());
        }
        (Operation::GetObject | Operation::HeadObject, Some(value))
            if !asked.has_cache_control() =>
        {
            query.set("response-cache-control", value.as_str());
        }
        _ => {}
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
        lifetime: profile.lifetime(asked.expires_in, expires)?,
    })
}

/// Takes the headers `names` over, which whoever follows the redirect sends again.
fn copy_headers(names: impl Iterator<Item = HeaderName>, from: &HeaderMap, to: &mut Headers) {
    for name in names {
        let value = from.get(&name).and_then(|value| value.to_str().ok());
        if let Some(value) = value {
            // One that cannot be sent counts as missing.
            let _ = to.insert(name.as_str(), value.to_owned());
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
