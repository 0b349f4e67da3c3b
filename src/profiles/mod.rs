//! Authorization: a profile opens one place in S3 to the callers that it names.

mod all;
mod allowed_callers;
mod error;
mod file_name;
mod header_rule;
mod inline_rule;
mod key_rule;
mod key_template;
mod overwrite;
mod response_override;
mod uppy;

use std::borrow::Cow;
use std::rc::Rc;
use std::time::{Duration, SystemTime};

pub use all::Profiles;
pub use allowed_callers::AllowedCallers;
pub use error::{AccessError, NOT_ALLOWED};
pub use file_name::shortened;
pub use header_rule::HeaderRule;
pub use inline_rule::InlineRule;
pub use key_rule::KeyRule;
pub use key_template::KeyTemplate;
pub use overwrite::IF_NONE_MATCH;
pub use response_override::{DownloadAs, ResponseOverride};
pub use uppy::UppyRule;

use crate::callers::{Link, Principal};
use crate::cors::Origins;
use crate::credentials::lifetime::Lifetime;
use crate::credentials::{Narrowing, SessionProvider};
use crate::json::FieldError;
use crate::presign::{BucketUrl, Operation, SignerCache, Store, UploadLimit};

/// The query parameters of `/o/{profile}/{key…}`.
pub const OBJECT_PARAMETERS: [&str; 4] = ["download", "expires", "requestPayer", "versionId"];

/// One entry of `PROFILES`.
#[derive(Debug)]
pub struct Profile {
    /// Its name in requests.
    pub name: String,
    /// Name of the bucket.
    pub bucket: String,
    /// Region of the bucket.
    pub region: String,
    /// URL of the bucket.
    pub bucket_url: BucketUrl,
    /// Which keys it opens.
    pub key_rule: KeyRule,
    /// How it makes the keys of uploads; `None` where requests choose them.
    pub key_template: Option<KeyTemplate>,
    /// The allowed operations.
    pub operations: Vec<Operation>,
    /// How credentials for these operations are made; `None` where none are vended.
    pub vends: Option<Narrowing>,
    /// Longest lifetime of a URL, in whole seconds.
    pub max_lifetime: Duration,
    /// Lifetime of a URL when the request does not say one, in whole seconds.
    pub default_lifetime: Duration,
    /// Whether a requested lifetime is shortened to what the session can give, rather than refused.
    pub shorten_lifetime: bool,
    /// The span in which all URLs for the same object and lifetime are identical, in whole seconds; zero to switch
    /// that off.
    pub window: Duration,
    /// Limits of uploads; `None` for no limits.
    pub upload: Option<UploadLimit>,
    /// Which headers requests may sign.
    pub headers: HeaderRule,
    /// Whether requests may name a version of an object.
    pub versions: bool,
    /// Whether uploads may replace objects.
    pub overwrite: bool,
    /// `Cache-Control` of S3's responses to getObject and headObject, unless the request says another.
    pub response_cache_control: Option<String>,
    /// The response overrides that requests may use.
    pub response_overrides: Vec<ResponseOverride>,
    /// How browsers treat objects; `None` where the objects' own `Content-Disposition` decides.
    pub download_as: Option<DownloadAs>,
    /// A query parameter of `/o/…` without a meaning, for applications that change it to get around caches.
    pub cache_buster: Option<String>,
    /// Which objects `/o/…` answers with, rather than with a redirect.
    pub inline: InlineRule,
    /// Name of the object that `/o/…` reads for a key that ends with a slash.
    pub index_document: Option<String>,
    /// What Uppy may do with `/uppy/{profile}/…`; `None` where it may not.
    pub uppy: Option<UppyRule>,
    /// The claim `aud` of receipts; `None` where there are none.
    pub receipt_audience: Option<String>,
    /// The allowed callers.
    pub callers: AllowedCallers,
    /// The origins whose scripts may read responses.
    pub cors_origins: Origins,
    /// What it signs with.
    pub provider: Rc<SessionProvider>,
    /// The signer for its next URL.
    pub signer: SignerCache,
}

/// The keys that a request is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyScope<'k> {
    /// This key.
    Key(&'k str),
    /// All keys with this prefix.
    Prefix(&'k str),
    /// All keys that the profile opens.
    All,
}

/// What a principal may do with a profile.
#[derive(Clone, Debug)]
pub struct Permission<'p> {
    /// The profile.
    pub profile: &'p Profile,
    /// The prefix of the opened keys, where the request is about all of them.
    pub prefix: Option<String>,
    /// Longest lifetime of a URL, in whole seconds: the profile's, or that of the link if it is shorter.
    pub max_lifetime: Duration,
    /// Limits of uploads: the profile's and the link's.
    pub upload: Option<Cow<'p, UploadLimit>>,
}

/// Authorizes `principal` to do `operation` on `scope` with the profile called `name`.
///
/// # Errors
/// [`AccessError::CredentialRequired`] for an anonymous principal, else [`AccessError::Denied`], whatever the reason.
pub fn authorize<'p>(
    profiles: &'p Profiles,
    name: &str,
    operation: Operation,
    scope: KeyScope<'_>,
    principal: &Principal,
) -> Result<Permission<'p>, AccessError> {
    let profile = profiles
        .named(name)
        .filter(|profile| profile.allows_caller(principal))
        .filter(|profile| profile.operations.contains(&operation));
    let permission = profile.and_then(|it| it.permission(operation, scope, principal));
    permission.ok_or(denial(principal))
}

/// Authorizes `principal` to have credentials of the profile called `name`, and returns the profile with the prefix of the
/// keys that they open. Links give none: they grant operations of S3.
///
/// # Errors
/// As [`authorize`].
pub fn authorize_credentials<'p>(
    profiles: &'p Profiles,
    name: &str,
    principal: &Principal,
) -> Result<(&'p Profile, String), AccessError> {
    let profile = profiles
        .named(name)
        .filter(|it| it.vends.is_some() && matches!(principal, Principal::Caller { .. }))
        .filter(|profile| profile.allows_caller(principal));
    let permission = profile.and_then(|profile| {
        let prefix = profile.key_rule.prefix(principal)?;
        is_plain_prefix(&prefix).then_some((profile, prefix))
    });
    permission.ok_or(denial(principal))
}

/// Whether `prefix` stands for itself in a policy wherever it is read. [IAM escapes][escape] the three characters that mean
/// something else, but other servers take the escapes for part of the name. Policies have no characters beyond Latin-1.
///
/// [escape]: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html#policy-vars-specialchars
pub fn is_plain_prefix(prefix: &str) -> bool {
    let means_something = |c: char| matches!(c, '*' | '?' | '$');
    let is_in_policies = |c: char| matches!(c, ' '..='\u{ff}');
    !prefix.contains(means_something) && prefix.chars().all(is_in_policies)
}

/// The error for a `principal` that is not authorized, whatever the reason.
pub fn denial(principal: &Principal) -> AccessError {
    match principal {
        Principal::Anonymous => AccessError::CredentialRequired,
        Principal::Caller { .. } | Principal::Link(_) => AccessError::Denied,
    }
}

impl Profile {
    /// Whether signed links can be made for it.
    pub fn allows_links(&self) -> bool {
        self.callers.include_links()
    }

    /// The bucket's name in the policies of forms, where [Ceph][tenants] leaves out the tenant.
    ///
    /// [tenants]: https://docs.ceph.com/en/latest/radosgw/multitenancy/
    pub fn bucket_of_policies(&self) -> &str {
        match self.bucket.split_once(':') {
            Some((tenant, name)) if tenant != "arn" => name,
            _ => &self.bucket,
        }
    }

    /// The store that has its bucket, at `now`.
    pub fn store(&self, now: SystemTime) -> Store<'_> {
        Store {
            bucket: &self.bucket_url,
            region: &self.region,
            now,
        }
    }

    /// Whether `principal` is one of its callers.
    pub fn allows_caller(&self, principal: &Principal) -> bool {
        self.callers.include(principal.name())
    }

    fn permission(
        &self,
        operation: Operation,
        scope: KeyScope<'_>,
        principal: &Principal,
    ) -> Option<Permission<'_>> {
        let link = principal.link();
        let (opened_prefix, prefix) = match scope {
            KeyScope::Key(prefix) | KeyScope::Prefix(prefix) => (None, prefix),
            KeyScope::All => (Some(self.opened_prefix(principal)?), ""),
        };
        let prefix = opened_prefix.as_deref().unwrap_or(prefix);
        let granted = link.is_none_or(|link| {
            let exact = matches!(scope, KeyScope::Key(_));
            link.grant.allows(&self.name, operation, prefix, exact)
        });
        if !granted || !self.key_rule.allows(prefix, principal) {
            return None;
        }
        let of_link = link.and_then(|link| link.grant.upload.as_ref());
        Some(Permission {
            profile: self,
            max_lifetime: self
                .max_lifetime
                .min(link.map_or(Duration::MAX, Link::max_lifetime)),
            upload: match (&self.upload, of_link) {
                (Some(limit), None) => Some(Cow::Borrowed(limit)),
                (None, Some(limit)) => Some(Cow::Owned(limit.clone())),
                (Some(one), Some(other)) => Some(Cow::Owned(one.and(other)?)),
                (None, None) => None,
            },
            prefix: opened_prefix,
        })
    }

    /// The prefix of all keys that it opens to `principal`.
    fn opened_prefix(&self, principal: &Principal) -> Option<String> {
        match principal {
            Principal::Link(link) => link.grant.key_prefix.clone(),
            Principal::Caller { .. } | Principal::Anonymous => self.key_rule.prefix(principal),
        }
    }
}

impl Permission<'_> {
    /// The lifetime of a URL for which `requested_secs` are requested in `field`.
    ///
    /// # Errors
    /// [`FieldError`] for a lifetime that is not allowed.
    pub fn lifetime(
        &self,
        requested_secs: Option<u64>,
        field: &'static str,
    ) -> Result<Lifetime, FieldError> {
        let Some(secs) = requested_secs else {
            let default = self.profile.default_lifetime.min(self.max_lifetime);
            return Ok(Lifetime::UpTo(default));
        };
        let max_secs = self.max_lifetime.as_secs();
        if (1..=max_secs).contains(&secs) {
            let requested = Duration::from_secs(secs);
            Ok(if self.profile.shorten_lifetime {
                Lifetime::UpTo(requested)
            } else {
                Lifetime::Exactly(requested)
            })
        } else {
            let reason = format!("must be 1 to {max_secs} seconds for this profile or link");
            Err(FieldError::new(field, reason))
        }
    }
}
