//! The role, and the session that is requested for it.

use std::time::Duration;

/// The parameters of [`AssumeRoleWithWebIdentity`][api] besides the token.
///
/// [api]: https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRoleWithWebIdentity.html
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Role {
    /// `RoleArn`.
    pub arn: String,
    /// `RoleSessionName`, which CloudTrail records.
    pub session_name: String,
    /// `DurationSeconds`.
    pub duration: Duration,
    /// `Policy`: a session policy in JSON, exactly as it was configured.
    pub policy: Option<String>,
    /// `PolicyArns`: managed policies that are used as session policies.
    pub policy_arns: Vec<String>,
}

impl Role {
    /// The role's name in the ARN, without the account.
    pub fn name(&self) -> &str {
        self.arn.split_once(":role/").map_or("", |(_, name)| name)
    }
}
