//! Region and endpoints, under the names that AWS's SDKs give them.

use super::bindings::Bindings;
use super::errors::Errors;
use crate::aws::{Endpoint, EndpointVariant};

/// Whose rules hold for regions, roles and buckets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Store {
    /// AWS's.
    Aws,
    /// Those of another server, which takes more.
    Other,
}

impl Store {
    /// The one at `endpoint`; at AWS's own where there is none.
    pub(super) fn at(endpoint: Option<&Endpoint>) -> Self {
        match endpoint {
            Some(endpoint) if !endpoint.is_aws() => Self::Other,
            _ => Self::Aws,
        }
    }
}

/// What servers other than AWS take for their region unless they are told another.
const DEFAULT_REGION: &str = "us-east-1";

const REGION_FORM: &str = "must be a region such as eu-central-1";

/// `AWS_REGION`, else `AWS_DEFAULT_REGION`; empty if it is missing or wrong. `sts` is the store at STS's endpoint. It is not
/// needed where STS and S3 both are at `all_custom` endpoints.
pub(super) fn region(
    bindings: Bindings<'_>,
    sts: Store,
    all_custom: bool,
    errors: &mut Errors,
) -> String {
    let region = bindings
        .text("AWS_REGION")
        .or_else(|| bindings.text("AWS_DEFAULT_REGION"));
    let error = match &region {
        None if all_custom => return DEFAULT_REGION.to_owned(),
        None => Some("is missing"),
        Some(region) => region_error(region, sts),
    };
    if let Some(error) = error {
        errors.add("AWS_REGION", error);
        return String::new();
    }
    region.unwrap_or_default()
}

/// Why `region` is no region of `store`. It becomes part of a host name at AWS, and of the signature's scope everywhere.
pub(super) fn region_error(region: &str, store: Store) -> Option<&'static str> {
    let is_region = match store {
        Store::Aws => {
            (1..=32).contains(&region.len())
                // Pseudo-regions of AWS's SDKs.
                && !region.ends_with("-global")
                && !region.starts_with('-')
                && !region.ends_with('-')
                && region
                    .bytes()
                    .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
        }
        Store::Other => {
            (1..=64).contains(&region.len())
                && region
                    .bytes()
                    .all(|b| b.is_ascii_alphanumeric() || b"-._:".contains(&b))
        }
    };
    (!is_region).then_some(match store {
        Store::Aws => REGION_FORM,
        Store::Other => {
            "must be a region such as eu-central-1 or RegionOne: letters, digits and -._: only"
        }
    })
}

/// The variable that [`endpoint`] reads the endpoint of S3 from.
pub(super) fn s3_variable(bindings: Bindings<'_>) -> &'static str {
    let own = bindings.text("AWS_ENDPOINT_URL_S3");
    own.map_or("AWS_ENDPOINT_URL", |_| "AWS_ENDPOINT_URL_S3")
}

/// The service's own variable, else `AWS_ENDPOINT_URL`.
pub(super) fn endpoint(
    bindings: Bindings<'_>,
    name: &'static str,
    errors: &mut Errors,
) -> Option<Endpoint> {
    let (name, url) = match bindings.text(name) {
        Some(url) => (name, url),
        None => ("AWS_ENDPOINT_URL", bindings.text("AWS_ENDPOINT_URL")?),
    };
    Endpoint::parse(&url)
        .map_err(|invalid| errors.add(name, invalid.0))
        .ok()
}

/// `AWS_USE_FIPS_ENDPOINT` and `AWS_USE_DUALSTACK_ENDPOINT`, which are only for AWS's own endpoints.
pub(super) fn variant(
    bindings: Bindings<'_>,
    all_custom: bool,
    errors: &mut Errors,
) -> EndpointVariant {
    let mut flag = |name: &'static str| {
        let text = bindings.trimmed(name).unwrap_or_default();
        let on = text.eq_ignore_ascii_case("true");
        if !on && !text.is_empty() && !text.eq_ignore_ascii_case("false") {
            errors.add(name, "must be true or false");
        }
        if on && all_custom {
            errors.add(name, "must not be true: all endpoints are custom ones");
        }
        on
    };
    EndpointVariant {
        fips: flag("AWS_USE_FIPS_ENDPOINT"),
        dual_stack: flag("AWS_USE_DUALSTACK_ENDPOINT"),
    }
}

/// `AWS_STS_REGIONAL_ENDPOINTS`: whether the global endpoint of STS is used, as before regions had their own.
pub(super) fn legacy_sts(bindings: Bindings<'_>, errors: &mut Errors) -> bool {
    match bindings.trimmed("AWS_STS_REGIONAL_ENDPOINTS").as_deref() {
        Some("legacy") => true,
        Some("regional") | None => false,
        Some(_) => {
            errors.add("AWS_STS_REGIONAL_ENDPOINTS", "must be regional or legacy");
            false
        }
    }
}
