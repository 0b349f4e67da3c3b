//! `credentials` among a profile's `operations`: whether callers may have credentials of their own, and how they are made.

use std::time::Duration;

use super::errors::Fields;
use super::profile_fields::ProfileFields;
use super::profile_operation::{ProfileOperation, of_s3};
use crate::aws::Endpoint;
use crate::callers::ANYONE;
use crate::credentials::schedule::SESSION_MARGIN;
use crate::credentials::{CredentialSource, Narrowing};
use crate::profiles::is_plain_prefix;

/// For so long a shared session lasts when it is narrowed, where it can. Clients ask again, at each of their requests, when
/// less than 15 minutes are left.
pub const VENDED_LIFETIME: Duration = Duration::from_secs(25 * 60);

/// How credentials for a profile's callers are made; `None` where its `operations` do not have that, or have an error.
///
/// Whoever has credentials composes requests without the worker. What the worker would keep to is refused beside them.
pub(super) fn read(
    profile: &ProfileFields,
    fields: &mut Fields<'_>,
    source: &CredentialSource,
    sts: &Endpoint,
    r2_host: Option<&str>,
) -> Option<Narrowing> {
    let operations = profile.operations.as_deref().unwrap_or_default();
    let mut listed = operations.iter();
    let index = listed.position(|it| *it == ProfileOperation::Credentials)?;
    check(index, profile, fields);
    let narrowing = Narrowing::of(source, sts, r2_host);
    narrowing
        .map_err(|reason| fields.error_at("operations", index, reason))
        .ok()
}

/// Checks what a profile must not have beside `credentials`, which its `operations` have at `index`.
// Not inlined, because most profiles have none.
#[inline(never)]
fn check(index: usize, profile: &ProfileFields, fields: &mut Fields<'_>) {
    let operations = profile.operations.as_deref().unwrap_or_default();
    if of_s3(operations).is_empty() {
        fields.error_at(
            "operations",
            index,
            "needs an operation of S3 beside it: they are what the credentials are for",
        );
    }
    let bucket = profile.bucket.as_deref().unwrap_or_default();
    if bucket.ends_with("-s3alias") {
        let reason = "needs the ARN of the access point as bucket: policies cannot name its alias";
        fields.error_at("operations", index, reason);
    }
    let unbound = [
        ("upload", profile.upload.is_some()),
        ("keyTemplate", profile.key_template.is_some()),
        ("overwrite", profile.overwrite == Some(false)),
    ];
    for (name, _) in unbound.into_iter().filter(|(_, is_set)| *is_set) {
        let reason = "cannot be combined with the operation credentials, which it would not bind";
        fields.error(name, reason);
    }
    let callers = profile.callers.as_deref().unwrap_or_default();
    if let Some(index) = callers.iter().position(|name| name == ANYONE) {
        let reason = "is anyone, who cannot have credentials: take away the operation credentials";
        fields.error_at("callers", index, reason);
    }
    if !is_plain_prefix(profile.key_prefix.as_deref().unwrap_or_default()) {
        let reason = "must have no characters * ? $, and none beyond Latin-1, where operations has credentials";
        fields.error("keyPrefix", reason);
    }
}

/// For how long the sessions of `source` must last for `vends`.
pub(super) fn needed_lifetime(vends: Option<&Narrowing>, source: &CredentialSource) -> Duration {
    match (vends, source) {
        (Some(Narrowing::ScopedCredentials(_)), CredentialSource::Role(role)) => {
            VENDED_LIFETIME.min(role.duration.saturating_sub(SESSION_MARGIN))
        }
        _ => Duration::ZERO,
    }
}
