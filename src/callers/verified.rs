//! The tokens that an issuer's keys have verified.

use std::collections::VecDeque;
use std::rc::Rc;

use http::HeaderName;

use super::bearer::KeyHash;
use super::claims::Claims;

/// The sets in which tokens are remembered, by the first byte of their hash.
const SETS: usize = 256;

/// The tokens that a set remembers, by their length in bytes together. What is kept of a token takes
/// about as much memory; of numbers in lists, up to ten times as much.
const SET_BYTES: usize = 8 * 1024;

/// What a token takes beside its claims, in bytes.
const OVERHEAD_BYTES: usize = 64;

/// The tokens that were verified with an issuer's current keys. Each set has the latest first.
#[derive(Debug, Default)]
pub(super) struct VerifiedTokens(Vec<VecDeque<VerifiedToken>>);

#[derive(Debug)]
struct VerifiedToken {
    id: TokenId,
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
        let mut set = self.0.get(token.hash.first_byte())?.iter();
        let known = set.find(|known| known.id == *token)?;
        Some((Rc::clone(&known.caller), Rc::clone(&known.claims)))
    }

    /// Remembers a token of `token_bytes`, and of the others in its set the latest that fit.
    pub fn remember(
        &mut self,
        id: TokenId,
        caller: Rc<str>,
        claims: Rc<Claims>,
        token_bytes: usize,
    ) {
        self.0.resize_with(SETS, VecDeque::default);
        let Some(set) = self.0.get_mut(id.hash.first_byte()) else {
            return;
        };
        set.push_front(VerifiedToken {
            id,
            caller,
            claims,
            bytes: token_bytes.saturating_add(OVERHEAD_BYTES),
        });
        let mut all = 0_usize;
        let fit = set.iter().take_while(|known| {
            all = all.saturating_add(known.bytes);
            all <= SET_BYTES
        });
        let fit = fit.count();
        set.truncate(fit.max(1));
    }

    /// Forgets all.
    pub fn clear(&mut self) {
        self.0.clear();
    }
}
