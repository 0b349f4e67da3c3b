//! AES-256-GCM and signatures by the platform's [WebCrypto](https://www.w3.org/TR/WebCryptoAPI/).

use std::cell::RefCell;

use js_sys::futures::JsFuture;
use js_sys::{Array, JSON, Object, Promise, Uint8Array};
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{AesGcmParams, CryptoKey, SubtleCrypto};

use super::global::scope;
use super::runtime::Workers;
use crate::platform::{Crypto, KEY_BYTES, NONCE_BYTES, PublicKey, SignatureAlgorithm};

impl Crypto for Workers {
    async fn aes_gcm_encrypt(
        &self,
        key: &[u8; KEY_BYTES],
        nonce: &[u8; NONCE_BYTES],
        associated: &[u8],
        plain: &[u8],
    ) -> Option<Vec<u8>> {
        let cipher = AesGcm::new(key, nonce, associated).await.ok()?;
        cipher.encrypt(plain).await.ok()
    }

    async fn aes_gcm_decrypt(
        &self,
        key: &[u8; KEY_BYTES],
        nonce: &[u8; NONCE_BYTES],
        associated: &[u8],
        encrypted: &[u8],
    ) -> Option<Vec<u8>> {
        let cipher = AesGcm::new(key, nonce, associated).await.ok()?;
        cipher.decrypt(encrypted).await.ok()
    }

    async fn verify_signature(
        &self,
        algorithm: SignatureAlgorithm,
        key: &PublicKey,
        message: &[u8],
        signature: &[u8],
    ) -> bool {
        let verified = verify(algorithm, key, message, signature).await;
        verified.unwrap_or(false)
    }

    async fn sign(
        &self,
        algorithm: SignatureAlgorithm,
        key_id: &str,
        jwk: &str,
        message: &[u8],
    ) -> Option<Vec<u8>> {
        sign(algorithm, key_id, jwk, message).await.ok()
    }
}

/// AES-256-GCM with one key and nonce.
struct AesGcm {
    subtle: SubtleCrypto,
    key: CryptoKey,
    params: AesGcmParams,
}

impl AesGcm {
    async fn new(
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

    async fn encrypt(&self, plain: &[u8]) -> Result<Vec<u8>, JsValue> {
        let (subtle, key) = (&self.subtle, &self.key);
        bytes(subtle.encrypt_with_object_and_u8_array(&self.params, key, plain)?).await
    }

    async fn decrypt(&self, encrypted: &[u8]) -> Result<Vec<u8>, JsValue> {
        let (subtle, key) = (&self.subtle, &self.key);
        bytes(subtle.decrypt_with_object_and_u8_array(&self.params, key, encrypted)?).await
    }
}

async fn bytes(promise: Promise) -> Result<Vec<u8>, JsValue> {
    Ok(Uint8Array::new(&JsFuture::from(promise).await?).to_vec())
}

/// Whether `signature` over `message` verifies with `key`.
async fn verify(
    algorithm: SignatureAlgorithm,
    key: &PublicKey,
    message: &[u8],
    signature: &[u8],
) -> Result<bool, JsValue> {
    let subtle = scope().crypto()?.subtle();
    let params: Object = JSON::parse(signature_params(algorithm))?.unchecked_into();
    let imported = verifying_key(&subtle, &params, algorithm, key).await?;
    let verified = subtle
        .verify_with_object_and_u8_array_and_u8_array(&params, &imported, signature, message)?;
    Ok(JsFuture::from(verified).await?.is_truthy())
}

/// What is kept of `key`, or else the key, which is imported.
async fn verifying_key(
    subtle: &SubtleCrypto,
    params: &Object,
    algorithm: SignatureAlgorithm,
    key: &PublicKey,
) -> Result<CryptoKey, JsValue> {
    if let Some(imported) = key.imported(algorithm) {
        return Ok(imported);
    }
    let imported = import(subtle, params, &key.jwk, "verify").await?;
    key.keep(algorithm, imported.clone());
    Ok(imported)
}

thread_local! {
    /// The key that signs, by its id: only one does in an isolate, and importing an RSA key takes longer than signing.
    static SIGNING_KEY: RefCell<Option<(String, CryptoKey)>> = const { RefCell::new(None) };
}

/// Signs `message` with the private key `jwk`, whose id is `key_id`.
async fn sign(
    algorithm: SignatureAlgorithm,
    key_id: &str,
    jwk: &str,
    message: &[u8],
) -> Result<Vec<u8>, JsValue> {
    let subtle = scope().crypto()?.subtle();
    let params: Object = JSON::parse(signature_params(algorithm))?.unchecked_into();
    let key = signing_key(&subtle, &params, key_id, jwk).await?;
    bytes(subtle.sign_with_object_and_u8_array(&params, &key, message)?).await
}

/// The key that is kept, or else `jwk`.
async fn signing_key(
    subtle: &SubtleCrypto,
    params: &Object,
    key_id: &str,
    jwk: &str,
) -> Result<CryptoKey, JsValue> {
    let kept = SIGNING_KEY.with_borrow(|kept| {
        let kept = kept.as_ref().filter(|(id, _)| id == key_id);
        kept.map(|(_, key)| key.clone())
    });
    if let Some(key) = kept {
        return Ok(key);
    }
    let key = import(subtle, params, jwk, "sign").await?;
    SIGNING_KEY.set(Some((key_id.to_owned(), key.clone())));
    Ok(key)
}

/// The key `jwk`, imported so that nothing can get it out again, for this usage alone.
async fn import(
    subtle: &SubtleCrypto,
    params: &Object,
    jwk: &str,
    usage: &str,
) -> Result<CryptoKey, JsValue> {
    let jwk: Object = JSON::parse(jwk)?.unchecked_into();
    let usages = Array::of1(&usage.into());
    let key = subtle.import_key_with_object("jwk", &jwk, params, false, &usages)?;
    Ok(JsFuture::from(key).await?.unchecked_into())
}

/// The parameters of importing a key, of verifying, and of signing; each uses its own part.
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
