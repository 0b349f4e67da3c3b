//! The path of a request from end to end. Read this first.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::rc::Rc;
use std::time::{Duration, SystemTime};

use http::header::ACCEPT;
use http::{HeaderMap, Request, Response};

use crate::api::{self, Route, SignRequest, Signed, problem};
use crate::callers;
use crate::config::{Config, Misconfigured};
use crate::credentials::lifetime::Lifetime;
use crate::credentials::obtain::{RENEWAL_LIMIT, obtain};
use crate::credentials::renew::{Need, renew};
use crate::credentials::{Credentials, Supply};
use crate::error::Error;
use crate::instant::{floor_to, left_until, rfc3339};
use crate::log::Event;
use crate::platform::Platform;
use crate::presign::{ObjectUrl, Signer};
use crate::profiles::{self, Profile};
use crate::readiness;

/// What an isolate keeps between requests: the configuration, the sessions and a signer.
#[derive(Debug)]
pub struct Service {
    config: Result<Rc<Config>, Misconfigured>,
    /// One for each of the configuration's providers.
    supplies: Vec<Rc<Supply>>,
    signer: RefCell<Option<Rc<Signer>>>,
    warned: Cell<bool>,
}

impl Service {
    /// Reads the configuration, once; see [`Config::read`].
    pub fn new(binding: impl Fn(&str) -> Option<String>) -> Self {
        let config = Config::read(binding).map(Rc::new);
        let supplies = config.as_ref().map(|config| {
            let providers = config.providers.iter().enumerate();
            let supplies = providers.map(|(place, it)| Rc::new(Supply::new(config, place, it)));
            supplies.collect()
        });
        Self {
            supplies: supplies.unwrap_or_default(),
            config,
            signer: RefCell::default(),
            warned: Cell::default(),
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

    /// Renews every session that is due, before requests have to wait for that: the Cron Trigger's
    /// work.
    pub async fn scheduled<P: Platform>(&self, platform: &P) {
        let Ok(config) = self.config(platform) else {
            return;
        };
        if config.cache_keys.is_empty() {
            // The isolates that serve requests would never hear of it.
            platform.log(&Event::CacheKeyMissing);
            return;
        }
        for supply in &self.supplies {
            let (config, renewed) = (Rc::clone(config), Rc::clone(supply));
            let renewal =
                |lasting| async move { renew(&config, &renewed, Need::Ahead, &lasting).await };
            platform.share(supply.place, RENEWAL_LIMIT, renewal).await;
        }
    }

    fn config(&self, platform: &impl Platform) -> Result<&Rc<Config>, Error> {
        let config = self.config.as_ref().map_err(|misconfigured| {
            platform.log(&Event::Misconfigured(misconfigured));
            Error::Misconfigured
        })?;
        if !self.warned.replace(true) && self.supplies.iter().any(|supply| supply.role.is_none()) {
            platform.log(&Event::StaticKeys);
        }
        Ok(config)
    }

    async fn answer<P: Platform>(
        &self,
        request: &Request<String>,
        platform: &P,
    ) -> Result<Response<String>, Error> {
        let route = Route::of(request.method(), request.uri().path())?;
        if route == Route::Health {
            return api::health();
        }
        let config = self.config(platform)?;
        let (asked, expires_field, redirects) = match route {
            Route::Ready => {
                let readiness = readiness::check(config, &self.supplies, platform).await;
                return api::ready(&readiness);
            }
            Route::Object {
                operation,
                profile,
                encoded_key,
            } => {
                let query = request.uri().query().unwrap_or_default();
                let asked = SignRequest::from_path(operation, profile, encoded_key, query);
                (asked, "expires", !wants_json(request.headers()))
            }
            _ => {
                let asked = api::body::read(request.body(), api::MAX_BODY_BYTES);
                (asked, "expiresIn", false)
            }
        };
        let who = callers::identify(&config.callers, request.headers())?;
        let asked: SignRequest = asked?;
        let profile = profiles::permit(&config.profiles, &asked, who)?;
        let lifetime = profile.lifetime(asked.expires_in, expires_field)?;
        let granted = self
            .presign(config, profile, &asked, lifetime, platform)
            .await?;
        if redirects {
            return api::redirect(asked.operation, &granted.url, granted.cacheable);
        }
        api::json(&Signed {
            url: &granted.url,
            method: asked.operation.method().as_str(),
            headers: BTreeMap::new(),
            profile: &asked.profile,
            key: asked.key.as_str(),
            expires_at: rfc3339(granted.expires_at),
            expires_in: granted.expires_in.as_secs(),
        })
    }

    async fn presign<P: Platform>(
        &self,
        config: &Rc<Config>,
        profile: &Profile,
        asked: &SignRequest,
        lifetime: Lifetime,
        platform: &P,
    ) -> Result<Granted, Error> {
        let supply = self.supplies.get(profile.provider);
        let supply = supply.ok_or(Error::Internal("provider"))?;
        let wanted = supply.wanted(lifetime, profile.window);
        let obtained = obtain(config, supply, wanted, platform).await?;
        let object = ObjectUrl::new(
            &profile.endpoint,
            profile.addressing_style,
            &profile.bucket,
            asked.key.as_str(),
        );
        let (signed_at, credentials) = (obtained.signed_at, &obtained.session.credentials);
        let url = self
            .signer(credentials, &profile.region, signed_at)
            .presign(
                &asked.operation.method(),
                &object,
                obtained.lifetime,
                signed_at,
            )
            .map_err(|_| Error::Internal("signature"))?;
        let expires_at = obtained.ends_at();
        let window_end = signed_at.checked_add(profile.window);
        let window_left = left_until(window_end.unwrap_or(signed_at), obtained.at);
        Ok(Granted {
            url,
            expires_at,
            expires_in: left_until(expires_at, floor_to(Duration::ZERO, obtained.at)),
            cacheable: window_left.min(left_until(expires_at, obtained.at)),
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

/// A URL, and what can be said of it.
struct Granted {
    url: String,
    expires_at: SystemTime,
    expires_in: Duration,
    /// For how long a request for the same gets the same URL.
    cacheable: Duration,
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
