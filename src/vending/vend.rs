//! Makes the credentials of one caller.

use std::rc::Rc;
use std::time::{Duration, SystemTime};

use super::cache::{Key, VendedCache};
use crate::aws::{Credentials, Endpoint};
use crate::credentials::{CredentialsError, Session};
use crate::instant::{left_until, rfc3339};
use crate::log::{Level, Record};
use crate::platform::{Background, Clock, HttpError, Platform};
use crate::retry::MAX_ATTEMPTS;
use crate::sts::{
    Effort, RegionalSts, Role, Scope, StsError, TokenSource, exchange, scoped_credentials,
};

/// How long making them may take. Clients that wait no longer find the result when they ask again.
const LIMIT: Duration = Duration::from_secs(10);

/// Work that takes longer than this is taken for dead.
const DEAD_AFTER: Duration = Duration::from_secs(12);

/// How often a request may wait: another may work in the same slot.
const MAX_WAITS: u32 = 2;

/// What is to be made.
#[derive(Clone, Debug)]
pub struct Order {
    /// Its name in the cache.
    pub key: Key,
    /// How it is made.
    pub way: Way,
    /// For whom, in the log.
    pub purpose: String,
}

/// A call to STS that makes credentials of one caller.
#[derive(Clone, Debug)]
pub enum Way {
    /// `GetScopedCredentials`.
    Scoped(Box<(RegionalSts, Credentials, Scope)>),
    /// `AssumeRoleWithWebIdentity` with a session policy.
    Exchange(Box<Exchange>),
}

/// An exchange for one caller.
#[derive(Clone, Debug)]
pub struct Exchange {
    /// The endpoint of STS.
    pub sts: Endpoint,
    /// The role, with a session policy.
    pub role: Role,
    /// Where tokens come from.
    pub tokens: TokenSource,
}

/// The credentials of `order`: those in `cache`, else new ones. All requests that need the same ones wait for one call
/// to STS, which goes on when its client gives up.
///
/// # Errors
/// [`CredentialsError`], for some seconds the same without a call.
pub async fn vend(
    cache: &Rc<VendedCache>,
    order: &Order,
    platform: &(impl Clock + Background),
) -> Result<Rc<Session>, CredentialsError> {
    let begun = platform.now();
    for _ in 0..MAX_WAITS {
        let now = platform.now();
        if let Some(outcome) = cache.get(order.key, now) {
            return outcome;
        }
        let patience = LIMIT.saturating_sub(left_until(now, begun));
        let (cache, order) = (Rc::clone(cache), order.clone());
        platform
            .single_flight(
                order.key.slot(),
                DEAD_AFTER,
                patience,
                |platform| async move {
                    make(&cache, &order, &platform).await;
                },
            )
            .await;
    }
    let timeout = CredentialsError::Sts(StsError::NoResponse(HttpError::Timeout));
    cache.get(order.key, platform.now()).unwrap_or(Err(timeout))
}

async fn make(cache: &VendedCache, order: &Order, platform: &impl Platform) {
    let begun = platform.now();
    let granted = match &order.way {
        Way::Scoped(it) => {
            let (sts, credentials, scope) = &**it;
            let granted = scoped_credentials(sts, credentials, scope, platform).await;
            granted.map_err(CredentialsError::Sts)
        }
        Way::Exchange(it) => {
            let effort = Effort {
                max_attempts: MAX_ATTEMPTS,
                deadline: begun.checked_add(LIMIT).unwrap_or(begun),
            };
            let granted = exchange(&it.sts, &it.role, &it.tokens, effort, platform).await;
            granted.map_err(CredentialsError::from)
        }
    };
    let now = platform.now();
    let outcome = granted.map(|granted| Rc::new(Session::granted(granted, now)));
    if let Ok(session) = &outcome {
        record(&order.purpose, session.expires_at).write(platform);
    }
    cache.put(order.key, outcome, now);
}

/// The line in the log for credentials that leave the worker.
pub fn record(purpose: &str, expires_at: SystemTime) -> Record {
    let detail = format!("credentials until {}: {purpose}", rfc3339(expires_at));
    Record::new(Level::Info, "credentialsVended", detail)
}
