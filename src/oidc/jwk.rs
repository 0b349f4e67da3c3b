//! Public keys as [JSON Web Keys](https://www.rfc-editor.org/rfc/rfc7517).

use std::ops::RangeInclusive;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest, Sha256};

use crate::json::{Json, Object};
use crate::platform::KeyType;

/// Bytes of an RSA modulus: at least what [JWA][jwa] requires, and no more than is reasonable to verify.
///
/// [jwa]: https://www.rfc-editor.org/rfc/rfc7518#section-3.3
const RSA_BYTES: RangeInclusive<usize> = 256..=1024;

/// A public key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublicJwk {
    /// Its type.
    pub key_type: KeyType,
    /// The members of the key alone, in JSON without white space and in lexicographic order.
    pub json: String,
}

impl PublicJwk {
    /// The public key in `members`; others than its own are ignored. `None` when its type is not supported, when one of
    /// them is missing or not base64url, and for an RSA key of less than 2,048 or more than 8,192 bits.
    pub fn read(members: &Object) -> Option<Self> {
        let number = |name| base64url(members, name);
        let (key_type, json) = match (text(members, "kty")?, text(members, "crv")) {
            ("RSA", _) => {
                let n = number("n").filter(|n| RSA_BYTES.contains(&n.significant_bytes()))?;
                let (n, e) = (n.text, number("e")?.text);
                let json = format!(r#"{{"e":"{e}","kty":"RSA","n":"{n}"}}"#);
                (KeyType::Rsa, json)
            }
            ("EC", Some(curve @ ("P-256" | "P-384"))) => {
                let key_type = if curve == "P-256" {
                    KeyType::P256
                } else {
                    KeyType::P384
                };
                let (x, y) = (number("x")?.text, number("y")?.text);
                let json = format!(r#"{{"crv":"{curve}","kty":"EC","x":"{x}","y":"{y}"}}"#);
                (key_type, json)
            }
            ("OKP", Some("Ed25519")) => {
                let x = number("x")?.text;
                let json = format!(r#"{{"crv":"Ed25519","kty":"OKP","x":"{x}"}}"#);
                (KeyType::Ed25519, json)
            }
            _ => return None,
        };
        Some(Self { key_type, json })
    }

    /// The key's [thumbprint](https://www.rfc-editor.org/rfc/rfc7638) with SHA-256, in base64url.
    pub fn thumbprint(&self) -> String {
        URL_SAFE_NO_PAD.encode(Sha256::digest(&self.json))
    }
}

/// A number of a key.
pub(super) struct Number {
    /// It in base64url, without the padding that some issuers add.
    pub text: String,
    /// It in big-endian order.
    pub bytes: Vec<u8>,
}

impl Number {
    fn significant_bytes(&self) -> usize {
        let zeros = self.bytes.iter().take_while(|byte| **byte == 0).count();
        self.bytes.len().saturating_sub(zeros)
    }
}

/// The number in the member `name`; `None` when it is missing or not base64url.
pub(super) fn base64url(members: &Object, name: &str) -> Option<Number> {
    let text = text(members, name)?.trim_end_matches('=');
    Some(Number {
        bytes: URL_SAFE_NO_PAD.decode(text).ok()?,
        text: text.to_owned(),
    })
}

/// The text in the member `name`.
pub(super) fn text<'m>(members: &'m Object, name: &str) -> Option<&'m str> {
    match members.get(name) {
        Some(Json::String(text)) => Some(text),
        _ => None,
    }
}
