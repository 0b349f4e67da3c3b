//! AES-256-GCM and signatures by the platform's [WebCrypto](https://www.w3.org/TR/WebCryptoAPI/).

use js_sys::futures::JsFuture;
use js_sys::{Array, JSON, Object, Promise, Uint8Array};
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{AesGcmParams, CryptoKey, SubtleCrypto};

use super::global::scope;
use crate::platform::{KEY_BYTES, NONCE_BYTES, SignatureAlgorithm};

/// AES-256-GCM with one key and nonce.
pub(super) struct AesGcm {
    subtle: SubtleCrypto,
    key: CryptoKey,
    params: AesGcmParams,
}

impl AesGcm {
    pub(super) async fn new(
        key: &[u8; KEY_BYTES],
        nonce: &[u8; NONCE_BYTES],
        associated: &[u8],
    ) -> Result<Self, JsValue> {
        let subtle = scope().crypto()?.subtle();
        let raw: Object = Uint8Array::from(key.as_slice()).into();
        let usages = Array::of2(&"encrypt".into(), &"decrypt".into());
        let imported = subtle.import_key_with_str("raw", &raw, "AES-GCM", false, &usages)?;
        let key = JsFuture::from(imported).await?.unchecked_into();
        let params = AesGcmParams::new("AES-GCM", &Uint8Array::from(nonce.as_slice()));
        params.set_additional_data(&Uint8Array::from(associated));
        Ok(Self {
            subtle,
            key,
            params,
        })
    }

    pub(super) async fn encrypt(&self, plain: &[u8]) -> Result<Vec<u8>, JsValue> {
        let (subtle, key) = (&self.subtle, &self.key);
        bytes(subtle.encrypt_with_object_and_u8_array(&self.params, key, plain)?).await
    }

    pub(super) async fn decrypt(&self, encrypted: &[u8]) -> Result<Vec<u8>, JsValue> {
        let (subtle, key) = (&self.subtle, &self.key);
        bytes(subtle.decrypt_with_object_and_u8_array(&self.params, key, encrypted)?).await
    }
}

async fn bytes(promise: Promise) -> Result<Vec<u8>, JsValue> {
    Ok(Uint8Array::new(&JsFuture::from(promise).await?).to_vec())
}

/// Whether `signature` over `message` verifies with the public key `jwk`.
pub(super) async fn verify(
    algorithm: SignatureAlgorithm,
    jwk: &str,
    message: &[u8],
    signature: &[u8],
) -> Result<bool, JsValue> {
    let subtle = scope().crypto()?.subtle();
    let params: Object = JSON::parse(signature_params(algorithm))?.unchecked_into();
    let jwk: Object = JSON::parse(jwk)?.unchecked_into();
    let usages = Array::of1(&"verify".into());
    let key = subtle.import_key_with_object("jwk", &jwk, &params, false, &usages)?;
    let key = JsFuture::from(key).await?.unchecked_into();
    let verified =
        subtle.verify_with_object_and_u8_array_and_u8_array(&params, &key, signature, message)?;
    Ok(JsFuture::from(verified).await?.is_truthy())
}

/// The parameters of importing the key and of verifying; each uses its own part.
fn signature_params(algorithm: SignatureAlgorithm) -> &'static str {
    match algorithm {
        SignatureAlgorithm::Rs256 => r#"{"name":"RSASSA-PKCS1-v1_5","hash":"SHA-256"}"#,
        SignatureAlgorithm::Rs384 => r#"{"name":"RSASSA-PKCS1-v1_5","hash":"SHA-384"}"#,
        SignatureAlgorithm::Rs512 => r#"{"name":"RSASSA-PKCS1-v1_5","hash":"SHA-512"}"#,
        SignatureAlgorithm::Ps256 => r#"{"name":"RSA-PSS","hash":"SHA-256","saltLength":32}"#,
        SignatureAlgorithm::Ps384 => r#"{"name":"RSA-PSS","hash":"SHA-384","saltLength":48}"#,
        SignatureAlgorithm::Ps512 => r#"{"name":"RSA-PSS","hash":"SHA-512","saltLength":64}"#,
        SignatureAlgorithm::Es256 => r#"{"name":"ECDSA","namedCurve":"P-256","hash":"SHA-256"}"#,
        SignatureAlgorithm::Es384 => r#"{"name":"ECDSA","namedCurve":"P-384","hash":"SHA-384"}"#,
        SignatureAlgorithm::EdDsa => r#"{"name":"Ed25519"}"#,
    }
}
