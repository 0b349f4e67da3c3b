//! The tokens that were verified.

use std::mem;
use std::rc::Rc;

use super::bearer::KeyHash;
use super::kept::KeptClaims;

/// The memory that one half of the tokens takes, in bytes. That is enough for 10,000 with an ordinary `sub`.
const HALF_BYTES: usize = 3 * 1024 * 1024;

/// What a token takes beside its texts, in bytes.
const TOKEN_BYTES: usize = 192;

/// Lists of a half. A full one has some four tokens in each.
const LISTS: usize = 1 << 12;

/// The tokens that were verified, of all issuers together. They are in two halves. A token that is found or verified is put into
/// the newer half. When that is full, it becomes the older half, and what was in the older one is forgotten. So those that
/// were used last are remembered, as many as fit into one half, and there are never more than two halves.
#[derive(Debug, Default)]
pub(super) struct VerifiedTokens {
    newer: Half,
    older: Half,
}

#[derive(Debug, Default)]
struct Half {
    /// By the beginning of their hashes; none before the first token.
    lists: Vec<Vec<VerifiedToken>>,
    bytes: usize,
}

/// A token that was verified.
#[derive(Clone, Debug)]
pub(super) struct VerifiedToken {
    pub(super) id: TokenId,
    /// The place of its caller.
    pub(super) caller: usize,
    pub(super) claims: Rc<KeptClaims>,
}

/// Identifies a token that was presented: its SHA-256, and the place of the header that it came in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct TokenId {
    pub(super) hash: KeyHash,
    pub(super) header: usize,
}

impl VerifiedTokens {
    /// A token that is remembered.
    ///
    /// The time that this takes may tell how a hash begins. That is of no use: a token cannot be made from its hash, nor
    /// guessed, because it contains a signature.
    pub(super) fn find(&mut self, id: &TokenId) -> Option<VerifiedToken> {
        if let Some(known) = self.newer.find(id) {
            return Some(known.clone());
        }
        let known = self.older.take(id)?;
        self.put(known.clone());
        Some(known)
    }

    /// Remembers a token.
    pub(super) fn remember(&mut self, token: VerifiedToken) {
        // It may be there with claims that older keys have verified.
        self.newer.take(&token.id);
        self.older.take(&token.id);
        self.put(token);
    }

    fn put(&mut self, token: VerifiedToken) {
        if self.newer.bytes.saturating_add(token.bytes()) > HALF_BYTES {
            self.older = mem::take(&mut self.newer);
        }
        self.newer.put(token);
    }
}

impl Half {
    fn find(&self, id: &TokenId) -> Option<&VerifiedToken> {
        let mut list = self.lists.get(list_of(id))?.iter();
        list.find(|known| known.id == *id)
    }

    fn take(&mut self, id: &TokenId) -> Option<VerifiedToken> {
        let list = self.lists.get_mut(list_of(id))?;
        let place = list.iter().position(|known| known.id == *id)?;
        let token = list.swap_remove(place);
        self.bytes = self.bytes.saturating_sub(token.bytes());
        Some(token)
    }

    fn put(&mut self, token: VerifiedToken) {
        self.lists.resize_with(LISTS, Vec::default);
        if let Some(list) = self.lists.get_mut(list_of(&token.id)) {
            self.bytes = self.bytes.saturating_add(token.bytes());
            list.push(token);
        }
    }
}

impl VerifiedToken {
    fn bytes(&self) -> usize {
        self.claims.bytes().saturating_add(TOKEN_BYTES)
    }
}

/// The first twelve bits of the hash.
fn list_of(id: &TokenId) -> usize {
    usize::from(id.hash.beginning() >> 4)
}
