//! URLs: `POST /v1/sign` and `/o/{profile}/{key…}`.

use std::time::{Duration, SystemTime};

use http::header::ACCEPT;
use http::{HeaderMap, Method, Response};

use super::asking::Asking;
use crate::api::{self, MAX_BODY_BYTES, ObjectPath, SignRequest, Signed};
use crate::credentials::lifetime::Obtained;
use crate::error::Error;
use crate::instant::{floor_to, left_until, rfc3339};
use crate::platform::Platform;
use crate::presign::{Operation, Presign, Query};
use crate::profiles::{Keys, Profile};

impl<P: Platform> Asking<'_, '_, P> {
    /// `POST /v1/sign`.
    pub(super) async fn sign(&self) -> Result<Response<String>, Error> {
        let asked: SignRequest = api::body::read(self.request.body(), MAX_BODY_BYTES)?;
        let granted = self.grant(&asked, "expiresIn").await?;
        api::json(&granted.signed(&asked))
    }

    /// `/o/{profile}/{key…}`.
    pub(super) async fn object(&self, object: ObjectPath<'_>) -> Result<Response<String>, Error> {
        let query = self.request.uri().query().unwrap_or_default();
        let asked = SignRequest::from_path(object, query)?;
        let granted = self.grant(&asked, "expires").await?;
        if wants_json(self.request.headers()) {
            return api::json(&granted.signed(&asked));
        }
        api::redirect(asked.operation, &granted.url, granted.cacheable)
    }

    /// Gives what is `asked`, if it may be had; `expires_field` is what the route calls the life of the URL.
    async fn grant(
        &self,
        asked: &SignRequest,
        expires_field: &'static str,
    ) -> Result<Granted, Error> {
        let mut query = asked.check()?;
        let keys = match (asked.operation, &asked.key, &asked.prefix) {
            (Operation::ListObjectsV2, _, Some(prefix)) => Keys::Under(prefix),
            (Operation::ListObjectsV2, _, None) | (_, None, _) => Keys::All,
            (_, Some(key), _) => Keys::One(key.as_str()),
        };
        let permit = self.permit(&asked.profile, asked.operation, keys)?;
        if let Some(prefix) = permit.prefix.as_deref().filter(|prefix| !prefix.is_empty()) {
            query.set("prefix", prefix);
        }
        let lifetime = permit.lifetime(asked.expires_in, expires_field)?;
        let obtained = self.obtain(permit.profile, lifetime).await?;
        self.presign(permit.profile, asked, query, &obtained)
    }

    fn presign(
        &self,
        profile: &Profile,
        asked: &SignRequest,
        query: Query<'_>,
        obtained: &Obtained,
    ) -> Result<Granted, Error> {
        let request = Presign {
            method: asked.operation.method(),
            object: match &asked.key {
                Some(key) => profile.bucket_url.object(key.as_str()),
                None => profile.bucket_url.itself(),
            },
            query,
            headers: &asked.headers,
        };
        let (signed_at, credentials) = (obtained.signed_at, &obtained.session.credentials);
        let url = self
            .service
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
