//! Requests that the worker sends to S3 itself: [Signature Version 4 in the header][spec].
//!
//! Unlike in a URL, the body is signed too, and the signature cannot end up in a log of URLs.
//! `aws_sigv4::http_request::sign` does the same, but would add 49 KB to the bundle; a property test holds the
//! two equal.
//!
//! [spec]: https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html

use std::time::SystemTime;

use http::header::AUTHORIZATION;
use http::{HeaderMap, HeaderName, HeaderValue, Request};
use sha2::{Digest, Sha256};

use super::signer::hash;
use super::{Headers, Query, S3Request, Signer, SigningError};
use crate::encode;

const SECURITY_TOKEN: &str = "x-amz-security-token";

impl Signer {
    /// Signs `request` with `body` at `now`.
    ///
    /// # Errors
    /// [`SigningError::Day`] when this signer is for another day; [`SigningError::Request`] when the URL or a
    /// header is invalid.
    pub fn authorize(
        &self,
        request: &S3Request<'_>,
        body: String,
        now: SystemTime,
    ) -> Result<Request<String>, SigningError> {
        let amz_date = self.amz_date(now)?;
        let (object, query) = (&request.object, canonical_query(&request.query));
        let payload = hex::encode(Sha256::digest(&body));
        let mut headers = request.headers.clone();
        let token = self.session_token().map(|token| (SECURITY_TOKEN, token));
        let own = [
            ("x-amz-content-sha256", payload.as_str()),
            ("x-amz-date", &amz_date),
        ];
        for (name, value) in own.into_iter().chain(token) {
            let inserted = headers.insert(name, value.to_owned());
            inserted.map_err(|_| SigningError::Request)?;
        }
        let names: Vec<&str> = headers.with_host(object.host).map(|it| it.0).collect();
        let authorization = format!(
            "AWS4-HMAC-SHA256 Credential={}, SignedHeaders={}, Signature={}",
            self.credential(),
            names.join(";"),
            self.signature(&amz_date, &hash(request, &query, &headers, &payload))
        );
        let mark = if query.is_empty() { "" } else { "?" };
        let url = format!("{object}{mark}{query}");
        let mut sent = Request::new(body);
        *sent.method_mut() = request.method.clone();
        *sent.uri_mut() = url.parse().map_err(|_| SigningError::Request)?;
        *sent.headers_mut() = header_map(&headers, &authorization).ok_or(SigningError::Request)?;
        Ok(sent)
    }
}

fn canonical_query(query: &Query<'_>) -> String {
    let pairs = query.iter();
    let pairs = pairs.map(|(name, value)| format!("{name}={}", encode::query(value)));
    pairs.collect::<Vec<String>>().join("&")
}

/// All headers that are sent; `fetch` adds `Host` from the URL.
fn header_map(headers: &Headers, authorization: &str) -> Option<HeaderMap> {
    let mut map = HeaderMap::new();
    for (name, value) in headers.iter() {
        let mut value = HeaderValue::from_str(value).ok()?;
        value.set_sensitive(name == SECURITY_TOKEN);
        map.insert(HeaderName::from_bytes(name.as_bytes()).ok()?, value);
    }
    let mut authorization = HeaderValue::from_str(authorization).ok()?;
    authorization.set_sensitive(true);
    map.insert(AUTHORIZATION, authorization);
    Some(map)
}
