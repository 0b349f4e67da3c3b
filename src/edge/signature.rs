//! Signatures by the platform's [WebCrypto](https://www.w3.org/TR/WebCryptoAPI/).

use js_sys::futures::JsFuture;
use js_sys::{Array, JSON, Object};
use wasm_bindgen::{JsCast, JsValue};

use super::workers::scope;
use crate::callers::Algorithm;

/// Whether `signature` over `message` is that of the public key `jwk`.
pub(super) async fn verify(
    algorithm: Algorithm,
    jwk: &str,
    message: &[u8],
    signature: &[u8],
) -> Result<bool, JsValue> {
    let subtle = scope().crypto()?.subtle();
    let params: Object = JSON::parse(params(algorithm))?.unchecked_into();
    let jwk: Object = JSON::parse(jwk)?.unchecked_into();
    let usages = Array::of1(&"verify".into());
    let key = subtle.import_key_with_object("jwk", &jwk, &params, false, &usages)?;
    let key = JsFuture::from(key).await?.unchecked_into();
    let verified =
        subtle.verify_with_object_and_u8_array_and_u8_array(&params, &key, signature, message)?;
    Ok(JsFuture::from(verified).await?.is_truthy())
}

/// What importing the key and verifying want to know, each its own part of it.
fn params(algorithm: Algorithm) -> &'static str {
    match algorithm {
        Algorithm::Rs256 => r#"{"name":"RSASSA-PKCS1-v1_5","hash":"SHA-256"}"#,
        Algorithm::Rs384 => r#"{"name":"RSASSA-PKCS1-v1_5","hash":"SHA-384"}"#,
        Algorithm::Rs512 => r#"{"name":"RSASSA-PKCS1-v1_5","hash":"SHA-512"}"#,
        Algorithm::Ps256 => r#"{"name":"RSA-PSS","hash":"SHA-256","saltLength":32}"#,
        Algorithm::Ps384 => r#"{"name":"RSA-PSS","hash":"SHA-384","saltLength":48}"#,
        Algorithm::Ps512 => r#"{"name":"RSA-PSS","hash":"SHA-512","saltLength":64}"#,
        Algorithm::Es256 => r#"{"name":"ECDSA","namedCurve":"P-256","hash":"SHA-256"}"#,
        Algorithm::Es384 => r#"{"name":"ECDSA","namedCurve":"P-384","hash":"SHA-384"}"#,
        Algorithm::EdDsa => r#"{"name":"Ed25519"}"#,
    }
}
