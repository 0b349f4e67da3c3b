//! [Policies](https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html) as JSON.

use std::collections::BTreeMap;

use serde::Serialize;

/// Operator, condition key, values.
pub type Condition = BTreeMap<&'static str, BTreeMap<String, Vec<String>>>;

/// A policy of a role or a bucket.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Policy {
    version: &'static str,
    /// Its statements.
    pub statement: Vec<Statement>,
}

/// A statement of a policy.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Statement {
    /// What it is for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sid: Option<&'static str>,
    /// What it does.
    pub effect: Effect,
    /// Whom it is about; a role's permission policy has none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub principal: Option<Principal>,
    /// The actions, such as `s3:GetObject`.
    pub action: Vec<&'static str>,
    /// The ARNs; a trust policy has none.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub resource: Vec<String>,
    /// All of these must be met.
    #[serde(skip_serializing_if = "Condition::is_empty")]
    pub condition: Condition,
}

/// What a statement does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub enum Effect {
    /// It allows.
    Allow,
    /// It denies, whatever else allows.
    Deny,
}

/// Whom a statement is about.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum Principal {
    /// Everybody: `*`.
    Anyone(&'static str),
    /// Holders of tokens of the OIDC provider with this ARN.
    Provider {
        /// The ARN.
        #[serde(rename = "Federated")]
        federated: String,
    },
}

impl Policy {
    pub(super) fn new(statement: Vec<Statement>) -> Self {
        Self {
            version: "2012-10-17",
            statement,
        }
    }
}

/// A condition with one operator.
pub(super) fn when<const N: usize>(
    operator: &'static str,
    keys: [(String, Vec<String>); N],
) -> Condition {
    Condition::from([(operator, BTreeMap::from(keys))])
}
