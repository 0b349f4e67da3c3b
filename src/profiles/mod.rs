//! What may be signed: a profile opens one place in S3 to the callers it names.

mod key_rule;
mod upload;

use std::borrow::Cow;
use std::time::Duration;

pub use key_rule::KeyRule;
pub use upload::{OutOfBounds, UploadLimit, is_media_type};

use crate::callers::{ANYONE, LINK, Link, Who};
use crate::cors::Origins;
use crate::credentials::lifetime::Lifetime;
use crate::error::Error;
use crate::presign::{BucketUrl, Operation};

/// One entry of `PROFILES`.
#[derive(Clone, Debug)]
pub struct Profile {
    /// What requests call it.
    pub name: String,
    /// Name of the bucket.
    pub bucket: String,
    /// Region of the bucket.
    pub region: String,
    /// Where the bucket is.
    pub bucket_url: BucketUrl,
    /// Which keys it is for.
    pub key_rule: KeyRule,
    /// What URLs may be used for.
    pub operations: Vec<Operation>,
    /// Longest life of a URL, in whole seconds.
    pub max_lifetime: Duration,
    /// Life of a URL when none is asked for, in whole seconds.
    pub default_lifetime: Duration,
    /// Whether a life that was asked for may be shortened to what the session can bear, rather than
    /// refused.
    pub shorten_lifetime: bool,
    /// The span in which all URLs of the same object and life are the same, in whole seconds; zero where
    /// nobody wants that.
    pub window: Duration,
    /// What can be uploaded; without it, anything.
    pub upload: Option<UploadLimit>,
    /// `Cache-Control` of what S3 answers to getObject and headObject, where the request names no other.
    pub response_cache_control: Option<String>,
    /// Which of [`response_overrides`](crate::api::response_overrides) can be asked for; without it, all.
    pub response_overrides: Option<Vec<String>>,
    /// A parameter of `/o/…` that means nothing, so that a new URL makes browsers ask anew.
    pub cache_buster: Option<String>,
    /// Names of the callers admitted; [`LINK`] admits signed links, and [`ANYONE`]
    /// everybody.
    pub callers: Vec<String>,
    /// The origins whose scripts may read what it gives.
    pub cors_origins: Origins,
    /// What it signs with: the place among the configuration's providers.
    pub provider: usize,
}

/// The keys that something is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Keys<'k> {
    /// This one.
    One(&'k str),
    /// Those that begin with this.
    Under(&'k str),
    /// All that the profile opens.
    All,
}

/// What somebody may have of a profile.
#[derive(Clone, Debug)]
pub struct Permit<'p> {
    /// The profile.
    pub profile: &'p Profile,
    /// How all keys begin that are opened, where all were asked for.
    pub prefix: Option<String>,
    /// Longest life of a URL, in whole seconds: the profile's, or less for who has a link.
    pub max_lifetime: Duration,
    /// What can be uploaded: as the profile says, and the link besides.
    pub upload: Option<Cow<'p, UploadLimit>>,
}

/// What the profile called `name` gives `who`, if it lets it do `operation` on `keys`.
///
/// # Errors
/// [`Error::KeyRequired`] when an anonymous request would need a key, [`Error::NotAllowed`] when a
/// known caller may not, whatever the reason: neither tells whether the profile exists.
pub fn permit<'p>(
    profiles: &'p [Profile],
    name: &str,
    operation: Operation,
    keys: Keys<'_>,
    who: &Who<'_>,
) -> Result<Permit<'p>, Error> {
    let link = match who {
        Who::Link(link) => Some(&**link),
        Who::Caller { .. } | Who::Anonymous => None,
    };
    let profile = profiles
        .iter()
        .find(|profile| profile.name == name)
        .filter(|profile| profile.admits(who))
        .filter(|profile| profile.operations.contains(&operation));
    let permit = profile.and_then(|profile| {
        let (prefix, begin) = match keys {
            Keys::One(begin) | Keys::Under(begin) => (None, begin),
            Keys::All => (Some(profile.prefix(who)?), ""),
        };
        let begin = prefix.as_deref().unwrap_or(begin);
        let granted = link.is_none_or(|link| {
            let exact = matches!(keys, Keys::One(_));
            link.grant.admits(name, operation, begin, exact)
        });
        let longest = link.map_or(Duration::MAX, Link::longest);
        let opened = granted && profile.key_rule.admits(begin, who);
        let granted = link.and_then(|link| link.grant.upload.as_ref());
        opened.then_some(Permit {
            profile,
            prefix,
            max_lifetime: profile.max_lifetime.min(longest),
            upload: match (&profile.upload, granted) {
                (Some(limit), None) => Some(Cow::Borrowed(limit)),
                (None, Some(limit)) => Some(Cow::Owned(limit.clone())),
                (Some(one), Some(other)) => Some(Cow::Owned(one.and(other)?)),
                (None, None) => None,
            },
        })
    });
    permit.ok_or(refusal(who))
}

/// What `who` learns when it may not, whatever the reason.
pub fn refusal(who: &Who<'_>) -> Error {
    match who {
        Who::Anonymous => Error::KeyRequired,
        Who::Caller { .. } | Who::Link(_) => Error::NotAllowed,
    }
}

impl Profile {
    /// Whether there can be links to it.
    pub fn takes_links(&self) -> bool {
        let mut admitted = self.callers.iter();
        admitted.any(|admitted| admitted == ANYONE || admitted == LINK)
    }

    /// How all keys begin that it opens to `who`.
    fn prefix(&self, who: &Who<'_>) -> Option<String> {
        match who {
            Who::Link(link) => link.grant.key_prefix.clone(),
            Who::Caller { .. } | Who::Anonymous => self.key_rule.prefix(who),
        }
    }

    fn admits(&self, who: &Who<'_>) -> bool {
        let mut admitted = self.callers.iter();
        admitted.any(|admitted| admitted == ANYONE || admitted == who.name())
    }
}

impl Permit<'_> {
    /// The life of a URL for which `asked_secs` are asked in the field or parameter `field`.
    ///
    /// # Errors
    /// [`Error::InvalidField`] for a life that is not given.
    pub fn lifetime(
        &self,
        asked_secs: Option<u64>,
        field: &'static str,
    ) -> Result<Lifetime, Error> {
        let Some(secs) = asked_secs else {
            let default = self.profile.default_lifetime.min(self.max_lifetime);
            return Ok(Lifetime::UpTo(default));
        };
        let max_secs = self.max_lifetime.as_secs();
        if (1..=max_secs).contains(&secs) {
            let asked = Duration::from_secs(secs);
            Ok(if self.profile.shorten_lifetime {
                Lifetime::UpTo(asked)
            } else {
                Lifetime::Exactly(asked)
            })
        } else {
            let reason = format!("must be 1 to {max_secs} seconds for this profile or link");
            Err(Error::field(field, reason))
        }
    }
}
