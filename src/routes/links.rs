//! `POST /v1/links`: a signed link, which grants at most what its creator may do.

use std::time::Duration;

use http::{Response, Uri};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::context::Context;
use crate::api::response::json;
use crate::api::{self, Error, ObjectKey};
use crate::callers::{Grant, JwtError, LinkKey, MAX_CAPABILITY_BYTES, Principal, is_prefix};
use crate::encode;
use crate::instant::{floor_to, left_until, rfc3339, unix_secs};
use crate::json::FieldError;
use crate::platform::Platform;
use crate::presign::{MAX_LIFETIME_SECS, Operation, UploadLimit};
use crate::profiles::{AccessError, KeyScope};
use crate::rate_limit;

/// Longest lifetime of a link, in seconds: a week, like that of a URL. Applications may sign longer ones themselves.
pub const MAX_LINK_LIFETIME_SECS: u64 = 604_800;

/// Lifetime of a link when none is requested, in seconds.
const DEFAULT_LIFETIME_SECS: u64 = 3600;

/// A request for a link.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schemars(extend("oneOf" = [{"required": ["key"]}, {"required": ["keyPrefix"]}]))]
pub struct LinkRequest {
    /// Name of the profile.
    pub profile: String,
    /// The only key that the link is for.
    pub key: Option<ObjectKey>,
    /// Or the prefix of the keys that it is for, which ends with a slash.
    #[schemars(extend("pattern" = "/$"))]
    pub key_prefix: Option<ObjectKey>,
    /// The operations that it allows.
    #[schemars(length(min = 1))]
    pub operations: Vec<Operation>,
    /// Lifetime of the link, in seconds. Default: 3600.
    #[schemars(range(min = 1, max = MAX_LINK_LIFETIME_SECS))]
    pub expires_in: Option<u64>,
    /// Longest lifetime of its URLs, in seconds. Default: the profile's.
    #[schemars(range(min = 1, max = MAX_LIFETIME_SECS))]
    pub max_lifetime_secs: Option<u64>,
    /// Limits of uploads with it. Default: the profile's.
    pub upload: Option<UploadLimit>,
}

/// The response with a link.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct LinkCreated<'a> {
    /// What precedes any route's path: `https://…/c/{capability}`.
    #[schemars(url)]
    pub link: &'a str,
    /// The link to the key, or to the prefix, to which the rest of a key is appended.
    #[schemars(url)]
    pub url: String,
    /// Name of the profile.
    pub profile: &'a str,
    /// When the link expires, in RFC 3339.
    #[schemars(extend("format" = "date-time"))]
    pub expires_at: String,
    /// Seconds from now to that instant.
    pub expires_in: u64,
}

impl<P: Platform> Context<'_, '_, P> {
    pub(super) fn create_link(&self) -> Result<Response<String>, Error> {
        let request: LinkRequest = api::body::read(&self.body)?;
        let max_lifetime = self.authorize_link(&request)?;
        let link_keys = &self.config.callers.link_keys;
        let key = link_keys.signing().ok_or(AccessError::LinksDisabled)?;
        let lifetime = self.link_lifetime(request.expires_in)?;
        let now = floor_to(Duration::ZERO, self.platform.now());
        let expires_at = now.checked_add(lifetime).ok_or(Error::Internal("exp"))?;
        let inherited = self
            .principal
            .link()
            .and_then(|it| it.grant.upload.as_ref());
        let upload = match (&request.upload, inherited) {
            (Some(one), Some(other)) => Some(one.and(other).ok_or(AccessError::Denied)?),
            (one, other) => one.as_ref().or(other).cloned(),
        };
        let text = |key: &ObjectKey| key.as_str().to_owned();
        let grant = Grant {
            upload,
            counted_as: self.counted_as(key),
            max_lifetime_secs: self.url_lifetime_secs(request.max_lifetime_secs, max_lifetime)?,
            exp: unix_secs(expires_at),
            key: request.key.as_ref().map(text),
            key_prefix: request.key_prefix.as_ref().map(text),
            profile: request.profile,
            operations: request.operations,
        };
        let capability = grant.sign(key).map_err(|_| Error::Internal("grant"))?;
        if capability.len() > MAX_CAPABILITY_BYTES {
            let reason = format!("needs a link of more than {MAX_CAPABILITY_BYTES} bytes");
            return Err(Error::field("body", reason));
        }
        let link = format!("{}/c/{capability}", origin(self.request.uri()));
        let of_link = grant.key.as_ref().or(grant.key_prefix.as_ref());
        let path = encode::own_path(of_link.map_or("", String::as_str));
        json(&LinkCreated {
            url: format!("{link}/o/{}/{path}", grant.profile),
            link: &link,
            profile: &grant.profile,
            expires_at: rfc3339(expires_at),
            expires_in: lifetime.as_secs(),
        })
    }

    /// Authorizes all operations of the link. Returns the longest lifetime of its URLs.
    fn authorize_link(&self, request: &LinkRequest) -> Result<Duration, Error> {
        let scope = key_scope(request)?;
        let mut max_lifetime = None;
        for operation in &request.operations {
            let permission = self.authorize(&request.profile, *operation, scope)?;
            if !permission.profile.allows_links() {
                return Err(AccessError::LinksDisabled.into());
            }
            max_lifetime = Some(permission.max_lifetime);
        }
        max_lifetime.ok_or_else(|| Error::field("operations", "must not be empty"))
    }

    /// A link does not outlive the link or the token that it is created with.
    fn link_lifetime(&self, requested_secs: Option<u64>) -> Result<Duration, Error> {
        let end = self.principal.expires_at();
        let left = end.map(|end| left_until(end, self.platform.now()));
        let max_secs = left.map_or(MAX_LINK_LIFETIME_SECS, |left| {
            left.as_secs().min(MAX_LINK_LIFETIME_SECS)
        });
        if max_secs == 0 {
            // A token is accepted for a little longer than it says.
            return Err(Error::Auth(JwtError::Expired.into()));
        }
        let secs = requested_secs.unwrap_or(DEFAULT_LIFETIME_SECS.min(max_secs));
        if (1..=max_secs).contains(&secs) {
            Ok(Duration::from_secs(secs))
        } else {
            let reason = format!("must be 1 to {max_secs} seconds");
            Err(Error::field("expiresIn", reason))
        }
    }

    /// The name under which the rate limit counts the link: that of its creator, who could otherwise evade the limit with
    /// a link for each request.
    fn counted_as(&self, key: &LinkKey) -> Option<String> {
        self.config.rate_limit?;
        match &self.principal {
            Principal::Link(link) if link.grant.counted_as.is_some() => {
                link.grant.counted_as.clone()
            }
            principal => {
                let counted = rate_limit::key(principal, self.request.headers());
                Some(key.pseudonym(&counted))
            }
        }
    }

    /// The longest lifetime of the link's URLs in its grant: the requested one, else that of the link it is created with.
    fn url_lifetime_secs(
        &self,
        requested_secs: Option<u64>,
        max_lifetime: Duration,
    ) -> Result<Option<u64>, FieldError> {
        let inherited = self.principal.link();
        let inherited = inherited.and_then(|link| link.grant.max_lifetime_secs);
        let max_secs = max_lifetime.as_secs();
        if requested_secs.is_some_and(|secs| !(1..=max_secs).contains(&secs)) {
            let reason = format!("must be 1 to {max_secs} seconds for this profile or link");
            return Err(FieldError::new("maxLifetimeSecs", reason));
        }
        Ok(requested_secs.or(inherited))
    }
}

/// The keys that a link is requested for.
fn key_scope(request: &LinkRequest) -> Result<KeyScope<'_>, FieldError> {
    match (&request.key, &request.key_prefix) {
        (Some(key), None) => Ok(KeyScope::Key(key.as_str())),
        (None, Some(prefix)) if is_prefix(prefix.as_str()) => Ok(KeyScope::Prefix(prefix.as_str())),
        (None, Some(_)) => Err(FieldError::new("keyPrefix", "must end with a slash")),
        _ => Err(FieldError::new(
            "key",
            "or `keyPrefix` must be present, and not both",
        )),
    }
}

/// The origin under which clients reach the worker; empty where the request does not say.
fn origin(uri: &Uri) -> String {
    match (uri.scheme_str(), uri.authority()) {
        (Some(scheme), Some(authority)) => format!("{scheme}://{authority}"),
        _ => String::new(),
    }
}
