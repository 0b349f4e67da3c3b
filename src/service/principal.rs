//! Who sent a request: its traces in the log and in the count of requests.

use http::HeaderMap;

use crate::api::Trace;
use crate::callers::Principal;
use crate::config::Config;
use crate::join::boxed;
use crate::log::LogRequests;
use crate::platform::Platform;
use crate::rate_limit::{self, RateLimited};

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
    let Some(limit) = config.rate_limit else {
        return Ok(());
    };
    let counted = match principal {
        Some(principal) => boxed(rate_limit::check(limit, principal, headers, platform)).await,
        None => boxed(rate_limit::check_unauthenticated(limit, headers, platform)).await,
    };
    trace.record_wait("limit", platform.now());
    counted
}
