//! Where credentials come from: static keys, or the role for which the token is exchanged, in that order, [as in the AWS
//! SDKs][chain].
//!
//! [chain]: https://docs.aws.amazon.com/sdkref/latest/guide/standardized-credentials.html

use std::ops::RangeInclusive;
use std::time::Duration;

use super::bindings::Bindings;
use super::endpoints::Store;
use super::errors::{Errors, Fields};
use super::profile_fields::ProfileFields;
use crate::aws::Credentials;
use crate::json::Object;
use crate::presign::whole_number;
use crate::secret::Secret;
use crate::sts::Role;

/// AWS's bounds for `DurationSeconds`: 15 minutes to 12 hours.
const DURATION_SECS: RangeInclusive<u64> = 900..=43_200;

/// What [`DURATION_SECS`] requires, in words.
const DURATION_FORM: &str = "must be a number of seconds from 900 to 43200";

/// Longest `Policy` that AWS accepts, in characters.
const MAX_POLICY_CHARS: usize = 2048;

/// What [`MAX_POLICY_CHARS`] requires, in words.
const POLICY_FORM: &str = "must be a policy in JSON, as a string of at most 2048 characters";

/// Most `PolicyArns` that AWS accepts.
const MAX_POLICY_ARNS: usize = 10;

/// What [`MAX_POLICY_ARNS`] requires, in words.
const POLICY_ARNS_FORM: &str = "must be at most 10 ARNs of policies";

const ARN_FORM: &str = "must be a role's ARN, such as arn:aws:iam::123456789012:role/presigner";
const SESSION_NAME_FORM: &str = "must be 2 to 64 letters, digits and characters of _+=,.@-";

/// `AWS_ROLE_ARN`, `AWS_ROLE_SESSION_NAME` and `AWS_ROLE_DURATION_SECONDS`: the role of profiles that name none. Its ARN
/// is empty where none is configured.
pub(super) fn default_role(bindings: Bindings<'_>, sts: Store, errors: &mut Errors) -> Role {
    let arn = bindings.text("AWS_ROLE_ARN").unwrap_or_default();
    if !arn.is_empty() && !is_role_arn(&arn, sts) {
        errors.add("AWS_ROLE_ARN", ARN_FORM);
    }
    let session_name = bindings
        .text("AWS_ROLE_SESSION_NAME")
        .unwrap_or_else(|| "edge-presigner".to_owned());
    if !is_session_name(&session_name) {
        errors.add("AWS_ROLE_SESSION_NAME", SESSION_NAME_FORM);
    }
    let secs = match bindings.trimmed("AWS_ROLE_DURATION_SECONDS") {
        None => 3600,
        Some(text) => {
            let secs = whole_number(&text);
            let secs = secs.filter(|secs| DURATION_SECS.contains(secs));
            secs.unwrap_or_else(|| {
                errors.add("AWS_ROLE_DURATION_SECONDS", DURATION_FORM);
                *DURATION_SECS.end()
            })
        }
    };
    Role {
        arn,
        session_name,
        duration: Duration::from_secs(secs),
        policy: None,
        policy_arns: Vec::new(),
    }
}

/// The role that a profile names with at least one of `roleArn`, `roleSessionName`, `roleDurationSeconds`, `policy` and
/// `policyArns`. What it leaves out is that of `default`.
// Not inlined: see `profiles::check`.
#[inline(never)]
pub(super) fn profile_role(
    profile: &ProfileFields,
    fields: &mut Fields<'_>,
    default: &Role,
    sts: Store,
) -> Option<Role> {
    let (arn, session_name) = (&profile.role_arn, &profile.role_session_name);
    let (secs, policy) = (profile.role_duration_seconds, &profile.policy);
    let policy_arns = &profile.policy_arns;
    let named = arn.is_some()
        || session_name.is_some()
        || secs.is_some()
        || policy.is_some()
        || policy_arns.is_some();
    if !named {
        return None;
    }
    if arn.as_deref().is_some_and(|arn| !is_role_arn(arn, sts)) {
        fields.error("roleArn", ARN_FORM);
    }
    if session_name
        .as_deref()
        .is_some_and(|it| !is_session_name(it))
    {
        fields.error("roleSessionName", SESSION_NAME_FORM);
    }
    if secs.is_some_and(|secs| !DURATION_SECS.contains(&secs)) {
        fields.error("roleDurationSeconds", DURATION_FORM);
    }
    if policy.as_deref().is_some_and(|policy| !is_policy(policy)) {
        fields.error("policy", POLICY_FORM);
    }
    if policy_arns
        .as_deref()
        .is_some_and(|it| !are_policy_arns(it))
    {
        fields.error("policyArns", POLICY_ARNS_FORM);
    }
    Some(Role {
        arn: arn.clone().unwrap_or_else(|| default.arn.clone()),
        session_name: (session_name.clone()).unwrap_or_else(|| default.session_name.clone()),
        duration: secs.map_or(default.duration, Duration::from_secs),
        policy: policy.clone(),
        policy_arns: policy_arns.clone().unwrap_or_default(),
    })
}

/// `AWS_ACCESS_KEY_ID` and `AWS_SECRET_ACCESS_KEY`, with `AWS_SESSION_TOKEN` where the keys are temporary.
pub(super) fn static_keys(bindings: Bindings<'_>, errors: &mut Errors) -> Option<Credentials> {
    let id = bindings.trimmed("AWS_ACCESS_KEY_ID");
    let secret = bindings.trimmed("AWS_SECRET_ACCESS_KEY");
    let token = bindings.trimmed("AWS_SESSION_TOKEN");
    if id.as_deref().is_some_and(|id| !is_key_id(id)) {
        errors.add("AWS_ACCESS_KEY_ID", "is not an access key id");
    }
    if id.is_none() && (secret.is_some() || token.is_some()) {
        errors.add(
            "AWS_ACCESS_KEY_ID",
            "is missing: the two keys belong together",
        );
    }
    if secret.is_none() && (id.is_some() || token.is_some()) {
        errors.add(
            "AWS_SECRET_ACCESS_KEY",
            "is missing: the two keys belong together",
        );
    }
    Some(Credentials {
        access_key_id: id?,
        secret_access_key: Secret::new(secret?),
        session_token: token.map(Secret::new),
    })
}

/// AWS's have the form `arn:aws:iam::123456789012:role/name`, or another partition. Other servers leave out or rename the
/// other parts: [Ceph][ceph] has tenants in place of accounts, SeaweedFS leaves out the account with its colon, and those
/// of Dell ECS begin with `urn:`.
///
/// [ceph]: https://docs.ceph.com/en/latest/radosgw/STS/
fn is_role_arn(arn: &str, sts: Store) -> bool {
    let has_name = |role: &str| {
        let name = role.strip_prefix("role/");
        name.is_some_and(|name| !name.is_empty() && !name.ends_with('/'))
    };
    let parts: Vec<&str> = arn.splitn(6, ':').collect();
    match parts.as_slice() {
        ["arn", partition, "iam", _, account, role]
            if !partition.is_empty() && account.bytes().all(|b| b.is_ascii_digit()) =>
        {
            has_name(role) && is_arn(arn)
        }
        ["arn" | "urn", partition, "iam", _, role]
        | ["arn" | "urn", partition, "iam", _, _, role]
            if sts == Store::Other =>
        {
            !partition.is_empty() && has_name(role) && is_one_word(arn)
        }
        _ => false,
    }
}

fn is_arn(arn: &str) -> bool {
    arn.len() >= 20 && arn.starts_with("arn:") && is_one_word(arn)
}

fn is_one_word(arn: &str) -> bool {
    arn.len() <= 2048 && arn.bytes().all(|b| b.is_ascii_graphic())
}

fn is_session_name(name: &str) -> bool {
    (2..=64).contains(&name.len())
        && name
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b"_+=,.@-".contains(&b))
}

/// The characters are those of the API's pattern.
// Not inlined, like the one below, because few profiles have one.
#[inline(never)]
fn is_policy(policy: &str) -> bool {
    policy.chars().count() <= MAX_POLICY_CHARS
        && policy
            .chars()
            .all(|c| matches!(c, '\t' | '\n' | '\r' | ' '..='\u{ff}'))
        && Object::parse(policy).is_ok()
}

#[inline(never)]
fn are_policy_arns(arns: &[String]) -> bool {
    arns.len() <= MAX_POLICY_ARNS
        && arns
            .iter()
            .all(|arn| is_arn(arn) && arn.contains(":policy/"))
}

/// Whether the id needs no encoding in a URL.
fn is_key_id(id: &str) -> bool {
    (1..=128).contains(&id.len())
        && id
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b"-_.=+@:".contains(&b))
}
