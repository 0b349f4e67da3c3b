//! Who asks.
//!
//! A request brings one proof at most: a bearer key, a JWT, or a signed link. Two are refused, whatever
//! they are worth, for which of them should count?

mod algorithm;
mod bearer;
mod claims;
mod discovery;
mod issuer;
mod jwks;
mod jwt;
mod link;

use std::fmt;
use std::rc::Rc;
use std::time::SystemTime;

use http::{HeaderMap, HeaderValue};

pub use algorithm::{Algorithm, KeyKind};
pub use bearer::KeyHash;
pub use claims::{Claims, LEEWAY, OneOrMany, is_safe_segment};
pub use discovery::{FetchFailed, IssuerUrls, is_trustworthy};
pub use issuer::{FAILURE_REST, FETCH_GAP, Issuer, KEYS_FRESH, KEYS_USABLE};
pub use jwt::{Jwt, JwtFault, MAX_JWT_BYTES};
pub use link::{Grant, Link, LinkFault, LinkKey, MAX_CAPABILITY_BYTES, is_prefix};

use crate::config::Config;
use crate::error::Error;
use crate::platform::Platform;

/// The name that stands for everybody in a profile's `callers`, proof or no proof.
pub const ANYONE: &str = "anyone";

/// The name that stands for signed links there.
pub const LINK: &str = "link";

/// One entry of `CALLERS`.
#[derive(Clone, Debug)]
pub struct Caller {
    /// What profiles call it.
    pub name: String,
    /// What proves it.
    pub proof: Proof,
}

/// What proves a caller.
#[derive(Clone, Debug)]
pub enum Proof {
    /// Any of these bearer keys; several, so that one can be replaced without a gap.
    Keys(Vec<KeyHash>),
    /// A JWT.
    Jwt(JwtRule),
}

/// Which JWTs prove a caller.
#[derive(Clone, Debug)]
pub struct JwtRule {
    /// Their issuer: the place among the configuration's.
    pub issuer: usize,
    /// Any of these has to be among their audiences.
    pub audiences: Vec<String>,
    /// The header that they come in: the place among the configuration's.
    pub header: usize,
    /// The algorithms admitted.
    pub algorithms: Vec<Algorithm>,
}

/// Who a request comes from.
#[derive(Clone, Debug, PartialEq)]
pub enum Who<'c> {
    /// A caller that is configured.
    Caller {
        /// Its name.
        name: &'c str,
        /// What its token says, where it was one.
        claims: Option<Rc<Claims>>,
    },
    /// Whoever has this link.
    Link(Box<Link>),
    /// Nobody in particular: no proof at all.
    Anonymous,
}

impl<'c> Who<'c> {
    /// The name for it in the log, and in a profile's `callers`.
    pub fn name(&self) -> &'c str {
        match self {
            Self::Caller { name, .. } => name,
            Self::Link(_) => LINK,
            Self::Anonymous => ANYONE,
        }
    }

    /// When its proof ends; `None` where it has no end.
    pub fn ends_at(&self) -> Option<SystemTime> {
        match self {
            Self::Caller { claims, .. } => claims.as_ref().map(|claims| claims.expires_at),
            Self::Link(link) => Some(link.expires_at),
            Self::Anonymous => None,
        }
    }

    /// Whether [`Who::identity`] is that of all who have tokens of its issuer without `sub`.
    pub fn is_one_of_many(&self) -> bool {
        let Self::Caller {
            claims: Some(claims),
            ..
        } = self
        else {
            return false;
        };
        claims.subject().unwrap_or_default().is_empty()
    }

    /// Tells it from everybody else, also among those with tokens of one issuer; `None` for nobody in
    /// particular. It holds nothing that could be used as a proof.
    pub fn identity(&self) -> Option<String> {
        match self {
            Self::Caller { name, claims } => Some(match claims {
                Some(claims) => format!("{name}/{}", claims.subject().unwrap_or_default()),
                None => (*name).to_owned(),
            }),
            Self::Link(link) => Some(format!("{LINK}/{}", link.id)),
            Self::Anonymous => None,
        }
    }
}

/// Why a proof proves nobody. It is told to the log, never to the client.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unproven {
    /// Not `Bearer` and something.
    Scheme,
    /// No key that is configured, and no JWT.
    Key,
    /// A JWT that is not good here.
    Jwt(JwtFault),
}

impl fmt::Display for Unproven {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Scheme => f.write_str("the header holds no bearer key or token"),
            Self::Key => f.write_str("the key is none that is configured"),
            Self::Jwt(fault) => write!(f, "the token is refused: {fault}"),
        }
    }
}

impl From<JwtFault> for Error {
    fn from(fault: JwtFault) -> Self {
        Self::UnknownCaller(Unproven::Jwt(fault))
    }
}

/// Finds out who sent a request with `headers`, and with `capability` in its path.
///
/// # Errors
/// [`Error::AmbiguousProof`] for more than one proof;
/// [`Error::UnknownCaller`] and [`Error::LinkRefused`] for one that proves nobody, whatever is asked for;
/// [`Error::IssuerUnreachable`] when a token cannot be verified.
pub async fn identify<'c, P: Platform>(
    config: &'c Config,
    issuers: &[Rc<Issuer>],
    capability: Option<&str>,
    headers: &HeaderMap,
    platform: &P,
) -> Result<Who<'c>, Error> {
    let places = config.proof_headers.iter().enumerate();
    let mut proofs =
        places.flat_map(|(place, name)| headers.get_all(name).iter().map(move |it| (place, it)));
    match (capability, proofs.next(), proofs.next()) {
        (None, None, _) => Ok(Who::Anonymous),
        (Some(capability), None, _) => {
            let link = Link::open(capability, &config.link_keys, platform.now());
            link.map(|link| Who::Link(Box::new(link)))
                .map_err(Error::LinkRefused)
        }
        (None, Some((place, value)), None) => {
            let credential = credential(place, value)?;
            by_header(config, issuers, place, credential, platform).await
        }
        (_, Some(_), _) => Err(Error::AmbiguousProof),
    }
}

/// The key or token in a header: behind its scheme in `Authorization`, all of it elsewhere.
fn credential(place: usize, value: &HeaderValue) -> Result<&str, Error> {
    let text = value.to_str().ok();
    text.and_then(|text| match place {
        AUTHORIZATION_PLACE => bearer::credential(text),
        _ => Some(text),
    })
    .ok_or(Error::UnknownCaller(Unproven::Scheme))
}

/// The place of `Authorization` among the headers that prove who asks.
pub const AUTHORIZATION_PLACE: usize = 0;

async fn by_header<'c, P: Platform>(
    config: &'c Config,
    issuers: &[Rc<Issuer>],
    place: usize,
    credential: &str,
    platform: &P,
) -> Result<Who<'c>, Error> {
    let presented = KeyHash::of(credential);
    if place == AUTHORIZATION_PLACE
        && let Some(name) = by_key(&config.callers, &presented)
    {
        return Ok(Who::Caller { name, claims: None });
    }
    let takes_tokens = config
        .callers
        .iter()
        .any(|caller| matches!(&caller.proof, Proof::Jwt(rule) if rule.header == place));
    if !takes_tokens || !jwt::is_compact(credential) {
        return Err(Error::UnknownCaller(Unproven::Key));
    }
    let token = (presented, place);
    let remembered = issuers
        .iter()
        .find_map(|issuer| issuer.remembered(&token, platform));
    let (caller, claims) = match remembered {
        Some(known) => known,
        None => {
            let jwt = Jwt::read(credential)?;
            let (caller, rule) = rule_for(config, place, &jwt)?;
            let now = platform.now();
            if jwt.claims.expired_at(now) {
                return Err(JwtFault::Expired.into());
            }
            if jwt.claims.premature_at(now) {
                return Err(JwtFault::Premature.into());
            }
            let issuer = issuers.get(rule.issuer).ok_or(Error::Internal("issuer"))?;
            let claims = issuer.verify(jwt, token, caller, platform).await?;
            (caller, claims)
        }
    };
    let caller = config.callers.get(caller);
    Ok(Who::Caller {
        name: &caller.ok_or(Error::Internal("caller"))?.name,
        claims: Some(claims),
    })
}

/// The caller with this key. All are compared, so that the time taken tells nothing.
fn by_key<'c>(callers: &'c [Caller], presented: &KeyHash) -> Option<&'c str> {
    let mut found = None;
    for caller in callers {
        let Proof::Keys(keys) = &caller.proof else {
            continue;
        };
        for known in keys {
            if known.is(presented) {
                found = Some(caller.name.as_str());
            }
        }
    }
    found
}

/// The one caller whose tokens are like `jwt`, and its place.
fn rule_for<'c>(
    config: &'c Config,
    header: usize,
    jwt: &Jwt<'_>,
) -> Result<(usize, &'c JwtRule), JwtFault> {
    let claims = &jwt.claims;
    let rules = config.callers.iter().enumerate();
    let mut of_issuer = rules
        .filter_map(|(place, caller)| match &caller.proof {
            Proof::Jwt(rule) => Some((place, rule)),
            Proof::Keys(_) => None,
        })
        .filter(|(_, rule)| {
            let issuer = config.issuers.get(rule.issuer);
            rule.header == header && issuer.is_some_and(|it| it.issuer == claims.issuer)
        })
        .peekable();
    of_issuer.peek().ok_or(JwtFault::Issuer)?;
    let mut meant = of_issuer.filter(|(_, rule)| {
        let known = |audience| rule.audiences.contains(audience);
        claims.audiences.iter().any(known)
    });
    let (place, rule) = meant.next().ok_or(JwtFault::Audience)?;
    if meant.next().is_some() {
        return Err(JwtFault::SeveralCallers);
    }
    if !rule.algorithms.contains(&jwt.algorithm) {
        return Err(JwtFault::Algorithm);
    }
    Ok((place, rule))
}
