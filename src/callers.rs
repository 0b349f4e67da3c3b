//! Who asks: a caller proves itself by a bearer key, of which only the SHA-256 is known here.

use http::{HeaderMap, header};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

use crate::error::Error;

/// The name that stands for everybody in a profile's `callers`, key or no key.
pub const ANYONE: &str = "anyone";

/// Longer `Authorization` headers are refused unread, in bytes.
pub const MAX_AUTHORIZATION_BYTES: usize = 4096;

/// One entry of `CALLERS`.
#[derive(Clone, Debug)]
pub struct Caller {
    /// What profiles call it.
    pub name: String,
    /// Any of these proves it; several, so that a key can be replaced without a gap.
    pub key_hashes: Vec<KeyHash>,
}

/// SHA-256 of a bearer key.
///
/// A plain hash is enough for keys that are random and long; the README says how to make one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KeyHash([u8; 32]);

impl KeyHash {
    /// Reads 64 hexadecimal digits.
    pub fn from_hex(hex: &str) -> Option<Self> {
        let mut bytes = [0; 32];
        hex::decode_to_slice(hex, &mut bytes).ok()?;
        Some(Self(bytes))
    }

    fn of(key: &str) -> Self {
        Self(Sha256::digest(key).into())
    }
}

/// Who a request comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Who<'c> {
    /// The caller of this name.
    Caller(&'c str),
    /// Nobody in particular: no `Authorization` header.
    Anonymous,
}

/// Finds out who sent `headers`.
///
/// Every key of every caller is compared, in constant time, so that the time taken tells
/// nothing.
///
/// # Errors
/// [`Error::UnknownCaller`] when there is an `Authorization` header that proves nobody.
pub fn identify<'c>(callers: &'c [Caller], headers: &HeaderMap) -> Result<Who<'c>, Error> {
    let Some(authorization) = headers.get(header::AUTHORIZATION) else {
        return Ok(Who::Anonymous);
    };
    let key = authorization
        .to_str()
        .ok()
        .filter(|text| text.len() <= MAX_AUTHORIZATION_BYTES)
        .and_then(bearer)
        .ok_or(Error::UnknownCaller)?;
    let presented = KeyHash::of(key);
    let mut found = None;
    for caller in callers {
        for known in &caller.key_hashes {
            if bool::from(known.0.ct_eq(&presented.0)) {
                found = Some(caller.name.as_str());
            }
        }
    }
    found.map(Who::Caller).ok_or(Error::UnknownCaller)
}

/// The key in `Bearer <key>`, as [RFC 6750](https://www.rfc-editor.org/rfc/rfc6750#section-2.1)
/// writes it; the scheme's case does not matter.
fn bearer(authorization: &str) -> Option<&str> {
    let (scheme, key) = authorization.split_once(' ')?;
    let key = key.trim();
    (scheme.eq_ignore_ascii_case("bearer") && !key.is_empty()).then_some(key)
}
