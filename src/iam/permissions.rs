//! The permission policy of a role, and the session policies of credentials that are vended.

use super::actions::needed;
use super::policy::{Condition, Effect, Policy, Statement, when};
use super::resource::{NoArn, Resource};
use crate::credentials::Narrowing;
use crate::presign::Operation;
use crate::profiles::Profile;
use crate::sorted::{insert, update};

/// What a role must be allowed to do for `profiles`, and no more. The order of profiles and their operations does not
/// matter. With `bucket_account`, it reaches buckets of this account alone: the name of a deleted bucket can be taken by
/// somebody else.
///
/// # Errors
/// [`NoArn`] for a bucket that policies cannot name.
pub fn permission_policy<'p>(
    profiles: impl IntoIterator<Item = &'p Profile>,
    bucket_account: Option<&str>,
) -> Result<Policy, NoArn> {
    let account = bucket_account.map_or_else(Condition::default, |account| {
        let key = "aws:ResourceAccount".to_owned();
        when("StringEquals", [(key, vec![account.to_owned()])])
    });
    let mut grants = Grants::default();
    for profile in profiles {
        grants.add(&Resource::of(profile)?, profile, &account);
        if let Some(Narrowing::ScopedCredentials(_)) = profile.vends {
            let scope = (Condition::default(), "*".to_owned());
            update(&mut grants.0, scope, |actions| {
                insert(actions, "sts:GetScopedCredentials");
            });
        }
    }
    Ok(grants.policy())
}

/// What credentials that are vended for `profile` may do below `prefix`, the keys that it opens to one caller.
///
/// # Errors
/// [`NoArn`] for a bucket that policies cannot name.
pub fn session_policy(profile: &Profile, prefix: &str) -> Result<Policy, NoArn> {
    let mut grants = Grants::default();
    let resource = Resource::of(profile)?.below(prefix);
    grants.add(&resource, profile, &Condition::default());
    Ok(grants.policy())
}

/// Actions by what they are allowed on.
#[derive(Default)]
struct Grants(Vec<((Condition, String), Vec<&'static str>)>);

impl Grants {
    /// Adds the operations of `profile` on `resource`, where `condition` is met.
    fn add(&mut self, resource: &Resource<'_>, profile: &Profile, condition: &Condition) {
        for &operation in &profile.operations {
            let scope = if operation == Operation::ListObjectsV2 {
                let condition = condition.clone().and(listing(resource));
                (condition, resource.arn.clone())
            } else {
                (condition.clone(), resource.opened(operation))
            };
            update(&mut self.0, scope, |actions| {
                for action in needed(profile, operation) {
                    insert(actions, action);
                }
            });
        }
    }

    fn policy(self) -> Policy {
        let mut statements: Vec<(_, Vec<String>)> = Vec::new();
        for ((condition, resource), actions) in self.0 {
            let scope = (condition, actions);
            update(&mut statements, scope, |resources| resources.push(resource));
        }
        let statements = statements.into_iter();
        let statements = statements.map(|((condition, actions), resource)| Statement {
            sid: None,
            effect: Effect::Allow,
            principal: None,
            action: actions,
            resource,
            condition,
        });
        Policy::new(statements.collect())
    }
}

/// The prefixes that a profile lists. A profile that opens all keys may list without a prefix, so it has no condition.
fn listing(resource: &Resource<'_>) -> Condition {
    match resource.keys(Operation::ListObjectsV2) {
        all if all == "*" => Condition::default(),
        keys => when("StringLike", [("s3:prefix".to_owned(), vec![keys])]),
    }
}
