//! [Which scripts](https://fetch.spec.whatwg.org/#http-cors-protocol) may read answers.
//!
//! An answer that gives something can be read by the origins of its profiles only. A preflight says no
//! more than that some profile has the origin, and so does a refusal: neither tells whether the profile
//! that was asked for exists.

use http::header::{
    ACCESS_CONTROL_ALLOW_CREDENTIALS, ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS,
    ACCESS_CONTROL_ALLOW_ORIGIN, ACCESS_CONTROL_EXPOSE_HEADERS, ACCESS_CONTROL_MAX_AGE,
    ACCESS_CONTROL_REQUEST_METHOD, ORIGIN, VARY,
};
use http::{HeaderMap, HeaderValue, Method, Request, Response, StatusCode, Uri};

/// For how long browsers may keep what a preflight said, in seconds; some keep it for less.
const MAX_AGE_SECS: &str = "7200";

/// The headers of answers that scripts may read, besides those that they always may.
const EXPOSED: &str =
    "Retry-After, RateLimit-Policy, Server-Timing, WWW-Authenticate, X-Request-Id";

/// Origins that are let in, in the form in which browsers send them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Origins(pub Vec<String>);

/// Stands for all origins.
const ANY: &str = "*";

impl Origins {
    /// Whether `origin` is let in.
    pub fn admit(&self, origin: &str) -> bool {
        self.0.iter().any(|known| known == ANY || known == origin)
    }
}

/// Whether `text` is `*` or an origin as browsers serialize it.
pub fn is_origin(text: &str) -> bool {
    let of = |uri: &Uri| Some(format!("{}://{}", uri.scheme_str()?, uri.authority()?));
    let web = text.starts_with("https://") || text.starts_with("http://");
    let plain = !text.contains(['@', '#', '*']) && text.to_ascii_lowercase() == text;
    let standard = text.ends_with(":443") || text.ends_with(":80");
    text == ANY
        || web
            && plain
            && !standard
            && text.parse().ok().as_ref().and_then(of).as_deref() == Some(text)
}

/// What the whole configuration says to scripts.
#[derive(Debug)]
pub struct Cors {
    /// The origins of all profiles.
    pub origins: Origins,
    /// The headers that scripts may send: `Access-Control-Allow-Headers`.
    pub request_headers: HeaderValue,
    /// Whether browsers or proxies may prove who asks without the script: then it has to be told that it
    /// may rely on them.
    pub credentials: bool,
}

/// Whether a browser asks what a script may do, rather than the script for something.
pub fn is_preflight(request: &Request<String>) -> bool {
    let headers = request.headers();
    request.method() == Method::OPTIONS
        && headers.contains_key(ORIGIN)
        && headers.contains_key(ACCESS_CONTROL_REQUEST_METHOD)
}

impl Cors {
    /// The answer to a preflight for a path that has the methods `allow`, but for what
    /// [`Cors::answer`] adds to it.
    pub fn preflight(&self, request: &HeaderMap, allow: &'static str) -> Response<String> {
        let mut response = Response::new(String::new());
        *response.status_mut() = StatusCode::NO_CONTENT;
        let headers = response.headers_mut();
        let origin = request.get(ORIGIN).and_then(|origin| origin.to_str().ok());
        if self.origins.admit(origin.unwrap_or_default()) {
            let methods = HeaderValue::from_static(allow);
            headers.insert(ACCESS_CONTROL_ALLOW_METHODS, methods);
            let allowed = self.request_headers.clone();
            headers.insert(ACCESS_CONTROL_ALLOW_HEADERS, allowed);
            let max_age = HeaderValue::from_static(MAX_AGE_SECS);
            headers.insert(ACCESS_CONTROL_MAX_AGE, max_age);
        }
        response
    }

    /// Lets the script that sent `request` read an answer with the headers `answer`, if it is `readable`
    /// for its origin.
    pub fn answer(&self, request: &HeaderMap, answer: &mut HeaderMap, readable: bool) {
        // Without an origin too: what is kept must not be given to a script later.
        let vary = match answer.get(VARY).and_then(|vary| vary.to_str().ok()) {
            // One header, because the edge has one value for each name.
            Some(others) => HeaderValue::from_str(&format!("{others}, Origin")),
            None => Ok(HeaderValue::from_static("Origin")),
        };
        if let Ok(vary) = vary {
            answer.insert(VARY, vary);
        }
        let Some(origin) = request.get(ORIGIN) else {
            return;
        };
        let text = origin.to_str().unwrap_or_default();
        if !readable || !self.origins.admit(text) {
            return;
        }
        let exposed = HeaderValue::from_static(EXPOSED);
        answer.insert(ACCESS_CONTROL_EXPOSE_HEADERS, exposed);
        let named = self.origins.0.iter().any(|known| known == text);
        let value = if named {
            origin.clone()
        } else {
            HeaderValue::from_static(ANY)
        };
        answer.insert(ACCESS_CONTROL_ALLOW_ORIGIN, value);
        if named && self.credentials {
            let yes = HeaderValue::from_static("true");
            answer.insert(ACCESS_CONTROL_ALLOW_CREDENTIALS, yes);
        }
    }
}
