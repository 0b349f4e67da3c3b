//! Public keys, with what the platform makes of them.

use std::any::Any;
use std::cell::RefCell;
use std::fmt;
use std::rc::Rc;

use super::SignatureAlgorithm;

/// A public key that verifies signatures. The platform may keep in it what it makes of it, which takes longer than verifying
/// does. That lives no longer than the key: a key that an issuer has withdrawn is not kept.
pub struct PublicKey {
    /// The key, as a [JWK](https://www.rfc-editor.org/rfc/rfc7517) in JSON.
    pub jwk: String,
    /// One for each algorithm that the key was used with: six at most, for RSA.
    imported: RefCell<Vec<(SignatureAlgorithm, Rc<dyn Any>)>>,
}

impl PublicKey {
    /// The key `jwk` (JSON).
    pub fn new(jwk: String) -> Self {
        let imported = RefCell::default();
        Self { jwk, imported }
    }

    /// What the platform keeps of it for `algorithm`.
    pub fn imported<T: Clone + 'static>(&self, algorithm: SignatureAlgorithm) -> Option<T> {
        let all = self.imported.borrow();
        let (_, imported) = all.iter().find(|(known, _)| *known == algorithm)?;
        imported.downcast_ref().cloned()
    }

    /// Keeps `imported` for `algorithm`, unless there is something already.
    pub fn keep<T: Clone + 'static>(&self, algorithm: SignatureAlgorithm, imported: T) {
        let mut all = self.imported.borrow_mut();
        if !all.iter().any(|(known, _)| *known == algorithm) {
            all.push((algorithm, Rc::new(imported)));
        }
    }
}

/// Whether they are the same key.
impl PartialEq for PublicKey {
    fn eq(&self, other: &Self) -> bool {
        self.jwk == other.jwk
    }
}

impl Eq for PublicKey {}

impl fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.jwk)
    }
}
