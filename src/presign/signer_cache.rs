//! The signer that is kept for the next URL.

use std::cell::RefCell;
use std::rc::Rc;
use std::time::SystemTime;

use super::Signer;
use crate::aws::Credentials;

/// The last signer of one profile: it serves until the session or the day changes.
#[derive(Debug, Default)]
pub struct SignerCache(RefCell<Option<Rc<Signer>>>);

impl SignerCache {
    /// The signer for `credentials` in `region` at `now`: the cached one, or a new one that is cached from now on.
    pub fn get(&self, credentials: &Credentials, region: &str, now: SystemTime) -> Rc<Signer> {
        let mut cached = self.0.borrow_mut();
        if let Some(signer) = cached.as_ref()
            && signer.serves(credentials, now)
        {
            return Rc::clone(signer);
        }
        let signer = Rc::new(Signer::new(credentials, region, now));
        *cached = Some(Rc::clone(&signer));
        signer
    }
}
