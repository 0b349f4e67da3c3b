//! Bodies of bounded size.

use js_sys::futures::JsFuture;
use js_sys::{Promise, Uint8Array};
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;
use web_sys::ReadableStream;

use super::bindings::Event;
use crate::platform::{Body, BodyError};

#[wasm_bindgen(module = "/src/edge/boundary.js")]
extern "C" {
    #[wasm_bindgen(js_name = readBody)]
    fn read_body(event: &Event, max_bytes: u32) -> Promise;

    #[wasm_bindgen(js_name = readStream)]
    fn read_stream(stream: &ReadableStream, max_bytes: u32) -> Promise;
}

/// Why a stream cannot be read.
pub(super) enum StreamError {
    /// It is longer than the limit. The rest was not read.
    TooLarge,
    /// It ended early.
    Broken(JsValue),
}

/// Reads at most `max_bytes` of `stream`.
pub(super) async fn read(
    stream: Option<ReadableStream>,
    max_bytes: usize,
) -> Result<Vec<u8>, StreamError> {
    match stream {
        Some(stream) => bytes(read_stream(&stream, limit(max_bytes))).await,
        None => Ok(Vec::new()),
    }
}

impl Body for &Event {
    async fn read(self, max_bytes: usize) -> Result<String, BodyError> {
        let bytes = bytes(read_body(self, limit(max_bytes))).await;
        let bytes = bytes.map_err(|error| match error {
            StreamError::TooLarge => BodyError::TooLarge,
            StreamError::Broken(_) => BodyError::Incomplete,
        })?;
        if bytes.len() > max_bytes {
            return Err(BodyError::TooLarge);
        }
        String::from_utf8(bytes).map_err(|_| BodyError::NotUtf8)
    }
}

async fn bytes(read: Promise) -> Result<Vec<u8>, StreamError> {
    let bytes = JsFuture::from(read).await.map_err(StreamError::Broken)?;
    if bytes.is_null() {
        return Err(StreamError::TooLarge);
    }
    Ok(Uint8Array::new(&bytes).to_vec())
}

fn limit(max_bytes: usize) -> u32 {
    u32::try_from(max_bytes).unwrap_or(u32::MAX)
}
