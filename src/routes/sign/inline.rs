//! Objects that the worker answers with itself, because relative addresses in them would lead to S3 without a signature.

use std::time::Duration;

use http::header::{
    ACCEPT_RANGES, CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_ENCODING, CONTENT_LANGUAGE,
    CONTENT_LENGTH, CONTENT_RANGE, CONTENT_SECURITY_POLICY, CONTENT_TYPE, ETAG, IF_MATCH,
    IF_MODIFIED_SINCE, IF_NONE_MATCH, IF_RANGE, IF_UNMODIFIED_SINCE, LAST_MODIFIED, RANGE,
    REFERRER_POLICY, VARY,
};
use http::{HeaderMap, HeaderName, HeaderValue, Response, StatusCode};

use super::super::context::Context;
use super::AuthorizedRequest;
use crate::api::{Error, ObjectKey};
use crate::callers::Principal;
use crate::instant::left_until;
use crate::platform::Platform;
use crate::presign::Operation;

/// The request headers that decide what is answered.
pub const INLINE_HEADERS: [HeaderName; 6] = [
    RANGE,
    IF_RANGE,
    IF_MATCH,
    IF_NONE_MATCH,
    IF_MODIFIED_SINCE,
    IF_UNMODIFIED_SINCE,
];

/// The headers of S3's response that are passed on as they are.
const PASSED_ON: [HeaderName; 6] = [
    CONTENT_RANGE,
    CONTENT_LANGUAGE,
    CONTENT_DISPOSITION,
    ACCEPT_RANGES,
    ETAG,
    LAST_MODIFIED,
];

/// Users write objects, and the origin is the worker's: nothing in a page runs or is loaded, and it has no origin.
const POLICY: &str = "default-src 'none'; sandbox";

impl<P: Platform> Context<'_, '_, P> {
    /// The object of `request`, where its profile answers with it; `None` where the client is to be redirected: to anything
    /// that is too large, encoded, no text, or a page that the profile does not name, and to what S3 refuses.
    ///
    /// # Errors
    /// [`Error::S3`] for an object that is not there, and a call that failed.
    pub(super) async fn inline(
        &self,
        request: &AuthorizedRequest<'_>,
    ) -> Result<Option<Response<String>>, Error> {
        let operation = request.request.operation;
        let (profile, rule) = (request.profile, &request.profile.inline);
        let key = request.request.key.as_ref().map(ObjectKey::as_str);
        let Some(key) = key.filter(|key| operation.reads_object() && rule.matches(key)) else {
            return Ok(None);
        };
        let s3_request = request.s3_request();
        let conditions = conditions(self.request.headers());
        let answer = self.read_object(profile, operation, &s3_request, conditions, rule.max_bytes);
        let Some(found) = answer.await? else {
            return Ok(None);
        };
        let fits = found.status() == StatusCode::NOT_MODIFIED
            || size(operation, &found).is_some_and(|bytes| bytes <= rule.max_bytes)
                && !found.headers().contains_key(CONTENT_ENCODING)
                && rule.allows_type(
                    key,
                    text(found.headers(), &CONTENT_TYPE).unwrap_or_default(),
                );
        fits.then(|| self.answer(operation, found)).transpose()
    }

    /// The response with what S3 has `found`.
    fn answer(
        &self,
        operation: Operation,
        found: Response<String>,
    ) -> Result<Response<String>, Error> {
        let (head, body) = found.into_parts();
        let mut response = Response::new(body);
        *response.status_mut() = head.status;
        let headers = response.headers_mut();
        for name in PASSED_ON {
            if let Some(value) = head.headers.get(&name) {
                headers.insert(name, value.clone());
            }
        }
        if head.status != StatusCode::NOT_MODIFIED {
            let unknown = HeaderValue::from_static("application/octet-stream");
            let content_type = head.headers.get(CONTENT_TYPE).cloned();
            headers.insert(CONTENT_TYPE, content_type.unwrap_or(unknown));
            // The platform knows the length of a body, but not of one that is left out.
            if let Some(length) = head.headers.get(CONTENT_LENGTH)
                && operation == Operation::HeadObject
            {
                headers.insert(CONTENT_LENGTH, length.clone());
            }
        }
        let cache_control = match (text(&head.headers, &CACHE_CONTROL), &self.principal) {
            (Some(own), Principal::Anonymous) => own.to_owned(),
            (own, principal) => {
                let expires_at = principal.link().map(|link| link.expires_at);
                let left = expires_at.map(|end| left_until(end, self.platform.now()));
                private(own.unwrap_or_default(), left)
            }
        };
        let cache_control =
            HeaderValue::from_str(&cache_control).map_err(|_| Error::Internal("cache-control"))?;
        headers.insert(CACHE_CONTROL, cache_control);
        headers.insert(VARY, self.config.vary.clone());
        let policy = HeaderValue::from_static(POLICY);
        headers.insert(CONTENT_SECURITY_POLICY, policy);
        headers.insert(REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
        Ok(response)
    }
}

/// The [conditions](https://www.rfc-editor.org/rfc/rfc9110#section-13.1) and the range in `request`, as S3 takes them.
fn conditions(request: &HeaderMap) -> Vec<(HeaderName, HeaderValue)> {
    let mut conditions = Vec::new();
    for name in INLINE_HEADERS {
        // S3 does not know `If-Range`: without a range, the whole object is the answer that is always right.
        let is_of_range = name == IF_RANGE || name == RANGE && request.contains_key(IF_RANGE);
        let Some(value) = request.get(&name).filter(|_| !is_of_range) else {
            continue;
        };
        // Cloudflare makes an `ETag` weak where it compresses the response; S3 knows no weak ones.
        let strong = text(request, &name).filter(|_| name == IF_NONE_MATCH);
        let strong = strong.and_then(|value| value.replace("W/\"", "\"").parse().ok());
        conditions.push((name, strong.unwrap_or_else(|| value.clone())));
    }
    conditions
}

/// Size of the whole object, in bytes; `None` when it is unknown, and when the object is no text, so that its body is
/// missing.
fn size(operation: Operation, found: &Response<String>) -> Option<usize> {
    let length = text(found.headers(), &CONTENT_LENGTH).and_then(|it| it.parse().ok());
    let body = found.body();
    let is_head = operation == Operation::HeadObject;
    if !is_head && body.is_empty() && length != Some(0) {
        return None;
    }
    if found.status() == StatusCode::PARTIAL_CONTENT {
        let range = text(found.headers(), &CONTENT_RANGE)?;
        return range.rsplit_once('/')?.1.parse().ok();
    }
    if is_head { length } else { Some(body.len()) }
}

/// The `Cache-Control` of an answer to a caller: what the object's `own` allows, but only in the caller's own cache, and for
/// no longer than the link lives, of which this is `left`.
fn private(own: &str, left: Option<Duration>) -> String {
    let mut directives = own.split(',').map(str::trim);
    if directives.any(|it| it.eq_ignore_ascii_case("no-store")) {
        return "no-store".to_owned();
    }
    let mut max_age_secs = None;
    for directive in own.split(',').map(str::trim) {
        let (name, value) = directive.split_once('=').unwrap_or((directive, ""));
        if name.eq_ignore_ascii_case("no-cache") {
            return "private, no-cache".to_owned();
        }
        if name.eq_ignore_ascii_case("max-age") {
            max_age_secs = value.trim_matches('"').parse::<u64>().ok();
        }
    }
    match (max_age_secs, left.map(|left| left.as_secs())) {
        (Some(own), Some(left)) => format!("private, max-age={}", own.min(left)),
        (Some(own), None) => format!("private, max-age={own}"),
        // Without an age, browsers would make one up.
        (None, _) => "private, no-cache".to_owned(),
    }
}

fn text<'h>(headers: &'h HeaderMap, name: &HeaderName) -> Option<&'h str> {
    headers.get(name)?.to_str().ok()
}
