//! Whether the worker can sign, and for how long nobody has to do anything about it.

use std::rc::Rc;
use std::time::{Duration, SystemTime};

use schemars::JsonSchema;
use serde::Serialize;

use crate::api::problem;
use crate::config::{Config, Role};
use crate::credentials::lifetime::Lifetime;
use crate::credentials::memory::Failure;
use crate::credentials::obtain::obtain;
use crate::credentials::rotation::Pace;
use crate::credentials::token::{TokenFault, WebIdentityToken};
use crate::credentials::{Session, Supply};
use crate::error::{Error, ProblemType};
use crate::instant::{left_until, rfc3339};
use crate::platform::Platform;

/// How pressing something is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    /// Nothing is to be done.
    Ok,
    /// Something will have to be done soon.
    Amber,
    /// Requests fail, or will before the next session.
    Red,
}

/// The answer of `/readyz`.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Readiness<'a> {
    /// The worst of all that follows.
    pub status: Status,
    /// `sealed`, or `off` where there is no `CACHE_KEY`.
    #[schemars(extend("enum" = ["sealed", "off"]))]
    pub kv: &'static str,
    /// The token, where a role needs it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub token: Option<Token>,
    /// What signs, in the order in which profiles name it.
    pub roles: Vec<RoleReport<'a>>,
}

/// The token that is bound now.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Token {
    /// Amber when it ends within a session's life after the next renewal; red when it will not see
    /// that renewal, or cannot be traded at all.
    pub status: Status,
    /// Type of the problem that requests would get.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<ProblemType>")]
    pub fault: Option<String>,
    /// The claim `exp`, in RFC 3339.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(extend("format" = "date-time"))]
    pub expires_at: Option<String>,
    /// Full hours until then.
    pub hours_left: u64,
}

/// One provider of credentials.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct RoleReport<'a> {
    /// Name of the role, without its account; missing for static keys.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub role: Option<&'a str>,
    /// Whether it can sign.
    pub ready: bool,
    /// Where this isolate has the session that signs from: `memory` unless it was fetched for this
    /// very answer from `kv` or `sts`; `static` for keys.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(extend("enum" = ["memory", "kv", "sts", "static"]))]
    pub source: Option<&'static str>,
    /// End of that session, in RFC 3339.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(extend("format" = "date-time"))]
    pub expires_at: Option<String>,
    /// Seconds until then.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub seconds_left: Option<u64>,
    /// The session that takes over.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next: Option<Next>,
    /// The last failure of a renewal in this isolate.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_failure: Option<LastFailure>,
}

/// A session that is not active yet.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Next {
    /// When it takes over, in RFC 3339.
    #[schemars(extend("format" = "date-time"))]
    pub active_from: String,
    /// When it ends, in RFC 3339.
    #[schemars(extend("format" = "date-time"))]
    pub expires_at: String,
}

/// A renewal that failed.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct LastFailure {
    /// Type of the problem.
    #[schemars(with = "ProblemType")]
    pub r#type: String,
    /// What it was, and how to mend it.
    pub detail: String,
    /// AWS's code, where AWS refused.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub aws_code: Option<String>,
    /// When, in RFC 3339.
    #[schemars(extend("format" = "date-time"))]
    pub at: String,
    /// Whether a renewal has succeeded since.
    pub over: bool,
}

impl Readiness<'_> {
    /// Whether every role can sign.
    pub fn can_sign(&self) -> bool {
        self.roles.iter().all(|role| role.ready)
    }
}

/// Looks at every one of `supplies` as a request would that needs a session, and at the token.
pub async fn check<'a, P: Platform>(
    config: &Rc<Config>,
    supplies: &'a [Rc<Supply>],
    platform: &P,
) -> Readiness<'a> {
    let mut roles = Vec::new();
    for supply in supplies {
        roles.push(report(config, supply, platform).await);
    }
    let uses_token = supplies.iter().any(|supply| supply.role.is_some());
    let token = if uses_token {
        let text = platform.web_identity_token().await;
        let now = platform.now();
        Some(token(text.as_deref(), supplies, now))
    } else {
        None
    };
    let unready = roles.iter().any(|role| !role.ready);
    let failing = roles
        .iter()
        .any(|role| role.last_failure.as_ref().is_some_and(|last| !last.over));
    let roles_status = match (unready, failing) {
        (true, _) => Status::Red,
        (false, true) => Status::Amber,
        (false, false) => Status::Ok,
    };
    let token_status = token.as_ref().map_or(Status::Ok, |token| token.status);
    Readiness {
        status: roles_status.max(token_status),
        kv: if config.cache_keys.is_empty() {
            "off"
        } else {
            "sealed"
        },
        token,
        roles,
    }
}

async fn report<'a, P: Platform>(
    config: &Rc<Config>,
    supply: &'a Rc<Supply>,
    platform: &P,
) -> RoleReport<'a> {
    let known = supply.memory.last();
    // Whatever can sign at all will do.
    let wanted = supply.wanted(Lifetime::UpTo(Duration::from_secs(1)), Duration::ZERO);
    let obtained = obtain(config, supply, wanted, platform).await.ok();
    let session = obtained.as_ref().map(|obtained| &obtained.session);
    let now = platform.now();
    let ends = session.filter(|_| supply.role.is_some());
    let next = supply.memory.last().filter(|last| last.active_from > now);
    RoleReport {
        role: supply.role.as_ref().map(Role::name),
        ready: session.is_some(),
        source: session.map(|session| supply.source(known.as_deref(), session)),
        expires_at: ends.map(|session| rfc3339(session.expires_at)),
        seconds_left: ends.map(|session| session.left_at(now).as_secs()),
        next: next.map(|session| Next::of(&session)),
        last_failure: supply.memory.failure().map(LastFailure::of),
    }
}

impl Next {
    fn of(session: &Session) -> Self {
        Self {
            active_from: rfc3339(session.active_from),
            expires_at: rfc3339(session.expires_at),
        }
    }
}

impl LastFailure {
    fn of(failure: Failure) -> Self {
        Self {
            r#type: problem::type_of(&failure.error),
            detail: failure.error.public_text().detail,
            aws_code: failure.error.aws_code().map(str::to_owned),
            at: rfc3339(failure.at),
            over: !failure.lasts(),
        }
    }
}

fn token(text: Option<&str>, supplies: &[Rc<Supply>], now: SystemTime) -> Token {
    match WebIdentityToken::read(text, now) {
        Ok(token) => Token {
            status: token_status(token.expires_at, supplies),
            fault: None,
            expires_at: Some(rfc3339(token.expires_at)),
            hours_left: left_until(token.expires_at, now).as_secs() / 3600,
        },
        Err(fault) => Token {
            status: Status::Red,
            fault: Some(problem::type_of(&Error::Token(fault))),
            expires_at: match fault {
                TokenFault::Expired { expired_at } => Some(rfc3339(expired_at)),
                TokenFault::Missing | TokenFault::Malformed => None,
            },
            hours_left: 0,
        },
    }
}

/// The worst that an end of the token at `expires_at` means to any role.
fn token_status(expires_at: SystemTime, supplies: &[Rc<Supply>]) -> Status {
    let statuses = supplies.iter().filter_map(|supply| {
        let (role, last) = (supply.role.as_ref()?, supply.memory.last()?);
        let renewed_at = Pace::of(&last, supply.longest).renew_from();
        let left_then = left_until(expires_at, renewed_at);
        Some(if left_then.is_zero() {
            Status::Red
        } else if left_then < role.duration {
            Status::Amber
        } else {
            Status::Ok
        })
    });
    statuses.max().unwrap_or(Status::Ok)
}
