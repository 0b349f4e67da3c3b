//! The side of the object.

use std::rc::Rc;
use std::time::Duration;

use super::super::cache::Failure;
use super::super::kv_record::SealedStore;
use super::super::obtain::renew_and_wait;
use super::super::reason::{RenewalReason, is_satisfied};
use super::super::{CredentialsError, SessionProvider};
use super::ANSWER_WITHIN;
use super::message::{self, Answer, Outcome};
use crate::log::{Level, Record};
use crate::platform::Platform;

/// Answers the `question` of an isolate, in the object of one of `providers`, which are the object's own. All who ask at the
/// same time wait for one renewal. After a failure of STS, everybody is told of that until the backoff is over.
pub async fn answer(
    providers: &[Rc<SessionProvider>],
    question: &str,
    platform: &impl Platform,
) -> String {
    let kv_key = message::kv_key(question);
    let has_key = |store: &SealedStore| store.kv_key() == kv_key;
    let mut providers = providers.iter();
    let provider = providers.find(|it| it.store.as_ref().is_some_and(has_key));
    let answer = if let Some(provider) = provider {
        answer_of(provider, question, platform).await
    } else {
        let detail = "the object is asked for a session that its configuration does not have: another version \
                      of the worker asks, or the configuration has an error";
        Record::new(Level::Warn, "sessionObjectFailed", detail).write(platform);
        Answer::default()
    };
    answer.write()
}

async fn answer_of(
    provider: &Rc<SessionProvider>,
    question: &str,
    platform: &impl Platform,
) -> Answer {
    let asked_at = platform.now();
    let Some(reason) = message::reason(question, provider.max_url_lifetime) else {
        return Answer::default();
    };
    let is_served = match reason {
        RenewalReason::Request(request) => provider
            .fallback(request, asked_at)
            .is_some_and(|it| it.is_ok()),
        RenewalReason::KvRead | RenewalReason::Scheduled | RenewalReason::Overdue => true,
    };
    let pause = |failure: &Failure| match failure.error {
        CredentialsError::Sts(_) => failure.backoff_left(is_served, platform.now()),
        // To look at the token again costs STS nothing.
        CredentialsError::Token(_) | CredentialsError::LifetimeUnavailable { .. } => Duration::ZERO,
    };
    let failure = || provider.cache.failure().filter(Failure::persists);
    if failure().is_none_or(|it| pause(&it).is_zero())
        && !is_satisfied(provider, reason, asked_at, platform)
    {
        renew_and_wait(provider, reason, ANSWER_WITHIN, platform).await;
    }
    let now = platform.now();
    let last = failure().filter(|it| it.at >= asked_at || !pause(it).is_zero());
    let outcome = match last {
        _ if is_satisfied(provider, reason, now, platform) => Outcome::Obtained,
        Some(failure) => {
            let pause = pause(&failure);
            match failure.error {
                CredentialsError::Sts(error) => Outcome::Failed(error, pause),
                _ => Outcome::Unable,
            }
        }
        None => Outcome::Pending,
    };
    let sessions = provider.cache.sessions();
    let record = match &provider.store {
        Some(store) if !sessions.is_empty() => store.seal(&sessions, platform).await,
        _ => Some(Vec::new()),
    };
    // Without its cipher it has nothing to give.
    record.map_or_else(Answer::default, |record| Answer {
        outcome,
        record,
        granted: provider.cache.last_granted(now),
    })
}
