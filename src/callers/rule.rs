//! Which tokens authenticate a caller.

use std::rc::Rc;

use http::HeaderName;

use super::claims::{Claims, OneOrMany};
use super::conditions::ClaimConditions;
use super::issuer::Issuer;
use super::shared::is_shared;
use crate::json::from_json;
use crate::platform::SignatureAlgorithm;

/// Which JWTs authenticate a caller.
#[derive(Clone, Debug)]
pub struct JwtRule {
    /// Their issuer.
    pub issuer: Rc<Issuer>,
    /// The audiences, one of which a token must have.
    pub audiences: Vec<String>,
    /// The claim that has the audience; `None` for `aud`.
    pub audience_claim: Option<String>,
    /// Conditions on other claims.
    pub claims: ClaimConditions,
    /// The header that they come in.
    pub header: HeaderName,
    /// The allowed algorithms.
    pub algorithms: Vec<SignatureAlgorithm>,
}

impl JwtRule {
    /// Whether it is about tokens with this issuer in this header.
    pub(super) fn is_about(&self, issuer: &str, header: &HeaderName) -> bool {
        self.header == *header && self.issuer.urls().issuer == issuer
    }

    /// Whether one of the audiences in `claims` is one of its own.
    pub(super) fn has_audience_of(&self, claims: &Claims) -> bool {
        let is_own = |audience: &String| self.audiences.contains(audience);
        match &self.audience_claim {
            None => claims.audiences.iter().any(is_own),
            Some(name) => {
                let claim = claims.find(name).cloned().map(from_json);
                claim.is_some_and(|it| it.is_ok_and(|OneOrMany(all)| all.iter().any(is_own)))
            }
        }
    }

    /// Whether it accepts tokens of strangers: they use the same issuer, and there are no conditions on claims.
    pub fn accepts_strangers(&self) -> bool {
        self.claims.is_empty() && is_shared(&self.issuer.urls().issuer)
    }

    /// Whether one token can meet this rule and `other`, and nothing was done against that.
    pub fn overlaps(&self, other: &Self) -> bool {
        let has_conditions = !self.claims.is_empty() && !other.claims.is_empty();
        let told_apart = has_conditions && self.claims != other.claims;
        other.is_about(&self.issuer.urls().issuer, &self.header)
            && other.audience_claim == self.audience_claim
            && (other.audiences.iter()).any(|audience| self.audiences.contains(audience))
            && !told_apart
    }
}
