//! Bodies of bounded size.

use js_sys::futures::JsFuture;
use js_sys::{Reflect, Uint8Array};
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{ReadableStream, ReadableStreamDefaultReader};

/// Why a body cannot be read.
pub(super) enum BodyError {
    /// It is longer than the limit. The rest was not read.
    TooLarge,
    /// The stream ended early.
    Stream(JsValue),
}

/// Reads at most `limit_bytes` of `stream`.
pub(super) async fn read(
    stream: Option<ReadableStream>,
    limit_bytes: usize,
) -> Result<Vec<u8>, BodyError> {
    let mut bytes = Vec::new();
    let Some(stream) = stream else {
        return Ok(bytes);
    };
    let reader: ReadableStreamDefaultReader = stream.get_reader().unchecked_into();
    loop {
        let chunk = JsFuture::from(reader.read())
            .await
            .map_err(BodyError::Stream)?;
        let value = Reflect::get(&chunk, &"value".into()).map_err(BodyError::Stream)?;
        if value.is_undefined() {
            return Ok(bytes);
        }
        let chunk: Uint8Array = value.unchecked_into();
        bytes.extend_from_slice(&chunk.to_vec());
        if bytes.len() > limit_bytes {
            // Nobody waits for the cancellation.
            let _ = reader.cancel();
            return Err(BodyError::TooLarge);
        }
    }
}
