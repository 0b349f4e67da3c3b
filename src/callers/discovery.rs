//! Where an issuer's keys are, and how they are fetched: by its [discovery document][discovery], unless their
//! URL is configured.
//!
//! [discovery]: https://openid.net/specs/openid-connect-discovery-1_0.html#ProviderConfig

use std::fmt;
use std::time::Duration;

use http::{Request, StatusCode, Uri};

use super::jwks::{self, Key};
use crate::json::Object;
use crate::platform::{Limits, Platform, Unreachable};

/// Where an issuer is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IssuerUrls {
    /// The claim `iss` of its tokens.
    pub issuer: String,
    /// Where its keys are; `None` where the discovery document says so.
    pub jwks_uri: Option<String>,
}

/// What one call may take. Key sets have about 2 KB, and those of the largest issuers 20.
const CALL_LIMITS: Limits = Limits {
    time: Duration::from_secs(2),
    answer_bytes: 64 * 1024,
};

/// Calls for one document: a second one after a failure that may pass.
const MAX_CALLS: u32 = 2;

/// How long a fetch of the keys takes at most: two documents, and somewhat more.
pub const LIMIT: Duration = Duration::from_secs(9);

/// Why an issuer's keys could not be fetched.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FetchFailed {
    /// No answer.
    Unreachable(Unreachable),
    /// Another status than 200.
    Status(StatusCode),
    /// The discovery document is none, or another issuer's, or has no `jwks_uri` that can be used.
    Discovery,
    /// The key set is none, or has no key that can be used.
    Keys,
}

/// Fetches the keys.
///
/// # Errors
/// [`FetchFailed`]; tried twice where that may help.
pub async fn keys<P: Platform>(urls: &IssuerUrls, platform: &P) -> Result<Vec<Key>, FetchFailed> {
    let jwks_uri = match &urls.jwks_uri {
        Some(url) => url.clone(),
        None => discover(&urls.issuer, platform).await?,
    };
    jwks::read(&get(&jwks_uri, platform).await?).ok_or(FetchFailed::Keys)
}

async fn discover<P: Platform>(issuer: &str, platform: &P) -> Result<String, FetchFailed> {
    let base = issuer.strip_suffix('/').unwrap_or(issuer);
    let document = get(
        &format!("{base}/.well-known/openid-configuration"),
        platform,
    )
    .await?;
    let mut document = Object::parse(&document).map_err(|_| FetchFailed::Discovery)?;
    let mut text = |name| document.take::<String>(name).unwrap_or_default();
    let (named, url) = (text("issuer"), text("jwks_uri"));
    let usable = named == issuer && is_trustworthy(&url);
    usable.then_some(url).ok_or(FetchFailed::Discovery)
}

async fn get<P: Platform>(url: &str, platform: &P) -> Result<String, FetchFailed> {
    let mut calls: u32 = 1;
    loop {
        let failed = match call(url, platform).await {
            Ok(body) => return Ok(body),
            Err(failed) => failed,
        };
        if calls >= MAX_CALLS || !failed.may_pass() {
            return Err(failed);
        }
        calls = calls.saturating_add(1);
    }
}

async fn call<P: Platform>(url: &str, platform: &P) -> Result<String, FetchFailed> {
    let request = Request::get(url).body(String::new());
    let request = request.map_err(|_| FetchFailed::Unreachable(Unreachable::Network))?;
    let answer = platform.send(request, CALL_LIMITS).await;
    let answer = answer.map_err(FetchFailed::Unreachable)?;
    if answer.status() == StatusCode::OK {
        Ok(answer.into_body())
    } else {
        Err(FetchFailed::Status(answer.status()))
    }
}

impl FetchFailed {
    fn may_pass(self) -> bool {
        match self {
            Self::Unreachable(unreachable) => unreachable != Unreachable::AnswerTooLarge,
            Self::Status(status) => status.is_server_error(),
            Self::Discovery | Self::Keys => false,
        }
    }
}

impl fmt::Display for FetchFailed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unreachable(Unreachable::TimedOut) => f.write_str("no answer within 2 s"),
            Self::Unreachable(Unreachable::Network) => f.write_str("the connection failed"),
            Self::Unreachable(Unreachable::AnswerTooLarge) => f.write_str("the answer is too large"),
            Self::Status(status) => write!(f, "HTTP status {}", status.as_u16()),
            Self::Discovery => f.write_str(
                "the discovery document is none, or its `issuer` is another, or its `jwks_uri` no https URL",
            ),
            Self::Keys => f.write_str("no set of keys, or none of a kind that can be used"),
        }
    }
}

/// Whether what is fetched from `url` can be believed: https, or http that does not leave the machine.
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
