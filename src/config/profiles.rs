//! `PROFILES`: one object a profile.

use std::rc::Rc;
use std::time::Duration;

use schemars::JsonSchema;
use serde::Deserialize;

use super::access;
use super::errors::{Errors, Fields, NAME_FORM, is_name};
use super::location::{self, Located};
use super::source::profile_role;
use crate::aws::Credentials;
use crate::credentials::schedule::SESSION_MARGIN;
use crate::credentials::{CredentialSource, SessionProvider};
use crate::json::Json;
use crate::presign::{
    AddressingStyle, MAX_LIFETIME_SECS, Operation, SignerCache, UploadLimit, is_sendable,
};
use crate::profiles::{OBJECT_PARAMETERS, Profile, ResponseOverride};
use crate::sts::Role;

/// Lifetime of a URL when neither the request nor the profile says one.
const DEFAULT_LIFETIME: Duration = Duration::from_secs(300);

/// One entry of `PROFILES`.
#[derive(Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ProfileFields {
    /// Name of a bucket, or alias or ARN of an access point. Required.
    pub(super) bucket: Option<String>,
    /// Region of the bucket. Default: `AWS_REGION`.
    pub(super) region: Option<String>,
    /// How the bucket's name is written into the URL. Default: `auto`.
    pub(super) addressing_style: Option<AddressingStyle>,
    /// Endpoint of S3 for this profile. Default: `AWS_ENDPOINT_URL_S3`, else AWS's.
    pub(super) endpoint_url: Option<String>,
    /// Whether to use Transfer Acceleration. Default: `false`.
    pub(super) use_accelerate_endpoint: Option<bool>,
    /// Whether to use a FIPS endpoint. Default: `AWS_USE_FIPS_ENDPOINT`.
    pub(super) use_fips_endpoint: Option<bool>,
    /// Whether to use a dual-stack endpoint. Default: `AWS_USE_DUALSTACK_ENDPOINT`.
    pub(super) use_dualstack_endpoint: Option<bool>,
    /// Every key must begin with this; `{sub}` and other claims in braces stand for whole segments. Required; may be
    /// empty.
    pub(super) key_prefix: Option<String>,
    /// The allowed operations. Required.
    pub(super) operations: Option<Vec<Operation>>,
    /// Names of the allowed callers; `link` stands for signed links, `anyone` for everybody, also without a credential.
    /// Required.
    pub(super) callers: Option<Vec<String>>,
    /// Origins whose scripts may send requests and read responses, or `*`. Default: none.
    pub(super) cors_origins: Option<Vec<String>>,
    /// Longest lifetime of a URL, in seconds. Required.
    pub(super) max_lifetime_secs: Option<u64>,
    /// Lifetime of a URL when the request does not say one, in seconds. Default: `300`, or `maxLifetimeSecs` if that is
    /// less.
    pub(super) default_lifetime_secs: Option<u64>,
    /// Whether a requested lifetime is shortened to what the session can give, rather than refused. Default: `false`.
    pub(super) shorten_lifetime: Option<bool>,
    /// Length of the windows in which the same request gets the same URL, in seconds. Default: `0`.
    pub(super) window_secs: Option<u64>,
    /// Limits of uploads. Default: none.
    pub(super) upload: Option<UploadLimit>,
    /// `Cache-Control` that S3 returns for getObject and headObject, unless the request overrides it. Default: the
    /// object's.
    pub(super) response_cache_control: Option<String>,
    /// Response overrides that requests may use. Default: all.
    pub(super) response_overrides: Option<Vec<ResponseOverride>>,
    /// Name of a query parameter, such as `v`, that `/o/…` accepts and ignores, so that a new value makes browsers load
    /// the object again. Default: none.
    pub(super) cache_buster: Option<String>,
    /// ARN of the role to assume. Default: `AWS_ROLE_ARN`.
    pub(super) role_arn: Option<String>,
    /// Name of the role's sessions. Default: `AWS_ROLE_SESSION_NAME`.
    pub(super) role_session_name: Option<String>,
    /// Duration of the role's sessions, in seconds, 900 to 43200. Default: `AWS_ROLE_DURATION_SECONDS`.
    pub(super) role_duration_seconds: Option<u64>,
    /// Session policy, as JSON in a string of at most 2,048 characters. It can only narrow what the role allows.
    /// Default: none.
    pub(super) policy: Option<String>,
    /// At most 10 ARNs of managed policies that are used as session policies. Default: none.
    pub(super) policy_arns: Option<Vec<String>>,
}

/// What the rest of the configuration says about every profile.
pub(super) struct Context<'a> {
    /// The known callers.
    pub(super) callers: access::Known<'a>,
    /// Where buckets are by default.
    pub(super) location: location::Defaults<'a>,
    /// The role of profiles that name none, unless there are static keys.
    pub(super) role: &'a Role,
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

/// Reads `text`, the variable `PROFILES`.
pub(super) fn read(
    text: Option<&str>,
    context: &Context<'_>,
    errors: &mut Errors,
) -> Vec<ParsedProfile> {
    let Some(text) = text else {
        let reason = "is missing: without a profile nothing can be signed";
        errors.add("PROFILES", reason);
        return Vec::new();
    };
    errors
        .object("PROFILES", text)
        .into_iter()
        .filter_map(|(name, json)| {
            if !is_name(&name) {
                errors.add(format!("PROFILES.{name}"), NAME_FORM);
            }
            profile(name, json, context, errors)
        })
        .collect()
}

fn profile(
    name: String,
    json: Json,
    context: &Context<'_>,
    errors: &mut Errors,
) -> Option<ParsedProfile> {
    let (profile, mut fields) =
        Fields::read::<ProfileFields>(format!("PROFILES.{name}"), json, errors);
    let located = location::read(&profile, &mut fields, &context.location);
    let access = access::read(&profile, &mut fields, &context.callers);
    let role = profile_role(&profile, &mut fields, context.role);
    let source = match (role, context.static_keys) {
        (Some(role), _) => CredentialSource::Role(role),
        (None, Some(keys)) => CredentialSource::StaticKeys(keys.clone()),
        (None, None) => CredentialSource::Role(context.role.clone()),
    };
    let lifetimes = lifetimes(&source, &profile, &mut fields);
    check_objects(&profile, &mut fields);
    let lifetimes = lifetimes?;
    let Located { bucket, location } = located?;
    let access = access?;
    Some(ParsedProfile {
        source,
        max_url_lifetime: lifetimes.max.saturating_add(lifetimes.window),
        window: lifetimes.window,
        complete: Box::new(move |provider| Profile {
            name,
            bucket,
            bucket_url: location.bucket_url,
            region: location.region,
            key_rule: access.key_rule,
            operations: access.operations,
            max_lifetime: lifetimes.max,
            default_lifetime: lifetimes.default,
            shorten_lifetime: profile.shorten_lifetime.unwrap_or_default(),
            window: lifetimes.window,
            upload: profile.upload,
            response_cache_control: profile.response_cache_control,
            response_overrides: profile.response_overrides,
            cache_buster: profile.cache_buster,
            callers: access.callers,
            cors_origins: access.cors_origins,
            provider,
            signer: SignerCache::default(),
        }),
    })
}

struct Lifetimes {
    max: Duration,
    default: Duration,
    window: Duration,
}

/// `maxLifetimeSecs`, `defaultLifetimeSecs` and `windowSecs`, which sessions from `source` must be able to give.
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
            let reason = format!("is {secs} and must be 1 to {max_secs}: {reason}");
            fields.error("maxLifetimeSecs", reason);
        }
        within.then(|| Duration::from_secs(secs))
    });
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

/// Checks `responseCacheControl` and `cacheBuster`.
fn check_objects(profile: &ProfileFields, fields: &mut Fields<'_>) {
    if profile
        .response_cache_control
        .as_deref()
        .is_some_and(|value| value.is_empty() || !is_sendable(value))
    {
        let reason = "must be a Cache-Control such as private, max-age=3600";
        fields.error("responseCacheControl", reason);
    }
    // In other case too: `Expires` would be a mistake for `expires`.
    let is_parameter = |name: &str| {
        let mut known = OBJECT_PARAMETERS.iter();
        known.any(|known| known.eq_ignore_ascii_case(name))
    };
    if profile
        .cache_buster
        .as_deref()
        .is_some_and(|name| !is_name(name) || is_parameter(name))
    {
        let reason = "must be the name of a parameter without another meaning, such as v";
        fields.error("cacheBuster", reason);
    }
}
