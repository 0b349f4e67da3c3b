//! Limits of requests, except those of bodies, which depend on the route.

use http::{Request, Uri};

use super::RequestError;

/// Longest path and query, in bytes: a key of 1,024 bytes that are all escaped, the longest capability, and parameters.
pub const MAX_URL_BYTES: usize = 12 * 1024;

/// Longest value of any header that is read, in bytes: a token of 8 KiB, and its scheme.
pub const MAX_HEADER_BYTES: usize = 8 * 1024 + 16;

/// Longest body of most routes, in bytes: a key of 1,024 bytes of which each is written as `\u0000`, 2 KB of metadata,
/// and more.
pub const MAX_BODY_BYTES: usize = 16 * 1024;

/// Parses the URL of a request.
///
/// # Errors
/// [`RequestError::UrlTooLong`] and [`RequestError::InvalidUrl`].
pub fn parse_url(text: &str) -> Result<Uri, RequestError> {
    let too_long = text.len() > MAX_URL_BYTES;
    text.parse().map_err(|_| {
        if too_long {
            URL_TOO_LONG
        } else {
            RequestError::InvalidUrl
        }
    })
}

const URL_TOO_LONG: RequestError = RequestError::UrlTooLong {
    max_bytes: MAX_URL_BYTES,
};

/// Checks the length of the URL and of the headers.
///
/// # Errors
/// [`RequestError::UrlTooLong`] and [`RequestError::HeaderTooLong`].
pub fn check_size<B>(request: &Request<B>) -> Result<(), RequestError> {
    let url = request.uri().path_and_query();
    if url.is_some_and(|url| url.as_str().len() > MAX_URL_BYTES) {
        return Err(URL_TOO_LONG);
    }
    let mut headers = request.headers().iter();
    match headers.find(|(_, value)| value.len() > MAX_HEADER_BYTES) {
        Some((name, _)) => Err(RequestError::HeaderTooLong {
            name: name.clone(),
            max_bytes: MAX_HEADER_BYTES,
        }),
        None => Ok(()),
    }
}
