//! Bearer keys. The configuration holds only their SHA-256.

use std::borrow::Cow;

use base64::Engine;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

use crate::names::in_order;

/// SHA-256 of a bearer key.
///
/// A plain hash is enough for keys that are random and long; `docs/callers-and-links.md` says how to make one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KeyHash([u8; 32]);

impl KeyHash {
    /// Reads 64 hexadecimal digits.
    pub fn from_hex(hex: &str) -> Option<Self> {
        let mut bytes = [0; 32];
        hex::decode_to_slice(hex, &mut bytes).ok()?;
        Some(Self(bytes))
    }

    /// The hash of `key`.
    pub fn of(key: &str) -> Self {
        Self(Sha256::digest(key).into())
    }

    /// Its first 16 bits.
    pub(super) fn beginning(&self) -> u16 {
        let [first, second, ..] = self.0;
        u16::from_be_bytes([first, second])
    }

    /// Compares in constant time, so that the time taken reveals nothing about either.
    pub fn ct_eq(&self, other: &Self) -> bool {
        self.0.as_slice().ct_eq(other.0.as_slice()).into()
    }
}

/// The keys of all callers, each with the place of its caller in a list.
#[derive(Debug, Default)]
pub struct KeyIndex(Vec<(KeyHash, usize)>);

impl KeyIndex {
    /// The index of `keys`.
    pub fn new(keys: &[(KeyHash, usize)]) -> Self {
        // Sorted as text, because the code for that is in the bundle already.
        let texts: Vec<String> = keys.iter().map(|(key, _)| hex::encode(key.0)).collect();
        let sorted = in_order(texts.iter().map(String::as_str)).into_iter();
        Self(
            sorted
                .filter_map(|(_, place)| keys.get(place).copied())
                .collect(),
        )
    }

    /// The places of the callers that have a key in common, for each such key.
    pub fn shared(&self) -> impl Iterator<Item = Vec<usize>> {
        let same_key = self.0.chunk_by(|(one, _), (other, _)| one == other);
        same_key.filter_map(|all| {
            let mut places: Vec<usize> = all.iter().map(|(_, place)| *place).collect();
            places.dedup();
            (places.len() > 1).then_some(places)
        })
    }

    /// The caller with a key, in a time that hardly grows with the number of keys.
    ///
    /// All keys that begin alike are compared, in constant time. So the time taken reveals at most the first two bytes of
    /// the hash of a key, and a random key is as hard to guess with them as without.
    pub fn find(&self, presented: &KeyHash) -> Option<usize> {
        let beginning = presented.beginning();
        let first = self
            .0
            .partition_point(|(known, _)| known.beginning() < beginning);
        let alike = self.0.get(first..)?.iter();
        let mut found = None;
        for (known, caller) in alike.take_while(|(known, _)| known.beginning() == beginning) {
            if known.ct_eq(presented) {
                found = Some(*caller);
            }
        }
        found
    }
}

/// The key or token in the header `Authorization`: after `Bearer`, as
/// [RFC 6750](https://www.rfc-editor.org/rfc/rfc6750#section-2.1) defines it, or the password after `Basic`, for clients
/// that know nothing else. The scheme is case-insensitive.
pub fn credential(authorization: &str) -> Option<Cow<'_, str>> {
    let (scheme, credential) = authorization.split_once(' ')?;
    let credential = credential.trim();
    let credential: Cow<'_, str> = if scheme.eq_ignore_ascii_case("bearer") {
        credential.into()
    } else if scheme.eq_ignore_ascii_case("basic") {
        password(credential)?.into()
    } else {
        return None;
    };
    (!credential.is_empty()).then_some(credential)
}

/// Whether the scheme is `Bearer`, which no browser adds on its own.
pub fn has_bearer_scheme(authorization: &[u8]) -> bool {
    let scheme = authorization.split(|byte| *byte == b' ').next();
    scheme.is_some_and(|scheme| scheme.eq_ignore_ascii_case(b"bearer"))
}

/// The password in [Basic credentials](https://www.rfc-editor.org/rfc/rfc7617#section-2). Any user name will do, and the
/// padding may be missing.
// Not inlined, because most requests have a bearer key.
#[inline(never)]
fn password(credentials: &str) -> Option<String> {
    let decoded = STANDARD_NO_PAD.decode(credentials.trim_end_matches('='));
    let decoded = String::from_utf8(decoded.ok()?).ok()?;
    let (_, password) = decoded.split_once(':')?;
    Some(password.to_owned())
}
