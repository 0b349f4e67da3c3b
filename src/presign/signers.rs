//! The signers that an isolate keeps.

use std::cell::RefCell;
use std::rc::Rc;
use std::time::SystemTime;

use super::Signer;
use crate::credentials::Credentials;

/// One signer for each source of credentials and region that URLs were signed for: the last, because
/// sessions and days pass.
#[derive(Debug, Default)]
pub struct Signers(RefCell<Vec<Kept>>);

#[derive(Debug)]
struct Kept {
    provider: usize,
    signer: Rc<Signer>,
}

impl Signers {
    /// The signer for `credentials`, which come from the source at the place `provider`, in `region` at
    /// `now`: the one that is kept, or a new one when session or day are others.
    pub fn get(
        &self,
        provider: usize,
        credentials: &Credentials,
        region: &str,
        now: SystemTime,
    ) -> Rc<Signer> {
        let mut all = self.0.borrow_mut();
        let same = |kept: &&mut Kept| kept.provider == provider && kept.signer.region() == region;
        let kept = all.iter_mut().find(same);
        if let Some(kept) = &kept
            && kept.signer.serves(credentials, now)
        {
            return Rc::clone(&kept.signer);
        }
        let signer = Rc::new(Signer::new(credentials, region, now));
        match kept {
            Some(kept) => kept.signer = Rc::clone(&signer),
            None => all.push(Kept {
                provider,
                signer: Rc::clone(&signer),
            }),
        }
        signer
    }
}
