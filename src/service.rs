//! The path of a request from end to end. Read this first.

mod cron_points;
mod principal;
mod public;
pub mod request_log;
mod session_object;
mod sts;
mod warm_up;

use std::cell::Cell;

use http::header::{
    ACCEPT, ACCESS_CONTROL_REQUEST_HEADERS, ACCESS_CONTROL_REQUEST_METHOD, CONTENT_LENGTH,
    CONTENT_TYPE, IF_NONE_MATCH, ORIGIN, X_CONTENT_TYPE_OPTIONS,
};
use http::{HeaderMap, HeaderName, HeaderValue, Request, Response};

use crate::api::{self, Error, RequestError, Trace};
use crate::config::{Config, ConfigError};
use crate::credentials::obtain::renew_and_wait;
use crate::credentials::reason::{RENEWAL_LIMIT, RenewalReason};
use crate::credentials::renew::cache_key_missing;
use crate::join::join_all;
use crate::log::{self, Level, Record};
use crate::platform::{Body, CF_CONNECTING_IP, CF_RAY, Platform, Telemetry};
use crate::presign::checksum_headers;
use crate::routes::doctor::leave_heartbeat;
use crate::routes::sign::INLINE_HEADERS;
use crate::routes::{
    Context, Route, body_limit, check_content_type, error_format, issuer, split_capability, token,
};
use principal::{authenticate, count};
use request_log::{RequestLine, Successes};

/// The response header with the request's id.
const X_REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

const SERVER_TIMING: HeaderName = HeaderName::from_static("server-timing");

/// What an isolate keeps between requests: the configuration, with the sessions and signers in it.
#[derive(Debug)]
pub struct Service {
    config: Result<Config, ConfigError>,
    warned: Cell<bool>,
    successes: Successes,
}

impl Service {
    /// Reads the configuration, once; see [`Config::read_valid`].
    pub fn new(binding: impl Fn(&str) -> Option<String>) -> Self {
        Self {
            config: Config::read_valid(binding),
            warned: Cell::default(),
            successes: Successes::default(),
        }
    }

    /// The request headers that are read; others do not have to be present.
    pub fn read_headers(&self) -> Vec<HeaderName> {
        let mut names = vec![CF_RAY, ACCEPT, CONTENT_TYPE];
        let Ok(config) = &self.config else {
            return names;
        };
        names.extend(config.callers.headers.iter().cloned());
        // Links can limit uploads where profiles do not.
        let has_links = !config.callers.link_keys.is_empty();
        let mut limits = config.profiles.iter().filter_map(|it| it.upload.as_ref());
        if has_links || config.push_rule.is_some() || limits.clone().next().is_some() {
            names.push(CONTENT_LENGTH);
        }
        if has_links || limits.any(|limit| limit.require_checksum) {
            names.extend(checksum_headers().map(HeaderName::from_static));
        }
        if config.profiles.iter().any(|it| it.inline.has_patterns()) {
            names.extend(INLINE_HEADERS);
        } else if config.profiles.iter().any(|profile| !profile.overwrite) {
            names.push(IF_NONE_MATCH);
        }
        if config.cors.is_some() {
            names.extend([
                ORIGIN,
                ACCESS_CONTROL_REQUEST_METHOD,
                ACCESS_CONTROL_REQUEST_HEADERS,
            ]);
        }
        if config.rate_limit.is_some() {
            names.push(CF_CONNECTING_IP);
        }
        names
    }

    /// Responds to `request`, whose URL may be absolute or only path and query.
    pub async fn handle<P: Platform>(
        &self,
        request: Request<impl Body>,
        platform: &P,
    ) -> Response<String> {
        let trace = Trace::new(platform.now());
        let (head, body) = request.into_parts();
        let request = Request::from_parts(head, ());
        let result = self.respond(&request, body, &trace, platform).await;
        self.finish(result, request.headers(), &trace, platform)
    }

    /// The response to a request with these `headers` that could not be read.
    pub fn refuse<P: Platform>(
        &self,
        error: Error,
        headers: &HeaderMap,
        platform: &P,
    ) -> Response<String> {
        let trace = Trace::new(platform.now());
        self.finish(Err(error), headers, &trace, platform)
    }

    /// The Cron Trigger's work: renews every session that is due, before requests have to wait for that, and leaves a sign of life
    /// for `/v1/doctor`.
    pub async fn scheduled<P: Platform>(&self, platform: &P) {
        let Ok(config) = self.config(platform) else {
            return;
        };
        if config.cache_keys.is_empty() {
            // The isolates that serve requests would never learn of the session.
            cache_key_missing().write(platform);
        } else {
            let renewals = config.providers.iter().map(|provider| {
                let reason = RenewalReason::Scheduled;
                renew_and_wait(provider, reason, RENEWAL_LIMIT, platform)
            });
            join_all(renewals).await;
        }
        if config.analytics {
            cron_points::write_points(config, platform).await;
        }
        leave_heartbeat(platform).await;
    }

    fn config(&self, telemetry: &impl Telemetry) -> Result<&Config, Error> {
        let config = self.config.as_ref().map_err(|error| {
            error.record().write(telemetry);
            Error::Misconfigured
        })?;
        if !self.warned.replace(true) {
            if !config.errors.0.is_empty() {
                config.errors.record().write(telemetry);
            }
            if config.providers.iter().any(|it| it.role.is_none()) {
                let detail = "AWS_ACCESS_KEY_ID signs for every profile that names no role: delete the \
                              secrets of the keys, and the token is used";
                Record::new(Level::Warn, "staticKeys", detail).write(telemetry);
            }
        }
        Ok(config)
    }

    async fn respond<'s, P: Platform>(
        &'s self,
        request: &Request<()>,
        body: impl Body,
        trace: &Trace<'s>,
        platform: &P,
    ) -> Result<Response<String>, Error> {
        api::check_size(request)?;
        let path = issuer::path_in_table(&self.config, request.uri().path());
        let (capability, path) = split_capability(path?);
        trace.error_format.set(error_format(path));
        if path == token::TOKEN_PATH && self.config(platform)?.push_rule.is_none() {
            return Err(RequestError::NoSuchRoute.into());
        }
        let route = match Route::of(request.method(), path) {
            Ok(Route::Protected(route)) => route,
            Ok(Route::Public(route)) => {
                let handled = self.handle_public(route, capability, request, body, trace, platform);
                return handled.await;
            }
            Err(error) => return self.respond_without_route(error, path, request, trace, platform),
        };
        let config = self.config(platform)?;
        let headers = request.headers();
        let principal = authenticate(config, capability, headers, trace, platform).await?;
        count(config, Some(&principal), headers, trace, platform).await?;
        check_content_type(&route, &principal, headers)?;
        let body = match body_limit(&route, &principal, &config.profiles)? {
            Some(max_bytes) => {
                let body = api::body::receive(body, max_bytes).await;
                trace.record_wait("body", platform.now());
                body?
            }
            None => String::new(),
        };
        let context = Context {
            config,
            request,
            body,
            principal,
            trace,
            platform,
        };
        context.handle(route).await
    }

    /// Completes a response with the headers that every one has, and writes the log.
    fn finish<P: Platform>(
        &self,
        result: Result<Response<String>, Error>,
        request: &HeaderMap,
        trace: &Trace<'_>,
        platform: &P,
    ) -> Response<String> {
        let (mut response, error) = match result {
            Ok(response) => (response, None),
            Err(error) => (failure(&error, trace, platform), Some(error)),
        };
        let status = response.status();
        let headers = response.headers_mut();
        if let Ok(id) = HeaderValue::from_str(platform.request_id()) {
            headers.insert(X_REQUEST_ID, id);
        }
        // Responses repeat names of fields, and must not be taken for pages.
        headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
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
            cors.add_headers(request, headers, readable);
        }
        let line = RequestLine::new(platform.request_id(), trace, status, error.as_ref());
        if config.analytics {
            line.data_point().write(platform);
        }
        line.write(config.log_requests, &self.successes, platform);
        response
    }
}

/// The response to a request that failed with `error`.
// Not inlined, because most requests succeed.
#[inline(never)]
fn failure<P: Platform>(error: &Error, trace: &Trace<'_>, platform: &P) -> Response<String> {
    if let Error::Internal(location) = error {
        log::internal(location).write(platform);
    }
    api::error::response(error, platform.request_id(), trace.error_format.get())
}
