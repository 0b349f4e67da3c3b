//! Fetches an issuer's keys: from the URL in its [discovery document][discovery], unless the URL is configured.
//!
//! [discovery]: https://openid.net/specs/openid-connect-discovery-1_0.html#ProviderConfig

use std::time::Duration;

use http::{Request, StatusCode, Uri};
use serde::Deserialize;

use super::jwks::{self, Key};
use crate::json;
use crate::platform::{Clock, Entropy, Http, HttpError, Limits};
use crate::retry::{Next, retry};

/// Where an issuer is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IssuerUrls {
    /// The claim `iss` of its tokens.
    pub issuer: String,
    /// Where its keys are; `None` to use the discovery document.
    pub jwks_uri: Option<String>,
}

/// Bounds of one call. Key sets usually have 2 KB, and those of the largest issuers 20 KB; some never take a key out.
const CALL_LIMITS: Limits = Limits {
    timeout: Duration::from_secs(2),
    body_bytes: 256 * 1024,
};

/// Most attempts to fetch one document.
const MAX_ATTEMPTS: u32 = 2;

/// Longest time that fetching the keys takes: two attempts for each of two documents, and some more.
pub const FETCH_LIMIT: Duration = Duration::from_secs(9);

/// Why an issuer's keys could not be fetched.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FetchError {
    /// There was no response.
    #[error("{0}")]
    NoResponse(#[from] HttpError),
    /// The status is not 200.
    #[error("HTTP status {}", .0.as_u16())]
    Status(StatusCode),
    /// The discovery document is invalid or another issuer's, or its `jwks_uri` cannot be used.
    #[error(
        "the discovery document is invalid, or its `issuer` is another, or its `jwks_uri` is not an https URL"
    )]
    Discovery,
    /// The key set is invalid, or has no key that can be used.
    #[error("the key set is invalid, or has no key of a supported type")]
    Keys,
}

#[derive(Deserialize)]
struct DiscoveryDocument {
    issuer: String,
    jwks_uri: String,
}

/// Fetches the keys.
///
/// # Errors
/// [`FetchError`].
pub async fn fetch_keys(
    urls: &IssuerUrls,
    platform: &(impl Http + Clock + Entropy),
) -> Result<Vec<Key>, FetchError> {
    let jwks_uri = match &urls.jwks_uri {
        Some(url) => url.clone(),
        None => discover(&urls.issuer, platform).await?,
    };
    jwks::read(&get(&jwks_uri, platform).await?).ok_or(FetchError::Keys)
}

async fn discover(
    issuer: &str,
    platform: &(impl Http + Clock + Entropy),
) -> Result<String, FetchError> {
    let base = issuer.strip_suffix('/').unwrap_or(issuer);
    let url = format!("{base}/.well-known/openid-configuration");
    let document = get(&url, platform).await?;
    let document: DiscoveryDocument = json::read(&document).map_err(|_| FetchError::Discovery)?;
    let usable = document.issuer == issuer && is_trustworthy(&document.jwks_uri);
    usable
        .then_some(document.jwks_uri)
        .ok_or(FetchError::Discovery)
}

async fn get(url: &str, platform: &(impl Http + Clock + Entropy)) -> Result<String, FetchError> {
    retry(MAX_ATTEMPTS, platform, async |_| {
        match call(url, platform).await {
            Err(error) if error.is_transient() => Next::RetryNow(Err(error)),
            result => Next::Done(result),
        }
    })
    .await
}

async fn call(url: &str, platform: &impl Http) -> Result<String, FetchError> {
    let request = Request::get(url).body(String::new());
    let request = request.map_err(|_| HttpError::Connection)?;
    let response = platform.send(request, CALL_LIMITS).await?;
    if response.status() == StatusCode::OK {
        let body = response.into_body();
        // Some servers put a byte order mark in front, which JSON does not allow.
        Ok(match body.strip_prefix('\u{feff}') {
            Some(json) => json.to_owned(),
            None => body,
        })
    } else {
        Err(FetchError::Status(response.status()))
    }
}

impl FetchError {
    fn is_transient(self) -> bool {
        match self {
            Self::NoResponse(error) => error != HttpError::BodyTooLarge,
            Self::Status(status) => status.is_server_error(),
            Self::Discovery | Self::Keys => false,
        }
    }
}

/// Whether a response from `url` can be trusted: https, or http that does not leave the machine.
pub fn is_trustworthy(url: &str) -> bool {
    let Ok(uri) = url.parse::<Uri>() else {
        return false;
    };
    let odd = url.contains(['#', '@']);
    let local = matches!(uri.host(), Some("127.0.0.1" | "localhost" | "[::1]"));
    match uri.scheme_str() {
        Some("https") => !odd && uri.host().is_some_and(|host| !host.is_empty()),
        Some("http") => !odd && local,
        _ => false,
    }
}
