//! Everything that has to be set up in AWS for a configuration.

use serde::Serialize;

use super::{CorsConfiguration, NoArn, Policy, Trust, cors_rules, guardrails, permission_policy};
use crate::profiles::Profile;
use crate::sorted::update;

/// What a configuration needs in AWS.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct AwsSetup {
    /// The roles, by their ARNs.
    pub roles: Vec<RoleSetup>,
    /// The buckets and access points, by their names or ARNs.
    pub buckets: Vec<BucketSetup>,
}

/// What a role needs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct RoleSetup {
    /// Its ARN.
    pub role_arn: String,
    /// Its longest session, in seconds: `MaxSessionDuration`.
    pub max_session_secs: u64,
    /// Which tokens may assume it; `None` where that is not known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub trust_policy: Option<Policy>,
    /// What it may do.
    pub permission_policy: Policy,
}

/// What a bucket needs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct BucketSetup {
    /// Its name, or the ARN of an access point.
    pub bucket: String,
    /// Its region.
    pub region: String,
    /// What scripts may do.
    pub cors: CorsConfiguration,
    /// The guardrails.
    pub policy: Policy,
}

impl AwsSetup {
    /// What `profiles` need. `trust` says which tokens are exchanged, `bucket_account` whose the buckets are, and
    /// `networks` from where presigned URLs may be used, if not from everywhere.
    ///
    /// # Errors
    /// [`NoArn`] for a bucket that policies cannot name.
    pub fn of(
        profiles: &[Profile],
        trust: Option<&Trust>,
        bucket_account: Option<&str>,
        networks: &[String],
    ) -> Result<Self, NoArn> {
        let roles = group(profiles, |it| Some(it.provider.role.as_ref()?.arn.as_str()));
        let roles = roles.into_iter().map(|(role_arn, profiles)| {
            let roles = profiles.iter().filter_map(|it| it.provider.role.as_ref());
            Ok(RoleSetup {
                role_arn: role_arn.to_owned(),
                max_session_secs: roles
                    .map(|it| it.duration.as_secs())
                    .max()
                    .unwrap_or_default(),
                trust_policy: trust.map(|trust| trust.policy(role_arn)),
                permission_policy: permission_policy(profiles, bucket_account)?,
            })
        });
        let buckets = group(profiles, |it| {
            Some((it.bucket.as_str(), it.region.as_str()))
        });
        let buckets = buckets.into_iter().map(|((bucket, region), profiles)| {
            Ok(BucketSetup {
                bucket: bucket.to_owned(),
                region: region.to_owned(),
                policy: guardrails(&profiles, networks)?,
                cors: cors_rules(profiles),
            })
        });
        Ok(Self {
            roles: roles.collect::<Result<_, _>>()?,
            buckets: buckets.collect::<Result<_, _>>()?,
        })
    }
}

/// The profiles that have the same `key`, in its order.
fn group<'p, K: Ord>(
    profiles: &'p [Profile],
    key: impl Fn(&'p Profile) -> Option<K>,
) -> Vec<(K, Vec<&'p Profile>)> {
    let mut groups: Vec<(K, Vec<&Profile>)> = Vec::new();
    for profile in profiles {
        if let Some(key) = key(profile) {
            update(&mut groups, key, |group| group.push(profile));
        }
    }
    groups
}
