//! The runtime's global scope: its clock, timers and promises.

use std::cell::Cell;
use std::future::poll_fn;
use std::pin::Pin;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use js_sys::futures::future_to_promise;
use js_sys::{Date, Promise};
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::WorkerGlobalScope;

/// The global scope.
pub(super) fn scope() -> WorkerGlobalScope {
    js_sys::global().unchecked_into()
}

#[wasm_bindgen(module = "/src/edge/boundary.js")]
extern "C" {
    #[wasm_bindgen(js_name = timer)]
    fn timer_of(ms: i32) -> Promise;

    #[wasm_bindgen(js_name = within)]
    fn within_of(work: &Promise, ms: i32) -> Promise;
}

/// A promise of `undefined` after `duration`; at once where there is no timer.
pub(super) fn timer(duration: Duration) -> Promise {
    timer_of(millis(duration))
}

/// A promise of what `work` ends with; of `undefined` where that takes longer than `duration`.
pub(super) fn within(work: &Promise, duration: Duration) -> Promise {
    within_of(work, millis(duration))
}

fn millis(duration: Duration) -> i32 {
    i32::try_from(duration.as_millis()).unwrap_or(i32::MAX)
}

thread_local! {
    /// What the clock said; `None` once it may have moved.
    static NOW: Cell<Option<SystemTime>> = const { Cell::new(None) };
}

/// The current instant. It is read once between two waits: the runtime's clock [does not move][clock] otherwise.
///
/// [clock]: https://developers.cloudflare.com/workers/runtime-apis/performance/
pub(super) fn now() -> SystemTime {
    let now = NOW.get().unwrap_or_else(|| {
        // The cast saturates; a clock beyond all bounds would be the epoch.
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
        UNIX_EPOCH
            .checked_add(Duration::from_millis(Date::now() as u64))
            .unwrap_or(UNIX_EPOCH)
    });
    NOW.set(Some(now));
    now
}

/// Has the clock read again. Whatever the runtime calls has to begin with this.
pub(super) fn after_wait() {
    NOW.set(None);
}

/// A promise of what `work` ends with.
pub(super) fn promise(work: impl Future<Output = Result<JsValue, JsValue>> + 'static) -> Promise {
    promise_of(Box::pin(work))
}

// With a `dyn`, so that the code for it is in the bundle once.
fn promise_of(mut work: Pin<Box<dyn Future<Output = Result<JsValue, JsValue>>>>) -> Promise {
    future_to_promise(poll_fn(move |context| {
        after_wait();
        work.as_mut().poll(context)
    }))
}
