//! `PROFILES`: one object a profile.

use std::rc::Rc;
use std::time::Duration;

use super::access::{self, Access};
use super::bindings::Bindings;
use super::endpoints::Store;
use super::errors::{Errors, Fields, NAME_FORM, is_name};
use super::inline;
use super::location::{self, Located};
use super::oidc;
use super::profile_fields::ProfileFields;
use super::source::profile_role;
use super::vending;
use crate::aws::{Credentials, Endpoint};
use crate::credentials::schedule::SESSION_MARGIN;
use crate::credentials::{CredentialSource, Narrowing, SessionProvider};
use crate::json::Json;
use crate::oidc::OwnIssuer;
use crate::presign::{MAX_LIFETIME_SECS, SignerCache, is_sendable};
use crate::profiles::{InlineRule, OBJECT_PARAMETERS, Profile, ResponseOverride};
use crate::sts::Role;

/// Lifetime of a URL when neither the request nor the profile says one.
const DEFAULT_LIFETIME: Duration = Duration::from_secs(300);

/// The response overrides that requests may use when the profile does not list any: the one that changes nothing but the
/// name of the file.
const DEFAULT_OVERRIDES: &[ResponseOverride] = &[ResponseOverride::Download];

/// What the rest of the configuration says about every profile.
pub(super) struct Context<'a> {
    /// The known callers.
    pub(super) callers: access::Known<'a>,
    /// Where buckets are by default.
    pub(super) location: location::Defaults<'a>,
    /// The role of profiles that name none, unless there are static keys.
    pub(super) role: &'a Role,
    /// The endpoint of STS.
    pub(super) sts_endpoint: &'a Endpoint,
    /// Whose rules the ARNs of roles follow.
    pub(super) sts: Store,
    /// The worker as an issuer.
    pub(super) issuer: Option<&'a OwnIssuer>,
    /// The static keys.
    pub(super) static_keys: Option<&'a Credentials>,
}

/// A profile without its [`SessionProvider`], which profiles with the same source share.
pub(super) struct ParsedProfile {
    pub(super) source: CredentialSource,
    pub(super) max_url_lifetime: Duration,
    pub(super) window: Duration,
    /// Completes the profile.
    pub(super) complete: Box<dyn FnOnce(Rc<SessionProvider>) -> Profile>,
}

/// Reads the variable `PROFILES`, and those that continue it. A profile with an error is left out.
pub(super) fn read(
    bindings: Bindings<'_>,
    context: &Context<'_>,
    errors: &mut Errors,
) -> Vec<ParsedProfile> {
    let Some(members) = errors.members("PROFILES", bindings) else {
        let reason = "is missing: without a profile nothing can be signed";
        errors.add("PROFILES", reason);
        return Vec::new();
    };
    let members = members.into_iter();
    let profiles = members.filter_map(|(name, json)| {
        let path = ["PROFILES.", &name].concat();
        if !is_name(&name) {
            errors.add(path.clone(), NAME_FORM);
        }
        let profile = profile(name, path.clone(), json, context, errors);
        profile.filter(|_| !errors.has(&path))
    });
    profiles.collect()
}

fn profile(
    name: String,
    path: String,
    json: Json,
    context: &Context<'_>,
    errors: &mut Errors,
) -> Option<ParsedProfile> {
    let (profile, mut fields) = Fields::read::<ProfileFields>(path, json, errors);
    let checked = check(&profile, context, &mut fields)?;
    let max_url_lifetime = checked.max_url_lifetime();
    let Checked {
        located: Located { bucket, location },
        access,
        lifetimes,
        inline,
        index_document,
        vends,
        ..
    } = checked;
    Some(ParsedProfile {
        max_url_lifetime,
        source: checked.source,
        window: lifetimes.window,
        complete: Box::new(move |provider| Profile {
            name,
            bucket,
            bucket_url: location.bucket_url,
            region: location.region,
            key_rule: access.key_rule,
            key_template: access.key_template,
            operations: access.operations,
            vends,
            max_lifetime: lifetimes.max,
            default_lifetime: lifetimes.default,
            shorten_lifetime: profile.shorten_lifetime.unwrap_or_default(),
            window: lifetimes.window,
            upload: profile.upload,
            headers: access.headers,
            versions: profile.versions.unwrap_or_default(),
            overwrite: profile.overwrite.unwrap_or(true),
            response_cache_control: profile.response_cache_control,
            response_overrides: profile
                .response_overrides
                .unwrap_or_else(|| DEFAULT_OVERRIDES.to_vec()),
            download_as: profile.download_as,
            cache_buster: profile.cache_buster,
            inline,
            index_document,
            uppy: access.uppy,
            receipt_audience: profile.receipt_audience,
            callers: access.callers,
            cors_origins: access.cors_origins,
            provider,
            signer: SignerCache::default(),
        }),
    })
}

/// What the fields of a profile are read as.
struct Checked {
    located: Located,
    access: Access,
    source: CredentialSource,
    lifetimes: Lifetimes,
    inline: InlineRule,
    index_document: Option<String>,
    vends: Option<Narrowing>,
}

impl Checked {
    /// For so long the sessions of its source must last.
    fn max_url_lifetime(&self) -> Duration {
        let lifetime = self.lifetimes.max.saturating_add(self.lifetimes.window);
        lifetime.max(vending::needed_lifetime(self.vends.as_ref(), &self.source))
    }
}

/// Checks all fields.
// Not inlined, so that it has none of the code that drops the fields. Nor are the larger functions that it calls: as one
// function, the runtime would optimize them while it reads a thousand profiles, which takes longer than reading them.
#[inline(never)]
fn check(
    profile: &ProfileFields,
    context: &Context<'_>,
    fields: &mut Fields<'_>,
) -> Option<Checked> {
    let located = location::read(profile, fields, &context.location);
    let access = access::read(profile, fields, &context.callers);
    let role = profile_role(profile, fields, context.role, context.sts);
    let source = match (role, context.static_keys) {
        (Some(role), _) => CredentialSource::Role(role),
        (None, Some(keys)) => CredentialSource::StaticKeys(keys.clone()),
        (None, None) => CredentialSource::Role(context.role.clone()),
    };
    let lifetimes = lifetimes(&source, profile, fields);
    check_objects(profile, fields);
    let inline = inline::read(profile, fields);
    let index_document = inline::index_document(profile, fields);
    oidc::check_receipts(profile, context.issuer, fields);
    let (lifetimes, located) = (lifetimes?, located?);
    let r2_host = located.location.bucket_url.r2_host(&located.bucket);
    let vends = vending::read(profile, fields, &source, context.sts_endpoint, r2_host);
    Some(Checked {
        located,
        access: access?,
        source,
        lifetimes,
        inline,
        index_document,
        vends,
    })
}

struct Lifetimes {
    max: Duration,
    default: Duration,
    window: Duration,
}

/// `maxLifetimeSecs`, `defaultLifetimeSecs` and `windowSecs`, which sessions from `source` must be able to give, and
/// `maxSignatureAgeSecs`, which must cover them.
// Not inlined: see `check`.
#[inline(never)]
fn lifetimes(
    source: &CredentialSource,
    profile: &ProfileFields,
    fields: &mut Fields<'_>,
) -> Option<Lifetimes> {
    let window_secs = profile.window_secs.unwrap_or(0);
    let (limit_secs, reason) = match source {
        CredentialSource::StaticKeys(_) => (MAX_LIFETIME_SECS, "S3 accepts no longer lifetime"),
        CredentialSource::Role(role) => (
            role.duration.saturating_sub(SESSION_MARGIN).as_secs(),
            "the session's duration (AWS_ROLE_DURATION_SECONDS or roleDurationSeconds) less a margin of \
             300, less windowSecs, because a URL dies with the session that signed it",
        ),
    };
    let max_secs = limit_secs.saturating_sub(window_secs);
    let max = fields.required("maxLifetimeSecs", profile.max_lifetime_secs);
    let max = max.and_then(|secs| {
        let within = (1..=max_secs).contains(&secs);
        if !within {
            add_lifetime_error(secs, max_secs, reason, fields);
        }
        within.then(|| Duration::from_secs(secs))
    });
    if let (Some(max), Some(age_secs)) = (max, profile.max_signature_age_secs) {
        let longest_secs = max.as_secs().saturating_add(window_secs);
        if longest_secs > age_secs {
            let reason = format!(
                "is {age_secs}, but a URL can live for {longest_secs}: maxLifetimeSecs and windowSecs together"
            );
            fields.error("maxSignatureAgeSecs", reason);
        }
    }
    let default = profile.default_lifetime_secs.map(Duration::from_secs);
    if let (Some(default), Some(max)) = (default, max)
        && (default.is_zero() || default > max)
    {
        fields.error("defaultLifetimeSecs", "must be 1 to maxLifetimeSecs");
    }
    Some(Lifetimes {
        max: max?,
        default: default.unwrap_or(DEFAULT_LIFETIME).min(max?),
        window: Duration::from_secs(window_secs),
    })
}

#[cold]
#[inline(never)]
fn add_lifetime_error(secs: u64, max_secs: u64, why: &str, fields: &mut Fields<'_>) {
    let reason = format!("is {secs} and must be 1 to {max_secs}: {why}");
    fields.error("maxLifetimeSecs", reason);
}

/// Checks `responseCacheControl`, `downloadAs` and `cacheBuster`.
fn check_objects(profile: &ProfileFields, fields: &mut Fields<'_>) {
    if profile
        .response_cache_control
        .as_deref()
        .is_some_and(|value| value.is_empty() || !is_sendable(value))
    {
        let reason = "must be a Cache-Control such as private, max-age=3600";
        fields.error("responseCacheControl", reason);
    }
    let overrides = profile.response_overrides.as_ref();
    let free = overrides.is_some_and(|it| it.contains(&ResponseOverride::ContentDisposition));
    if profile.download_as.is_some() && free {
        let reason =
            "must not be set where responseOverrides has contentDisposition, which could undo it";
        fields.error("downloadAs", reason);
    }
    if let Some(name) = &profile.cache_buster {
        check_cache_buster(name, fields);
    }
}

// Not inlined, because most profiles have none.
#[inline(never)]
fn check_cache_buster(name: &str, fields: &mut Fields<'_>) {
    // In other case too: `Expires` would be a mistake for `expires`.
    let is_parameter = |known: &&str| known.eq_ignore_ascii_case(name);
    if !is_name(name) || OBJECT_PARAMETERS.iter().any(is_parameter) {
        let reason = "must be the name of a parameter without another meaning, such as v";
        fields.error("cacheBuster", reason);
    }
}
