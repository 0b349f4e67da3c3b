//! The path of a request from end to end. Read this first.

mod batch;
mod multipart;
mod post_policy;
mod sign;

use std::cell::Cell;
use std::rc::Rc;
use std::time::Duration;

use http::{Request, Response};

use crate::api::{self, Route, problem};
use crate::config::{Config, Misconfigured};
use crate::credentials::Supply;
use crate::credentials::lifetime::{Lifetime, Obtained};
use crate::credentials::obtain::{RENEWAL_LIMIT, obtain};
use crate::credentials::renew::{Need, renew};
use crate::error::Error;
use crate::log::Event;
use crate::platform::Platform;
use crate::presign::{Signer, Signers};
use crate::profiles::Profile;
use crate::readiness;

/// What an isolate keeps between requests: the configuration, the sessions and a signer.
#[derive(Debug)]
pub struct Service {
    config: Result<Rc<Config>, Misconfigured>,
    /// One for each of the configuration's providers.
    supplies: Vec<Rc<Supply>>,
    signers: Signers,
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
            signers: Signers::default(),
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
        match route {
            Route::Health => api::health(),
            Route::Ready => {
                let readiness = readiness::check(config, &self.supplies, platform).await;
                api::ready(&readiness)
            }
            Route::SignBatch => self.sign_batch(config, request, platform).await,
            Route::Sign => self.sign(config, request, platform).await,
            Route::PostPolicy => self.post_policy(config, request, platform).await,
            Route::Multipart(step) => self.multipart(step, config, request, platform).await,
            Route::Object(object) => self.redirect(config, object, request, platform).await,
        }
    }

    /// Finds a session that outlives `lifetime`, with signing times rounded down to `window`.
    async fn obtain<P: Platform>(
        &self,
        config: &Rc<Config>,
        profile: &Profile,
        lifetime: Lifetime,
        window: Duration,
        platform: &P,
    ) -> Result<Obtained, Error> {
        let supply = self.supply(profile)?;
        obtain(config, supply, supply.wanted(lifetime, window), platform).await
    }

    /// What signs for `profile` with the session that was obtained for it.
    fn signer(&self, profile: &Profile, obtained: &Obtained) -> Rc<Signer> {
        let credentials = &obtained.session.credentials;
        let (provider, region) = (profile.provider, &profile.region);
        self.signers
            .get(provider, credentials, region, obtained.signed_at)
    }
}
