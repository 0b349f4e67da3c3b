//! Whose a token is, by its issuer, audience and claims.

use http::HeaderName;

use super::{Authenticator, Caller, Callers, Jwt, JwtError, JwtRule};

/// A caller with a JWT, its place before it and its rule after it.
type Rule<'c> = (usize, &'c Caller, &'c JwtRule);

impl Callers {
    /// All callers with a JWT, each with its place.
    pub(super) fn rules(&self) -> impl Iterator<Item = Rule<'_>> {
        self.with_jwt.iter().filter_map(|place| {
            let caller = self.callers.get(*place)?;
            match &caller.authenticator {
                Authenticator::Jwt(rule) => Some((*place, caller, rule)),
                Authenticator::BearerKeys(_) => None,
            }
        })
    }

    /// The only caller whose rule matches `jwt`.
    pub(super) fn rule_for(
        &self,
        header: &HeaderName,
        jwt: &Jwt<'_>,
    ) -> Result<Rule<'_>, JwtError> {
        let claims = &jwt.claims;
        let of_issuer = self
            .rules()
            .filter(|(.., rule)| rule.is_about(&claims.issuer, header));
        let rules = some(of_issuer.collect(), JwtError::Issuer)?;
        let rules = only(rules, JwtError::Audience, |it| it.has_audience_of(claims))?;
        let rules = only(rules, JwtError::Claims, |it| it.claims.are_met_by(claims))?;
        let [(place, caller, rule)] = *rules.as_slice() else {
            return Err(JwtError::SeveralCallers);
        };
        if !rule.algorithms.contains(&jwt.algorithm) {
            return Err(JwtError::Algorithm);
        }
        Ok((place, caller, rule))
    }
}

/// Those of `rules` that meet a condition, or `error` if none does.
fn only(
    mut rules: Vec<Rule<'_>>,
    error: JwtError,
    meets: impl Fn(&JwtRule) -> bool,
) -> Result<Vec<Rule<'_>>, JwtError> {
    rules.retain(|(.., rule)| meets(rule));
    some(rules, error)
}

/// `rules`, or `error` if there is none.
fn some(rules: Vec<Rule<'_>>, error: JwtError) -> Result<Vec<Rule<'_>>, JwtError> {
    if rules.is_empty() {
        Err(error)
    } else {
        Ok(rules)
    }
}
