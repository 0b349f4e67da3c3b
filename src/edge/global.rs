//! The runtime's global scope and its timers.

use std::time::Duration;

use js_sys::Promise;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::WorkerGlobalScope;

/// The global scope.
pub(super) fn scope() -> WorkerGlobalScope {
    js_sys::global().unchecked_into()
}

/// A promise of `undefined` after `duration`; at once where there is no timer.
pub(super) fn timer(duration: Duration) -> Promise {
    let millis = i32::try_from(duration.as_millis()).unwrap_or(i32::MAX);
    Promise::new(&mut |resolve, _| {
        let set = scope().set_timeout_with_callback_and_timeout_and_arguments_0(&resolve, millis);
        if set.is_err() {
            let _ = resolve.call0(&JsValue::UNDEFINED);
        }
    })
}
