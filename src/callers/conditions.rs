//! Conditions on the claims of a token, which tell the tokens of one caller from those of others.

use std::borrow::Cow;

use super::claims::Claims;
use crate::json::{Json, MAX_EXACT};
use crate::sorted;

/// Registered claims that other fields of a rule are about, or none: they cannot tell callers apart.
const RESERVED: [&str; 5] = ["iss", "aud", "exp", "nbf", "iat"];

/// Conditions, all of which a token has to meet. Two with the same conditions in another order are equal.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ClaimConditions(Vec<Condition>);

/// What one claim must be.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Condition {
    /// Its name; dots may stand between the names of nested objects.
    claim: String,
    /// One of them must match.
    patterns: Vec<Pattern>,
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Pattern {
    /// The whole text.
    Exact(String),
    /// The beginning of the text.
    Prefix(String),
}

impl ClaimConditions {
    /// All of these conditions.
    pub fn new(conditions: Vec<Condition>) -> Self {
        Self(sorted::set(conditions))
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether `claims` meet all of them.
    pub fn are_met_by(&self, claims: &Claims) -> bool {
        self.0.iter().all(|condition| {
            let claim = claims.find(&condition.claim);
            claim.is_some_and(|claim| condition.is_met_by(claim))
        })
    }
}

impl Condition {
    /// The condition that `claim` is one of `texts`, of which each may end with `*` for any end.
    ///
    /// # Errors
    /// What is wrong with it, as the rest of a sentence that begins with the claim's name.
    pub fn parse(claim: &str, texts: &[String]) -> Result<Self, &'static str> {
        if claim.is_empty() || RESERVED.contains(&claim) {
            return Err("is not a claim that can have a condition");
        }
        let patterns: Option<Vec<Pattern>> =
            texts.iter().map(|text| Pattern::parse(text)).collect();
        let patterns = patterns.filter(|all| !all.is_empty()).ok_or(
            "must be a text, or a list of texts, none of them empty; `*` can only be the last character of a longer one",
        )?;
        Ok(Self {
            claim: claim.to_owned(),
            patterns: sorted::set(patterns),
        })
    }

    /// Whether `claim`, or one element of the list that it is, matches.
    fn is_met_by(&self, claim: &Json) -> bool {
        match claim {
            Json::Array(items) => items.iter().any(|item| self.matches(item)),
            one => self.matches(one),
        }
    }

    fn matches(&self, value: &Json) -> bool {
        text(value).is_some_and(|text| self.patterns.iter().any(|it| it.matches(&text)))
    }
}

impl Pattern {
    fn parse(text: &str) -> Option<Self> {
        let (fixed, pattern): (_, fn(String) -> Self) = match text.strip_suffix('*') {
            Some(prefix) => (prefix, Self::Prefix),
            None => (text, Self::Exact),
        };
        let valid = !fixed.is_empty() && !fixed.contains('*');
        valid.then(|| pattern(fixed.to_owned()))
    }

    /// Bytes are compared: text that only looks alike is not the same.
    fn matches(&self, text: &str) -> bool {
        match self {
            Self::Exact(whole) => text == whole,
            Self::Prefix(prefix) => text.starts_with(prefix),
        }
    }
}

/// The text of a string, a boolean or a whole number, as JSON writes it; nothing else has one.
// As an integer, because the code that writes any f64 takes 20 KB.
#[allow(clippy::cast_possible_truncation)]
fn text(value: &Json) -> Option<Cow<'_, str>> {
    match value {
        Json::String(text) => Some(text.into()),
        Json::Bool(true) => Some("true".into()),
        Json::Bool(false) => Some("false".into()),
        Json::Number(number) if number.fract() == 0.0 && number.abs() < MAX_EXACT => {
            Some((*number as i64).to_string().into())
        }
        Json::Number(_) | Json::Array(_) | Json::Object(_) | Json::Null => None,
    }
}
