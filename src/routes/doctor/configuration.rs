//! The configuration, KV and the Cron Trigger.

use std::time::Duration;

use super::report::{Check, Step};
use crate::config::Config;
use crate::instant::{from_unix_secs, left_until, unix_secs};
use crate::platform::{Clock, Entropy, Kv};

/// Variables and secrets.
pub(super) fn configuration(config: &Config) -> Vec<Step<'static>> {
    let errors = config.errors.texts();
    if errors.is_empty() {
        let (profiles, providers) = (config.profiles.len(), &config.providers);
        let lifetimes = providers.iter().filter_map(|provider| {
            let role = provider.role.as_ref()?;
            let (session, url) = (role.duration.as_secs(), provider.max_url_lifetime.as_secs());
            let name = role.name();
            Some(format!(
                "; {name}: sessions of {session} s for URLs of up to {url} s"
            ))
        });
        let lifetimes: String = lifetimes.collect();
        let seen = format!("no errors, {profiles} profiles{lifetimes}");
        return vec![Step::ok(Check::Configuration, seen)];
    }
    let fix = "correct it: what it concerns is closed";
    let steps = errors.into_iter();
    let steps = steps.map(|error| Step::failure(Check::Configuration, error, fix));
    steps.collect()
}

/// `CACHE_KEY`.
pub(super) fn cache_key(config: &Config) -> Step<'static> {
    if config.cache_keys.is_empty() {
        return Step::warning(
            Check::CacheKey,
            "CACHE_KEY is not set: each isolate obtains a session of its own, and there are no multipart uploads",
            "make one with `npm run keys`, and set it as a secret",
        );
    }
    Step::ok(Check::CacheKey, "CACHE_KEY is set")
}

/// How long what is written to KV for this stays there.
const PROBE_LIFETIME: Duration = Duration::from_secs(120);

/// Writes a value and reads it back.
pub(super) async fn kv(platform: &(impl Kv + Clock + Entropy)) -> Step<'static> {
    // A key of its own, because KV may remember for a minute that there is none.
    let random = hex::encode(platform.random::<8>().unwrap_or_default());
    let (key, value) = (format!("doctor/{random}"), random.as_bytes());
    let end = platform.now().checked_add(PROBE_LIFETIME);
    let end_secs = end.map(unix_secs).unwrap_or_default();
    let written = platform.kv_write(&key, value, end_secs).await;
    let read = match written {
        Ok(()) => platform.kv_get(&key).await,
        Err(error) => Err(error),
    };
    match read {
        Ok(Some(found)) if found == value => Step::ok(Check::Kv, "written and read back"),
        Ok(_) => Step::warning(
            Check::Kv,
            "what was written was not found",
            "run this again: KV can be late by a minute",
        ),
        Err(error) => Step::failure(
            Check::Kv,
            error.0,
            "bind a KV namespace as SESSIONS, as wrangler.toml does, and check the limits of the plan",
        ),
    }
}

/// Where the Cron Trigger leaves a sign of life.
const HEARTBEAT_KEY: &str = "doctor/cron";

/// Shortest time between two signs of life: writes to KV are few on the free plan.
const HEARTBEAT_GAP: Duration = Duration::from_secs(30 * 60);

/// Time for a few more runs, and for KV.
const HEARTBEAT_GRACE: Duration = Duration::from_secs(10 * 60);

/// How long the last sign of life is kept.
const HEARTBEAT_LIFETIME: Duration = Duration::from_secs(7 * 24 * 3600);

/// How long ago the Cron Trigger left its last sign of life.
async fn heartbeat_age(platform: &(impl Kv + Clock)) -> Option<Option<Duration>> {
    let value = platform.kv_get(HEARTBEAT_KEY).await.ok()?;
    let age = value.and_then(|value| {
        let secs = std::str::from_utf8(&value).ok()?.parse().ok()?;
        Some(left_until(platform.now(), from_unix_secs(secs)?))
    });
    Some(age)
}

/// Leaves a sign of life in KV, at most twice an hour: the Cron Trigger runs.
pub async fn leave_heartbeat(platform: &(impl Kv + Clock)) {
    let is_due = match heartbeat_age(platform).await {
        // KV does not answer, so it would not take it either.
        None => false,
        Some(age) => age.is_none_or(|age| age >= HEARTBEAT_GAP),
    };
    let now = platform.now();
    if let Some(end) = now.checked_add(HEARTBEAT_LIFETIME).filter(|_| is_due) {
        let value = unix_secs(now).to_string();
        platform.kv_put(HEARTBEAT_KEY, value.as_bytes(), unix_secs(end));
    }
}

/// The Cron Trigger.
pub(super) async fn cron(platform: &(impl Kv + Clock)) -> Step<'static> {
    let fix = "check `crons` in wrangler.toml, and Settings > Triggers of the worker in Cloudflare's dashboard";
    match heartbeat_age(platform).await {
        None => Step::skipped(Check::Cron, "KV does not answer"),
        Some(None) => Step::warning(
            Check::Cron,
            "it has not run yet, or runs in another KV namespace",
            format!("if the worker was deployed more than ten minutes ago, {fix}"),
        ),
        Some(Some(age)) => {
            let seen = format!(
                "its last sign of life, of two an hour, is {} min old",
                age.as_secs() / 60
            );
            if age <= HEARTBEAT_GAP.saturating_add(HEARTBEAT_GRACE) {
                Step::ok(Check::Cron, seen)
            } else {
                Step::failure(Check::Cron, seen, fix)
            }
        }
    }
}
