//! The trust policy of a role.

use super::policy::{Effect, Policy, Principal, Statement, when};

/// The tokens that may assume a role.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trust {
    /// The claim `iss`: the URL of the OIDC provider.
    pub issuer: String,
    /// What IAM compares with the key `aud`: the claim `azp` of a token that has it, else [`aud`][keys]. Any of these.
    ///
    /// [keys]: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_iam-condition-keys.html#condition-keys-wif
    pub audiences: Vec<String>,
    /// The claim `sub`.
    pub subject: String,
}

impl Trust {
    /// The trust policy of the role `role_arn`, whose account has the OIDC provider.
    pub fn policy(&self, role_arn: &str) -> Policy {
        let provider = self.provider();
        let account = role_arn.split(":role/").next().unwrap_or_default();
        let key = |claim: &str| format!("{provider}:{claim}");
        let condition = [
            (key("aud"), self.audiences.clone()),
            (key("sub"), vec![self.subject.clone()]),
        ];
        Policy::new(vec![Statement {
            sid: None,
            effect: Effect::Allow,
            principal: Some(Principal::Provider {
                federated: format!("{account}:oidc-provider/{provider}"),
            }),
            action: vec!["sts:AssumeRoleWithWebIdentity"],
            resource: Vec::new(),
            condition: when("StringEquals", condition),
        }])
    }

    /// The provider's name in ARNs and condition keys: its URL without `https://`.
    fn provider(&self) -> &str {
        let issuer = &self.issuer;
        issuer.strip_prefix("https://").unwrap_or(issuer)
    }
}
