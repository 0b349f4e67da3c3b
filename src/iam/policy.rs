//! [Policies](https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html) as JSON.

use serde::{Serialize, Serializer};

use crate::sorted::insert;

/// Operators, condition keys and values, all of which must be met. Sorted, each key of an operator once.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Condition(Vec<(&'static str, String, Vec<String>)>);

impl Condition {
    /// Whether there is nothing to be met.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Both.
    pub(super) fn and(mut self, other: Self) -> Self {
        for one in other.0 {
            insert(&mut self.0, one);
        }
        self
    }
}

/// Operator, then key, then values.
impl Serialize for Condition {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let operators = self.0.chunk_by(|one, next| one.0 == next.0);
        serializer.collect_map(operators.filter_map(|keys| Some((keys.first()?.0, Keys(keys)))))
    }
}

/// The keys of one operator.
struct Keys<'c>(&'c [(&'static str, String, Vec<String>)]);

impl Serialize for Keys<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(_, key, values)| (key, values)))
    }
}

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
    let mut condition = Condition::default();
    for (key, values) in keys {
        insert(&mut condition.0, (operator, key, values));
    }
    condition
}
