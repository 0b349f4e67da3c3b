//! `POST /v1/links`: a signed link that gives less than its maker may have, or as much.

use std::time::Duration;

use http::{Response, Uri};

use super::asking::Asking;
use crate::api::{self, LinkCreated, LinkRequest, MAX_BODY_BYTES, MAX_LINK_LIFETIME_SECS};
use crate::callers::{Grant, JwtFault, LinkKey, MAX_CAPABILITY_BYTES, Who, is_prefix};
use crate::encode;
use crate::error::Error;
use crate::instant::{floor_to, left_until, rfc3339, unix_secs};
use crate::platform::Platform;
use crate::profiles::Keys;
use crate::rate_limit;

/// Life of a link when none is asked for.
const DEFAULT_LIFETIME_SECS: u64 = 3600;

impl<P: Platform> Asking<'_, '_, P> {
    pub(super) fn link(&self) -> Result<Response<String>, Error> {
        let asked: LinkRequest = api::body::read(self.request.body(), MAX_BODY_BYTES)?;
        let keys = keys(&asked)?;
        let mut longest = None;
        for operation in &asked.operations {
            let permit = self.permit(&asked.profile, *operation, keys)?;
            if !permit.profile.takes_links() {
                return Err(Error::NoLinks);
            }
            longest = Some(permit.max_lifetime);
        }
        let longest = longest.ok_or_else(|| Error::field("operations", "must not be empty"))?;
        let key = self.config.link_keys.first().ok_or(Error::NoLinks)?;
        let lifetime = self.link_lifetime(asked.expires_in)?;
        let now = floor_to(Duration::ZERO, self.platform.now());
        let expires_at = now.checked_add(lifetime).ok_or(Error::Internal("exp"))?;
        let inherited = match &self.who {
            Who::Link(link) => link.grant.upload.as_ref(),
            Who::Caller { .. } | Who::Anonymous => None,
        };
        let upload = match (&asked.upload, inherited) {
            (Some(one), Some(other)) => Some(one.and(other).ok_or(Error::NotAllowed)?),
            (one, other) => one.as_ref().or(other).cloned(),
        };
        let grant = Grant {
            upload,
            counted_as: self.counted_as(key),
            max_lifetime_secs: self.url_lifetime_secs(asked.max_lifetime_secs, longest)?,
            exp: unix_secs(expires_at),
            key: asked.key.as_ref().map(|key| key.as_str().to_owned()),
            key_prefix: asked
                .key_prefix
                .as_ref()
                .map(|prefix| prefix.as_str().to_owned()),
            profile: asked.profile,
            operations: asked.operations,
        };
        let capability = grant.sign(key)?;
        if capability.len() > MAX_CAPABILITY_BYTES {
            let reason = format!("asks for a link of more than {MAX_CAPABILITY_BYTES} bytes");
            return Err(Error::InvalidBody(reason));
        }
        let link = format!("{}/c/{capability}", origin(self.request.uri()));
        let of_link = grant.key.as_ref().or(grant.key_prefix.as_ref());
        let path = encode::path(of_link.map_or("", String::as_str)).to_string();
        api::json(&LinkCreated {
            url: format!("{link}/o/{}/{path}", grant.profile),
            link: &link,
            profile: &grant.profile,
            expires_at: rfc3339(expires_at),
            expires_in: lifetime.as_secs(),
        })
    }

    /// A link does not outlive the link or the token that it is made with.
    fn link_lifetime(&self, asked_secs: Option<u64>) -> Result<Duration, Error> {
        let left = self
            .who
            .ends_at()
            .map(|end| left_until(end, self.platform.now()));
        let max_secs = left.map_or(MAX_LINK_LIFETIME_SECS, |left| {
            left.as_secs().min(MAX_LINK_LIFETIME_SECS)
        });
        if max_secs == 0 {
            // A token is taken for a little longer than it says.
            return Err(JwtFault::Expired.into());
        }
        let secs = asked_secs.unwrap_or(DEFAULT_LIFETIME_SECS.min(max_secs));
        if (1..=max_secs).contains(&secs) {
            Ok(Duration::from_secs(secs))
        } else {
            Err(Error::field(
                "expiresIn",
                format!("must be 1 to {max_secs} seconds"),
            ))
        }
    }

    /// Whom the rate limit shall count the link as: its maker, who could get around it with a link for each
    /// request otherwise. Links of callers with a bearer key count by themselves, because that is an
    /// application, which makes them for others.
    fn counted_as(&self, key: &LinkKey) -> Option<String> {
        self.config.rate_limit?;
        match &self.who {
            Who::Caller { claims: None, .. } => None,
            Who::Link(link) if link.grant.counted_as.is_some() => link.grant.counted_as.clone(),
            who => Some(key.pseudonym(&rate_limit::counted(who, self.request.headers()))),
        }
    }

    /// What a grant says of its URLs' lives: what is asked for, else what the link says that it is made
    /// with.
    fn url_lifetime_secs(
        &self,
        asked_secs: Option<u64>,
        longest: Duration,
    ) -> Result<Option<u64>, Error> {
        let inherited = match &self.who {
            Who::Link(link) => link.grant.max_lifetime_secs,
            Who::Caller { .. } | Who::Anonymous => None,
        };
        let max_secs = longest.as_secs();
        if asked_secs.is_some_and(|secs| !(1..=max_secs).contains(&secs)) {
            let reason = format!("must be 1 to {max_secs} seconds for this profile or link");
            return Err(Error::field("maxLifetimeSecs", reason));
        }
        Ok(asked_secs.or(inherited))
    }
}

/// The keys that a link is asked for.
fn keys(asked: &LinkRequest) -> Result<Keys<'_>, Error> {
    match (&asked.key, &asked.key_prefix) {
        (Some(key), None) => Ok(Keys::One(key.as_str())),
        (None, Some(prefix)) if is_prefix(prefix.as_str()) => Ok(Keys::Under(prefix.as_str())),
        (None, Some(_)) => Err(Error::field("keyPrefix", "must end with a slash")),
        _ => Err(Error::field(
            "key",
            "or `keyPrefix` must be there, and not both",
        )),
    }
}

/// Where clients reach the worker; empty where the request does not say.
fn origin(uri: &Uri) -> String {
    match (uri.scheme_str(), uri.authority()) {
        (Some(scheme), Some(authority)) => format!("{scheme}://{authority}"),
        _ => String::new(),
    }
}
