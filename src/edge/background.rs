//! Work that all requests of an isolate share, at most one of each slot at a time.
//!
//! Requests share only a promise. A Rust lock, channel or waker that one request owns and another waits on dies with the
//! connection of its owner, and the waiting request hangs.

use std::cell::{Cell, RefCell};
use std::time::{Duration, SystemTime};

use js_sys::Promise;
use js_sys::futures::JsFuture;
use wasm_bindgen::JsValue;

use super::bindings::{Event, wait_until};
use super::global::{self, within};
use crate::platform::Slot;

/// Work that is running.
#[derive(Clone)]
struct Running {
    slot: Slot,
    /// Whether it runs in a Durable Object.
    in_object: bool,
    /// Its own number, because the slot may have other work by the time it ends.
    number: u32,
    /// When it is taken for dead: the runtime ends work that continues for too long after its request. Work of the start is dead
    /// for every event, because the clock is at the epoch outside of events.
    until: SystemTime,
    promise: Promise,
}

thread_local! {
    /// At most one for each slot.
    static RUNNING: RefCell<Vec<Running>> = const { RefCell::new(Vec::new()) };

    /// The number of the work that was started last.
    static LAST_NUMBER: Cell<u32> = const { Cell::new(0) };
}

/// The request that needs the work.
pub(super) struct Caller<'a> {
    pub(super) now: SystemTime,
    /// Keeps the work running when the client of the request disconnects.
    pub(super) event: &'a Event,
}

/// Starts `work` of `slot` if none is running, and waits for the one that is running for at most `patience`.
pub(super) async fn single_flight<F: Future<Output = ()> + 'static>(
    caller: &Caller<'_>,
    slot: Slot,
    limit: Duration,
    patience: Duration,
    work: impl FnOnce() -> F,
) {
    let running = running(slot, caller).unwrap_or_else(|| start(slot, limit, caller, work()));
    // Neither fails, and the result is in the isolate's memory.
    let _ = JsFuture::from(within(&running.promise, patience)).await;
}

/// Starts `work` of `slot` if none is running, without waiting for it.
pub(super) fn single_flight_in_background<F: Future<Output = ()> + 'static>(
    caller: &Caller<'_>,
    slot: Slot,
    limit: Duration,
    work: impl FnOnce() -> F,
) {
    if running(slot, caller).is_none() {
        start(slot, limit, caller, work());
    }
}

fn running(slot: Slot, caller: &Caller<'_>) -> Option<Running> {
    RUNNING.with_borrow_mut(|all| {
        all.retain(|running| caller.now < running.until);
        let in_object = caller.event.is_in_object();
        let is_same = |it: &&Running| it.slot == slot && it.in_object == in_object;
        all.iter().find(is_same).cloned()
    })
}

fn start(
    slot: Slot,
    limit: Duration,
    caller: &Caller<'_>,
    work: impl Future<Output = ()> + 'static,
) -> Running {
    let number = LAST_NUMBER.get().wrapping_add(1);
    LAST_NUMBER.set(number);
    let promise = global::promise(async move {
        work.await;
        forget(number);
        Ok(JsValue::UNDEFINED)
    });
    let running = Running {
        slot,
        in_object: caller.event.is_in_object(),
        number,
        until: caller.now.checked_add(limit).unwrap_or(caller.now),
        promise,
    };
    RUNNING.with_borrow_mut(|all| all.push(running.clone()));
    wait_until(caller.event, &running.promise);
    running
}

/// Lets the next request start the work again.
fn forget(number: u32) {
    RUNNING.with_borrow_mut(|all| all.retain(|running| running.number != number));
}
