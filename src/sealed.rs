//! Bytes that are stored where others can read or change them: AES-256-GCM under keys made from `CACHE_KEY`.
//!
//! | part | bytes | what |
//! |---|---|---|
//! | version | 1 | `1` |
//! | nonce | 12 | random, new for every sealing |
//! | ciphertext | rest | the encrypted bytes, bound to their purpose, and a tag of 16 bytes |
//!
//! Bytes that were altered, cut short, or sealed for another purpose or under another key do not open.

mod value;

use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use crate::platform::{Crypto, Entropy, KEY_BYTES, NONCE_BYTES};

pub use value::{SealedValue, foreign_record};

const VERSION: u8 = 1;

/// The secret `CACHE_KEY`, or a key made from it: a key for AES-256-GCM.
#[derive(Clone)]
pub struct CacheKey([u8; KEY_BYTES]);

impl CacheKey {
    /// Reads base64 of 32 bytes; `None` for anything else.
    pub fn from_base64(text: &str) -> Option<Self> {
        let bytes = STANDARD.decode(text.trim()).ok()?;
        bytes.try_into().ok().map(Self)
    }

    /// The key for `purpose`, by HMAC-SHA256. Random nonces are safe for 2^32 sealings of a key, and no purpose
    /// may use up those of another.
    pub fn derived(&self, purpose: &str) -> Self {
        // HMAC takes keys of any length.
        let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(&self.0) else {
            return self.clone();
        };
        mac.update(purpose.as_bytes());
        Self(mac.finalize().into_bytes().into())
    }

    /// A pseudonym of `subject`, 16 hexadecimal digits: the same every time, and only whoever has the key can tell of whom.
    pub fn pseudonym(&self, subject: &str) -> String {
        let derived = self.derived(&format!("subject {subject}"));
        let (short, _) = derived.0.split_at(8);
        hex::encode(short)
    }

    /// The key itself, for the cipher only.
    pub fn expose(&self) -> &[u8; KEY_BYTES] {
        &self.0
    }
}

impl fmt::Debug for CacheKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[secret]")
    }
}

/// Seals `plain` so that it opens only for `purpose`; `None` when the platform's cipher fails.
pub async fn seal(
    plain: &[u8],
    key: &CacheKey,
    purpose: &str,
    platform: &(impl Crypto + Entropy),
) -> Option<Vec<u8>> {
    let nonce = platform.random()?;
    let sealed = platform
        .aes_gcm_encrypt(key.expose(), &nonce, purpose.as_bytes(), plain)
        .await?;
    Some([&[VERSION], nonce.as_slice(), &sealed].concat())
}

/// Opens what was sealed under `key` for `purpose`; `None` for anything else.
pub async fn open(
    sealed: &[u8],
    key: &CacheKey,
    purpose: &str,
    platform: &impl Crypto,
) -> Option<Vec<u8>> {
    let (&VERSION, rest) = sealed.split_first()? else {
        return None;
    };
    let (nonce, sealed) = rest.split_first_chunk::<NONCE_BYTES>()?;
    platform
        .aes_gcm_decrypt(key.expose(), nonce, purpose.as_bytes(), sealed)
        .await
}
