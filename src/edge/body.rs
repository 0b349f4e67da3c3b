//! Bodies of bounded size.

use std::cell::RefCell;
use std::future::poll_fn;
use std::task::Poll;

use js_sys::futures::JsFuture;
use js_sys::{Promise, Uint8Array};
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;

use super::bindings::Event;
use crate::join::boxed;
use crate::platform::{Body, BodyError};

#[wasm_bindgen(module = "/src/edge/boundary.js")]
extern "C" {
    #[wasm_bindgen(js_name = readBody)]
    fn read_body(event: &Event, max_bytes: u32) -> Promise;
}

/// The body of an event's request.
///
/// A response is usually complete but for the body when it is polled for the first time. Then `handlers.js` reads the body and
/// hands it over: that takes one promise, where a future of Rust takes four.
pub(super) struct RequestBody {
    event: Event,
    state: RefCell<State>,
}

enum State {
    /// Whoever polls the response reads the body.
    Outside,
    /// It has to be read, with at most so many bytes.
    Wanted(u32),
    /// What was read; `undefined` where the connection ended before.
    Received(JsValue),
    /// The body is read by a future.
    Inside,
}

impl RequestBody {
    pub(super) fn new(event: Event) -> Self {
        Self {
            event,
            state: State::Outside.into(),
        }
    }

    /// Begins to read the body, if the response waits for that; a promise of what [`receive`](Self::receive) needs.
    pub(super) fn read_outside(&self) -> Option<Promise> {
        match *self.state.borrow() {
            State::Wanted(max_bytes) => Some(read_body(&self.event, max_bytes)),
            _ => None,
        }
    }

    /// Hands over what was read.
    pub(super) fn receive(&self, bytes: JsValue) {
        self.state.replace(State::Received(bytes));
    }

    /// From here on a future reads it.
    pub(super) fn read_inside(&self) {
        self.state.replace(State::Inside);
    }

    async fn bytes(&self, max_bytes: u32) -> Result<Vec<u8>, BodyError> {
        let received = poll_fn(|_| {
            let mut state = self.state.borrow_mut();
            match &*state {
                State::Received(bytes) => Poll::Ready(Some(bytes.clone())),
                State::Inside => Poll::Ready(None),
                State::Outside | State::Wanted(_) => {
                    *state = State::Wanted(max_bytes);
                    Poll::Pending
                }
            }
        });
        match received.await {
            Some(bytes) if bytes.is_undefined() => Err(BodyError::Incomplete),
            Some(bytes) => copied(&bytes),
            None => boxed(bytes(read_body(&self.event, max_bytes))).await,
        }
    }
}

impl Body for &RequestBody {
    async fn read(self, max_bytes: usize) -> Result<String, BodyError> {
        let bytes = self.bytes(limit(max_bytes)).await?;
        if bytes.len() > max_bytes {
            return Err(BodyError::TooLarge);
        }
        String::from_utf8(bytes).map_err(|_| BodyError::NotUtf8)
    }
}

async fn bytes(read: Promise) -> Result<Vec<u8>, BodyError> {
    let read = JsFuture::from(read).await;
    copied(&read.map_err(|_| BodyError::Incomplete)?)
}

fn copied(bytes: &JsValue) -> Result<Vec<u8>, BodyError> {
    if bytes.is_null() {
        return Err(BodyError::TooLarge);
    }
    Ok(Uint8Array::new(bytes).to_vec())
}

fn limit(max_bytes: usize) -> u32 {
    u32::try_from(max_bytes).unwrap_or(u32::MAX)
}
