//! The path of a request from end to end. Read this first.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;
use std::time::SystemTime;

use http::header::ACCEPT;
use http::{HeaderMap, Request, Response};

use crate::api::{self, Route, SignRequest, Signed, problem};
use crate::callers;
use crate::config::{Config, Misconfigured};
use crate::credentials::Credentials;
use crate::credentials::memory::Memory;
use crate::credentials::obtain::obtain;
use crate::error::Error;
use crate::instant::{floor_to_second, rfc3339};
use crate::log::Event;
use crate::platform::Platform;
use crate::presign::{ObjectUrl, Signer};
use crate::profiles;

/// What an isolate keeps between requests: the configuration, the session and its signer.
#[derive(Debug)]
pub struct Service {
    config: Result<Rc<Config>, Misconfigured>,
    memory: Rc<Memory>,
    signer: RefCell<Option<Rc<Signer>>>,
}

impl Service {
    /// Reads the configuration, once; see [`Config::read`].
    pub fn new(binding: impl Fn(&str) -> Option<String>) -> Self {
        Self {
            config: Config::read(binding).map(Rc::new),
            memory: Rc::default(),
            signer: RefCell::default(),
        }
    }

    /// Answers `request`, whose URL may be absolute or only path and query.
    pub async fn handle<P: Platform>(
        &self,
        request: Request<String>,
        platform: &P,
    ) -> Response<String> {
        match self.answer(&request, platform).await {
            Ok(response) => response,
            Err(error) => {
                if let Error::Internal(place) = error {
                    platform.log(&Event::Internal(place));
                }
                problem::answer(&error, platform.request_id())
            }
        }
    }

    async fn answer<P: Platform>(
        &self,
        request: &Request<String>,
        platform: &P,
    ) -> Result<Response<String>, Error> {
        let path = request.uri().path();
        let route = Route::of(request.method(), path)?;
        if route == Route::Health {
            return api::health();
        }
        let config = self.config.as_ref().map_err(|misconfigured| {
            platform.log(&Event::Misconfigured(misconfigured));
            Error::Misconfigured
        })?;
        let who = callers::identify(&config.callers, request.headers())?;
        let (asked, redirects) = match route {
            Route::Object {
                operation,
                profile,
                encoded_key,
            } => {
                let query = request.uri().query().unwrap_or_default();
                let asked = SignRequest::from_path(operation, profile, encoded_key, query)?;
                (asked, !wants_json(request.headers()))
            }
            _ => (SignRequest::from_json(request.body())?, false),
        };
        let (profile, wanted) = profiles::permit(&config.profiles, &asked, who)?;
        let obtained = obtain(config, &self.memory, wanted, platform).await?;
        let signed_at = floor_to_second(obtained.at);
        let object = ObjectUrl::new(
            &profile.endpoint,
            profile.addressing_style,
            &profile.bucket,
            asked.key.as_str(),
        );
        let method = asked.operation.method();
        let url = self
            .signer(&obtained.session.credentials, &profile.region, signed_at)
            .presign(&method, &object, obtained.lifetime, signed_at)
            .map_err(|_| Error::Internal("signature"))?;
        if redirects {
            return api::redirect(asked.operation, &url);
        }
        let expires_at = signed_at
            .checked_add(obtained.lifetime)
            .ok_or(Error::Internal("expiresAt"))?;
        api::json(&Signed {
            url: &url,
            method: method.as_str(),
            headers: BTreeMap::new(),
            profile: &asked.profile,
            key: asked.key.as_str(),
            expires_at: rfc3339(expires_at),
            expires_in: obtained.lifetime.as_secs(),
        })
    }

    /// The signer kept from the last request, or a new one when session, region or day are
    /// others.
    fn signer(&self, credentials: &Credentials, region: &str, now: SystemTime) -> Rc<Signer> {
        let kept = self.signer.borrow().clone();
        if let Some(signer) = kept.filter(|kept| kept.serves(credentials, region, now)) {
            return signer;
        }
        let signer = Rc::new(Signer::new(credentials, region, now));
        self.signer.replace(Some(Rc::clone(&signer)));
        signer
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
