//! URLs: `POST /v1/sign` and `/o/{profile}/{key…}`.

use std::time::{Duration, SystemTime};

use http::header::ACCEPT;
use http::{HeaderMap, HeaderName, Method, Response};

use super::asking::Asking;
use crate::api::{self, MAX_BODY_BYTES, ObjectPath, ObjectRequest, SignRequest, Signed};
use crate::credentials::lifetime::{Lifetime, Obtained};
use crate::error::Error;
use crate::instant::{left_until, rfc3339};
use crate::platform::Platform;
use crate::presign::{Headers, Operation, Presign, Query};
use crate::profiles::{Keys, Permit, Profile};

impl<P: Platform> Asking<'_, '_, P> {
    /// `POST /v1/sign`.
    pub(super) async fn sign(&self) -> Result<Response<String>, Error> {
        let asked: SignRequest = api::body::read(self.request.body(), MAX_BODY_BYTES)?;
        let permit = self.permit_for(&asked)?;
        let granted = self.grant(check(permit, &asked, Source::Json)?).await?;
        api::json(&granted.signed())
    }

    /// `/o/{profile}/{key…}`.
    pub(super) async fn object(&self, object: ObjectPath<'_>) -> Result<Response<String>, Error> {
        let query = self.request.uri().query().unwrap_or_default();
        let ObjectRequest { mut asked, unknown } = ObjectRequest::read(object, query)?;
        let permit = self.permit_for(&asked)?;
        let means_nothing = |name: &&String| permit.profile.cache_buster.as_ref() != Some(*name);
        if let Some(name) = unknown.iter().find(means_nothing) {
            return Err(Error::UnknownField(name.clone()));
        }
        if let (Some(limit), Operation::PutObject) = (&permit.upload, asked.operation) {
            copy_headers(limit.demanded(), self.request.headers(), &mut asked.headers);
        }
        let granted = self.grant(check(permit, &asked, Source::Path)?).await?;
        if wants_json(self.request.headers()) {
            return api::json(&granted.signed());
        }
        let vary = &self.config.vary;
        api::redirect(asked.operation, &granted.url, granted.cacheable, vary)
    }

    async fn grant<'a>(&self, permitted: Permitted<'a>) -> Result<Granted<'a>, Error> {
        let obtained = self
            .obtain_for(permitted.profile, permitted.lifetime)
            .await?;
        self.presign(permitted, &obtained)
    }
}

impl<'s, P: Platform> Asking<'_, 's, P> {
    /// What the caller may have of what is `asked`, as far as it is about place and operation.
    ///
    /// # Errors
    /// As [`Asking::permit`].
    pub(super) fn permit_for(&self, asked: &SignRequest) -> Result<Permit<'s>, Error> {
        let keys = match (asked.operation, &asked.key, &asked.prefix) {
            (Operation::ListObjectsV2, _, Some(prefix)) => Keys::Under(prefix),
            (Operation::ListObjectsV2, _, None) | (_, None, _) => Keys::All,
            (_, Some(key), _) => Keys::One(key.as_str()),
        };
        self.permit(&asked.profile, asked.operation, keys)
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

/// Whether `permit` gives what is `asked`, and S3 takes it.
///
/// # Errors
/// As [`SignRequest::check`] and [`Permit::lifetime`]; [`Error::InvalidField`] for an upload that is not
/// admitted.
pub(super) fn check<'a>(
    permit: Permit<'a>,
    asked: &'a SignRequest,
    source: Source,
) -> Result<Permitted<'a>, Error> {
    let profile = permit.profile;
    let mut query = asked.check()?;
    if let Some(open) = &profile.response_overrides {
        asked.check_overrides(open)?;
    }
    if let Some(prefix) = permit.prefix.as_deref().filter(|prefix| !prefix.is_empty()) {
        query.set("prefix", prefix.to_owned());
    }
    match (asked.operation, &profile.response_cache_control) {
        (Operation::GetObject | Operation::HeadObject, Some(value))
            if !asked.has_cache_control() =>
        {
            query.set("response-cache-control", value.as_str());
        }
        _ => {}
    }
    if let Some(limit) = &permit.upload {
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
