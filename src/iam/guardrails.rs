//! Statements for the policy of a bucket or access point that limit presigned URLs, as AWS's [guide][guide] recommends.
//!
//! [guide]: https://docs.aws.amazon.com/prescriptive-guidance/latest/presigned-url-best-practices/additional-guardrails.html

use super::policy::{Condition, Effect, Policy, Principal, Statement, when};
use super::resource::{NoArn, Resource};
use crate::profiles::Profile;
use crate::sorted::insert;

/// What presigned URLs and browser forms have as `s3:authType`.
const PRESIGNED: [&str; 2] = ["REST-QUERY-STRING", "POST"];

/// The policy of the bucket that all of `profiles` have. It denies requests without TLS, signatures that are older than
/// their URLs can live, and presigned URLs of other principals. Where `networks` are given, which are IP ranges such as
/// `192.0.2.0/24`, it denies presigned URLs from elsewhere.
///
/// # Errors
/// [`NoArn`] for a bucket that policies cannot name.
pub fn guardrails(profiles: &[&Profile], networks: &[String]) -> Result<Policy, NoArn> {
    let mut resource = Vec::new();
    for profile in profiles {
        let of_profile = Resource::of(profile)?;
        insert(&mut resource, of_profile.all_objects());
        insert(&mut resource, of_profile.arn);
    }
    let ages = profiles
        .iter()
        .map(|it| it.max_lifetime.saturating_add(it.window));
    let age_ms = ages.max().unwrap_or_default().as_millis();
    let one = |operator, key: &str, value: String| when(operator, [(key.to_owned(), vec![value])]);
    let mut denied = vec![
        (
            "NoPlainHttp",
            one("Bool", "aws:SecureTransport", "false".to_owned()),
        ),
        (
            "NoOldSignatures",
            one("NumericGreaterThan", "s3:signatureAge", age_ms.to_string()),
        ),
    ];
    let presigned = |operator, key: &str, values: Vec<String>| -> Condition {
        let types = PRESIGNED.map(str::to_owned).to_vec();
        let condition = when("StringEquals", [("s3:authType".to_owned(), types)]);
        condition.and(when(operator, [(key.to_owned(), values)]))
    };
    let mut roles = Vec::new();
    for role in profiles.iter().filter_map(|it| it.provider.role.as_ref()) {
        insert(&mut roles, role.arn.clone());
    }
    // Static keys are of a principal that the configuration does not name.
    if profiles.iter().all(|it| it.provider.role.is_some()) {
        let others = presigned("ArnNotEquals", "aws:PrincipalArn", roles);
        denied.push(("PresignedByTheRoleAlone", others));
    }
    if !networks.is_empty() {
        let elsewhere = presigned("NotIpAddress", "aws:SourceIp", networks.to_vec());
        denied.push(("PresignedForTheseNetworks", elsewhere));
    }
    let statements = denied.into_iter().map(|(sid, condition)| Statement {
        sid: Some(sid),
        effect: Effect::Deny,
        principal: Some(Principal::Anyone("*")),
        action: vec!["s3:*"],
        resource: resource.clone(),
        condition,
    });
    Ok(Policy::new(statements.collect()))
}
