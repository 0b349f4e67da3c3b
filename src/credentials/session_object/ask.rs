//! The side of the isolate.

use std::time::{Duration, SystemTime};

use super::super::cache::Origin;
use super::super::kv_record::SealedStore;
use super::super::reason::{RENEWAL_LIMIT, RenewalReason, insert, is_satisfied, record_failure};
use super::super::{CredentialsError, SessionProvider};
use super::ANSWER_LIMIT;
use super::message::{self, Answer, Outcome};
use crate::instant::{jittered, left_until};
use crate::join::boxed;
use crate::log::{Level, Record};
use crate::platform::{HttpError, ObjectError, Platform};
use crate::sts::StsError;

/// Within this time after the object's pause, isolates ask it again.
const SPREAD: Duration = Duration::from_secs(2);

/// Most calls for one renewal. An object that is never done uses up the time after five.
const MAX_CALLS: u32 = 8;

/// Brings what `reason` asks for into the cache from the session's object, or the error, in a renewal that `begun` then.
/// Whether that is settled: if not, STS has to be called here, because no object is bound, it does not answer, or it
/// cannot help.
pub(in super::super) async fn ask(
    provider: &SessionProvider,
    reason: RenewalReason,
    begun: SystemTime,
    platform: &impl Platform,
) -> bool {
    // Without a CACHE_KEY nothing can be handed over.
    let Some(store) = &provider.store else {
        return false;
    };
    boxed(ask_until_settled(provider, store, reason, begun, platform)).await
}

async fn ask_until_settled(
    provider: &SessionProvider,
    store: &SealedStore,
    reason: RenewalReason,
    begun: SystemTime,
    platform: &impl Platform,
) -> bool {
    let question = message::question(store.kv_key(), reason);
    let deadline = begun.checked_add(RENEWAL_LIMIT).unwrap_or(begun);
    for _ in 0..MAX_CALLS {
        let limit = ANSWER_LIMIT.min(left_until(deadline, platform.now()));
        if limit.is_zero() {
            break;
        }
        let Some(answer) = call(store, &question, limit, platform).await else {
            return false;
        };
        let answer = match answer.map(|text| Answer::read(&text)) {
            Ok(Some(answer)) => answer,
            // The renewal is over, and this was too short to tell a slow STS from an object that does not answer.
            Err(ObjectError::Timeout) if limit < ANSWER_LIMIT => break,
            failed => {
                let why = failed.err().map(|error| error.to_string());
                let why = why.unwrap_or_else(|| "its answer is of another version".to_owned());
                let detail = format!("STS is called by this isolate instead: {why}");
                Record::new(Level::Warn, "sessionObjectFailed", detail).write(platform);
                return false;
            }
        };
        if !take(provider, store, &answer, platform).await {
            return false;
        }
        let random = platform.random().unwrap_or_default();
        match answer.outcome {
            Outcome::Obtained => {
                provider.cache.record_success();
                // An object of another version may have been asked for less.
                return is_satisfied(provider, reason, platform.now(), platform);
            }
            Outcome::Failed(error, pause) => {
                // Not all isolates at the very same instant.
                let pause = pause.saturating_add(jittered(SPREAD, random));
                let (error, now) = (CredentialsError::Sts(error), platform.now());
                provider.cache.record_reported_failure(error, now, pause);
                return true;
            }
            Outcome::Unable => return false,
            Outcome::Pending => {}
        }
    }
    let timeout = CredentialsError::Sts(StsError::NoResponse(HttpError::Timeout));
    record_failure(provider, timeout, platform);
    true
}

/// The object's answer within `limit`. A call that failed because the object was restarted is repeated once in what is left of
/// that, lest all who waited for it call STS instead.
async fn call(
    store: &SealedStore,
    question: &str,
    limit: Duration,
    platform: &impl Platform,
) -> Option<Result<String, ObjectError>> {
    let deadline = platform.now().checked_add(limit)?;
    let call = |limit| platform.ask_object(store.kv_key(), question, limit);
    match call(limit).await? {
        Err(ObjectError::Failed(why)) => match left_until(deadline, platform.now()) {
            Duration::ZERO => Some(Err(ObjectError::Failed(why))),
            left => call(left).await,
        },
        answer => Some(answer),
    }
}

/// Takes over what the object has; `false` when its record does not open here.
async fn take(
    provider: &SessionProvider,
    store: &SealedStore,
    answer: &Answer,
    platform: &impl Platform,
) -> bool {
    if !answer.record.is_empty() {
        let Some(sessions) = store.open(&answer.record, platform).await else {
            return false;
        };
        let now = platform.now();
        insert(provider, sessions, Origin::Object, now);
        // The object has just written it to KV, where it is not missing before it had time to get here.
        let random = platform.random().unwrap_or_default();
        provider.cache.record_kv_write(now, random);
    }
    if let Some((lifetime, at)) = answer.granted {
        provider.cache.record_granted(lifetime, at);
    }
    true
}
