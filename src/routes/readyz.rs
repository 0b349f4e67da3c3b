//! `GET /readyz`: whether the worker can sign, and for how long nobody has to do anything about that. Only an admin is
//! told why.

mod token;

use std::rc::Rc;
use std::time::{Duration, SystemTime};

use http::{Response, StatusCode};
use schemars::JsonSchema;
use serde::Serialize;

use crate::api::{Error, ProblemType, response};
use crate::config::Config;
use crate::credentials::cache::Failure;
use crate::credentials::lifetime::{Lifetime, MIN_LIFETIME};
use crate::credentials::obtain::{deadline, obtain};
use crate::credentials::{Session, SessionProvider};
use crate::instant::rfc3339;
use crate::join::join_all;
use crate::platform::Platform;
use crate::sts::Role;
pub use token::Token;

/// How old the pushed token in the response may be: anybody can ask, and reads of KV cost something.
const TOKEN_MAX_AGE: Duration = Duration::from_secs(60);

/// How urgent something is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    /// Nothing has to be done.
    Ok,
    /// Something will have to be done soon.
    Amber,
    /// Requests fail, or will with the next session.
    Red,
}

/// The response of `/readyz`.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Readiness<'a> {
    /// The worst of all below, which only an admin is told.
    pub status: Status,
    /// Whether sessions are kept in KV: `sealed`, or `off` without a `CACHE_KEY`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(extend("enum" = ["sealed", "off"]))]
    pub kv: Option<&'static str>,
    /// Where the next token comes from, if a role needs one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub token: Option<Token>,
    /// What is wrong with profiles and callers that are closed for it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub errors: Option<Vec<String>>,
    /// The roles, or static keys, in the order in which profiles name them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub roles: Option<Vec<RoleReport<'a>>>,
}

/// A role, or static keys.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct RoleReport<'a> {
    /// Name of the role, without its account; absent for static keys.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub role: Option<&'a str>,
    /// Whether it can sign.
    pub ready: bool,
    /// Where the session was found: `memory`, unless it was fetched for this response from `kv`, from its Durable Object (`object`)
    /// or from `sts`; `static` for static keys.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(extend("enum" = ["memory", "kv", "object", "sts", "static"]))]
    pub source: Option<&'static str>,
    /// When that session expires, in RFC 3339.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(extend("format" = "date-time"))]
    pub expires_at: Option<String>,
    /// Seconds until then.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub seconds_left: Option<u64>,
    /// The session that takes over.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next: Option<Next>,
    /// The last failed renewal in this isolate.
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
    /// When it expires, in RFC 3339.
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
    /// What went wrong, and how to fix it.
    pub detail: String,
    /// Name of the cause, if a call to STS failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cause: Option<&'static str>,
    /// AWS's error code, if AWS refused.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub aws_code: Option<String>,
    /// When it failed, in RFC 3339.
    #[schemars(extend("format" = "date-time"))]
    pub at: String,
    /// Whether a renewal has succeeded since.
    pub over: bool,
}

impl Readiness<'_> {
    /// Whether every role can sign.
    fn can_sign(&self) -> bool {
        self.roles.iter().flatten().all(|role| role.ready)
    }

    /// What anybody may know.
    fn without_details(self) -> Self {
        Self {
            status: self.status,
            kv: None,
            token: None,
            errors: None,
            roles: None,
        }
    }
}

/// `200`, or `503` when a role cannot sign, so that a load balancer uses another worker. Only an admin gets the details.
///
/// # Errors
/// As [`response::json`].
pub async fn ready(
    config: &Config,
    is_admin: bool,
    platform: &impl Platform,
) -> Result<Response<String>, Error> {
    let readiness = check(config, platform).await;
    let can_sign = readiness.can_sign();
    let mut response = response::json(&if is_admin {
        readiness
    } else {
        readiness.without_details()
    })?;
    if !can_sign {
        *response.status_mut() = StatusCode::SERVICE_UNAVAILABLE;
    }
    Ok(response)
}

/// Checks every provider as a request would that needs a session, and the token.
async fn check<'c>(config: &'c Config, platform: &impl Platform) -> Readiness<'c> {
    let providers = &config.providers;
    let deadline = deadline(platform.now());
    let roles = join_all(providers.iter().map(|it| report(it, deadline, platform))).await;
    let token = if providers.iter().any(|provider| provider.role.is_some()) {
        let held = config.tokens.held(TOKEN_MAX_AGE, platform).await;
        let issuer = config.issuer.as_deref();
        Some(token::check(&held, issuer, providers, platform.now()))
    } else {
        None
    };
    let is_failing = |role: &RoleReport<'_>| role.last_failure.as_ref().is_some_and(|it| !it.over);
    let roles_status = if roles.iter().any(|role| !role.ready) {
        Status::Red
    } else if roles.iter().any(is_failing) {
        Status::Amber
    } else {
        Status::Ok
    };
    let token_status = token.as_ref().map_or(Status::Ok, |token| token.status);
    let errors = config.errors.texts();
    let config_status = if errors.is_empty() {
        Status::Ok
    } else {
        Status::Red
    };
    Readiness {
        status: roles_status.max(token_status).max(config_status),
        kv: Some(if config.cache_keys.is_empty() {
            "off"
        } else {
            "sealed"
        }),
        token,
        errors: (!errors.is_empty()).then_some(errors),
        roles: Some(roles),
    }
}

async fn report<'c>(
    provider: &'c Rc<SessionProvider>,
    deadline: SystemTime,
    platform: &impl Platform,
) -> RoleReport<'c> {
    let known = provider.cache.last();
    // The shortest lifetime: any session that can sign at all is enough.
    let request = provider.request(Lifetime::UpTo(MIN_LIFETIME), Duration::ZERO);
    let obtained = obtain(provider, request, deadline, platform).await.ok();
    let session = obtained.as_ref().map(|obtained| &obtained.session);
    let now = platform.now();
    let expiring = session.filter(|_| provider.role.is_some());
    let next = provider.cache.last().filter(|last| last.active_from > now);
    RoleReport {
        role: provider.role.as_ref().map(Role::name),
        ready: session.is_some(),
        source: session.map(|session| provider.origin_of(session, known.as_deref())),
        expires_at: expiring.map(|session| rfc3339(session.expires_at)),
        seconds_left: expiring.map(|session| session.left_at(now).as_secs()),
        next: next.map(|session| Next::of(&session)),
        last_failure: provider.cache.failure().map(LastFailure::of),
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
        let over = !failure.persists();
        let error = Error::Credentials(failure.error);
        let answer = error.answer();
        Self {
            r#type: answer.problem.urn(),
            cause: answer.cause,
            aws_code: answer.aws.map(|aws| aws.code.to_owned()),
            detail: answer.detail.into_owned(),
            at: rfc3339(failure.at),
            over,
        }
    }
}
