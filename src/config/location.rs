//! Where a profile's bucket is: `bucket`, `region`, `addressingStyle`, `endpointUrl`, `useAccelerateEndpoint`,
//! `useFipsEndpoint` and `useDualstackEndpoint`.

use super::endpoints::is_region;
use super::errors::Fields;
use super::profile_fields::ProfileFields;
use crate::aws::{Endpoint, EndpointVariant};
use crate::presign::{BucketLocation, Location};

/// What the rest of the configuration says about it.
pub(super) struct Defaults<'a> {
    /// Region of buckets that name none.
    pub(super) region: &'a str,
    /// The custom endpoint of S3, if there is one.
    pub(super) endpoint: Option<&'a Endpoint>,
    /// Which of AWS's endpoints is used otherwise.
    pub(super) variant: EndpointVariant,
}

/// A bucket and where it is.
pub(super) struct Located {
    pub(super) bucket: String,
    pub(super) location: BucketLocation,
}

/// Reads all of these fields.
pub(super) fn read(
    profile: &ProfileFields,
    fields: &mut Fields<'_>,
    defaults: &Defaults<'_>,
) -> Option<Located> {
    let bucket = fields.required("bucket", profile.bucket.clone());
    let bucket = bucket.filter(|bucket| {
        let valid = bucket.starts_with("arn:") || is_bucket(bucket);
        if !valid {
            fields.error(
                "bucket",
                "must be 3 to 63 letters, digits, dots, hyphens and underscores, with a letter or digit at both ends, or the ARN of an access point",
            );
        }
        valid
    });
    let region = profile.region.as_deref();
    if region.is_some_and(|region| !is_region(region)) {
        fields.error("region", "must be a region such as eu-central-1");
    }
    let own_endpoint = profile.endpoint_url.as_deref().and_then(|url| {
        let endpoint = Endpoint::parse(url);
        let endpoint = endpoint.map_err(|invalid| fields.error("endpointUrl", invalid.0));
        endpoint.ok()
    });
    let endpoint = own_endpoint.as_ref().or(defaults.endpoint);
    // The variables are only for profiles without a custom endpoint.
    let default_variant = if endpoint.is_some() {
        EndpointVariant::default()
    } else {
        defaults.variant
    };
    let bucket = bucket?;
    let location = Location {
        bucket: &bucket,
        region: region.unwrap_or(defaults.region),
        style: profile.addressing_style.unwrap_or_default(),
        endpoint,
        variant: EndpointVariant {
            fips: profile.use_fips_endpoint.unwrap_or(default_variant.fips),
            dual_stack: profile
                .use_dualstack_endpoint
                .unwrap_or(default_variant.dual_stack),
        },
        accelerate: profile.use_accelerate_endpoint.unwrap_or_default(),
    };
    let location = location.resolve();
    let location = location.map_err(|error| fields.add(error)).ok()?;
    if region.is_some_and(|region| region != location.region) {
        fields.error("region", "is another than that of the bucket's ARN");
    }
    Some(Located { bucket, location })
}

/// Whether `bucket` follows the [naming rules][rules], or those that older buckets follow.
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
