//! Region, role and endpoints, under the names that AWS's SDKs give them.

use std::time::Duration;

use super::{Faults, Role, SESSION_SECS};
use crate::presign::{Endpoint, Variant};

/// `AWS_REGION`, else `AWS_DEFAULT_REGION`.
pub(super) fn region(binding: &impl Fn(&str) -> Option<String>, faults: &mut Faults) -> String {
    let Some(region) = binding("AWS_REGION").or_else(|| binding("AWS_DEFAULT_REGION")) else {
        faults.add("AWS_REGION", "is missing");
        return String::new();
    };
    if !is_region(&region) {
        faults.add("AWS_REGION", "must be a region such as eu-central-1");
    }
    region
}

/// Whether `region` can stand in a host name.
pub(super) fn is_region(region: &str) -> bool {
    (1..=32).contains(&region.len())
        && region
            .bytes()
            .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
}

/// `AWS_ROLE_ARN`, `AWS_ROLE_SESSION_NAME` and `AWS_ROLE_DURATION_SECONDS`, within
/// [the bounds of the API][api].
///
/// [api]: https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRoleWithWebIdentity.html
pub(super) fn role(binding: &impl Fn(&str) -> Option<String>, faults: &mut Faults) -> Role {
    let arn = binding("AWS_ROLE_ARN").unwrap_or_default();
    if arn.is_empty() {
        faults.add("AWS_ROLE_ARN", "is missing");
    } else if !is_role_arn(&arn) {
        faults.add(
            "AWS_ROLE_ARN",
            "must be a role's ARN, such as arn:aws:iam::123456789012:role/presigner",
        );
    }
    let session_name =
        binding("AWS_ROLE_SESSION_NAME").unwrap_or_else(|| "edge-presigner".to_owned());
    if !is_session_name(&session_name) {
        faults.add(
            "AWS_ROLE_SESSION_NAME",
            "must be 2 to 64 letters, digits and characters of _+=,.@-",
        );
    }
    let secs = match binding("AWS_ROLE_DURATION_SECONDS") {
        None => 3600,
        Some(text) => text
            .trim()
            .parse()
            .ok()
            .filter(|secs| SESSION_SECS.contains(secs))
            .unwrap_or_else(|| {
                let (min, max) = (SESSION_SECS.start(), SESSION_SECS.end());
                faults.add(
                    "AWS_ROLE_DURATION_SECONDS",
                    format!("must be a number of seconds from {min} to {max}"),
                );
                *SESSION_SECS.end()
            }),
    };
    Role {
        arn,
        session_name,
        duration: Duration::from_secs(secs),
    }
}

/// AWS writes `arn:aws:iam::123456789012:role/name`; other servers put another partition and leave
/// the account out.
fn is_role_arn(arn: &str) -> bool {
    let parts: Vec<&str> = arn.splitn(6, ':').collect();
    let named = |role: &str| {
        let name = role.strip_prefix("role/");
        name.is_some_and(|name| !name.is_empty() && !name.ends_with('/'))
    };
    matches!(parts.as_slice(), ["arn", partition, "iam", _, account, role]
        if !partition.is_empty()
            && account.bytes().all(|b| b.is_ascii_digit())
            && named(role))
        && (20..=2048).contains(&arn.len())
        && arn.bytes().all(|b| b.is_ascii_graphic())
}

fn is_session_name(name: &str) -> bool {
    (2..=64).contains(&name.len())
        && name
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b"_+=,.@-".contains(&b))
}

/// The service's own variable, else `AWS_ENDPOINT_URL`.
pub(super) fn endpoint(
    binding: &impl Fn(&str) -> Option<String>,
    name: &str,
    faults: &mut Faults,
) -> Option<Endpoint> {
    let (name, url) = match binding(name) {
        Some(url) => (name, url),
        None => ("AWS_ENDPOINT_URL", binding("AWS_ENDPOINT_URL")?),
    };
    Endpoint::parse(&url)
        .map_err(|invalid| faults.add(name, invalid.0))
        .ok()
}

/// `AWS_USE_FIPS_ENDPOINT` and `AWS_USE_DUALSTACK_ENDPOINT`, which are about AWS's own endpoints only.
pub(super) fn variant(
    binding: &impl Fn(&str) -> Option<String>,
    all_custom: bool,
    faults: &mut Faults,
) -> Variant {
    let mut flag = |name: &str| {
        let text = binding(name).unwrap_or_default();
        let on = text.trim().eq_ignore_ascii_case("true");
        if !on && !text.is_empty() && !text.trim().eq_ignore_ascii_case("false") {
            faults.add(name, "must be true or false");
        }
        if on && all_custom {
            faults.add(name, "must not be true: every endpoint is configured");
        }
        on
    };
    Variant {
        fips: flag("AWS_USE_FIPS_ENDPOINT"),
        dual_stack: flag("AWS_USE_DUALSTACK_ENDPOINT"),
    }
}

/// `AWS_STS_REGIONAL_ENDPOINTS`: whether STS is where it was before regions had their own.
pub(super) fn legacy_sts(binding: &impl Fn(&str) -> Option<String>, faults: &mut Faults) -> bool {
    match binding("AWS_STS_REGIONAL_ENDPOINTS")
        .as_deref()
        .map(str::trim)
    {
        Some("legacy") => true,
        Some("regional") | None => false,
        Some(_) => {
            faults.add("AWS_STS_REGIONAL_ENDPOINTS", "must be regional or legacy");
            false
        }
    }
}
