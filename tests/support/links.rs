//! Links as an application signs them that has the key.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use serde_json::Value;
use sha2::Sha256;

use super::jose::b64;

/// 32 bytes in base64.
pub const LINK_KEY: &str = "bmV3bmV3bmV3bmV3bmV3bmV3bmV3bmV3bmV3bmV3bmU=";

/// `text`, signed with `key`.
pub fn signed_with(key: &str, text: &str) -> String {
    let mac = Hmac::<Sha256>::new_from_slice(&STANDARD.decode(key).unwrap()).unwrap();
    let mac = mac.chain_update(text).finalize().into_bytes();
    format!("{text}.{}", b64(mac))
}

/// A capability for `grant`.
pub fn capability(grant: &Value) -> String {
    signed_with(LINK_KEY, &format!("1.{}", b64(grant.to_string())))
}

/// What stands in front of a route for it.
pub fn link(grant: &Value) -> String {
    format!("/c/{}", capability(grant))
}
