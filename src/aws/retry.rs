//! Calls again, bounded in number and spread in time.

use std::time::Duration;

use crate::instant::jittered;

/// Calls for one purpose, the first included.
pub const MAX_ATTEMPTS: u32 = 3;

/// The pause after the first failed call is up to this, and up to twice as long after each further one.
const FIRST_PAUSE: Duration = Duration::from_millis(200);

/// The pause after the call number `attempts` has failed; `random` shortens it to no less than half.
pub fn pause_after(attempts: u32, random: [u8; 1]) -> Duration {
    let doublings = 1_u32.checked_shl(attempts.saturating_sub(1)).unwrap_or(1);
    jittered(FIRST_PAUSE.saturating_mul(doublings), random)
}
