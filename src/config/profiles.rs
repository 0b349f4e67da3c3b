//! `PROFILES`: one object a profile; see [`Profile`] for what its fields mean.

use std::time::Duration;

use super::fields::{Fields, NAME_FORM, is_name, object};
use super::location::{self, Located};
use super::provider::{Provider, Role, profile_role};
use super::{Faults, content, place};
use crate::callers::{ANYONE, Caller, LINK, Proof};
use crate::cors::{Origins, is_origin};
use crate::credentials::Credentials;
use crate::credentials::rotation::SESSION_MARGIN;
use crate::json::Json;
use crate::profiles::{KeyRule, Profile};

/// Life of a URL when neither the caller nor the profile says more.
const DEFAULT_LIFETIME: Duration = Duration::from_secs(300);

/// What the rest of the configuration says to every profile.
pub(super) struct Context<'a> {
    pub(super) callers: &'a [Caller],
    /// Whether there is a key for links.
    pub(super) links: bool,
    /// Of buckets.
    pub(super) location: location::Defaults<'a>,
    /// Of the profiles that name none, unless there are static keys.
    pub(super) role: &'a Role,
    /// The static keys.
    pub(super) keys: Option<&'a Credentials>,
}

/// The longest life of a URL [that S3 takes][limit].
///
/// [limit]: https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-query-string-auth.html
const MAX_LIFETIME_SECS: u64 = 604_800;

/// Reads all profiles, and puts what they sign with into `providers`.
pub(super) fn read(
    text: Option<&str>,
    context: &Context<'_>,
    providers: &mut Vec<Provider>,
    faults: &mut Faults,
) -> Vec<Profile> {
    let Some(text) = text else {
        faults.add(
            "PROFILES",
            "is missing: without a profile nothing can be signed",
        );
        return Vec::new();
    };
    object("PROFILES", text, faults)
        .into_iter()
        .filter_map(|(name, value)| {
            if !is_name(&name) {
                faults.add(format!("PROFILES.{name}"), NAME_FORM);
            }
            profile(name, value, context, providers, faults)
        })
        .collect()
}

fn profile(
    name: String,
    json: Json,
    context: &Context<'_>,
    providers: &mut Vec<Provider>,
    faults: &mut Faults,
) -> Option<Profile> {
    let mut fields = Fields::of(format!("PROFILES.{name}"), json, faults);
    let located = location::read(&mut fields, &context.location);
    let key_rule = key_rule(&mut fields);
    let operations = fields.required("operations");
    let callers: Vec<String> = fields.required("callers").unwrap_or_default();
    let claims = key_rule.as_ref().is_some_and(KeyRule::names_claims);
    check_callers(
        &callers,
        context.callers,
        (claims, context.links),
        &mut fields,
    );
    let provider = match (profile_role(&mut fields, context.role), context.keys) {
        (Some(role), _) => Provider::Role(role),
        (None, Some(keys)) => Provider::Keys(keys.clone()),
        (None, None) => Provider::Role(context.role.clone()),
    };
    let lifetimes = lifetimes(&provider, &mut fields);
    let shorten_lifetime = fields.optional("shortenLifetime").unwrap_or_default();
    let cors_origins: Vec<String> = fields.optional("corsOrigins").unwrap_or_default();
    if !cors_origins.iter().all(|origin| is_origin(origin)) {
        fields.fault(
            "corsOrigins",
            "must be origins such as https://app.example.com, in small letters and without a path, or *",
        );
    }
    let upload = content::upload(&mut fields);
    let response_cache_control = content::response_cache_control(&mut fields);
    let cache_buster = content::cache_buster(&mut fields);
    fields.finish();
    let provider = place(provider, providers);
    let lifetimes = lifetimes?;
    let Located { bucket, place } = located?;
    Some(Profile {
        name,
        bucket,
        bucket_url: place.bucket_url,
        region: place.region,
        key_rule: key_rule?,
        operations: operations?,
        max_lifetime: lifetimes.max,
        default_lifetime: lifetimes.default,
        shorten_lifetime,
        window: lifetimes.window,
        upload,
        response_cache_control,
        cache_buster,
        callers,
        cors_origins: Origins(cors_origins),
        provider,
    })
}

fn key_rule(fields: &mut Fields<'_>) -> Option<KeyRule> {
    let prefix: String = fields.required("keyPrefix")?;
    KeyRule::parse(&prefix)
        .map_err(|reason| fields.fault("keyPrefix", reason))
        .ok()
}

/// `claims` says whether the rule of keys names any, and `links` whether there are links at all.
fn check_callers(
    named: &[String],
    known: &[Caller],
    (claims, links): (bool, bool),
    fields: &mut Fields<'_>,
) {
    for (n, caller) in (1_u32..).zip(named) {
        let defined = known.iter().find(|known| known.name == *caller);
        let without_claims = match defined {
            Some(defined) => matches!(defined.proof, Proof::Keys(_)),
            None => caller == ANYONE,
        };
        if claims && without_claims {
            fields.fault(
                "callers",
                &format!("names at place {n} a caller without the claims of keyPrefix"),
            );
        }
        if caller == LINK && !links {
            fields.fault("callers", "names link, but LINK_KEY is not set");
        }
        if caller != ANYONE && caller != LINK && defined.is_none() {
            // By its place: it may be a key that was put where the name belongs.
            fields.fault(
                "callers",
                &format!("names at place {n} a caller that CALLERS does not define"),
            );
        }
    }
}

struct Lifetimes {
    max: Duration,
    default: Duration,
    window: Duration,
}

/// `maxLifetimeSecs`, `defaultLifetimeSecs` and `windowSecs`, with which sessions of `provider` have to
/// do.
fn lifetimes(provider: &Provider, fields: &mut Fields<'_>) -> Option<Lifetimes> {
    let window_secs = fields.optional("windowSecs").unwrap_or(0);
    let (life, whose) = match provider {
        Provider::Keys(_) => (MAX_LIFETIME_SECS, "S3 takes no longer URLs"),
        Provider::Role(role) => (
            role.duration.saturating_sub(SESSION_MARGIN).as_secs(),
            "the session's duration (AWS_ROLE_DURATION_SECONDS or roleDurationSeconds) less a margin of \
             300, less windowSecs, because a URL dies with the session that signed it",
        ),
    };
    let longest = life.saturating_sub(window_secs);
    let max = fields.required("maxLifetimeSecs").and_then(|secs| {
        let within = (1..=longest).contains(&secs);
        if !within {
            fields.fault(
                "maxLifetimeSecs",
                &format!("is {secs} and must be 1 to {longest}: {whose}"),
            );
        }
        within.then(|| Duration::from_secs(secs))
    });
    let default = fields
        .optional("defaultLifetimeSecs")
        .map(Duration::from_secs);
    if let (Some(default), Some(max)) = (default, max)
        && (default.is_zero() || default > max)
    {
        fields.fault("defaultLifetimeSecs", "must be 1 to maxLifetimeSecs");
    }
    Some(Lifetimes {
        max: max?,
        default: default.unwrap_or(DEFAULT_LIFETIME).min(max?),
        window: Duration::from_secs(window_secs),
    })
}
