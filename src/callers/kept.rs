//! What is kept of a token once it is verified. An isolate remembers thousands of them, so that is as little as requests need.

use std::rc::Rc;
use std::time::SystemTime;

use super::claims::{Claims, is_expired, is_safe_segment};
use super::issuer::Issuer;

/// The claims of a verified token that requests need.
#[derive(Debug)]
pub struct KeptClaims {
    pub(super) issuer: Rc<Issuer>,
    /// Which of the issuer's key sets has verified the token.
    pub(super) key_set: u32,
    /// `exp`: from this instant on the token is not accepted.
    pub expires_at: SystemTime,
    subject: Option<Box<str>>,
    audience: Box<str>,
    /// Claims that stand for segments of keys, by their names.
    segments: Box<[(Rc<str>, Box<str>)]>,
}

/// The claim that most rules for keys name. Where it is a text, it is kept once.
const SUB: &str = "sub";

impl KeptClaims {
    /// Those of `claims`, which `key_set` of `issuer` has verified; `names` are the claims in rules for keys.
    pub(super) fn of(
        claims: &Claims,
        names: &[Rc<str>],
        issuer: &Rc<Issuer>,
        key_set: u32,
    ) -> Self {
        let subject = claims.subject();
        let names = names
            .iter()
            .filter(|name| subject.is_none() || ***name != *SUB);
        let segments =
            names.filter_map(|name| Some((Rc::clone(name), claims.segment(name)?.into())));
        Self {
            issuer: Rc::clone(issuer),
            key_set,
            expires_at: claims.expires_at,
            subject: subject.map(Into::into),
            audience: claims.audiences.join(" ").into(),
            segments: segments.collect(),
        }
    }

    /// `iss`: the issuer.
    pub fn issuer(&self) -> &str {
        &self.issuer.urls().issuer
    }

    /// `aud`: the audiences, with a blank between two.
    pub fn audience(&self) -> &str {
        &self.audience
    }

    /// `sub`: the subject, unique among all of the issuer's.
    pub fn subject(&self) -> Option<&str> {
        self.subject.as_deref()
    }

    /// The claim `name`, which a rule for keys names, as a [safe segment](is_safe_segment) of a key.
    pub fn segment(&self, name: &str) -> Option<&str> {
        match self.subject() {
            Some(subject) if name == SUB => is_safe_segment(subject).then_some(subject),
            _ => {
                let mut segments = self.segments.iter();
                let (_, segment) = segments.find(|(known, _)| **known == *name)?;
                Some(segment)
            }
        }
    }

    /// Whether the token has expired at `now`.
    pub fn is_expired_at(&self, now: SystemTime) -> bool {
        is_expired(self.expires_at, now)
    }

    /// The length of its texts, and of what belongs to each.
    pub(super) fn bytes(&self) -> usize {
        let segments = self.segments.iter().map(|(_, segment)| segment.len());
        let segments = segments.map(|bytes| bytes.saturating_add(SEGMENT_BYTES));
        let subject = self.subject.as_ref().map_or(0, |it| it.len());
        let texts = subject.saturating_add(self.audience.len());
        segments.fold(texts, usize::saturating_add)
    }
}

/// What a segment takes beside its text, in bytes.
const SEGMENT_BYTES: usize = 32;
