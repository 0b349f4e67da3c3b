//! The isolate's cache of vended credentials. Workers KV has none of them: a session for each caller is read by few isolates, and what
//! is not stored cannot be taken.

use std::cell::RefCell;
use std::rc::Rc;
use std::time::{Duration, SystemTime};

use sha2::{Digest, Sha256};

use crate::credentials::{CredentialsError, RETRY_AFTER, Session};
use crate::instant::left_until;
use crate::platform::Slot;

/// Most entries. One has about 2 KB.
pub const MAX_ENTRIES: usize = 256;

/// A session is replaced when less than this is left of it, or than three quarters of what was granted: clients ask again,
/// at each of their requests, when less than 15 minutes are left.
const FRESH: Duration = Duration::from_secs(20 * 60);

/// The slots of other work are small numbers.
const FIRST_SLOT: u32 = 1 << 31;

/// Names the credentials: the SHA-256 of everything that they depend on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Key([u8; 32]);

impl Key {
    /// The name of what depends on `parts`.
    pub fn of(parts: &[&str]) -> Self {
        let mut hash = Sha256::new();
        for part in parts {
            // So that no two lists of parts are the same text.
            hash.update(part.len().to_le_bytes());
            hash.update(part);
        }
        Self(hash.finalize().into())
    }

    /// The slot of the work that makes them. Two that share one only wait for each other.
    pub fn slot(self) -> Slot {
        let [a, b, c, d, ..] = self.0;
        Slot(FIRST_SLOT | u32::from_le_bytes([a, b, c, d]))
    }
}

/// What came of an attempt to make credentials.
type Outcome = Result<Rc<Session>, CredentialsError>;

/// The last credentials of callers, and the failures to make some.
#[derive(Debug, Default)]
pub struct VendedCache(RefCell<Vec<(Key, SystemTime, Outcome)>>);

impl VendedCache {
    /// The credentials that are called `key`, if they are good for a while at `now`; or why there were none a moment ago.
    pub fn get(&self, key: Key, now: SystemTime) -> Option<Outcome> {
        let entries = self.0.borrow();
        let (_, at, outcome) = entries.iter().find(|(known, ..)| *known == key)?;
        let is_good = match outcome {
            Ok(session) => {
                let granted = session.granted_lifetime();
                let quarter = granted.checked_div(4).unwrap_or_default();
                let left = session.left_at(now);
                left >= FRESH.min(granted.saturating_sub(quarter)) && !left.is_zero()
            }
            Err(_) => left_until(now, *at) < RETRY_AFTER,
        };
        is_good.then(|| outcome.clone())
    }

    /// Keeps what came of an attempt at `now`. Where there are too many, those go that end first, failures before all.
    pub fn put(&self, key: Key, outcome: Outcome, now: SystemTime) {
        let mut entries = self.0.borrow_mut();
        entries.retain(|(known, ..)| *known != key);
        if entries.len() >= MAX_ENTRIES {
            let end = |outcome: &Outcome| outcome.as_ref().ok().map(|session| session.expires_at);
            let ends = entries.iter().enumerate();
            if let Some((first, _)) = ends.min_by_key(|(_, (.., outcome))| end(outcome)) {
                drop(entries.swap_remove(first));
            }
        }
        entries.push((key, now, outcome));
    }
}
