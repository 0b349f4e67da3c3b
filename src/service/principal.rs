//! Who sent a request: its credential, and its traces in the log and in the count of requests.

use http::HeaderMap;

use crate::api::{Error, Trace};
use crate::callers::Principal;
use crate::config::Config;
use crate::join::boxed;
use crate::log::LogRequests;
use crate::platform::Platform;
use crate::rate_limit::{self, RateLimit, RateLimited};

/// Who sends a request with these `headers`, and with `capability` in its path. The trace learns that.
///
/// # Errors
/// [`Error::Auth`] for a credential that is invalid, and [`Error::RateLimited`] after too many of them: who guesses keys is
/// counted, wherever that is tried.
pub(super) async fn authenticate<P: Platform>(
    config: &Config,
    capability: Option<&str>,
    headers: &HeaderMap,
    trace: &Trace<'_>,
    platform: &P,
) -> Result<Principal, Error> {
    let principal = config.callers.authenticate(capability, headers, platform);
    let principal = principal.await;
    trace.record_wait("caller", platform.now());
    match principal {
        Ok(principal) => {
            record_principal(&principal, config, trace);
            Ok(principal)
        }
        Err(error) => {
            count(config, None, headers, trace, platform).await?;
            Err(error.into())
        }
    }
}

/// Writes down who `principal` is, for the log.
pub(super) fn record_principal(principal: &Principal, config: &Config, trace: &Trace<'_>) {
    let _ = trace.caller.set(principal.name().into());
    if config.log_requests != LogRequests::Never
        && let Some(key) = config.cache_keys.first()
        && let Some(subject) = principal.subject()
    {
        let _ = trace.subject.set(key.pseudonym(&subject));
    }
}

/// Counts a request of `principal`, or with an invalid credential, where there is a rate limit.
pub(super) async fn count<P: Platform>(
    config: &Config,
    principal: Option<&Principal>,
    headers: &HeaderMap,
    trace: &Trace<'_>,
    platform: &P,
) -> Result<(), RateLimited> {
    match config.rate_limit {
        Some(limit) => boxed(count_within(limit, principal, headers, trace, platform)).await,
        None => Ok(()),
    }
}

async fn count_within<P: Platform>(
    limit: RateLimit,
    principal: Option<&Principal>,
    headers: &HeaderMap,
    trace: &Trace<'_>,
    platform: &P,
) -> Result<(), RateLimited> {
    let counted = match principal {
        Some(principal) => rate_limit::check(limit, principal, headers, platform).await,
        None => rate_limit::check_unauthenticated(limit, headers, platform).await,
    };
    trace.record_wait("limit", platform.now());
    counted
}
