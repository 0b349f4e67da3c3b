//! Rate limiting: requests are counted by Cloudflare's [rate limiter][binding], where it is bound.
//!
//! [binding]: https://developers.cloudflare.com/workers/runtime-apis/bindings/rate-limit/

use std::net::IpAddr;
use std::time::Duration;

use http::HeaderMap;
use sha2::{Digest, Sha256};

use crate::callers::{ANYONE, Principal};
use crate::log::{Level, Record};
use crate::platform::{CF_CONNECTING_IP, RateLimiter, Telemetry};

/// How often a caller may send requests. It repeats the setting `simple` of the binding, which the worker cannot read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RateLimit {
    /// Requests in a period.
    pub limit: u64,
    /// Length of the period, in seconds: 10 or 60.
    pub period_secs: u64,
}

/// The caller has sent too many requests.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("this caller may send {} requests in {} seconds", .0.limit, .0.period_secs)]
pub struct RateLimited(pub RateLimit);

impl RateLimited {
    /// After how long the same request may succeed.
    pub fn retry_after(self) -> Duration {
        Duration::from_secs(self.0.period_secs)
    }
}

/// Counts a request of `principal`.
///
/// # Errors
/// [`RateLimited`] when there were too many. A limiter that fails lets all requests through.
pub async fn check(
    limit: RateLimit,
    principal: &Principal,
    headers: &HeaderMap,
    platform: &(impl RateLimiter + Telemetry),
) -> Result<(), RateLimited> {
    count(limit, &key(principal, headers), platform).await
}

/// Counts a request with an invalid credential, by its address: checking it costs CPU time.
///
/// # Errors
/// As [`check`].
pub async fn check_unauthenticated(
    limit: RateLimit,
    headers: &HeaderMap,
    platform: &(impl RateLimiter + Telemetry),
) -> Result<(), RateLimited> {
    count(limit, &format!("invalid:{}", client(headers)), platform).await
}

async fn count(
    limit: RateLimit,
    key: &str,
    platform: &(impl RateLimiter + Telemetry),
) -> Result<(), RateLimited> {
    // The binding takes short keys, and claims can be long.
    let key = hex::encode(Sha256::digest(key));
    match platform.count(&key).await {
        Some(true) => Ok(()),
        Some(false) => Err(RateLimited(limit)),
        None => {
            let detail = "RATE_LIMITER failed: requests are not counted";
            Record::new(Level::Warn, "rateLimiterFailed", detail).write(platform);
            Ok(())
        }
    }
}

/// The key under which requests of `principal` are counted.
pub fn key(principal: &Principal, headers: &HeaderMap) -> String {
    let counted_as = principal.link().and_then(|it| it.grant.counted_as.as_ref());
    if let Some(counted_as) = counted_as {
        return format!("links:{counted_as}");
    }
    principal
        .id()
        .unwrap_or_else(|| format!("{ANYONE}/{}", client(headers)))
}

/// The network of the client.
fn client(headers: &HeaderMap) -> String {
    let address = headers.get(CF_CONNECTING_IP);
    let address = address.and_then(|address| address.to_str().ok());
    network(address.unwrap_or_default())
}

/// An IPv4 address, or the 64-bit network of an IPv6 address, all of which one client controls.
fn network(address: &str) -> String {
    match address
        .parse()
        .map(|address: IpAddr| address.to_canonical())
    {
        Ok(IpAddr::V6(address)) => {
            let [a, b, c, d, ..] = address.segments();
            format!("{a:x}:{b:x}:{c:x}:{d:x}")
        }
        Ok(IpAddr::V4(address)) => address.to_string(),
        Err(_) => address.to_owned(),
    }
}
