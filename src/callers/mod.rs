//! Authentication: who sends a request.
//!
//! A request has at most one credential: a bearer key, a JWT, or a signed link. A request with more is rejected,
//! because it would be unclear which one counts.

mod bearer;
mod claims;
mod conditions;
mod discovery;
mod error;
mod issuer;
mod jwks;
mod jwt;
mod link;
mod principal;
mod pushed;
mod rule;
mod shared;
mod verified;

use std::borrow::Cow;
use std::rc::Rc;

use http::header::AUTHORIZATION;
use http::{HeaderMap, HeaderName, HeaderValue};

pub use bearer::{KeyHash, KeyIndex, has_bearer_scheme};
pub use claims::{Claims, LEEWAY, OneOrMany, is_safe_segment};
pub use conditions::{ClaimConditions, Condition};
pub use discovery::{FetchError, IssuerUrls, is_trustworthy};
pub use error::AuthError;
pub use issuer::{FETCH_BACKOFF, FETCH_GAP, Issuer, KEYS_FRESH, KEYS_REFRESH, KEYS_USABLE};
pub use jwt::{Jwt, JwtError, MAX_JWT_BYTES};
pub use link::{Grant, Link, LinkError, LinkKey, MAX_CAPABILITY_BYTES, is_prefix};
pub use principal::Principal;
pub use pushed::{PushError, PushRule, TokenRefusal};
pub use rule::JwtRule;
pub use verified::TokenId;

use crate::join::boxed;
use crate::platform::{Background, Clock, Crypto};

/// The name in a profile's `callers` that stands for everybody, with a credential or without.
pub const ANYONE: &str = "anyone";

/// The name in a profile's `callers` that stands for signed links.
pub const LINK: &str = "link";

/// Everyone who can be authenticated, and how.
#[derive(Debug, Default)]
pub struct Callers {
    /// `CALLERS`.
    pub callers: Vec<Caller>,
    /// The headers that can hold a credential; the first is `Authorization`.
    pub headers: Vec<HeaderName>,
    /// The first signs links, and all verify them; without any there are no links.
    pub link_keys: Vec<LinkKey>,
    /// The bearer keys of all callers.
    pub keys: KeyIndex,
}

/// One entry of `CALLERS`.
#[derive(Clone, Debug)]
pub struct Caller {
    /// Its name in profiles and in the log.
    pub name: Rc<str>,
    /// What authenticates it.
    pub authenticator: Authenticator,
    /// Whether nobody can be authenticated as it, because its configuration has an error. What is meant for it is not
    /// taken for another caller's.
    pub is_closed: bool,
    /// Whether it may know how the worker is.
    pub admin: bool,
}

/// What authenticates a caller.
#[derive(Clone, Debug)]
pub enum Authenticator {
    /// Any of these bearer keys; several, so that one can be replaced without interruption.
    BearerKeys(Vec<KeyHash>),
    /// A JWT.
    Jwt(JwtRule),
}

impl Callers {
    /// Authenticates a request with `headers`, and with `capability` in its path.
    ///
    /// # Errors
    /// [`AuthError`] for every credential that is invalid, whatever the request is for. A request without a
    /// credential is [`Principal::Anonymous`].
    pub async fn authenticate(
        &self,
        capability: Option<&str>,
        headers: &HeaderMap,
        platform: &(impl Clock + Crypto + Background),
    ) -> Result<Principal, AuthError> {
        let mut credentials = self
            .headers
            .iter()
            .flat_map(|name| headers.get_all(name).iter().map(move |value| (name, value)));
        match (capability, credentials.next(), credentials.next()) {
            (None, None, _) => Ok(Principal::Anonymous),
            (Some(capability), None, _) => {
                let link = Link::open(capability, &self.link_keys, platform.now())?;
                Ok(Principal::Link(Box::new(link)))
            }
            (None, Some((header, value)), None) => {
                let credential = credential(header, value)?;
                self.by_header(header, &credential, platform).await
            }
            (_, Some(_), _) => Err(AuthError::MultipleCredentials),
        }
    }

    /// Whether `principal` may know how the worker is.
    pub fn is_admin(&self, principal: &Principal) -> bool {
        let Principal::Caller { name, .. } = principal else {
            return false;
        };
        let mut callers = self.callers.iter();
        callers.any(|caller| caller.admin && caller.name == *name)
    }

    async fn by_header(
        &self,
        header: &HeaderName,
        credential: &str,
        platform: &(impl Clock + Crypto + Background),
    ) -> Result<Principal, AuthError> {
        let hash = KeyHash::of(credential);
        if header == AUTHORIZATION
            && let Some(caller) = self.by_key(&hash)
        {
            return if caller.is_closed {
                Err(AuthError::CallerClosed)
            } else {
                let name = Rc::clone(&caller.name);
                Ok(Principal::Caller { name, claims: None })
            };
        }
        boxed(self.by_token(header, credential, hash, platform)).await
    }

    async fn by_token(
        &self,
        header: &HeaderName,
        credential: &str,
        hash: KeyHash,
        platform: &(impl Clock + Crypto + Background),
    ) -> Result<Principal, AuthError> {
        let accepts_tokens = self.rules().any(|(_, rule)| rule.header == *header);
        match (accepts_tokens, jwt::is_compact(credential)) {
            (true, true) => {}
            (true, false) => return Err(AuthError::NeitherKeyNorJwt),
            (false, true) => return Err(AuthError::TokensDisabled),
            (false, false) => return Err(AuthError::UnknownKey),
        }
        let token = TokenId {
            hash,
            header: header.clone(),
        };
        for (_, rule) in self.rules() {
            if let Some((name, claims)) = rule.issuer.verified(&token, platform).await {
                let claims = Some(claims);
                return Ok(Principal::Caller { name, claims });
            }
        }
        let jwt = Jwt::read(credential)?;
        let (caller, rule) = self.rule_for(header, &jwt)?;
        if caller.is_closed {
            return Err(AuthError::CallerClosed);
        }
        let now = platform.now();
        if jwt.claims.is_expired_at(now) {
            return Err(JwtError::Expired.into());
        }
        if jwt.claims.is_premature_at(now) {
            return Err(JwtError::Premature.into());
        }
        let name = Rc::clone(&caller.name);
        let claims = rule.issuer.verify(jwt, token, &name, platform).await?;
        let claims = Some(claims);
        Ok(Principal::Caller { name, claims })
    }

    /// The caller with this key.
    fn by_key(&self, presented: &KeyHash) -> Option<&Caller> {
        self.callers.get(self.keys.find(presented)?)
    }

    fn rules(&self) -> impl Iterator<Item = (&Caller, &JwtRule)> {
        let callers = self.callers.iter();
        callers.filter_map(|caller| match &caller.authenticator {
            Authenticator::Jwt(rule) => Some((caller, rule)),
            Authenticator::BearerKeys(_) => None,
        })
    }

    /// The only caller whose rule matches `jwt`.
    fn rule_for(
        &self,
        header: &HeaderName,
        jwt: &Jwt<'_>,
    ) -> Result<(&Caller, &JwtRule), JwtError> {
        let claims = &jwt.claims;
        let rules: Vec<_> = self.rules().collect();
        let rules = only(rules, JwtError::Issuer, |it| {
            it.is_about(&claims.issuer, header)
        })?;
        let rules = only(rules, JwtError::Audience, |it| it.has_audience_of(claims))?;
        let rules = only(rules, JwtError::Claims, |it| it.claims.are_met_by(claims))?;
        let [(caller, rule)] = *rules.as_slice() else {
            return Err(JwtError::SeveralCallers);
        };
        if !rule.algorithms.contains(&jwt.algorithm) {
            return Err(JwtError::Algorithm);
        }
        Ok((caller, rule))
    }
}

/// Those of `rules` that meet a condition, or `error` if none does.
fn only<'c>(
    mut rules: Vec<(&'c Caller, &'c JwtRule)>,
    error: JwtError,
    meets: impl Fn(&JwtRule) -> bool,
) -> Result<Vec<(&'c Caller, &'c JwtRule)>, JwtError> {
    rules.retain(|(_, rule)| meets(rule));
    if rules.is_empty() {
        return Err(error);
    }
    Ok(rules)
}

/// The key or token in a header: after the scheme in `Authorization`, the whole value elsewhere.
fn credential<'v>(header: &HeaderName, value: &'v HeaderValue) -> Result<Cow<'v, str>, AuthError> {
    let text = value.to_str().ok();
    text.and_then(|text| {
        if header == AUTHORIZATION {
            bearer::credential(text)
        } else {
            Some(text.into())
        }
    })
    .ok_or(AuthError::InvalidScheme)
}
