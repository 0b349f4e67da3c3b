//! Region and endpoints, under the names that AWS's SDKs give them.

use super::errors::Errors;
use crate::aws::{Endpoint, EndpointVariant};

/// `AWS_REGION`, else `AWS_DEFAULT_REGION`.
pub(super) fn region(binding: &impl Fn(&str) -> Option<String>, errors: &mut Errors) -> String {
    let Some(region) = binding("AWS_REGION").or_else(|| binding("AWS_DEFAULT_REGION")) else {
        errors.add("AWS_REGION", "is missing");
        return String::new();
    };
    if !is_region(&region) {
        errors.add("AWS_REGION", "must be a region such as eu-central-1");
    }
    region
}

/// Whether `region` is a region and can be part of a host name.
pub(super) fn is_region(region: &str) -> bool {
    (1..=32).contains(&region.len())
        // Pseudo-regions of AWS's SDKs.
        && !region.ends_with("-global")
        && region
            .bytes()
            .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
}

/// The service's own variable, else `AWS_ENDPOINT_URL`.
pub(super) fn endpoint(
    binding: &impl Fn(&str) -> Option<String>,
    name: &'static str,
    errors: &mut Errors,
) -> Option<Endpoint> {
    let (name, url) = match binding(name) {
        Some(url) => (name, url),
        None => ("AWS_ENDPOINT_URL", binding("AWS_ENDPOINT_URL")?),
    };
    Endpoint::parse(&url)
        .map_err(|invalid| errors.add(name, invalid.0))
        .ok()
}

/// `AWS_USE_FIPS_ENDPOINT` and `AWS_USE_DUALSTACK_ENDPOINT`, which are only for AWS's own endpoints.
pub(super) fn variant(
    binding: &impl Fn(&str) -> Option<String>,
    all_custom: bool,
    errors: &mut Errors,
) -> EndpointVariant {
    let mut flag = |name: &'static str| {
        let text = binding(name).unwrap_or_default();
        let on = text.trim().eq_ignore_ascii_case("true");
        if !on && !text.is_empty() && !text.trim().eq_ignore_ascii_case("false") {
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
pub(super) fn legacy_sts(binding: &impl Fn(&str) -> Option<String>, errors: &mut Errors) -> bool {
    match binding("AWS_STS_REGIONAL_ENDPOINTS")
        .as_deref()
        .map(str::trim)
    {
        Some("legacy") => true,
        Some("regional") | None => false,
        Some(_) => {
            errors.add("AWS_STS_REGIONAL_ENDPOINTS", "must be regional or legacy");
            false
        }
    }
}
