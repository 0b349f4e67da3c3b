//! The path of a request from end to end. Read this first.

mod asking;
mod batch;
mod links;
mod multipart;
mod post_policy;
mod sign;

use std::cell::Cell;
use std::rc::Rc;

use http::header::{ACCEPT, ACCESS_CONTROL_REQUEST_METHOD, CONTENT_LENGTH, CONTENT_TYPE, ORIGIN};
use http::{HeaderMap, HeaderName, HeaderValue, Request, Response};

use crate::api::{self, Route, problem};
use crate::callers::{self, Issuer};
use crate::config::{Config, Misconfigured};
use crate::cors::is_preflight;
use crate::credentials::Supply;
use crate::credentials::obtain::RENEWAL_LIMIT;
use crate::credentials::renew::{Need, renew};
use crate::error::Error;
use crate::log::{Event, RequestLine};
use crate::platform::Platform;
use crate::presign::Signers;
use crate::rate_limit::{self, CLIENT_ADDRESS};
use crate::readiness;
use crate::trace::Trace;
use asking::Asking;

/// Cloudflare's own name of a request.
pub const REQUEST_ID: HeaderName = HeaderName::from_static("cf-ray");

/// Its name in the answer.
const X_REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

const SERVER_TIMING: HeaderName = HeaderName::from_static("server-timing");

/// What an isolate keeps between requests: the configuration, the sessions and a signer.
#[derive(Debug)]
pub struct Service {
    config: Result<Rc<Config>, Misconfigured>,
    /// One for each of the configuration's providers.
    supplies: Vec<Rc<Supply>>,
    /// One for each of the configuration's issuers.
    issuers: Vec<Rc<Issuer>>,
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
        let issuers = config.as_ref().map(|config| {
            let issuers = config.issuers.iter().zip(config.providers.len()..);
            issuers
                .map(|(urls, slot)| Rc::new(Issuer::new(urls.clone(), slot)))
                .collect()
        });
        Self {
            supplies: supplies.unwrap_or_default(),
            issuers: issuers.unwrap_or_default(),
            config,
            signers: Signers::default(),
            warned: Cell::default(),
        }
    }

    /// The headers of a request that are looked at; no others need to be there.
    pub fn read_headers(&self) -> Vec<HeaderName> {
        let mut names = vec![REQUEST_ID, ACCEPT];
        let Ok(config) = &self.config else {
            return names;
        };
        names.extend(config.proof_headers.iter().cloned());
        let limits = config.profiles.iter().any(|it| it.upload.is_some());
        if limits || !config.link_keys.is_empty() {
            names.extend([CONTENT_LENGTH, CONTENT_TYPE]);
        }
        if config.cors.is_some() {
            names.extend([ORIGIN, ACCESS_CONTROL_REQUEST_METHOD]);
        }
        if config.rate_limit.is_some() {
            names.push(CLIENT_ADDRESS);
        }
        names
    }

    /// Answers `request`, whose URL may be absolute or only path and query.
    pub async fn handle<P: Platform>(
        &self,
        request: Request<String>,
        platform: &P,
    ) -> Response<String> {
        let trace = Trace::new(platform.now());
        let answered = self.answer(&request, &trace, platform).await;
        self.finish(answered, request.headers(), &trace, platform)
    }

    /// The answer to a request with these `headers` that could not even be read.
    pub fn refuse<P: Platform>(
        &self,
        error: Error,
        headers: &HeaderMap,
        platform: &P,
    ) -> Response<String> {
        let trace = Trace::new(platform.now());
        self.finish(Err(error), headers, &trace, platform)
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

    async fn answer<'s, P: Platform>(
        &'s self,
        request: &Request<String>,
        trace: &Trace<'s>,
        platform: &P,
    ) -> Result<Response<String>, Error> {
        api::check_size(request)?;
        let (capability, path) = api::split_capability(request.uri().path());
        let route = match Route::of(request.method(), path) {
            Err(Error::MethodNotAllowed { allow }) if is_preflight(request) => {
                let cors = self.config(platform)?.cors.as_ref();
                let cors = cors.ok_or(Error::MethodNotAllowed { allow })?;
                trace.readable.set(Some(true));
                return Ok(cors.preflight(request.headers(), allow));
            }
            route => route?,
        };
        match route {
            Route::Health => return api::health(),
            Route::OpenApi => return Ok(api::openapi::answer()),
            _ => {}
        }
        let config = self.config(platform)?;
        if route == Route::Ready {
            let readiness = readiness::check(config, &self.supplies, platform).await;
            return api::ready(&readiness);
        }
        let headers = request.headers();
        let who = callers::identify(config, &self.issuers, capability, headers, platform).await;
        trace.waited("caller", platform.now());
        let who = who?;
        trace.caller.set(Some(who.name()));
        if let Some(limit) = config.rate_limit {
            let counted = rate_limit::check(limit, &who, headers, platform).await;
            trace.waited("limit", platform.now());
            counted?;
        }
        let asking = Asking {
            service: self,
            config,
            request,
            who,
            trace,
            platform,
        };
        match route {
            Route::Sign => asking.sign().await,
            Route::Object(object) => asking.object(object).await,
            Route::SignBatch => asking.sign_batch().await,
            Route::PostPolicy => asking.post_policy().await,
            Route::Multipart(step) => asking.multipart(step).await,
            Route::Links => asking.link(),
            // Answered above, before anybody has to prove anything.
            Route::Health | Route::Ready | Route::OpenApi => Err(Error::Internal("route")),
        }
    }

    /// Completes an answer with what every one of them has, and tells the log.
    fn finish<P: Platform>(
        &self,
        answered: Result<Response<String>, Error>,
        request: &HeaderMap,
        trace: &Trace<'_>,
        platform: &P,
    ) -> Response<String> {
        let (mut response, error) = match answered {
            Ok(response) => (response, None),
            Err(error) => {
                if let Error::Internal(place) = error {
                    platform.log(&Event::Internal(place));
                }
                (problem::answer(&error, platform.request_id()), Some(error))
            }
        };
        let status = response.status();
        let headers = response.headers_mut();
        if let Ok(id) = HeaderValue::from_str(platform.request_id()) {
            headers.insert(X_REQUEST_ID, id);
        }
        if let Some(timing) = trace.server_timing()
            && let Ok(timing) = HeaderValue::from_str(&timing)
        {
            headers.insert(SERVER_TIMING, timing);
        }
        let Ok(config) = &self.config else {
            return response;
        };
        if let Some(cors) = &config.cors {
            let readable = error.is_some() || trace.readable.get() == Some(true);
            cors.answer(request, headers, readable);
        }
        let line = RequestLine::new(platform.request_id(), trace, status, error.as_ref());
        if line.is_for(config.log_requests) {
            platform.log(&Event::Request(&line));
        }
        if config.analytics {
            platform.measure(&line.data_point());
        }
        response
    }
}
