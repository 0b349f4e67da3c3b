//! Which session signs: the one at hand, as long as it is fit, and else what a renewal brings.

use std::rc::Rc;
use std::time::{Duration, SystemTime};

use super::Supply;
use super::lifetime::{Obtained, SHORTEST, Wanted};
use super::memory::Failure;
use super::renew::{Need, renew};
use crate::config::Config;
use crate::error::Error;
use crate::instant::left_until;
use crate::platform::{Platform, Unreachable};
use crate::sts::StsFailure;

/// How long a renewal may take: somewhat longer than KV, the token's store and all calls to STS together.
/// One that takes longer is dead.
pub const RENEWAL_LIMIT: Duration = Duration::from_secs(16);

/// The longest that a request waits for a renewal when it could do with what is at hand.
const LONGEST_PATIENCE: Duration = Duration::from_secs(2);

/// How often a request may wait: a renewal that another request began may have been satisfied with less
/// than this one needs.
const MAX_WAITS: u32 = 2;

/// Finds a session that outlives a URL as `wanted`, signed right after this returns.
///
/// Requests of one isolate that find none at hand share one look into KV and one exchange. After a
/// failure all of them make do with what is at hand, or fail likewise, until STS has had its rest; from
/// then on it is tried again, in the background where there is something to make do with.
///
/// # Errors
/// [`Error::LifetimeUnavailable`] when STS grants sessions shorter than what was asked for;
/// [`Error::Token`] and [`Error::Sts`] when there is no session to be had.
pub async fn obtain<P: Platform>(
    config: &Rc<Config>,
    supply: &Rc<Supply>,
    wanted: Wanted,
    platform: &P,
) -> Result<Obtained, Error> {
    let renewal = |need| {
        let (config, supply) = (Rc::clone(config), Rc::clone(supply));
        move |lasting| async move { renew(&config, &supply, need, &lasting).await }
    };
    for waited in 0..MAX_WAITS {
        let now = platform.now();
        if let Some(obtained) = supply.at_hand(wanted, now) {
            if waited == 0 && is_unsure(config, supply, wanted, now) {
                platform
                    .share(supply.place, LONGEST_PATIENCE, renewal(Need::Look))
                    .await;
                continue;
            }
            if supply.memory.look_due(now) {
                platform.begin(supply.place, renewal(Need::Overdue));
            }
            return obtained;
        }
        let failure = supply.memory.failure().filter(Failure::lasts);
        let rests = failure.as_ref().is_some_and(|failure| now < failure.until);
        let patience = match (supply.make_do(wanted, now), failure) {
            (Some(Ok(shorter)), failure) => {
                if failure.is_some() || waited > 0 {
                    if !rests {
                        platform.begin(supply.place, renewal(Need::Url(wanted)));
                    }
                    return Ok(shorter);
                }
                patience_for(&shorter)
            }
            (_, Some(failure)) if rests => return Err(failure.error),
            _ => RENEWAL_LIMIT,
        };
        platform
            .share(supply.place, patience, renewal(Need::Url(wanted)))
            .await;
    }
    let now = platform.now();
    let failure = supply.memory.failure().filter(Failure::lasts);
    let silence = Error::Sts(StsFailure::Unreachable(Unreachable::TimedOut));
    supply
        .at_hand(wanted, now)
        .or_else(|| supply.make_do(wanted, now).filter(Result::is_ok))
        .unwrap_or_else(|| Err(failure.map_or(silence, |failure| failure.error)))
}

/// How long a request that could have the `shorter` life at once waits for a session that bears more: long
/// enough for KV, and for an STS that works, but not so long that nothing is left.
fn patience_for(shorter: &Obtained) -> Duration {
    let left = left_until(shorter.ends_at(), shorter.at);
    let spare = left.saturating_sub(SHORTEST);
    let patience = spare.checked_div(4).unwrap_or_default();
    patience.min(LONGEST_PATIENCE)
}

/// Whether the URL has to be the same everywhere and may not be: then KV is worth a wait.
fn is_unsure(config: &Config, supply: &Supply, wanted: Wanted, now: SystemTime) -> bool {
    !wanted.window.is_zero() && !config.cache_keys.is_empty() && !supply.is_sure(now)
}
