//! How often somebody may ask: counted by Cloudflare's [rate limiting][binding], where it is bound.
//!
//! [binding]: https://developers.cloudflare.com/workers/runtime-apis/bindings/rate-limit/

use std::net::IpAddr;

use http::{HeaderMap, HeaderName};
use sha2::{Digest, Sha256};

use crate::callers::{ANYONE, Who};
use crate::config::RateLimit;
use crate::error::Error;
use crate::log::Event;
use crate::platform::Platform;

/// The address of the client, which Cloudflare always sets.
pub const CLIENT_ADDRESS: HeaderName = HeaderName::from_static("cf-connecting-ip");

/// Counts a request of `who`.
///
/// # Errors
/// [`Error::RateLimited`] when there were too many. A limiter that fails lets everybody through.
pub async fn check<P: Platform>(
    limit: RateLimit,
    who: &Who<'_>,
    headers: &HeaderMap,
    platform: &P,
) -> Result<(), Error> {
    // The binding takes short keys; what a token says can be long.
    let key = hex::encode(Sha256::digest(counted(who, headers)));
    match platform.count(&key).await {
        Some(true) => Ok(()),
        Some(false) => Err(Error::RateLimited(limit)),
        None => {
            platform.log(&Event::RateLimiterFailed);
            Ok(())
        }
    }
}

/// Whom a request of `who` is counted as.
pub fn counted(who: &Who<'_>, headers: &HeaderMap) -> String {
    if let Who::Link(link) = who
        && let Some(counted_as) = &link.grant.counted_as
    {
        return format!("links/{counted_as}");
    }
    who.identity().unwrap_or_else(|| {
        let address = headers.get(CLIENT_ADDRESS);
        let address = address.and_then(|address| address.to_str().ok());
        format!("{ANYONE}/{}", network(address.unwrap_or_default()))
    })
}

/// An address of IPv4, or the network of 64 bits that one of IPv6 belongs to: a client has all of it.
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
