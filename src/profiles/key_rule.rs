//! Which keys a profile opens: those with a prefix, in which claims of the caller's token may stand for whole
//! segments.

use crate::callers::{Principal, is_safe_segment};

/// The rule of a profile: `keyPrefix`, such as `users/{sub}/`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyRule(Vec<Part>);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Part {
    /// Literal text.
    Text(String),
    /// The value of the claim with this name, one segment.
    Claim(String),
}

impl KeyRule {
    /// Parses a prefix with claims in braces. Without claims it may end anywhere. Each claim is a whole segment, and a
    /// prefix with claims ends with a slash, so that `users/1` does not match `users/10`.
    ///
    /// # Errors
    /// What is wrong with it, as the rest of a sentence that begins with the field's name.
    pub fn parse(prefix: &str) -> Result<Self, &'static str> {
        let mut parts = Vec::new();
        let mut rest = prefix;
        while let Some((text, more)) = rest.split_once('{') {
            let (claim, more) = more.split_once('}').ok_or("has an unmatched brace")?;
            if claim.is_empty() || text.contains('}') {
                return Err("has an unmatched brace, or nothing between two");
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
            return Err("has an unmatched brace");
        }
        if !parts.is_empty() && !rest.ends_with('/') {
            return Err("must end with a slash where it names a claim");
        }
        parts.push(Part::Text(rest.to_owned()));
        Ok(Self(parts))
    }

    /// Whether it has claims, so that it opens keys only to callers with a token.
    pub fn names_claims(&self) -> bool {
        self.claims().next().is_some()
    }

    /// The names of its claims.
    pub fn claims(&self) -> impl Iterator<Item = &str> {
        self.0.iter().filter_map(|part| match part {
            Part::Claim(name) => Some(name.as_str()),
            Part::Text(_) => None,
        })
    }

    /// The prefix of all keys that it opens to `principal`; `None` when a claim is missing or not a safe segment.
    pub fn prefix(&self, principal: &Principal) -> Option<String> {
        let parts = self.0.iter().map(|part| match part {
            Part::Text(text) => Some(text.as_str()),
            Part::Claim(name) => claim(name, principal),
        });
        parts.collect()
    }

    /// The rule as a pattern: each text as `literal` writes it, and `any` for each claim.
    pub fn pattern(&self, literal: fn(&str) -> String, any: &str) -> String {
        let parts = self.0.iter().map(|part| match part {
            Part::Text(text) => literal(text),
            Part::Claim(_) => any.to_owned(),
        });
        parts.collect()
    }

    /// Whether it opens `key`, and with it every key that begins with `key`, to `principal`.
    ///
    /// A link has no claims: the application that signed it has chosen the segment, which has to be one that a claim
    /// could have been. Bytes are compared; text that only looks alike is not the same.
    pub fn allows(&self, key: &str, principal: &Principal) -> bool {
        let rest = self.0.iter().try_fold(key, |rest, part| match part {
            Part::Text(text) => rest.strip_prefix(text.as_str()),
            Part::Claim(name) => match principal {
                Principal::Link(_) => {
                    let (segment, _) = rest.split_once('/')?;
                    let rest = rest.strip_prefix(segment)?;
                    is_safe_segment(segment).then_some(rest)
                }
                Principal::Caller { .. } | Principal::Anonymous => {
                    rest.strip_prefix(claim(name, principal)?)
                }
            },
        });
        rest.is_some()
    }
}

fn claim<'p>(name: &str, principal: &'p Principal) -> Option<&'p str> {
    match principal {
        Principal::Caller { claims, .. } => claims.as_ref()?.segment(name),
        Principal::Link(_) | Principal::Anonymous => None,
    }
}
