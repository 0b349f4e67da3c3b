//! Where a profile's bucket is: `bucket`, `region`, `addressingStyle`, `endpointUrl`,
//! `useAccelerateEndpoint`, `useFipsEndpoint` and `useDualstackEndpoint`.

use super::endpoints::is_region;
use super::fields::Fields;
use crate::presign::{Endpoint, Location, Place, Variant};

/// What the rest of the configuration says of it.
pub(super) struct Defaults<'a> {
    /// Of the buckets that name none.
    pub(super) region: &'a str,
    /// Where S3 is, when it is not AWS's.
    pub(super) endpoint: Option<&'a Endpoint>,
    /// Which of AWS's endpoints otherwise.
    pub(super) variant: Variant,
}

/// A bucket and where it is.
pub(super) struct Located {
    pub(super) bucket: String,
    pub(super) place: Place,
}

/// Reads all of these fields.
pub(super) fn read(fields: &mut Fields<'_>, defaults: &Defaults<'_>) -> Option<Located> {
    let bucket: Option<String> = fields.required("bucket");
    let bucket = bucket.filter(|bucket| {
        let fits = bucket.starts_with("arn:") || is_bucket(bucket);
        if !fits {
            fields.fault(
                "bucket",
                "must be 3 to 63 letters, digits, dots, hyphens and underscores, with a letter or digit at both ends, or the ARN of an access point",
            );
        }
        fits
    });
    let region: Option<String> = fields.optional("region");
    if region.as_deref().is_some_and(|region| !is_region(region)) {
        fields.fault("region", "must be a region such as eu-central-1");
    }
    let style = fields.optional("addressingStyle").unwrap_or_default();
    let own: Option<String> = fields.optional("endpointUrl");
    let own = own.and_then(|url| {
        Endpoint::parse(&url)
            .map_err(|invalid| fields.fault("endpointUrl", invalid.0))
            .ok()
    });
    let accelerate = fields.optional("useAccelerateEndpoint").unwrap_or_default();
    let fips: Option<bool> = fields.optional("useFipsEndpoint");
    let dual_stack: Option<bool> = fields.optional("useDualstackEndpoint");
    let endpoint = own.as_ref().or(defaults.endpoint);
    // Those of the environment are about profiles without an endpoint of their own.
    let others = if endpoint.is_some() {
        Variant::default()
    } else {
        defaults.variant
    };
    let bucket = bucket?;
    let location = Location {
        bucket: &bucket,
        region: region.as_deref().unwrap_or(defaults.region),
        style,
        endpoint,
        variant: Variant {
            fips: fips.unwrap_or(others.fips),
            dual_stack: dual_stack.unwrap_or(others.dual_stack),
        },
        accelerate,
    };
    let place = location.resolve();
    let place = place
        .map_err(|misplaced| fields.fault(misplaced.field, misplaced.reason))
        .ok()?;
    if region.is_some_and(|region| region != place.region) {
        fields.fault("region", "is another than that of the bucket's ARN");
    }
    Some(Located { bucket, place })
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
