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
mod kept;
mod link;
mod matching;
mod principal;
mod pushed;
mod rule;
mod shared;
mod verified;

use std::borrow::Cow;
use std::cell::RefCell;
use std::rc::Rc;
use std::time::SystemTime;

use http::header::AUTHORIZATION;
use http::{HeaderMap, HeaderName, HeaderValue};

pub use bearer::{KeyHash, KeyIndex, has_bearer_scheme};
pub use claims::{Claims, LEEWAY, OneOrMany, is_safe_segment};
pub use conditions::{ClaimConditions, Condition};
pub use discovery::{FetchError, IssuerUrls, is_trustworthy};
pub use error::AuthError;
pub use issuer::{FETCH_BACKOFF, FETCH_GAP, Issuer, KEYS_FRESH, KEYS_REFRESH, KEYS_USABLE};
pub use jwt::{Jwt, JwtError, MAX_JWT_BYTES};
pub use kept::KeptClaims;
pub use link::{Grant, Link, LinkError, LinkKey, LinkKeys, MAX_CAPABILITY_BYTES, is_prefix};
pub use principal::Principal;
pub use pushed::{PushError, PushRule, TokenRefusal};
pub use rule::JwtRule;

use crate::join::boxed;
use crate::platform::{Background, Clock, Crypto};
use verified::{TokenId, VerifiedToken, VerifiedTokens};

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
    /// `LINK_KEY`.
    pub link_keys: LinkKeys,
    /// The claims that rules for keys name.
    pub key_claims: Vec<Rc<str>>,
    /// The bearer keys of all callers.
    keys: KeyIndex,
    /// The places of the callers with a JWT.
    with_jwt: Vec<usize>,
    verified: RefCell<VerifiedTokens>,
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
    /// `callers`, and those who have a link that one of `link_keys` has signed.
    pub fn new(callers: Vec<Caller>, link_keys: LinkKeys) -> Self {
        let (mut headers, mut with_jwt, mut keys) = (vec![AUTHORIZATION], Vec::new(), Vec::new());
        for (place, caller) in callers.iter().enumerate() {
            match &caller.authenticator {
                Authenticator::BearerKeys(own) => keys.extend(own.iter().map(|key| (*key, place))),
                Authenticator::Jwt(rule) => {
                    with_jwt.push(place);
                    if !headers.contains(&rule.header) {
                        headers.push(rule.header.clone());
                    }
                }
            }
        }
        Self {
            callers,
            headers,
            link_keys,
            key_claims: Vec::new(),
            keys: KeyIndex::new(&keys),
            with_jwt,
            verified: RefCell::default(),
        }
    }

    /// Those who have a key of another one, too, so that nobody can tell whose it is meant to be.
    pub fn with_shared_keys(&self) -> impl Iterator<Item = &Caller> {
        let places = self.keys.shared().flatten();
        places.filter_map(|place| self.callers.get(place))
    }

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
        let mut found = None;
        for (place, name) in self.headers.iter().enumerate() {
            for value in headers.get_all(name) {
                if found.replace((place, name, value)).is_some() {
                    return Err(AuthError::MultipleCredentials);
                }
            }
        }
        match (capability, found) {
            (None, None) => Ok(Principal::Anonymous),
            (Some(capability), None) => self.by_link(capability, platform.now()),
            (None, Some((place, header, value))) => {
                let credential = credential(header, value)?;
                self.by_header((place, header), &credential, platform).await
            }
            (Some(_), Some(_)) => Err(AuthError::MultipleCredentials),
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

    // Not inlined, because most requests have no link.
    #[inline(never)]
    fn by_link(&self, capability: &str, now: SystemTime) -> Result<Principal, AuthError> {
        let link = Link::open(capability, &self.link_keys, now)?;
        Ok(Principal::Link(Box::new(link)))
    }

    async fn by_header(
        &self,
        (place, header): (usize, &HeaderName),
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
        let id = TokenId {
            hash,
            header: place,
        };
        boxed(self.by_jwt(header, id, credential, platform)).await
    }

    async fn by_jwt(
        &self,
        header: &HeaderName,
        id: TokenId,
        credential: &str,
        platform: &(impl Clock + Crypto + Background),
    ) -> Result<Principal, AuthError> {
        if let Some(principal) = self.by_remembered(&id, platform).await {
            return Ok(principal);
        }
        let accepts_tokens = self.rules().any(|(.., rule)| rule.header == *header);
        match (accepts_tokens, jwt::is_compact(credential)) {
            (true, true) => self.by_token(header, id, credential, platform).await,
            (true, false) => Err(AuthError::NeitherKeyNorJwt),
            (false, true) => Err(AuthError::TokensDisabled),
            (false, false) => Err(AuthError::UnknownKey),
        }
    }

    /// Who has a token that was verified before and is still valid, with the keys that its issuer has by now.
    async fn by_remembered(
        &self,
        id: &TokenId,
        platform: &(impl Clock + Background),
    ) -> Option<Principal> {
        let VerifiedToken { caller, claims, .. } = self.verified.borrow_mut().find(id)?;
        let is_valid = claims.issuer.still_has(claims.key_set, platform).await
            && !claims.is_expired_at(platform.now());
        let caller = self.callers.get(caller).filter(|_| is_valid)?;
        let (name, claims) = (Rc::clone(&caller.name), Some(claims));
        Some(Principal::Caller { name, claims })
    }

    /// Who has a token that has to be verified. It is then remembered.
    async fn by_token(
        &self,
        header: &HeaderName,
        id: TokenId,
        token: &str,
        platform: &(impl Clock + Crypto + Background),
    ) -> Result<Principal, AuthError> {
        let jwt = Jwt::read(token)?;
        let (place, caller, rule) = self.rule_for(header, &jwt)?;
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
        let issuer = &rule.issuer;
        let key_set = issuer.check_signature(&jwt, platform).await?;
        let claims = Rc::new(KeptClaims::of(
            &jwt.claims,
            &self.key_claims,
            issuer,
            key_set,
        ));
        self.verified.borrow_mut().remember(VerifiedToken {
            id,
            caller: place,
            claims: Rc::clone(&claims),
        });
        let (name, claims) = (Rc::clone(&caller.name), Some(claims));
        Ok(Principal::Caller { name, claims })
    }

    /// The caller with this key.
    fn by_key(&self, presented: &KeyHash) -> Option<&Caller> {
        self.callers.get(self.keys.find(presented)?)
    }
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
