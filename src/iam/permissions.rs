//! The permission policy of a role.

use super::actions::needed;
use super::policy::{Condition, Effect, Policy, Statement, when};
use super::resource::{NoArn, Resource};
use super::sorted::{insert, update};
use crate::presign::Operation;
use crate::profiles::Profile;

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
    let mut grants: Vec<((Condition, String), Vec<&'static str>)> = Vec::new();
    for profile in profiles {
        let resource = Resource::of(profile)?;
        for &operation in &profile.operations {
            let scope = if operation == Operation::ListObjectsV2 {
                let condition = account.clone().and(listing(&resource));
                (condition, resource.arn.clone())
            } else {
                (account.clone(), resource.opened(operation))
            };
            update(&mut grants, scope, |actions| {
                for action in needed(profile, operation) {
                    insert(actions, action);
                }
            });
        }
    }
    let mut statements: Vec<(_, Vec<String>)> = Vec::new();
    for ((condition, resource), actions) in grants {
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
    Ok(Policy::new(statements.collect()))
}

/// The prefixes that a profile lists. A profile that opens all keys may list without a prefix, so it has no condition.
fn listing(resource: &Resource<'_>) -> Condition {
    match resource.keys(Operation::ListObjectsV2) {
        all if all == "*" => Condition::default(),
        keys => when("StringLike", [("s3:prefix".to_owned(), vec![keys])]),
    }
}
