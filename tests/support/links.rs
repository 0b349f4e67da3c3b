//! Links as an application signs them that has the key.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use serde_json::Value;
use sha2::Sha256;

use super::jose::b64;

/// 32 bytes in base64.
pub const LINK_KEY: &str = "bmV3bmV3bmV3bmV3bmV3bmV3bmV3bmV3bmV3bmV3bmU=";

/// What stands in front of a route: a capability for `grant`.
pub fn link(grant: &Value) -> String {
    let signed = format!("1.{}", b64(grant.to_string()));
    let mac = Hmac::<Sha256>::new_from_slice(&STANDARD.decode(LINK_KEY).unwrap()).unwrap();
    let mac = mac.chain_update(&signed).finalize().into_bytes();
    format!("/c/{signed}.{}", b64(mac))
}
