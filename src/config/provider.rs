//! Where credentials come from: static keys, or the role that the token is traded for; in that order,
//! [as the AWS SDKs have it][chain].
//!
//! [chain]: https://docs.aws.amazon.com/sdkref/latest/guide/standardized-credentials.html

use std::ops::RangeInclusive;
use std::time::Duration;

use super::Faults;
use super::fields::Fields;
use crate::credentials::Credentials;
use crate::json::Object;
use crate::secret::Secret;

/// AWS's bounds for `DurationSeconds`: 15 minutes to 12 hours.
const DURATION_SECS: RangeInclusive<u64> = 900..=43_200;

/// The longest `Policy` that AWS takes, in characters.
const MAX_POLICY_CHARS: usize = 2048;

/// How many `PolicyArns` AWS takes.
const MAX_POLICY_ARNS: usize = 10;

/// A source of credentials. Profiles with equal ones share their sessions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Provider {
    /// Keys bound as secrets.
    Keys(Credentials),
    /// A role that the token is traded for.
    Role(Role),
}

/// The role and the session that is asked of STS; see [the API][api].
///
/// [api]: https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRoleWithWebIdentity.html
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Role {
    /// The ARN; of a default role that nobody needs it may be empty.
    pub arn: String,
    /// Names the session in CloudTrail.
    pub session_name: String,
    /// How long the session shall last.
    pub duration: Duration,
    /// A session policy: JSON, exactly as it was configured.
    pub policy: Option<String>,
    /// ARNs of managed policies that are session policies as well.
    pub policy_arns: Vec<String>,
}

impl Provider {
    /// Whether it is a role without an ARN.
    pub(super) fn is_nameless(&self) -> bool {
        matches!(self, Self::Role(role) if role.arn.is_empty())
    }
}

impl Role {
    /// What the ARN calls the role, without the account it belongs to.
    pub fn name(&self) -> &str {
        self.arn.split_once(":role/").map_or("", |(_, name)| name)
    }
}

const ARN_FORM: &str = "must be a role's ARN, such as arn:aws:iam::123456789012:role/presigner";
const SESSION_NAME_FORM: &str = "must be 2 to 64 letters, digits and characters of _+=,.@-";

/// `AWS_ROLE_ARN`, `AWS_ROLE_SESSION_NAME` and `AWS_ROLE_DURATION_SECONDS`: the role of profiles that name
/// none. Its ARN is empty where none is configured.
pub(super) fn default_role(binding: &impl Fn(&str) -> Option<String>, faults: &mut Faults) -> Role {
    let arn = binding("AWS_ROLE_ARN").unwrap_or_default();
    if !arn.is_empty() && !is_role_arn(&arn) {
        faults.add("AWS_ROLE_ARN", ARN_FORM);
    }
    let session_name =
        binding("AWS_ROLE_SESSION_NAME").unwrap_or_else(|| "edge-presigner".to_owned());
    if !is_session_name(&session_name) {
        faults.add("AWS_ROLE_SESSION_NAME", SESSION_NAME_FORM);
    }
    let secs = match binding("AWS_ROLE_DURATION_SECONDS") {
        None => 3600,
        Some(text) => {
            let secs = text.trim().parse().ok();
            let secs = secs.filter(|secs| DURATION_SECS.contains(secs));
            secs.unwrap_or_else(|| {
                faults.add("AWS_ROLE_DURATION_SECONDS", duration_form());
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

/// The role that a profile names with at least one of `roleArn`, `roleSessionName`,
/// `roleDurationSeconds`, `policy` and `policyArns`; what it leaves out is that of `default`.
pub(super) fn profile_role(fields: &mut Fields<'_>, default: &Role) -> Option<Role> {
    let arn: Option<String> = fields.optional("roleArn");
    if arn.as_deref().is_some_and(|arn| !is_role_arn(arn)) {
        fields.fault("roleArn", ARN_FORM);
    }
    let session_name: Option<String> = fields.optional("roleSessionName");
    if session_name
        .as_deref()
        .is_some_and(|name| !is_session_name(name))
    {
        fields.fault("roleSessionName", SESSION_NAME_FORM);
    }
    let secs: Option<u64> = fields.optional("roleDurationSeconds");
    if secs.is_some_and(|secs| !DURATION_SECS.contains(&secs)) {
        fields.fault("roleDurationSeconds", &duration_form());
    }
    let policy: Option<String> = fields.optional("policy");
    if policy.as_deref().is_some_and(|policy| !is_policy(policy)) {
        fields.fault(
            "policy",
            &format!("must be a policy as JSON text of at most {MAX_POLICY_CHARS} characters"),
        );
    }
    let policy_arns: Option<Vec<String>> = fields.optional("policyArns");
    if policy_arns
        .as_deref()
        .is_some_and(|arns| !are_policy_arns(arns))
    {
        fields.fault(
            "policyArns",
            &format!("must be at most {MAX_POLICY_ARNS} ARNs of policies"),
        );
    }
    let named = arn.is_some()
        || session_name.is_some()
        || secs.is_some()
        || policy.is_some()
        || policy_arns.is_some();
    named.then(|| Role {
        arn: arn.unwrap_or_else(|| default.arn.clone()),
        session_name: session_name.unwrap_or_else(|| default.session_name.clone()),
        duration: secs.map_or(default.duration, Duration::from_secs),
        policy,
        policy_arns: policy_arns.unwrap_or_default(),
    })
}

/// `AWS_ACCESS_KEY_ID` and `AWS_SECRET_ACCESS_KEY`, with `AWS_SESSION_TOKEN` where the keys are temporary.
pub(super) fn static_keys(
    binding: &impl Fn(&str) -> Option<String>,
    faults: &mut Faults,
) -> Option<Credentials> {
    let trimmed = |name| binding(name).map(|text| text.trim().to_owned());
    let id = trimmed("AWS_ACCESS_KEY_ID");
    let secret = trimmed("AWS_SECRET_ACCESS_KEY");
    let token = trimmed("AWS_SESSION_TOKEN");
    if id.as_deref().is_some_and(|id| !is_key_id(id)) {
        faults.add("AWS_ACCESS_KEY_ID", "is not a key id");
    }
    if id.is_none() && (secret.is_some() || token.is_some()) {
        faults.add("AWS_ACCESS_KEY_ID", "is missing: the keys come in pairs");
    }
    if secret.is_none() && (id.is_some() || token.is_some()) {
        faults.add(
            "AWS_SECRET_ACCESS_KEY",
            "is missing: the keys come in pairs",
        );
    }
    Some(Credentials {
        access_key_id: id?,
        secret_access_key: Secret::new(secret?),
        session_token: token.map(Secret::new),
    })
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
        && is_arn(arn)
}

fn is_arn(arn: &str) -> bool {
    (20..=2048).contains(&arn.len())
        && arn.starts_with("arn:")
        && arn.bytes().all(|b| b.is_ascii_graphic())
}

fn is_session_name(name: &str) -> bool {
    (2..=64).contains(&name.len())
        && name
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b"_+=,.@-".contains(&b))
}

/// The characters are those of the API's pattern.
fn is_policy(policy: &str) -> bool {
    policy.chars().count() <= MAX_POLICY_CHARS
        && policy
            .chars()
            .all(|c| matches!(c, '\t' | '\n' | '\r' | ' '..='\u{ff}'))
        && Object::parse(policy).is_ok()
}

fn are_policy_arns(arns: &[String]) -> bool {
    arns.len() <= MAX_POLICY_ARNS
        && arns
            .iter()
            .all(|arn| is_arn(arn) && arn.contains(":policy/"))
}

/// What stands in a URL without any encoding but for the credential's own slashes.
fn is_key_id(id: &str) -> bool {
    (1..=128).contains(&id.len())
        && id
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b"-_.=+@:".contains(&b))
}

fn duration_form() -> String {
    let (min, max) = (DURATION_SECS.start(), DURATION_SECS.end());
    format!("must be a number of seconds from {min} to {max}")
}
