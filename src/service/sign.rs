//! URLs: `POST /v1/sign` and `/o/{profile}/{key…}`.

use std::rc::Rc;
use std::time::{Duration, SystemTime};

use http::header::ACCEPT;
use http::{HeaderMap, Method, Request, Response};

use super::Service;
use crate::api::{self, MAX_BODY_BYTES, ObjectPath, SignRequest, Signed};
use crate::callers::{self, Who};
use crate::config::Config;
use crate::credentials::lifetime::{Lifetime, Obtained};
use crate::credentials::obtain::obtain;
use crate::error::Error;
use crate::instant::{floor_to, left_until, rfc3339};
use crate::platform::Platform;
use crate::presign::{Operation, Presign, Query};
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
        let permitted = permit(config, &asked, "expiresIn", who)?;
        let granted = self.grant(config, permitted, platform).await?;
        api::json(&granted.signed(&asked))
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
        let asked = SignRequest::from_path(object, query);
        let who = callers::identify(&config.callers, request.headers())?;
        let asked = asked?;
        let permitted = permit(config, &asked, "expires", who)?;
        let granted = self.grant(config, permitted, platform).await?;
        if wants_json(request.headers()) {
            return api::json(&granted.signed(&asked));
        }
        api::redirect(asked.operation, &granted.url, granted.cacheable)
    }

    async fn grant<P: Platform>(
        &self,
        config: &Rc<Config>,
        permitted: Permitted<'_>,
        platform: &P,
    ) -> Result<Granted, Error> {
        let profile = permitted.profile;
        let supply = self.supplies.get(profile.provider);
        let supply = supply.ok_or(Error::Internal("provider"))?;
        let wanted = supply.wanted(permitted.lifetime, profile.window);
        let obtained = obtain(config, supply, wanted, platform).await?;
        self.presign(permitted, &obtained)
    }

    fn presign(&self, permitted: Permitted<'_>, obtained: &Obtained) -> Result<Granted, Error> {
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
        let (signed_at, credentials) = (obtained.signed_at, &obtained.session.credentials);
        let url = self
            .signers
            .get(profile.provider, credentials, &profile.region, signed_at)
            .presign(&request, obtained.lifetime, signed_at)
            .map_err(|_| Error::Internal("signature"))?;
        let expires_at = obtained.ends_at();
        let window_end = signed_at.checked_add(profile.window);
        let window_left = left_until(window_end.unwrap_or(signed_at), obtained.at);
        Ok(Granted {
            url,
            method: request.method,
            expires_at,
            expires_in: left_until(expires_at, floor_to(Duration::ZERO, obtained.at)),
            cacheable: window_left.min(left_until(expires_at, obtained.at)),
        })
    }
}

/// What was asked for and is given.
struct Permitted<'a> {
    asked: &'a SignRequest,
    profile: &'a Profile,
    query: Query<'a>,
    lifetime: Lifetime,
}

/// Whether `who` may have what is `asked`; `expires_field` is what the route calls the life of the URL.
fn permit<'a>(
    config: &'a Config,
    asked: &'a SignRequest,
    expires_field: &'static str,
    who: Who<'_>,
) -> Result<Permitted<'a>, Error> {
    let mut query = asked.check()?;
    let begins = match asked.operation {
        Operation::ListObjectsV2 => asked.prefix.as_deref(),
        _ => asked.key.as_ref().map(|key| key.as_str()),
    };
    let (name, operation) = (&asked.profile, asked.operation);
    let profile = profiles::permit(&config.profiles, name, operation, begins, who)?;
    if begins.is_none() && !profile.key_prefix.is_empty() {
        query.set("prefix", profile.key_prefix.as_str());
    }
    Ok(Permitted {
        asked,
        profile,
        query,
        lifetime: profile.lifetime(asked.expires_in, expires_field)?,
    })
}

/// A URL, and what can be said of it.
struct Granted {
    url: String,
    method: Method,
    expires_at: SystemTime,
    expires_in: Duration,
    /// For how long a request for the same gets the same URL.
    cacheable: Duration,
}

impl Granted {
    fn signed<'a>(&'a self, asked: &'a SignRequest) -> Signed<'a> {
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
