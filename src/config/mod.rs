//! Variables and secrets as typed values, with every error listed. An error of one profile or one caller closes that
//! alone; any other rejects the whole configuration.

mod access;
mod bindings;
mod bucket_in_endpoint;
mod bucket_name;
mod callers;
mod endpoints;
mod errors;
mod inline;
mod location;
mod oidc;
mod profile_fields;
mod profile_operation;
mod profiles;
mod providers;
mod requests;
mod secrets;
mod source;
mod token_push;
mod vending;

use std::rc::Rc;

use http::header::{ACCEPT, COOKIE};
use http::{HeaderName, HeaderValue};

use bindings::Bindings;
pub use bindings::SECRETS_STORE;
pub use callers::{CallerFields, JwtFields};
use endpoints::Store;
use errors::Errors;
pub use profile_fields::ProfileFields;
use profiles::ParsedProfile;
use secrets::keys;
pub use vending::VENDED_LIFETIME;

use crate::aws::Endpoint;
use crate::callers::{Callers, LinkKey, LinkKeys, PushRule};
use crate::cors::{Cors, Origins};
use crate::credentials::{CredentialSource, SessionProvider};
use crate::json::FieldError;
use crate::log::{Level, LogRequests, Record};
use crate::names::in_order;
use crate::oidc::OwnIssuer;
use crate::platform::Slot;
use crate::profiles::{Profile, Profiles};
use crate::rate_limit::RateLimit;
use crate::sealed::CacheKey;
use crate::sts::TokenSource;
use crate::vending::VendedCache;

/// The configuration, checked.
#[derive(Debug)]
pub struct Config {
    /// What is wrong with profiles and callers that are left out.
    pub errors: ConfigError,
    /// What profiles sign with, in the order in which profiles name them.
    pub providers: Vec<Rc<SessionProvider>>,
    /// The worker as an OIDC issuer of its own.
    pub issuer: Option<Rc<OwnIssuer>>,
    /// Where tokens for STS come from.
    pub tokens: TokenSource,
    /// Which tokens may be pushed; `None` when none may.
    pub push_rule: Option<PushRule>,
    /// The first seals handles, sessions and pushed tokens, and all open them.
    pub cache_keys: Vec<CacheKey>,
    /// Who can be authenticated.
    pub callers: Callers,
    /// What may be signed.
    pub profiles: Profiles,
    /// The credentials that this isolate has vended.
    pub vended: Rc<VendedCache>,
    /// What scripts of other origins may do; `None` where no profile names an origin.
    pub cors: Option<Cors>,
    /// `Vary` of cacheable responses: the request headers that they depend on.
    pub vary: HeaderValue,
    /// How often each caller may send requests; `None` for no limit.
    pub rate_limit: Option<RateLimit>,
    /// Which requests the log has a line for.
    pub log_requests: LogRequests,
    /// Whether the binding `ANALYTICS` accepts data points.
    pub analytics: bool,
}

/// Everything that is wrong with a configuration.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ConfigError(pub Vec<FieldError>);

impl ConfigError {
    /// The line in the log.
    pub fn record(&self) -> Record {
        Record::new(Level::Error, "misconfigured", self.texts().join("; "))
    }

    /// A sentence for each error, which begins with the path.
    pub fn texts(&self) -> Vec<String> {
        let errors = self.0.iter();
        let texts = errors.map(|error| format!("{} {}", error.path, error.reason));
        texts.collect()
    }
}

/// Gives out the slots of [`Background`](crate::platform::Background) work.
#[derive(Debug, Default)]
struct Slots(u32);

impl Slots {
    fn next(&mut self) -> Slot {
        self.0 = self.0.saturating_add(1);
        Slot(self.0)
    }
}

impl Config {
    /// Reads the configuration, which must have no error at all. `binding` returns a variable or secret by name, and JSON
    /// variables as text.
    ///
    /// # Errors
    /// [`ConfigError`] with every error.
    pub fn read(binding: impl Fn(&str) -> Option<String>) -> Result<Self, ConfigError> {
        let config = Self::read_valid(binding)?;
        if config.errors.0.is_empty() {
            Ok(config)
        } else {
            Err(config.errors)
        }
    }

    /// Reads the configuration without the profiles and callers that have errors.
    ///
    /// # Errors
    /// [`ConfigError`] with every error, if any is of something that profiles or callers share, or if no profile is left.
    pub fn read_valid(binding: impl Fn(&str) -> Option<String>) -> Result<Self, ConfigError> {
        Self::read_bindings(Bindings(&binding))
    }

    fn read_bindings(bindings: Bindings<'_>) -> Result<Self, ConfigError> {
        let mut errors = Errors::default();
        secrets::refuse_secrets_store(bindings, &mut errors);
        let mut slots = Slots::default();
        let sts = endpoints::endpoint(bindings, "AWS_ENDPOINT_URL_STS", &mut errors);
        let s3 = endpoints::endpoint(bindings, "AWS_ENDPOINT_URL_S3", &mut errors);
        let all_custom = sts.is_some() && s3.is_some();
        let sts_store = Store::at(sts.as_ref());
        let region = endpoints::region(bindings, sts_store, all_custom, &mut errors);
        let role = source::default_role(bindings, sts_store, &mut errors);
        let static_keys = source::static_keys(bindings, &mut errors);
        let variant = endpoints::variant(bindings, all_custom, &mut errors);
        let legacy = endpoints::legacy_sts(bindings, &mut errors);
        let sts = sts.unwrap_or_else(|| Endpoint::sts(&region, variant, legacy));
        let cache_keys = keys("CACHE_KEY", bindings, CacheKey::from_base64, &mut errors);
        let link_keys = keys("LINK_KEY", bindings, LinkKey::from_base64, &mut errors);
        let link_keys = LinkKeys::new(link_keys);
        let issuer = oidc::issuer(bindings, &mut errors);
        let mut callers = callers::read(bindings, link_keys, &mut slots, &mut errors);
        if let Some(issuer) = &issuer {
            oidc::refuse_as_caller(issuer, &callers, &mut errors);
        }
        let own_issuer = issuer.as_deref();
        let push = bindings.text(token_push::ISSUER).and_then(|issuer| {
            token_push::token_push(
                issuer,
                bindings,
                own_issuer,
                &callers,
                &cache_keys,
                &mut slots,
                &mut errors,
            )
        });
        let (push_rule, pushed) = push.unzip();
        let tokens = TokenSource {
            pushed: pushed.map(Rc::new),
            issuer: issuer.clone(),
        };
        let context = profiles::Context {
            callers: access::Known::new(&callers.callers, !callers.link_keys.is_empty()),
            location: location::Defaults {
                region: &region,
                endpoint: s3.as_ref(),
                endpoint_variable: endpoints::s3_variable(bindings),
                variant,
            },
            role: &role,
            sts_endpoint: &sts,
            sts: sts_store,
            issuer: own_issuer,
            static_keys: static_keys.as_ref(),
        };
        let parsed = profiles::read(bindings, &context, &mut errors);
        let rate_limit = requests::rate_limit(bindings, &mut errors);
        let log_requests = requests::log_requests(bindings, &mut errors);
        let has_source = !parsed.is_empty() || static_keys.is_some() || !role.arn.is_empty();
        if !has_source || parsed.iter().any(ParsedProfile::lacks_role) {
            errors.add("AWS_ROLE_ARN", "is missing");
        }
        if errors.are_of_all() || (parsed.is_empty() && !errors.0.is_empty()) {
            return Err(ConfigError(errors.0));
        }
        for caller in &mut callers.callers {
            caller.is_closed = errors.has(&format!("CALLERS.{}", caller.name));
        }
        let (profiles, providers) =
            providers::with_providers(parsed, &sts, &tokens, &cache_keys, &mut slots);
        callers.key_claims = key_claims(&profiles);
        Ok(Self {
            errors: ConfigError(errors.0),
            cors: cors(&profiles, &callers.headers),
            vary: vary(&callers.headers),
            providers,
            issuer,
            tokens,
            push_rule,
            cache_keys,
            callers,
            profiles: Profiles::new(profiles),
            vended: Rc::default(),
            rate_limit,
            log_requests,
            analytics: bindings.text("ANALYTICS").is_some(),
        })
    }
}

impl ParsedProfile {
    /// Whether it needs the default role, and that has no ARN.
    fn lacks_role(&self) -> bool {
        matches!(&self.source, CredentialSource::Role(role) if role.arn.is_empty())
    }
}

/// `Vary` of cacheable responses. Where a token comes in a header of its own, a proxy may have put it there because of a
/// cookie.
fn vary(credential_headers: &[HeaderName]) -> HeaderValue {
    let mut names = vec![ACCEPT.as_str()];
    names.extend(credential_headers.iter().map(HeaderName::as_str));
    if credential_headers.len() > 1 {
        names.push(COOKIE.as_str());
    }
    // Names of headers are a valid value.
    HeaderValue::from_str(&names.join(", ")).unwrap_or(HeaderValue::from_static("*"))
}

/// The claims that `profiles` name in keys.
fn key_claims(profiles: &[Profile]) -> Vec<Rc<str>> {
    let claims = profiles
        .iter()
        .flat_map(|profile| profile.key_rule.claims());
    let mut claims = in_order(claims);
    claims.dedup_by_key(|(claim, _)| *claim);
    claims.into_iter().map(|(claim, _)| claim.into()).collect()
}

/// What all `profiles` together allow scripts, which may send a credential in `credential_headers`.
fn cors(profiles: &[Profile], credential_headers: &[HeaderName]) -> Option<Cors> {
    let names_origins = |profile: &Profile| !profile.cors_origins.0.is_empty();
    if !profiles.iter().any(names_origins) {
        return None;
    }
    cors_of(profiles, credential_headers)
}

// Not inlined, because most configurations have none.
#[inline(never)]
fn cors_of(profiles: &[Profile], credential_headers: &[HeaderName]) -> Option<Cors> {
    let origins = profiles.iter().flat_map(|profile| &profile.cors_origins.0);
    let mut origins = in_order(origins.map(String::as_str));
    // Many profiles may have the same.
    origins.dedup_by_key(|(origin, _)| *origin);
    let mut request_headers = "Content-Type".to_owned();
    for name in credential_headers {
        request_headers.push_str(", ");
        request_headers.push_str(name.as_str());
    }
    Some(Cors {
        origins: Origins(origins.into_iter().map(|(it, _)| it.to_owned()).collect()),
        request_headers: request_headers.parse().ok()?,
        credentials: credential_headers.len() > 1,
    })
}
