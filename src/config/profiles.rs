//! `PROFILES`: one object a profile; see [`Profile`] for what its fields mean.

use std::time::Duration;

use super::fields::{Fields, NAME_FORM, is_name, object};
use super::location::{self, Located};
use super::provider::{Provider, Role, profile_role};
use super::{Faults, access, content, index_of};
use crate::credentials::Credentials;
use crate::credentials::rotation::SESSION_MARGIN;
use crate::json::Json;
use crate::presign::MAX_LIFETIME_SECS;
use crate::profiles::Profile;

/// Life of a URL when neither the caller nor the profile says more.
const DEFAULT_LIFETIME: Duration = Duration::from_secs(300);

/// What the rest of the configuration says to every profile.
pub(super) struct Context<'a> {
    /// Of callers.
    pub(super) known: access::Known<'a>,
    /// Of buckets.
    pub(super) location: location::Defaults<'a>,
    /// Of the profiles that name none, unless there are static keys.
    pub(super) role: &'a Role,
    /// The static keys.
    pub(super) keys: Option<&'a Credentials>,
}

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
    let access = access::read(&mut fields, &context.known);
    let provider = match (profile_role(&mut fields, context.role), context.keys) {
        (Some(role), _) => Provider::Role(role),
        (None, Some(keys)) => Provider::Keys(keys.clone()),
        (None, None) => Provider::Role(context.role.clone()),
    };
    let lifetimes = lifetimes(&provider, &mut fields);
    let shorten_lifetime = fields.optional("shortenLifetime").unwrap_or_default();
    let upload = content::upload(&mut fields);
    let response_cache_control = content::response_cache_control(&mut fields);
    let response_overrides = content::response_overrides(&mut fields);
    let cache_buster = content::cache_buster(&mut fields);
    fields.finish();
    let provider = index_of(provider, providers);
    let lifetimes = lifetimes?;
    let Located { bucket, place } = located?;
    let access = access?;
    Some(Profile {
        name,
        bucket,
        bucket_url: place.bucket_url,
        region: place.region,
        key_rule: access.key_rule,
        operations: access.operations,
        max_lifetime: lifetimes.max,
        default_lifetime: lifetimes.default,
        shorten_lifetime,
        window: lifetimes.window,
        upload,
        response_cache_control,
        response_overrides,
        cache_buster,
        callers: access.callers,
        cors_origins: access.cors_origins,
        provider,
    })
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
