//! Which scripts may read responses, by the [CORS protocol](https://fetch.spec.whatwg.org/#http-cors-protocol).
//!
//! Only the origins of its profiles may read a successful response. The responses to a preflight and to a request that
//! fails depend only on whether any profile has the origin, so that neither tells whether the requested profile exists.

mod origin;

use http::header::{
    ACCESS_CONTROL_ALLOW_CREDENTIALS, ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS,
    ACCESS_CONTROL_ALLOW_ORIGIN, ACCESS_CONTROL_EXPOSE_HEADERS, ACCESS_CONTROL_MAX_AGE,
    ACCESS_CONTROL_REQUEST_HEADERS, ACCESS_CONTROL_REQUEST_METHOD, ORIGIN, VARY,
};
use http::{HeaderMap, HeaderName, HeaderValue, Method, Request, Response, StatusCode};

pub use origin::origin_error;
use origin::{ANY, matches};

/// How long browsers may cache the response to a preflight, in seconds; some cache it for less.
const MAX_AGE_SECS: &str = "7200";

/// The response headers that scripts may read, besides those that they always may.
const EXPOSED: &str = "Accept-Ranges, Content-Range, ETag, Retry-After, RateLimit-Policy, Server-Timing, \
     WWW-Authenticate, X-Request-Id";

/// Allowed origins, as browsers send them, and patterns of them. Each has no [`origin_error`].
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Origins(pub Vec<String>);

/// Why an origin is allowed, the narrowest reason first.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Listed {
    /// It stands in the list.
    Itself,
    /// A pattern matches it.
    ByPattern,
    /// All are allowed.
    AsAny,
}

impl Origins {
    /// Whether `origin` is allowed.
    pub fn allow(&self, origin: &str) -> bool {
        self.listed(origin).is_some()
    }

    fn listed(&self, origin: &str) -> Option<Listed> {
        let reasons = self.0.iter().filter_map(|known| match known.as_str() {
            ANY => Some(Listed::AsAny),
            pattern if pattern.contains(ANY) => {
                matches(pattern, origin).then_some(Listed::ByPattern)
            }
            known => (known == origin).then_some(Listed::Itself),
        });
        reasons.min()
    }
}

/// What the whole configuration allows scripts.
#[derive(Debug)]
pub struct Cors {
    /// The origins of all profiles.
    pub origins: Origins,
    /// The headers that scripts may send in any case: `Access-Control-Allow-Headers`.
    pub request_headers: HeaderValue,
    /// Whether a browser or proxy may add the credential, so that scripts have to be allowed to use that:
    /// `Access-Control-Allow-Credentials`.
    pub credentials: bool,
}

/// Whether `request` is a preflight.
pub fn is_preflight<B>(request: &Request<B>) -> bool {
    let headers = request.headers();
    request.method() == Method::OPTIONS
        && headers.contains_key(ORIGIN)
        && headers.contains_key(ACCESS_CONTROL_REQUEST_METHOD)
}

/// Longest list of header names in a preflight, in bytes.
const MAX_NAMES_BYTES: usize = 1024;

impl Cors {
    /// The response to a preflight for a path with the methods `allow`, before [`Cors::add_headers`].
    pub fn preflight(&self, request: &HeaderMap, allow: &'static str) -> Response<String> {
        let mut response = Response::new(String::new());
        *response.status_mut() = StatusCode::NO_CONTENT;
        let headers = response.headers_mut();
        let origin = request.get(ORIGIN).and_then(|origin| origin.to_str().ok());
        if self.origins.allow(origin.unwrap_or_default()) {
            let methods = HeaderValue::from_static(allow);
            headers.insert(ACCESS_CONTROL_ALLOW_METHODS, methods);
            let requested = request.get(ACCESS_CONTROL_REQUEST_HEADERS);
            let allowed = requested.and_then(|names| self.with_headers(names));
            let allowed = allowed.unwrap_or_else(|| self.request_headers.clone());
            headers.insert(ACCESS_CONTROL_ALLOW_HEADERS, allowed);
            let max_age = HeaderValue::from_static(MAX_AGE_SECS);
            headers.insert(ACCESS_CONTROL_MAX_AGE, max_age);
        }
        response
    }

    /// The headers that are always allowed, and those that a preflight asks for: the boundary is the origin, and pages add
    /// headers for tracing and the like, which the worker does not read. `None` when that is no list of names.
    fn with_headers(&self, requested: &HeaderValue) -> Option<HeaderValue> {
        let requested = requested.to_str().ok()?;
        if requested.len() > MAX_NAMES_BYTES {
            return None;
        }
        let mut allowed = self.request_headers.to_str().ok()?.to_owned();
        for name in requested.split(',').map(str::trim) {
            name.parse::<HeaderName>().ok()?;
            if !allowed.split(", ").any(|it| it.eq_ignore_ascii_case(name)) {
                allowed.push_str(", ");
                allowed.push_str(name);
            }
        }
        allowed.parse().ok()
    }

    /// Adds to the headers `response` what lets the script that sent `request` read it, if it is `readable` for the
    /// script's origin.
    pub fn add_headers(&self, request: &HeaderMap, response: &mut HeaderMap, readable: bool) {
        // Also without an origin, because a cached response must not be given to a script later.
        let vary = match response.get(VARY).and_then(|vary| vary.to_str().ok()) {
            // In one header, because the edge has one value for each name.
            Some(others) => HeaderValue::from_str(&format!("{others}, Origin")),
            None => Ok(HeaderValue::from_static("Origin")),
        };
        if let Ok(vary) = vary {
            response.insert(VARY, vary);
        }
        let Some(origin) = request.get(ORIGIN) else {
            return;
        };
        let text = origin.to_str().unwrap_or_default();
        let Some(listed) = self.origins.listed(text).filter(|_| readable) else {
            return;
        };
        let exposed = HeaderValue::from_static(EXPOSED);
        response.insert(ACCESS_CONTROL_EXPOSE_HEADERS, exposed);
        let value = match listed {
            Listed::AsAny => HeaderValue::from_static(ANY),
            Listed::Itself | Listed::ByPattern => origin.clone(),
        };
        response.insert(ACCESS_CONTROL_ALLOW_ORIGIN, value);
        // Not for patterns: they also match pages that nobody has reviewed, such as previews.
        if listed == Listed::Itself && self.credentials {
            let allowed = HeaderValue::from_static("true");
            response.insert(ACCESS_CONTROL_ALLOW_CREDENTIALS, allowed);
        }
    }
}
