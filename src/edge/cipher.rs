//! AES-256-GCM by the platform's [WebCrypto](https://www.w3.org/TR/WebCryptoAPI/#aes-gcm).

use js_sys::futures::JsFuture;
use js_sys::{Array, Object, Promise, Uint8Array};
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{AesGcmParams, CryptoKey, SubtleCrypto};

use super::workers::scope;
use crate::sealed::CacheKey;

/// The cipher under one key.
pub(super) struct Cipher {
    subtle: SubtleCrypto,
    key: CryptoKey,
}

impl Cipher {
    pub(super) async fn new(key: &CacheKey) -> Result<Self, JsValue> {
        let subtle = scope().crypto()?.subtle();
        let raw: Object = Uint8Array::from(key.expose().as_slice()).into();
        let usages = Array::of2(&"encrypt".into(), &"decrypt".into());
        let imported = subtle.import_key_with_str("raw", &raw, "AES-GCM", false, &usages)?;
        let key = JsFuture::from(imported).await?.unchecked_into();
        Ok(Self { subtle, key })
    }

    pub(super) async fn seal(
        &self,
        nonce: &[u8],
        associated: &[u8],
        plain: &[u8],
    ) -> Result<Vec<u8>, JsValue> {
        let params = params(nonce, associated);
        bytes(
            self.subtle
                .encrypt_with_object_and_u8_array(&params, &self.key, plain)?,
        )
        .await
    }

    pub(super) async fn open(
        &self,
        nonce: &[u8],
        associated: &[u8],
        sealed: &[u8],
    ) -> Result<Vec<u8>, JsValue> {
        let params = params(nonce, associated);
        bytes(
            self.subtle
                .decrypt_with_object_and_u8_array(&params, &self.key, sealed)?,
        )
        .await
    }
}

fn params(nonce: &[u8], associated: &[u8]) -> AesGcmParams {
    let params = AesGcmParams::new("AES-GCM", &Uint8Array::from(nonce));
    params.set_additional_data(&Uint8Array::from(associated));
    params
}

async fn bytes(promise: Promise) -> Result<Vec<u8>, JsValue> {
    Ok(Uint8Array::new(&JsFuture::from(promise).await?).to_vec())
}
