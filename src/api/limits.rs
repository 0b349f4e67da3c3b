//! Limits of requests, but for bodies, which have one for each route.

use http::{Request, Uri};

use crate::callers::MAX_JWT_BYTES;
use crate::error::Error;

/// Longest path and query, in bytes: a key of 1,024 bytes, all of them escaped, the longest capability, and
/// parameters.
pub const MAX_URL_BYTES: usize = 12 * 1024;

/// Longest value of any header that is looked at, in bytes: the longest token, and its scheme. What nobody
/// looks at is as good as not there.
pub const MAX_HEADER_BYTES: usize = MAX_JWT_BYTES + 16;

/// Reads a URL.
///
/// # Errors
/// [`Error::UrlTooLong`] and [`Error::InvalidUrl`], where it is too long for `http`, or none.
pub fn read_url(text: &str) -> Result<Uri, Error> {
    let too_long = text.len() > MAX_URL_BYTES;
    text.parse().map_err(|_| match too_long {
        true => URL_TOO_LONG,
        false => Error::InvalidUrl,
    })
}

const URL_TOO_LONG: Error = Error::UrlTooLong {
    max_bytes: MAX_URL_BYTES,
};

/// Refuses what is larger than any request that makes sense.
///
/// # Errors
/// [`Error::UrlTooLong`] and [`Error::HeaderTooLong`].
pub fn check_size(request: &Request<String>) -> Result<(), Error> {
    let url = request.uri().path_and_query();
    if url.is_some_and(|url| url.as_str().len() > MAX_URL_BYTES) {
        return Err(URL_TOO_LONG);
    }
    let mut headers = request.headers().iter();
    match headers.find(|(_, value)| value.len() > MAX_HEADER_BYTES) {
        Some((name, _)) => Err(Error::HeaderTooLong {
            name: name.to_string(),
            max_bytes: MAX_HEADER_BYTES,
        }),
        None => Ok(()),
    }
}
