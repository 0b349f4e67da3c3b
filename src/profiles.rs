//! What may be signed: a profile opens one place in S3 to the callers it names.

mod upload;

use std::time::Duration;

use crate::callers::{ANYONE, Who};
use crate::credentials::lifetime::Lifetime;
use crate::error::Error;
use crate::presign::{BucketUrl, Operation};

pub use upload::{OutOfBounds, UploadLimit};

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
    /// Every key has to begin with this; empty admits any key. It is compared as it stands, so
    /// `users/1` admits `users/10`: end it with a slash.
    pub key_prefix: String,
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
    /// A parameter of `/o/…` that means nothing, so that a new URL makes browsers ask anew.
    pub cache_buster: Option<String>,
    /// Names of the callers admitted; [`ANYONE`] admits everybody.
    pub callers: Vec<String>,
    /// What it signs with: the place among the configuration's providers.
    pub provider: usize,
}

/// The profile called `name`, if it lets `who` do `operation` on `key`, or on all keys that begin
/// with it; without a key, on all that the profile opens.
///
/// # Errors
/// [`Error::KeyRequired`] when an anonymous request would need a key, [`Error::NotAllowed`] when a
/// known caller may not, whatever the reason: neither tells whether the profile exists.
pub fn permit<'p>(
    profiles: &'p [Profile],
    name: &str,
    operation: Operation,
    key: Option<&str>,
    who: Who<'_>,
) -> Result<&'p Profile, Error> {
    profiles
        .iter()
        .find(|profile| profile.name == name)
        .filter(|profile| admits(profile, who))
        .filter(|profile| profile.operations.contains(&operation))
        .filter(|profile| key.is_none_or(|key| key.starts_with(&profile.key_prefix)))
        .ok_or(refusal(who))
}

/// What `who` learns when it may not, whatever the reason.
pub fn refusal(who: Who<'_>) -> Error {
    match who {
        Who::Anonymous => Error::KeyRequired,
        Who::Caller(_) => Error::NotAllowed,
    }
}

fn admits(profile: &Profile, who: Who<'_>) -> bool {
    profile
        .callers
        .iter()
        .any(|admitted| admitted == ANYONE || matches!(who, Who::Caller(name) if admitted == name))
}

impl Profile {
    /// The life of a URL for which `asked_secs` are asked in the field or parameter `field`.
    ///
    /// # Errors
    /// [`Error::InvalidField`] for a life that the profile does not give.
    pub fn lifetime(
        &self,
        asked_secs: Option<u64>,
        field: &'static str,
    ) -> Result<Lifetime, Error> {
        let Some(secs) = asked_secs else {
            return Ok(Lifetime::UpTo(self.default_lifetime));
        };
        let max_secs = self.max_lifetime.as_secs();
        if (1..=max_secs).contains(&secs) {
            let asked = Duration::from_secs(secs);
            Ok(if self.shorten_lifetime {
                Lifetime::UpTo(asked)
            } else {
                Lifetime::Exactly(asked)
            })
        } else {
            Err(Error::field(
                field,
                format!("must be 1 to {max_secs} seconds for this profile"),
            ))
        }
    }
}
