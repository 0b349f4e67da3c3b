//! Variables and secrets as typed values. A wrong configuration is refused as a whole, with
//! every fault listed, so that nothing is ever opened by half of one.

use std::fmt;

use crate::callers::Caller;
use crate::presign::Endpoint;
use crate::profiles::Profile;
use crate::sealed::CacheKey;

mod callers;
mod content;
mod endpoints;
mod fields;
mod location;
mod profiles;
mod provider;

pub use provider::{Provider, Role};

/// The whole configuration, checked.
#[derive(Debug)]
pub struct Config {
    /// Where credentials come from; each once.
    pub providers: Vec<Provider>,
    /// Where STS is.
    pub sts: Endpoint,
    /// The first seals sessions for KV, and all open them; without any nothing is kept there.
    pub cache_keys: Vec<CacheKey>,
    /// Who may ask.
    pub callers: Vec<Caller>,
    /// What may be asked for.
    pub profiles: Vec<Profile>,
}

/// One thing to mend.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// Variable and field, such as `PROFILES.avatars.bucket`.
    pub field: String,
    /// What is wrong with it. Never a value that could be a secret.
    pub reason: String,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.field, self.reason)
    }
}

/// A refused configuration with everything that is wrong with it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Misconfigured(pub Vec<Fault>);

/// Collects faults while the rest is read on.
#[derive(Debug, Default)]
struct Faults(Vec<Fault>);

impl Faults {
    fn add(&mut self, field: impl Into<String>, reason: impl Into<String>) {
        self.0.push(Fault {
            field: field.into(),
            reason: reason.into(),
        });
    }
}

impl Config {
    /// Reads the configuration; `binding` gives a variable or secret by name, JSON bindings as
    /// text.
    ///
    /// # Errors
    /// [`Misconfigured`] with every fault, when there is any.
    pub fn read(binding: impl Fn(&str) -> Option<String>) -> Result<Self, Misconfigured> {
        let binding = |name: &str| binding(name).filter(|text| !text.trim().is_empty());
        let mut faults = Faults::default();
        let region = endpoints::region(&binding, &mut faults);
        let role = provider::default_role(&binding, &mut faults);
        let keys = provider::static_keys(&binding, &mut faults);
        let sts = endpoints::endpoint(&binding, "AWS_ENDPOINT_URL_STS", &mut faults);
        let s3 = endpoints::endpoint(&binding, "AWS_ENDPOINT_URL_S3", &mut faults);
        let all_custom = sts.is_some() && s3.is_some();
        let variant = endpoints::variant(&binding, all_custom, &mut faults);
        let legacy = endpoints::legacy_sts(&binding, &mut faults);
        let sts = sts.unwrap_or_else(|| Endpoint::sts(&region, variant, legacy));
        let cache_keys = cache_keys(binding("CACHE_KEY").as_deref(), &mut faults);
        let callers = callers::read(binding("CALLERS").as_deref(), &mut faults);
        let mut providers = Vec::new();
        let profiles = profiles::read(
            binding("PROFILES").as_deref(),
            &profiles::Context {
                callers: &callers,
                location: location::Defaults {
                    region: &region,
                    endpoint: s3.as_ref(),
                    variant,
                },
                role: &role,
                keys: keys.as_ref(),
            },
            &mut providers,
            &mut faults,
        );
        let nobody = providers.is_empty() && keys.is_none() && role.arn.is_empty();
        if nobody || providers.iter().any(Provider::is_nameless) {
            faults.add("AWS_ROLE_ARN", "is missing");
        }
        if faults.0.is_empty() {
            Ok(Self {
                providers,
                sts,
                cache_keys,
                callers,
                profiles,
            })
        } else {
            Err(Misconfigured(faults.0))
        }
    }
}

/// `CACHE_KEY`: keys with commas between them, the newest first.
fn cache_keys(text: Option<&str>, faults: &mut Faults) -> Vec<CacheKey> {
    let listed = text.into_iter().flat_map(|text| text.split(','));
    let keys: Option<Vec<CacheKey>> = listed.map(CacheKey::from_base64).collect();
    keys.unwrap_or_else(|| {
        faults.add(
            "CACHE_KEY",
            "must be 32 random bytes in base64, or several of these with commas between them",
        );
        Vec::new()
    })
}
