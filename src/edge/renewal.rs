//! The one renewal of each slot that an isolate's requests share.
//!
//! A promise is all that they share: a Rust lock, channel or waker of one request that another waits on
//! dies with its owner's connection, and the waiter hangs.

use std::cell::{Cell, RefCell};
use std::time::{Duration, SystemTime};

use js_sys::futures::{JsFuture, future_to_promise};
use js_sys::{Array, Promise};
use wasm_bindgen::JsValue;

use super::bindings::Event;
use super::workers::timer;
use crate::credentials::obtain::RENEWAL_LIMIT;

/// A renewal that runs.
#[derive(Clone)]
struct Running {
    slot: usize,
    /// Its own number, for the slot may have another one by the time it ends.
    number: u32,
    /// When it counts as dead: the runtime ends what goes on for too long after its request.
    until: SystemTime,
    promise: Promise,
}

thread_local! {
    /// At most one a slot.
    static RUNNING: RefCell<Vec<Running>> = const { RefCell::new(Vec::new()) };

    /// The number of the last one.
    static LED: Cell<u32> = const { Cell::new(0) };
}

/// Where and when a renewal is asked for.
pub(super) struct Asked<'a> {
    pub(super) slot: usize,
    pub(super) now: SystemTime,
    /// Keeps it going when the client of its request goes away.
    pub(super) event: &'a Event,
}

/// Waits until the renewal that runs has ended, or `patience` has; starts one where none runs.
pub(super) async fn share<F: Future<Output = ()> + 'static>(
    asked: &Asked<'_>,
    patience: Duration,
    start: impl FnOnce() -> F,
) {
    let running = running(asked).unwrap_or_else(|| lead(asked, start()));
    let ends = Array::of2(&running.promise, &timer(patience));
    // Neither fails, and what comes of it stands in memory.
    let _ = JsFuture::from(Promise::race(&ends)).await;
}

/// Starts a renewal where none runs, for nobody in particular.
pub(super) fn begin<F: Future<Output = ()> + 'static>(
    asked: &Asked<'_>,
    start: impl FnOnce() -> F,
) {
    if running(asked).is_none() {
        lead(asked, start());
    }
}

fn running(asked: &Asked<'_>) -> Option<Running> {
    RUNNING.with_borrow_mut(|all| {
        all.retain(|running| asked.now < running.until);
        all.iter()
            .find(|running| running.slot == asked.slot)
            .cloned()
    })
}

/// Starts `renewal` for the whole isolate.
fn lead(asked: &Asked<'_>, renewal: impl Future<Output = ()> + 'static) -> Running {
    let number = LED.get().wrapping_add(1);
    LED.set(number);
    let promise = future_to_promise(async move {
        renewal.await;
        forget(number);
        Ok(JsValue::UNDEFINED)
    });
    let running = Running {
        slot: asked.slot,
        number,
        until: asked.now.checked_add(RENEWAL_LIMIT).unwrap_or(asked.now),
        promise: promise.clone(),
    };
    RUNNING.with_borrow_mut(|all| all.push(running.clone()));
    asked.event.keep(async move {
        let _ = JsFuture::from(promise).await;
    });
    running
}

/// Lets the next request that needs a session lead.
fn forget(number: u32) {
    RUNNING.with_borrow_mut(|all| all.retain(|running| running.number != number));
}
