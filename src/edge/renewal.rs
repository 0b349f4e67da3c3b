//! The one renewal that an isolate's requests share.
//!
//! A promise is all that they share: a Rust lock, channel or waker of one request that another waits on
//! dies with its owner's connection, and the waiter hangs.

use std::cell::{Cell, RefCell};

use js_sys::futures::{JsFuture, future_to_promise};
use js_sys::{Array, Promise};
use wasm_bindgen::JsValue;
use worker::Context;

thread_local! {
    /// The renewal that runs, under a number of its own.
    static RUNNING: RefCell<Option<(u32, Promise)>> = const { RefCell::new(None) };

    /// The number of the last one.
    static LED: Cell<u32> = const { Cell::new(0) };
}

/// Waits until the renewal that runs has ended, or `timer` has; starts one where none runs.
pub(super) async fn share<F: Future<Output = ()> + 'static>(
    context: &Context,
    timer: Promise,
    start: impl FnOnce() -> F,
) {
    let running = RUNNING.with_borrow(Clone::clone);
    let (number, promise) = running.unwrap_or_else(|| lead(context, start()));
    let ended = JsFuture::from(Promise::race(&Array::of2(&promise, &timer))).await;
    // A renewal ends with `true` and never fails; the timer gives `undefined`.
    if !ended.is_ok_and(|ended| ended.is_truthy()) {
        forget(number);
    }
}

/// Starts `renewal` for the whole isolate. `context` keeps it going when the client of its request goes
/// away.
fn lead(context: &Context, renewal: impl Future<Output = ()> + 'static) -> (u32, Promise) {
    let number = LED.get().wrapping_add(1);
    LED.set(number);
    let promise = future_to_promise(async move {
        renewal.await;
        forget(number);
        Ok(JsValue::TRUE)
    });
    RUNNING.set(Some((number, promise.clone())));
    let kept = promise.clone();
    context.wait_until(async move {
        let _ = JsFuture::from(kept).await;
    });
    (number, promise)
}

/// Lets the next request that needs a session lead, unless another renewal runs by now.
fn forget(number: u32) {
    RUNNING.with_borrow_mut(|running| {
        running.take_if(|(running, _)| *running == number);
    });
}
