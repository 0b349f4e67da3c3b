//! Variables and secrets as typed values. A wrong configuration is refused as a whole, with
//! every fault listed, so that nothing is ever opened by half of one.

use std::fmt;

use http::header::{ACCEPT, COOKIE};
use http::{HeaderName, HeaderValue};

use crate::callers::{Caller, IssuerUrls, LinkKey};
use crate::cors::{Cors, Origins};
use crate::presign::Endpoint;
use crate::profiles::Profile;
use crate::sealed::CacheKey;

mod access;
mod callers;
mod content;
mod endpoints;
mod fields;
mod location;
mod observation;
mod profiles;
mod provider;

pub use observation::{LogRequests, RateLimit};
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
    /// Whose tokens prove callers; each once.
    pub issuers: Vec<IssuerUrls>,
    /// The headers that hold proofs; the first is `Authorization`.
    pub proof_headers: Vec<HeaderName>,
    /// The first signs links, and all verify them; without any there are no links.
    pub link_keys: Vec<LinkKey>,
    /// What may be asked for.
    pub profiles: Vec<Profile>,
    /// What scripts of other origins may do; `None` where no profile names any.
    pub cors: Option<Cors>,
    /// The headers of a request that decide who gets what, and in which form: `Vary`.
    pub vary: HeaderValue,
    /// How often each caller may ask, where that is limited.
    pub rate_limit: Option<RateLimit>,
    /// Of which requests the log has a line.
    pub log_requests: LogRequests,
    /// Whether the binding `ANALYTICS` takes data points.
    pub analytics: bool,
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
        let cache_keys = secret_keys("CACHE_KEY", &binding, CacheKey::from_base64, &mut faults);
        let link_keys = secret_keys("LINK_KEY", &binding, LinkKey::from_base64, &mut faults);
        let callers = callers::read(binding("CALLERS").as_deref(), &mut faults);
        let mut providers = Vec::new();
        let profiles = profiles::read(
            binding("PROFILES").as_deref(),
            &profiles::Context {
                known: access::Known {
                    callers: &callers.callers,
                    links: !link_keys.is_empty(),
                },
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
        let rate_limit = observation::rate_limit(&binding, &mut faults);
        let log_requests = observation::log_requests(&binding, &mut faults);
        let nobody = providers.is_empty() && keys.is_none() && role.arn.is_empty();
        if nobody || providers.iter().any(Provider::is_nameless) {
            faults.add("AWS_ROLE_ARN", "is missing");
        }
        if faults.0.is_empty() {
            Ok(Self {
                providers,
                sts,
                cache_keys,
                cors: cors(&profiles, &callers.headers),
                vary: vary(&callers.headers),
                callers: callers.callers,
                issuers: callers.issuers,
                proof_headers: callers.headers,
                link_keys,
                profiles,
                rate_limit,
                log_requests,
                analytics: binding("ANALYTICS").is_some(),
            })
        } else {
            Err(Misconfigured(faults.0))
        }
    }
}

/// `Vary` of answers that are kept. Where a token comes in a header of its own, a proxy may have put it
/// there for a cookie.
fn vary(proof_headers: &[HeaderName]) -> HeaderValue {
    let mut names = vec![ACCEPT.as_str()];
    names.extend(proof_headers.iter().map(HeaderName::as_str));
    if proof_headers.len() > 1 {
        names.push(COOKIE.as_str());
    }
    // Names of headers make a value of one.
    HeaderValue::from_str(&names.join(", ")).unwrap_or(HeaderValue::from_static("*"))
}

/// What all `profiles` together say to scripts, which may prove who they are by `proof_headers`.
fn cors(profiles: &[Profile], proof_headers: &[HeaderName]) -> Option<Cors> {
    let origins = profiles.iter().flat_map(|profile| &profile.cors_origins.0);
    let origins: Vec<String> = origins.cloned().collect();
    if origins.is_empty() {
        return None;
    }
    let mut request_headers = "Content-Type".to_owned();
    for name in proof_headers {
        request_headers.push_str(", ");
        request_headers.push_str(name.as_str());
    }
    Some(Cors {
        origins: Origins(origins),
        request_headers: request_headers.parse().ok()?,
        credentials: proof_headers.len() > 1,
    })
}

/// The keys in the secret `name`, with commas between them, the newest first.
fn secret_keys<T>(
    name: &str,
    binding: &impl Fn(&str) -> Option<String>,
    read: fn(&str) -> Option<T>,
    faults: &mut Faults,
) -> Vec<T> {
    let Some(text) = binding(name) else {
        return Vec::new();
    };
    let keys: Option<Vec<T>> = text.split(',').map(read).collect();
    keys.unwrap_or_else(|| {
        faults.add(
            name,
            "must be 32 random bytes in base64, or several of these with commas between them",
        );
        Vec::new()
    })
}

/// The place of `item` among `items`, where equal ones stand once.
fn index_of<T: PartialEq>(item: T, items: &mut Vec<T>) -> usize {
    let known = items.iter().position(|known| *known == item);
    known.unwrap_or_else(|| {
        items.push(item);
        items.len().saturating_sub(1)
    })
}
