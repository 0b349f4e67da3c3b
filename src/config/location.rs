//! Where a profile's bucket is: `bucket`, `region`, `addressingStyle`, `endpointUrl`, `publicUrl`,
//! `useAccelerateEndpoint`, `useFipsEndpoint` and `useDualstackEndpoint`.

use super::bucket_in_endpoint::bucket_in_endpoint;
use super::bucket_name::bucket_name_error;
use super::endpoints::{Store, region_error};
use super::errors::Fields;
use super::profile_fields::ProfileFields;
use crate::aws::{Endpoint, EndpointVariant};
use crate::callers::is_trustworthy;
use crate::presign::{BucketLocation, Location};

/// What the rest of the configuration says about it.
pub(super) struct Defaults<'a> {
    /// Region of buckets that name none.
    pub(super) region: &'a str,
    /// The custom endpoint of S3, if there is one.
    pub(super) endpoint: Option<&'a Endpoint>,
    /// The variable that names it.
    pub(super) endpoint_variable: &'static str,
    /// Which of AWS's endpoints is used otherwise.
    pub(super) variant: EndpointVariant,
}

/// A bucket and where it is.
pub(super) struct Located {
    pub(super) bucket: String,
    pub(super) location: BucketLocation,
}

/// Reads all of these fields.
// Not inlined: see `profiles::check`.
#[inline(never)]
pub(super) fn read(
    profile: &ProfileFields,
    fields: &mut Fields<'_>,
    defaults: &Defaults<'_>,
) -> Option<Located> {
    let bucket = fields.required("bucket", profile.bucket.as_deref());
    let own_endpoint = match profile.endpoint_url.as_deref().map(Endpoint::parse) {
        None => None,
        Some(Ok(endpoint)) => Some(endpoint),
        Some(Err(invalid)) => {
            fields.error("endpointUrl", invalid.0);
            return None;
        }
    };
    let endpoint = own_endpoint.as_ref().or(defaults.endpoint);
    let store = Store::at(endpoint);
    // As with variables, an empty one counts as not set.
    let region = profile.region.as_deref().filter(|it| !it.is_empty());
    let used_region = region.unwrap_or(defaults.region);
    // Without one, that is an error of `AWS_REGION` already.
    if !used_region.is_empty()
        && let Some(reason) = region_error(used_region, store)
    {
        fields.error("region", reason);
    }
    let bucket = bucket?;
    if !bucket.starts_with("arn:")
        && let Some(reason) = bucket_name_error(bucket, used_region, store)
    {
        fields.error("bucket", reason);
        return None;
    }
    let style = profile.addressing_style.unwrap_or_default();
    if let Some(reason) = endpoint.and_then(|it| bucket_in_endpoint(it, bucket, style)) {
        if own_endpoint.is_some() {
            fields.error("endpointUrl", reason);
        } else {
            fields.error_elsewhere(defaults.endpoint_variable.to_owned(), reason);
        }
        return None;
    }
    // The variables are only for profiles without a custom endpoint.
    let default_variant = if endpoint.is_some() {
        EndpointVariant::default()
    } else {
        defaults.variant
    };
    let location = Location {
        bucket,
        region: used_region,
        style,
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
    let bucket_url = match profile.public_url.as_deref() {
        None => location.bucket_url,
        Some(url) => location.bucket_url.behind(public_origin(url, fields)?),
    };
    Some(Located {
        bucket: bucket.to_owned(),
        location: BucketLocation {
            bucket_url,
            region: location.region,
        },
    })
}

/// `publicUrl`, which is an origin: what follows it is signed.
// Not inlined, because most profiles have none.
#[inline(never)]
fn public_origin(url: &str, fields: &mut Fields<'_>) -> Option<Endpoint> {
    let origin = Endpoint::parse(url).ok();
    let origin = origin.filter(|it| it.path.is_empty() && is_trustworthy(url.trim()));
    if origin.is_none() {
        let reason = "must be an origin such as https://files.example.com, without a path or query";
        fields.error("publicUrl", reason);
    }
    origin
}
