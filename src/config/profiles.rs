//! `PROFILES`: one object a profile; see [`Profile`] for what its fields mean.

use std::time::Duration;

use super::fields::{Fields, NAME_FORM, is_name, object};
use super::{Faults, SESSION_MARGIN, role};
use crate::callers::{ANYONE, Caller};
use crate::json::Json;
use crate::presign::{AddressingStyle, Endpoint, Variant, is_dns_label};
use crate::profiles::Profile;

/// Life of a URL when neither the caller nor the profile says more.
const DEFAULT_LIFETIME: Duration = Duration::from_secs(300);

/// What the rest of the configuration says to every profile.
pub(super) struct Context<'a> {
    pub(super) callers: &'a [Caller],
    /// Of the buckets that name none.
    pub(super) region: &'a str,
    /// Where S3 is, when it is not AWS's regional endpoint.
    pub(super) s3: Option<&'a Endpoint>,
    /// Which of AWS's endpoints otherwise.
    pub(super) variant: Variant,
    /// The longest URL that sessions can bear.
    pub(super) longest: Duration,
}

pub(super) fn read(text: Option<&str>, context: &Context<'_>, faults: &mut Faults) -> Vec<Profile> {
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
            profile(name, value, context, faults)
        })
        .collect()
}

fn profile(
    name: String,
    json: Json,
    context: &Context<'_>,
    faults: &mut Faults,
) -> Option<Profile> {
    let mut fields = Fields::of(format!("PROFILES.{name}"), json, faults);
    let bucket: Option<String> = fields.required("bucket");
    if bucket.as_deref().is_some_and(|bucket| !is_bucket(bucket)) {
        fields.fault(
            "bucket",
            "must be 3 to 63 letters, digits, dots, hyphens and underscores, with a letter or digit at both ends",
        );
    }
    let region: Option<String> = fields.optional("region");
    if region
        .as_deref()
        .is_some_and(|region| !role::is_region(region))
    {
        fields.fault("region", "must be a region such as eu-central-1");
    }
    let addressing_style = fields.optional("addressingStyle").unwrap_or_default();
    if addressing_style == AddressingStyle::Virtual {
        if bucket
            .as_deref()
            .is_some_and(|bucket| !is_dns_label(bucket))
        {
            fields.fault(
                "addressingStyle",
                "must not be virtual: the bucket's name is no DNS label",
            );
        }
        if context.s3.is_some_and(Endpoint::is_ip_address) {
            fields.fault(
                "addressingStyle",
                "must not be virtual: the endpoint is an IP address",
            );
        }
    }
    let key_prefix: Option<String> = fields.required("keyPrefix");
    let operations = fields.required("operations");
    let named: Vec<String> = fields.required("callers").unwrap_or_default();
    for (n, caller) in named.iter().enumerate() {
        if caller != ANYONE && !context.callers.iter().any(|known| known.name == *caller) {
            // By its place: it may be a key that was put where the name belongs.
            fields.fault(
                "callers",
                &format!(
                    "names at place {} a caller that CALLERS does not define",
                    n.saturating_add(1)
                ),
            );
        }
    }
    let max_lifetime = fields.required("maxLifetimeSecs").and_then(|secs| {
        let (longest, margin) = (context.longest.as_secs(), SESSION_MARGIN.as_secs());
        let within = (1..=longest).contains(&secs);
        if !within {
            fields.fault(
                "maxLifetimeSecs",
                &format!(
                    "is {secs} and must be 1 to {longest}: AWS_ROLE_DURATION_SECONDS less a margin of \
                     {margin}, because a URL dies with the session that signed it"
                ),
            );
        }
        within.then(|| Duration::from_secs(secs))
    });
    let default_lifetime = fields
        .optional("defaultLifetimeSecs")
        .map(Duration::from_secs);
    if let (Some(default), Some(max)) = (default_lifetime, max_lifetime)
        && (default.is_zero() || default > max)
    {
        fields.fault("defaultLifetimeSecs", "must be 1 to maxLifetimeSecs");
    }
    let region = region.unwrap_or_else(|| context.region.to_owned());
    let endpoint = match context.s3 {
        Some(endpoint) => Some(endpoint.clone()),
        None => Endpoint::s3(&region, context.variant)
            .map_err(|invalid| fields.fault("region", invalid.0))
            .ok(),
    };
    fields.finish();
    Some(Profile {
        name,
        bucket: bucket?,
        endpoint: endpoint?,
        region,
        addressing_style,
        key_prefix: key_prefix?,
        operations: operations?,
        max_lifetime: max_lifetime?,
        default_lifetime: default_lifetime
            .unwrap_or(DEFAULT_LIFETIME)
            .min(max_lifetime?),
        callers: named,
    })
}

/// The [naming rules][rules], with what older buckets may have besides.
///
/// [rules]: https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html
fn is_bucket(bucket: &str) -> bool {
    let (first, last) = (bucket.bytes().next(), bucket.bytes().last());
    (3..=63).contains(&bucket.len())
        && [first, last]
            .iter()
            .flatten()
            .all(u8::is_ascii_alphanumeric)
        && bucket
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b"-._".contains(&b))
}
