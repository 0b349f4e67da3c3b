//! A renewal: a look into Workers KV, and where that does not do, an exchange at STS whose session is
//! published in KV for all other isolates.

use std::time::{Duration, SystemTime};

use super::lifetime::Wanted;
use super::memory::Origin;
use super::record::{self, kv_expiration_secs};
use super::rotation::Pace;
use super::{Session, Supply};
use crate::config::Config;
use crate::error::Error;
use crate::instant::{floor_to, jittered};
use crate::log::Event;
use crate::platform::Platform;
use crate::sts;

/// Workers KV takes [one write a second][limit] to a key.
///
/// [limit]: https://developers.cloudflare.com/kv/platform/limits/
const WRITE_GAP: Duration = Duration::from_secs(1);

/// What was written may be read as absent for this long, and is not written again before.
const KV_DELAY: Duration = Duration::from_secs(60);

/// Why there is a renewal.
#[derive(Clone, Copy, Debug)]
pub enum Need {
    /// A request waits for a session that serves this.
    Url(Wanted),
    /// A request waits to learn from KV what others sign with, and for no more than that.
    Look,
    /// The next session is due: the Cron Trigger's need.
    Ahead,
    /// The same, and the Cron Trigger should have been there before: the need of requests that do
    /// not wait.
    Overdue,
}

/// Brings into memory what `need` wants, from KV or else from STS, or the reason why there is none.
pub async fn renew<P: Platform>(config: &Config, supply: &Supply, need: Need, platform: &P) {
    let Some(role) = &supply.role else {
        return;
    };
    let published = load(config, supply, platform).await;
    let now = platform.now();
    let held = supply.memory.last();
    supply.memory.looked(now);
    let unread = published.is_none();
    let known = published.as_ref().map(|sessions| longest_lived(sessions));
    keep(supply, published.unwrap_or_default(), Origin::Kv, now);
    // Whoever cannot read what is published must not replace it ahead of need.
    if satisfied(supply, need, now, platform) || (unread && matches!(need, Need::Ahead)) {
        let last = supply.memory.last().map(|last| last.expires_at);
        if known.is_some_and(|known| known < last) && supply.memory.may_write(KV_DELAY, now) {
            publish(config, supply, platform).await;
        }
    } else {
        match sts::exchange(config, role, platform).await {
            Ok(session) => {
                take(config, supply, session, need, platform).await;
            }
            Err(error) => fail(supply, error, platform),
        }
    }
    plan(supply, held.as_deref(), platform);
}

/// Whether what is at hand is all that `need` wants.
fn satisfied<P: Platform>(supply: &Supply, need: Need, now: SystemTime, platform: &P) -> bool {
    let last = || {
        let last = supply.memory.last()?;
        Some(Pace::of(&last, supply.longest))
    };
    match need {
        Need::Url(wanted) => supply.at_hand(wanted, now).is_some(),
        Need::Look => true,
        Need::Ahead => last().is_some_and(|pace| now < pace.renew_from()),
        Need::Overdue => last().is_some_and(|pace| {
            let random = platform.random().unwrap_or_default();
            now < pace.renew_from() || !pace.is_turn(now, random)
        }),
    }
}

/// Takes in the `session` that STS granted, and tells everybody.
async fn take<P: Platform>(
    config: &Config,
    supply: &Supply,
    mut session: Session,
    need: Need,
    platform: &P,
) {
    let now = platform.now();
    let held = supply.memory.last().filter(|held| held.expires_at > now);
    let takeover = held.map_or(now, |held| Pace::of(&held, supply.longest).takeover(now));
    // In full seconds, as KV has it: all isolates have to change over at the very same instant.
    session.active_from = floor_to(Duration::ZERO, takeover);
    supply.memory.succeed();
    keep(supply, vec![session], Origin::Sts, now);
    if let Need::Url(wanted) = need
        && supply.at_hand(wanted, now).is_none()
    {
        // STS grants less than what is at hand still has.
        let too_short = supply.make_do(wanted, now).and_then(Result::err);
        if let Some(error) = too_short {
            fail(supply, error, platform);
        }
    }
    if supply.memory.may_write(WRITE_GAP, now) {
        publish(config, supply, platform).await;
    }
}

fn keep(supply: &Supply, sessions: Vec<Session>, origin: Origin, now: SystemTime) {
    let since = now.checked_sub(supply.window).unwrap_or(now);
    supply.memory.keep(sessions, origin, since);
}

fn fail<P: Platform>(supply: &Supply, error: Error, platform: &P) {
    let random = platform.random().unwrap_or_default();
    supply.memory.fail(error, platform.now(), random);
}

/// Says when the isolate looks again: as soon as the next session can be there; or, with another session
/// than it `held`, when KV has settled which of several isolates' sessions everybody uses.
fn plan<P: Platform>(supply: &Supply, held: Option<&Session>, platform: &P) {
    let now = platform.now();
    let random = platform.random().unwrap_or_default();
    let next = supply.memory.last().and_then(|last| {
        let pace = Pace::of(&last, supply.longest);
        if held == Some(&*last) {
            let due = pace.renew_from().max(now);
            due.checked_add(jittered(pace.poll(), random))
        } else {
            now.checked_add(jittered(pace.settle(), random))
        }
    });
    supply.memory.look_at(next);
}

/// The sessions published in KV, `None` when that is not known. Whatever else goes wrong here is
/// logged, and counts as none.
async fn load<P: Platform>(config: &Config, supply: &Supply, platform: &P) -> Option<Vec<Session>> {
    if config.cache_keys.is_empty() {
        return None;
    }
    let record = match platform.load_record(&supply.kv_key).await {
        Ok(Some(record)) => record,
        Ok(None) => return Some(Vec::new()),
        Err(failed) => {
            platform.log(&Event::KvReadFailed(&failed));
            return None;
        }
    };
    for cache_key in &config.cache_keys {
        if let Some(sessions) = record::open(&record, cache_key, &supply.kv_key, platform).await {
            return Some(sessions);
        }
    }
    platform.log(&Event::KvRecordForeign);
    Some(Vec::new())
}

/// Publishes what is in memory, where it lives long enough for that.
async fn publish<P: Platform>(config: &Config, supply: &Supply, platform: &P) {
    let Some(cache_key) = config.cache_keys.first() else {
        platform.log(&Event::CacheKeyMissing);
        return;
    };
    let now = platform.now();
    let sessions = supply.memory.sessions();
    let last = sessions.first();
    let Some(expiration_secs) = last.and_then(|last| kv_expiration_secs(last, now)) else {
        return;
    };
    let Some(record) = record::seal(&sessions, cache_key, &supply.kv_key, platform).await else {
        platform.log(&Event::SealFailed);
        return;
    };
    supply.memory.wrote(now);
    platform.save_record(&supply.kv_key, &record, expiration_secs);
}

fn longest_lived(sessions: &[Session]) -> Option<SystemTime> {
    sessions.iter().map(|session| session.expires_at).max()
}
