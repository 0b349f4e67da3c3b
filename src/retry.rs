//! Calls that are retried: bounded in number, with a growing random pause between them.

use std::time::Duration;

use crate::instant::jittered;
use crate::join::boxed;
use crate::platform::{Clock, Entropy};

/// Most attempts of a call to AWS, the first included.
pub const MAX_ATTEMPTS: u32 = 3;

/// The pause after the first attempt is up to this, and up to twice as long after each further one.
const FIRST_PAUSE: Duration = Duration::from_millis(200);

/// The longest pause of [`MAX_ATTEMPTS`].
pub const MAX_PAUSE: Duration = Duration::from_millis(400);

/// One attempt of a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Attempt {
    /// From 1 on.
    pub number: u32,
    /// Whether there is none after it.
    pub is_last: bool,
}

/// What follows an attempt.
#[derive(Debug)]
pub enum Next<T> {
    /// Nothing: this is the result.
    Done(T),
    /// Another attempt after a pause; the result when this was the last one.
    Retry(T),
    /// Another attempt at once; the result when this was the last one.
    RetryNow(T),
}

/// Makes `attempt`s, at most `max_attempts` of them, until one is [done](Next::Done).
pub async fn retry<T>(
    max_attempts: u32,
    platform: &(impl Clock + Entropy),
    mut attempt: impl AsyncFnMut(Attempt) -> Next<T>,
) -> T {
    let mut number: u32 = 1;
    loop {
        let is_last = number >= max_attempts;
        let pause = match attempt(Attempt { number, is_last }).await {
            Next::Done(result) => return result,
            Next::Retry(result) | Next::RetryNow(result) if is_last => return result,
            Next::Retry(_) => true,
            Next::RetryNow(_) => false,
        };
        if pause {
            boxed(pause_after(number, platform)).await;
        }
        number = number.saturating_add(1);
    }
}

/// Pauses after attempt `number`, at random for no less than half the time.
async fn pause_after(number: u32, platform: &(impl Clock + Entropy)) {
    let random = platform.random().unwrap_or_default();
    let doublings = 1_u32
        .checked_shl(number.saturating_sub(1))
        .unwrap_or(u32::MAX);
    let pause = jittered(FIRST_PAUSE.saturating_mul(doublings), random);
    platform.sleep(pause).await;
}
