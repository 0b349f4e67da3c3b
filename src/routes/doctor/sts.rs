//! One exchange of the token for each role.

use std::time::{Duration, SystemTime};

use super::budget::{Budget, LEFT_OUT};
use super::report::{Check, Step};
use super::token::Examined;
use crate::aws::{Cause, Credentials, ServiceError};
use crate::credentials::SessionProvider;
use crate::credentials::schedule::SESSION_MARGIN;
use crate::instant::left_until;
use crate::platform::{Clock, Http, Telemetry};
use crate::secret::Secret;
use crate::sts::{self, Role, TemporaryCredentials, failure};

/// From this difference of clocks on, S3 [rejects][skew] signatures.
///
/// [skew]: https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html
const MAX_SKEW: Duration = Duration::from_secs(15 * 60);

/// Network and rounding are well below this difference.
const NOTABLE_SKEW: Duration = Duration::from_secs(60);

/// Exchanges the token for a session of `provider`, which is neither cached nor published. The credentials that sign for
/// it, if there are any.
pub(super) async fn check<'c>(
    provider: &'c SessionProvider,
    examined: Option<&Examined>,
    budget: &Budget,
    platform: &(impl Http + Clock + Telemetry),
) -> (Vec<Step<'c>>, Option<Credentials>) {
    let Some(role) = &provider.role else {
        let session = provider.cache.last();
        let step = Step::skipped(Check::Sts, "static keys sign, and STS is not called");
        return (vec![step], session.map(|it| it.credentials.clone()));
    };
    let skipped = |seen| (vec![Step::skipped(Check::Sts, seen).of(role.name())], None);
    let Some(examined) = examined else {
        return skipped("there is no token to exchange");
    };
    if !budget.allows_call(platform) {
        return skipped(LEFT_OUT);
    }
    let (granted, date) = sts::call(&provider.sts, role, &examined.token, platform).await;
    let now = platform.now();
    let clock = date.map(|date| clock(date, now).of(role.name()));
    let (step, credentials) = match granted {
        Ok(granted) => {
            let step = granted_step(&granted, role, provider.max_url_lifetime, now);
            (step, Some(granted.credentials))
        }
        Err(error) => {
            failure::record(&error, false).write(platform);
            let step = Step::failure(Check::Sts, said(&error), failure::advice(&error));
            (step.because(error.cause_name()), None)
        }
    };
    let steps = [Some(step.of(role.name())), clock];
    (steps.into_iter().flatten().collect(), credentials)
}

/// What a service of AWS said.
pub(super) fn said<C: Cause + std::fmt::Debug>(error: &ServiceError<C>) -> String {
    let message = error.refusal().map(|it| it.message.as_str());
    match message.filter(|message| !message.is_empty()) {
        Some(message) => format!("{error}: {message}"),
        None => error.to_string(),
    }
}

fn granted_step(
    granted: &TemporaryCredentials,
    role: &Role,
    max_url_lifetime: Duration,
    now: SystemTime,
) -> Step<'static> {
    let left = left_until(granted.expires_at, now);
    let secs = left
        .as_secs()
        .saturating_add(u64::from(left.subsec_nanos() > 0));
    let asked_secs = role.duration.as_secs();
    let token = granted.credentials.session_token.as_ref();
    let token_bytes = token.map(Secret::expose).unwrap_or_default().len();
    let seen = format!(
        "a session of {secs} s was granted, and {asked_secs} s asked; its token has {token_bytes} bytes"
    );
    let needed = max_url_lifetime.saturating_add(SESSION_MARGIN);
    if secs < needed.as_secs() {
        let (url, margin) = (max_url_lifetime.as_secs(), SESSION_MARGIN.as_secs());
        let fix = format!(
            "raise the longest session that STS grants, or lower the profiles' lifetimes: URLs may live for {url} s, \
             and sessions need {margin} s more"
        );
        return Step::warning(Check::Sts, seen, fix);
    }
    Step::ok(Check::Sts, seen)
}

fn clock(theirs: SystemTime, ours: SystemTime) -> Step<'static> {
    let (ahead, behind) = (left_until(ours, theirs), left_until(theirs, ours));
    let skew = ahead.max(behind);
    let word = if ahead > behind { "ahead of" } else { "behind" };
    let seen = format!(
        "the worker's clock is {} s {word} that of STS",
        skew.as_secs()
    );
    let fix = "correct the clock of the machine that is wrong: signatures and tokens are only valid for a time";
    if skew >= MAX_SKEW {
        Step::failure(Check::Clock, seen, fix)
    } else if skew >= NOTABLE_SKEW {
        Step::warning(Check::Clock, seen, fix)
    } else {
        Step::ok(Check::Clock, seen)
    }
}
