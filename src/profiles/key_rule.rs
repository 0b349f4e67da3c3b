//! Which keys a profile is for: those that begin with a prefix, in which claims of the caller's token may
//! stand for whole segments.

use crate::callers::{Who, is_safe_segment};

/// The rule of a profile: `keyPrefix`, such as `users/{sub}/`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyRule(Vec<Part>);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Part {
    /// Compared as it stands.
    Text(String),
    /// The value of the claim of this name, one segment.
    Claim(String),
}

impl KeyRule {
    /// Reads a prefix with claims in braces. Without any it may end anywhere; with them each fills a segment,
    /// and it ends with a slash, so that `users/1` is not taken for the beginning of `users/10`.
    ///
    /// # Errors
    /// What is wrong with it, to follow the field's name.
    pub fn parse(prefix: &str) -> Result<Self, &'static str> {
        let mut parts = Vec::new();
        let mut rest = prefix;
        while let Some((text, more)) = rest.split_once('{') {
            let (claim, more) = more
                .split_once('}')
                .ok_or("has a brace without its counterpart")?;
            if claim.is_empty() || text.contains('}') {
                return Err("has a brace without its counterpart, or nothing between two");
            }
            let begins = text.ends_with('/') || (text.is_empty() && parts.is_empty());
            if !begins || !more.starts_with('/') {
                return Err("must have a claim as a whole segment, as in users/{sub}/");
            }
            parts.push(Part::Text(text.to_owned()));
            parts.push(Part::Claim(claim.to_owned()));
            rest = more;
        }
        if rest.contains('}') {
            return Err("has a brace without its counterpart");
        }
        if !parts.is_empty() && !rest.ends_with('/') {
            return Err("must end with a slash where it names a claim");
        }
        parts.push(Part::Text(rest.to_owned()));
        Ok(Self(parts))
    }

    /// Whether it names claims, so that only callers with a token can satisfy it.
    pub fn names_claims(&self) -> bool {
        self.0.iter().any(|part| matches!(part, Part::Claim(_)))
    }

    /// How all keys begin that are those of `who`; `None` where its claims do not do, or it has none.
    pub fn prefix(&self, who: &Who<'_>) -> Option<String> {
        let parts = self.0.iter().map(|part| match part {
            Part::Text(text) => Some(text.clone()),
            Part::Claim(name) => claim(name, who),
        });
        parts.collect()
    }

    /// Whether `key`, and with it every key that begins like that, is one of those for `who`.
    ///
    /// A link has no claims: the application that signed it has chosen the segment, which has to be one
    /// that a claim could have been. Bytes are compared; what only looks alike is not the same.
    pub fn admits(&self, key: &str, who: &Who<'_>) -> bool {
        let rest = self.0.iter().try_fold(key, |rest, part| match part {
            Part::Text(text) => rest.strip_prefix(text.as_str()),
            Part::Claim(name) => match who {
                Who::Link(_) => {
                    let (segment, _) = rest.split_once('/')?;
                    let rest = rest.strip_prefix(segment)?;
                    is_safe_segment(segment).then_some(rest)
                }
                Who::Caller { .. } | Who::Anonymous => {
                    rest.strip_prefix(claim(name, who)?.as_str())
                }
            },
        });
        rest.is_some()
    }
}

fn claim(name: &str, who: &Who<'_>) -> Option<String> {
    match who {
        Who::Caller { claims, .. } => claims.as_ref()?.segment(name),
        Who::Link(_) | Who::Anonymous => None,
    }
}
