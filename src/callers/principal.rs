//! Who sends a request, once that is authenticated.

use std::rc::Rc;
use std::time::SystemTime;

use super::{ANYONE, KeptClaims, LINK, Link};

/// Who sends a request.
#[derive(Clone, Debug)]
pub enum Principal {
    /// A configured caller.
    Caller {
        /// Its name.
        name: Rc<str>,
        /// The claims of its token, if it has one.
        claims: Option<Rc<KeptClaims>>,
    },
    /// The bearer of a signed link.
    Link(Box<Link>),
    /// Anybody: the request has no credential.
    Anonymous,
}

impl Principal {
    /// Its name in the log, and in a profile's `callers`.
    pub fn name(&self) -> &str {
        match self {
            Self::Caller { name, .. } => name,
            Self::Link(_) => LINK,
            Self::Anonymous => ANYONE,
        }
    }

    /// The link, if it is the bearer of one.
    pub fn link(&self) -> Option<&Link> {
        match self {
            Self::Link(link) => Some(link),
            Self::Caller { .. } | Self::Anonymous => None,
        }
    }

    /// When its credential expires; `None` when it does not.
    pub fn expires_at(&self) -> Option<SystemTime> {
        match self {
            Self::Caller { claims, .. } => claims.as_ref().map(|claims| claims.expires_at),
            Self::Link(link) => Some(link.expires_at),
            Self::Anonymous => None,
        }
    }

    /// Whether its token has no `sub`, so that [`id`](Self::id) is the same for all such tokens of its issuer.
    pub fn lacks_subject(&self) -> bool {
        let Self::Caller {
            claims: Some(claims),
            ..
        } = self
        else {
            return false;
        };
        claims.subject().unwrap_or_default().is_empty()
    }

    /// Its caller and the `sub` of its token, if it has one: whom the token is about.
    pub fn subject(&self) -> Option<String> {
        match self {
            Self::Caller {
                claims: Some(_), ..
            } if !self.lacks_subject() => self.id(),
            _ => None,
        }
    }

    /// Distinguishes it from all others, including others with tokens of the same issuer; `None` for an anonymous
    /// one. It holds nothing that could be used as a credential.
    pub fn id(&self) -> Option<String> {
        match self {
            Self::Caller { name, claims } => Some(match claims {
                Some(claims) => format!("{name}/{}", claims.subject().unwrap_or_default()),
                None => name.to_string(),
            }),
            Self::Link(link) => Some(format!("{LINK}/{}", link.id)),
            Self::Anonymous => None,
        }
    }
}
