//! The tokens that an issuer's keys have verified.

use std::collections::{BTreeMap, VecDeque};
use std::rc::Rc;

use http::HeaderName;

use super::bearer::KeyHash;
use super::claims::Claims;

/// The tokens that are remembered, by their length in bytes together: some 3,000 of a usual length. What is kept of one takes
/// about as much memory; of numbers in lists, up to ten times as much.
pub const MAX_VERIFIED_BYTES: usize = 2 * 1024 * 1024;

/// What a token takes beside its claims, in bytes.
const OVERHEAD_BYTES: usize = 256;

/// The tokens that were verified with an issuer's current keys; the oldest are forgotten first.
#[derive(Debug, Default)]
pub(super) struct VerifiedTokens {
    by_hash: BTreeMap<KeyHash, VerifiedToken>,
    /// The oldest first.
    order: VecDeque<KeyHash>,
    bytes: usize,
}

#[derive(Debug)]
struct VerifiedToken {
    header: HeaderName,
    caller: Rc<str>,
    claims: Rc<Claims>,
    bytes: usize,
}

/// Identifies a token that was presented: its SHA-256, and the header it came in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TokenId {
    /// SHA-256 of the token.
    pub hash: KeyHash,
    /// The header.
    pub header: HeaderName,
}

impl VerifiedTokens {
    /// The caller and the claims of a token.
    ///
    /// The time that this takes may tell how a hash begins. That is of no use: a token cannot be made from its hash, nor
    /// guessed, because it contains a signature.
    pub fn find(&self, token: &TokenId) -> Option<(Rc<str>, Rc<Claims>)> {
        let known = self.by_hash.get(&token.hash)?;
        let is_same = known.header == token.header;
        is_same.then(|| (Rc::clone(&known.caller), Rc::clone(&known.claims)))
    }

    /// Remembers a token of `token_bytes`, and as many of the last ones before it as fit.
    pub fn remember(
        &mut self,
        token: TokenId,
        caller: Rc<str>,
        claims: Rc<Claims>,
        token_bytes: usize,
    ) {
        let bytes = token_bytes.saturating_add(OVERHEAD_BYTES);
        let TokenId { hash, header } = token;
        let verified = VerifiedToken {
            header,
            caller,
            claims,
            bytes,
        };
        self.bytes = self.bytes.saturating_add(bytes);
        match self.by_hash.insert(hash, verified) {
            Some(before) => self.bytes = self.bytes.saturating_sub(before.bytes),
            None => self.order.push_back(hash),
        }
        while self.bytes > MAX_VERIFIED_BYTES
            && let Some(oldest) = self.order.pop_front()
        {
            let forgotten = self.by_hash.remove(&oldest).map_or(0, |it| it.bytes);
            self.bytes = self.bytes.saturating_sub(forgotten);
        }
    }

    /// Forgets all.
    pub fn clear(&mut self) {
        *self = Self::default();
    }
}
